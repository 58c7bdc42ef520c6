/**
 * How wide the kernels of a Parzen estimator are.
 */
#ifndef LABWATCH_PARZEN_WIDTH_H
#define LABWATCH_PARZEN_WIDTH_H

#include <stddef.h>

/** Columns of more levels count as numbers. */
enum { LW_PARZEN_MAX_LEVELS = 64 };

/**
 * 1 / deviation (n) of kernels at x (n, in [0, 1]): each reaches to the farther of its two neighbours, the first and
 * the last to their only one, a single one to the farther end; no inverse is above largest, none below 1. room: n
 * doubles. O(n): the order is that of the first 22 bits, far below what makes a difference.
 */
void lw_parzen_widths(size_t n, const double *x, double largest, double *inverse, double *room);

/**
 * The same for levels, of which there are n_levels with cells between ends (n_levels + 1); their neighbours are others.
 */
void lw_parzen_level_widths(size_t n, const double *level, size_t n_levels, const double *ends, double largest,
                            double *inverse);

#endif
