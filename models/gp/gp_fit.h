/**
 * Hyperparameters of a Gaussian process: their prior, the best ones (MAP), and samples from their posterior.
 */
#ifndef LABWATCH_GP_FIT_H
#define LABWATCH_GP_FIT_H

#include <gsl/gsl_rng.h>

#include "gp.h"

/**
 * Independent log-normal priors, as densities of the quantities themselves (not of their logarithms), and bounds on the
 * logarithms. A parameter whose bounds are equal is given, and has no prior.
 */
typedef struct lw_gp_prior {
    double length_mu, length_sigma, length_lower, length_upper;
    double noise_mu, noise_sigma, noise_lower, noise_upper;
    double amplitude_mu, amplitude_sigma, amplitude_lower, amplitude_upper;
} lw_gp_prior;

/**
 * Lengths that grow with the square root of the number of dimensions (Hvarfner, Hellsten and Nardi, Vanilla Bayesian
 * optimization performs great in high dimensions, ICML 2024): LogNormal(sqrt 2 + ln(d)/2, sqrt 3); a = 1;
 * noise LogNormal(-4, 1), at least 1e-4.
 */
lw_gp_prior lw_gp_prior_by_dimension(size_t d);

/** theta (G + 2) where the prior is largest. */
void lw_gp_prior_mode(const lw_gp_prior *prior, size_t G, double *theta);

/** ln of the prior density at theta; its derivatives are added to gradient (G + 2; may be NULL). */
double lw_gp_log_prior(const lw_gp_prior *prior, size_t G, const double *theta, double *gradient);

typedef struct lw_gp_fit_settings {
    size_t n_evaluations;      /**< of the likelihood, for each start */
    double gradient_tolerance; /**< of the log posterior by theta */
    double value_tolerance;
} lw_gp_fit_settings;

/**
 * The theta with the largest log likelihood + log prior that quasi-Newton steps find from n_starts starts (n_starts x
 * (G + 2)), and conditions on it. *log_posterior may be NULL. LW_OK, LW_ENOMEM, or LW_ENUMERIC if no start has a
 * value.
 */
int lw_gp_fit(lw_gp *gp, size_t n, const double *X, const double *y, const lw_gp_prior *prior,
              const lw_gp_fit_settings *settings, size_t n_starts, const double *starts, double *theta,
              double *log_posterior);

/**
 * Samples of theta from the posterior of the logarithms, by slice sampling each coordinate in turn (Neal, Ann.
 * Statist. 31, 2003): steps out by 1 up to 10 times, and shrinks. theta (G + 2) is where the chain begins and where it
 * ends; samples (n_samples x (G + 2)) are taken every thin sweeps, after burn sweeps. LW_OK, LW_ENOMEM, LW_ENUMERIC.
 */
int lw_gp_sample(lw_gp *gp, size_t n, const double *X, const double *y, const lw_gp_prior *prior, gsl_rng *rng,
                 size_t burn, size_t thin, size_t n_samples, double *theta, double *samples);

#endif
