#include <math.h>
#include <string.h>

#include <labwatch/history.h>

static const char *const failure_names[] = {
    [LW_FAILURE_NONE] = "",       [LW_FAILURE_CRASH] = "crash", [LW_FAILURE_TIMEOUT] = "timeout", [LW_FAILURE_NAN] = "nan",
    [LW_FAILURE_MEMORY] = "memory", [LW_FAILURE_DIED] = "died", [LW_FAILURE_USER] = "user",
};

enum { N_FAILURES = sizeof failure_names / sizeof failure_names[0] };

const char *lw_failure_name(lw_failure failure) {
    return (size_t)failure < N_FAILURES ? failure_names[failure] : "";
}

lw_failure lw_failure_by_name(const char *name) {
    for (size_t i = 0; i < N_FAILURES; i++)
        if (strcmp(name, failure_names[i]) == 0)
            return (lw_failure)i;
    return LW_FAILURE_NONE;
}

void lw_observation_init(lw_observation *observation) {
    *observation = (lw_observation){
        .cost = NAN,
        .fidelity = NAN,
        .duration_s = NAN,
        .noise = NAN,
    };
}
