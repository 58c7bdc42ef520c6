/*
 * Who works on what.
 */
#include <string.h>

#include "assistant_internal.h"
#include "document_access.h"

typedef struct census {
    const lw_assistant *assistant;
    lw_worker_fn *visit;
    void *arg;
    int64_t *given_away;
} census;

static const char *text_in(const bson_t *document, const char *field) {
    bson_iter_t at;
    const char *text = NULL;
    if (document && bson_iter_init_find(&at, document, field))
        text = lw_document_text(&at, NULL);
    return text ? text : "";
}

static int64_t process_of(const bson_t *worker) {
    bson_iter_t at;
    int64_t pid = 0;
    if (worker && bson_iter_init_find(&at, worker, "pid"))
        (void)lw_document_integer(&at, &pid);
    return pid > 0 ? pid : 0;
}

static lw_work_state state_of(const lw_assistant *assistant, const lw_run *run) {
    if (run->origin == LW_ORIGIN_FOREIGN)
        return LW_WORK_FOREIGN;
    if (!lw_worker_has_process(run->worker))
        return LW_WORK_LEASED;
    switch (lw_worker_look(&assistant->identity, run->worker)) {
    case LW_WORKER_HERE:
        return LW_WORK_HERE;
    case LW_WORKER_GONE:
        return LW_WORK_GONE;
    default:
        return LW_WORK_ELSEWHERE;
    }
}

static int show(void *arg, const lw_run *run) {
    const census *self = arg;
    bool foreign = run->origin == LW_ORIGIN_FOREIGN;
    if (run->origin == LW_ORIGIN_IMPORTED)
        return LW_OK;
    if (!foreign && !(run->lease_s > 0)) {
        (*self->given_away)++;
        return LW_OK;
    }
    const char *host = text_in(run->worker, "host");
    const lw_worker worker = {.run_id = run->id,
                              .foreign_id = run->foreign_id,
                              .attempt = run->attempt,
                              .host = *host ? host : text_in(run->host, "hostname"),
                              .pid = process_of(run->worker),
                              .since_ms = run->start_ms,
                              .beat_ms = run->heartbeat_ms,
                              .lease_s = run->lease_s,
                              .state = state_of(self->assistant, run)};
    return self->visit(self->arg, &worker);
}

int lw_assistant_workers(lw_assistant *assistant, lw_worker_fn *visit, void *arg, int64_t *given_away,
                         lw_error *error) {
    int64_t unused;
    if (!assistant || !visit)
        return lw_error_set(error, LW_EINVAL, "lw_assistant_workers: assistant and visit must not be NULL");
    census self = {assistant, visit, arg, given_away ? given_away : &unused};
    *self.given_away = 0;
    const lw_run_query query = {.experiment = assistant->experiment->name,
                                .statuses = 1u << LW_STATUS_RUNNING,
                                .open_only = true};
    return lw_store_run_each(assistant->store, &query, show, &self, error);
}

typedef struct open_runs {
    const char *space; /* NULL: all */
    int64_t held, given_away;
} open_runs;

static int count_open(void *arg, const lw_run_row *row) {
    open_runs *self = arg;
    bool beaten_for = row->status == LW_STATUS_RUNNING && row->lease_s > 0;
    bool queued =
        row->status == LW_STATUS_QUEUED && (!self->space || (row->space && strcmp(row->space, self->space) == 0));
    if (row->origin != LW_ORIGIN_OWN)
        return LW_OK;
    self->held += beaten_for || queued;
    self->given_away += row->status == LW_STATUS_RUNNING && !beaten_for;
    return LW_OK;
}

int lw_assistant_held(lw_assistant *assistant, const char *space, int64_t *held, int64_t *given_away, lw_error *error) {
    if (!assistant || !held)
        return lw_error_set(error, LW_EINVAL, "lw_assistant_held: assistant and held must not be NULL");
    open_runs found = {.space = space};
    const lw_run_query query = {.experiment = assistant->experiment->name, .open_only = true};
    int code = lw_store_row_each(assistant->store, &query, count_open, &found, error);
    *held = found.held;
    if (given_away)
        *given_away = found.given_away;
    return code;
}
