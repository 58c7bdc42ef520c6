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
    lw_blas_outer(M, N, D, batch->B, gp->A, batch->V, batch->N);
    for (size_t i = 0; i < M; i++) {
        double *row = batch->V + i * batch->N;
        for (size_t j = 0; j < N; j++)
            row[j] = fmax(batch->square[i] + gp->square[j] - 2 * row[j], 0);
        lw_kernel_values(gp->form.kernel, gp->amplitude, N, row, batch->slope ? batch->slope + i * batch->N : NULL);
    }
    lw_blas_solve_rows(M, N, gp->L, gp->capacity, batch->V, batch->N);
}

void lw_gp_moments(const lw_gp *gp, const lw_gp_batch *batch, size_t M, double *mean, double *variance) {
    const size_t N = gp->n + gp->q;
    for (size_t i = 0; i < M; i++) {
        const double *v = batch->V + i * batch->N;
        mean[i] = gp->mean + (N > 0 ? lw_blas_dot(gp->n, v, gp->w) : 0);
        double known = N > 0 ? lw_blas_dot(N, v, v) : 0;
        variance[i] = fmax(gp->amplitude - known, 1e-12 * gp->amplitude);
    }
}

void lw_gp_gradient(const lw_gp *gp, lw_gp_batch *batch, size_t M, double *dX) {
    const size_t N = gp->n + gp->q, D = gp->form.D;
    if (N == 0) {
        memset(dX, 0, M * D * sizeof(double));
        return;
    }
    lw_blas_solve_rows_transposed(M, N, gp->L, gp->capacity, batch->R, batch->N);
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
    lw_blas_add_product(M, D, N, batch->R, batch->N, gp->A, dX);
    for (size_t i = 0; i < M; i++)
        for (size_t c = 0; c < D; c++)
            dX[i * D + c] /= gp->length[c];
}
