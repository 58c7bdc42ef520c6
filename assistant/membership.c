/*
 * Whether a run is of the assistant's experiment.
 */
#include "assistant_internal.h"

int lw_assistant_check_run(const lw_assistant *assistant, const lw_run *run, lw_error *error) {
    const char *name = assistant->experiment->name;
    if (!run->experiment || strcmp(run->experiment, name) != 0)
        return lw_error_set(error, LW_ENOTFOUND, "run %lld is not of experiment '%s', but of '%s'", (long long)run->id, name,
                            run->experiment ? run->experiment : "");
    if (run->status == LW_STATUS_REMOVED)
        return lw_error_set(error, LW_ENOTFOUND, "run %lld was removed", (long long)run->id);
    return LW_OK;
}

static int seen(void *arg, const lw_run_row *row) {
    (void)row;
    *(bool *)arg = true;
    return LW_OK;
}

int lw_assistant_check_has_run(lw_assistant *assistant, int64_t id, lw_error *error) {
    bool found = false;
    if (atomic_load(&assistant->added_to_id) == id)
        return LW_OK;
    lw_run_query query = {.experiment = assistant->experiment->name, .ids = &id, .n_ids = 1};
    int code = lw_store_row_each(assistant->store, &query, seen, &found, error);
    if (code == LW_OK && !found)
        return lw_error_set(error, LW_ENOTFOUND, "experiment '%s' has no run %lld", assistant->experiment->name,
                            (long long)id);
    if (code == LW_OK)
        atomic_store(&assistant->added_to_id, id);
    return code;
}
