#include "gp_fit.h"

#include <math.h>
#include <string.h>

#include <labwatch/error.h>
#include <labwatch/sys/memory.h>

#include "minimizer.h"

static void fill_bounds(const lw_gp_prior *prior, size_t G, double *lower, double *upper) {
    for (size_t g = 0; g < G; g++) {
        lower[g] = prior->length_lower;
        upper[g] = prior->length_upper;
    }
    lower[G] = prior->noise_lower;
    upper[G] = prior->noise_upper;
    lower[G + 1] = prior->amplitude_lower;
    upper[G + 1] = prior->amplitude_upper;
}

typedef struct fit_task {
    lw_gp *gp;
    size_t n;
    const double *X, *y;
    const lw_gp_prior *prior;
} fit_task;

/* Minus the log posterior, NaN where it cannot be computed; gradient (G + 2). */
static int evaluate(const fit_task *task, const double *theta, double *value, double *gradient) {
    const size_t G = task->gp->form.G;
    int outcome = lw_gp_condition_gradient(task->gp, task->n, task->X, task->y, theta, gradient);
    if (outcome == LW_ENOMEM)
        return outcome;
    double log_prior = lw_gp_log_prior(task->prior, G, theta, gradient);
    *value = outcome == LW_OK ? -(task->gp->log_likelihood + log_prior) : NAN;
    for (size_t i = 0; i < G + 2; i++)
        gradient[i] = -gradient[i];
    return LW_OK;
}

static int descend(const fit_task *task, lw_minimizer *minimizer, const double *start, const double *lower,
                   const double *upper, double *gradient) {
    int outcome = LW_OK;
    for (bool more = lw_minimizer_start(minimizer, start, lower, upper); more && outcome == LW_OK;) {
        double value = NAN;
        outcome = evaluate(task, minimizer->trial, &value, gradient);
        /* what is given has no gradient */
        for (size_t i = 0; i < minimizer->d; i++)
            gradient[i] = upper[i] > lower[i] ? gradient[i] : 0;
        more = outcome == LW_OK && lw_minimizer_tell(minimizer, value, gradient);
    }
    return outcome;
}

int lw_gp_fit(lw_gp *gp, size_t n, const double *X, const double *y, const lw_gp_prior *prior,
              const lw_gp_fit_settings *settings, size_t n_starts, const double *starts, double *theta,
              double *log_posterior) {
    const size_t T = lw_gp_n_theta(gp->form.G);
    const fit_task task = {gp, n, X, y, prior};
    const lw_minimizer_settings steps = {
        .n_evaluations = settings->n_evaluations,
        .gradient_tolerance = settings->gradient_tolerance,
        .value_tolerance = settings->value_tolerance,
        .first_step = 0.1,
    };
    lw_minimizer minimizer;
    double *room = lw_calloc(4 * T, sizeof(double));
    int outcome = lw_minimizer_init(&minimizer, T, &steps);
    if (!room)
        outcome = LW_ENOMEM;
    double *lower = room, *upper = room + T, *gradient = room + 2 * T, *best_theta = room + 3 * T, best = HUGE_VAL;
    if (outcome == LW_OK)
        fill_bounds(prior, gp->form.G, lower, upper);
    for (size_t k = 0; k < n_starts && outcome == LW_OK; k++) {
        outcome = descend(&task, &minimizer, starts + k * T, lower, upper, gradient);
        if (outcome == LW_OK && minimizer.f < best) {
            best = minimizer.f;
            memcpy(best_theta, minimizer.x, T * sizeof(double));
        }
    }
    if (outcome == LW_OK && !isfinite(best))
        outcome = LW_ENUMERIC;
    if (outcome == LW_OK)
        outcome = lw_gp_condition(gp, n, X, y, best_theta);
    if (outcome == LW_OK) {
        memcpy(theta, best_theta, T * sizeof(double));
        if (log_posterior)
            *log_posterior = -best;
    }
    lw_minimizer_release(&minimizer);
    lw_free(room);
    return outcome;
}
