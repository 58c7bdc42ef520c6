/*
 * Intermediate metrics.
 */
#include <labwatch/sys/memory.h>

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

/* Points whose time was left open get this moment. */
static int append(lw_assistant *assistant, int64_t id, const char *name, const lw_metric_point *points, size_t n, lw_error *error) {
    lw_metric_point *timed = lw_calloc(n, sizeof *timed);
    if (!timed)
        return lw_error_no_memory(error);
    int64_t now_ms = lw_clock_wall_ms(assistant->clock);
    for (size_t i = 0; i < n; i++) {
        timed[i] = points[i];
        if (timed[i].time_ms == 0)
            timed[i].time_ms = now_ms;
    }
    int code = lw_store_metric_append(assistant->store, id, name, timed, n, error);
    lw_free(timed);
    return code;
}

int lw_assistant_log(lw_assistant *assistant, int64_t id, const char *name, const lw_metric_point *points, size_t n, lw_error *error) {
    if (!assistant || !name || name[0] == '\0' || (n > 0 && !points))
        return lw_error_set(error, LW_EINVAL, "lw_assistant_log: assistant, a name for the metric and points are needed");
    int code = lw_assistant_check_writable(assistant, error);
    if (code == LW_OK)
        code = check_of_experiment(assistant, id, error);
    return code == LW_OK ? append(assistant, id, name, points, n, error) : code;
}
