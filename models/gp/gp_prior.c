#include "gp_fit.h"

#include <math.h>

static const double LN_SQRT_2PI = 0.91893853320467274178;

lw_gp_prior lw_gp_prior_by_dimension(size_t d) {
    return (lw_gp_prior){
        .length_mu = M_SQRT2 + 0.5 * log((double)(d > 0 ? d : 1)),
        .length_sigma = sqrt(3),
        .length_lower = log(0.025),
        .length_upper = log(1e3),
        .noise_mu = -4,
        .noise_sigma = 1,
        .noise_lower = log(1e-4),
        .noise_upper = log(1e1),
    };
}

static double mode(double mu, double sigma, double lower, double upper) {
    return fmin(fmax(mu - sigma * sigma, lower), upper);
}

void lw_gp_prior_mode(const lw_gp_prior *prior, size_t G, double *theta) {
    for (size_t g = 0; g < G; g++)
        theta[g] = mode(prior->length_mu, prior->length_sigma, prior->length_lower, prior->length_upper);
    theta[G] = mode(prior->noise_mu, prior->noise_sigma, prior->noise_lower, prior->noise_upper);
    theta[G + 1] =
        mode(prior->amplitude_mu, prior->amplitude_sigma, prior->amplitude_lower, prior->amplitude_upper);
}

/* ln of the density of p = exp(t) at p. */
static double log_density(double mu, double sigma, double lower, double upper, double t, double *derivative) {
    if (!(upper > lower))
        return 0;
    double z = (t - mu) / sigma;
    if (derivative)
        *derivative += -z / sigma - 1;
    return -0.5 * z * z - t - log(sigma) - LN_SQRT_2PI;
}

double lw_gp_log_prior(const lw_gp_prior *prior, size_t G, const double *theta, double *gradient) {
    double sum = 0;
    for (size_t g = 0; g < G; g++)
        sum += log_density(prior->length_mu, prior->length_sigma, prior->length_lower, prior->length_upper, theta[g],
                           gradient ? gradient + g : NULL);
    sum += log_density(prior->noise_mu, prior->noise_sigma, prior->noise_lower, prior->noise_upper, theta[G],
                       gradient ? gradient + G : NULL);
    return sum + log_density(prior->amplitude_mu, prior->amplitude_sigma, prior->amplitude_lower,
                             prior->amplitude_upper, theta[G + 1], gradient ? gradient + G + 1 : NULL);
}
