#include "blas.h"

/* Fortran's names and conventions: everything by address, and the lengths of texts behind all other arguments. */
extern void openblas_set_num_threads(int n);
extern double ddot_(const int *n, const double *x, const int *step_x, const double *y, const int *step_y);
extern void daxpy_(const int *n, const double *a, const double *x, const int *step_x, double *y, const int *step_y);
extern void dgemv_(const char *trans, const int *m, const int *n, const double *alpha, const double *A, const int *lda,
                   const double *x, const int *step_x, const double *beta, double *y, const int *step_y, size_t);
extern void dsyrk_(const char *uplo, const char *trans, const int *n, const int *k, const double *alpha,
                   const double *A, const int *lda, const double *beta, double *C, const int *ldc, size_t, size_t);
extern void dgemm_(const char *trans_a, const char *trans_b, const int *m, const int *n, const int *k,
                   const double *alpha, const double *A, const int *lda, const double *B, const int *ldb,
                   const double *beta, double *C, const int *ldc, size_t, size_t);
extern void dsymm_(const char *side, const char *uplo, const int *m, const int *n, const double *alpha, const double *A,
                   const int *lda, const double *B, const int *ldb, const double *beta, double *C, const int *ldc,
                   size_t, size_t);
extern void dtrsv_(const char *uplo, const char *trans, const char *diag, const int *n, const double *A, const int *lda,
                   double *x, const int *step_x, size_t, size_t, size_t);
extern void dtrsm_(const char *side, const char *uplo, const char *trans, const char *diag, const int *m, const int *n,
                   const double *alpha, const double *A, const int *lda, double *B, const int *ldb, size_t, size_t,
                   size_t, size_t);
extern void dpotrf_(const char *uplo, const int *n, double *A, const int *lda, int *info, size_t);
extern void dpotri_(const char *uplo, const int *n, double *A, const int *lda, int *info, size_t);

static const int one_step = 1;
static const double one = 1, zero = 0;

void lw_blas_one_thread(void) {
    openblas_set_num_threads(1);
}

double lw_blas_dot(size_t n, const double *x, const double *y) {
    const int length = (int)n;
    return ddot_(&length, x, &one_step, y, &one_step);
}

void lw_blas_add(size_t n, double a, const double *x, double *y) {
    const int length = (int)n;
    daxpy_(&length, &a, x, &one_step, y, &one_step);
}

void lw_blas_multiply(size_t m, size_t n, const double *A, const double *x, double *y) {
    const int rows = (int)m, columns = (int)n;
    dgemv_("T", &columns, &rows, &one, A, &columns, x, &one_step, &zero, y, &one_step, 1);
}

void lw_blas_gram(size_t n, size_t k, const double *A, double *C, size_t stride_of_C) {
    const int order = (int)n, depth = (int)k, ldc = (int)stride_of_C;
    dsyrk_("U", "T", &order, &depth, &one, A, &depth, &zero, C, &ldc, 1, 1);
}

void lw_blas_outer(size_t m, size_t n, size_t k, const double *A, const double *B, double *C, size_t stride_of_C) {
    const int rows = (int)m, columns = (int)n, depth = (int)k, ldc = (int)stride_of_C;
    dgemm_("T", "N", &columns, &rows, &depth, &one, B, &depth, A, &depth, &zero, C, &ldc, 1, 1);
}

void lw_blas_add_product(size_t m, size_t n, size_t k, const double *A, size_t stride_of_A, const double *B,
                         double *C) {
    const int rows = (int)m, columns = (int)n, depth = (int)k, lda = (int)stride_of_A;
    dgemm_("N", "N", &columns, &rows, &depth, &one, B, &columns, A, &lda, &one, C, &columns, 1, 1);
}

void lw_blas_symmetric_product(size_t n, size_t k, const double *S, const double *B, double *C) {
    const int order = (int)n, columns = (int)k;
    dsymm_("R", "U", &columns, &order, &one, S, &order, B, &columns, &zero, C, &columns, 1, 1);
}

bool lw_blas_cholesky(size_t n, double *A, size_t stride) {
    const int order = (int)n, lda = (int)stride;
    int info = 0;
    dpotrf_("U", &order, A, &lda, &info, 1);
    return info == 0;
}

bool lw_blas_inverse(size_t n, double *L, size_t stride) {
    const int order = (int)n, lda = (int)stride;
    int info = 0;
    dpotri_("U", &order, L, &lda, &info, 1);
    return info == 0;
}

static void solve(const char *trans, size_t n, const double *L, size_t stride, double *x) {
    const int order = (int)n, lda = (int)stride;
    dtrsv_("U", trans, "N", &order, L, &lda, x, &one_step, 1, 1, 1);
}

void lw_blas_solve(size_t n, const double *L, size_t stride, double *x) {
    solve("T", n, L, stride, x);
}

void lw_blas_solve_transposed(size_t n, const double *L, size_t stride, double *x) {
    solve("N", n, L, stride, x);
}

static void solve_rows(const char *trans, size_t m, size_t n, const double *L, size_t stride, double *X,
                       size_t stride_of_X) {
    const int rows = (int)m, order = (int)n, lda = (int)stride, ldx = (int)stride_of_X;
    dtrsm_("L", "U", trans, "N", &order, &rows, &one, L, &lda, X, &ldx, 1, 1, 1, 1);
}

void lw_blas_solve_rows(size_t m, size_t n, const double *L, size_t stride, double *X, size_t stride_of_X) {
    solve_rows("T", m, n, L, stride, X, stride_of_X);
}

void lw_blas_solve_rows_transposed(size_t m, size_t n, const double *L, size_t stride, double *X, size_t stride_of_X) {
    solve_rows("N", m, n, L, stride, X, stride_of_X);
}
