#include <math.h>
#include <string.h>

#include "assistant_internal.h"
#include "recost.h"

typedef struct completed {
    lw_id_list ids;
} completed;

static int collect(void *arg, const lw_run_row *row) {
    completed *self = arg;
    if (row->origin == LW_ORIGIN_FOREIGN || row->id <= 0)
        return LW_OK;
    return lw_id_list_add(&self->ids, row->id) ? LW_OK : LW_ENOMEM;
}

static int set_cost(void *arg, lw_run *run, lw_error *error) {
    const lw_experiment *experiment = arg;
    double result;
    (void)error;
    run->cost = (double)NAN;
    if ((run->status == LW_STATUS_COMPLETED || run->status == LW_STATUS_PRUNED) &&
        lw_result_number(run->result, experiment->objective, &result) && isfinite(result))
        run->cost = lw_experiment_cost(experiment, result);
    return LW_OK;
}

static void end_recost(void *arg, lw_record *record) {
    (void)arg;
    record->recost = false;
    record->epoch++;
}

int lw_assistant_recost(lw_assistant *assistant, lw_error *error) {
    completed self = {{0}};
    lw_run_query query = {
        .experiment = assistant->experiment->name,
        .statuses = 1u << LW_STATUS_COMPLETED | 1u << LW_STATUS_PRUNED,
    };
    int code = lw_store_row_each(assistant->store, &query, collect, &self, error);
    if (code == LW_ENOMEM)
        lw_error_no_memory(error);
    for (size_t i = 0; i < self.ids.n && code == LW_OK; i++) {
        code = lw_store_run_modify(assistant->store, self.ids.ids[i], set_cost, assistant->experiment, error);
        if (code == LW_ENOTFOUND) /* removed meanwhile */
            code = LW_OK;
    }
    lw_id_list_release(&self.ids);
    if (code == LW_OK)
        code = lw_assistant_change_record(assistant, end_recost, NULL, error);
    return code;
}

/* ---- one run, under the goal of somebody else ---- */

static void begin_recost(void *arg, lw_record *record) {
    (void)arg;
    record->recost = true;
    record->epoch++;
}

/* *revision: of the record that the cost follows now. LW_KNOWN: that is what it followed anyway. */
static int recost_as_recorded(lw_assistant *assistant, int64_t id, int64_t *revision, lw_error *error) {
    lw_record record;
    int code = lw_record_get(&record, assistant->store, assistant->experiment->name, error);
    if (code != LW_OK)
        return code;
    lw_experiment redefined = *assistant->experiment; /* borrows */
    redefined.goal = record.goal;
    redefined.objective = record.objective;
    bool first = *revision < 0;
    *revision = record.revision;
    bool same = record.goal == assistant->experiment->goal && strcmp(record.objective, assistant->experiment->objective) == 0;
    code = same && first ? (int)LW_KNOWN : lw_store_run_modify(assistant->store, id, set_cost, &redefined, error);
    lw_record_release(&record);
    return code;
}

int lw_assistant_recost_run(lw_assistant *assistant, int64_t id, lw_error *error) {
    enum { TRIES = 100 };
    int64_t revision = -1;
    for (int tries = 0; tries < TRIES; tries++) {
        lw_run_counts counts;
        lw_live live = {0};
        int code = lw_store_run_counts(assistant->store, assistant->experiment->name, &counts, error);
        if (code != LW_OK)
            return code;
        code = lw_assistant_live(assistant, counts.experiment_revision, &live, NULL);
        if (live.removed || (code == LW_OK && revision < 0))
            return LW_OK;
        if (revision == counts.experiment_revision) /* nobody redefined it once more meanwhile */
            return lw_assistant_change_record(assistant, begin_recost, NULL, error);
        code = recost_as_recorded(assistant, id, &revision, error);
        if (code != LW_OK)
            return code == LW_ENOTFOUND || code == (int)LW_KNOWN ? LW_OK : code;
    }
    return LW_OK;
}
