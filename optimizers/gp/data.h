/**
 * The history as arrays for a Gaussian process.
 */
#ifndef LABWATCH_OPTIMIZERS_GP_DATA_H
#define LABWATCH_OPTIMIZERS_GP_DATA_H

#include <labwatch/history.h>

#include "columns.h"

enum { LW_GP_MAX_FAILURES = 500, LW_GP_MAX_PENDING = 64 };

typedef struct lw_gp_data {
    size_t d, D;
    size_t n;             /**< completed, as far as the model sees them, in the order of their run ids */
    double *X, *cost, *u; /**< n x D, n, n x d */
    size_t n_failed;      /**< failed ones: the latest */
    double *failed;       /**< n_failed x D */
    size_t n_pending;     /**< pending ones: the latest */
    double *pending;      /**< n_pending x D */
    size_t n_completed;   /**< in the whole history up to the last run that is fitted to */
    int64_t *run_id;      /**< n */
} lw_gp_data;

/**
 * What the model is fitted to: completed and failed runs up to fit_last_id; what is later, whatever has become of it,
 * is pending. Of more than max_n completed ones it sees a part: the best, those around the best, and an even share of
 * all. LW_OK or LW_ENOMEM; release it in either case.
 */
int lw_gp_data_gather(lw_gp_data *data, const lw_gp_columns *columns, const lw_history *history, int64_t fit_last_id,
                      size_t max_n, lw_error *error);
/** Accepts a zeroed one. */
void lw_gp_data_release(lw_gp_data *data);

#endif
