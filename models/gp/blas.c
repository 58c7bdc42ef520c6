#include "blas.h"

/* LAPACK's own names: the last argument is the hidden length of the text in Fortran. */
extern void dpotrf_(const char *uplo, const int *n, double *a, const int *lda, int *info, size_t uplo_length);
extern void dpotri_(const char *uplo, const int *n, double *a, const int *lda, int *info, size_t uplo_length);

void lw_blas_one_thread(void) {
    openblas_set_num_threads(1);
}

bool lw_blas_cholesky(size_t n, double *A, size_t lda) {
    const int order = (int)n, stride = (int)lda;
    int info = 0;
    dpotrf_("U", &order, A, &stride, &info, 1);
    return info == 0;
}

bool lw_blas_inverse(size_t n, double *L, size_t lda) {
    const int order = (int)n, stride = (int)lda;
    int info = 0;
    dpotri_("U", &order, L, &stride, &info, 1);
    return info == 0;
}
