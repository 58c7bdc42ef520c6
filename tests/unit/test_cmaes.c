/* The distribution of CMA-ES against an independent program, and what must hold of it. */
#include "testing.h"

#include <float.h>
#include <math.h>

#include "cmaes.h"
#include "cmaes_choices.h"
#include "cmaes_margin.h"
#include "cmaes_reference.h"

static void assert_near(double value, double expected, double tolerance) {
    if (!(fabs(value - expected) <= tolerance * fmax(1, fabs(expected))))
        fail_msg("%.17g is not %.17g", value, expected);
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

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(constants_are_the_reference_s),
        cmocka_unit_test(updates_are_the_reference_s),
        cmocka_unit_test(margins_are_the_reference_s),
        cmocka_unit_test(warm_start_is_the_reference_s),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
