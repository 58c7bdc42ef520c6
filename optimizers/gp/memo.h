/**
 * What a suggestion of `gp` leaves in its run: {n, manner, theta} where hyperparameters were fitted (manner is [kernel,
 * transform, noise], by the numbers of lw_gp_manner), {jitter} where the factor needed it, {local: true} where the trust
 * region was searched, {no_model: true} where the costs could not be modelled.
 */
#ifndef LABWATCH_OPTIMIZERS_GP_MEMO_H
#define LABWATCH_OPTIMIZERS_GP_MEMO_H

#include "belief.h"

/**
 * The latest hyperparameters (theta, G + 2, is filled in) in the history up to run last_id that were found in the same
 * manner; n is 0 if there are none.
 */
lw_gp_found lw_gp_memo_find(const lw_history *history, int64_t last_id, const lw_gp_manner *manner, size_t n_theta,
                            double *theta);

/** Appends what is to be kept of a suggestion. */
void lw_gp_memo_write(const lw_gp_belief *belief, const lw_gp_manner *manner, size_t n_theta, bool is_local,
                      bson_t *memo);

#endif
