#include <math.h>
#include <string.h>

#include <labwatch/run.h>
#include <labwatch/sys/memory.h>

#include "run_members.h"
#include "status_rules.h"

static const char *const status_names[] = {
    [LW_STATUS_QUEUED] = "QUEUED",     [LW_STATUS_RUNNING] = "RUNNING", [LW_STATUS_COMPLETED] = "COMPLETED",
    [LW_STATUS_FAILED] = "FAILED",     [LW_STATUS_TIMEOUT] = "TIMEOUT", [LW_STATUS_INTERRUPTED] = "INTERRUPTED",
    [LW_STATUS_PRUNED] = "PRUNED",     [LW_STATUS_REMOVED] = "REMOVED", [LW_STATUS_OTHER] = "OTHER",
};

const char *lw_status_name(lw_status status) {
    return (unsigned)status <= LW_STATUS_OTHER ? status_names[status] : status_names[LW_STATUS_OTHER];
}

lw_status lw_status_by_name(const char *name) {
    for (unsigned i = 0; i < LW_STATUS_OTHER; i++)
        if (strcmp(name, status_names[i]) == 0)
            return (lw_status)i;
    return LW_STATUS_OTHER;
}

bool lw_token_equal(lw_token a, lw_token b) {
    return memcmp(a.bytes, b.bytes, sizeof a.bytes) == 0;
}

bool lw_token_is_none(lw_token token) {
    return lw_token_equal(token, (lw_token){{0}});
}

void lw_run_init(lw_run *run) {
    *run = (lw_run){
        .start_ms = LW_NO_TIME,
        .stop_ms = LW_NO_TIME,
        .heartbeat_ms = LW_NO_TIME,
        .queue_ms = LW_NO_TIME,
        .view = {.repeats = 1},
        .fidelity = NAN,
        .cost = NAN,
        .duration_s = NAN,
    };
}

void lw_run_release(lw_run *run) {
#define FREE_TEXT(member, ...) lw_free(run->member);
    RUN_TEXTS(FREE_TEXT)
#undef FREE_TEXT
#define FREE_DOCUMENT(member, ...)                                                                                     \
    if (run->member)                                                                                                   \
        bson_destroy(run->member);
    RUN_DOCUMENTS(FREE_DOCUMENT)
#undef FREE_DOCUMENT
    lw_run_init(run);
}

int lw_run_copy(lw_run *to, const lw_run *from, lw_error *error) {
    *to = *from;
    bool whole = true;
#define COPY_TEXT(member, ...)                                                                                         \
    if (from->member)                                                                                                  \
        whole &= (to->member = lw_strdup(from->member)) != NULL;
    RUN_TEXTS(COPY_TEXT)
#undef COPY_TEXT
#define COPY_DOCUMENT(member, ...)                                                                                     \
    if (from->member)                                                                                                  \
        to->member = bson_copy(from->member);
    RUN_DOCUMENTS(COPY_DOCUMENT)
#undef COPY_DOCUMENT
    if (whole)
        return LW_OK;
    lw_run_release(to);
    return lw_error_no_memory(error);
}

lw_outcome lw_status_outcome(lw_status status, lw_failure failure, double cost) {
    switch (status) {
    case LW_STATUS_QUEUED:
    case LW_STATUS_RUNNING:
        return LW_PENDING;
    case LW_STATUS_COMPLETED:
    case LW_STATUS_PRUNED:
        return isfinite(cost) ? LW_COMPLETED : LW_VOID;
    case LW_STATUS_FAILED: /* what died is pending as if nothing had happened: a view cannot tell one from the other */
        return failure == LW_FAILURE_DIED ? LW_PENDING : LW_FAILED;
    case LW_STATUS_INTERRUPTED:
    case LW_STATUS_REMOVED:
        return LW_VOID;
    case LW_STATUS_TIMEOUT:
    case LW_STATUS_OTHER:
        break;
    }
    return LW_FAILED;
}

lw_failure lw_status_failure(lw_status status) {
    switch (status) {
    case LW_STATUS_FAILED:
        return LW_FAILURE_CRASH;
    case LW_STATUS_TIMEOUT:
        return LW_FAILURE_TIMEOUT;
    case LW_STATUS_OTHER:
        return LW_FAILURE_USER;
    default:
        return LW_FAILURE_NONE;
    }
}

lw_outcome lw_run_outcome(const lw_run *run) {
    return lw_status_outcome(run->status, run->failure, run->cost);
}

bool lw_run_is_open(const lw_run *run) {
    return lw_run_outcome(run) == LW_PENDING;
}
