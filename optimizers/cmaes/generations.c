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

/* ---- members ---- */

void lw_generations_release(lw_generations *generations) {
    lw_free(generations->members);
    lw_free(generations->runs);
    lw_free(generations->others);
    memset(generations, 0, sizeof *generations);
}

/* Where the member with that id is, or would be. */
static size_t member_place(const lw_generations *generations, int64_t id) {
    size_t low = 0, high = generations->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (generations->members[middle].id < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static int add_member(lw_generations *generations, const lw_generation_run *run) {
    if (!lw_array_reserve(&generations->members, &generations->capacity, generations->n, sizeof *generations->members))
        return LW_ENOMEM;
    const size_t i = member_place(generations, run->id);
    lw_generation_member *members = generations->members;
    memmove(members + i + 1, members + i, (generations->n - i) * sizeof *members);
    members[i] = (lw_generation_member){run->id, run->number};
    generations->n++;
    return LW_OK;
}

static void remove_member(lw_generations *generations, int64_t id) {
    const size_t i = member_place(generations, id);
    lw_generation_member *members = generations->members;
    memmove(members + i, members + i + 1, (generations->n - i - 1) * sizeof *members);
    generations->n--;
}

/* ---- changes ---- */

static void changed_from(int64_t *first, int64_t id) {
    if (id < *first)
        *first = id;
}

static void begin_restart(lw_generations *generations, int32_t restart, int64_t *first) {
    generations->restart = restart;
    generations->first_id = 0;
    generations->n = 0;
    *first = INT64_MIN;
}

/* A run of the latest restart that was not known. What lies before its first one is what it starts from. */
static void join(lw_generations *generations, const lw_generation_run *run, int64_t *first) {
    if (run->restart > generations->restart)
        begin_restart(generations, run->restart, first);
    if (generations->first_id == 0 || run->id < generations->first_id) {
        generations->first_id = run->id;
        *first = INT64_MIN;
    }
}

/* A run of the latest restart has a result, or none any more, or perhaps another cost. */
static int result_changed(lw_generations *generations, const lw_generation_run *run, bool was_result, int64_t *first) {
    if (run->is_result || was_result)
        changed_from(first, run->id);
    if (run->is_result && !was_result)
        return add_member(generations, run);
    if (was_result && !run->is_result)
        remove_member(generations, run->id);
    return LW_OK;
}

/* One of no generation has a result, or has one no more. */
static int other_changed(lw_generations *generations, int64_t id, int64_t *first) {
    size_t i = lw_generations_others_after(generations, id);
    bool is_known = i > 0 && generations->others[i - 1] == id;
    changed_from(first, id);
    if (!is_known && !insert_id(&generations->others, &generations->n_others, &generations->others_capacity, id))
        return LW_ENOMEM;
    return LW_OK;
}

int lw_generations_note(lw_generations *generations, const lw_observation *observation, int64_t *first) {
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
    if (run.restart < generations->restart)
        return LW_OK;
    if (!is_known)
        join(generations, &run, first);
    return result_changed(generations, &run, was_result, first);
}
