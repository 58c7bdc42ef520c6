#include "normal_tail.h"

#include <math.h>
#include <stddef.h>

static const double LN_SQRT_2PI = 0.91893853320467274178;

double lw_log_normal_density(double z) {
    return -0.5 * z * z - LN_SQRT_2PI;
}

/*
 * From here on h(z) is computed by its continued fraction: the difference that it is loses as many digits as z^2 has.
 */
static const double far_out = -5;

/*
 * t(x) = x + 2/(x + 3/(x + …)), x >= 5: the continued fraction of Mills' ratio is 1/(x + 1/t). As many terms as
 * doubles can tell.
 */
static double tail_fraction(double x) {
    double t = x;
    for (int k = 12 + (int)(400 / (x * x)); k >= 2; k--)
        t = x + k / t;
    return t;
}

double lw_log_normal_cdf(double z, double *slope) {
    if (z > far_out) {
        double cdf = 0.5 * erfc(-z * M_SQRT1_2);
        if (slope)
            *slope = exp(lw_log_normal_density(z)) / cdf;
        return z > 0 ? log1p(-0.5 * erfc(z * M_SQRT1_2)) : log(cdf);
    }
    double x = -z, mills = x + 1 / tail_fraction(x);
    if (slope)
        *slope = mills;
    return lw_log_normal_density(z) - log(mills);
}

double lw_log_improvement(double z, double *slope) {
    if (z > far_out) {
        double cdf = 0.5 * erfc(-z * M_SQRT1_2), h = exp(lw_log_normal_density(z)) + z * cdf;
        if (slope)
            *slope = cdf / h;
        return log(h);
    }
    double x = -z, t = tail_fraction(x);
    if (slope)
        *slope = t;
    return lw_log_normal_density(z) - log(t) - log(x + 1 / t);
}
