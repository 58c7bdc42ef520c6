/*
 * Intermediate metrics.
 */
#include "assistant_internal.h"

static int seen(void *arg, const lw_run_row *row) {
    (void)row;
    *(bool *)arg = true;
    return LW_OK;
}

/* Programs log a run again and again: that it is of this experiment is asked once. */
static int check_of_experiment(lw_assistant *assistant, int64_t id, lw_error *error) {
    bool found = false;
    if (atomic_load(&assistant->logged_id) == id)
        return LW_OK;
    lw_run_query query = {.experiment = assistant->experiment->name, .ids = &id, .n_ids = 1};
    int code = lw_store_row_each(assistant->store, &query, seen, &found, error);
    if (code == LW_OK && !found)
        return lw_error_set(error, LW_ENOTFOUND, "experiment '%s' has no run %lld", assistant->experiment->name, (long long)id);
    if (code == LW_OK)
        atomic_store(&assistant->logged_id, id);
    return code;
}

int lw_assistant_log(lw_assistant *assistant, int64_t id, const char *name, int64_t step, double value, lw_error *error) {
    if (!assistant || !name || name[0] == '\0')
        return lw_error_set(error, LW_EINVAL, "lw_assistant_log: assistant and a name for the metric are needed");
    int code = lw_assistant_check_writable(assistant, error);
    if (code == LW_OK)
        code = check_of_experiment(assistant, id, error);
    lw_metric_point point = {.step = step, .value = value, .time_ms = lw_clock_wall_ms(assistant->clock)};
    return code == LW_OK ? lw_store_metric_append(assistant->store, id, name, &point, 1, error) : code;
}
