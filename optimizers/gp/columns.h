/**
 * What a Gaussian process sees of a configuration: columns of numbers in [0, 1].
 *
 *   float, integer, Gaussian, ordinal  one column: the coordinate, 1/2 where inactive
 *   categorical                        one column for each choice, 1/sqrt(2) in that of the choice, 0 where inactive
 *   condition                          one column, 1 where it holds: for all parameters that share the condition
 *
 * Each parameter and each condition has a lengthscale. Categoricals of more than 64 choices share 64 columns.
 */
#ifndef LABWATCH_OPTIMIZERS_GP_COLUMNS_H
#define LABWATCH_OPTIMIZERS_GP_COLUMNS_H

#include <labwatch/config.h>

#include "maximizer.h"

typedef struct lw_gp_columns {
    const lw_space *space; /**< borrowed */
    size_t d, D, G;        /**< parameters, columns, lengthscales */
    size_t *first;         /**< d: first column of each parameter */
    size_t *condition;     /**< d: column of its condition, SIZE_MAX without */
    size_t *group;         /**< D: lengthscale of each column; that of parameter i is number i */
    lw_coordinate *coordinates; /**< d: for the maximiser; lengths are to be filled in */
    double *levels;             /**< what coordinates point to */
    bool is_finite;             /**< every parameter has levels */
} lw_gp_columns;

/** LW_OK or LW_ENOMEM; release it in either case. */
int lw_gp_columns_init(lw_gp_columns *columns, const lw_space *space, lw_error *error);
/** Accepts a zeroed one. */
void lw_gp_columns_release(lw_gp_columns *columns);

/** x (D) of a configuration whose coordinates are u (d; lw_config_encode). */
void lw_gp_columns_fill(const lw_gp_columns *columns, const lw_config *config, const double *u, double *x);

#endif
