/*
 * Hyperparameters: priors, the best ones, and samples of them, against independent programs (gp_reference.h).
 */
#include "gp_bench.h"

#include "gp_fit.h"

/* ---- priors ---- */

/* The reference's prior: at the reference's lengths and noise, log posterior and gradient with mean 0.1. */
static void posterior_has_its_parts(void **state) {
    (void)state;
    const lw_gp_prior prior = lw_gp_prior_by_dimension(2);
    const double posteriors[] = {ref_matern52_posterior, 0, ref_rbf_posterior};
    const double *gradients[] = {ref_matern52_gradient, NULL, ref_rbf_gradient};
    for (size_t k = 0; k < N_BENCH_KERNELS; k += 2) {
        lw_gp gp;
        lw_gp_form form = bench_form;
        double theta[4], y[REF_N], gradient[4];
        form.kernel = bench_kernels[k];
        bench_theta(1, theta);
        for (size_t i = 0; i < REF_N; i++)
            y[i] = ref_y[i] - 0.1;
        assert_int_equal(lw_gp_init(&gp, &form, REF_N), LW_OK);
        assert_int_equal(lw_gp_condition_gradient(&gp, REF_N, ref_X[0], y, theta, gradient), LW_OK);
        if (k == 0)
            assert_relatively_close(gp.log_likelihood, ref_parts[0], 1e-10);
        double log_prior = lw_gp_log_prior(&prior, 2, theta, gradient), sum = 0;
        assert_relatively_close(log_prior, ref_parts[1] + ref_parts[2], 1e-10);
        assert_true(lw_gp_log_prior(&prior, 2, theta, NULL) == log_prior);
        assert_relatively_close(gp.log_likelihood + log_prior, posteriors[k], 1e-10);
        /* that of the reference is by the quantities, this one by their logarithms */
        for (size_t i = 0; i < 2; i++)
            assert_relatively_close(gradient[i] / ref_lengths[i], gradients[k][i], 1e-7);
        assert_relatively_close(gradient[2] / ref_noise, gradients[k][2], 1e-7);
        for (size_t i = 0; i < REF_N; i++)
            sum += gp.alpha[i];
        assert_relatively_close(sum, gradients[k][3], 1e-7);
        lw_gp_release(&gp);
    }
}

static void modes_grow_with_the_dimension(void **state) {
    (void)state;
    for (size_t k = 0; k < sizeof ref_modes / sizeof *ref_modes; k++) {
        const lw_gp_prior prior = lw_gp_prior_by_dimension((size_t)ref_modes[k][0]);
        double theta[5];
        lw_gp_prior_mode(&prior, 3, theta);
        for (size_t g = 0; g < 3; g++)
            assert_relatively_close(exp(theta[g]), ref_modes[k][1], 1e-12);
        assert_relatively_close(exp(theta[3]), ref_noise_mode, 1e-12);
        assert_true(theta[4] == 0); /* a = 1, given */
    }
    const lw_gp_prior none = lw_gp_prior_by_dimension(0), one = lw_gp_prior_by_dimension(1);
    assert_memory_equal(&none, &one, sizeof one);
}

/* The mode is where the density is largest, or the bound that is nearest to it. */
static void modes_are_the_largest_densities(void **state) {
    (void)state;
    lw_gp_prior prior = lw_gp_prior_by_dimension(4);
    prior.amplitude_mu = 0.3;
    prior.amplitude_sigma = 0.5;
    prior.amplitude_lower = -3;
    prior.amplitude_upper = 2;
    prior.noise_lower = -4; /* above the mode */
    double theta[3], gradient[3] = {0};
    lw_gp_prior_mode(&prior, 1, theta);
    lw_gp_log_prior(&prior, 1, theta, gradient);
    assert_close(gradient[0], 0, 1e-12);
    assert_true(theta[1] == -4 && gradient[1] < 0);
    assert_close(theta[2], 0.3 - 0.25, 1e-12);
    assert_close(gradient[2], 0, 1e-12);
}

typedef struct prior_at {
    lw_gp_prior prior;
    double theta[5];
} prior_at;

static double log_prior(void *context) {
    const prior_at *at = context;
    return lw_gp_log_prior(&at->prior, 3, at->theta, NULL);
}

static void gradients_of_priors_are_added(void **state) {
    (void)state;
    lw_stream stream;
    lw_stream_init(&stream, 1, LW_PURPOSE_SAMPLE, 1, 0);
    for (int round = 0; round < 20; round++) {
        prior_at at = {.prior = lw_gp_prior_by_dimension(7)};
        double gradient[5];
        at.prior.amplitude_mu = bench_normal(&stream);
        at.prior.amplitude_sigma = 0.5 + lw_stream_uniform(&stream);
        at.prior.amplitude_upper = round % 2; /* every other one is given */
        for (size_t i = 0; i < 5; i++) {
            at.theta[i] = bench_normal(&stream);
            gradient[i] = (double)i;
        }
        lw_gp_log_prior(&at.prior, 3, at.theta, gradient);
        for (size_t i = 0; i < 5; i++)
            assert_close(gradient[i] - (double)i, bench_slope(log_prior, &at, &at.theta[i], 1e-3), 1e-9);
        if (round % 2 == 0)
            assert_true(gradient[4] == 4);
    }
}

/* ---- the best ones ---- */

static const lw_gp_fit_settings thorough = {.n_evaluations = 500, .gradient_tolerance = 1e-7, .value_tolerance = 0};

static void assert_optimum(const lw_gp *gp, const double *theta, double log_posterior) {
    assert_close(log_posterior, ref_map_posterior, 1e-6);
    for (size_t i = 0; i < 3; i++)
        assert_close(theta[i], ref_map[i], 1e-3);
    assert_true(theta[3] == 0);
    assert_close(gp->mean, ref_map_mean, 1e-3);
    assert_relatively_close(gp->length[1], exp(theta[1]), 1e-15); /* it is conditioned on what was found */
    assert_int_equal(gp->n, REF_N);
}

static void best_hyperparameters(void **state) {
    (void)state;
    const lw_gp_prior prior = lw_gp_prior_by_dimension(2);
    lw_gp gp;
    lw_gp_form form = bench_form;
    double theta[4], log_posterior, starts[3][4];
    form.has_zero_mean = false;
    lw_gp_prior_mode(&prior, 2, starts[0]);
    memcpy(starts[1], (double[4]){-1, -2, -1, 0}, sizeof starts[1]);
    memcpy(starts[2], (double[4]){99, 99, 99, 99},
           sizeof starts[2]); /* far outside the bounds: very smooth, all noise */
    assert_int_equal(lw_gp_init(&gp, &form, REF_N), LW_OK);
    assert_int_equal(lw_gp_fit(&gp, REF_N, ref_X[0], ref_y, &prior, &thorough, 1, starts[0], theta, &log_posterior),
                     LW_OK);
    assert_optimum(&gp, theta, log_posterior);
    /* of several starts the best, whichever comes first */
    assert_int_equal(lw_gp_fit(&gp, REF_N, ref_X[0], ref_y, &prior, &thorough, 2, starts[1], theta, NULL), LW_OK);
    assert_true(theta[3] == 0);
    assert_int_equal(lw_gp_fit(&gp, REF_N, ref_X[0], ref_y, &prior, &thorough, 3, starts[0], theta, &log_posterior),
                     LW_OK);
    assert_optimum(&gp, theta, log_posterior);
    lw_gp_release(&gp);
}

static double log_posterior_of(lw_gp *gp, const bench_problem *p, const lw_gp_prior *prior, const double *theta) {
    assert_int_equal(lw_gp_condition(gp, p->n, p->X, p->y, theta), LW_OK);
    return gp->log_likelihood + lw_gp_log_prior(prior, p->form.G, theta, NULL);
}

/* Never worse than its starts, within bounds, and no step to the side is better. */
static void fits_are_local_optima(void **state) {
    (void)state;
    lw_stream stream;
    lw_stream_init(&stream, 2, LW_PURPOSE_SAMPLE, 1, 0);
    for (size_t k = 0; k < 4 * N_BENCH_KERNELS; k++) {
        bench_problem p = bench_draw(&stream, bench_kernels[k % N_BENCH_KERNELS], 5 + 5 * (k / N_BENCH_KERNELS),
                                     1 + 2 * (k / N_BENCH_KERNELS), false);
        const size_t T = lw_gp_n_theta(p.form.G);
        lw_gp_prior prior = lw_gp_prior_by_dimension(p.form.G);
        prior.amplitude_mu = 0;
        prior.amplitude_sigma = 1;
        prior.amplitude_lower = -4;
        prior.amplitude_upper = 4;
        double *theta = bench_new(2 * T), *start = theta + T, found;
        lw_gp_prior_mode(&prior, p.form.G, start);
        lw_gp gp;
        assert_int_equal(lw_gp_init(&gp, &p.form, p.n), LW_OK);
        assert_int_equal(lw_gp_fit(&gp, p.n, p.X, p.y, &prior, &thorough, 1, start, theta, &found), LW_OK);
        assert_close(log_posterior_of(&gp, &p, &prior, theta), found, 1e-10 * (1 + fabs(found)));
        assert_true(found >= log_posterior_of(&gp, &p, &prior, start));
        for (size_t i = 0; i < T; i++)
            for (int side = -1; side <= 1; side += 2) {
                double here = theta[i], lower = i < p.form.G    ? prior.length_lower
                                                : i == p.form.G ? prior.noise_lower
                                                                : prior.amplitude_lower;
                double upper = i < p.form.G    ? prior.length_upper
                               : i == p.form.G ? prior.noise_upper
                                               : prior.amplitude_upper;
                assert_true(here >= lower && here <= upper);
                theta[i] = fmin(fmax(here + 1e-3 * side, lower), upper);
                assert_true(log_posterior_of(&gp, &p, &prior, theta) <= found + 1e-9 * (1 + fabs(found)));
                theta[i] = here;
            }
        lw_gp_release(&gp);
        free(theta);
        bench_release(&p);
    }
}

static void what_has_no_value_cannot_be_fitted(void **state) {
    (void)state;
    const lw_gp_prior prior = lw_gp_prior_by_dimension(2);
    const double y[REF_N] = {1, 2, NAN, 3, 4};
    double start[4], theta[4] = {7, 7, 7, 7}, samples[4], log_posterior = 7;
    lw_gp gp;
    lw_stream stream;
    lw_stream_init(&stream, 1, LW_PURPOSE_MODEL, 1, 0);
    lw_gp_prior_mode(&prior, 2, start);
    assert_int_equal(lw_gp_init(&gp, &bench_form, REF_N), LW_OK);
    assert_int_equal(lw_gp_fit(&gp, REF_N, ref_X[0], y, &prior, &thorough, 1, start, theta, &log_posterior),
                     LW_ENUMERIC);
    assert_true(theta[0] == 7 && log_posterior == 7);
    assert_int_equal(lw_gp_sample(&gp, REF_N, ref_X[0], y, &prior, lw_stream_rng(&stream), 1, 1, 1, start, samples),
                     LW_ENUMERIC);
    lw_gp_release(&gp);
}

/* ---- samples ---- */

/* The density that is sampled, of the logarithms: likelihood, prior and Jacobian. */
static void density_of_the_samples(void **state) {
    (void)state;
    const lw_gp_prior prior = lw_gp_prior_by_dimension(2);
    lw_gp gp;
    assert_int_equal(lw_gp_init(&gp, &bench_form, REF_N), LW_OK);
    for (size_t k = 0; k < sizeof ref_density / sizeof *ref_density; k++) {
        const double theta[4] = {ref_density[k][0], ref_density[k][1], ref_density[k][2], 0};
        assert_int_equal(lw_gp_condition(&gp, REF_N, ref_X[0], ref_y, theta), LW_OK);
        double density = gp.log_likelihood + lw_gp_log_prior(&prior, 2, theta, NULL) + theta[0] + theta[1] + theta[2];
        assert_relatively_close(density, ref_density[k][3], 1e-10);
    }
    lw_gp_release(&gp);
}

enum { N_SAMPLES = 12000, N_PARTS = 40 };

/* Mean, its standard error by the means of parts of the chain, and deviation of coordinate i. */
static void moments(const double *samples, size_t i, double *mean, double *error, double *deviation) {
    double sum = 0, squares = 0, of_parts = 0;
    for (size_t part = 0; part < N_PARTS; part++) {
        double part_sum = 0;
        for (size_t k = 0; k < N_SAMPLES / N_PARTS; k++) {
            double t = samples[(part * (N_SAMPLES / N_PARTS) + k) * 4 + i];
            part_sum += t;
            squares += t * t;
        }
        sum += part_sum;
        part_sum /= N_SAMPLES / N_PARTS;
        of_parts += part_sum * part_sum;
    }
    *mean = sum / N_SAMPLES;
    *deviation = sqrt(squares / N_SAMPLES - *mean * *mean);
    *error = sqrt((of_parts / N_PARTS - *mean * *mean) / (N_PARTS - 1));
}

static void samples_have_the_moments_of_another_sampler(void **state) {
    (void)state;
    lw_gp_prior prior = lw_gp_prior_by_dimension(2);
    prior.length_lower = prior.noise_lower = -15;
    prior.length_upper = prior.noise_upper = 10;
    double theta[4] = {-1, -0.5, -4, 0}, *samples = bench_new(4 * N_SAMPLES);
    lw_gp gp;
    lw_stream stream;
    lw_stream_init(&stream, 1, LW_PURPOSE_MODEL, 1, 0);
    assert_int_equal(lw_gp_init(&gp, &bench_form, REF_N), LW_OK);
    assert_int_equal(
        lw_gp_sample(&gp, REF_N, ref_X[0], ref_y, &prior, lw_stream_rng(&stream), 200, 1, N_SAMPLES, theta, samples),
        LW_OK);
    for (size_t i = 0; i < 3; i++) {
        double mean, error, deviation;
        moments(samples, i, &mean, &error, &deviation);
        assert_close(mean, ref_sampled_mean[i], 4 * hypot(error, ref_sampled_mean_error[i]));
        assert_true(error < 0.15 * deviation); /* it moves */
        assert_relatively_close(deviation, ref_sampled_deviation[i], 0.12);
    }
    for (size_t k = 0; k < N_SAMPLES; k++)
        assert_true(samples[4 * k + 3] == 0); /* given */
    lw_gp_release(&gp);
    free(samples);
}

/* Within bounds, the same from the same numbers, and the chain goes on from where it ended. */
static void samples_follow_from_their_numbers(void **state) {
    (void)state;
    enum { N = 30 };
    const lw_gp_prior prior = lw_gp_prior_by_dimension(2);
    double theta[4], again[4], samples[N][4], first[N][4];
    lw_gp gp;
    lw_stream stream;
    assert_int_equal(lw_gp_init(&gp, &bench_form, REF_N), LW_OK);
    for (int round = 0; round < 2; round++) {
        lw_gp_prior_mode(&prior, 2, theta);
        lw_stream_init(&stream, 3, LW_PURPOSE_MODEL, 1, 0);
        assert_int_equal(
            lw_gp_sample(&gp, REF_N, ref_X[0], ref_y, &prior, lw_stream_rng(&stream), 10, 2, N, theta, samples[0]),
            LW_OK);
        assert_memory_equal(theta, samples[N - 1], sizeof theta);
        if (round == 0)
            memcpy(first, samples, sizeof first);
    }
    assert_memory_equal(first, samples, sizeof first);
    for (size_t k = 0; k < N; k++)
        for (size_t i = 0; i < 3; i++) {
            assert_true(samples[k][i] >= (i < 2 ? prior.length_lower : prior.noise_lower));
            assert_true(samples[k][i] <= (i < 2 ? prior.length_upper : prior.noise_upper));
        }
    /* in two portions */
    lw_gp_prior_mode(&prior, 2, again);
    lw_stream_init(&stream, 3, LW_PURPOSE_MODEL, 1, 0);
    for (size_t k = 0; k < 2; k++)
        assert_int_equal(lw_gp_sample(&gp, REF_N, ref_X[0], ref_y, &prior, lw_stream_rng(&stream), k == 0 ? 10 : 0, 2,
                                      N / 2, again, samples[0]),
                         LW_OK);
    assert_memory_equal(samples, first[N / 2], N / 2 * sizeof *first);
    lw_gp_release(&gp);
}

/* ---- memory ---- */

static bool fit_and_sample(void *context) {
    (void)context;
    const lw_gp_prior prior = lw_gp_prior_by_dimension(2);
    const lw_gp_fit_settings settings = {.n_evaluations = 5};
    double start[4], theta[4], samples[2][4];
    lw_gp gp;
    lw_stream stream;
    lw_stream_init(&stream, 3, LW_PURPOSE_MODEL, 1, 0);
    lw_gp_prior_mode(&prior, 2, start);
    int outcome = lw_gp_init(&gp, &bench_form, REF_N);
    if (outcome == LW_OK)
        outcome = lw_gp_fit(&gp, REF_N, ref_X[0], ref_y, &prior, &settings, 1, start, theta, NULL);
    if (outcome == LW_OK)
        outcome = lw_gp_sample(&gp, REF_N, ref_X[0], ref_y, &prior, lw_stream_rng(&stream), 1, 1, 2, theta, samples[0]);
    assert_true(outcome == LW_OK || outcome == LW_ENOMEM);
    lw_gp_release(&gp);
    return outcome == LW_OK;
}

static void says_when_memory_is_gone(void **state) {
    (void)state;
    lw_test_sweep_allocations(fit_and_sample, NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(posterior_has_its_parts),
        cmocka_unit_test(modes_grow_with_the_dimension),
        cmocka_unit_test(modes_are_the_largest_densities),
        cmocka_unit_test(gradients_of_priors_are_added),
        cmocka_unit_test(best_hyperparameters),
        cmocka_unit_test(fits_are_local_optima),
        cmocka_unit_test(what_has_no_value_cannot_be_fitted),
        cmocka_unit_test(density_of_the_samples),
        cmocka_unit_test(samples_have_the_moments_of_another_sampler),
        cmocka_unit_test(samples_follow_from_their_numbers),
        cmocka_unit_test(says_when_memory_is_gone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
