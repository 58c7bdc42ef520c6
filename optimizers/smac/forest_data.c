#include "forest_data.h"

#include <stdlib.h>
#include <string.h>

#include <labwatch/sys/memory.h>

/* Runs of one kind, as indices into the history, ascending. */
typedef struct selection {
    size_t n;
    size_t *index;
} selection;

typedef struct selections {
    selection completed, failed, pending;
} selections;

typedef struct costed {
    double cost;
    size_t index;
} costed;

static int compare_costed(const void *a, const void *b) {
    const costed *x = a, *y = b;
    if (x->cost != y->cost)
        return x->cost < y->cost ? -1 : 1;
    return (x->index > y->index) - (x->index < y->index);
}

/* Keeps wanted of them, evenly. */
static void thin_out(selection *all, size_t wanted) {
    size_t kept = 0;
    for (size_t k = 0; k < all->n; k++)
        if ((k + 1) * wanted / all->n > k * wanted / all->n)
            all->index[kept++] = all->index[k];
    all->n = kept;
}

static int compare_indices(const void *a, const void *b) {
    const size_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

/* Half of the room for the best, the rest evenly from the others. */
static int select_part(selection *all, const lw_history *history, size_t wanted, lw_error *error) {
    costed *order = lw_malloc(all->n * sizeof *order);
    if (!order)
        return lw_error_no_memory(error);
    for (size_t k = 0; k < all->n; k++)
        order[k] = (costed){lw_history_get(history, all->index[k])->cost, all->index[k]};
    qsort(order, all->n, sizeof *order, compare_costed);
    for (size_t k = 0; k < all->n; k++)
        all->index[k] = order[k].index;
    lw_free(order);
    const size_t n_best = wanted / 2;
    selection others = {all->n - n_best, all->index + n_best};
    qsort(others.index, others.n, sizeof *others.index, compare_indices);
    thin_out(&others, wanted - n_best);
    all->n = n_best + others.n;
    qsort(all->index, all->n, sizeof *all->index, compare_indices);
    return LW_OK;
}

/* The last n_last of them. */
static void keep_last(selection *all, size_t n_last) {
    if (all->n <= n_last)
        return;
    memmove(all->index, all->index + all->n - n_last, n_last * sizeof *all->index);
    all->n = n_last;
}

static void sort_out(selections *s, const lw_history *history, int64_t fit_last_id) {
    for (size_t k = 0; k < lw_history_n(history); k++) {
        const lw_observation *observation = lw_history_get(history, k);
        if (observation->outcome == LW_VOID)
            continue;
        bool is_open = observation->run_id > fit_last_id || observation->outcome == LW_PENDING;
        selection *kind = is_open                                   ? &s->pending
                          : observation->outcome == LW_COMPLETED ? &s->completed
                                                                    : &s->failed;
        kind->index[kind->n++] = k;
    }
}

static size_t max_rows(size_t d) {
    size_t n = LW_FOREST_MAX_VALUES / (d > 0 ? d : 1);
    n = n > LW_FOREST_ENOUGH_ROWS ? n : LW_FOREST_ENOUGH_ROWS;
    return n < LW_FOREST_MAX_ROWS ? n : LW_FOREST_MAX_ROWS;
}

static int select_rows(selections *s, size_t d, const lw_history *history, int64_t fit_last_id, lw_error *error) {
    sort_out(s, history, fit_last_id);
    keep_last(&s->failed, LW_FOREST_MAX_FAILED);
    keep_last(&s->pending, LW_FOREST_MAX_PENDING);
    if (s->completed.n <= max_rows(d))
        return LW_OK;
    return select_part(&s->completed, history, max_rows(d), error);
}

static void encode(lw_forest_rows *rows, const lw_history *history, const selection *kind, size_t first) {
    for (size_t k = 0; k < kind->n; k++) {
        const lw_observation *observation = lw_history_get(history, kind->index[k]);
        rows->run_id[first + k] = observation->run_id;
        lw_config_encode(observation->config, rows->u + (first + k) * rows->d);
    }
}

static int fill(lw_forest_rows *rows, lw_forest_columns *columns, const selections *s, const lw_history *history,
                lw_error *error) {
    rows->n_completed = s->completed.n;
    rows->n_failed = s->failed.n;
    rows->n_pending = s->pending.n;
    const size_t n_seen = rows->n_completed + rows->n_failed, n = n_seen + rows->n_pending;
    rows->u = lw_malloc(n * rows->d * sizeof *rows->u);
    rows->x = lw_malloc(n * rows->d * sizeof *rows->x);
    rows->run_id = lw_malloc(n * sizeof *rows->run_id);
    rows->cost = lw_malloc(rows->n_completed * sizeof *rows->cost);
    if (!rows->u || !rows->x || !rows->run_id || !rows->cost)
        return lw_error_no_memory(error);
    encode(rows, history, &s->completed, 0);
    encode(rows, history, &s->failed, rows->n_completed);
    encode(rows, history, &s->pending, n_seen);
    for (size_t k = 0; k < rows->n_completed; k++)
        rows->cost[k] = lw_history_get(history, s->completed.index[k])->cost;
    int outcome = lw_forest_columns_adapt(columns, n_seen, rows->u, error);
    for (size_t k = 0; k < n && outcome == LW_OK; k++)
        lw_forest_columns_fill(columns, rows->u + k * rows->d, rows->x + k * rows->d);
    return outcome;
}

int lw_forest_rows_gather(lw_forest_rows *rows, lw_forest_columns *columns, const lw_history *history,
                          int64_t fit_last_id, lw_error *error) {
    *rows = (lw_forest_rows){.d = columns->d};
    const size_t n = lw_history_n(history);
    size_t *room = lw_malloc(3 * n * sizeof *room);
    if (!room)
        return lw_error_no_memory(error);
    selections s = {.completed.index = room, .failed.index = room + n, .pending.index = room + 2 * n};
    int outcome = select_rows(&s, columns->d, history, fit_last_id, error);
    if (outcome == LW_OK)
        outcome = fill(rows, columns, &s, history, error);
    lw_free(room);
    return outcome;
}

void lw_forest_rows_release(lw_forest_rows *rows) {
    lw_free(rows->u);
    lw_free(rows->x);
    lw_free(rows->run_id);
    lw_free(rows->cost);
    memset(rows, 0, sizeof *rows);
}
