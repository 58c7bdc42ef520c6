/**
 * Where an acquisition function is largest: quasi-random and local candidates, gradient steps from the best of them,
 * all together, and moves of what has no gradient.
 *
 * The domain is a cube of d coordinates u, of which the model sees D columns x; whoever calls knows how one gives the
 * other, and which points are allowed.
 */
#ifndef LABWATCH_GP_MAXIMIZER_H
#define LABWATCH_GP_MAXIMIZER_H

#include <stdint.h>

#include <gsl/gsl_rng.h>

#include "acquisition.h"

/** One coordinate. */
typedef struct lw_coordinate {
    const double *levels; /**< n_levels coordinates, one for each value: all are tried; NULL: gradients are followed */
    size_t n_levels;
    double spacing;       /**< without levels: distance of neighbouring values, 0 for continuous ones */
    size_t column;        /**< without levels: the column that is the coordinate itself */
    double length;        /**< without levels: its lengthscale, for the scaling of steps */
} lw_coordinate;

typedef struct lw_domain {
    size_t d, D;
    const lw_coordinate *coordinates; /**< d */
    /** Makes u (d) what its configuration has (NaN: inactive) and gives its columns x (D). False: it is not allowed. */
    bool (*place)(void *self, double *u, double *x);
    void *self;
} lw_domain;

typedef struct lw_maximizer_settings {
    size_t n_global;     /**< quasi-random candidates */
    size_t n_local;      /**< candidates near the centres */
    size_t n_starts;     /**< gradient descents */
    size_t n_steps;      /**< evaluations of each */
    size_t n_rounds;     /**< of discrete moves, each followed by descents */
} lw_maximizer_settings;

/** Where to look. */
typedef struct lw_search_region {
    const double *lower, *upper; /**< d: a part of the cube, for coordinates without levels */
    const double *centres;       /**< n_centres x d: allowed points that are good, the best first */
    size_t n_centres;
    bool is_local;               /**< global candidates keep most coordinates of the first centre: trust region */
} lw_search_region;

/** Points found, the best first. */
typedef struct lw_maxima {
    size_t n;
    double *u;      /**< n x d */
    double *value;  /**< n */
} lw_maxima;

/**
 * At most n_wanted different points. LW_OK, also with none if no candidate was allowed; or LW_ENOMEM. *maxima is
 * released by the caller in either case.
 */
int lw_maximize(const lw_domain *domain, const lw_acquisition *acquisition, const lw_search_region *region,
                const lw_maximizer_settings *settings, gsl_rng *rng, uint64_t sobol_seed, size_t n_wanted,
                lw_maxima *maxima);

/** Accepts a zeroed one. */
void lw_maxima_release(lw_maxima *maxima);

#endif
