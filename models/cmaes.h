/**
 * The normal distribution of CMA-ES, and how it learns from ranked points (Hansen, The CMA evolution strategy: a
 * tutorial, arXiv 1604.00772), with negative weights for the worse half.
 *
 *     lw_cmaes cmaes;
 *     if (lw_cmaes_init(&cmaes, n, LW_CMAES_FULL, false) == LW_OK) {
 *         lw_cmaes_start(&cmaes, mean, 0.2);
 *         lw_cmaes_point(&cmaes, z, x);                     // z (n): standard normal
 *         lw_cmaes_update(&cmaes, n_points, X, costs);      // X: n_points x n, the best first
 *     }
 *     lw_cmaes_release(&cmaes);
 *
 * Points have no bounds here: who has some decides what becomes of points beyond them.
 */
#ifndef LABWATCH_CMAES_H
#define LABWATCH_CMAES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <gsl/gsl_eigen.h>

/**
 * What is learned of the covariance: all of it, or its diagonal (Ros and Hansen, PPSN 2008), which takes O(n) a
 * point.
 */
typedef enum lw_cmaes_covariance { LW_CMAES_FULL, LW_CMAES_DIAGONAL } lw_cmaes_covariance;

/** Of N ranked points in n dimensions (table 1 of the tutorial). */
typedef struct lw_cmaes_constants {
    size_t mu;               /**< points with positive weights */
    double mu_eff, c_1, c_mu, c_c, c_sigma, d_sigma, chi_n;
} lw_cmaes_constants;

/** The N weights, the best point's first; the positive ones sum to 1. N >= 2. */
void lw_cmaes_constants_of(lw_cmaes_constants *constants, size_t n, size_t N, double *weights);

/** The positive ones of these weights (N), 0 for the others; equal costs, which are sorted, share theirs. */
void lw_cmaes_better_weights(size_t N, const double *cost, double *weights);

typedef struct lw_cmaes {
    size_t n;
    lw_cmaes_covariance kind;
    bool adapts;              /**< learning rates follow the noise (Nomura, Akimoto and Ono, GECCO 2023) */
    uint64_t n_diagonal;      /**< for so many updates a full covariance is learned as a diagonal, which is faster; 0 */
    uint64_t n_updates;
    uint64_t n_undecomposed;  /**< updates since B and D */
    double sigma;
    double *mean;             /**< n */
    double *C, *B;            /**< n x n in rows, or n: covariance / sigma^2; B's columns are its eigenvectors */
    double *D;                /**< n: square roots of the eigenvalues */
    double *p_sigma, *p_c;    /**< n: evolution paths */
    double *E_mean, *E_C;     /**< with adapts: mean changes of mean and covariance, in the distribution's own units */
    double rates[4];          /**< with adapts: learning rates of mean and covariance, mean squared changes of both */
    size_t n_numbers;         /**< of all arrays above, which lie in one piece from mean on */
    double *room;             /**< n x n, if the covariance is full */
    gsl_eigen_symmv_workspace *eigen; /**< NULL for a diagonal */
} lw_cmaes;

/** n may be 0. LW_OK or LW_ENOMEM; release it in either case. */
int lw_cmaes_init(lw_cmaes *cmaes, size_t n, lw_cmaes_covariance kind, bool adapts);
/** Accepts a zeroed one. */
void lw_cmaes_release(lw_cmaes *cmaes);
/** Makes to, of the same size and kind, the same distribution. */
void lw_cmaes_copy(lw_cmaes *to, const lw_cmaes *from);

/** The distribution N(mean, sigma^2 I) that has learned nothing. mean may be its own. */
void lw_cmaes_start(lw_cmaes *cmaes, const double *mean, double sigma);

/**
 * The distribution of the n_best points X (n_best x n) with deviation wide added in every direction: the start from
 * what another search has found (Nomura et al., Warm starting CMA-ES, AAAI 2021). n_best >= 1, wide > 0. With
 * n_diagonal only the variances are taken.
 */
void lw_cmaes_start_from(lw_cmaes *cmaes, size_t n_best, const double *X, double wide);

/** Which element of C (and B) belongs to the variance of coordinate i. */
size_t lw_cmaes_diagonal(const lw_cmaes *cmaes, size_t i);
/** sigma sqrt(C_ii). */
double lw_cmaes_deviation(const lw_cmaes *cmaes, size_t i);
/** The largest of all; 0 without coordinates. */
double lw_cmaes_largest_deviation(const lw_cmaes *cmaes);
/** Largest eigenvalue of C over the smallest, as of the last decomposition. */
double lw_cmaes_condition(const lw_cmaes *cmaes);
/** Makes sigma so small that no coordinate deviates by more. */
void lw_cmaes_limit(lw_cmaes *cmaes, double deviation);

/** x = mean + sigma B D z. */
void lw_cmaes_point(const lw_cmaes *cmaes, const double *z, double *x);

/**
 * Moves x so near to the mean that its Mahalanobis distance is at most length: a point that did not come from this
 * distribution (Hansen, Injecting external solutions into CMA-ES, arXiv 1110.4181). room: 2 n numbers. Its own
 * distance.
 */
double lw_cmaes_clip(const lw_cmaes *cmaes, double length, double *x, double *room);

/**
 * Learns from N points X (N x n), sorted by their costs, the lowest first. Equal costs share their weights, so that
 * their order does not matter; infinite ones are the worst. With less than two points nothing is learned. LW_OK or
 * LW_ENOMEM. O(N n^2), now and then O(n^3).
 */
int lw_cmaes_update(lw_cmaes *cmaes, size_t N, const double *X, const double *cost);

#endif
