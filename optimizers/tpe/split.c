#include "split.h"

#include <math.h>
#include <string.h>

#include <labwatch/sys/memory.h>

static bool reserve(lw_tpe_split *split, size_t n) {
    if (n <= split->capacity && split->good)
        return true;
    lw_tpe_split_release(split);
    split->capacity = n + n / 2 + 1;
    split->good = lw_calloc(LW_TPE_MAX_GOOD, sizeof *split->good);
    split->bad = lw_calloc(split->capacity, sizeof *split->bad);
    return split->good && split->bad;
}

static bool is_known(const lw_history_rows *rows, size_t k, int64_t fit_last_id) {
    return rows->outcome[k] == LW_COMPLETED && rows->run_id[k] <= fit_last_id;
}

static size_t n_good_of(const lw_history_rows *rows, int64_t fit_last_id, double gamma) {
    size_t n = 0;
    for (size_t k = 0; k < rows->n; k++)
        n += is_known(rows, k, fit_last_id);
    double wanted = ceil(gamma * (double)n);
    return wanted < LW_TPE_MAX_GOOD ? (size_t)wanted : LW_TPE_MAX_GOOD;
}

/* Keeps the lowest costs in order, of equal ones the first. */
static void choose_good(lw_tpe_split *split, const lw_history_rows *rows, int64_t fit_last_id, size_t n_good) {
    size_t n = 0;
    for (size_t k = 0; k < rows->n && n_good > 0; k++) {
        if (!is_known(rows, k, fit_last_id))
            continue;
        if (n == n_good && !(rows->cost[k] < rows->cost[split->good[n - 1]]))
            continue;
        size_t at = n < n_good ? n++ : n - 1;
        for (; at > 0 && rows->cost[split->good[at - 1]] > rows->cost[k]; at--)
            split->good[at] = split->good[at - 1];
        split->good[at] = k;
    }
    split->n_good = n;
}

static void order_rows(size_t n, size_t *rows) {
    for (size_t i = 1; i < n; i++) {
        size_t row = rows[i], at = i;
        for (; at > 0 && rows[at - 1] > row; at--)
            rows[at] = rows[at - 1];
        rows[at] = row;
    }
}

int lw_tpe_split_rows(lw_tpe_split *split, const lw_history_rows *rows, int64_t fit_last_id, double gamma,
                      lw_error *error) {
    if (!reserve(split, rows->n))
        return lw_error_no_memory(error);
    choose_good(split, rows, fit_last_id, n_good_of(rows, fit_last_id, gamma));
    order_rows(split->n_good, split->good);
    split->n_bad = 0;
    for (size_t k = 0, g = 0; k < rows->n; k++) {
        if (g < split->n_good && split->good[g] == k)
            g++;
        else if (rows->outcome[k] != LW_VOID)
            split->bad[split->n_bad++] = k;
    }
    return LW_OK;
}

void lw_tpe_split_release(lw_tpe_split *split) {
    lw_free(split->good);
    lw_free(split->bad);
    memset(split, 0, sizeof *split);
}
