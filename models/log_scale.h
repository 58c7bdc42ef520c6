/**
 * Costs on a logarithmic scale that begins a little below the best of them, so that what is near the best is told
 * apart, however large the others are, and whatever the sign (as SMAC3 does: Lindauer et al., JMLR 23, 2022).
 */
#ifndef LABWATCH_LOG_SCALE_H
#define LABWATCH_LOG_SCALE_H

#include <stddef.h>

/**
 * z (n) from finite costs y (n > 0), which may be of any size: ln((y - lowest + step) / (highest - lowest + step)), so
 * at most 0; all 0 where the costs are equal. The step is how far the 5 % quantile lies above the lowest cost, but
 * where many share the lowest cost at least a hundredth of the median's distance, or else of the highest one's. LW_OK
 * or LW_ENOMEM. O(n log n).
 */
int lw_log_scale(size_t n, const double *y, double *z);

#endif
