/*
 * loop.c: the same as benchmark.py's loop, without Python: what is above it is what the binding costs.
 * Compiled and loaded by benchmark.py, which passes the assistant.
 */
#include <labwatch/labwatch.h>
#include <time.h>

static double now_s(void) {
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/** CPU seconds that n times suggest and observe take; negative: a code of the library. */
double suggest_and_observe(lw_assistant *assistant, int n) {
    lw_error error;
    double start_s = now_s();
    for (int i = 0; i < n; i++) {
        lw_assignment assignment;
        int rc = lw_assistant_suggest(assistant, NULL, &assignment, &error);
        if (rc != LW_OK)
            return rc < 0 ? rc : -rc;
        lw_result result = lw_result_of_value(1.0);
        result.token = &assignment.token;
        rc = lw_assistant_observe(assistant, assignment.id, &result, &error);
        lw_assignment_release(&assignment);
        if (rc != LW_OK)
            return rc < 0 ? rc : -rc;
    }
    return now_s() - start_s;
}
