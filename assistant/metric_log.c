/*
 * Intermediate metrics.
 */
#include <labwatch/sys/memory.h>

#include "assistant_internal.h"

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
        code = lw_assistant_check_has_run(assistant, id, error);
    return code == LW_OK ? append(assistant, id, name, points, n, error) : code;
}
