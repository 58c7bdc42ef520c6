#include "run_watch.h"

void run_watch_begin(run_watch *watch, lw_run *run) {
    bson_t *const attempts = run->attempts, *const notes = run->notes;
    unsigned i = 0;
#define LEND(member, ...)                                                                                              \
    watch->documents[i] = NULL;                                                                                        \
    if (run->member && run->member != attempts && run->member != notes &&                                              \
        bson_init_static(&watch->views[i], bson_get_data(run->member), run->member->len)) {                            \
        watch->documents[i] = run->member;                                                                             \
        run->member = &watch->views[i];                                                                                \
    }                                                                                                                  \
    i++;
    RUN_DOCUMENTS(LEND)
#undef LEND
}

/* A view that was moved to another member. */
static bool is_view(const run_watch *watch, const bson_t *document) {
    for (unsigned i = 0; i < RUN_N_DOCUMENTS; i++)
        if (document == &watch->views[i])
            return true;
    return false;
}

unsigned run_watch_end(run_watch *watch, lw_run *run) {
    unsigned i = 0, unchanged = 0;
#define TAKE_BACK(member, ...)                                                                                         \
    if (watch->documents[i] && run->member == &watch->views[i]) {                                                      \
        run->member = watch->documents[i];                                                                             \
        watch->documents[i] = NULL;                                                                                    \
        unchanged |= 1u << i;                                                                                          \
    } else if (run->member && is_view(watch, run->member)) {                                                           \
        run->member = bson_copy(run->member);                                                                          \
    }                                                                                                                  \
    i++;
    RUN_DOCUMENTS(TAKE_BACK)
#undef TAKE_BACK
    for (i = 0; i < RUN_N_DOCUMENTS; i++)
        if (watch->documents[i])
            bson_destroy(watch->documents[i]);
    return unchanged;
}
