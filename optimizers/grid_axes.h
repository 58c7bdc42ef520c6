/**
 * The levels that a grid has of each parameter, as coordinates.
 */
#ifndef LABWATCH_GRID_AXES_H
#define LABWATCH_GRID_AXES_H

#include <labwatch/space.h>

typedef struct lw_grid_axis {
    size_t parameter;
    size_t n;  /**< levels, at least 1 */
    double *u; /**< their coordinates, each inside its cell */
} lw_grid_axis;

/** The axes of all parameters. */
typedef struct lw_grid_axes {
    lw_grid_axis *axes; /**< each behind those that its parameter's condition reads, else in the order of the space */
    size_t d;
} lw_grid_axes;

/**
 * All choices, all levels of a finite number if they are at most max_levels, and else n_levels
 * points: evenly spread over the coordinate with both ends, or without the ends where these are infinite. LW_OK or
 * LW_ENOMEM. Release it in either case.
 */
int lw_grid_axes_init(lw_grid_axes *axes, const lw_space *space, size_t n_levels, size_t max_levels, lw_error *error);

/** Accepts a zeroed one. */
void lw_grid_axes_release(lw_grid_axes *axes);

#endif
