/**
 * Stationary kernels of unit variance, as functions of the squared scaled distance r^2 = sum_c (x_c - x'_c)^2 / l_c^2.
 *
 * Categories are columns, too: one for each choice, 1/sqrt(2) in the column of the choice and 0 in the others, with one
 * length for all, so that different choices are at the squared distance 1/l^2.
 */
#ifndef LABWATCH_GP_KERNEL_H
#define LABWATCH_GP_KERNEL_H

#include <stddef.h>

typedef enum lw_kernel {
    LW_KERNEL_MATERN52, /**< (1 + s + s^2/3) exp(-s), s = sqrt(5) r */
    LW_KERNEL_MATERN32, /**< (1 + s) exp(-s), s = sqrt(3) r */
    LW_KERNEL_RBF       /**< exp(-r^2/2) */
} lw_kernel;

/**
 * Overwrites n squared distances (>= 0) with scale * k; slope (n, may be NULL) gets -2 scale dk/d(r^2), which is finite
 * at r = 0 for all of them.
 */
void lw_kernel_values(lw_kernel kernel, double scale, size_t n, double *r2, double *slope);

#endif
