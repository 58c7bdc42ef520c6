#include <math.h>
#include <string.h>

#include <labwatch/history.h>
#include <labwatch/sys/digest.h>
#include <labwatch/sys/memory.h>

#include "config_index.h"
#include "history_internal.h"

enum { N_OUTCOMES = LW_VOID + 1, N_FAILURES = LW_FAILURE_USER + 1 };

/* An observation as the history keeps it: one piece of memory, with all but the configuration behind it. */
typedef struct history_entry {
    lw_observation shown;
    lw_known_config *known;
    double numbers[]; /* costs, then constraints; then the memo's bytes */
} history_entry;

typedef struct history_place {
    int64_t run_id;
    history_entry *entry;
} history_place;

struct lw_history {
    lw_space *space;
    history_place *places; /* in the order of run ids */
    size_t n, capacity;
    lw_config_index configs;
    size_t n_outcome[N_OUTCOMES];
    size_t n_own;

    /* Kept for the functions that ask for them; these are const to their callers. */
    bool best_known;
    const history_entry *best;
    bool summed; /* from the first time that the digest is asked for */
    unsigned __int128 sum;
};

/* ---- entries ---- */

int lw_history_check(const lw_history *history, const lw_observation *observation, lw_error *error) {
    long long run_id = (long long)observation->run_id;
    if (run_id <= 0)
        return lw_error_set(error, LW_EINVAL, "an observation needs a positive run id, not %lld", run_id);
    if (!observation->config)
        return lw_error_set(error, LW_EINVAL, "the observation of run %lld has no config", run_id);
    if (lw_config_space(observation->config) != history->space)
        return lw_error_set(error, LW_EINVAL, "the config of run %lld is of another space than the history", run_id);
    if ((unsigned)observation->outcome >= N_OUTCOMES || (unsigned)observation->failure >= N_FAILURES)
        return lw_error_set(error, LW_EINVAL, "the observation of run %lld has an unknown outcome or failure", run_id);
    if (observation->outcome != LW_COMPLETED)
        return LW_OK;
    bool finite = isfinite(observation->cost);
    for (size_t i = 0; observation->costs && i < observation->n_costs; i++)
        finite = finite && isfinite(observation->costs[i]);
    if (!finite)
        return lw_error_set(error, LW_EINVAL,
                            "the cost of run %lld must be a finite number: call the run failed instead", run_id);
    return LW_OK;
}

/* A memo's bson_t lies before the entry, since it needs more alignment than anything else. */
static void *memory_of(history_entry *entry) {
    return entry->shown.memo ? (char *)entry - sizeof(bson_t) : (char *)entry;
}

static history_entry *entry_alloc(size_t n_numbers, const bson_t *memo) {
    size_t size = sizeof(history_entry) + n_numbers * sizeof(double);
    if (!memo) {
        /* A multiple of a bson_t's size would be taken for something that needs its alignment, at the cost of space. */
        return lw_malloc(size % sizeof(bson_t) == 0 ? size + sizeof(double) : size);
    }
    size += sizeof(bson_t) + memo->len;
    size = (size + sizeof(bson_t) - 1) / sizeof(bson_t) * sizeof(bson_t);
    char *memory = lw_malloc(size);
    return memory ? (history_entry *)(void *)(memory + sizeof(bson_t)) : NULL;
}

static void copy_memo(history_entry *entry, const bson_t *memo, uint8_t *bytes) {
    bson_t *own = (bson_t *)(void *)((char *)entry - sizeof(bson_t));
    memcpy(bytes, bson_get_data(memo), memo->len);
    bool usable = bson_init_static(own, bytes, memo->len);
    entry->shown.memo = own;
    (void)usable; /* it is a copy of a document */
}

/* NULL when out of memory. */
static history_entry *entry_new(lw_history *history, const lw_observation *observation) {
    bool completed = observation->outcome == LW_COMPLETED;
    size_t n_costs = completed && observation->costs ? observation->n_costs : 0;
    size_t n_constraints = observation->constraints ? observation->n_constraints : 0;
    history_entry *entry = entry_alloc(n_costs + n_constraints, observation->memo);
    if (!entry)
        return NULL;

    lw_observation *shown = &entry->shown;
    *shown = *observation;
    if (!completed)
        shown->cost = NAN;
    if (shown->outcome == LW_FAILED && shown->failure == LW_FAILURE_DIED)
        shown->outcome = LW_PENDING;
    shown->n_costs = n_costs;
    shown->costs = n_costs ? memcpy(entry->numbers, observation->costs, n_costs * sizeof(double)) : NULL;
    double *constraints = entry->numbers + n_costs;
    shown->n_constraints = n_constraints;
    shown->constraints =
        n_constraints ? memcpy(constraints, observation->constraints, n_constraints * sizeof(double)) : NULL;
    if (observation->memo)
        copy_memo(entry, observation->memo, (uint8_t *)(constraints + n_constraints));

    entry->known = lw_config_index_hold(&history->configs, observation->config, observation->fidelity);
    if (!entry->known) {
        lw_free(memory_of(entry));
        return NULL;
    }
    shown->config = entry->known->config;
    return entry;
}

/* ---- what follows from the entries ---- */

static bool is_better(const history_entry *a, const history_entry *b) {
    return a->shown.cost < b->shown.cost || (a->shown.cost == b->shown.cost && a->shown.run_id < b->shown.run_id);
}

static void consider_best(lw_history *history, const history_entry *entry) {
    if (entry->shown.outcome == LW_COMPLETED && (!history->best || is_better(entry, history->best)))
        history->best = entry;
}

static void count_in(lw_history *history, history_entry *entry) {
    history->n_outcome[entry->shown.outcome]++;
    history->n_own += !entry->shown.foreign;
    entry->known->n_taken += entry->shown.outcome != LW_VOID;
    if (history->summed)
        history->sum += lw_observation_digest(&entry->shown);
    if (history->best_known)
        consider_best(history, entry);
}

static void count_out_and_free(lw_history *history, history_entry *entry) {
    history->n_outcome[entry->shown.outcome]--;
    history->n_own -= !entry->shown.foreign;
    entry->known->n_taken -= entry->shown.outcome != LW_VOID;
    if (history->summed)
        history->sum -= lw_observation_digest(&entry->shown);
    if (history->best == entry) {
        history->best = NULL;
        history->best_known = false;
    }
    lw_config_index_drop(&history->configs, entry->known);
    lw_free(memory_of(entry));
}

/* ---- life ---- */

int lw_history_new(lw_history **out, const lw_space *space, lw_error *error) {
    lw_history *history = lw_calloc(1, sizeof *history);
    if (!history)
        return lw_error_no_memory(error);
    history->space = lw_space_retain(space);
    history->best_known = true;
    *out = history;
    return LW_OK;
}

void lw_history_clear(lw_history *history) {
    for (size_t i = 0; i < history->n; i++)
        lw_free(memory_of(history->places[i].entry));
    lw_free(history->places);
    lw_config_index_release(&history->configs);
    lw_space *space = history->space;
    memset(history, 0, sizeof *history);
    history->space = space;
    history->best_known = true;
}

void lw_history_free(lw_history *history) {
    if (!history)
        return;
    lw_history_clear(history);
    lw_space_free(history->space);
    lw_free(history);
}

/* ---- places ---- */

/* Where the run is, or would be put. Most experiments have the ids 1, 2, 3, …, and most runs come at the end. */
static size_t place_of(const lw_history *history, int64_t run_id) {
    const history_place *places = history->places;
    size_t low = 0, high = history->n;
    if (high == 0 || places[high - 1].run_id < run_id)
        return high;
    if (run_id >= places[0].run_id) {
        uint64_t guess = (uint64_t)(run_id - places[0].run_id);
        if (guess < high && places[guess].run_id == run_id)
            return (size_t)guess;
    }
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (places[middle].run_id < run_id)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool is_at(const lw_history *history, size_t i, int64_t run_id) {
    return i < history->n && history->places[i].run_id == run_id;
}

int lw_history_put(lw_history *history, const lw_observation *observation, lw_error *error) {
    int outcome = lw_history_check(history, observation, error);
    if (outcome != LW_OK)
        return outcome;
    if (!lw_array_reserve(&history->places, &history->capacity, history->n, sizeof *history->places))
        return lw_error_no_memory(error);
    history_entry *entry = entry_new(history, observation);
    if (!entry)
        return lw_error_no_memory(error);

    history_place place = {.run_id = entry->shown.run_id, .entry = entry};
    size_t i = place_of(history, place.run_id);
    count_in(history, entry);
    if (is_at(history, i, place.run_id)) {
        count_out_and_free(history, history->places[i].entry);
    } else {
        memmove(history->places + i + 1, history->places + i, (history->n - i) * sizeof place);
        history->n++;
    }
    history->places[i] = place;
    return LW_OK;
}

/* ---- looking ---- */

const lw_space *lw_history_space(const lw_history *history) {
    return history->space;
}

size_t lw_history_n(const lw_history *history) {
    return history->n;
}

const lw_observation *lw_history_get(const lw_history *history, size_t i) {
    return i < history->n ? &history->places[i].entry->shown : NULL;
}

const lw_observation *lw_history_find(const lw_history *history, int64_t run_id) {
    size_t i = place_of(history, run_id);
    return is_at(history, i, run_id) ? &history->places[i].entry->shown : NULL;
}

size_t lw_history_n_outcome(const lw_history *history, lw_outcome outcome) {
    return (unsigned)outcome < N_OUTCOMES ? history->n_outcome[outcome] : 0;
}

size_t lw_history_n_own(const lw_history *history) {
    return history->n_own;
}

const lw_observation *lw_history_best(const lw_history *history) {
    if (!history->best_known) {
        lw_history *kept = (lw_history *)history;
        for (size_t i = 0; i < history->n; i++)
            consider_best(kept, history->places[i].entry);
        kept->best_known = true;
    }
    return history->best ? &history->best->shown : NULL;
}

size_t lw_history_count(const lw_history *history, const lw_config *config, double fidelity) {
    const lw_known_config *known = lw_config_index_find(&history->configs, config, fidelity);
    return known ? known->n_taken : 0;
}

void lw_history_digest(const lw_history *history, uint8_t out[LW_DIGEST_SIZE]) {
    if (!history->summed) {
        lw_history *kept = (lw_history *)history;
        kept->sum = 0;
        for (size_t i = 0; i < history->n; i++)
            kept->sum += lw_observation_digest(&history->places[i].entry->shown);
        kept->summed = true;
    }
    lw_digest digest;
    lw_digest_start(&digest);
    lw_digest_add_u64(&digest, history->n);
    lw_digest_add_u64(&digest, (uint64_t)history->sum);
    lw_digest_add_u64(&digest, (uint64_t)(history->sum >> 64));
    lw_digest_finish(&digest, out);
}
