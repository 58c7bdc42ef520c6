/**
 * How much of what a Gaussian process says of the costs hangs on each parameter.
 */
#ifndef LABWATCH_OPTIMIZERS_GP_SENSITIVITY_H
#define LABWATCH_OPTIMIZERS_GP_SENSITIVITY_H

#include "belief.h"
#include "relevance.h"

/**
 * lw_relevance_rank of the posterior mean. A lengthscale does not say this: where the cost is steep but straight it is
 * long, and it is the same whether a parameter is active always or hardly ever. LW_OK or LW_ENOMEM.
 * O(d n (D + 1)), 256 times.
 */
int lw_gp_relevance(const lw_gp_belief *belief, const lw_gp_columns *columns, uint64_t seed,
                    lw_ranked_parameter *order);

#endif
