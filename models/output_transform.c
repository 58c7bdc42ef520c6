#include "output_transform.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <gsl/gsl_cdf.h>

#include <labwatch/error.h>
#include <labwatch/sys/memory.h>

/* ---- moments ---- */

static double mean_of(size_t n, const double *z) {
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += z[i];
    return n > 0 ? sum / (double)n : 0;
}

static double deviation_of(size_t n, const double *z) {
    double mean = mean_of(n, z), sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += (z[i] - mean) * (z[i] - mean);
    return n > 0 ? sqrt(sum / (double)n) : 0;
}

/* Whether the differences are but the rounding of the mean. */
static bool is_constant(double mean, double deviation) {
    return !(deviation > 1e-14 * fabs(mean)) || deviation < 1e-290;
}

static void standardise(lw_output_transform *transform, size_t n, double *z) {
    double mean = mean_of(n, z), deviation = deviation_of(n, z);
    bool are_equal = is_constant(mean, deviation);
    transform->mean = mean;
    transform->deviation = are_equal ? 1 : deviation;
    for (size_t i = 0; i < n; i++)
        z[i] = are_equal ? 0 : (z[i] - mean) / deviation;
}

static int compare(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double *sorted_copy(size_t n, const double *z) {
    double *sorted = lw_malloc(n * sizeof(double));
    if (!sorted)
        return NULL;
    memcpy(sorted, z, n * sizeof(double));
    qsort(sorted, n, sizeof(double), compare);
    return sorted;
}

/* ---- winsorize ---- */

/*
 * q1 is the order statistic below the quartile, q3 the one above: few outliers cannot move them. A fence beyond the
 * doubles is none: it cuts nothing.
 */
static int winsorize(lw_output_transform *transform, size_t n, double *z) {
    double *sorted = sorted_copy(n, z);
    if (!sorted)
        return LW_ENOMEM;
    double q1 = sorted[(size_t)floor(0.25 * (double)(n - 1))], q3 = sorted[(size_t)ceil(0.75 * (double)(n - 1))];
    lw_free(sorted);
    transform->fence = q3 + 1.5 * (q3 - q1);
    for (size_t i = 0; i < n; i++)
        z[i] = fmin(z[i], transform->fence);
    return LW_OK;
}

/* ---- power ---- */

double lw_box_cox(double y, double lambda) {
    return fabs(lambda) < 1e-10 ? log(y) : expm1(lambda * log(y)) / lambda;
}

double lw_yeo_johnson(double y, double lambda) {
    if (y >= 0)
        return lw_box_cox(1 + y, lambda);
    return -lw_box_cox(1 - y, 2 - lambda);
}

static double apply_power(lw_power power, double y, double lambda) {
    return power == LW_POWER_BOX_COX ? lw_box_cox(y, lambda) : lw_yeo_johnson(y, lambda);
}

/* -n/2 ln variance + (lambda - 1) sum of the logarithms of the derivatives. */
static double power_likelihood(lw_power power, size_t n, const double *y, double lambda) {
    double mean = 0, squares = 0, logarithms = 0;
    for (size_t i = 0; i < n; i++) {
        double value = apply_power(power, y[i], lambda), step = value - mean;
        mean += step / (double)(i + 1);
        squares += step * (value - mean);
        logarithms += power == LW_POWER_BOX_COX ? log(y[i]) : copysign(log1p(fabs(y[i])), y[i]);
    }
    return -0.5 * (double)n * log(squares / (double)n) + (lambda - 1) * logarithms;
}

double lw_power_fit(lw_power power, size_t n, const double *y) {
    const double ratio = 0.61803398874989484820;
    double left = -2, right = 2;
    double a = right - ratio * (right - left), b = left + ratio * (right - left);
    double at_a = power_likelihood(power, n, y, a), at_b = power_likelihood(power, n, y, b);
    while (right - left > 1e-7) {
        if (at_a > at_b) {
            right = b;
            b = a;
            at_b = at_a;
            a = right - ratio * (right - left);
            at_a = power_likelihood(power, n, y, a);
        } else {
            left = a;
            a = b;
            at_a = at_b;
            b = left + ratio * (right - left);
            at_b = power_likelihood(power, n, y, b);
        }
    }
    return 0.5 * (left + right);
}

static bool try_power(lw_output_transform *transform, lw_power power, size_t n, const double *y, double *z) {
    transform->power = power;
    transform->lambda = lw_power_fit(power, n, y);
    for (size_t i = 0; i < n; i++) {
        z[i] = apply_power(power, y[i], transform->lambda);
        if (!isfinite(z[i]))
            return false;
    }
    /* The deviation says nothing before it is divided by; where all are pressed into one value nothing is left to
     * divide. */
    return !is_constant(mean_of(n, z), deviation_of(n, z));
}

static int power(lw_output_transform *transform, size_t n, double *z) {
    transform->scale = deviation_of(n, z);
    if (n < 2 || !(transform->scale > 1e-290))
        return LW_OK;
    double *y = lw_malloc(n * sizeof(double));
    if (!y)
        return LW_ENOMEM;
    bool are_positive = true;
    for (size_t i = 0; i < n; i++) {
        y[i] = z[i] / transform->scale;
        are_positive = are_positive && y[i] > 0;
    }
    if (!(are_positive && try_power(transform, LW_POWER_BOX_COX, n, y, z)) &&
        !try_power(transform, LW_POWER_YEO_JOHNSON, n, y, z)) {
        transform->power = LW_POWER_NONE;
        memcpy(z, y, n * sizeof(double));
    }
    lw_free(y);
    return LW_OK;
}

/* ---- rank ---- */

static size_t make_unique(size_t n, double *sorted) {
    size_t m = 0;
    for (size_t i = 0; i < n; i++)
        if (m == 0 || sorted[i] != sorted[m - 1])
            sorted[m++] = sorted[i];
    return m;
}

static size_t index_of(size_t m, const double *unique, double value) {
    return (size_t)((const double *)bsearch(&value, unique, m, sizeof(double), compare) - unique);
}

/* Leaves the better half as it is, and gives the worse one the quantiles of a half-normal distribution as wide as the
 * better. */
static void spread_worse_half(size_t m, const double *unique, double median, size_t n, double *z) {
    double squares = 0;
    size_t n_better = 0;
    for (; n_better < m && unique[n_better] <= median; n_better++)
        squares += (unique[n_better] - median) * (unique[n_better] - median);
    double width = sqrt(squares / (double)n_better), rank_of_median = (double)(m - n_better + 1);
    for (size_t i = 0; i < n; i++) {
        if (z[i] <= median)
            continue;
        double rank = (double)(m - index_of(m, unique, z[i])); /* from the worst, which is 1 */
        z[i] = median - width * gsl_cdf_ugaussian_Pinv(0.5 * (rank - 0.5) / rank_of_median);
    }
}

static void stretch_best(size_t n, double *z) {
    double lowest = z[0], highest = z[0];
    for (size_t i = 1; i < n; i++) {
        lowest = fmin(lowest, z[i]);
        highest = fmax(highest, z[i]);
    }
    for (size_t i = 0; i < n && highest > lowest; i++)
        z[i] = log1p(0.5 * (z[i] - lowest) / (highest - lowest)) / log(1.5) - 0.5;
}

static int rank(size_t n, double *z) {
    double *unique = sorted_copy(n, z);
    if (!unique)
        return LW_ENOMEM;
    double median = 0.5 * (unique[(n - 1) / 2] + unique[n / 2]);
    size_t m = make_unique(n, unique);
    spread_worse_half(m, unique, median, n, z);
    lw_free(unique);
    stretch_best(n, z);
    return LW_OK;
}

/* ---- all of it ---- */

static int exponent_of(size_t n, const double *y) {
    double largest = 0;
    for (size_t i = 0; i < n; i++)
        largest = fmax(largest, fabs(y[i]));
    int exponent = 0;
    (void)frexp(largest, &exponent);
    return largest > 0 ? exponent : 0;
}

/* By the largest that is left: beside an outlier that was cut off all others may be as good as equal. */
static void scale(lw_output_transform *transform, size_t n, double *z) {
    transform->exponent = exponent_of(n, z);
    transform->fence = ldexp(transform->fence, -transform->exponent);
    for (size_t i = 0; i < n; i++)
        z[i] = ldexp(z[i], -transform->exponent);
}

int lw_output_transform_fit(lw_output_transform *transform, lw_transform_kind kind, size_t n, const double *y,
                            double *z) {
    *transform = (lw_output_transform){.kind = kind, .fence = HUGE_VAL, .scale = 1, .deviation = 1};
    if (n == 0)
        return LW_OK;
    memcpy(z, y, n * sizeof(double));
    int outcome = kind == LW_TRANSFORM_WINSORIZE ? winsorize(transform, n, z) : LW_OK;
    scale(transform, n, z);
    if (kind == LW_TRANSFORM_POWER)
        outcome = power(transform, n, z);
    else if (kind == LW_TRANSFORM_RANK)
        outcome = rank(n, z);
    if (outcome == LW_OK)
        standardise(transform, n, z);
    return outcome;
}

/* ---- back ---- */

static double invert_box_cox(double z, double lambda) {
    if (fabs(lambda) < 1e-10)
        return exp(z);
    double inside = 1 + lambda * z;
    return inside > 0 ? exp(log(inside) / lambda) : lambda > 0 ? 0 : HUGE_VAL;
}

static double invert_power(const lw_output_transform *transform, double z) {
    switch (transform->power) {
    case LW_POWER_BOX_COX:
        z = invert_box_cox(z, transform->lambda);
        break;
    case LW_POWER_YEO_JOHNSON:
        z = z >= 0 ? invert_box_cox(z, transform->lambda) - 1 : 1 - invert_box_cox(-z, 2 - transform->lambda);
        break;
    case LW_POWER_NONE:
        break;
    }
    return z * transform->scale;
}

/* On the straight line between the two known costs whose transforms are around value; beyond them, the outermost one.
 */
static double interpolate(double value, size_t n, const double *known, const double *z) {
    double below = -HUGE_VAL, above = HUGE_VAL, cost_below = 0, cost_above = 0;
    for (size_t i = 0; i < n; i++) {
        if (z[i] <= value && z[i] >= below) {
            below = z[i];
            cost_below = known[i];
        }
        if (z[i] >= value && z[i] <= above) {
            above = z[i];
            cost_above = known[i];
        }
    }
    if (!isfinite(below))
        return cost_above;
    if (!isfinite(above) || !(above > below))
        return cost_below;
    double share = (value - below) / (above - below);
    return (1 - share) * cost_below + share * cost_above;
}

double lw_output_transform_invert(const lw_output_transform *transform, double value, size_t n, const double *known,
                                  const double *z) {
    if (transform->kind == LW_TRANSFORM_RANK && n > 0)
        return interpolate(value, n, known, z);
    double y = value * transform->deviation + transform->mean;
    if (transform->kind == LW_TRANSFORM_POWER)
        y = invert_power(transform, y);
    y = ldexp(y, transform->exponent);
    const double largest = 1.7976931348623157e308;
    return y > largest ? largest : y < -largest ? -largest : y;
}
