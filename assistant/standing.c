/*
 * How an experiment stands: what is done, what is open, the best so far, and whether workers may go on.
 */
#include <math.h>

#include "assistant_internal.h"
#include "retries.h"

/* ---- the best run ---- */

typedef struct best_search {
    const lw_experiment *experiment;
    lw_best *out;
} best_search;

static int take_best(void *arg, const lw_run_row *row) {
    best_search *self = arg;
    double result;
    if (!lw_result_number(row->result, self->experiment->objective, &result) || !isfinite(result))
        result = lw_experiment_cost(self->experiment, row->cost);
    *self->out = (lw_best){row->id, result};
    return LW_OK;
}

int lw_assistant_find_best(lw_assistant *assistant, lw_best *out, lw_error *error) {
    best_search self = {assistant->experiment, out};
    lw_run_query query = {.experiment = assistant->experiment->name, .order = LW_ORDER_COST, .limit = 1};
    *out = (lw_best){0, (double)NAN};
    return lw_store_row_each(assistant->store, &query, take_best, &self, error);
}

int lw_assistant_best(lw_assistant *assistant, lw_run *out, lw_error *error) {
    lw_best best;
    if (!assistant || !out)
        return lw_error_set(error, LW_EINVAL, "lw_assistant_best: assistant and the place for the run must not be NULL");
    int code = lw_assistant_find_best(assistant, &best, error);
    if (code == LW_OK && best.id == 0)
        return lw_error_set(error, LW_ENOTFOUND, "experiment '%s' has no completed run", assistant->experiment->name);
    return code == LW_OK ? lw_store_run_get(assistant->store, best.id, out, error) : code;
}

bool lw_assistant_target_reached(const lw_assistant *assistant, const lw_best *best) {
    const lw_experiment *experiment = assistant->experiment;
    return best->id > 0 && !isnan(experiment->target) &&
           lw_experiment_cost(experiment, best->result) <= lw_experiment_cost(experiment, experiment->target);
}

int lw_assistant_may_work(lw_assistant *assistant, const lw_live *live, lw_error *error) {
    const lw_experiment *experiment = assistant->experiment;
    if (live->paused)
        return lw_error_set(error, LW_PAUSED, "experiment '%s' is paused", experiment->name);
    if (isnan(experiment->target))
        return LW_OK;
    lw_best best;
    int code = lw_assistant_find_best(assistant, &best, error);
    if (code != LW_OK || !lw_assistant_target_reached(assistant, &best))
        return code;
    return lw_error_set(error, LW_BUDGET_REACHED, "experiment '%s' has reached its target of %g: run %lld has %g",
                        experiment->name, experiment->target, (long long)best.id, best.result);
}

/* ---- the standing ---- */

typedef struct died_runs {
    int retries;
    int64_t all, given_up;
} died_runs;

static int count_died(void *arg, const lw_run_row *row) {
    died_runs *self = arg;
    if (row->origin != LW_ORIGIN_OWN || row->failure != LW_FAILURE_DIED)
        return LW_OK;
    self->all++;
    self->given_up += !lw_row_may_retry(row, self->retries);
    return LW_OK;
}

int lw_assistant_standing(lw_assistant *assistant, lw_standing *out, lw_error *error) {
    if (!assistant || !out)
        return lw_error_set(error, LW_EINVAL, "lw_assistant_standing: assistant and out must not be NULL");
    lw_run_counts counts;
    lw_live live;
    lw_best best;
    died_runs died = {.retries = assistant->experiment->retries};
    lw_run_query query = {
        .experiment = assistant->experiment->name,
        .statuses = 1u << LW_STATUS_FAILED,
        .open_only = true,
    };
    int code = lw_store_run_counts(assistant->store, assistant->experiment->name, &counts, error);
    if (code == LW_OK)
        code = lw_assistant_live(assistant, counts.experiment_revision, &live, error);
    if (code == LW_OK && counts.by_status[LW_STATUS_FAILED] > 0)
        code = lw_store_row_each(assistant->store, &query, count_died, &died, error);
    if (code == LW_OK)
        code = lw_assistant_find_best(assistant, &best, error);
    if (code != LW_OK)
        return code;
    *out = (lw_standing){
        .counts = counts,
        .budget = live.budget,
        .finished = counts.by_status[LW_STATUS_COMPLETED] + counts.by_status[LW_STATUS_FAILED] +
                    counts.by_status[LW_STATUS_TIMEOUT] + counts.by_status[LW_STATUS_PRUNED] - (died.all - died.given_up),
        .open = counts.by_status[LW_STATUS_QUEUED] + counts.by_status[LW_STATUS_RUNNING] + died.all - died.given_up,
        .paused = live.paused,
        .target_reached = lw_assistant_target_reached(assistant, &best),
        .best_id = best.id,
        .best_result = best.result,
    };
    return LW_OK;
}
