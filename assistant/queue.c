/*
 * Runs given back, tried again, and removed.
 */
#include "assistant_internal.h"
#include "attempts.h"
#include "reserve.h"
#include "run_outcome.h"

typedef struct giving_back {
    const lw_assistant *assistant;
    const lw_token *token; /* NULL: whoever has it */
} giving_back;

static void queue(const lw_assistant *assistant, lw_run *run, const char *how) {
    lw_attempts_archive(run, how);
    lw_run_clear_outcome(run);
    run->status = LW_STATUS_QUEUED;
    run->queue_ms = lw_clock_wall_ms(assistant->clock);
    run->lease_s = 0;
    if (run->worker)
        bson_destroy(run->worker);
    run->worker = NULL;
}

/* ---- release ---- */

static int check_giver(const giving_back *self, const lw_run *run, lw_error *error) {
    if (!self->token || lw_token_equal(*self->token, run->token))
        return LW_OK;
    return lw_error_set(error, LW_ECONFLICT, "run %lld is no longer yours to give back", (long long)run->id);
}

static int give_back(void *arg, lw_run *run, lw_error *error) {
    const giving_back *self = arg;
    char outcome[128];
    int code = lw_assistant_check_run(self->assistant, run, error);
    if (code == LW_OK)
        code = check_giver(self, run, error);
    if (code != LW_OK)
        return code;
    if (run->status == LW_STATUS_QUEUED)
        return LW_KNOWN;
    if (lw_run_is_settled(run) || run->status == LW_STATUS_INTERRUPTED)
        return lw_error_set(error, LW_ECONFLICT, "run %lld has %s already", (long long)run->id,
                            lw_run_describe_outcome(run, outcome, sizeof outcome));
    queue(self->assistant, run, run->status == LW_STATUS_FAILED ? "died" : "released");
    return LW_OK;
}

int lw_assistant_release(lw_assistant *assistant, int64_t id, const lw_token *token, lw_error *error) {
    if (!assistant)
        return lw_error_set(error, LW_EINVAL, "lw_assistant_release: assistant must not be NULL");
    int code = lw_assistant_check_writable(assistant, error);
    if (code != LW_OK)
        return code;
    giving_back self = {assistant, token};
    lw_error problem;
    code = lw_store_run_modify(assistant->store, id, give_back, &self, &problem);
    if (code == LW_OK || code == (int)LW_KNOWN)
        return LW_OK;
    if (error)
        *error = problem;
    return code;
}

/* ---- retry ---- */

typedef struct retrying {
    const lw_assistant *assistant;
    bool reopened; /* an outcome that others know was taken away */
} retrying;

static int check_retry(const lw_run *run, lw_error *error) {
    char outcome[128];
    switch (run->status) {
    case LW_STATUS_FAILED:
    case LW_STATUS_TIMEOUT:
    case LW_STATUS_INTERRUPTED:
        return LW_OK;
    case LW_STATUS_QUEUED:
    case LW_STATUS_RUNNING:
        return lw_error_set(error, LW_ECONFLICT, "run %lld is %s: there is nothing to retry", (long long)run->id,
                            run->status == LW_STATUS_QUEUED ? "queued" : "running");
    default:
        return lw_error_set(error, LW_ECONFLICT, "run %lld has %s: only what failed, died or was interrupted can be retried",
                            (long long)run->id, lw_run_describe_outcome(run, outcome, sizeof outcome));
    }
}

/* What died is still open to everybody, but not what failed or was interrupted. */
static bool reopens(const lw_run *run) {
    return lw_run_is_settled(run) || run->status == LW_STATUS_INTERRUPTED;
}

static int retry(void *arg, lw_run *run, lw_error *error) {
    retrying *self = arg;
    int code = lw_assistant_check_run(self->assistant, run, error);
    if (code == LW_OK)
        code = check_retry(run, error);
    if (code != LW_OK)
        return code;
    self->reopened = reopens(run);
    const char *how = lw_run_is_settled(run) ? "failed" : self->reopened ? "interrupted" : "died";
    queue(self->assistant, run, how);
    return LW_OK;
}

/*
 * An interrupted run has left the budget; whatever else is retried is in it. Two retries at the same moment, or a retry
 * and a suggestion, may both find the last place: a run comes back under its old id, so that nobody is second, as it is
 * where two reserve the next id. That is one run more than planned, and both were asked for.
 */
static int check_budget(lw_assistant *assistant, const lw_run *run, lw_error *error) {
    lw_moment moment;
    if (run->status != LW_STATUS_INTERRUPTED || run->origin != LW_ORIGIN_OWN)
        return LW_OK;
    int code = lw_moment_take(assistant, &moment, error);
    if (code == LW_OK)
        code = lw_moment_check_budget(assistant, &moment, error);
    if (code == (int)LW_BUDGET_REACHED)
        lw_error_prefix(error, "run %lld cannot be retried", (long long)run->id);
    return code;
}

/* What a retry of the run would do, as it is now. */
static int foresee_retry(lw_assistant *assistant, int64_t id, bool *opens, lw_error *error) {
    lw_run run;
    int code = lw_store_run_get(assistant->store, id, &run, error);
    if (code != LW_OK)
        return code;
    code = lw_assistant_check_run(assistant, &run, error);
    if (code == LW_OK)
        code = check_retry(&run, error);
    if (code == LW_OK)
        code = check_budget(assistant, &run, error);
    *opens = code == LW_OK && reopens(&run);
    lw_run_release(&run);
    return code;
}

int lw_assistant_retry(lw_assistant *assistant, int64_t id, lw_error *error) {
    bool opens;
    if (!assistant)
        return lw_error_set(error, LW_EINVAL, "lw_assistant_retry: assistant must not be NULL");
    int code = lw_assistant_check_writable(assistant, error);
    if (code == LW_OK)
        code = foresee_retry(assistant, id, &opens, error);
    if (code == LW_OK && opens) /* before, so that no outcome is reopened unnoticed; and after, for those who looked in between */
        code = lw_assistant_raise_epoch(assistant, error);
    if (code != LW_OK)
        return code;
    retrying self = {assistant, false};
    code = lw_store_run_modify(assistant->store, id, retry, &self, error);
    if (code == LW_OK && self.reopened)
        (void)lw_assistant_raise_epoch(assistant, NULL);
    return code;
}

/* ---- remove ---- */

static int check_removable(lw_assistant *assistant, int64_t id, lw_error *error) {
    lw_run run;
    int code = lw_store_run_get(assistant->store, id, &run, error);
    if (code != LW_OK)
        return code;
    code = lw_assistant_check_run(assistant, &run, error);
    lw_run_release(&run);
    return code;
}

int lw_assistant_remove(lw_assistant *assistant, int64_t id, lw_error *error) {
    if (!assistant)
        return lw_error_set(error, LW_EINVAL, "lw_assistant_remove: assistant must not be NULL");
    int code = lw_assistant_check_writable(assistant, error);
    if (code == LW_OK)
        code = check_removable(assistant, id, error);
    if (code == LW_OK)
        code = lw_assistant_raise_epoch(assistant, error);
    if (code == LW_OK)
        code = lw_store_run_remove(assistant->store, id, error);
    if (code == LW_OK)
        (void)lw_assistant_raise_epoch(assistant, NULL);
    return code;
}

static int collect_own_and_imported(void *arg, const lw_run_row *row) {
    if (row->origin == LW_ORIGIN_FOREIGN || row->id <= 0)
        return LW_OK;
    return lw_id_list_add(arg, row->id) ? LW_OK : LW_ENOMEM;
}

static void set_removed(void *arg, lw_record *record) {
    (void)arg;
    record->removed = true;
    record->epoch++;
}

int lw_remove_runs(lw_store *store, const char *experiment, lw_error *error) {
    lw_id_list ids = {0};
    lw_run_query query = {.experiment = experiment};
    int code = lw_store_row_each(store, &query, collect_own_and_imported, &ids, error);
    if (code == LW_ENOMEM)
        lw_error_no_memory(error);
    for (size_t i = 0; i < ids.n && code == LW_OK; i++)
        code = lw_store_run_remove(store, ids.ids[i], error);
    lw_id_list_release(&ids);
    return code;
}

/* First the record, so that nobody adds a run to what is going. Whoever opens that name again removes what is left. */
int lw_assistant_remove_all(lw_assistant *assistant, lw_error *error) {
    if (!assistant)
        return lw_error_set(error, LW_EINVAL, "lw_assistant_remove_all: assistant must not be NULL");
    int code = lw_assistant_check_writable(assistant, error);
    if (code == LW_OK)
        code = lw_assistant_change_record(assistant, set_removed, NULL, error);
    if (code == LW_OK)
        code = lw_remove_runs(assistant->store, assistant->experiment->name, error);
    return code;
}
