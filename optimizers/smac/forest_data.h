/**
 * The history as arrays for a forest.
 */
#ifndef LABWATCH_FOREST_DATA_H
#define LABWATCH_FOREST_DATA_H

#include <labwatch/history.h>

#include "forest_columns.h"

/**
 * Beyond so many completed runs a forest sees a part, so many: half of them the best, the rest an even share of the
 * others. Where there are very many parameters, as many as make so many values, but not fewer than so many.
 */
enum { LW_FOREST_MAX_ROWS = 20000, LW_FOREST_MAX_VALUES = 2000000, LW_FOREST_ENOUGH_ROWS = 2000 };
/** Of failed and of pending runs the latest. */
enum { LW_FOREST_MAX_FAILED = 2000, LW_FOREST_MAX_PENDING = 256 };

/** Rows of each kind are in the order of their run ids. */
typedef struct lw_forest_rows {
    size_t d;
    size_t n_completed, n_failed, n_pending; /**< rows of each kind, one kind behind the other */
    double *u, *x;   /**< coordinates, columns: a row each */
    int64_t *run_id; /**< of each row */
    double *cost;    /**< n_completed */
} lw_forest_rows;

/**
 * Completed and failed runs up to fit_last_id, of the latter the latest; what is later, whatever has become of it, is
 * pending. The columns are adapted to them. LW_OK or LW_ENOMEM; release it in either case.
 */
int lw_forest_rows_gather(lw_forest_rows *rows, lw_forest_columns *columns, const lw_history *history,
                          int64_t fit_last_id, lw_error *error);
/** Accepts a zeroed one. */
void lw_forest_rows_release(lw_forest_rows *rows);

#endif
