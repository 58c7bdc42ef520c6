/**
 * A Gaussian process with a constant mean and given hyperparameters: its factor, predictions and their gradients.
 *
 *     y = m + f(x) + e,   f ~ GP(0, a k),   e ~ N(0, noise)
 *
 * Rasmussen and Williams, Gaussian Processes for Machine Learning (2006), chapters 2 and 5. Inputs are rows of D
 * columns in about [0, 1]; column c has the length l[group[c]]. Matrices are row-major. One struct is used by one
 * thread at a time.
 *
 *     theta = (ln l_0, …, ln l_(G-1), ln noise, ln a)
 *
 * Behind the n observed rows there may be q rows without an observation (pending configurations), appended one by one:
 * so L is the same, bit for bit, whether they were there from the start or came later.
 */
#ifndef LABWATCH_GP_GP_H
#define LABWATCH_GP_GP_H

#include <stdbool.h>
#include <stddef.h>

#include "kernel.h"

/** What stays the same for all theta. */
typedef struct lw_gp_form {
    lw_kernel kernel;
    size_t D, G;         /**< columns; lengthscales */
    const size_t *group; /**< D: the lengthscale of each column; borrowed */
    bool has_zero_mean;  /**< m = 0; otherwise it is the best one for theta: 1'C^-1 y / 1'C^-1 1 */
} lw_gp_form;

typedef struct lw_gp {
    lw_gp_form form;
    size_t n, q, capacity;  /**< observed rows, appended rows, room for both */
    double amplitude, noise; /**< variances */
    double mean;
    double jitter;          /**< what had to be added to the diagonal: 0 mostly */
    double log_likelihood;  /**< of y, with that mean */
    double *length;         /**< D: of each column */
    double *A;              /**< capacity x D: (x - 1/2) / length */
    double *square;         /**< capacity: |A_i|^2 */
    double *L;              /**< capacity x capacity, rows capacity apart: lower factor of C */
    double *w;              /**< n: L^-1 (y - m) */
    double *alpha;          /**< n: C^-1 (y - m) */
    double *slope, *inverse; /**< for the likelihood's gradient only; NULL until it is asked for */
} lw_gp;

static inline size_t lw_gp_n_theta(size_t G) {
    return G + 2;
}

/** Room for so many rows. LW_OK or LW_ENOMEM; release it in either case. */
int lw_gp_init(lw_gp *gp, const lw_gp_form *form, size_t capacity);
/** Accepts a zeroed one. */
void lw_gp_release(lw_gp *gp);

/**
 * Conditions on n <= capacity rows X (n x D) with values y (n). Where C = K + noise I cannot be factorised it gets
 * jitter, from 1e-10 a to 1e-4 a. LW_OK, or LW_ENUMERIC (values not finite, or no jitter helped). O(n^3/3).
 */
int lw_gp_condition(lw_gp *gp, size_t n, const double *X, const double *y, const double *theta);

/**
 * As lw_gp_condition, and the gradient of the log likelihood by theta (G + 2): the mean being the best one, its change
 * does not count. LW_ENOMEM, too. O(n^3).
 */
int lw_gp_condition_gradient(lw_gp *gp, size_t n, const double *X, const double *y, const double *theta,
                             double *gradient);
/** Gives the memory back that only the gradient needs. */
void lw_gp_forget_gradient(lw_gp *gp);

/** Appends a row x (D) without noise or observation: q grows. False if there is no room. O((n + q)^2). */
bool lw_gp_append(lw_gp *gp, const double *x);
/** Takes all appended rows away. */
void lw_gp_truncate(lw_gp *gp);

/** Room for predictions at up to M points at once. */
typedef struct lw_gp_batch {
    size_t M, N, D;     /**< capacities: points, rows of the process, columns */
    double *B, *square; /**< M x D, M: scaled points */
    double *V;          /**< M x N: rows L^-1 k(x) */
    double *slope;      /**< M x N */
    double *R;          /**< M x N: right-hand sides, see lw_gp_gradient */
} lw_gp_batch;

/** LW_OK or LW_ENOMEM; release it in either case. with_gradient false: slope and R stay NULL. */
int lw_gp_batch_init(lw_gp_batch *batch, size_t M, size_t N, size_t D, bool with_gradient);
/** Accepts a zeroed one. */
void lw_gp_batch_release(lw_gp_batch *batch);

/**
 * For points X (M x D): rows v = L^-1 k(x) in batch->V (n + q columns used). The posterior mean is m + v[0..n) w, its
 * variance a - v'v; with slope kept if the batch has room for gradients. O(M (n + q)^2).
 */
void lw_gp_project(const lw_gp *gp, lw_gp_batch *batch, size_t M, const double *X);

/**
 * Posterior mean and variance (M each, >= 1e-12 a) of f at the points projected last. Appended rows lower the variance
 * only.
 */
void lw_gp_moments(const lw_gp *gp, const lw_gp_batch *batch, size_t M, double *mean, double *variance);

/**
 * Gradient by x (dX, M x D) of functions that are sum_i r_i v_i to first order, with rows r (n + q) in batch->R, which
 * is spoilt: for the mean r = (w, 0), for the variance r = -2 v. For the points projected last. O(M (n + q)^2).
 */
void lw_gp_gradient(const lw_gp *gp, lw_gp_batch *batch, size_t M, double *dX);

/**
 * Leave-one-out mean and variance (with noise) of each y_i (n): equations 5.12 of the book. LW_OK or LW_ENOMEM.
 * O(n^3).
 */
int lw_gp_leave_one_out(const lw_gp *gp, const double *y, double *mean, double *variance);

#endif
