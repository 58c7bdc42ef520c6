/* The distribution of CMA-ES against an independent program, and what must hold of it. */
#include "testing.h"

#include <gsl/gsl_randist.h>

#include <labwatch/random.h>

#include "cmaes.h"
#include "cmaes_choices.h"
#include "cmaes_margin.h"
#include "cmaes_reference.h"

static void assert_near(double value, double expected, double tolerance) {
    assert_close(value, expected, tolerance * fmax(1, fabs(expected)));
}

static void assert_all_near(const double *values, const double *expected, size_t n, double tolerance) {
    for (size_t i = 0; i < n; i++)
        assert_near(values[i], expected[i], tolerance);
}

/* ---- against the reference ---- */

static void constants_are_the_reference_s(void **state) {
    (void)state;
    for (size_t k = 0; k < sizeof ref_all_constants / sizeof *ref_all_constants; k++) {
        const ref_constants *expected = &ref_all_constants[k];
        lw_cmaes_constants c;
        double weights[12];
        lw_cmaes_constants_of(&c, expected->n, expected->N, weights);
        assert_int_equal(c.mu, expected->mu);
        const double own[] = {c.mu_eff, c.c_1, c.c_mu, c.c_c, c.c_sigma, c.d_sigma, c.chi_n};
        assert_all_near(own, &expected->mu_eff, 7, 1e-13);
        assert_all_near(weights, expected->weights, expected->N, 1e-13);
    }
}

/* Sorts 7 points of 3 coordinates by their costs. */
static void sort_points(double X[7][3], double cost[7]) {
    for (size_t i = 1; i < 7; i++)
        for (size_t k = i; k > 0 && cost[k] < cost[k - 1]; k--) {
            double c = cost[k], x[3];
            memcpy(x, X[k], sizeof x);
            memcpy(X[k], X[k - 1], sizeof x);
            memcpy(X[k - 1], x, sizeof x);
            cost[k] = cost[k - 1];
            cost[k - 1] = c;
        }
}

static void updates_are_the_reference_s(void **state) {
    (void)state;
    lw_cmaes cmaes;
    assert_int_equal(lw_cmaes_init(&cmaes, 3, LW_CMAES_FULL, false), LW_OK);
    lw_cmaes_start(&cmaes, (const double[]){0.5, 0.4, 0.6}, 0.2);
    for (size_t g = 0; g < 3; g++) {
        ref_update expected = ref_updates[g];
        sort_points(expected.X, expected.cost);
        assert_int_equal(lw_cmaes_update(&cmaes, 7, &expected.X[0][0], expected.cost), LW_OK);
        assert_all_near(cmaes.mean, expected.mean, 3, 1e-12);
        assert_near(cmaes.sigma, expected.sigma, 1e-12);
        assert_all_near(cmaes.C, &expected.C[0][0], 9, 1e-12);
        assert_all_near(cmaes.p_sigma, expected.p_sigma, 3, 1e-12);
        assert_all_near(cmaes.p_c, expected.p_c, 3, 1e-12);
    }
    lw_cmaes_release(&cmaes);
}

/* The ends of the cell that x is in, among levels 0, step, 2 step … 1. */
static void find_cell(double x, double step, double *lower, double *upper) {
    double level = fmin(fmax(round(x / step), 0), round(1 / step));
    *lower = level > 0 ? (level - 0.5) * step : -INFINITY;
    *upper = level < round(1 / step) ? (level + 0.5) * step : INFINITY;
}

static void margins_are_the_reference_s(void **state) {
    (void)state;
    static const double steps[3] = {0, 1.0 / 9, 0.25};
    double factor[3] = {1, 1, 1};
    lw_cmaes cmaes;
    assert_int_equal(lw_cmaes_init(&cmaes, 3, LW_CMAES_FULL, false), LW_OK);
    lw_cmaes_start(&cmaes, (const double[]){0.5, 0.5, 0.5}, 0.2);
    for (size_t g = 0; g < 4; g++) {
        ref_margin expected = ref_margins[g];
        sort_points(expected.X, expected.cost);
        assert_int_equal(lw_cmaes_update(&cmaes, 7, &expected.X[0][0], expected.cost), LW_OK);
        for (size_t i = 1; i < 3; i++) {
            double lower, upper;
            find_cell(cmaes.mean[i], steps[i], &lower, &upper);
            lw_cmaes_keep_margin(lower, upper, 1.0 / 21, lw_cmaes_deviation(&cmaes, i), &cmaes.mean[i], &factor[i]);
        }
        assert_all_near(cmaes.mean, expected.mean, 3, 1e-9);
        assert_near(cmaes.sigma, expected.sigma, 1e-9);
        assert_all_near(factor, expected.factor, 3, 1e-9);
        assert_all_near(cmaes.C, &expected.C[0][0], 9, 1e-9);
    }
    lw_cmaes_release(&cmaes);
}

static void warm_start_is_the_reference_s(void **state) {
    (void)state;
    lw_cmaes cmaes;
    assert_int_equal(lw_cmaes_init(&cmaes, 2, LW_CMAES_FULL, false), LW_OK);
    lw_cmaes_start_from(&cmaes, 5, &ref_warm_points[0][0], 0.1);
    assert_all_near(cmaes.mean, ref_warm_mean, 2, 1e-12);
    assert_near(cmaes.sigma, ref_warm_sigma, 1e-12);
    assert_all_near(cmaes.C, &ref_warm_C[0][0], 4, 1e-12);
    lw_cmaes_release(&cmaes);
}

/* ---- what must hold ---- */

enum { N = 5, MAX_POINTS = 12 };

/* An ellipsoid that is long in one direction of the plane of each two coordinates. */
static double turned_ellipsoid(const double *x) {
    double sum = 0;
    for (size_t i = 0; i < N; i++) {
        double along = x[i] - 0.3 + x[(i + 1) % N] - 0.3;
        sum += pow(100, (double)i / (N - 1)) * along * along;
    }
    return sum;
}

static double straight_ellipsoid(const double *x) {
    double sum = 0;
    for (size_t i = 0; i < N; i++)
        sum += pow(1000, (double)i / (N - 1)) * (x[i] - 0.7) * (x[i] - 0.7);
    return sum;
}

static void draw_points(const lw_cmaes *cmaes, lw_stream *stream, size_t n_points, double *X) {
    for (size_t k = 0; k < n_points; k++) {
        double z[N];
        for (size_t i = 0; i < N; i++)
            z[i] = gsl_ran_ugaussian(lw_stream_rng(stream));
        lw_cmaes_point(cmaes, z, X + k * N);
    }
}

static void sort_by_cost(size_t n_points, double *X, double *cost) {
    for (size_t i = 1; i < n_points; i++)
        for (size_t k = i; k > 0 && cost[k] < cost[k - 1]; k--) {
            for (size_t j = 0; j < N; j++) {
                double x = X[k * N + j];
                X[k * N + j] = X[(k - 1) * N + j];
                X[(k - 1) * N + j] = x;
            }
            double c = cost[k];
            cost[k] = cost[k - 1];
            cost[k - 1] = c;
        }
}

/* The cost of the mean after so many generations of eight; noise is the deviation of what is added. */
static double minimise(lw_cmaes *cmaes, double (*f)(const double *x), double noise, int n_generations) {
    const double mean[N] = {0.5, 0.5, 0.5, 0.5, 0.5};
    lw_stream stream;
    lw_stream_init(&stream, 5, LW_PURPOSE_SAMPLE, 1, 0);
    lw_cmaes_start(cmaes, mean, 0.2);
    for (int g = 0; g < n_generations; g++) {
        double X[8 * N], cost[8];
        draw_points(cmaes, &stream, 8, X);
        for (size_t k = 0; k < 8; k++)
            cost[k] = f(X + k * N) + noise * (lw_stream_uniform(&stream) - 0.5);
        sort_by_cost(8, X, cost);
        assert_int_equal(lw_cmaes_update(cmaes, 8, X, cost), LW_OK);
    }
    return f(cmaes->mean);
}

static void all_kinds_find_a_minimum(void **state) {
    (void)state;
    for (int adapts = 0; adapts <= 1; adapts++)
        for (uint64_t n_diagonal = 0; n_diagonal <= 20; n_diagonal += 20) {
            lw_cmaes cmaes;
            assert_int_equal(lw_cmaes_init(&cmaes, N, LW_CMAES_FULL, adapts), LW_OK);
            cmaes.n_diagonal = n_diagonal;
            assert_true(minimise(&cmaes, turned_ellipsoid, 0, adapts ? 1500 : 250) < 1e-8);
            assert_true(cmaes.rates[0] > 0 && cmaes.rates[0] <= 1 && cmaes.rates[1] > 0 && cmaes.rates[1] <= 1);
            lw_cmaes_release(&cmaes);
        }
    lw_cmaes cmaes;
    assert_int_equal(lw_cmaes_init(&cmaes, N, LW_CMAES_DIAGONAL, false), LW_OK);
    assert_true(minimise(&cmaes, straight_ellipsoid, 0, 250) < 1e-8);
    lw_cmaes_release(&cmaes);
}

static void learning_slows_down_under_noise(void **state) {
    (void)state;
    lw_cmaes cmaes;
    assert_int_equal(lw_cmaes_init(&cmaes, N, LW_CMAES_FULL, true), LW_OK);
    minimise(&cmaes, straight_ellipsoid, 1e6, 300);
    assert_true(cmaes.rates[0] < 0.2);
    lw_cmaes_release(&cmaes);
}

/* The largest covariance of two coordinates. */
static double largest_covariance(const lw_cmaes *cmaes) {
    double largest = 0;
    for (size_t i = 0; i < N; i++)
        for (size_t j = 0; j < i; j++)
            largest = fmax(largest, fabs(cmaes->C[i * N + j]));
    return largest;
}

static void variances_are_learned_first(void **state) {
    (void)state;
    lw_cmaes cmaes;
    assert_int_equal(lw_cmaes_init(&cmaes, N, LW_CMAES_FULL, false), LW_OK);
    cmaes.n_diagonal = 30;
    minimise(&cmaes, turned_ellipsoid, 0, 30);
    assert_true(largest_covariance(&cmaes) == 0);
    minimise(&cmaes, turned_ellipsoid, 0, 40);
    assert_true(largest_covariance(&cmaes) > 0.01);
    lw_cmaes_release(&cmaes);
}

/* What is learned of these costs, with two points exchanged. */
static void learn_exchanged(lw_cmaes *cmaes, const double cost[MAX_POINTS], size_t a, size_t b) {
    const double mean[N] = {0.5, 0.5, 0.5, 0.5, 0.5};
    double X[MAX_POINTS * N], Y[MAX_POINTS * N];
    lw_stream stream;
    lw_stream_init(&stream, 6, LW_PURPOSE_SAMPLE, 1, 0);
    lw_cmaes_start(cmaes, mean, 0.2);
    draw_points(cmaes, &stream, MAX_POINTS, X);
    for (size_t k = 0; k < MAX_POINTS; k++) {
        size_t from = k == a ? b : k == b ? a : k;
        memcpy(Y + k * N, X + from * N, N * sizeof(double));
    }
    assert_int_equal(lw_cmaes_update(cmaes, MAX_POINTS, Y, cost), LW_OK);
}

static void order_of_equal_costs_does_not_matter(void **state) {
    (void)state;
    const double costs[][MAX_POINTS] = {
        {1, 2, 3, 4, 5, 5, 5, 5, 9, 9, INFINITY, INFINITY},
        {7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7},
    };
    const size_t exchanged[][2] = {{4, 7}, {8, 9}, {10, 11}};
    lw_cmaes a, b;
    assert_int_equal(lw_cmaes_init(&a, N, LW_CMAES_FULL, false), LW_OK);
    assert_int_equal(lw_cmaes_init(&b, N, LW_CMAES_FULL, false), LW_OK);
    for (size_t k = 0; k < 2; k++)
        for (size_t e = 0; e < 3; e++) {
            learn_exchanged(&a, costs[k], 0, 0);
            learn_exchanged(&b, costs[k], exchanged[e][0], exchanged[e][1]);
            assert_all_near(b.mean, a.mean, N, 1e-14);
            assert_all_near(b.C, a.C, N * N, 1e-13);
            assert_near(b.sigma, a.sigma, 1e-14);
        }
    learn_exchanged(&b, costs[0], 0, 1); /* and of others it does */
    assert_true(fabs(a.mean[0] - b.mean[0]) > 1e-6);
    lw_cmaes_release(&a);
    lw_cmaes_release(&b);
}

static void odd_numbers_of_points_and_coordinates_are_sound(void **state) {
    (void)state;
    for (size_t n = 0; n <= 3; n++)
        for (size_t n_points = 0; n_points <= 5; n_points++)
            for (int adapts = 0; adapts <= 1; adapts++) {
                lw_cmaes cmaes;
                double mean[3] = {0.5, 0.5, 0.5}, X[15] = {0}, cost[5] = {0, 0, 1, 1, INFINITY}, x[3];
                assert_int_equal(lw_cmaes_init(&cmaes, n, LW_CMAES_FULL, adapts), LW_OK);
                lw_cmaes_start(&cmaes, mean, 0.2);
                for (size_t k = 0; k < n_points * n; k++)
                    X[k] = k % 2 ? 0.5 : 0.4 + 0.01 * (double)k;
                for (int g = 0; g < 40; g++)
                    assert_int_equal(lw_cmaes_update(&cmaes, n_points, X, cost), LW_OK);
                lw_cmaes_point(&cmaes, mean, x);
                for (size_t i = 0; i < n; i++)
                    assert_true(isfinite(x[i]) && isfinite(lw_cmaes_deviation(&cmaes, i)));
                lw_cmaes_release(&cmaes);
            }
}

static void far_points_are_clipped(void **state) {
    (void)state;
    lw_cmaes cmaes;
    double x[N] = {1, 0.5, 0.5, 0.5, 0.5}, room[2 * N];
    const double mean[N] = {0.5, 0.5, 0.5, 0.5, 0.5};
    assert_int_equal(lw_cmaes_init(&cmaes, N, LW_CMAES_FULL, false), LW_OK);
    lw_cmaes_start(&cmaes, mean, 0.1);
    assert_near(lw_cmaes_clip(&cmaes, 6, x, room), 5, 1e-12);
    assert_near(x[0], 1, 1e-12);
    assert_near(lw_cmaes_clip(&cmaes, 2, x, room), 5, 1e-12);
    assert_near(x[0], 0.7, 1e-12);
    assert_near(x[1], 0.5, 1e-12);
    lw_cmaes_limit(&cmaes, 0.05);
    assert_near(lw_cmaes_largest_deviation(&cmaes), 0.05, 1e-12);
    lw_cmaes_release(&cmaes);
}

/* ---- margins ---- */

static double probability_below(double x, double mean, double deviation) {
    return 0.5 * erfc((mean - x) / deviation * M_SQRT1_2);
}

static void something_always_lies_beyond_the_cell(void **state) {
    (void)state;
    const double margin = 0.05;
    for (int exponent = -12; exponent <= 2; exponent++)
        for (int at = 0; at <= 10; at++)
            for (int sides = 1; sides <= 3; sides++) {
                const double deviation = pow(10, exponent), lower = sides & 1 ? 0.2 : -INFINITY;
                const double upper = sides & 2 ? 0.4 : INFINITY;
                double mean = 0.2 + 0.02 * at, factor = 1;
                lw_cmaes_keep_margin(lower, upper, margin, deviation, &mean, &factor);
                const double below = probability_below(lower, mean, factor * deviation);
                const double above = 1 - probability_below(upper, mean, factor * deviation);
                assert_true(isfinite(mean) && factor > 0 && isfinite(factor));
                assert_true(!(sides & 1) || below > 0.45 * margin);
                assert_true(!(sides & 2) || above > 0.45 * margin);
            }
}

static void values_come_from_their_cell(void **state) {
    (void)state;
    const double ends[][2] = {{0.2, 0.4}, {-INFINITY, 0.4}, {0.4, INFINITY}, {0.9, 1}};
    for (size_t e = 0; e < 4; e++)
        for (int exponent = -8; exponent <= 2; exponent++)
            for (double share = 0.05; share < 1; share += 0.1) {
                double value = lw_cmaes_within_cell(ends[e][0], ends[e][1], 0.3, pow(10, exponent), share);
                assert_true(isfinite(value) && value >= ends[e][0] - 1e-12 && value <= ends[e][1] + 1e-12);
            }
    /* Its shares are those of the distribution within the cell. */
    double value = lw_cmaes_within_cell(0.2, 0.6, 0.3, 0.1, 0.25);
    double below = probability_below(0.2, 0.3, 0.1), until = probability_below(0.6, 0.3, 0.1);
    assert_near((probability_below(value, 0.3, 0.1) - below) / (until - below), 0.25, 1e-9);
    assert_near(lw_cmaes_within_cell(0.8, 0.9, 0.3, 1e-3, 0.5), 0.8, 1e-9); /* out of reach */
}

/* ---- choices ---- */

static double sum_of(const double *p, size_t K) {
    double sum = 0;
    for (size_t k = 0; k < K; k++)
        sum += p[k];
    return sum;
}

static void choices_move_and_keep_a_margin(void **state) {
    (void)state;
    double p[4] = {0.25, 0.25, 0.25, 0.25};
    const size_t choice[3] = {2, 1, SIZE_MAX};
    const double weights[3] = {0.6, 0.3, 0.1};
    lw_cmaes_choices_update(4, 0.5, 3, choice, weights, p);
    const double expected[4] = {0.1375, 0.2875, 0.4375, 0.1375}; /* 0.55 of each, and 0.5 of the weights */
    assert_all_near(p, expected, 4, 1e-15);
    for (int k = 0; k < 100; k++) {
        lw_cmaes_choices_update(4, 0.5, 1, choice, (const double[]){1}, p);
        lw_cmaes_choices_keep(4, 0.02, p);
    }
    const double kept[4] = {0.02, 0.02, 0.94, 0.02};
    assert_all_near(p, kept, 4, 1e-12);
    double sure[3] = {1, 0, 0};
    lw_cmaes_choices_keep(3, 1.0 / 3, sure);
    assert_near(sum_of(sure, 3), 1, 1e-15);
    assert_near(sure[2], 1.0 / 3, 1e-15);
}

static void choices_are_drawn_by_their_probabilities(void **state) {
    (void)state;
    const double p[3] = {0.2, 0, 0.8};
    assert_int_equal(lw_cmaes_choices_draw(3, p, 1e-9), 0);
    assert_int_equal(lw_cmaes_choices_draw(3, p, 0.19), 0);
    assert_int_equal(lw_cmaes_choices_draw(3, p, 0.21), 2);
    assert_int_equal(lw_cmaes_choices_draw(3, p, 1 - 1e-16), 2);
    assert_int_equal(lw_cmaes_choices_draw(1, p, 0.5), 0);
}

static bool update_something(void *context) {
    (void)context;
    lw_cmaes cmaes;
    const double X[4] = {0.1, 0.2, 0.3, 0.4}, cost[2] = {1, 2};
    bool worked = lw_cmaes_init(&cmaes, 2, LW_CMAES_FULL, true) == LW_OK;
    if (worked) {
        lw_cmaes_start(&cmaes, X, 0.1);
        worked = lw_cmaes_update(&cmaes, 2, X, cost) == LW_OK;
    }
    lw_cmaes_release(&cmaes);
    return worked;
}

static void says_when_memory_is_gone(void **state) {
    lw_test_sweep_allocations(update_something, *state);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(constants_are_the_reference_s),
        cmocka_unit_test(updates_are_the_reference_s),
        cmocka_unit_test(margins_are_the_reference_s),
        cmocka_unit_test(warm_start_is_the_reference_s),
        cmocka_unit_test(all_kinds_find_a_minimum),
        cmocka_unit_test(learning_slows_down_under_noise),
        cmocka_unit_test(variances_are_learned_first),
        cmocka_unit_test(order_of_equal_costs_does_not_matter),
        cmocka_unit_test(odd_numbers_of_points_and_coordinates_are_sound),
        cmocka_unit_test(far_points_are_clipped),
        cmocka_unit_test(something_always_lies_beyond_the_cell),
        cmocka_unit_test(values_come_from_their_cell),
        cmocka_unit_test(choices_move_and_keep_a_margin),
        cmocka_unit_test(choices_are_drawn_by_their_probabilities),
        cmocka_unit_test(says_when_memory_is_gone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
