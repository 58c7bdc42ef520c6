/**
 * How much of what a model of the costs says hangs on each parameter.
 */
#ifndef LABWATCH_OPTIMIZERS_GP_SENSITIVITY_H
#define LABWATCH_OPTIMIZERS_GP_SENSITIVITY_H

#include "belief.h"

/**
 * Total-effect indices of the posterior mean (relevance, d; Homma and Saltelli, Reliability Engineering and System
 * Safety 52, 1996): the share of its variance over the space that is left when all other parameters are known, so that
 * what parameters do together counts for each of them. 0: the parameter makes no difference. NaN where constraints
 * leave nothing to compare. The seed decides where the space is sampled.
 *
 * A lengthscale does not say this: where the cost is steep but straight it is long, and it is the same whether a
 * parameter is active always or hardly ever. LW_OK or LW_ENOMEM. O(d n (D + 1)), 256 times.
 */
int lw_gp_relevance(const lw_gp_belief *belief, const lw_gp_columns *columns, uint64_t seed, double *relevance);

#endif
