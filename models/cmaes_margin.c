#include "cmaes_margin.h"

#include <math.h>
#include <stdbool.h>

#include <gsl/gsl_cdf.h>

/* How many deviations from the mean there is so much probability beyond. */
static double distance_of(double probability) {
    return gsl_cdf_ugaussian_Qinv(probability);
}

/* With a further cell on one side only, at edge: the mean comes near enough to it. */
static void keep_near(double edge, double margin, double deviation, double *mean) {
    double beyond = gsl_cdf_ugaussian_Q(fabs(edge - *mean) / deviation);
    if (beyond < margin)
        *mean = edge + copysign(deviation * distance_of(margin), *mean - edge);
}

void lw_cmaes_keep_margin(double lower, double upper, double margin, double deviation, double *mean, double *factor) {
    const double own = *factor * deviation;
    if (isinf(lower) && isinf(upper))
        return;
    if (isinf(lower) || isinf(upper)) {
        keep_near(isinf(lower) ? upper : lower, margin, own, mean);
        return;
    }
    const double half = margin / 2;
    double below = gsl_cdf_ugaussian_P((lower - *mean) / own), above = gsl_cdf_ugaussian_Q((upper - *mean) / own);
    const double within = 1 - below - above;
    below = fmax(below, half);
    above = fmax(above, half);
    const double excess = 1 - below - above - within, rest = below + above + within - 3 * half;
    below += excess / rest * (below - half);
    above += excess / rest * (above - half);
    const double left = distance_of(fmin(below, 0.5)), right = distance_of(fmin(above, 0.5));
    if (!(left + right > 0))
        return;
    *factor = (upper - lower) / (deviation * (left + right));
    *mean = (lower * right + upper * left) / (left + right);
}

double lw_cmaes_within_cell(double lower, double upper, double mean, double deviation, double share) {
    double low = (lower - mean) / deviation, high = (upper - mean) / deviation;
    const bool is_mirrored = low + high > 0; /* in the lower tail probabilities are exact */
    if (is_mirrored) {
        const double swapped = low;
        low = -high;
        high = -swapped;
        share = 1 - share;
    }
    const double below = gsl_cdf_ugaussian_P(low), until = gsl_cdf_ugaussian_P(high);
    double z = until - below > 1e-290 ? gsl_cdf_ugaussian_Pinv(below + share * (until - below)) : high;
    z = fmin(fmax(z, low), high);
    return mean + deviation * (is_mirrored ? -z : z);
}
