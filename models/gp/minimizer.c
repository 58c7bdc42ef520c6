#include "minimizer.h"

#include <math.h>
#include <string.h>

#include <labwatch/error.h>
#include <labwatch/sys/memory.h>

enum { MAX_BACKTRACKS = 20 };

int lw_minimizer_init(lw_minimizer *minimizer, size_t d, const lw_minimizer_settings *settings) {
    memset(minimizer, 0, sizeof *minimizer);
    minimizer->d = d;
    minimizer->settings = *settings;
    minimizer->trial = lw_calloc(4 * d + 2 * LW_MINIMIZER_PAIRS * d, sizeof(double));
    if (!minimizer->trial)
        return LW_ENOMEM;
    minimizer->x = minimizer->trial + d;
    minimizer->gradient = minimizer->x + d;
    minimizer->direction = minimizer->gradient + d;
    minimizer->s = minimizer->direction + d;
    minimizer->y = minimizer->s + LW_MINIMIZER_PAIRS * d;
    return LW_OK;
}

void lw_minimizer_release(lw_minimizer *minimizer) {
    lw_free(minimizer->trial);
    memset(minimizer, 0, sizeof *minimizer);
}

static double dot(size_t d, const double *a, const double *b) {
    double sum = 0;
    for (size_t i = 0; i < d; i++)
        sum += a[i] * b[i];
    return sum;
}

static double cut(double x, double lower, double upper) {
    return x < lower ? lower : x > upper ? upper : x;
}

bool lw_minimizer_start(lw_minimizer *minimizer, const double *x0, const double *lower, const double *upper) {
    minimizer->lower = lower;
    minimizer->upper = upper;
    minimizer->n_pairs = minimizer->next_pair = minimizer->n_told = minimizer->n_backtracks = 0;
    minimizer->f = HUGE_VAL;
    for (size_t i = 0; i < minimizer->d; i++)
        minimizer->trial[i] = minimizer->x[i] = cut(x0[i], lower[i], upper[i]);
    return minimizer->d > 0 && minimizer->settings.n_evaluations > 0;
}

/* A variable at a bound that the gradient pushes outwards stays there. */
static bool is_held(const lw_minimizer *minimizer, size_t i) {
    const double g = minimizer->gradient[i];
    return (minimizer->x[i] <= minimizer->lower[i] && g >= 0) || (minimizer->x[i] >= minimizer->upper[i] && g <= 0);
}

static double projected_gradient(const lw_minimizer *minimizer) {
    double largest = 0;
    for (size_t i = 0; i < minimizer->d; i++) {
        double to = cut(minimizer->x[i] - minimizer->gradient[i], minimizer->lower[i], minimizer->upper[i]);
        largest = fmax(largest, fabs(to - minimizer->x[i]));
    }
    return largest;
}

/* direction = -H g by the two-loop recursion, on the free variables. */
static void apply_pairs(lw_minimizer *minimizer) {
    size_t d = minimizer->d;
    double *p = minimizer->direction, weight[LW_MINIMIZER_PAIRS];
    for (size_t k = 1; k <= minimizer->n_pairs; k++) {
        size_t j = (minimizer->next_pair + LW_MINIMIZER_PAIRS - k) % LW_MINIMIZER_PAIRS;
        weight[j] = minimizer->rho[j] * dot(d, minimizer->s + j * d, p);
        for (size_t i = 0; i < d; i++)
            p[i] -= weight[j] * minimizer->y[j * d + i];
    }
    size_t last = (minimizer->next_pair + LW_MINIMIZER_PAIRS - 1) % LW_MINIMIZER_PAIRS;
    const double *y = minimizer->y + last * d;
    double scale = 1 / (minimizer->rho[last] * dot(d, y, y));
    for (size_t i = 0; i < d; i++)
        p[i] *= scale;
    for (size_t k = minimizer->n_pairs; k >= 1; k--) {
        size_t j = (minimizer->next_pair + LW_MINIMIZER_PAIRS - k) % LW_MINIMIZER_PAIRS;
        double back = minimizer->rho[j] * dot(d, minimizer->y + j * d, p);
        for (size_t i = 0; i < d; i++)
            p[i] += (weight[j] - back) * minimizer->s[j * d + i];
    }
}

static void steepest_descent(lw_minimizer *minimizer) {
    double longest = 0;
    for (size_t i = 0; i < minimizer->d; i++) {
        double width = minimizer->upper[i] - minimizer->lower[i];
        minimizer->direction[i] = is_held(minimizer, i) ? 0 : -minimizer->gradient[i];
        longest = width > 0 ? fmax(longest, fabs(minimizer->direction[i]) / width) : longest;
    }
    double scale = longest > 0 ? fmin(1, minimizer->settings.first_step / longest) : 0;
    for (size_t i = 0; i < minimizer->d; i++)
        minimizer->direction[i] *= scale;
    minimizer->n_pairs = 0;
}

static void choose_direction(lw_minimizer *minimizer) {
    size_t d = minimizer->d;
    double *p = minimizer->direction;
    if (minimizer->n_pairs > 0) {
        for (size_t i = 0; i < d; i++)
            p[i] = is_held(minimizer, i) ? 0 : -minimizer->gradient[i];
        apply_pairs(minimizer);
        for (size_t i = 0; i < d; i++)
            p[i] = is_held(minimizer, i) ? 0 : p[i];
    }
    minimizer->slope = dot(d, minimizer->gradient, p);
    double flat = 1e-10 * sqrt(dot(d, minimizer->gradient, minimizer->gradient) * dot(d, p, p));
    if (minimizer->n_pairs == 0 || !(minimizer->slope < -flat)) {
        steepest_descent(minimizer);
        minimizer->slope = dot(d, minimizer->gradient, p);
    }
    minimizer->step = 1;
    minimizer->n_backtracks = 0;
}

static void place_trial(lw_minimizer *minimizer) {
    for (size_t i = 0; i < minimizer->d; i++)
        minimizer->trial[i] = cut(minimizer->x[i] + minimizer->step * minimizer->direction[i], minimizer->lower[i],
                                  minimizer->upper[i]);
}

static void keep_pair(lw_minimizer *minimizer, const double *gradient) {
    size_t d = minimizer->d;
    double *s = minimizer->s + minimizer->next_pair * d, *y = minimizer->y + minimizer->next_pair * d;
    for (size_t i = 0; i < d; i++) {
        s[i] = minimizer->trial[i] - minimizer->x[i];
        y[i] = gradient[i] - minimizer->gradient[i];
    }
    double sy = dot(d, s, y);
    if (!(sy > 1e-12 * dot(d, y, y)) || !isfinite(1 / sy))
        return;
    minimizer->rho[minimizer->next_pair] = 1 / sy;
    minimizer->next_pair = (minimizer->next_pair + 1) % LW_MINIMIZER_PAIRS;
    minimizer->n_pairs += minimizer->n_pairs < LW_MINIMIZER_PAIRS;
}

static void accept(lw_minimizer *minimizer, double f, const double *gradient) {
    memcpy(minimizer->x, minimizer->trial, minimizer->d * sizeof(double));
    memcpy(minimizer->gradient, gradient, minimizer->d * sizeof(double));
    minimizer->f = f;
}

/* A shorter step, from the parabola through what is known; without a value, a tenth. */
static bool step_back(lw_minimizer *minimizer, double f) {
    double t = minimizer->step, shorter = 0.1 * t;
    double curvature = f - minimizer->f - minimizer->slope * t;
    if (isfinite(curvature) && curvature > 0)
        shorter = cut(-minimizer->slope * t * t / (2 * curvature), 0.1 * t, 0.5 * t);
    minimizer->step = shorter;
    if (++minimizer->n_backtracks <= MAX_BACKTRACKS) {
        place_trial(minimizer);
        return true;
    }
    if (minimizer->n_pairs == 0)
        return false;
    minimizer->n_pairs = 0; /* the curvature misled: once more along the gradient */
    choose_direction(minimizer);
    place_trial(minimizer);
    return true;
}

/* Decrease that the gradient promises for the step as it was cut. */
static double promised(const lw_minimizer *minimizer) {
    double sum = 0;
    for (size_t i = 0; i < minimizer->d; i++)
        sum += minimizer->gradient[i] * (minimizer->trial[i] - minimizer->x[i]);
    return sum;
}

static bool all_finite(size_t d, const double *x) {
    for (size_t i = 0; i < d; i++)
        if (!isfinite(x[i]))
            return false;
    return true;
}

bool lw_minimizer_tell(lw_minimizer *minimizer, double f, const double *gradient) {
    bool is_first = minimizer->n_told++ == 0, is_last = minimizer->n_told >= minimizer->settings.n_evaluations;
    bool is_usable = isfinite(f) && all_finite(minimizer->d, gradient);
    if (is_first && !is_usable)
        return false;
    if (!is_first && (!is_usable || f > minimizer->f + 1e-4 * promised(minimizer)))
        return !is_last && step_back(minimizer, is_usable ? f : NAN);
    bool is_converged = false;
    if (!is_first) {
        keep_pair(minimizer, gradient);
        is_converged = minimizer->f - f <= minimizer->settings.value_tolerance * fmax(1, fabs(f));
    }
    accept(minimizer, f, gradient);
    if (is_last || is_converged || projected_gradient(minimizer) <= minimizer->settings.gradient_tolerance)
        return false;
    choose_direction(minimizer);
    place_trial(minimizer);
    return true;
}
