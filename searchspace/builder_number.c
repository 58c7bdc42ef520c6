/*
 * Whether the bounds, steps and deviations that a file gives a number make sense.
 */
#include <math.h>

#include "builder_check.h"
#include "value_text.h"

static const uint64_t most_linear_levels = UINT64_C(1) << 52;
/* Coarser than this are the doubles of u; see coding.c. */
static const double largest_over_step = 1e15, largest_over_log_step = 1e12;
static const double narrowest_gaussian = 1e-6, smallest_log_sigma = 1e-9;

/* ---- numbers ---- */

bool lw_check_number(const lw_checking *c, const lw_draft_value *draft, const char *what, double *out) {
    if (draft->value.kind == LW_VALUE_INTEGER) {
        *out = (double)draft->value.integer;
        return true;
    }
    if (draft->value.kind == LW_VALUE_FLOAT && isfinite(draft->value.number)) {
        *out = draft->value.number + 0.0;
        return true;
    }
    const char *text = draft->value.kind == LW_VALUE_TEXT ? "; a number stands without quotes" : "";
    LW_FAIL(c, draft->place, "%s of %s is %s, which is no finite number%s", what, c->parameter->name,
            lw_value_show(draft->value).text, text);
    return false;
}

static bool need_number(const lw_checking *c, const lw_draft_value *draft, const char *what, double *out) {
    if (draft->given)
        return lw_check_number(c, draft, what, out);
    LW_FAIL(c, c->draft->place, "%s lacks `%s`", c->parameter->name, what);
    return false;
}

static bool get_integer(const lw_checking *c, const lw_draft_value *draft, const char *what, int64_t *out) {
    lw_value value = draft->value;
    if (value.kind == LW_VALUE_INTEGER) {
        *out = value.integer;
        return true;
    }
    if (value.kind == LW_VALUE_FLOAT && isfinite(value.number) && floor(value.number) != value.number) {
        LW_FAIL(c, draft->place, "%s of %s is %s, but it is an integer; take UniformFloat for fractions", what,
                c->parameter->name, lw_value_show(value).text);
        return false;
    }
    if (value.kind == LW_VALUE_FLOAT && value.number >= -0x1p63 && value.number < 0x1p63) {
        *out = (int64_t)value.number; /* 1e3 */
        return true;
    }
    LW_FAIL(c, draft->place, "%s of %s is %s, which is no integer of 64 bits", what, c->parameter->name,
            lw_value_show(value).text);
    return false;
}

static bool need_integer(const lw_checking *c, const lw_draft_value *draft, const char *what, int64_t *out) {
    if (draft->given)
        return get_integer(c, draft, what, out);
    LW_FAIL(c, c->draft->place, "%s lacks `%s`", c->parameter->name, what);
    return false;
}

/* ---- what all ranges have in common ---- */

static void check_order(const lw_checking *c, bool above, bool equal) {
    lw_value_text lower = lw_value_show(c->draft->lower.value), upper = lw_value_show(c->draft->upper.value);
    if (above)
        LW_FAIL(c, c->draft->lower.place, "lower of %s is %s, above upper, which is %s: are they swapped?",
                c->parameter->name, lower.text, upper.text);
    else if (equal)
        LW_FAIL(c, c->draft->upper.place, "lower and upper of %s are both %s: write it as a constant",
                c->parameter->name, upper.text);
}

static void check_log_bound(const lw_checking *c, double lower) {
    if (c->draft->log_scale && lower <= 0)
        LW_FAIL(c, c->draft->lower.place, "lower of %s is %s: with log_scale it is above 0", c->parameter->name,
                lw_value_show(c->draft->lower.value).text);
}

static void warn_of_last(const lw_checking *c, lw_value last) {
    lw_finishing_warning(c->f, lw_checking_place(c, c->draft->upper.place),
                         "upper of %s is %s, which its steps do not reach: the largest value is %s", c->parameter->name,
                         lw_value_show(c->draft->upper.value).text, lw_value_show(last).text);
}

/* ---- floats ---- */

static void check_float_step(const lw_checking *c) {
    lw_parameter *p = c->parameter;
    lw_place place = c->draft->step.place;
    if (!lw_check_number(c, &c->draft->step, "step", &p->step) || lw_checking_has_errors(c))
        return;
    lw_value_text step = lw_value_show(c->draft->step.value);
    double largest = fmax(fabs(p->lower), fabs(p->upper)), last = p->upper;
    if (p->step <= 0) {
        LW_FAIL(c, place, "step of %s is %s; it is above 0", c->parameter->name, step.text);
        return;
    }
    if (p->step > p->upper - p->lower) {
        LW_FAIL(c, place, "step of %s is %s, more than from lower to upper", c->parameter->name, step.text);
        return;
    }
    bool fine = largest / p->step > (p->log_scale ? largest_over_log_step : largest_over_step);
    p->n_levels = fine ? 0 : lw_float_levels(p->lower, p->upper, p->step, &last);
    if (p->n_levels == 0) {
        LW_FAIL(c, place, "step of %s is %s, too small beside its bounds; leave it out", c->parameter->name, step.text);
        return;
    }
    if (last < p->upper)
        warn_of_last(c, (lw_value){.kind = LW_VALUE_FLOAT, .number = last});
    p->upper = last;
}

void lw_check_float(const lw_checking *c) {
    lw_parameter *p = c->parameter;
    bool has_lower = need_number(c, &c->draft->lower, "lower", &p->lower);
    bool has_upper = need_number(c, &c->draft->upper, "upper", &p->upper);
    if (has_lower && has_upper)
        check_order(c, p->lower > p->upper, p->lower == p->upper);
    if (has_lower)
        check_log_bound(c, p->lower);
    if (c->draft->step.given)
        check_float_step(c);
}

/* ---- integers ---- */

static void check_integer_levels(const lw_checking *c) {
    lw_parameter *p = c->parameter;
    uint64_t range = (uint64_t)p->upper_integer - (uint64_t)p->lower_integer, step = (uint64_t)p->step_integer;
    if (step > range) {
        LW_FAIL(c, c->draft->step.place, "step of %s is %s, more than from lower to upper", c->parameter->name,
                lw_value_show(c->draft->step.value).text);
        return;
    }
    if (!p->log_scale && range / step >= most_linear_levels) {
        LW_FAIL(c, c->draft->upper.place, "%s has more than 2^52 values; take log_scale, a step or narrower bounds",
                c->parameter->name);
        return;
    }
    p->n_levels = range / step + 1;
    int64_t last = (int64_t)((uint64_t)p->lower_integer + range / step * step);
    if (last < p->upper_integer)
        warn_of_last(c, (lw_value){.kind = LW_VALUE_INTEGER, .integer = last});
    p->upper_integer = last;
    p->lower = (double)p->lower_integer;
    p->upper = (double)p->upper_integer;
}

void lw_check_integer(const lw_checking *c) {
    lw_parameter *p = c->parameter;
    bool has_lower = need_integer(c, &c->draft->lower, "lower", &p->lower_integer);
    bool has_upper = need_integer(c, &c->draft->upper, "upper", &p->upper_integer);
    if (has_lower && has_upper)
        check_order(c, p->lower_integer > p->upper_integer, p->lower_integer == p->upper_integer);
    if (has_lower)
        check_log_bound(c, (double)p->lower_integer);
    p->step_integer = 1;
    if (c->draft->step.given && get_integer(c, &c->draft->step, "step", &p->step_integer) && p->step_integer <= 0)
        LW_FAIL(c, c->draft->step.place, "step of %s is %s; it is above 0", c->parameter->name,
                lw_value_show(c->draft->step.value).text);
    if (!lw_checking_has_errors(c))
        check_integer_levels(c);
}

/* ---- Gaussian ---- */

static void check_gaussian_bounds(const lw_checking *c) {
    const lw_parameter *p = c->parameter;
    if (isfinite(p->lower) && isfinite(p->upper)) {
        check_order(c, p->lower > p->upper, p->lower == p->upper);
        double distance = p->log_scale ? log(p->upper) - log(p->lower) : p->upper - p->lower;
        if (!lw_checking_has_errors(c) && distance < narrowest_gaussian * p->sigma)
            LW_FAIL(c, c->draft->sigma.place,
                    "sigma of %s is so large beside its bounds that it is uniform: take UniformFloat",
                    c->parameter->name);
    }
    if (isfinite(p->lower))
        check_log_bound(c, p->lower);
    if (p->log_scale && p->upper <= 0)
        LW_FAIL(c, c->draft->upper.place, "upper of %s is %s: with log_scale it is above 0", c->parameter->name,
                lw_value_show(c->draft->upper.value).text);
}

static void check_log_sigma(const lw_checking *c) {
    if (c->parameter->sigma < smallest_log_sigma)
        LW_FAIL(c, c->draft->sigma.place, "sigma of %s is the deviation of the logarithm, and is at least 1e-9",
                c->parameter->name);
}

void lw_check_gaussian(const lw_checking *c) {
    lw_parameter *p = c->parameter;
    p->lower = -INFINITY;
    p->upper = INFINITY;
    bool has_mu = need_number(c, &c->draft->mu, "mu", &p->mu);
    bool has_sigma = need_number(c, &c->draft->sigma, "sigma", &p->sigma);
    if (c->draft->lower.given)
        lw_check_number(c, &c->draft->lower, "lower", &p->lower);
    if (c->draft->upper.given)
        lw_check_number(c, &c->draft->upper, "upper", &p->upper);
    if (has_sigma && p->sigma <= 0)
        LW_FAIL(c, c->draft->sigma.place, "sigma of %s is %s; it is above 0", c->parameter->name,
                lw_value_show(c->draft->sigma.value).text);
    if (has_mu && p->log_scale && p->mu <= 0)
        LW_FAIL(c, c->draft->mu.place, "mu of %s is %s: with log_scale it is the median of the values, above 0",
                c->parameter->name, lw_value_show(c->draft->mu.value).text);
    if (!lw_checking_has_errors(c))
        check_gaussian_bounds(c);
    if (!lw_checking_has_errors(c) && p->log_scale)
        check_log_sigma(c);
    if (!lw_checking_has_errors(c) && !p->log_scale && !isfinite(fabs(p->mu) + 40 * p->sigma))
        LW_FAIL(c, c->draft->sigma.place, "mu and sigma of %s are too large for a computer", c->parameter->name);
}
