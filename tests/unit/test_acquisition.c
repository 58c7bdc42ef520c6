/*
 * Acquisition functions: against independent programs (gp_reference.h), against their definition, and their gradients
 * against finite differences.
 */
#include "gp_bench.h"

#include "acquisition.h"

static const lw_acquisition_kind kinds[] = {LW_ACQUISITION_EI, LW_ACQUISITION_PI, LW_ACQUISITION_UCB};
enum { N_KINDS = sizeof kinds / sizeof *kinds };

static const double lowest_y = -1.5511240074223858; /* of ref_y */

/* Values at M points, and gradients (may be NULL). */
static void evaluate(const lw_acquisition *acquisition, size_t M, const double *X, double *value, double *gradient) {
    lw_acquisition_room room;
    assert_int_equal(lw_acquisition_room_init(&room, acquisition, M, gradient != NULL), LW_OK);
    lw_acquisition_evaluate(acquisition, &room, M, X, value, gradient);
    lw_acquisition_room_release(&room);
}

/* ---- the reference problem ---- */

static void expected_improvement(void **state) {
    (void)state;
    lw_gp gp;
    double value[REF_M], gradient[REF_M][REF_D];
    bench_start(&gp, &bench_form, ref_amplitude, 0, REF_N);
    const lw_acquisition_model model = {.gp = &gp, .S = 1, .best = &lowest_y};
    const lw_acquisition acquisition = {.kind = LW_ACQUISITION_EI, .n_models = 1, .models = &model};
    evaluate(&acquisition, REF_M, ref_points[0], value, gradient[0]);
    for (size_t i = 0; i < REF_M; i++) {
        assert_relatively_close(value[i], ref_log_ei[i], 1e-10);
        for (size_t c = 0; c < REF_D; c++)
            assert_relatively_close(gradient[i][c], ref_log_ei_gradient[i][c], 1e-7);
    }
    evaluate(&acquisition, REF_M, ref_points[0], value, NULL);
    assert_relatively_close(value[2], ref_log_ei[2], 1e-10);
    lw_gp_release(&gp);
}

/* ln Phi((best - mean) / deviation), and kappa deviation - mean. */
static void probability_and_bound(void **state) {
    (void)state;
    lw_gp gp;
    double value[REF_M];
    bench_start(&gp, &bench_form, ref_amplitude, 0, REF_N);
    const lw_acquisition_model model = {.gp = &gp, .S = 1, .best = &lowest_y};
    lw_acquisition acquisition = {.kind = LW_ACQUISITION_PI, .n_models = 1, .models = &model, .kappa = 1.7};
    evaluate(&acquisition, REF_M, ref_points[0], value, NULL);
    for (size_t i = 0; i < REF_M; i++) {
        double z = (lowest_y - ref_mean[i]) / sqrt(ref_covariance[i][i]);
        assert_relatively_close(value[i], log(0.5 * erfc(-z * M_SQRT1_2)), 1e-9);
    }
    acquisition.kind = LW_ACQUISITION_UCB;
    evaluate(&acquisition, REF_M, ref_points[0], value, NULL);
    for (size_t i = 0; i < REF_M; i++)
        assert_relatively_close(value[i], 1.7 * sqrt(ref_covariance[i][i]) - ref_mean[i], 1e-9);
    lw_gp_release(&gp);
}

static void pending_points_as_observations(void **state) {
    (void)state;
    lw_gp gp;
    double theta[4], X[REF_N + REF_Q][REF_D], y[REF_N + REF_Q], value[REF_M];
    const double *wanted[] = {ref_believed_log_ei, ref_liar_log_ei};
    memcpy(X, ref_X, sizeof ref_X);
    memcpy(X[REF_N], ref_pending, sizeof ref_pending);
    memcpy(y, ref_y, sizeof ref_y);
    bench_theta(ref_amplitude, theta);
    assert_int_equal(lw_gp_init(&gp, &bench_form, REF_N + REF_Q), LW_OK);
    for (size_t k = 0; k < 2; k++) {
        for (size_t j = 0; j < REF_Q; j++)
            y[REF_N + j] = k == 0 ? ref_believed_values[j] : ref_y[4];
        assert_int_equal(lw_gp_condition(&gp, REF_N + REF_Q, X[0], y, theta), LW_OK);
        const lw_acquisition_model model = {.gp = &gp, .S = 1, .best = &lowest_y};
        const lw_acquisition acquisition = {.kind = LW_ACQUISITION_EI, .n_models = 1, .models = &model};
        evaluate(&acquisition, REF_M, ref_points[0], value, NULL);
        for (size_t i = 0; i < REF_M; i++)
            assert_relatively_close(value[i], wanted[k][i], 1e-8);
    }
    lw_gp_release(&gp);
}

static void feasibility_is_a_factor(void **state) {
    (void)state;
    lw_gp gp, feasibility;
    double theta[4], value[REF_M];
    bench_start(&gp, &bench_form, ref_amplitude, 0, REF_N);
    bench_theta(ref_amplitude, theta);
    assert_int_equal(lw_gp_init(&feasibility, &bench_form, REF_N), LW_OK);
    assert_int_equal(lw_gp_condition(&feasibility, REF_N, ref_X[0], ref_constraint, theta), LW_OK);
    feasibility.mean -= 0.1; /* what must be at least 0.1 is positive then */
    const lw_acquisition_model model = {.gp = &gp, .S = 1, .best = &lowest_y};
    const lw_acquisition acquisition = {
        .kind = LW_ACQUISITION_EI, .n_models = 1, .models = &model, .feasibility = &feasibility};
    evaluate(&acquisition, REF_M, ref_points[0], value, NULL);
    for (size_t i = 0; i < REF_M; i++)
        assert_relatively_close(value[i], ref_log_constrained_ei[i], 1e-8);
    lw_gp_release(&gp);
    lw_gp_release(&feasibility);
}

/* ---- pending values as samples ---- */

/* The reference problem with the pending rows, and normals without the third column. */
static void start_pending(lw_gp *gp, double normals[REF_S][REF_Q]) {
    bench_start(gp, &bench_form, ref_amplitude, 0, REF_N + REF_Q);
    for (size_t j = 0; j < REF_Q; j++)
        assert_true(lw_gp_append(gp, ref_pending[j]));
    for (size_t s = 0; s < REF_S; s++)
        memcpy(normals[s], ref_normals[s], sizeof normals[s]);
}

static void values_are_imagined(void **state) {
    (void)state;
    lw_gp gp;
    double normals[REF_S][REF_Q], best[REF_S];
    start_pending(&gp, normals);
    lw_acquisition_best_of_samples(&gp, REF_S, normals[0], HUGE_VAL, best);
    for (size_t s = 0; s < REF_S; s++)
        assert_close(best[s], fmin(ref_imagined[s][0], ref_imagined[s][1]), 1e-6);
    lw_acquisition_best_of_samples(&gp, REF_S, normals[0], -1.4, best);
    for (size_t s = 0; s < REF_S; s++)
        assert_close(best[s], fmin(fmin(ref_imagined[s][0], ref_imagined[s][1]), -1.4), 1e-6);
    lw_gp_release(&gp);
}

/* Mean in sample s, and deviation, at the point projected as number i: m + v (w, z_s)' and a - v'v. */
static double sample_mean(const lw_gp *gp, const lw_gp_batch *batch, size_t i, const double *z) {
    const double *v = batch->V + i * batch->N;
    double mean = gp->mean;
    for (size_t j = 0; j < gp->n + gp->q; j++)
        mean += v[j] * (j < gp->n ? gp->w[j] : z[j - gp->n]);
    return mean;
}

/*
 * The reference draws the value at the point itself, too, from the third column of normals, and takes the mean
 * improvement of the lowest of all. The same from the projections; the gradient by those samples in which the point is
 * the lowest.
 */
static void joint_improvement_of_a_point_and_pending_ones(void **state) {
    (void)state;
    lw_gp gp;
    lw_gp_batch batch;
    double normals[REF_S][REF_Q], best[REF_S], mean[REF_M], variance[REF_M], gradient[REF_M][REF_D];
    start_pending(&gp, normals);
    lw_acquisition_best_of_samples(&gp, REF_S, normals[0], lowest_y, best);
    assert_int_equal(lw_gp_batch_init(&batch, REF_M, REF_N + REF_Q, REF_D, true), LW_OK);
    lw_gp_project(&gp, &batch, REF_M, ref_points[0]);
    lw_gp_moments(&gp, &batch, REF_M, mean, variance);
    memset(batch.R, 0, REF_M * (REF_N + REF_Q) * sizeof(double));
    for (size_t i = 0; i < REF_M; i++) {
        double sum = 0, deviation = sqrt(variance[i]), *r = batch.R + i * batch.N;
        const double *v = batch.V + i * batch.N;
        for (size_t s = 0; s < REF_S; s++) {
            double value = sample_mean(&gp, &batch, i, normals[s]) + deviation * ref_normals[s][REF_Q];
            sum += fmax(lowest_y - fmin(best[s], value), 0);
            for (size_t j = 0; j < batch.N && value < best[s]; j++)
                r[j] -= (j < REF_N ? gp.w[j] : normals[s][j - REF_N]) - ref_normals[s][REF_Q] * v[j] / deviation;
        }
        assert_close(log(sum / REF_S), ref_q_log_ei[i], 1e-5);
        for (size_t j = 0; j < batch.N; j++)
            r[j] /= sum;
    }
    lw_gp_gradient(&gp, &batch, REF_M, gradient[0]);
    for (size_t i = 0; i < REF_M; i++)
        for (size_t c = 0; c < REF_D; c++)
            assert_close(gradient[i][c], i == 0 ? ref_q_log_ei_gradient[c] : 0, 1e-4);
    lw_gp_batch_release(&batch);
    lw_gp_release(&gp);
}

/* Covariance of f at x and z given the observations, by a row appended at x. */
static double covariance(lw_gp *gp, const double *x, const double *z) {
    lw_gp_batch batch;
    lw_gp_truncate(gp);
    assert_true(lw_gp_append(gp, x));
    assert_int_equal(lw_gp_batch_init(&batch, 1, gp->n + 1, gp->form.D, false), LW_OK);
    lw_gp_project(gp, &batch, 1, z);
    double result = batch.V[gp->n] * gp->L[gp->n * gp->capacity + gp->n];
    lw_gp_batch_release(&batch);
    lw_gp_truncate(gp);
    return result;
}

static double improvement(double best, double mean, double deviation) {
    double z = (best - mean) / deviation;
    return deviation * (exp(-0.5 * z * z) / sqrt(2 * M_PI) + z * 0.5 * erfc(-z * M_SQRT1_2));
}

/*
 * The mean over the reference's imagined values of the expected improvement given these: of two values by the rules of
 * conditional normal variables.
 */
static void improvement_is_averaged_over_imagined_values(void **state) {
    (void)state;
    lw_gp gp;
    double normals[REF_S][REF_Q], best[REF_S], value[REF_M];
    start_pending(&gp, normals);
    lw_acquisition_best_of_samples(&gp, REF_S, normals[0], lowest_y, best);
    const lw_acquisition_model model = {.gp = &gp, .S = REF_S, .z = normals[0], .best = best};
    const lw_acquisition acquisition = {.kind = LW_ACQUISITION_EI, .n_models = 1, .models = &model};
    evaluate(&acquisition, REF_M, ref_points[0], value, NULL);

    const double *p = ref_pending[0], *q = ref_pending[1];
    double pp = covariance(&gp, p, p), pq = covariance(&gp, p, q), qq = covariance(&gp, q, q);
    double determinant = pp * qq - pq * pq;
    for (size_t i = 0; i < REF_M; i++) {
        double xp = covariance(&gp, p, ref_points[i]), xq = covariance(&gp, q, ref_points[i]), sum = 0;
        double by_p = (xp * qq - xq * pq) / determinant, by_q = (xq * pp - xp * pq) / determinant;
        double deviation = sqrt(ref_covariance[i][i] - by_p * xp - by_q * xq);
        for (size_t s = 0; s < REF_S; s++) {
            double mean = ref_mean[i] + by_p * (ref_imagined[s][0] - ref_believed_values[0]) +
                          by_q * (ref_imagined[s][1] - ref_believed_values[1]);
            double lowest = fmin(lowest_y, fmin(ref_imagined[s][0], ref_imagined[s][1]));
            sum += improvement(lowest, mean, deviation);
        }
        if (i == 1) /* observed already: so small that improvement() has no digits of it */
            assert_true(value[i] < -200 && isfinite(value[i]));
        else
            assert_close(value[i], log(sum / REF_S), 1e-4);
    }
    lw_gp_release(&gp);
}

/* ---- gradients ---- */

enum { MAX_D = 9, Q = 3, S = 5, N_MODELS = 3 };

/* Everything that an acquisition function is made from, at one point. */
typedef struct acquisition_at {
    bench_problem problems[N_MODELS + 1];
    lw_gp gps[N_MODELS + 1]; /* the last one is feasibility's */
    double normals[N_MODELS][S * Q], best[N_MODELS][S], x[MAX_D];
    lw_acquisition_model models[N_MODELS];
    lw_acquisition acquisition;
} acquisition_at;

static void draw_model(acquisition_at *at, size_t k, lw_stream *stream, size_t q) {
    const bench_problem *p = &at->problems[k];
    const size_t n_samples = q > 0 ? S : 1;
    for (size_t j = 0; j < q; j++) {
        double row[MAX_D];
        bench_draw_points(stream, 1, p->form.D, row);
        assert_true(lw_gp_append(&at->gps[k], row));
    }
    for (size_t j = 0; j < n_samples * q; j++)
        at->normals[k][j] = bench_normal(stream);
    lw_acquisition_best_of_samples(&at->gps[k], n_samples, at->normals[k], -0.5, at->best[k]);
    at->models[k] = (lw_acquisition_model){
        .gp = &at->gps[k], .S = n_samples, .z = q > 0 ? at->normals[k] : NULL, .best = at->best[k]};
}

static void draw_acquisition(acquisition_at *at, lw_stream *stream, lw_acquisition_kind kind, lw_kernel kernel,
                             size_t D, size_t q, size_t n_models, bool has_feasibility) {
    for (size_t k = 0; k <= N_MODELS; k++) {
        bench_problem *p = &at->problems[k];
        *p = bench_draw(stream, kernel, 6 + k, D, false);
        for (size_t i = 0; i < p->n && k == N_MODELS; i++)
            p->y[i] = p->y[i] > 0 ? 1 : -1;
        assert_int_equal(lw_gp_init(&at->gps[k], &p->form, p->n + Q), LW_OK);
        assert_int_equal(lw_gp_condition(&at->gps[k], p->n, p->X, p->y, p->theta), LW_OK);
        if (k < N_MODELS)
            draw_model(at, k, stream, q);
    }
    bench_draw_points(stream, 1, D, at->x);
    at->acquisition = (lw_acquisition){.kind = kind,
                                       .kappa = 2.5,
                                       .n_models = n_models,
                                       .models = at->models,
                                       .feasibility = has_feasibility ? &at->gps[N_MODELS] : NULL};
}

static void release_acquisition(acquisition_at *at) {
    for (size_t k = 0; k <= N_MODELS; k++) {
        lw_gp_release(&at->gps[k]);
        bench_release(&at->problems[k]);
    }
}

static double acquisition_value(void *context) {
    const acquisition_at *at = context;
    double value;
    evaluate(&at->acquisition, 1, at->x, &value, NULL);
    return value;
}

typedef void checked_acquisition(acquisition_at *at, lw_stream *stream);

/* All kinds and kernels, with and without pending rows, several models, feasibility, in several dimensions. */
static void for_random_acquisitions(checked_acquisition *check) {
    static const size_t sizes[] = {1, 2, MAX_D};
    lw_stream stream;
    lw_stream_init(&stream, 1, LW_PURPOSE_SAMPLE, 1, 0);
    for (size_t which = 0; which < N_KINDS * N_BENCH_KERNELS * 3 * 8; which++) {
        acquisition_at at;
        size_t manner = which / (N_KINDS * N_BENCH_KERNELS), D = sizes[manner / 8];
        draw_acquisition(&at, &stream, kinds[which % N_KINDS], bench_kernels[which / N_KINDS % N_BENCH_KERNELS], D,
                         manner & 1 ? 0 : 1 + D % Q, manner & 2 ? 1 : N_MODELS, manner & 4);
        check(&at, &stream);
        release_acquisition(&at);
    }
}

static void check_gradient(acquisition_at *at, lw_stream *stream) {
    (void)stream;
    double value, gradient[MAX_D];
    evaluate(&at->acquisition, 1, at->x, &value, gradient);
    assert_close(value, acquisition_value(at), 1e-12 * (1 + fabs(value)));
    for (size_t c = 0; c < at->gps[0].form.D; c++) {
        double slope = bench_slope(acquisition_value, at, &at->x[c], 1e-4);
        assert_close(gradient[c], slope, 1e-6 * (1 + fabs(slope)));
    }
}

static void gradients_are_those_of_finite_differences(void **state) {
    (void)state;
    for_random_acquisitions(check_gradient);
}

static void check_batch(acquisition_at *at, lw_stream *stream) {
    enum { M = 4 };
    const size_t D = at->gps[0].form.D;
    double X[M * MAX_D], values[M], gradients[M * MAX_D], value, gradient[MAX_D];
    bench_draw_points(stream, M, D, X);
    evaluate(&at->acquisition, M, X, values, gradients);
    for (size_t i = 0; i < M; i++) {
        evaluate(&at->acquisition, 1, X + i * D, &value, gradient);
        assert_close(values[i], value, 1e-10 * (1 + fabs(value)));
        for (size_t c = 0; c < D; c++)
            assert_close(gradients[i * D + c], gradient[c], 1e-9 * (1 + fabs(gradient[c])));
    }
}

static void points_do_not_mind_each_other(void **state) {
    (void)state;
    for_random_acquisitions(check_batch);
}

/* The functions themselves are averaged; of a bound, which is no logarithm, the values. */
static void check_average(acquisition_at *at, lw_stream *stream) {
    (void)stream;
    const size_t n = at->acquisition.n_models;
    double together, alone[N_MODELS], sum = 0, largest = -HUGE_VAL;
    lw_acquisition one = at->acquisition;
    evaluate(&at->acquisition, 1, at->x, &together, NULL);
    one.n_models = 1;
    for (size_t k = 0; k < n; k++) {
        one.models = &at->models[k];
        evaluate(&one, 1, at->x, &alone[k], NULL);
        largest = fmax(largest, alone[k]);
    }
    for (size_t k = 0; k < n; k++)
        sum += (one.kind == LW_ACQUISITION_UCB ? alone[k] : exp(alone[k] - largest)) / (double)n;
    double wanted = one.kind == LW_ACQUISITION_UCB ? sum : largest + log(sum);
    assert_close(together, wanted, 1e-9 * (1 + fabs(wanted)));
}

static void models_are_averaged(void **state) {
    (void)state;
    for_random_acquisitions(check_average);
}

/* ---- far out ---- */

/* z = -10^6: ln h and its slope by mpmath; phi/h = 1 - z slope. */
static void hopeless_points_still_have_a_gradient(void **state) {
    (void)state;
    const double log_h = -500000000028.55, slope = 1000000.000002;
    lw_gp gp;
    lw_gp_batch batch;
    double mean, variance, by_mean[REF_D], by_variance[REF_D], value, gradient[REF_D];
    const double *x = ref_points[2];
    bench_start(&gp, &bench_form, ref_amplitude, 0, REF_N);
    assert_int_equal(lw_gp_batch_init(&batch, 1, REF_N, REF_D, true), LW_OK);
    for (int is_variance = 0; is_variance <= 1; is_variance++) {
        lw_gp_project(&gp, &batch, 1, x);
        for (size_t j = 0; j < REF_N; j++)
            batch.R[j] = is_variance ? -2 * batch.V[j] : gp.w[j];
        lw_gp_gradient(&gp, &batch, 1, is_variance ? by_variance : by_mean);
    }
    lw_gp_moments(&gp, &batch, 1, &mean, &variance);
    lw_gp_batch_release(&batch);
    double deviation = sqrt(variance), best = mean - 1e6 * deviation;
    const lw_acquisition_model model = {.gp = &gp, .S = 1, .best = &best};
    lw_acquisition acquisition = {.kind = LW_ACQUISITION_EI, .n_models = 1, .models = &model};
    evaluate(&acquisition, 1, x, &value, gradient);
    assert_relatively_close(value, log_h + log(deviation), 1e-12);
    for (size_t c = 0; c < REF_D; c++) {
        double by_deviation = (1 + 1e6 * slope) / deviation * by_variance[c] / (2 * deviation);
        assert_relatively_close(gradient[c], -slope / deviation * by_mean[c] + by_deviation, 1e-9);
    }
    acquisition.kind = LW_ACQUISITION_PI;
    evaluate(&acquisition, 1, x, &value, gradient);
    assert_true(isfinite(value) && isfinite(gradient[0]) && isfinite(gradient[1]));
    lw_gp_release(&gp);
}

/* At what is known without noise nothing is hoped for, and nothing is divided by 0. */
static void known_points_are_hopeless(void **state) {
    (void)state;
    lw_gp gp;
    double theta[4], value[REF_N], gradient[REF_N][REF_D];
    bench_theta(1, theta);
    theta[2] = log(1e-300);
    assert_int_equal(lw_gp_init(&gp, &bench_form, REF_N), LW_OK);
    assert_int_equal(lw_gp_condition(&gp, REF_N, ref_X[0], ref_y, theta), LW_OK);
    const lw_acquisition_model model = {.gp = &gp, .S = 1, .best = &lowest_y};
    for (size_t k = 0; k < 2; k++) {
        const lw_acquisition acquisition = {.kind = kinds[k], .n_models = 1, .models = &model, .feasibility = &gp};
        evaluate(&acquisition, REF_N, ref_X[0], value, gradient[0]);
        for (size_t i = 0; i < REF_N; i++)
            assert_true(isfinite(value[i]) && isfinite(gradient[i][0]) && isfinite(gradient[i][1]));
        assert_true(value[0] < -1000 && value[4] < -1000);
    }
    lw_gp_release(&gp);
}

/* ---- memory ---- */

static bool make_room(void *context) {
    const acquisition_at *at = context;
    lw_acquisition_room room;
    int outcome = lw_acquisition_room_init(&room, &at->acquisition, 3, true);
    lw_acquisition_room_release(&room);
    assert_true(outcome == LW_OK || outcome == LW_ENOMEM);
    return outcome == LW_OK;
}

static void says_when_memory_is_gone(void **state) {
    (void)state;
    lw_test_need_faults();
    lw_stream stream;
    lw_stream_init(&stream, 1, LW_PURPOSE_SAMPLE, 1, 0);
    acquisition_at at;
    draw_acquisition(&at, &stream, LW_ACQUISITION_EI, LW_KERNEL_RBF, 2, 1, N_MODELS, true);
    lw_test_sweep_allocations(make_room, &at);
    release_acquisition(&at);
    lw_acquisition_room_release(&(lw_acquisition_room){0});
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(expected_improvement),
        cmocka_unit_test(probability_and_bound),
        cmocka_unit_test(pending_points_as_observations),
        cmocka_unit_test(feasibility_is_a_factor),
        cmocka_unit_test(values_are_imagined),
        cmocka_unit_test(joint_improvement_of_a_point_and_pending_ones),
        cmocka_unit_test(improvement_is_averaged_over_imagined_values),
        cmocka_unit_test(gradients_are_those_of_finite_differences),
        cmocka_unit_test(points_do_not_mind_each_other),
        cmocka_unit_test(models_are_averaged),
        cmocka_unit_test(hopeless_points_still_have_a_gradient),
        cmocka_unit_test(known_points_are_hopeless),
        cmocka_unit_test(says_when_memory_is_gone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
