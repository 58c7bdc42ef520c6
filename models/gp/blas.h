/**
 * The few operations of BLAS and LAPACK that the models use, on row-major matrices with their lower triangle.
 *
 * A row-major lower triangle is, column by column, an upper one: so LAPACK's column-major routines work on it in place.
 */
#ifndef LABWATCH_GP_BLAS_H
#define LABWATCH_GP_BLAS_H

#include <stdbool.h>
#include <stddef.h>

#include <cblas.h>

/** One thread from now on: workers are the parallelism, and sums must not depend on the number of threads. */
void lw_blas_one_thread(void);

/** A = L L', in place: n x n with rows lda apart. False if A is not positive definite; A is then spoilt. */
bool lw_blas_cholesky(size_t n, double *A, size_t lda);

/** L becomes the lower triangle of (L L')^-1. */
bool lw_blas_inverse(size_t n, double *L, size_t lda);

#endif
