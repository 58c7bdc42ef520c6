/**
 * The normal distribution where it is tiny: logarithms that keep their digits far out in the tail.
 */
#ifndef LABWATCH_NORMAL_TAIL_H
#define LABWATCH_NORMAL_TAIL_H

/** ln phi(z). */
double lw_log_normal_density(double z);

/** ln Phi(z); its derivative phi(z)/Phi(z) in *slope (may be NULL). Relative error of about 1e-15 for any finite z. */
double lw_log_normal_cdf(double z, double *slope);

/**
 * ln h(z) with h(z) = phi(z) + z Phi(z): the expected improvement of a normal variable in units of its deviation, z
 * being how far its mean lies below the best (Ament et al., Unexpected improvements to expected improvement, NeurIPS
 * 2023). Its derivative Phi(z)/h(z) in *slope (may be NULL).
 */
double lw_log_improvement(double z, double *slope);

#endif
