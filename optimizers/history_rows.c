#include "history_rows.h"

#include <string.h>

#include <labwatch/sys/memory.h>

static bool reserve(lw_history_rows *rows) {
    size_t run_id = rows->capacity, cost = run_id, outcome = run_id, u = run_id; /* they grow alike */
    bool has_room = lw_array_reserve(&rows->run_id, &run_id, rows->n, sizeof *rows->run_id) &&
                    lw_array_reserve(&rows->cost, &cost, rows->n, sizeof *rows->cost) &&
                    lw_array_reserve(&rows->outcome, &outcome, rows->n, sizeof *rows->outcome) &&
                    lw_array_reserve(&rows->u, &u, rows->n, rows->d * sizeof *rows->u);
    if (has_room)
        rows->capacity = u;
    return has_room;
}

/* Where the run is, or belongs. */
static size_t place_of(const lw_history_rows *rows, int64_t run_id) {
    size_t low = 0, high = rows->n;
    if (high == 0 || rows->run_id[high - 1] < run_id)
        return high;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (rows->run_id[middle] < run_id)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void open_gap(lw_history_rows *rows, size_t at) {
    size_t n = rows->n - at, d = rows->d;
    memmove(rows->run_id + at + 1, rows->run_id + at, n * sizeof *rows->run_id);
    memmove(rows->cost + at + 1, rows->cost + at, n * sizeof *rows->cost);
    memmove(rows->outcome + at + 1, rows->outcome + at, n * sizeof *rows->outcome);
    memmove(rows->u + (at + 1) * d, rows->u + at * d, n * d * sizeof *rows->u);
    rows->n++;
}

static bool put(lw_history_rows *rows, const lw_observation *observation) {
    size_t at = place_of(rows, observation->run_id);
    if (at == rows->n || rows->run_id[at] != observation->run_id) {
        if (!reserve(rows))
            return false;
        open_gap(rows, at);
    }
    rows->run_id[at] = observation->run_id;
    rows->cost[at] = observation->cost;
    rows->outcome[at] = observation->outcome;
    lw_config_encode(observation->config, rows->u + at * rows->d);
    return true;
}

int lw_history_rows_update(lw_history_rows *rows, const lw_observation *const *changed, size_t n, lw_error *error) {
    for (size_t i = 0; i < n; i++)
        if (!put(rows, changed[i]))
            return lw_error_no_memory(error);
    return LW_OK;
}

void lw_history_rows_release(lw_history_rows *rows) {
    lw_free(rows->run_id);
    lw_free(rows->cost);
    lw_free(rows->outcome);
    lw_free(rows->u);
    memset(rows, 0, sizeof *rows);
}
