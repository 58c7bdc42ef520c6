/**
 * Acquisition functions: how much is hoped for from evaluating a point, in logarithms, to be maximised.
 *
 * The process may have appended rows (pending configurations, or observed ones whose value is uncertain). Then the
 * function is averaged over samples of the values there: with standard normal z (S x q) the values of the appended
 * rows in sample s have the whitened residuals z_s, and the posterior given them has mean m + v (w, z_s)' and variance
 * a - v'v.
 */
#ifndef LABWATCH_GP_ACQUISITION_H
#define LABWATCH_GP_ACQUISITION_H

#include "gp.h"

typedef enum lw_acquisition_kind {
    LW_ACQUISITION_EI,  /**< ln of the expected improvement over the best */
    LW_ACQUISITION_PI,  /**< ln of the probability of any improvement over the best */
    LW_ACQUISITION_UCB  /**< -(mean - kappa deviation) */
} lw_acquisition_kind;

/** One process with its samples. */
typedef struct lw_acquisition_model {
    const lw_gp *gp;
    size_t S;           /**< samples, >= 1 */
    const double *z;    /**< S x q; NULL if q = 0 */
    const double *best; /**< S: the value to be improved upon */
} lw_acquisition_model;

typedef struct lw_acquisition {
    lw_acquisition_kind kind;
    double kappa;
    size_t n_models; /**< the functions (not their logarithms) are averaged over them */
    const lw_acquisition_model *models;
    const lw_gp *feasibility; /**< of 1 (worked) and -1 (failed): P(f > 0) counts; NULL: everything works */
} lw_acquisition;

/** Room for M points at once. */
typedef struct lw_acquisition_room {
    size_t M, n_models;
    lw_gp_batch *batches;    /**< n_models + 1: the last one is feasibility's */
    double *values;          /**< n_models x M */
    double *weights;         /**< S */
    double *shares;          /**< n_models */
    double *dX;              /**< M x D */
} lw_acquisition_room;

/** LW_OK or LW_ENOMEM; release it in either case. */
int lw_acquisition_room_init(lw_acquisition_room *room, const lw_acquisition *acquisition, size_t M,
                             bool with_gradient);
/** Accepts a zeroed one. */
void lw_acquisition_room_release(lw_acquisition_room *room);

/** Values (M <= room's M) at X (M x D), and their gradient by X (M x D; NULL without, as for a room that has none). */
void lw_acquisition_evaluate(const lw_acquisition *acquisition, lw_acquisition_room *room, size_t M, const double *X,
                             double *value, double *gradient);

/**
 * What is to be improved upon in each sample (best, S): the lowest of base (may be HUGE_VAL) and the values of the
 * appended rows. O(S q (n + q)).
 */
void lw_acquisition_best_of_samples(const lw_gp *gp, size_t S, const double *z, double base, double *best);

#endif
