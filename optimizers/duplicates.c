#include "duplicates.h"

#include "enumerate.h"
#include "levels.h"
#include "near_valid.h"

/* So many configurations are looked at one by one in less than a tenth of a second. */
enum { MAX_ENUMERATED = 100000 };

/* Draws from the prior before that is done, or given up. */
enum { MAX_PRIOR_DRAWS = 256 };

size_t lw_taken_count(const lw_taken *taken, const lw_config *config, double fidelity) {
    size_t count = lw_history_count(taken->history, config, fidelity);
    if (taken->question->count)
        count += taken->question->count(taken->question->count_self, config, fidelity);
    return count;
}

bool lw_taken_allows(const lw_taken *taken, size_t count) {
    int repeats = taken->question->repeats;
    return count < (size_t)(repeats > 0 ? repeats : 1);
}

bool lw_taken_is(const lw_taken *taken, const lw_config *config, double fidelity) {
    return !lw_taken_allows(taken, lw_taken_count(taken, config, fidelity));
}

static bool is_finite(const lw_space *space) {
    return lw_has_levels(space, lw_space_order(space), lw_space_n_parameters(space));
}

static int find_size(const lw_space *space, lw_space_size *size, lw_error *error) {
    if (size->known)
        return LW_OK;
    int outcome = lw_space_count(space, MAX_ENUMERATED, &size->n, error);
    size->known = outcome == LW_OK;
    return outcome;
}

typedef struct free_search {
    const lw_taken *taken;
    double fidelity;
    lw_stream *stream;
    lw_config *chosen;
    uint64_t n_free;
} free_search;

/* Of the free ones seen so far each is the chosen one with the same chance. */
static int visit(void *arg, const lw_config *config) {
    free_search *search = arg;
    if (lw_taken_is(search->taken, config, search->fidelity))
        return LW_OK;
    search->n_free++;
    if (lw_stream_below(search->stream, search->n_free) == 0)
        lw_config_copy(search->chosen, config);
    return LW_OK;
}

static int choose_among_all(lw_config *config, const lw_taken *taken, double fidelity, lw_stream *stream,
                            lw_error *error) {
    free_search search = {.taken = taken, .fidelity = fidelity, .stream = stream, .chosen = config};
    int outcome = lw_space_enumerate(lw_config_space(config), visit, &search, error);
    if (outcome != LW_OK)
        return outcome;
    return search.n_free > 0 ? LW_OK : LW_EXHAUSTED;
}

/* ---- what the prior hardly ever gives ---- */

enum { MAX_STEPS = 2000000 }; /* about a second */
enum { MAX_WALKS = 64 };
enum { FOUND = 1000 }; /* ends a walk; no lw_code */

static int stop_at_free(void *arg, const lw_config *config) {
    free_search *search = arg;
    if (lw_taken_is(search->taken, config, search->fidelity))
        return LW_OK;
    lw_config_copy(search->chosen, config);
    return FOUND;
}

/*
 * Begins with a draw from the prior and goes through all levels from there, those of unlikely branches too. Where
 * parameters are continuous a walk has one value of each and proves nothing; then others follow.
 */
static int walk_to_free(lw_config *config, const lw_taken *taken, double fidelity, lw_stream *stream) {
    const lw_space *space = lw_config_space(config);
    free_search search = {.taken = taken, .fidelity = fidelity, .chosen = config};
    lw_walk walk = {.space = space,
                    .parameters = lw_space_order(space),
                    .n_parameters = lw_space_n_parameters(space),
                    .constrained = lw_walk_all_constraints,
                    .most_steps = MAX_STEPS,
                    .stream = stream,
                    .visit = stop_at_free,
                    .arg = &search};
    int outcome = lw_walk_levels(&walk);
    walk.most_steps = MAX_STEPS / MAX_WALKS;
    for (int i = 1; i < MAX_WALKS && outcome == LW_WALK_SAMPLED; i++)
        outcome = lw_walk_levels(&walk);
    return outcome;
}

static int choose_by_walking(lw_config *config, const lw_taken *taken, double fidelity, lw_stream *stream,
                             lw_error *error) {
    int outcome = walk_to_free(config, taken, fidelity, stream);
    if (outcome == FOUND)
        return LW_OK;
    if (outcome == LW_WALK_DONE)
        return LW_EXHAUSTED;
    if (outcome == LW_ENOMEM)
        return lw_error_no_memory(error);
    if (is_finite(lw_config_space(config)))
        return lw_error_set(error, LW_EXHAUSTED,
                            "no configuration that is free and allowed was found among %d combinations", MAX_STEPS);
    return LW_OK;
}

int lw_free_config(lw_config *config, const lw_taken *taken, double fidelity, lw_space_size *size, lw_stream *stream,
                   lw_error *error) {
    int outcome = find_size(lw_config_space(config), size, error);
    if (outcome != LW_OK)
        return outcome;
    if (size->n != UINT64_MAX && size->n > 0)
        return choose_among_all(config, taken, fidelity, stream, error);
    for (int draw = 0; draw < MAX_PRIOR_DRAWS; draw++) {
        outcome = lw_config_sample(config, stream, error); /* also says so if nothing satisfies the constraints */
        if (outcome == LW_EUNSATISFIABLE)
            return lw_find_near_valid(config, taken, fidelity, stream, error);
        if (outcome != LW_OK)
            return outcome;
        if (!lw_taken_is(taken, config, fidelity))
            return LW_OK;
    }
    return choose_by_walking(config, taken, fidelity, stream, error);
}
