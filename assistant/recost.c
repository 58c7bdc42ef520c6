#include <math.h>
#include <string.h>

#include "assistant_internal.h"
#include "recost.h"

void lw_run_recost(lw_run *run, const lw_experiment *experiment) {
    double result;
    run->cost = (double)NAN;
    if ((run->status == LW_STATUS_COMPLETED || run->status == LW_STATUS_PRUNED) &&
        lw_result_number(run->result, experiment->objective, &result) && isfinite(result))
        run->cost = lw_experiment_cost(experiment, result);
}

/* ---- an id that is taken ---- */

static int insert_placeholder(lw_assistant *assistant, int64_t *id, lw_error *error) {
    lw_run_counts counts;
    int code = lw_store_run_counts(assistant->store, assistant->experiment->name, &counts, error);
    if (code != LW_OK)
        return code;
    bson_t config = BSON_INITIALIZER;
    lw_run run;
    lw_run_init(&run); /* what it has is borrowed */
    run.id = *id = counts.last_id + 1;
    run.origin = LW_ORIGIN_IMPORTED;
    run.experiment = (char *)assistant->experiment->name;
    run.space = (char *)assistant->desks[0].name;
    run.space_version = assistant->desks[0].version;
    run.status = LW_STATUS_INTERRUPTED;
    run.config = &config;
    run.token = lw_assistant_token(assistant);
    code = lw_store_run_insert(assistant->store, &run, error);
    bson_destroy(&config);
    return code;
}

/* Whoever has looked at the experiment before now cannot get the id that they would try; they look again. */
static int take_next_id(lw_assistant *assistant, lw_error *error) {
    enum { TRIES = 1000 };
    int64_t id = 0;
    int code = LW_ECONFLICT;
    for (int tries = 1; tries <= TRIES && code == LW_ECONFLICT; tries++) {
        if (tries > 1)
            lw_assistant_pause(assistant, tries, 0);
        code = insert_placeholder(assistant, &id, error);
    }
    return code == LW_OK ? lw_store_run_remove(assistant->store, id, error) : code;
}

/* ---- all runs ---- */

static int collect(void *arg, const lw_run_row *row) {
    if (row->origin == LW_ORIGIN_FOREIGN || row->id <= 0)
        return LW_OK;
    return lw_id_list_add(arg, row->id) ? LW_OK : LW_ENOMEM;
}

typedef struct redefinition {
    const lw_experiment *experiment;
    int64_t revision;
} redefinition;

static int redefine(void *arg, lw_run *run, lw_error *error) {
    const redefinition *self = arg;
    (void)error;
    lw_run_recost(run, self->experiment);
    run->redefined = self->revision;
    return LW_OK;
}

static int redefine_all(lw_assistant *assistant, int64_t revision, lw_error *error) {
    lw_id_list list = {0};
    redefinition self = {assistant->experiment, revision};
    lw_run_query query = {.experiment = assistant->experiment->name};
    int code = lw_store_row_each(assistant->store, &query, collect, &list, error);
    if (code == LW_ENOMEM)
        lw_error_no_memory(error);
    for (size_t i = 0; i < list.n && code == LW_OK; i++) {
        code = lw_store_run_modify(assistant->store, list.ids[i], redefine, &self, error);
        if (code == LW_ENOTFOUND) /* removed meanwhile */
            code = LW_OK;
    }
    lw_id_list_release(&list);
    return code;
}

static void end_recost(void *arg, lw_record *record) {
    (void)arg;
    record->recost = false;
    record->epoch++;
}

int lw_assistant_recost(lw_assistant *assistant, int64_t revision, lw_error *error) {
    int code = take_next_id(assistant, error);
    if (code == LW_OK)
        code = redefine_all(assistant, revision, error);
    return code == LW_OK ? lw_assistant_change_record(assistant, end_recost, NULL, error) : code;
}
