/**
 * What a forest sees of a configuration: a column for each parameter, its coordinate, or the level of a categorical
 * one; NaN where it is not active. Of a categorical parameter with many choices, those that were seen most often have
 * a level each, and the others share one.
 */
#ifndef LABWATCH_FOREST_COLUMNS_H
#define LABWATCH_FOREST_COLUMNS_H

#include <labwatch/config.h>

#include "forest.h"

typedef struct lw_forest_columns {
    const lw_space *space; /**< borrowed */
    size_t d;              /**< parameters, columns */
    uint8_t *n_levels;     /**< d: 0 for numbers */
    uint8_t **level;       /**< d: of each choice; NULL for numbers */
} lw_forest_columns;

/** LW_OK or LW_ENOMEM; release it in either case. */
int lw_forest_columns_init(lw_forest_columns *columns, const lw_space *space, lw_error *error);
/** Accepts a zeroed one. */
void lw_forest_columns_release(lw_forest_columns *columns);

/**
 * Gives levels to the choices of large categorical parameters as n configurations have them, whose coordinates are u
 * (n x d). LW_OK or LW_ENOMEM. O(choices + n d).
 */
int lw_forest_columns_adapt(lw_forest_columns *columns, size_t n, const double *u, lw_error *error);

/** x (d) of a configuration whose coordinates are u (d; as lw_config_encode gives them). */
void lw_forest_columns_fill(const lw_forest_columns *columns, const double *u, double *x);

#endif
