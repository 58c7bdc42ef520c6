#include "generations.h"

#include <string.h>

#include <labwatch/sys/memory.h>

/* Far more than anybody will see; what a memo says beyond is not ours. */
static const int64_t MAX_NUMBER = 1000000000;

/* ---- memos ---- */

static const char RESTART[] = "restart", GENERATION[] = "generation";

void lw_generations_write(bson_t *memo, int32_t restart, int64_t number) {
    BSON_APPEND_INT32(memo, RESTART, restart);
    BSON_APPEND_INT32(memo, GENERATION, (int32_t)number);
}

/* Whether the memo has such a member; a store may have made its type another one. */
static bool read_number(const bson_t *memo, const char *key, int64_t *number) {
    bson_iter_t iter;
    if (!bson_iter_init_find(&iter, memo, key) || !(BSON_ITER_HOLDS_INT32(&iter) || BSON_ITER_HOLDS_INT64(&iter)))
        return false;
    *number = bson_iter_as_int64(&iter);
    return *number >= 0 && *number <= MAX_NUMBER;
}

static lw_generation_run read_run(const lw_observation *observation) {
    lw_generation_run run = {.id = observation->run_id, .restart = -1};
    int64_t restart, number;
    run.is_result = observation->outcome == LW_COMPLETED || observation->outcome == LW_FAILED;
    if (!observation->foreign && observation->memo && read_number(observation->memo, RESTART, &restart) &&
        read_number(observation->memo, GENERATION, &number)) {
        run.restart = (int32_t)restart;
        run.number = number;
    }
    bool has_memo = observation->memo && !bson_empty(observation->memo);
    run.is_elsewhere = !observation->foreign && has_memo && run.restart < 0;
    return run;
}

static bool is_same_place(const lw_generation_run *a, const lw_generation_run *b) {
    return a->restart == b->restart && a->number == b->number && a->is_elsewhere == b->is_elsewhere;
}

/* ---- lists in the order of ids ---- */

static bool insert_id(int64_t **ids, size_t *n, size_t *capacity, int64_t id) {
    if (!lw_array_reserve(ids, capacity, *n, sizeof **ids))
        return false;
    size_t i = *n;
    while (i > 0 && (*ids)[i - 1] > id)
        i--;
    memmove(*ids + i + 1, *ids + i, (*n - i) * sizeof **ids);
    (*ids)[i] = id;
    ++*n;
    return true;
}

size_t lw_generations_others_after(const lw_generations *generations, int64_t id) {
    size_t low = 0, high = generations->n_others;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (generations->others[middle] <= id)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Where the run is, or would be; most come at the end, and most experiments have the ids 1, 2, 3, … */
static size_t place_of(const lw_generations *generations, int64_t id) {
    const lw_generation_run *runs = generations->runs;
    size_t low = 0, high = generations->n_runs;
    if (high == 0 || runs[high - 1].id < id)
        return high;
    if (id >= runs[0].id && (uint64_t)(id - runs[0].id) < high && runs[id - runs[0].id].id == id)
        return (size_t)(id - runs[0].id);
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (runs[middle].id < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool insert_run(lw_generations *generations, size_t i, lw_generation_run run) {
    if (!lw_array_reserve(&generations->runs, &generations->runs_capacity, generations->n_runs, sizeof run))
        return false;
    lw_generation_run *runs = generations->runs;
    memmove(runs + i + 1, runs + i, (generations->n_runs - i) * sizeof run);
    runs[i] = run;
    generations->n_runs++;
    generations->n_elsewhere += run.is_elsewhere;
    return true;
}

/* ---- generations ---- */

static void forget_generations(lw_generations *generations) {
    for (size_t k = 0; k < generations->n; k++)
        lw_free(generations->items[k].ids);
    generations->n = 0;
}

void lw_generations_release(lw_generations *generations) {
    forget_generations(generations);
    lw_free(generations->items);
    lw_free(generations->runs);
    lw_free(generations->others);
    memset(generations, 0, sizeof *generations);
}

/* The generation of that number, which is made if there is none; SIZE_MAX when out of memory. */
static size_t index_of(lw_generations *generations, int64_t number) {
    size_t k = generations->n;
    while (k > 0 && generations->items[k - 1].number > number)
        k--;
    if (k > 0 && generations->items[k - 1].number == number)
        return k - 1;
    if (!lw_array_reserve(&generations->items, &generations->capacity, generations->n, sizeof *generations->items))
        return SIZE_MAX;
    lw_generation *items = generations->items;
    memmove(items + k + 1, items + k, (generations->n - k) * sizeof *items);
    items[k] = (lw_generation){.number = number};
    generations->n++;
    return k;
}

static void changed_from(ptrdiff_t *first, ptrdiff_t index) {
    if (index < *first)
        *first = index;
}

/*
 * Where a generation begins decides between which others lie. So its beginning moves these, if there are any behind;
 * and those before the first generation are what it starts from.
 */
static void begin_changes(const lw_generations *generations, size_t k, int64_t id, ptrdiff_t *first) {
    if (generations->n_others > 0 && generations->others[generations->n_others - 1] > id)
        changed_from(first, (ptrdiff_t)k - 1);
    if (k == 0 && generations->n_others > 0)
        changed_from(first, -1);
}

static int join_generation(lw_generations *generations, const lw_generation_run *run, ptrdiff_t *first) {
    if (run->restart > generations->restart) {
        forget_generations(generations);
        generations->restart = run->restart;
        *first = -1;
    }
    const size_t n_before = generations->n, k = index_of(generations, run->number);
    if (k == SIZE_MAX)
        return LW_ENOMEM;
    lw_generation *generation = &generations->items[k];
    if (!insert_id(&generation->ids, &generation->n, &generation->capacity, run->id))
        return LW_ENOMEM;
    generation->n_results += run->is_result;
    if (generation->ids[0] == run->id)
        begin_changes(generations, k, run->id, first);
    if (run->is_result || n_before < generations->n)
        changed_from(first, (ptrdiff_t)k);
    return LW_OK;
}

static void result_changed(lw_generations *generations, const lw_generation_run *run, ptrdiff_t *first) {
    const size_t k = index_of(generations, run->number); /* it is there */
    generations->items[k].n_results += run->is_result ? 1 : (size_t)-1;
    changed_from(first, (ptrdiff_t)k);
}

/* One of no generation has a result, or has one no more: all generations between whose beginnings it lies. */
static int other_changed(lw_generations *generations, int64_t id, ptrdiff_t *first) {
    size_t i = lw_generations_others_after(generations, id);
    bool is_known = i > 0 && generations->others[i - 1] == id;
    if (!is_known && !insert_id(&generations->others, &generations->n_others, &generations->others_capacity, id))
        return LW_ENOMEM;
    const lw_generation *items = generations->items;
    if (generations->n == 0 || id < items[0].ids[0])
        changed_from(first, -1);
    for (size_t k = 0; k < generations->n; k++)
        if (items[k].ids[0] < id && (k + 1 == generations->n || id < items[k + 1].ids[0]))
            changed_from(first, (ptrdiff_t)k);
    return LW_OK;
}

int lw_generations_note(lw_generations *generations, const lw_observation *observation, ptrdiff_t *first) {
    const lw_generation_run run = read_run(observation);
    const size_t i = place_of(generations, run.id);
    const bool is_known = i < generations->n_runs && generations->runs[i].id == run.id;
    if (is_known && !is_same_place(&generations->runs[i], &run))
        generations->is_stale = true;
    if (!is_known && !insert_run(generations, i, run))
        return LW_ENOMEM;
    const bool was_result = is_known && generations->runs[i].is_result;
    generations->runs[i].is_result = run.is_result;
    if (run.is_result && run.id > generations->last_result)
        generations->last_result = run.id;
    if (generations->is_stale)
        return LW_OK;

    if (run.restart < 0)
        return run.is_result || was_result ? other_changed(generations, run.id, first) : LW_OK;
    if (!is_known && run.restart >= generations->restart)
        return join_generation(generations, &run, first);
    if (is_known && run.restart == generations->restart && was_result != run.is_result)
        result_changed(generations, &run, first);
    else if (is_known && run.restart == generations->restart && run.is_result)
        changed_from(first, (ptrdiff_t)index_of(generations, run.number)); /* perhaps another cost */
    return LW_OK;
}
