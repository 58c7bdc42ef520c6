/**
 * A history as arrays, kept up to date: for optimizers that would otherwise encode every configuration at each
 * suggestion. Row k is lw_history_get(history, k), whatever became of it.
 */
#ifndef LABWATCH_HISTORY_ROWS_H
#define LABWATCH_HISTORY_ROWS_H

#include <labwatch/history.h>

/** Zero-initialise it, and set d. */
typedef struct lw_history_rows {
    size_t d;            /**< parameters of the space */
    size_t n, capacity;
    int64_t *run_id;     /**< n, ascending */
    double *cost;        /**< n: NaN unless completed */
    lw_outcome *outcome; /**< n */
    double *u;           /**< n x d: lw_config_encode's coordinates */
} lw_history_rows;

/**
 * What a type's update does: takes these observations over, new ones and changed ones. O(d) for a run at the end. LW_OK
 * or LW_ENOMEM; then rows are missing, and all of them are to be made anew.
 */
int lw_history_rows_update(lw_history_rows *rows, const lw_observation *const *changed, size_t n, lw_error *error);

/** Accepts a zeroed one. */
void lw_history_rows_release(lw_history_rows *rows);

#endif
