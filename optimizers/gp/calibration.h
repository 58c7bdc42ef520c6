/**
 * How well a model foretells results that it has not seen.
 */
#ifndef LABWATCH_OPTIMIZERS_GP_CALIBRATION_H
#define LABWATCH_OPTIMIZERS_GP_CALIBRATION_H

#include "belief.h"

/**
 * Each observation predicted from the others, with the hyperparameters and the constant mean of all of them, which
 * flatters a little where observations are few. Over transformed costs.
 */
typedef struct lw_gp_calibration {
    double inside_50, inside_90; /**< shares inside the central intervals of that probability, noise included */
    double rank_correlation;     /**< Spearman's, of predictions and costs; NaN where either are all the same */
    double log_density;          /**< mean; a model that knows nothing but mean and variance has about -1.42 */
} lw_gp_calibration;

/**
 * Of n > 0 observations. The models' predictions are mixed by their first two moments. LW_OK, LW_ENOMEM or LW_ENUMERIC.
 * O(n^3).
 */
int lw_gp_calibrate(const lw_gp_belief *belief, lw_gp_calibration *out);

#endif
