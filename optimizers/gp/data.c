#include "data.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <labwatch/sys/memory.h>

/* Completed observations, as indices into the history. */
typedef struct selection {
    size_t n;
    size_t *index;
} selection;

/* ---- which completed ones ---- */

typedef struct keyed {
    double key;
    size_t index;
} keyed;

static int compare_keyed(const void *a, const void *b) {
    const keyed *x = a, *y = b;
    if (x->key != y->key)
        return x->key < y->key ? -1 : 1;
    return (x->index > y->index) - (x->index < y->index);
}


static double distance(size_t d, const double *u, const double *v) {
    double sum = 0;
    for (size_t i = 0; i < d; i++) {
        double step = isnan(u[i]) && isnan(v[i]) ? 0 : isnan(u[i]) || isnan(v[i]) ? 1 : u[i] - v[i];
        sum += step * step;
    }
    return sum;
}

/* Takes the first n_more of order that are not taken yet. */
static void take(const keyed *order, size_t n, size_t n_more, bool *is_taken) {
    for (size_t k = 0; k < n && n_more > 0; k++)
        if (!is_taken[order[k].index]) {
            is_taken[order[k].index] = true;
            n_more--;
        }
}

/* Takes n_more of those that are not taken yet, of which there are more, evenly in their order. */
static void take_evenly(size_t n, size_t n_more, bool *is_taken) {
    size_t n_free = 0, passed = 0;
    for (size_t k = 0; k < n; k++)
        n_free += !is_taken[k];
    for (size_t k = 0; k < n; k++) {
        if (is_taken[k])
            continue;
        is_taken[k] = (passed + 1) * n_more / n_free > passed * n_more / n_free;
        passed++;
    }
}

static void key_by_distance(const lw_history *history, const selection *all, size_t best, size_t d, double *u,
                            keyed *order) {
    lw_config_encode(lw_history_get(history, all->index[best])->config, u);
    for (size_t k = 0; k < all->n; k++) {
        lw_config_encode(lw_history_get(history, all->index[k])->config, u + d);
        order[k] = (keyed){distance(d, u, u + d), k};
    }
}

/*
 * A third of the room for the best, one for the neighbourhood of the best, and the rest evenly from the whole history.
 */
static int select_part(selection *all, const lw_history *history, size_t d, size_t wanted, lw_error *error) {
    const size_t n = all->n;
    keyed *order = lw_malloc(n * sizeof *order);
    bool *is_taken = lw_calloc(n, sizeof *is_taken);
    double *u = lw_malloc(2 * d * sizeof *u);
    if (order && is_taken && u) {
        for (size_t k = 0; k < n; k++)
            order[k] = (keyed){lw_history_get(history, all->index[k])->cost, k};
        qsort(order, n, sizeof *order, compare_keyed);
        take(order, n, wanted / 3, is_taken);
        key_by_distance(history, all, order[0].index, d, u, order);
        qsort(order, n, sizeof *order, compare_keyed);
        take(order, n, wanted / 3, is_taken);
        take_evenly(n, wanted - 2 * (wanted / 3), is_taken);
        size_t kept = 0;
        for (size_t k = 0; k < n; k++)
            if (is_taken[k])
                all->index[kept++] = all->index[k];
        all->n = kept;
    }
    bool is_done = order && is_taken && u;
    lw_free(order);
    lw_free(is_taken);
    lw_free(u);
    return is_done ? LW_OK : lw_error_no_memory(error);
}

/* ---- arrays ---- */

static void fill_row(const lw_gp_columns *columns, const lw_observation *observation, double *u, double *x) {
    lw_config_encode(observation->config, u);
    lw_gp_columns_fill(columns, observation->config, u, x);
}

static int reserve(lw_gp_data *data, size_t n) {
    data->X = lw_malloc(n * data->D * sizeof(double));
    data->u = lw_malloc((n + 1) * data->d * sizeof(double));
    data->cost = lw_malloc(n * sizeof(double));
    data->run_id = lw_malloc(n * sizeof *data->run_id);
    data->failed = lw_malloc(LW_GP_MAX_FAILURES * data->D * sizeof(double));
    data->pending = lw_malloc(LW_GP_MAX_PENDING * data->D * sizeof(double));
    return data->X && data->u && data->cost && data->run_id && data->failed && data->pending ? LW_OK : LW_ENOMEM;
}

/* The latest ones: from the end of the history backwards. */
static void fill_latest(lw_gp_data *data, const lw_gp_columns *columns, const lw_history *history, int64_t fit_last_id,
                        double *scratch) {
    for (size_t k = lw_history_n(history); k-- > 0;) {
        const lw_observation *observation = lw_history_get(history, k);
        bool is_later = observation->run_id > fit_last_id;
        if (observation->outcome == LW_VOID)
            continue;
        if ((is_later || observation->outcome == LW_PENDING) && data->n_pending < LW_GP_MAX_PENDING)
            fill_row(columns, observation, scratch, data->pending + data->D * data->n_pending++);
        else if (!is_later && observation->outcome == LW_FAILED && data->n_failed < LW_GP_MAX_FAILURES)
            fill_row(columns, observation, scratch, data->failed + data->D * data->n_failed++);
    }
}

int lw_gp_data_gather(lw_gp_data *data, const lw_gp_columns *columns, const lw_history *history, int64_t fit_last_id,
                      size_t max_n, lw_error *error) {
    memset(data, 0, sizeof *data);
    data->d = columns->d;
    data->D = columns->D;
    selection all = {.index = lw_malloc(lw_history_n(history) * sizeof *all.index)};
    if (!all.index)
        return lw_error_no_memory(error);
    for (size_t k = 0; k < lw_history_n(history); k++) {
        const lw_observation *observation = lw_history_get(history, k);
        if (observation->outcome == LW_COMPLETED && observation->run_id <= fit_last_id)
            all.index[all.n++] = k;
    }
    data->n_completed = all.n;
    int outcome = LW_OK;
    if (all.n > max_n)
        outcome = select_part(&all, history, data->d, max_n, error);
    if (outcome == LW_OK)
        outcome = reserve(data, all.n) == LW_OK ? LW_OK : lw_error_no_memory(error);
    for (size_t k = 0; k < all.n && outcome == LW_OK; k++) {
        const lw_observation *observation = lw_history_get(history, all.index[k]);
        fill_row(columns, observation, data->u + k * data->d, data->X + k * data->D);
        data->cost[k] = observation->cost;
        data->run_id[k] = observation->run_id;
    }
    data->n = outcome == LW_OK ? all.n : 0;
    if (outcome == LW_OK)
        fill_latest(data, columns, history, fit_last_id, data->u + data->n * data->d);
    lw_free(all.index);
    return outcome;
}

void lw_gp_data_release(lw_gp_data *data) {
    lw_free(data->X);
    lw_free(data->u);
    lw_free(data->cost);
    lw_free(data->run_id);
    lw_free(data->failed);
    lw_free(data->pending);
    memset(data, 0, sizeof *data);
}
