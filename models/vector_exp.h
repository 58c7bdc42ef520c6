/**
 * Sums of exponentials, many at a time: without branches and calls, so that compilers make vector instructions of them.
 */
#ifndef LABWATCH_VECTOR_EXP_H
#define LABWATCH_VECTOR_EXP_H

#include <stddef.h>

/** y = exp(x), n of them, for x from -700 to 0, to a relative error of 5e-16. x and y may be the same. */
void lw_exp_all(size_t n, const double *x, double *y);

/**
 * ln sum exp(x), n of them, n > 0; x is used up. Finite if the largest is; terms below e^-44 of it are left out.
 */
double lw_log_sum_exp(size_t n, double *x);

#endif
