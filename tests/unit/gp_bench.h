/**
 * Gaussian processes for tests: the reference problem, random ones, and slopes by finite differences.
 */
#ifndef LABWATCH_TESTS_GP_BENCH_H
#define LABWATCH_TESTS_GP_BENCH_H

#include "testing.h"

#include <labwatch/random.h>

#include "gp.h"
#include "gp_reference.h"

static const lw_kernel bench_kernels[] = {LW_KERNEL_MATERN52, LW_KERNEL_MATERN32, LW_KERNEL_RBF};
enum { N_BENCH_KERNELS = sizeof bench_kernels / sizeof *bench_kernels };

static const size_t bench_groups[] = {0, 1};
/** Two columns with a length each, mean 0. */
static const lw_gp_form bench_form = {LW_KERNEL_MATERN52, REF_D, REF_D, bench_groups, true};

/** theta of the reference problem. */
static inline void bench_theta(double amplitude, double theta[4]) {
    theta[0] = log(ref_lengths[0]);
    theta[1] = log(ref_lengths[1]);
    theta[2] = log(ref_noise);
    theta[3] = log(amplitude);
}

/** The reference problem, conditioned on y - shift; release it. */
static inline void bench_start(lw_gp *gp, const lw_gp_form *form, double amplitude, double shift, size_t capacity) {
    double theta[4], y[REF_N];
    bench_theta(amplitude, theta);
    for (size_t i = 0; i < REF_N; i++)
        y[i] = ref_y[i] - shift;
    assert_int_equal(lw_gp_init(gp, form, capacity), LW_OK);
    assert_int_equal(lw_gp_condition(gp, REF_N, ref_X[0], y, theta), LW_OK);
}

/** Mean and variance at M points. */
static inline void bench_predict(const lw_gp *gp, size_t M, const double *X, double *mean, double *variance) {
    lw_gp_batch batch;
    assert_int_equal(lw_gp_batch_init(&batch, M, gp->n + gp->q, gp->form.D, false), LW_OK);
    lw_gp_project(gp, &batch, M, X);
    lw_gp_moments(gp, &batch, M, mean, variance);
    lw_gp_batch_release(&batch);
}

/** A random problem. */
typedef struct bench_problem {
    lw_gp_form form;
    size_t n, *group;
    double *X, *y, *theta;
} bench_problem;

static inline double *bench_new(size_t n) {
    double *numbers = calloc(n + 1, sizeof *numbers);
    assert_non_null(numbers);
    return numbers;
}

static inline double bench_normal(lw_stream *stream) {
    double u = lw_stream_uniform(stream), v = lw_stream_uniform(stream);
    return sqrt(-2 * log(1 - u)) * cos(6.283185307179586 * v);
}

static inline void bench_draw_points(lw_stream *stream, size_t n, size_t D, double *X) {
    for (size_t i = 0; i < n * D; i++)
        X[i] = lw_stream_uniform(stream);
}

/** n rows of D columns; about every third column shares the length of the one before it. Release it. */
static inline bench_problem bench_draw(lw_stream *stream, lw_kernel kernel, size_t n, size_t D, bool has_zero_mean) {
    bench_problem p = {.form = {.kernel = kernel, .D = D, .has_zero_mean = has_zero_mean}, .n = n};
    p.group = calloc(D + 1, sizeof *p.group);
    assert_non_null(p.group);
    for (size_t c = 0; c < D; c++)
        p.group[c] = c > 0 && lw_stream_below(stream, 3) == 0 ? p.form.G - 1 : p.form.G++;
    p.form.group = p.group;
    p.X = bench_new(n * D);
    p.y = bench_new(n);
    p.theta = bench_new(p.form.G + 2);
    bench_draw_points(stream, n, D, p.X);
    for (size_t i = 0; i < n; i++)
        p.y[i] = bench_normal(stream);
    for (size_t g = 0; g < p.form.G; g++)
        p.theta[g] = log(0.3 * sqrt((double)D)) + 0.5 * bench_normal(stream);
    p.theta[p.form.G] = -3 + bench_normal(stream);
    p.theta[p.form.G + 1] = 0.5 * bench_normal(stream);
    return p;
}

static inline void bench_release(bench_problem *p) {
    free(p->group);
    free(p->X);
    free(p->y);
    free(p->theta);
}

/** Central difference of fourth order of function(context) by *x. */
static inline double bench_slope(double (*function)(void *context), void *context, double *x, double h) {
    const double here = *x, steps[4] = {-2, -1, 1, 2}, weights[4] = {1, -8, 8, -1};
    double sum = 0;
    for (int k = 0; k < 4; k++) {
        *x = here + steps[k] * h;
        sum += weights[k] * function(context);
    }
    *x = here;
    return sum / (12 * h);
}

#endif
