/**
 * The last fit of a process that lives on: a suggestion that is asked for again (because its configuration was taken,
 * or its run id) is fitted to the same results, and need not be fitted twice. What is compared is all that a fit
 * follows from, bit by bit.
 */
#ifndef LABWATCH_OPTIMIZERS_GP_FIT_CACHE_H
#define LABWATCH_OPTIMIZERS_GP_FIT_CACHE_H

#include "belief.h"

typedef struct lw_gp_fit_cache {
    double *input; /**< what was fitted to: columns, costs, where the fit began */
    size_t n_input, capacity;
    double *theta; /**< G + 2: what was found; NULL: nothing yet */
} lw_gp_fit_cache;

/** Whether the cache has the fit of that data from that start; then *found gets it (theta is the cache's). */
bool lw_gp_fit_cache_has(const lw_gp_fit_cache *cache, const lw_gp_data *data, const lw_gp_found *start, size_t n_theta,
                         lw_gp_found *found);

/** Remembers what a belief found from that start; without memory it forgets. */
void lw_gp_fit_cache_put(lw_gp_fit_cache *cache, const lw_gp_belief *belief, const lw_gp_found *start, size_t n_theta);

/** Accepts a zeroed one. */
void lw_gp_fit_cache_release(lw_gp_fit_cache *cache);

#endif
