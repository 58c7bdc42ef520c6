/*
 * The Gaussian process itself: kernels, factor, likelihood, predictions, appended rows, against independent programs
 * (gp_reference.h), against elimination by hand, and against finite differences.
 */
#include "gp_bench.h"

#include <float.h>

/* ---- kernels ---- */

static void kernels_are_those_of_the_table(void **state) {
    (void)state;
    for (size_t k = 0; k < N_BENCH_KERNELS; k++)
        for (size_t i = 0; i < sizeof ref_kernels / sizeof *ref_kernels; i++) {
            double r = ref_kernels[i][0], r2[2] = {r * r, r * r}, slope[2];
            lw_kernel_values(bench_kernels[k], 1, 1, r2, NULL);
            assert_relatively_close(r2[0], ref_kernels[i][k + 1], 1e-14 * (1 + r * r)); /* rounding of the exponent */
            lw_kernel_values(bench_kernels[k], 3, 1, r2 + 1, slope);
            assert_relatively_close(r2[1], 3 * r2[0], 1e-15);
        }
}

typedef struct kernel_at {
    lw_kernel kernel;
    double r2;
} kernel_at;

static double kernel_value(void *context) {
    const kernel_at *at = context;
    double r2 = at->r2;
    lw_kernel_values(at->kernel, 2, 1, &r2, NULL);
    return r2;
}

static void slopes_of_kernels_are_finite_everywhere(void **state) {
    (void)state;
    static const double at_0[] = {5.0 / 3, 3, 1};
    for (size_t k = 0; k < N_BENCH_KERNELS; k++) {
        for (double r2 = 0.01; r2 < 20; r2 *= 1.7) {
            kernel_at at = {bench_kernels[k], r2};
            double value = r2, slope;
            lw_kernel_values(bench_kernels[k], 2, 1, &value, &slope);
            assert_close(slope, -2 * bench_slope(kernel_value, &at, &at.r2, 1e-3 * r2), 1e-9);
        }
        double r2[3] = {0, 1e-300, 1e300}, slope[3];
        lw_kernel_values(bench_kernels[k], 2, 3, r2, slope);
        assert_close(r2[0], 2, 0);
        assert_relatively_close(slope[0], 2 * at_0[k], 1e-15);
        assert_relatively_close(slope[1], 2 * at_0[k], 1e-15);
        assert_true(r2[2] == 0 && slope[2] == 0);
    }
}

/* ---- the reference problem ---- */

static void factor_weights_and_likelihood(void **state) {
    (void)state;
    lw_gp gp;
    bench_start(&gp, &bench_form, ref_amplitude, 0, REF_N + 3);
    for (size_t i = 0; i < REF_N; i++) {
        for (size_t j = 0; j <= i; j++)
            assert_close(gp.L[i * gp.capacity + j], ref_L[i][j], 1e-13);
        assert_relatively_close(gp.alpha[i], ref_alpha[i], 1e-10);
    }
    assert_relatively_close(gp.log_likelihood, ref_log_likelihood, 1e-10);
    assert_true(gp.jitter == 0 && gp.mean == 0 && gp.n == REF_N && gp.q == 0);
    lw_gp_release(&gp);
}

static void gradient_of_the_likelihood(void **state) {
    (void)state;
    lw_gp gp;
    double theta[4], gradient[4];
    bench_theta(ref_amplitude, theta);
    assert_int_equal(lw_gp_init(&gp, &bench_form, REF_N + 2), LW_OK);
    for (int again = 0; again < 2; again++) {
        assert_int_equal(lw_gp_condition_gradient(&gp, REF_N, ref_X[0], ref_y, theta, gradient), LW_OK);
        for (size_t i = 0; i < 4; i++)
            assert_relatively_close(gradient[i], ref_likelihood_gradient[i], 1e-10);
        assert_relatively_close(gp.log_likelihood, ref_log_likelihood, 1e-10);
        lw_gp_forget_gradient(&gp);
    }
    lw_gp_release(&gp);
}

static void predictions(void **state) {
    (void)state;
    lw_gp gp;
    double mean[REF_M], variance[REF_M];
    bench_start(&gp, &bench_form, ref_amplitude, 0, REF_N + 1);
    bench_predict(&gp, REF_M, ref_points[0], mean, variance);
    for (size_t i = 0; i < REF_M; i++) {
        assert_relatively_close(mean[i], ref_mean[i], 1e-10);
        assert_relatively_close(variance[i], ref_covariance[i][i], 1e-10);
    }
    lw_gp_release(&gp);
}

/* Where a row is appended, a later row's entry there is its covariance with it, in units of its deviation. */
static void covariances_by_appended_rows(void **state) {
    (void)state;
    lw_gp gp;
    bench_start(&gp, &bench_form, ref_amplitude, 0, REF_N + REF_M);
    for (size_t i = 0; i < REF_M; i++) {
        lw_gp_batch batch;
        assert_true(lw_gp_append(&gp, ref_points[i]));
        assert_int_equal(lw_gp_batch_init(&batch, REF_M, REF_N + 1, REF_D, false), LW_OK);
        lw_gp_project(&gp, &batch, REF_M, ref_points[0]);
        double deviation = gp.L[REF_N * gp.capacity + REF_N];
        assert_close(deviation * deviation, ref_covariance[i][i], 2e-8 * ref_amplitude);
        for (size_t j = 0; j < REF_M; j++)
            assert_close(batch.V[j * batch.N + REF_N] * deviation, ref_covariance[i][j], 1e-12);
        lw_gp_batch_release(&batch);
        lw_gp_truncate(&gp);
    }
    lw_gp_release(&gp);
}

static void leaves_one_out(void **state) {
    (void)state;
    lw_gp gp;
    double mean[REF_N], variance[REF_N];
    bench_start(&gp, &bench_form, ref_amplitude, 0, REF_N + 2);
    assert_int_equal(lw_gp_leave_one_out(&gp, ref_y, mean, variance), LW_OK);
    for (size_t i = 0; i < REF_N; i++) {
        assert_relatively_close(mean[i], ref_left_out_mean[i], 1e-10);
        assert_relatively_close(variance[i], ref_left_out_variance[i], 1e-10);
    }
    lw_gp_release(&gp);
}

static void one_row_more(void **state) {
    (void)state;
    lw_gp gp;
    double theta[4], X[REF_N + 1][REF_D], y[REF_N + 1];
    bench_start(&gp, &bench_form, ref_amplitude, 0, REF_N + 1);
    assert_true(lw_gp_append(&gp, ref_sixth));
    assert_int_equal(gp.q, 1);
    for (size_t j = 0; j < REF_N; j++)
        assert_close(gp.L[REF_N * gp.capacity + j], ref_sixth_row[j], 1e-12);
    assert_false(lw_gp_append(&gp, ref_sixth)); /* no room */
    assert_int_equal(gp.q, 1);

    memcpy(X, ref_X, sizeof ref_X);
    memcpy(X[REF_N], ref_sixth, sizeof ref_sixth);
    memcpy(y, ref_y, sizeof ref_y);
    y[REF_N] = ref_sixth_y;
    bench_theta(ref_amplitude, theta);
    assert_int_equal(lw_gp_condition(&gp, REF_N + 1, X[0], y, theta), LW_OK);
    assert_int_equal(gp.q, 0);
    for (size_t i = 0; i < REF_N + 1; i++)
        assert_relatively_close(gp.alpha[i], ref_sixth_alpha[i], 1e-10);
    lw_gp_release(&gp);
}

static void another_kernel_and_mean(void **state) {
    (void)state;
    const double *means[] = {ref_matern52_mean, NULL, ref_rbf_mean};
    const double *variances[] = {ref_matern52_variance, NULL, ref_rbf_variance};
    for (size_t k = 0; k < N_BENCH_KERNELS; k += 2) {
        lw_gp gp;
        lw_gp_form form = bench_form;
        double mean[REF_M], variance[REF_M];
        form.kernel = bench_kernels[k];
        bench_start(&gp, &form, 1, 0.1, REF_N);
        bench_predict(&gp, REF_M, ref_points[0], mean, variance);
        for (size_t i = 0; i < REF_M; i++) {
            assert_relatively_close(mean[i] + 0.1, means[k][i], 1e-10);
            assert_relatively_close(variance[i], variances[k][i], 1e-9);
        }
        lw_gp_release(&gp);
    }
}

static void categories_are_columns(void **state) {
    (void)state;
    static const size_t group[REF_MIXED_D] = {0, 1, 1, 1};
    const lw_gp_form form = {LW_KERNEL_MATERN52, REF_MIXED_D, 2, group, true};
    const double theta[4] = {log(0.35), log(0.8), log(0.02), log(1.2)};
    double X[REF_MIXED_N][REF_MIXED_D] = {{0}}, points[REF_M][REF_MIXED_D] = {{0}}, mean[REF_M], variance[REF_M];
    for (size_t i = 0; i < REF_MIXED_N; i++) {
        X[i][0] = ref_mixed[i][0];
        X[i][1 + (size_t)ref_mixed[i][1]] = M_SQRT1_2;
    }
    for (size_t i = 0; i < REF_M; i++) {
        points[i][0] = ref_mixed_points[i][0];
        points[i][1 + (size_t)ref_mixed_points[i][1]] = M_SQRT1_2;
    }
    lw_gp gp;
    assert_int_equal(lw_gp_init(&gp, &form, REF_MIXED_N), LW_OK);
    assert_int_equal(lw_gp_condition(&gp, REF_MIXED_N, X[0], ref_mixed_y, theta), LW_OK);
    for (size_t i = 0; i < REF_MIXED_N; i++)
        for (size_t j = 0; j < i; j++) { /* (L L')_ij */
            double sum = 0;
            for (size_t c = 0; c <= j; c++)
                sum += gp.L[i * gp.capacity + c] * gp.L[j * gp.capacity + c];
            assert_close(sum, ref_mixed_K[i][j], 1e-13);
        }
    assert_relatively_close(gp.log_likelihood, ref_mixed_log_likelihood, 1e-10);
    bench_predict(&gp, REF_M, points[0], mean, variance);
    for (size_t i = 0; i < REF_M; i++) {
        assert_relatively_close(mean[i], ref_mixed_mean[i], 1e-10);
        assert_relatively_close(variance[i], ref_mixed_variance[i], 1e-10);
    }
    lw_gp_release(&gp);
}

/* Pending points as observations: of their means they change no mean; of the worst value they push it away. */
static void believed_and_pessimistic_observations(void **state) {
    (void)state;
    lw_gp gp;
    double theta[4], X[REF_N + REF_Q][REF_D], y[REF_N + REF_Q], believed[REF_Q], variance[REF_M], mean[REF_M];
    bench_start(&gp, &bench_form, ref_amplitude, 0, REF_N + REF_Q);
    bench_predict(&gp, REF_Q, ref_pending[0], believed, variance);
    memcpy(X, ref_X, sizeof ref_X);
    memcpy(X[REF_N], ref_pending, sizeof ref_pending);
    memcpy(y, ref_y, sizeof ref_y);
    bench_theta(ref_amplitude, theta);
    for (size_t j = 0; j < REF_Q; j++) {
        assert_relatively_close(believed[j], ref_believed_values[j], 1e-10);
        y[REF_N + j] = believed[j];
    }
    assert_int_equal(lw_gp_condition(&gp, REF_N + REF_Q, X[0], y, theta), LW_OK);
    bench_predict(&gp, REF_M, ref_points[0], mean, variance);
    for (size_t i = 0; i < REF_M; i++) {
        assert_relatively_close(mean[i], ref_mean[i], 1e-9);
        assert_relatively_close(variance[i], ref_believed_variance[i], 1e-8);
    }
    y[REF_N] = y[REF_N + 1] = ref_y[4]; /* the worst */
    assert_int_equal(lw_gp_condition(&gp, REF_N + REF_Q, X[0], y, theta), LW_OK);
    bench_predict(&gp, REF_M, ref_points[0], mean, variance);
    for (size_t i = 0; i < REF_M; i++)
        assert_relatively_close(mean[i], ref_liar_mean[i], 1e-8);
    lw_gp_release(&gp);
}

/* ---- random problems ---- */

static double kernel_between(const bench_problem *p, const double *x, const double *z) {
    double r2 = 0;
    for (size_t c = 0; c < p->form.D; c++) {
        double step = (x[c] - z[c]) / exp(p->theta[p->group[c]]);
        r2 += step * step;
    }
    lw_kernel_values(p->form.kernel, exp(p->theta[p->form.G + 1]), 1, &r2, NULL);
    return r2;
}

/* Solves A x = b (n x n, rows n + 1 apart, b behind each row) by elimination; ln |A| in *determinant. */
static void eliminate(size_t n, long double *A, long double *determinant) {
    *determinant = 0;
    for (size_t k = 0; k < n; k++) {
        *determinant += logl(A[k * (n + 1) + k]);
        for (size_t i = 0; i < n; i++) {
            long double factor = i == k ? 0 : A[i * (n + 1) + k] / A[k * (n + 1) + k];
            for (size_t j = k; j <= n; j++)
                A[i * (n + 1) + j] -= factor * A[k * (n + 1) + j];
        }
    }
    for (size_t k = 0; k < n; k++)
        A[k * (n + 1) + n] /= A[k * (n + 1) + k];
}

/* C^-1 b for the covariance of the problem's rows. */
static void solve(const bench_problem *p, const double *b, double *x, double *determinant) {
    const size_t n = p->n, D = p->form.D;
    long double *A = calloc(n * (n + 1), sizeof *A), sum;
    assert_non_null(A);
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < n; j++)
            A[i * (n + 1) + j] =
                kernel_between(p, p->X + i * D, p->X + j * D) + (i == j ? exp(p->theta[p->form.G]) : 0);
        A[i * (n + 1) + n] = b[i];
    }
    eliminate(n, A, &sum);
    for (size_t i = 0; i < n; i++)
        x[i] = (double)A[i * (n + 1) + n];
    *determinant = (double)sum;
    free(A);
}

static double sum_of_products(size_t n, const double *x, const double *y) {
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += x[i] * y[i];
    return sum;
}

/* Mean, likelihood, predictions by the formulas as they are in the book. */
static void assert_as_in_the_book(const bench_problem *p, lw_stream *stream) {
    const size_t n = p->n, D = p->form.D;
    lw_gp gp;
    double *room = bench_new(5 * n + D), *ones = room, *a = room + n, *b = room + 2 * n, *k = room + 3 * n;
    double *r = room + 4 * n, *x = room + 5 * n, determinant, mean, variance;
    assert_int_equal(lw_gp_init(&gp, &p->form, n + 2), LW_OK);
    assert_int_equal(lw_gp_condition(&gp, n, p->X, p->y, p->theta), LW_OK);
    for (size_t i = 0; i < n; i++)
        ones[i] = 1;
    solve(p, ones, a, &determinant);
    double m = p->form.has_zero_mean ? 0 : sum_of_products(n, a, p->y) / sum_of_products(n, a, ones);
    assert_close(gp.mean, m, 1e-9);
    for (size_t i = 0; i < n; i++)
        r[i] = p->y[i] - m;
    solve(p, r, a, &determinant);
    double likelihood = -0.5 * sum_of_products(n, r, a) - 0.5 * determinant - 0.5 * (double)n * log(2 * M_PI);
    assert_close(gp.log_likelihood, likelihood, 1e-9 * (1 + fabs(likelihood)));
    for (int tries = 0; tries < 5; tries++) {
        bench_draw_points(stream, 1, D, x);
        for (size_t i = 0; i < n; i++)
            k[i] = kernel_between(p, x, p->X + i * D);
        solve(p, k, b, &determinant);
        bench_predict(&gp, 1, x, &mean, &variance);
        assert_close(mean, m + sum_of_products(n, k, a), 1e-8);
        assert_close(variance, exp(p->theta[p->form.G + 1]) - sum_of_products(n, k, b), 1e-8);
    }
    lw_gp_release(&gp);
    free(room);
}

static void random_problems_are_as_in_the_book(void **state) {
    (void)state;
    static const size_t sizes[][2] = {{1, 1}, {2, 3}, {9, 1}, {12, 2}, {15, 7}, {20, 25}};
    lw_stream stream;
    lw_stream_init(&stream, 1, LW_PURPOSE_SAMPLE, 1, 0);
    for (size_t k = 0; k < N_BENCH_KERNELS; k++)
        for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++)
            for (int zero = 0; zero <= 1; zero++) {
                bench_problem p = bench_draw(&stream, bench_kernels[k], sizes[s][0], sizes[s][1], zero);
                assert_as_in_the_book(&p, &stream);
                bench_release(&p);
            }
}

typedef struct likelihood_at {
    lw_gp gp;
    const bench_problem *problem;
} likelihood_at;

static double likelihood(void *context) {
    likelihood_at *at = context;
    const bench_problem *p = at->problem;
    assert_int_equal(lw_gp_condition(&at->gp, p->n, p->X, p->y, p->theta), LW_OK);
    return at->gp.log_likelihood;
}

static void gradients_of_likelihoods_are_those_of_finite_differences(void **state) {
    (void)state;
    static const size_t sizes[][2] = {{2, 1}, {8, 2}, {14, 5}, {12, 20}};
    lw_stream stream;
    lw_stream_init(&stream, 2, LW_PURPOSE_SAMPLE, 1, 0);
    for (size_t k = 0; k < N_BENCH_KERNELS; k++)
        for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++)
            for (int zero = 0; zero <= 1; zero++) {
                bench_problem p = bench_draw(&stream, bench_kernels[k], sizes[s][0], sizes[s][1], zero);
                const size_t T = lw_gp_n_theta(p.form.G);
                double *gradient = bench_new(T);
                likelihood_at at = {.problem = &p};
                assert_int_equal(lw_gp_init(&at.gp, &p.form, p.n + 1), LW_OK);
                assert_int_equal(lw_gp_condition_gradient(&at.gp, p.n, p.X, p.y, p.theta, gradient), LW_OK);
                double value = at.gp.log_likelihood;
                for (size_t i = 0; i < T; i++)
                    assert_close(gradient[i], bench_slope(likelihood, &at, &p.theta[i], 1e-3),
                                 1e-7 * (1 + fabs(gradient[i])));
                assert_close(likelihood(&at), value, 1e-12 * (1 + fabs(value)));
                lw_gp_release(&at.gp);
                free(gradient);
                bench_release(&p);
            }
}

typedef struct prediction_at {
    lw_gp *gp;
    double *x;
    bool is_variance;
} prediction_at;

static double predicted(void *context) {
    const prediction_at *at = context;
    double mean, variance;
    bench_predict(at->gp, 1, at->x, &mean, &variance);
    return at->is_variance ? variance : mean;
}

/* With rows appended or without. */
static void assert_gradients_of_predictions(lw_gp *gp, lw_stream *stream) {
    enum { M = 3 };
    const size_t D = gp->form.D, N = gp->n + gp->q;
    double *X = bench_new(2 * M * D), *dX = X + M * D;
    lw_gp_batch batch;
    assert_int_equal(lw_gp_batch_init(&batch, M + 1, N, D, true), LW_OK);
    bench_draw_points(stream, M, D, X);
    for (int is_variance = 0; is_variance <= 1; is_variance++) {
        lw_gp_project(gp, &batch, M, X);
        for (size_t i = 0; i < M; i++)
            for (size_t j = 0; j < N; j++)
                batch.R[i * N + j] = is_variance ? -2 * batch.V[i * N + j] : j < gp->n ? gp->w[j] : 0;
        lw_gp_gradient(gp, &batch, M, dX);
        for (size_t i = 0; i < M; i++)
            for (size_t c = 0; c < D; c++) {
                prediction_at at = {gp, X + i * D, is_variance};
                assert_close(dX[i * D + c], bench_slope(predicted, &at, &X[i * D + c], 1e-3),
                             1e-7 * (1 + fabs(dX[i * D + c])));
            }
    }
    lw_gp_batch_release(&batch);
    free(X);
}

static void gradients_of_predictions_are_those_of_finite_differences(void **state) {
    (void)state;
    static const size_t sizes[][2] = {{1, 1}, {7, 1}, {10, 4}, {12, 15}};
    lw_stream stream;
    lw_stream_init(&stream, 3, LW_PURPOSE_SAMPLE, 1, 0);
    for (size_t k = 0; k < N_BENCH_KERNELS; k++)
        for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
            bench_problem p = bench_draw(&stream, bench_kernels[k], sizes[s][0], sizes[s][1], false);
            lw_gp gp;
            double x[15];
            assert_int_equal(lw_gp_init(&gp, &p.form, p.n + 2), LW_OK);
            assert_int_equal(lw_gp_condition(&gp, p.n, p.X, p.y, p.theta), LW_OK);
            assert_gradients_of_predictions(&gp, &stream);
            bench_draw_points(&stream, 1, p.form.D, x);
            assert_true(lw_gp_append(&gp, x));
            assert_gradients_of_predictions(&gp, &stream);
            lw_gp_release(&gp);
            bench_release(&p);
        }
}

/* ---- appended rows ---- */

/* Of all that were appended in whatever portions, the factor is the same to the bit. */
static void appended_rows_are_the_same_whenever_they_came(void **state) {
    (void)state;
    enum { Q = 4, D = 3, N = 6, CAPACITY = N + Q + 1 };
    lw_stream stream;
    lw_stream_init(&stream, 4, LW_PURPOSE_SAMPLE, 1, 0);
    bench_problem p = bench_draw(&stream, LW_KERNEL_MATERN52, N, D, false);
    double rows[Q][D], first[(N + Q) * CAPACITY], mean[2], variance[2];
    bench_draw_points(&stream, Q, D, rows[0]);
    lw_gp gp;
    assert_int_equal(lw_gp_init(&gp, &p.form, CAPACITY), LW_OK);
    for (size_t portion = 1; portion <= Q; portion++) {
        assert_int_equal(lw_gp_condition(&gp, p.n, p.X, p.y, p.theta), LW_OK);
        for (size_t j = 0; j < portion; j++)
            assert_true(lw_gp_append(&gp, rows[j]));
        bench_predict(&gp, 1, rows[0], mean, variance); /* looked at in between */
        if (portion % 2 == 0) {
            lw_gp_truncate(&gp);
            assert_int_equal(gp.q, 0);
        }
        while (gp.q < Q)
            assert_true(lw_gp_append(&gp, rows[gp.q]));
        for (size_t i = 0; i < N + Q; i++) {
            if (portion > 1)
                assert_memory_equal(gp.L + i * CAPACITY, first + i * CAPACITY, (i + 1) * sizeof(double));
            memcpy(first + i * CAPACITY, gp.L + i * CAPACITY, (i + 1) * sizeof(double));
        }
    }
    lw_gp_release(&gp);
    bench_release(&p);
}

/* Everything that follows from a history, in one array: likelihood, gradient, weights, a prediction. */
static size_t results(const bench_problem *p, size_t capacity, double *out) {
    const size_t T = lw_gp_n_theta(p->form.G);
    lw_gp gp;
    assert_int_equal(lw_gp_init(&gp, &p->form, capacity), LW_OK);
    assert_int_equal(lw_gp_condition_gradient(&gp, p->n, p->X, p->y, p->theta, out), LW_OK);
    out[T] = gp.log_likelihood;
    memcpy(out + T + 1, gp.alpha, p->n * sizeof(double));
    bench_predict(&gp, 1, p->X, out + T + 1 + p->n, out + T + 2 + p->n);
    lw_gp_release(&gp);
    return T + 3 + p->n;
}

/* How many runs are pending decides about the room; the fit must not follow from it, not in its last bit. */
static void room_makes_no_difference(void **state) {
    (void)state;
    static const size_t sizes[] = {3, 40, 130, 260}, more[] = {1, 5, 8, 64};
    lw_stream stream;
    lw_stream_init(&stream, 6, LW_PURPOSE_SAMPLE, 1, 0);
    for (size_t k = 0; k < 4; k++) {
        bench_problem p = bench_draw(&stream, LW_KERNEL_MATERN52, sizes[k], 5, false);
        double *exact = bench_new(2 * (p.n + 20)), *roomy = exact + p.n + 20;
        size_t n = results(&p, p.n, exact);
        for (size_t m = 0; m < 4; m++) {
            assert_int_equal(results(&p, p.n + more[m], roomy), n);
            assert_memory_equal(roomy, exact, n * sizeof(double));
        }
        free(exact);
        bench_release(&p);
    }
}

/* They lower the variance, to nothing at themselves, and leave the mean alone; also where the value is known already.
 */
static void appended_rows_lower_the_variance_only(void **state) {
    (void)state;
    enum { D = 2, M = 30 };
    lw_stream stream;
    lw_stream_init(&stream, 5, LW_PURPOSE_SAMPLE, 1, 0);
    for (size_t k = 0; k < N_BENCH_KERNELS; k++) {
        bench_problem p = bench_draw(&stream, bench_kernels[k], 8, D, false);
        p.theta[p.form.G] = log(1e-12); /* noise: none to speak of */
        double X[M][D], mean[M], variance[M], later_mean[M], later_variance[M];
        bench_draw_points(&stream, M, D, X[0]);
        lw_gp gp;
        assert_int_equal(lw_gp_init(&gp, &p.form, p.n + 8), LW_OK);
        assert_int_equal(lw_gp_condition(&gp, p.n, p.X, p.y, p.theta), LW_OK);
        bench_predict(&gp, M, X[0], mean, variance);
        for (size_t j = 0; j < 8; j++) {
            const double *row = j == 6 ? p.X : j == 7 ? X[0] : X[j]; /* a known one, and one again */
            assert_true(lw_gp_append(&gp, row));
            bench_predict(&gp, M, X[0], later_mean, later_variance);
            for (size_t i = 0; i < M; i++) {
                assert_close(later_mean[i], mean[i], 1e-12);
                assert_true(later_variance[i] <= variance[i] + 1e-9 * gp.amplitude &&
                            later_variance[i] >= 1e-12 * gp.amplitude);
                variance[i] = later_variance[i];
            }
            if (j < 6)
                assert_true(variance[j] < 1e-7 * gp.amplitude);
        }
        lw_gp_release(&gp);
        bench_release(&p);
    }
}

/* ---- honesty ---- */

/* Of any scale, the mean is the best one: the weights sum to nothing. */
static void best_mean_leaves_no_sum(void **state) {
    (void)state;
    lw_gp gp;
    lw_gp_form form = bench_form;
    form.has_zero_mean = false;
    bench_start(&gp, &form, ref_amplitude, -1000, REF_N);
    double sum = 0;
    for (size_t i = 0; i < REF_N; i++)
        sum += gp.alpha[i];
    assert_close(sum, 0, 1e-9);
    double best = gp.log_likelihood;
    lw_gp_release(&gp);
    for (double shift = -2; shift <= 2; shift += 0.1) {
        bench_start(&gp, &bench_form, ref_amplitude, shift, REF_N);
        assert_true(gp.log_likelihood <= best + 1e-9);
        lw_gp_release(&gp);
    }
}

static void equal_rows_get_jitter(void **state) {
    (void)state;
    enum { N = 40 };
    for (size_t k = 0; k < N_BENCH_KERNELS; k++) {
        const size_t group[1] = {0};
        const lw_gp_form form = {bench_kernels[k], 1, 1, group, false};
        const double theta[3] = {log(5), log(1e-30), log(7)};
        double X[N], y[N], mean, variance, gradient[3];
        for (size_t i = 0; i < N; i++) {
            X[i] = i < N / 2 ? 0.25 : 0.25 + 1e-9 * (double)i;
            y[i] = (double)(i % 3);
        }
        lw_gp gp;
        assert_int_equal(lw_gp_init(&gp, &form, N + 1), LW_OK);
        assert_int_equal(lw_gp_condition(&gp, N, X, y, theta), LW_OK);
        assert_true(gp.jitter >= 0.99e-10 * gp.amplitude && gp.jitter <= 1.01e-4 * gp.amplitude);
        bench_predict(&gp, 1, X, &mean, &variance);
        assert_true(isfinite(mean) && variance >= 1e-12 * gp.amplitude && variance < 1e-3 * gp.amplitude);
        assert_true(lw_gp_append(&gp, X));
        bench_predict(&gp, 1, X, &mean, &variance);
        assert_true(isfinite(mean) && isfinite(variance));
        assert_int_equal(lw_gp_condition_gradient(&gp, N, X, y, theta, gradient), LW_OK);
        assert_true(isfinite(gradient[0]) && isfinite(gradient[1]) && isfinite(gradient[2]));
        lw_gp_release(&gp);
    }
}

static void what_is_not_finite_is_refused(void **state) {
    (void)state;
    static const double bad[] = {NAN, INFINITY, -INFINITY};
    for (size_t k = 0; k < 3; k++) {
        lw_gp gp;
        double theta[4], X[REF_N][REF_D], y[REF_N], gradient[4];
        bench_theta(1, theta);
        assert_int_equal(lw_gp_init(&gp, &bench_form, REF_N), LW_OK);
        memcpy(X, ref_X, sizeof X);
        memcpy(y, ref_y, sizeof y);
        y[3] = bad[k];
        assert_int_equal(lw_gp_condition(&gp, REF_N, X[0], y, theta), LW_ENUMERIC);
        assert_int_equal(lw_gp_condition_gradient(&gp, REF_N, X[0], y, theta, gradient), LW_ENUMERIC);
        y[3] = 1;
        X[2][1] = bad[k];
        assert_int_equal(lw_gp_condition(&gp, REF_N, X[0], y, theta), LW_ENUMERIC);
        X[2][1] = 0.5;
        assert_int_equal(lw_gp_condition(&gp, REF_N, X[0], y, theta), LW_OK);
        for (size_t i = 0; i < 4; i++) {
            double kept = theta[i];
            theta[i] = NAN;
            assert_int_equal(lw_gp_condition(&gp, REF_N, X[0], y, theta), LW_ENUMERIC);
            theta[i] = kept;
        }
        y[3] = DBL_MAX; /* its square is not finite */
        assert_int_equal(lw_gp_condition(&gp, REF_N, X[0], y, theta), LW_ENUMERIC);
        lw_gp_release(&gp);
    }
}

static void without_observations_it_is_the_prior(void **state) {
    (void)state;
    lw_gp gp;
    double theta[4], gradient[4] = {9, 9, 9, 9}, mean[REF_M], variance[REF_M];
    lw_gp_form form = bench_form;
    form.has_zero_mean = false;
    bench_theta(ref_amplitude, theta);
    assert_int_equal(lw_gp_init(&gp, &form, 2), LW_OK);
    assert_int_equal(lw_gp_condition_gradient(&gp, 0, NULL, NULL, theta, gradient), LW_OK);
    assert_true(gp.log_likelihood == 0);
    for (size_t i = 0; i < 4; i++)
        assert_true(gradient[i] == 0);
    bench_predict(&gp, REF_M, ref_points[0], mean, variance);
    for (size_t i = 0; i < REF_M; i++) {
        assert_true(mean[i] == 0);
        assert_relatively_close(variance[i], ref_amplitude, 1e-15);
    }
    assert_true(lw_gp_append(&gp, ref_points[0]));
    assert_true(lw_gp_append(&gp, ref_points[2]));
    bench_predict(&gp, REF_M, ref_points[0], mean, variance);
    assert_true(mean[0] == 0 && variance[0] < 1e-7 && variance[1] > 0.1 && variance[2] < 1e-7);
    lw_gp_release(&gp);
}

/* ---- memory ---- */

static bool do_everything(void *context) {
    (void)context;
    lw_gp gp;
    lw_gp_batch batch = {0};
    double theta[4], gradient[4], mean[REF_N], variance[REF_N];
    bench_theta(ref_amplitude, theta);
    bool worked = lw_gp_init(&gp, &bench_form, REF_N) == LW_OK;
    if (worked) {
        int outcome = lw_gp_condition_gradient(&gp, REF_N, ref_X[0], ref_y, theta, gradient);
        assert_true(outcome == LW_OK || outcome == LW_ENOMEM);
        worked = outcome == LW_OK && lw_gp_leave_one_out(&gp, ref_y, mean, variance) == LW_OK &&
                 lw_gp_batch_init(&batch, REF_M, REF_N, REF_D, true) == LW_OK;
    }
    lw_gp_batch_release(&batch);
    lw_gp_release(&gp);
    return worked;
}

static void says_when_memory_is_gone(void **state) {
    (void)state;
    lw_gp_release(&(lw_gp){0});
    lw_gp_batch_release(&(lw_gp_batch){0});
    lw_test_sweep_allocations(do_everything, NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kernels_are_those_of_the_table),
        cmocka_unit_test(slopes_of_kernels_are_finite_everywhere),
        cmocka_unit_test(factor_weights_and_likelihood),
        cmocka_unit_test(gradient_of_the_likelihood),
        cmocka_unit_test(predictions),
        cmocka_unit_test(covariances_by_appended_rows),
        cmocka_unit_test(leaves_one_out),
        cmocka_unit_test(one_row_more),
        cmocka_unit_test(another_kernel_and_mean),
        cmocka_unit_test(categories_are_columns),
        cmocka_unit_test(believed_and_pessimistic_observations),
        cmocka_unit_test(random_problems_are_as_in_the_book),
        cmocka_unit_test(gradients_of_likelihoods_are_those_of_finite_differences),
        cmocka_unit_test(gradients_of_predictions_are_those_of_finite_differences),
        cmocka_unit_test(appended_rows_are_the_same_whenever_they_came),
        cmocka_unit_test(room_makes_no_difference),
        cmocka_unit_test(appended_rows_lower_the_variance_only),
        cmocka_unit_test(best_mean_leaves_no_sum),
        cmocka_unit_test(equal_rows_get_jitter),
        cmocka_unit_test(what_is_not_finite_is_refused),
        cmocka_unit_test(without_observations_it_is_the_prior),
        cmocka_unit_test(says_when_memory_is_gone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
