#include <math.h>
#include <string.h>

#include <labwatch/run.h>
#include <labwatch/sys/memory.h>

#include "run_draft.h"

/* Every member that a run owns, once. */
#define RUN_TEXTS(X)                                                                                                   \
    X(foreign_id) X(experiment) X(command) X(status_text) X(captured_out) X(space) X(optimizer) X(view.open_ids)       \
    X(view.void_ids) X(build) X(reason)
#define RUN_DOCUMENTS(X)                                                                                               \
    X(experiment_info) X(host) X(config) X(meta) X(resources) X(artifacts) X(info) X(result) X(fail_trace) X(others)   \
    X(optimizer_options) X(memo) X(worker) X(attempts) X(notes) X(labwatch_others)

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
#define FREE_TEXT(member) lw_free(run->member);
    RUN_TEXTS(FREE_TEXT)
#undef FREE_TEXT
#define FREE_DOCUMENT(member)                                                                                          \
    if (run->member)                                                                                                   \
        bson_destroy(run->member);
    RUN_DOCUMENTS(FREE_DOCUMENT)
#undef FREE_DOCUMENT
    lw_run_init(run);
}

int lw_run_copy(lw_run *to, const lw_run *from, lw_error *error) {
    *to = *from;
    bool whole = true;
#define COPY_TEXT(member)                                                                                              \
    if (from->member)                                                                                                  \
        whole &= (to->member = lw_strdup(from->member)) != NULL;
    RUN_TEXTS(COPY_TEXT)
#undef COPY_TEXT
#define COPY_DOCUMENT(member)                                                                                          \
    if (from->member)                                                                                                  \
        to->member = bson_copy(from->member);
    RUN_DOCUMENTS(COPY_DOCUMENT)
#undef COPY_DOCUMENT
    if (whole)
        return LW_OK;
    lw_run_release(to);
    return lw_error_no_memory(error);
}

#define COUNT_DOCUMENT(member) +1
_Static_assert(0 RUN_DOCUMENTS(COUNT_DOCUMENT) == RUN_DOCUMENTS_IN_ALL, "run_draft.h counts a run's documents");
#undef COUNT_DOCUMENT

/* A view of the document, which bson_destroy leaves as it is. */
static bson_t *view_of(bson_t *view, const bson_t *document) {
    return bson_init_static(view, bson_get_data(document), document->len) ? view : bson_copy(document);
}

int run_draft_begin(run_draft *draft, const lw_run *original, lw_error *error) {
    lw_run *run = &draft->run;
    *run = *original;
    bool whole = true;
#define COPY_TEXT(member)                                                                                              \
    if (original->member)                                                                                              \
        whole &= (run->member = lw_strdup(original->member)) != NULL;
    RUN_TEXTS(COPY_TEXT)
#undef COPY_TEXT
    bson_t *view = draft->views;
#define VIEW_DOCUMENT(member)                                                                                          \
    if (original->member)                                                                                              \
        run->member = view_of(view, original->member);                                                                 \
    view++;
    RUN_DOCUMENTS(VIEW_DOCUMENT)
#undef VIEW_DOCUMENT
    if (original->attempts) /* may be appended to, as may the notes */
        run->attempts = bson_copy(original->attempts);
    if (original->notes)
        run->notes = bson_copy(original->notes);
    if (whole)
        return LW_OK;
    run_draft_drop(draft);
    return lw_error_no_memory(error);
}

/* What a document of the draft is outside it. */
static bson_t *settle(const run_draft *draft, const bson_t *own_view, bson_t *document, bson_t *original) {
    if (document == own_view)
        return original;
    for (size_t i = 0; document && i < RUN_DOCUMENTS_IN_ALL; i++)
        if (document == &draft->views[i]) /* moved from another member */
            return bson_copy(document);
    return document;
}

void run_draft_keep(run_draft *draft, lw_run *original) {
    lw_run before = *original;
    const bson_t *view = draft->views;
    *original = draft->run;
#define SETTLE_DOCUMENT(member) original->member = settle(draft, view++, original->member, before.member);
    RUN_DOCUMENTS(SETTLE_DOCUMENT)
#undef SETTLE_DOCUMENT
#define FREE_REPLACED(member)                                                                                          \
    if (before.member && before.member != original->member)                                                            \
        bson_destroy(before.member);
    RUN_DOCUMENTS(FREE_REPLACED)
#undef FREE_REPLACED
#define FREE_TEXT(member) lw_free(before.member);
    RUN_TEXTS(FREE_TEXT)
#undef FREE_TEXT
}

void run_draft_drop(run_draft *draft) {
    lw_run_release(&draft->run);
}

lw_outcome lw_run_outcome(const lw_run *run) {
    switch (run->status) {
    case LW_STATUS_QUEUED:
    case LW_STATUS_RUNNING:
        return LW_PENDING;
    case LW_STATUS_COMPLETED:
    case LW_STATUS_PRUNED:
        return isfinite(run->cost) ? LW_COMPLETED : LW_FAILED;
    case LW_STATUS_FAILED:
        return run->failure == LW_FAILURE_DIED ? LW_PENDING : LW_FAILED;
    case LW_STATUS_INTERRUPTED:
    case LW_STATUS_REMOVED:
        return LW_VOID;
    case LW_STATUS_TIMEOUT:
    case LW_STATUS_OTHER:
        break;
    }
    return LW_FAILED;
}

bool lw_run_is_open(const lw_run *run) {
    return lw_run_outcome(run) == LW_PENDING;
}
