#include "gp.h"

#include <math.h>
#include <string.h>

#include <labwatch/error.h>
#include <labwatch/sys/memory.h>

#include "blas.h"

int lw_gp_batch_init(lw_gp_batch *batch, size_t M, size_t N, size_t D, bool with_gradient) {
    *batch = (lw_gp_batch){.M = M, .N = N, .D = D};
    batch->B = lw_calloc(M * (D + 1), sizeof(double));
    batch->V = lw_calloc(M * N, sizeof(double));
    if (with_gradient) {
        batch->slope = lw_calloc(M * N, sizeof(double));
        batch->R = lw_calloc(M * N, sizeof(double));
    }
    if (!batch->B || !batch->V || (with_gradient && (!batch->slope || !batch->R)))
        return LW_ENOMEM;
    batch->square = batch->B + M * D;
    return LW_OK;
}

void lw_gp_batch_release(lw_gp_batch *batch) {
    lw_free(batch->B);
    lw_free(batch->V);
    lw_free(batch->slope);
    lw_free(batch->R);
    memset(batch, 0, sizeof *batch);
}

void lw_gp_project(const lw_gp *gp, lw_gp_batch *batch, size_t M, const double *X) {
    const size_t N = gp->n + gp->q, D = gp->form.D;
    const int m = (int)M, n = (int)N, d = (int)D, stride = (int)batch->N;
    for (size_t i = 0; i < M; i++) {
        batch->square[i] = 0;
        for (size_t c = 0; c < D; c++) {
            double b = (X[i * D + c] - 0.5) / gp->length[c];
            batch->B[i * D + c] = b;
            batch->square[i] += b * b;
        }
    }
    if (N == 0)
        return;
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, m, n, d, 1, batch->B, d, gp->A, d, 0, batch->V, stride);
    for (size_t i = 0; i < M; i++) {
        double *row = batch->V + i * batch->N;
        for (size_t j = 0; j < N; j++)
            row[j] = fmax(batch->square[i] + gp->square[j] - 2 * row[j], 0);
        lw_kernel_values(gp->form.kernel, gp->amplitude, N, row, batch->slope ? batch->slope + i * batch->N : NULL);
    }
    cblas_dtrsm(CblasRowMajor, CblasRight, CblasLower, CblasTrans, CblasNonUnit, m, n, 1, gp->L, (int)gp->capacity,
                batch->V, stride);
}

void lw_gp_moments(const lw_gp *gp, const lw_gp_batch *batch, size_t M, double *mean, double *variance) {
    const size_t N = gp->n + gp->q;
    for (size_t i = 0; i < M; i++) {
        const double *v = batch->V + i * batch->N;
        mean[i] = gp->mean + (N > 0 ? cblas_ddot((int)gp->n, v, 1, gp->w, 1) : 0);
        double known = N > 0 ? cblas_ddot((int)N, v, 1, v, 1) : 0;
        variance[i] = fmax(gp->amplitude - known, 1e-12 * gp->amplitude);
    }
}

void lw_gp_gradient(const lw_gp *gp, lw_gp_batch *batch, size_t M, double *dX) {
    const size_t N = gp->n + gp->q, D = gp->form.D;
    const int m = (int)M, n = (int)N, d = (int)D, stride = (int)batch->N;
    if (N == 0) {
        memset(dX, 0, M * D * sizeof(double));
        return;
    }
    cblas_dtrsm(CblasRowMajor, CblasRight, CblasLower, CblasNoTrans, CblasNonUnit, m, n, 1, gp->L, (int)gp->capacity,
                batch->R, stride);
    /* dk_i/dx_c = -slope_i (b_c - A_ic) / l_c */
    for (size_t i = 0; i < M; i++) {
        double *r = batch->R + i * batch->N, sum = 0;
        const double *slope = batch->slope + i * batch->N;
        for (size_t j = 0; j < N; j++) {
            r[j] *= slope[j];
            sum += r[j];
        }
        for (size_t c = 0; c < D; c++)
            dX[i * D + c] = -sum * batch->B[i * D + c];
    }
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, m, d, n, 1, batch->R, stride, gp->A, d, 1, dX, d);
    for (size_t i = 0; i < M; i++)
        for (size_t c = 0; c < D; c++)
            dX[i * D + c] /= gp->length[c];
}
