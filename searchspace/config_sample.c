/*
 * Drawing from the prior under constraints. Drawing again until they hold gives the right distribution. Where
 * that takes too long and the parameters that constraints depend on have finitely many values, these are listed
 * and one combination is drawn from the list, the rest freely. That gives the same distribution, and it proves
 * where there is no configuration.
 */
#include "enumerate.h"

enum {
    TRIES_BEFORE_LISTING = 1000,
    LONGEST_LIST = 2000000, /* values tried while listing */
    MOST_TRIES = 200000,
    FEWEST_TRIES = 10000,
    MOST_DRAWS = 20000000 /* tries times parameters, between the two */
};

void lw_config_draw(lw_config *config, lw_stream *stream) {
    const lw_space *space = config->space;
    for (size_t i = 0; i < space->n_parameters; i++) {
        const lw_dimension *dimension = &space->dimensions[i];
        config->slots[i] = lw_parameter_decode(&dimension->shown, &dimension->coding, lw_stream_uniform(stream));
    }
    lw_config_settle(config);
}

static bool draw_valid(lw_config *config, lw_stream *stream, size_t tries) {
    for (size_t i = 0; i < tries; i++) {
        lw_config_draw(config, stream);
        if (lw_config_is_valid(config))
            return true;
    }
    return false;
}

/* Keeps one of all that are visited, each with its share of the prior. */
typedef struct choosing {
    lw_config *chosen;
    lw_stream *stream;
    double total;
} choosing;

static int choose(void *arg, const lw_config *config) {
    choosing *c = arg;
    double prior = lw_config_prior(config);
    c->total += prior;
    if (lw_stream_uniform(c->stream) * c->total <= prior)
        lw_config_copy(c->chosen, config);
    return LW_OK;
}

/* What the constraints depend on comes from the list, the rest from the prior. */
static void complete(lw_config *config, const lw_config *chosen, lw_stream *stream) {
    const lw_space *space = config->space;
    lw_config_draw(config, stream);
    for (size_t k = 0; k < space->n_constrained; k++)
        config->slots[space->constrained[k]] = chosen->slots[space->constrained[k]];
    lw_config_settle(config);
}

static int draw_from_list(lw_config *config, lw_stream *stream, bool *found) {
    const lw_space *space = config->space;
    choosing c = {.chosen = lw_config_blank(space), .stream = stream};
    if (!c.chosen)
        return LW_ENOMEM;
    lw_walk walk = {.space = space,
                    .parameters = space->constrained,
                    .n_parameters = space->n_constrained,
                    .constrained = lw_walk_all_constraints,
                    .most_steps = LONGEST_LIST,
                    .visit = choose,
                    .arg = &c};
    int status = lw_walk_levels(&walk);
    *found = c.total > 0;
    if (*found)
        complete(config, c.chosen, stream);
    lw_config_free(c.chosen);
    return status;
}

static size_t tries_for(const lw_space *space) {
    size_t tries = space->n_parameters > 0 ? MOST_DRAWS / space->n_parameters : 1;
    return tries > MOST_TRIES ? MOST_TRIES : tries < FEWEST_TRIES ? FEWEST_TRIES : tries;
}

static int sample(lw_config *config, lw_stream *stream, lw_error *error) {
    if (draw_valid(config, stream, TRIES_BEFORE_LISTING))
        return LW_OK;
    const lw_space *space = config->space;
    if (lw_has_levels(space, space->constrained, space->n_constrained)) {
        bool found = false;
        int status = draw_from_list(config, stream, &found);
        if (status == LW_ENOMEM)
            return lw_error_no_memory(error);
        if (status == LW_WALK_DONE)
            return found ? LW_OK
                         : lw_error_set(error, LW_EUNSATISFIABLE,
                                        "no configuration satisfies the constraints: all values were tried");
    }
    size_t tries = tries_for(space);
    if (draw_valid(config, stream, tries))
        return LW_OK;
    return lw_error_set(
        error, LW_EUNSATISFIABLE,
        "none of %zu random configurations satisfies the constraints; that is no proof that there is none",
        tries + TRIES_BEFORE_LISTING);
}

int lw_config_sample(lw_config *config, lw_stream *stream, lw_error *error) {
    if (config->space->n_constraints == 0) {
        lw_config_draw(config, stream);
        return LW_OK;
    }
    lw_config *drawn = NULL;
    int status = lw_config_dup(&drawn, config, error);
    if (status != LW_OK)
        return status;
    status = sample(drawn, stream, error);
    if (status == LW_OK)
        lw_config_copy(config, drawn);
    lw_config_free(drawn);
    return status;
}
