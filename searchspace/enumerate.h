/**
 * Walks through configurations level by level, cutting off what constraints forbid as early as they tell.
 */
#ifndef LABWATCH_ENUMERATE_H
#define LABWATCH_ENUMERATE_H

#include "config_internal.h"

/** What a walk covers. */
typedef struct lw_walk {
    const lw_space *space;
    const size_t *parameters; /**< each behind those its condition reads; others stay inactive */
    size_t n_parameters;
    bool (*constrained)(const struct lw_walk *walk, size_t constraint); /**< NULL: no constraint counts */
    size_t only_constraint;
    uint64_t most_steps; /**< values tried; 0: no bound */
    lw_stream *stream;   /**< NULL: all parameters have levels, and each begins with its first. Else each begins with
                            one drawn from the prior and goes round; one without levels has only what is drawn */
    lw_config_fn *visit;
    void *arg;
} lw_walk;

enum {
    LW_WALK_DONE = 0,
    LW_WALK_TOO_LONG = 100, /**< most_steps were not enough */
    LW_WALK_SAMPLED = 101   /**< done, but a parameter without levels was active on the way: there are more values */
};

/** LW_WALK_DONE, LW_WALK_SAMPLED, LW_WALK_TOO_LONG, LW_ENOMEM, or what visit returned. */
int lw_walk_levels(const lw_walk *walk);

/** For lw_walk.constrained. */
bool lw_walk_all_constraints(const lw_walk *walk, size_t constraint);
bool lw_walk_only_constraint(const lw_walk *walk, size_t constraint);

/** True if every one of the parameters has levels. */
bool lw_has_levels(const lw_space *space, const size_t *parameters, size_t count);

/** The prior probability of the active parameters' values, all of which are levels. */
double lw_config_prior(const lw_config *config);

#endif
