#include <math.h>

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
