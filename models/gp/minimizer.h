/**
 * A bound-constrained quasi-Newton minimiser that is asked for points and told their values.
 *
 *     lw_minimizer minimizer;
 *     if (lw_minimizer_init(&minimizer, d, &settings) != LW_OK) …
 *     for (bool more = lw_minimizer_start(&minimizer, x0, lower, upper); more;)
 *         more = lw_minimizer_tell(&minimizer, f(minimizer.trial, gradient), gradient);
 *     … minimizer.x, minimizer.f
 *     lw_minimizer_release(&minimizer);
 *
 * Since it does not call the function, many minimisers go forward together, and the function is computed for all of
 * their points in one matrix operation.
 *
 * Limited-memory BFGS on the variables that are not held at a bound (Nocedal, Math. Comp. 35, 1980), its steps cut
 * to the box along the projection arc (Bertsekas, SIAM J. Control Optim. 20, 1982), with backtracking.
 */
#ifndef LABWATCH_GP_MINIMIZER_H
#define LABWATCH_GP_MINIMIZER_H

#include <stdbool.h>
#include <stddef.h>

enum { LW_MINIMIZER_PAIRS = 8 };

typedef struct lw_minimizer_settings {
    size_t n_evaluations;      /**< at most */
    double gradient_tolerance; /**< it ends where no entry of the projected gradient is larger */
    double value_tolerance;    /**< or where a step lowers f by less, relative to max(1, |f|) */
    double first_step;         /**< length of the first step, in units of the box */
} lw_minimizer_settings;

typedef struct lw_minimizer {
    size_t d;
    lw_minimizer_settings settings;
    const double *lower, *upper; /**< d; borrowed */
    double *trial;               /**< d: where the function is asked for */
    double *x, *gradient;        /**< d: the best point so far */
    double f;                    /**< its value; HUGE_VAL before the first */
    /* what follows belongs to minimizer.c */
    double *direction, *s, *y; /* d; PAIRS x d */
    double rho[LW_MINIMIZER_PAIRS];
    size_t n_pairs, next_pair, n_told, n_backtracks;
    double step, slope;
} lw_minimizer;

/** LW_OK or LW_ENOMEM. Release it in either case. */
int lw_minimizer_init(lw_minimizer *minimizer, size_t d, const lw_minimizer_settings *settings);
/** Accepts a zeroed one. */
void lw_minimizer_release(lw_minimizer *minimizer);

/** Begins at x0 (d, cut to the box); the bounds must live on. False if there is nothing to do. */
bool lw_minimizer_start(lw_minimizer *minimizer, const double *x0, const double *lower, const double *upper);

/** Takes value and gradient (d) at trial; what is not finite is a step too far. False: the minimisation has ended. */
bool lw_minimizer_tell(lw_minimizer *minimizer, double f, const double *gradient);

#endif
