/**
 * Every member of a run, once: what copying, packing and freeing have in common.
 */
#ifndef LABWATCH_RUN_MEMBERS_H
#define LABWATCH_RUN_MEMBERS_H

#include <labwatch/run.h>

/** Numbers and their kin, which lie in the struct itself. */
#define RUN_VALUES(X)                                                                                                  \
    X(id) X(start_ms) X(stop_ms) X(heartbeat_ms) X(queue_ms) X(status) X(origin) X(space_version) X(digest) X(number)  \
    X(seed) X(view.last_id) X(view.fit_last_id) X(view.epoch) X(view.budget) X(view.repeats) X(view.has_digest)        \
    X(view.digest) X(fidelity) X(parent) X(replicate) X(cost) X(failure) X(duration_s) X(attempt) X(token) X(lease_s)
/** char *, owned. */
#define RUN_TEXTS(X)                                                                                                   \
    X(foreign_id) X(experiment) X(command) X(status_text) X(captured_out) X(space) X(optimizer) X(view.open_ids)       \
    X(view.void_ids) X(build) X(reason)
/** bson_t *, owned. */
#define RUN_DOCUMENTS(X)                                                                                               \
    X(experiment_info) X(host) X(config) X(meta) X(resources) X(artifacts) X(info) X(result) X(fail_trace) X(others)   \
    X(optimizer_options) X(memo) X(worker) X(attempts) X(notes) X(labwatch_others)

#define RUN_COUNT_MEMBER(member) +1
enum {
    RUN_N_VALUES = 0 RUN_VALUES(RUN_COUNT_MEMBER),
    RUN_N_TEXTS = 0 RUN_TEXTS(RUN_COUNT_MEMBER),
    RUN_N_DOCUMENTS = 0 RUN_DOCUMENTS(RUN_COUNT_MEMBER)
};
#undef RUN_COUNT_MEMBER

#define RUN_ADD_SIZE(member) +sizeof(((lw_run *)NULL)->member)
_Static_assert(sizeof(lw_run) - (0 RUN_VALUES(RUN_ADD_SIZE) RUN_TEXTS(RUN_ADD_SIZE) RUN_DOCUMENTS(RUN_ADD_SIZE)) < 40,
               "a member of lw_run is in none of the lists");
#undef RUN_ADD_SIZE

#endif
