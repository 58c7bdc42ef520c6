/*
 * What encoding and decoding a parameter needs, worked out once.
 *
 * The value sets leave more room between two values than the arithmetic from u to a value and back can lose:
 * u has 53 bits, and every operation adds half a unit in the last place.
 */
#include <float.h>
#include <math.h>
#include <stdlib.h>

#include <gsl/gsl_cdf.h>

#include "decimal.h"
#include "parameter.h"

enum {
    FLOAT_DIGITS = 12,   /* of a linear range, or significant ones on logarithms */
    GAUSSIAN_DIGITS = 9, /* of sigma */
    SURE_DIGITS = 15,    /* decimals with so many digits are all different doubles */
    SMALLEST_EXPONENT = -320
};

/* Below this many values of 15 digits in a range, its doubles are the finer and the better values. */
static const double fewest_values = 1e4;
/* On logarithms narrower than this, the linear scale differs by less than anything that is measured. */
static const double narrowest_logarithm = 1e-6;
/* Where the density of u is lower than this share, neighbouring doubles u lie too far apart for the values. */
static const double lowest_density = 5e-6;

/* The grain of a linear scale: so many digits of its extent, but no more than doubles near its ends have. */
static void choose_grain(lw_coding *coding, double extent, int extent_exponent, double largest, int digits) {
    int by_extent = extent_exponent - (digits - 1);
    int by_size = largest > 0 ? lw_decimal_exponent(largest) - (SURE_DIGITS - 1) : by_extent;
    coding->exponent = by_extent > by_size ? by_extent : by_size;
    bool fine_enough = extent >= fewest_values * lw_power_of_ten(coding->exponent);
    coding->rounding = fine_enough && coding->exponent >= SMALLEST_EXPONENT ? LW_ROUND_GRAIN : LW_ROUND_NOT;
    coding->spacing = coding->rounding == LW_ROUND_GRAIN ? lw_power_of_ten(coding->exponent) : 0;
}

/* Errors grow with the logarithms themselves: the widest ranges have a digit less. */
static int digits_of_logarithms(double low, double width) {
    double largest = fmax(fabs(low), fabs(low + width));
    return 2 * largest + 3 * width < 2000 ? FLOAT_DIGITS : FLOAT_DIGITS - 1;
}

static void make_linear(lw_coding *coding, double lower, double upper) {
    coding->shrink = isinf(upper - lower) ? 0.5 : 1;
    coding->stretch = 1 / coding->shrink;
    coding->low = lower * coding->shrink;
    coding->width = upper * coding->shrink - coding->low;
}

static void make_logarithmic(lw_coding *coding, double lower, double upper) {
    coding->low = log(lower);
    coding->width = log(upper) - coding->low;
}

static void make_float(lw_coding *coding, const lw_parameter *p) {
    coding->logarithmic = p->log_scale && log(p->upper) - log(p->lower) > narrowest_logarithm;
    if (coding->logarithmic) {
        make_logarithmic(coding, p->lower, p->upper);
        coding->rounding = LW_ROUND_DIGITS;
        coding->digits = digits_of_logarithms(coding->low, coding->width);
        return;
    }
    make_linear(coding, p->lower, p->upper);
    choose_grain(coding, coding->width, lw_decimal_exponent(coding->width), fmax(fabs(p->lower), fabs(p->upper)),
                 FLOAT_DIGITS);
}

/* ---- levels ---- */

/* Logarithm of the lower end of the lowest cell: half a step below, or the mirror image of its upper end where that is
 * not positive. */
static double lowest_cell_end(double lower, double step) {
    return lower >= step ? log(lower - step / 2) : 2 * log(lower) - log(lower + step / 2);
}

static void make_levels(lw_coding *coding, double lower, double last, double step, bool log_scale) {
    coding->logarithmic = log_scale && log(last) - log(lower) > narrowest_logarithm;
    if (!coding->logarithmic)
        return;
    coding->low = lowest_cell_end(lower, step);
    coding->width = log(last + step / 2) - coding->low;
}

/* Brings both numbers to the smaller exponent. */
static bool align(int64_t *a, int *a_exponent, int64_t *b, int *b_exponent) {
    int64_t *shifted = *a_exponent > *b_exponent ? a : b;
    int *exponent = shifted == a ? a_exponent : b_exponent;
    int target = shifted == a ? *b_exponent : *a_exponent;
    if (*shifted == 0)
        *exponent = target;
    for (; *exponent > target; --*exponent)
        if (__builtin_mul_overflow(*shifted, 10, shifted) || llabs(*shifted) >= INT64_C(1) << 53)
            return false;
    return true;
}

static bool decimal_steps(double lower, double step, int64_t *origin, int64_t *stride, int *exponent) {
    int origin_exponent, stride_exponent;
    if (!lw_decimal_parts(lower, origin, &origin_exponent) || !lw_decimal_parts(step, stride, &stride_exponent) ||
        !align(origin, &origin_exponent, stride, &stride_exponent))
        return false;
    *exponent = origin_exponent;
    return true;
}

static double step_value(const lw_coding *coding, const lw_parameter *p, uint64_t k) {
    int64_t whole;
    if (coding->decimal_steps && !__builtin_mul_overflow((int64_t)k, coding->stride, &whole) &&
        !__builtin_add_overflow(whole, coding->origin, &whole) && llabs(whole) < INT64_C(1) << 53)
        return lw_decimal((double)whole, coding->step_exponent);
    return fma((double)k, p->step, p->lower);
}

uint64_t lw_float_levels(double lower, double upper, double step, double *last) {
    /* The quotient of decimals is not quite the whole number that was meant: 0.3 / 0.1 < 3. How far it can be off follows from the bounds' digits. */
    double width = upper - lower;
    double quotient = isfinite(width) ? width / step : upper / step - lower / step;
    double lost = 4 * DBL_EPSILON * (fmax(fabs(lower), fabs(upper)) / step + quotient);
    double steps = floor(quotient + fmin(lost, 0.25));
    if (!(steps < 0x1p53))
        return 0;
    lw_coding coding = {.decimal_steps = false};
    lw_parameter p = {.lower = lower, .upper = upper, .step = step};
    coding.decimal_steps = decimal_steps(lower, step, &coding.origin, &coding.stride, &coding.step_exponent);
    *last = fmin(step_value(&coding, &p, (uint64_t)steps), upper);
    return (uint64_t)steps + 1;
}

static void make_steps(lw_coding *coding, const lw_parameter *p) {
    make_levels(coding, p->lower, p->upper, p->step, p->log_scale);
    coding->decimal_steps = decimal_steps(p->lower, p->step, &coding->origin, &coding->stride, &coding->step_exponent);
}

/* ---- Gaussian ---- */

/* Half the spacing of values on logarithms has to be more than what is lost between u and v. */
static int digits_of_log_gaussian(double sigma) {
    int digits = (int)floor(-log10(2 * (2e-10 * sigma + 2.5e-13)));
    return digits < 1 ? 1 : digits > FLOAT_DIGITS ? FLOAT_DIGITS : digits;
}

static double on_scale(const lw_parameter *p, double value) {
    return p->log_scale ? log(value) : value;
}

static void make_gaussian(lw_coding *coding, const lw_parameter *p) {
    coding->logarithmic = p->log_scale;
    coding->mean = on_scale(p, p->mu);
    double from = isinf(p->lower) ? -INFINITY : (on_scale(p, p->lower) - coding->mean) / p->sigma;
    double to = isinf(p->upper) ? INFINITY : (on_scale(p, p->upper) - coding->mean) / p->sigma;
    coding->mirrored = from + to > 0; /* the lower tail is where Phi has all its digits */
    coding->mass_low = gsl_cdf_ugaussian_P(coding->mirrored ? -to : from);
    coding->mass = gsl_cdf_ugaussian_P(coding->mirrored ? -from : to) - coding->mass_low;
    if (!(coding->mass > 0))
        return; /* whoever checks the bounds refuses them */
    coding->furthest = sqrt(-2 * log(lowest_density * coding->mass * sqrt(2 * M_PI)));
    if (p->log_scale) {
        coding->rounding = LW_ROUND_DIGITS;
        coding->digits = digits_of_log_gaussian(p->sigma);
    } else {
        choose_grain(coding, p->sigma, lw_decimal_exponent(p->sigma), fabs(p->mu) + coding->furthest * p->sigma,
                     GAUSSIAN_DIGITS);
    }
}

/* ---- choices ---- */

static bool make_choices(lw_coding *coding, const lw_parameter *p, lw_arena *arena) {
    bool uniform = true;
    for (size_t i = 1; i < p->n_choices; i++)
        uniform = uniform && p->choices[i].weight == p->choices[0].weight;
    if (uniform)
        return true;
    double *ends = lw_arena_get(arena, p->n_choices, sizeof *ends);
    if (!ends)
        return false;
    double sum = 0;
    for (size_t i = 0; i < p->n_choices; i++)
        ends[i] = sum += p->choices[i].weight;
    for (size_t i = 0; i < p->n_choices; i++)
        ends[i] /= sum;
    coding->cell_ends = ends;
    return true;
}

bool lw_coding_make(lw_coding *out, const lw_parameter *parameter, lw_choice_table choices, lw_arena *arena) {
    *out = (lw_coding){.shrink = 1, .stretch = 1, .choices = choices};
    switch (parameter->kind) {
    case LW_PARAMETER_FLOAT:
        if (parameter->step > 0)
            make_steps(out, parameter);
        else
            make_float(out, parameter);
        return true;
    case LW_PARAMETER_INTEGER:
        make_levels(out, (double)parameter->lower_integer, (double)parameter->upper_integer,
                    (double)parameter->step_integer, parameter->log_scale);
        return true;
    case LW_PARAMETER_GAUSSIAN:
        make_gaussian(out, parameter);
        return true;
    default:
        return make_choices(out, parameter, arena);
    }
}

/* Declared in parameter.h beside the other levels; here it shares step_value. */
lw_slot lw_parameter_level(const lw_parameter *parameter, const lw_coding *coding, uint64_t k) {
    switch (parameter->kind) {
    case LW_PARAMETER_INTEGER:
        return (lw_slot){.integer =
                             (int64_t)((uint64_t)parameter->lower_integer + k * (uint64_t)parameter->step_integer)};
    case LW_PARAMETER_FLOAT: {
        double value = step_value(coding, parameter, k) + 0.0;
        return (lw_slot){.number = fmax(fmin(value, parameter->upper), parameter->lower) + 0.0};
    }
    default:
        return (lw_slot){.choice = (size_t)k};
    }
}
