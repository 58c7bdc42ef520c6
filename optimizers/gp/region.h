/**
 * Where `gp` looks: the best points so far, and the trust region around the best of them (Eriksson et al., Scalable
 * global optimization via local Bayesian optimization, NeurIPS 2019), whose state follows from the history.
 */
#ifndef LABWATCH_OPTIMIZERS_GP_REGION_H
#define LABWATCH_OPTIMIZERS_GP_REGION_H

#include "belief.h"

enum { LW_GP_CENTRES = 5 };

/**
 * Side of the trust region after the completed runs up to last_id: 0.8 at first, doubled after 3 improvements in a
 * row, halved after max(4, d) runs without one; 0 where that has made it smaller than 0.1: what is near the best is
 * known then, and the region begins anew with the next improvement.
 */
double lw_gp_region_side(const lw_history *history, int64_t last_id, size_t d);

/** Cuts the box lower … upper (d) to the trust region around the best point: longer where the cost changes slowly. */
void lw_gp_region_narrow(const lw_gp_columns *columns, const lw_gp_belief *belief, double side, double *lower,
                         double *upper);

/**
 * The observations with the lowest posterior means, the lowest first: centres (LW_GP_CENTRES x d). Returns how many.
 */
size_t lw_gp_region_centres(const lw_gp_belief *belief, double *centres);

#endif
