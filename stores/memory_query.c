/* The memory store: runs that fit a query. */
#include <math.h>
#include <stdlib.h>

#include <labwatch/sys/memory.h>

#include "memory_parts.h"

/* The runs that a query may mean, by ascending ids. */
typedef struct candidates {
    const run_list *list;
    const int64_t *ids; /* NULL: all from first on */
    size_t first, n;
} candidates;

static const run_list *list_of(const memory_store *store, const lw_run_query *query) {
    static const run_list none;
    if (!query->experiment)
        return &store->runs;
    const memory_experiment *experiment = memory_find_experiment(store, query->experiment);
    if (!experiment)
        return &none;
    const unsigned always_open = 1u << LW_STATUS_QUEUED | 1u << LW_STATUS_RUNNING;
    bool open_only = query->open_only || (lw_run_query_statuses(query) & ~always_open) == 0;
    return open_only ? &experiment->open : &experiment->runs;
}

static candidates candidates_of(const memory_store *store, const lw_run_query *query) {
    candidates c = {.list = list_of(store, query), .ids = query->ids, .n = query->n_ids};
    if (query->ids)
        return c;
    c.first = query->after_id > 0 ? run_list_at(c.list, query->after_id < INT64_MAX ? query->after_id + 1 : INT64_MAX) : 0;
    bool to_end = query->up_to_id <= 0 || query->up_to_id == INT64_MAX;
    size_t end = to_end ? c.list->n : run_list_at(c.list, query->up_to_id + 1);
    c.n = end > c.first ? end - c.first : 0;
    return c;
}

/* What can be told without unpacking the run. */
static bool may_fit(const lw_run_query *query, const memory_run *run) {
    return (lw_run_query_statuses(query) >> run->status & 1u) && (query->order != LW_ORDER_COST || !isnan(run->cost)) &&
           (!query->open_only || run->open);
}

/* The i-th candidate if it fits, unpacked to *out; else NULL. */
static const memory_run *fitting(const candidates *c, const lw_run_query *query, size_t i, run_unpacked *out) {
    const memory_run *run = c->ids ? run_list_find(c->list, c->ids[i]) : c->list->items[c->first + i];
    if (!run || !may_fit(query, run))
        return NULL;
    memory_unpack(run, out);
    return lw_run_query_matches(query, &out->run) ? run : NULL;
}

static int visit_by_id(const candidates *c, const lw_run_query *query, lw_run_fn *visit, void *arg) {
    size_t visited = 0;
    for (size_t i = 0; i < c->n; i++) {
        run_unpacked unpacked;
        if (!fitting(c, query, query->order == LW_ORDER_ID_DOWN ? c->n - 1 - i : i, &unpacked))
            continue;
        int code = visit(arg, &unpacked.run);
        if (code != LW_OK)
            return code;
        if (++visited == query->limit)
            break;
    }
    return LW_OK;
}

static int compare_costs(const void *a, const void *b) {
    const memory_run *left = *(const memory_run *const *)a, *right = *(const memory_run *const *)b;
    if (left->cost != right->cost)
        return left->cost < right->cost ? -1 : 1;
    return left->id < right->id ? -1 : left->id > right->id;
}

/* The best so far, unsorted: sorted and cut to the limit whenever twice as many are there. */
typedef struct ranking {
    const memory_run **runs;
    size_t n, capacity, limit;
} ranking;

static void cut(ranking *best) {
    qsort(best->runs, best->n, sizeof *best->runs, compare_costs);
    if (best->limit > 0 && best->n > best->limit)
        best->n = best->limit;
}

static bool rank(ranking *best, const memory_run *run) {
    if (best->limit > 0 && best->n / 2 >= best->limit)
        cut(best);
    if (!lw_array_reserve(&best->runs, &best->capacity, best->n, sizeof *best->runs))
        return false;
    best->runs[best->n++] = run;
    return true;
}

static int visit_by_cost(const candidates *c, const lw_run_query *query, lw_run_fn *visit, void *arg, lw_error *error) {
    ranking best = {.limit = query->limit};
    run_unpacked unpacked;
    int code = LW_OK;
    for (size_t i = 0; i < c->n && code == LW_OK; i++) {
        const memory_run *run = fitting(c, query, i, &unpacked);
        if (run && !rank(&best, run))
            code = lw_error_no_memory(error);
    }
    if (best.n > 0)
        cut(&best);
    for (size_t i = 0; i < best.n && code == LW_OK; i++) {
        memory_unpack(best.runs[i], &unpacked);
        code = visit(arg, &unpacked.run);
    }
    lw_free(best.runs);
    return code;
}

int memory_run_each(lw_store *base, const lw_run_query *query, lw_run_fn *visit, void *arg, lw_error *error) {
    memory_store *store = memory_lock(base);
    candidates c = candidates_of(store, query);
    int code = query->order == LW_ORDER_COST ? visit_by_cost(&c, query, visit, arg, error)
                                             : visit_by_id(&c, query, visit, arg);
    return memory_unlock(store, code);
}

typedef struct row_visit {
    lw_run_row_fn *visit;
    void *arg;
} row_visit;

static int visit_row(void *arg, const lw_run *run) {
    const row_visit *rows = arg;
    lw_run_row row;
    lw_run_row_of(&row, run);
    return rows->visit(rows->arg, &row);
}

int memory_row_each(lw_store *base, const lw_run_query *query, lw_run_row_fn *visit, void *arg, lw_error *error) {
    row_visit rows = {visit, arg};
    return memory_run_each(base, query, visit_row, &rows, error);
}
