/**
 * The cells of a grid: its different valid configurations, numbered.
 *
 * Where there are neither conditions nor constraints a cell's number is its levels as digits. Else the cells are listed
 * once: those that a constraint forbids are left out, and inactive parameters have only one level.
 */
#ifndef LABWATCH_GRID_CELLS_H
#define LABWATCH_GRID_CELLS_H

#include <labwatch/config.h>

#include "grid_axes.h"

typedef struct lw_grid_cells {
    const lw_grid_axes *axes;
    uint64_t n;
    uint16_t *digits; /**< n x d, in the order of the axes; NULL if a cell's number is its digits */
    size_t capacity;
} lw_grid_cells;

/**
 * LW_OK; LW_EUNSUPPORTED if there are too many cells to be numbered (2^62) or listed, or if there are
 * none. Release it in either case. axes are borrowed.
 */
int lw_grid_cells_init(lw_grid_cells *cells, const lw_space *space, const lw_grid_axes *axes, lw_error *error);

/** Accepts a zeroed one. */
void lw_grid_cells_release(lw_grid_cells *cells);

/** Coordinates u[0 … d-1] of cell i < n; the last axis changes fastest. */
void lw_grid_cell(const lw_grid_cells *cells, uint64_t i, double *u);

#endif
