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
    X(view.digest) X(fidelity) X(parent) X(replicate) X(cost) X(failure) X(duration_s) X(attempt) X(token) X(lease_s)  \
    X(redefined)
/** char *, owned; and the name of the field. */
#define RUN_TEXTS(X)                                                                                                   \
    X(foreign_id, "_id")                                                                                               \
    X(experiment, "experiment")                                                                                        \
    X(command, "command")                                                                                              \
    X(status_text, "status")                                                                                           \
    X(captured_out, "captured_out")                                                                                    \
    X(space, "space")                                                                                                  \
    X(optimizer, "optimizer")                                                                                          \
    X(view.open_ids, "open")                                                                                           \
    X(view.void_ids, "void")                                                                                           \
    X(build, "build")                                                                                                  \
    X(reason, "reason")
/** bson_t *, owned; the name of the field; and how deep what is in it lies in the run's document. */
#define RUN_DOCUMENTS(X)                                                                                               \
    X(experiment_info, "experiment", 1)                                                                                \
    X(host, "host", 1)                                                                                                 \
    X(config, "config", 1)                                                                                             \
    X(meta, "meta", 1)                                                                                                 \
    X(resources, "resources", 1)                                                                                       \
    X(artifacts, "artifacts", 1)                                                                                       \
    X(info, "info", 1)                                                                                                 \
    X(result, "result", 0)                                                                                             \
    X(fail_trace, "fail_trace", 1)                                                                                     \
    X(others, "others", 0)                                                                                             \
    X(optimizer_options, "labwatch.options", 2)                                                                        \
    X(memo, "labwatch.memo", 2)                                                                                        \
    X(worker, "labwatch.worker", 2)                                                                                    \
    X(attempts, "labwatch.attempts", 2)                                                                                \
    X(notes, "labwatch.notes", 2)                                                                                      \
    X(labwatch_others, "labwatch", 1)

#define RUN_COUNT_MEMBER(member, ...) +1
enum {
    RUN_N_VALUES = 0 RUN_VALUES(RUN_COUNT_MEMBER),
    RUN_N_TEXTS = 0 RUN_TEXTS(RUN_COUNT_MEMBER),
    RUN_N_DOCUMENTS = 0 RUN_DOCUMENTS(RUN_COUNT_MEMBER)
};
#undef RUN_COUNT_MEMBER

#define RUN_ADD_SIZE(member, ...) +sizeof(((lw_run *)NULL)->member)
_Static_assert(sizeof(lw_run) - (0 RUN_VALUES(RUN_ADD_SIZE) RUN_TEXTS(RUN_ADD_SIZE) RUN_DOCUMENTS(RUN_ADD_SIZE)) < 40,
               "a member of lw_run is in none of the lists");
#undef RUN_ADD_SIZE

#endif
