#include "gp.h"

#include <math.h>
#include <string.h>

#include <labwatch/error.h>
#include <labwatch/sys/memory.h>

#include "blas.h"

static const double LN_2PI = 1.8378770664093454836;

int lw_gp_init(lw_gp *gp, const lw_gp_form *form, size_t capacity) {
    memset(gp, 0, sizeof *gp);
    gp->form = *form;
    gp->capacity = capacity;
    gp->length = lw_calloc(form->D, sizeof(double));
    gp->A = lw_calloc(capacity * form->D, sizeof(double));
    gp->square = lw_calloc(3 * capacity, sizeof(double));
    gp->L = lw_calloc(capacity * capacity, sizeof(double));
    if (!gp->length || !gp->A || !gp->square || !gp->L)
        return LW_ENOMEM;
    gp->w = gp->square + capacity;
    gp->alpha = gp->w + capacity;
    return LW_OK;
}

void lw_gp_forget_gradient(lw_gp *gp) {
    lw_free(gp->slope);
    lw_free(gp->inverse);
    gp->slope = gp->inverse = NULL;
}

void lw_gp_release(lw_gp *gp) {
    lw_gp_forget_gradient(gp);
    lw_free(gp->length);
    lw_free(gp->A);
    lw_free(gp->square);
    lw_free(gp->L);
    memset(gp, 0, sizeof *gp);
}

/* ---- inputs ---- */

/* Scaled about the middle of the cube, which keeps the squares small: distances are differences of squares. */
static void scale_rows(const double *length, size_t n, size_t D, const double *X, double *A, double *square) {
    for (size_t i = 0; i < n; i++) {
        square[i] = 0;
        for (size_t c = 0; c < D; c++) {
            double a = (X[i * D + c] - 0.5) / length[c];
            A[i * D + c] = a;
            square[i] += a * a;
        }
    }
}

static void set_theta(lw_gp *gp, const double *theta) {
    const size_t G = gp->form.G;
    for (size_t c = 0; c < gp->form.D; c++)
        gp->length[c] = exp(theta[gp->form.group[c]]);
    gp->noise = exp(theta[G]);
    gp->amplitude = exp(theta[G + 1]);
}

/* Turns inner products into kernel values in place. */
static void products_to_kernel(const lw_gp *gp, double square, const double *squares, size_t n, double *products,
                               double *slope) {
    for (size_t j = 0; j < n; j++)
        products[j] = fmax(square + squares[j] - 2 * products[j], 0);
    lw_kernel_values(gp->form.kernel, gp->amplitude, n, products, slope);
}

/* ---- the factor ---- */

static void fill_covariance(lw_gp *gp, double *slope) {
    const size_t n = gp->n, lda = gp->capacity;
    lw_blas_gram(n, gp->form.D, gp->A, gp->L, lda);
    for (size_t i = 0; i < n; i++) {
        products_to_kernel(gp, gp->square[i], gp->square, i, gp->L + i * lda, slope ? slope + i * n : NULL);
        gp->L[i * lda + i] = gp->amplitude + gp->noise + gp->jitter;
        if (slope)
            slope[i * n + i] = 0; /* a point has no distance from itself: it does not count in gradients */
    }
}

static int factorise(lw_gp *gp, double *slope) {
    for (gp->jitter = 0; gp->jitter <= 1.1e-4 * gp->amplitude;
         gp->jitter = gp->jitter > 0 ? 10 * gp->jitter : 1e-10 * gp->amplitude) {
        fill_covariance(gp, slope);
        if (lw_blas_cholesky(gp->n, gp->L, gp->capacity))
            return LW_OK;
    }
    return LW_ENUMERIC;
}

/* With u = L^-1 1 and v = L^-1 y: m = u'v / u'u. */
static void find_mean_and_weights(lw_gp *gp, const double *y) {
    const size_t n = gp->n;
    memcpy(gp->w, y, n * sizeof(double));
    lw_blas_solve(n, gp->L, gp->capacity, gp->w);
    gp->mean = 0;
    if (!gp->form.has_zero_mean) {
        double *u = gp->alpha;
        for (size_t i = 0; i < n; i++)
            u[i] = 1;
        lw_blas_solve(n, gp->L, gp->capacity, u);
        gp->mean = lw_blas_dot(n, u, gp->w) / lw_blas_dot(n, u, u);
        lw_blas_add(n, -gp->mean, u, gp->w);
    }
    memcpy(gp->alpha, gp->w, n * sizeof(double));
    lw_blas_solve_transposed(n, gp->L, gp->capacity, gp->alpha);
}

static double log_likelihood(const lw_gp *gp) {
    double sum = -0.5 * lw_blas_dot(gp->n, gp->w, gp->w) - 0.5 * (double)gp->n * LN_2PI;
    for (size_t i = 0; i < gp->n; i++)
        sum -= log(gp->L[i * gp->capacity + i]);
    return sum;
}

static int condition(lw_gp *gp, size_t n, const double *X, const double *y, const double *theta, double *slope) {
    gp->n = n;
    gp->q = 0;
    set_theta(gp, theta);
    scale_rows(gp->length, n, gp->form.D, X, gp->A, gp->square);
    for (size_t i = 0; i < n; i++)
        if (!isfinite(gp->square[i]) || !isfinite(y[i]))
            return LW_ENUMERIC;
    if (n == 0) {
        gp->mean = gp->log_likelihood = gp->jitter = 0;
        return LW_OK;
    }
    int outcome = factorise(gp, slope);
    if (outcome != LW_OK)
        return outcome;
    find_mean_and_weights(gp, y);
    gp->log_likelihood = log_likelihood(gp);
    return isfinite(gp->log_likelihood) ? LW_OK : LW_ENUMERIC;
}

int lw_gp_condition(lw_gp *gp, size_t n, const double *X, const double *y, const double *theta) {
    return condition(gp, n, X, y, theta, NULL);
}

/* ---- the likelihood's gradient ---- */

static bool reserve_gradient(lw_gp *gp) {
    const size_t size = gp->capacity * gp->capacity;
    if (!gp->slope)
        gp->slope = lw_malloc(size * sizeof(double));
    if (!gp->inverse)
        gp->inverse = lw_malloc((size + 2 * gp->capacity * (gp->form.D + 1)) * sizeof(double));
    return gp->slope && gp->inverse;
}

/*
 * With W = alpha alpha' - C^-1 and S the matrix of slopes: slope becomes G = W o S (lower), whose diagonal is 0.
 * *trace gets tr W.
 */
static void weigh_slopes(lw_gp *gp, double *trace) {
    const size_t n = gp->n;
    *trace = 0;
    for (size_t i = 0; i < n; i++) {
        const double a = gp->alpha[i], *inverse = gp->inverse + i * n;
        double *slope = gp->slope + i * n;
        for (size_t j = 0; j < i; j++)
            slope[j] *= a * gp->alpha[j] - inverse[j];
        *trace += a * a - inverse[i];
    }
}

/* By ln l: 1/2 sum_ij G_ij (A_ic - A_jc)^2 = sum_i (G 1)_i A_ic^2 - A_ic (G A)_ic for each column c. */
static void gradient_by_lengths(lw_gp *gp, double *gradient) {
    const size_t n = gp->n, D = gp->form.D, E = D + 1;
    double *A1 = gp->inverse + gp->capacity * gp->capacity, *GA = A1 + gp->capacity * E;
    for (size_t i = 0; i < n; i++) {
        memcpy(A1 + i * E, gp->A + i * D, D * sizeof(double));
        A1[i * E + D] = 1;
    }
    lw_blas_symmetric_product(n, E, gp->slope, A1, GA);
    memset(gradient, 0, gp->form.G * sizeof(double));
    for (size_t i = 0; i < n; i++)
        for (size_t c = 0; c < D; c++) {
            double a = A1[i * E + c];
            gradient[gp->form.group[c]] += a * (GA[i * E + D] * a - GA[i * E + c]);
        }
}

int lw_gp_condition_gradient(lw_gp *gp, size_t n, const double *X, const double *y, const double *theta,
                             double *gradient) {
    if (!reserve_gradient(gp))
        return LW_ENOMEM;
    memset(gradient, 0, lw_gp_n_theta(gp->form.G) * sizeof(double));
    int outcome = condition(gp, n, X, y, theta, gp->slope);
    if (outcome != LW_OK || n == 0)
        return outcome;
    for (size_t i = 0; i < n; i++)
        memcpy(gp->inverse + i * n, gp->L + i * gp->capacity, (i + 1) * sizeof(double));
    if (!lw_blas_inverse(n, gp->inverse, n))
        return LW_ENUMERIC;
    double trace;
    weigh_slopes(gp, &trace);
    gradient_by_lengths(gp, gradient);
    /* sum_ij W_ij C_ij = w'w - n, and C = K + (noise + jitter) I, the jitter being a multiple of a */
    const size_t G = gp->form.G;
    gradient[G] = 0.5 * gp->noise * trace;
    gradient[G + 1] = 0.5 * (lw_blas_dot(n, gp->w, gp->w) - (double)n - gp->noise * trace);
    return LW_OK;
}

/* ---- appended rows ---- */

bool lw_gp_append(lw_gp *gp, const double *x) {
    const size_t N = gp->n + gp->q, D = gp->form.D;
    if (N >= gp->capacity)
        return false;
    double *a = gp->A + N * D, *row = gp->L + N * gp->capacity;
    scale_rows(gp->length, 1, D, x, a, gp->square + N);
    if (N > 0) {
        lw_blas_multiply(N, D, gp->A, a, row);
        products_to_kernel(gp, gp->square[N], gp->square, N, row, NULL);
        lw_blas_solve(N, gp->L, gp->capacity, row);
    }
    /* Where the value is known already the row must not divide by nothing. */
    double variance = gp->amplitude * (1 + 1e-8) - lw_blas_dot(N, row, row);
    row[N] = sqrt(fmax(variance, 1e-8 * gp->amplitude));
    gp->q++;
    return true;
}

void lw_gp_truncate(lw_gp *gp) {
    gp->q = 0;
}

int lw_gp_leave_one_out(const lw_gp *gp, const double *y, double *mean, double *variance) {
    const size_t n = gp->n;
    double *inverse = lw_malloc(n * n * sizeof(double));
    if (!inverse)
        return LW_ENOMEM;
    for (size_t i = 0; i < n; i++)
        memcpy(inverse + i * n, gp->L + i * gp->capacity, (i + 1) * sizeof(double));
    bool is_inverted = n == 0 || lw_blas_inverse(n, inverse, n);
    for (size_t i = 0; i < n && is_inverted; i++) {
        variance[i] = 1 / inverse[i * n + i];
        mean[i] = y[i] - gp->alpha[i] * variance[i];
    }
    lw_free(inverse);
    return is_inverted ? LW_OK : LW_ENUMERIC;
}
