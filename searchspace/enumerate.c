#include <math.h>

#include <labwatch/sys/memory.h>

#include "enumerate.h"

/* A walk under way: parameter by parameter, each at one of its levels. */
typedef struct walking {
    const lw_walk *walk;
    lw_config *config;
    uint64_t *firsts;         /* the level with which the parameter at each position began */
    uint64_t *levels;         /* how many it has had since */
    size_t *constraints;      /* ordered by the position at which they are decided */
    size_t *first_constraint; /* of each position, and the end */
    uint64_t steps;
    bool sampled; /* a parameter without levels had a value */
} walking;

bool lw_walk_all_constraints(const lw_walk *walk, size_t constraint) {
    (void)walk;
    (void)constraint;
    return true;
}

bool lw_walk_only_constraint(const lw_walk *walk, size_t constraint) {
    return walk->only_constraint == constraint;
}

/* ---- which constraint is decided where ---- */

/* The position of the last of its parameters; constraints over constants alone are decided at the first. */
static size_t deciding_position(const lw_expression *expression, const size_t *position_of, size_t n_parameters) {
    size_t last = 0;
    for (size_t i = 0; i < lw_expression_n_slots(expression); i++) {
        size_t slot = lw_expression_slot(expression, i);
        if (slot < n_parameters && position_of[slot] > last)
            last = position_of[slot];
    }
    return last;
}

/* Sorted by counting. first_constraint has room for two more than there are positions. */
static void sort_constraints(walking *w, const size_t *position_of) {
    const lw_walk *walk = w->walk;
    const lw_space *space = walk->space;
    size_t *ends = w->first_constraint + 1;
    for (size_t i = 0; i < space->n_constraints; i++)
        if (walk->constrained(walk, i))
            ends[deciding_position(space->constraints[i].expression, position_of, space->n_parameters) + 1]++;
    for (size_t position = 0; position < walk->n_parameters; position++)
        ends[position + 1] += ends[position];
    for (size_t i = 0; i < space->n_constraints; i++)
        if (walk->constrained(walk, i))
            w->constraints[ends[deciding_position(space->constraints[i].expression, position_of,
                                                  space->n_parameters)]++] = i;
}

static bool prepare_constraints(walking *w) {
    const lw_walk *walk = w->walk;
    w->first_constraint = lw_calloc(walk->n_parameters + 2, sizeof *w->first_constraint);
    w->constraints = lw_calloc(walk->space->n_constraints, sizeof *w->constraints);
    size_t *position_of = lw_calloc(walk->space->n_parameters, sizeof *position_of);
    bool enough = w->first_constraint && w->constraints && position_of;
    for (size_t position = 0; enough && position < walk->n_parameters; position++)
        position_of[walk->parameters[position]] = position;
    if (enough && walk->constrained)
        sort_constraints(w, position_of);
    lw_free(position_of);
    return enough;
}

static bool allowed_so_far(const walking *w, size_t position) {
    for (size_t i = w->first_constraint[position]; i < w->first_constraint[position + 1]; i++)
        if (!lw_config_satisfies(w->config, &w->walk->space->constraints[w->constraints[i]]))
            return false;
    return true;
}

/* ---- the walk ---- */

/* An inactive parameter has one level: none. One without levels has the one that was drawn. */
static uint64_t levels_at(const walking *w, size_t position) {
    size_t i = w->walk->parameters[position];
    uint64_t n_levels = w->walk->space->dimensions[i].shown.n_levels;
    return lw_config_has(w->config, i) && n_levels > 0 ? n_levels : 1;
}

static void set_level(walking *w, size_t position) {
    size_t i = w->walk->parameters[position];
    const lw_dimension *dimension = &w->walk->space->dimensions[i];
    if (!lw_config_has(w->config, i)) {
        w->config->slots[i] = dimension->default_slot;
        return;
    }
    uint64_t level = (w->firsts[position] + w->levels[position]) % dimension->shown.n_levels;
    w->config->slots[i] = lw_parameter_level(&dimension->shown, &dimension->coding, level);
}

/* Gives the active parameter at a position a value from the prior. */
static void draw_first(walking *w, size_t position) {
    size_t i = w->walk->parameters[position];
    const lw_dimension *dimension = &w->walk->space->dimensions[i];
    lw_slot drawn =
        lw_parameter_decode(&dimension->shown, &dimension->coding, lw_stream_uniform(w->walk->stream));
    w->config->slots[i] = drawn;
    if (dimension->shown.n_levels > 0)
        w->firsts[position] = lw_parameter_level_of(&dimension->shown, drawn);
    else
        w->sampled = true;
}

/* To the first level of a position whose predecessors have their values. */
static void enter(walking *w, size_t position) {
    size_t i = w->walk->parameters[position];
    bool active = lw_config_condition_holds(w->config, i);
    lw_config_mark(w->config, i, active);
    w->levels[position] = 0;
    if (active && w->walk->stream)
        draw_first(w, position);
    else
        set_level(w, position);
}

/* To the next level of the last position that has one; the position, or SIZE_MAX at the end. What is given up becomes
 * inactive. */
static size_t advance(walking *w, size_t position) {
    while (w->levels[position] + 1 >= levels_at(w, position)) {
        lw_config_mark(w->config, w->walk->parameters[position], false);
        if (position-- == 0)
            return SIZE_MAX;
    }
    w->levels[position]++;
    set_level(w, position);
    return position;
}

static int walk_on(walking *w) {
    const lw_walk *walk = w->walk;
    size_t position = 0;
    enter(w, 0);
    while (position != SIZE_MAX) {
        if (walk->most_steps > 0 && ++w->steps > walk->most_steps)
            return LW_WALK_TOO_LONG;
        bool allowed = allowed_so_far(w, position);
        if (allowed && position + 1 < walk->n_parameters) {
            enter(w, ++position);
            continue;
        }
        int status = allowed ? walk->visit(walk->arg, w->config) : LW_OK;
        if (status != LW_OK)
            return status;
        position = advance(w, position);
    }
    return w->sampled ? LW_WALK_SAMPLED : LW_WALK_DONE;
}

/* A space without parameters has one configuration. */
static int visit_only(walking *w) {
    return w->walk->constrained && !lw_config_is_valid(w->config) ? LW_WALK_DONE
                                                                  : w->walk->visit(w->walk->arg, w->config);
}

static void set_defaults(lw_config *config) {
    for (size_t i = 0; i < config->space->n_parameters; i++)
        config->slots[i] = config->space->dimensions[i].default_slot;
}

int lw_walk_levels(const lw_walk *walk) {
    walking w = {.walk = walk,
                 .config = lw_config_blank(walk->space),
                 .firsts = lw_calloc(walk->n_parameters, sizeof *w.firsts),
                 .levels = lw_calloc(walk->n_parameters, sizeof *w.levels)};
    int status = LW_ENOMEM;
    if (prepare_constraints(&w) && w.config && w.firsts && w.levels) {
        set_defaults(w.config);
        status = walk->n_parameters == 0 ? visit_only(&w) : walk_on(&w);
    }
    lw_config_free(w.config);
    lw_free(w.firsts);
    lw_free(w.levels);
    lw_free(w.constraints);
    lw_free(w.first_constraint);
    return status;
}

/* ---- what is public ---- */

bool lw_has_levels(const lw_space *space, const size_t *parameters, size_t count) {
    for (size_t k = 0; k < count; k++)
        if (space->dimensions[parameters[k]].shown.n_levels == 0)
            return false;
    return true;
}

double lw_config_prior(const lw_config *config) {
    double prior = 1;
    for (size_t i = 0; i < config->space->n_parameters; i++) {
        const lw_dimension *dimension = &config->space->dimensions[i];
        if (lw_config_has(config, i))
            prior *= lw_parameter_level_share(&dimension->shown, &dimension->coding,
                                              lw_parameter_level_of(&dimension->shown, config->slots[i]));
    }
    return prior;
}

static uint64_t product_of_levels(const lw_space *space, uint64_t limit) {
    uint64_t product = 1;
    for (size_t i = 0; i < space->n_parameters; i++)
        if (__builtin_mul_overflow(product, space->dimensions[i].shown.n_levels, &product) || product > limit)
            return UINT64_MAX;
    return product;
}

typedef struct counting {
    uint64_t count, limit;
} counting;

static int count_one(void *arg, const lw_config *config) {
    (void)config;
    counting *c = arg;
    return ++c->count > c->limit ? LW_EXHAUSTED : LW_OK;
}

static uint64_t saturated(uint64_t a, uint64_t b, uint64_t extra) {
    uint64_t product;
    return __builtin_mul_overflow(a, b, &product) || __builtin_add_overflow(product, extra, &product) ? UINT64_MAX
                                                                                                      : product;
}

int lw_space_count(const lw_space *space, uint64_t limit, uint64_t *count, lw_error *error) {
    *count = UINT64_MAX;
    if (!lw_has_levels(space, space->order, space->n_parameters))
        return LW_OK;
    if (space->n_conditional == 0 && space->n_constraints == 0) {
        *count = product_of_levels(space, limit);
        return LW_OK;
    }
    counting c = {.limit = limit};
    lw_walk walk = {.space = space,
                    .parameters = space->order,
                    .n_parameters = space->n_parameters,
                    .constrained = lw_walk_all_constraints,
                    .most_steps = saturated(limit, space->n_parameters + 8, 1 << 20),
                    .visit = count_one,
                    .arg = &c};
    int status = lw_walk_levels(&walk);
    if (status == LW_ENOMEM)
        return lw_error_no_memory(error);
    if (status == LW_WALK_DONE)
        *count = c.count;
    return LW_OK;
}

int lw_space_enumerate(const lw_space *space, lw_config_fn *visit, void *arg, lw_error *error) {
    for (size_t i = 0; i < space->n_parameters; i++)
        if (space->dimensions[i].shown.n_levels == 0)
            return lw_error_set(error, LW_EUNSUPPORTED,
                                "%s is continuous: a space with it has no list of configurations",
                                space->dimensions[i].shown.name);
    lw_walk walk = {.space = space,
                    .parameters = space->order,
                    .n_parameters = space->n_parameters,
                    .constrained = lw_walk_all_constraints,
                    .visit = visit,
                    .arg = arg};
    int status = lw_walk_levels(&walk);
    return status == LW_ENOMEM ? lw_error_no_memory(error) : status;
}
