/**
 * The operations of BLAS and LAPACK that the models use, on row-major matrices; of symmetric and triangular ones only
 * the lower triangle is read or written. Strides are from row to row.
 *
 * They call OpenBLAS by Fortran's names: those of C are also in GSL's slow reference library, which every process that
 * uses GSL has loaded before. Row by row, a matrix is its transpose column by column, so nothing is copied.
 */
#ifndef LABWATCH_GP_BLAS_H
#define LABWATCH_GP_BLAS_H

#include <stdbool.h>
#include <stddef.h>

/** One thread from now on: workers are the parallelism, and sums must not depend on the number of threads. */
void lw_blas_one_thread(void);

double lw_blas_dot(size_t n, const double *x, const double *y);

/** y += a x. */
void lw_blas_add(size_t n, double a, const double *x, double *y);

/** y (m) = A x, with A m x n and x n. */
void lw_blas_multiply(size_t m, size_t n, const double *A, const double *x, double *y);

/** C (n x n, lower) = A A', with A n x k. */
void lw_blas_gram(size_t n, size_t k, const double *A, double *C, size_t stride_of_C);

/** C (m x n) = A B', with A m x k and B n x k. */
void lw_blas_outer(size_t m, size_t n, size_t k, const double *A, const double *B, double *C, size_t stride_of_C);

/** C (m x n) += A B, with A m x k and B k x n. */
void lw_blas_add_product(size_t m, size_t n, size_t k, const double *A, size_t stride_of_A, const double *B, double *C);

/** C (n x k) = S B, with S n x n symmetric (lower) and B n x k. */
void lw_blas_symmetric_product(size_t n, size_t k, const double *S, const double *B, double *C);

/** A = L L', in place. False if A is not positive definite; A is then spoilt. */
bool lw_blas_cholesky(size_t n, double *A, size_t stride);

/** L becomes the lower triangle of (L L')^-1. */
bool lw_blas_inverse(size_t n, double *L, size_t stride);

/** x = L^-1 x, and x = L'^-1 x. */
void lw_blas_solve(size_t n, const double *L, size_t stride, double *x);
void lw_blas_solve_transposed(size_t n, const double *L, size_t stride, double *x);

/** Each row of X (m x n): x = L^-1 x, and x = L'^-1 x. */
void lw_blas_solve_rows(size_t m, size_t n, const double *L, size_t stride, double *X, size_t stride_of_X);
void lw_blas_solve_rows_transposed(size_t m, size_t n, const double *L, size_t stride, double *X, size_t stride_of_X);

#endif
