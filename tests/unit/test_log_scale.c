#include "testing.h"

#include <float.h>

#include "log_scale.h"

enum { N = 8 };

/* The logarithms of SMAC3 2.4, computed by NumPy. */
static void logarithms_are_those_of_another_program(void **state) {
    (void)state;
    const double positive[N] = {0.12, 0.15, 0.11, 0.9, 3.5, 0.2, 0.13, 12};
    const double mixed[N] = {-3, -0.5, 0.1, 0.4, 2, 8, 25, -0.2};
    const double of_positive[N] = {-6.78105761853718, -5.610986370995483, -8.130984314322175, -2.7072937712964835,
                                   -1.25413019521569, -4.845785874024811, -6.226746885983538, 0};
    const double of_mixed[N] = {-3.4965075613556578, -2.146580844491298, -1.9829514207139685, -1.9101920664333054,
                                -1.592270108798177,  -0.8885408189162949, 0,                  -2.06142303615341};
    double z[N];
    assert_int_equal(lw_log_scale(N, positive, z), LW_OK);
    for (size_t i = 0; i < N; i++)
        assert_close(z[i], of_positive[i], 1e-6); /* there, the scale begins 1e-10 lower */
    assert_int_equal(lw_log_scale(N, mixed, z), LW_OK);
    for (size_t i = 0; i < N; i++)
        assert_close(z[i], of_mixed[i], 1e-6);
}

/* Where many share the lowest cost, they do not fall out of the scale. */
static void ties_at_the_lowest_stay_near_the_others(void **state) {
    (void)state;
    const double y[N] = {1, 1, 1, 2, 3, 4, 5, 6}, mostly_equal[N] = {1, 1, 1, 1, 1, 1, 1, 9};
    double z[N];
    assert_int_equal(lw_log_scale(N, y, z), LW_OK);
    assert_close(z[0], log(0.015 / 5.015), 1e-12);
    assert_true(z[0] == z[1] && z[3] > z[2] && z[7] == 0);
    assert_int_equal(lw_log_scale(N, mostly_equal, z), LW_OK);
    assert_close(z[0], log(0.01 / 1.01), 1e-12);
}

static void costs_of_any_size_keep_their_order(void **state) {
    (void)state;
    const double costs[][N] = {
        {-DBL_MAX, -1e300, -1, -1e-300, 0, 5e-324, 1e-300, DBL_MAX},
        {0, 5e-324, 1e-323, 1e-320, 1e-315, 2e-310, 1e-300, 2e-300},
        {1e6, 1e6, 1e6 * (1 + DBL_EPSILON), 1e6 * (1 + 2 * DBL_EPSILON), 1e6 + 1, 1e6 + 2, 1e6 + 3, 1e6 + 4},
        {1e300, 2e300, 3e300, 4e300, 5e300, 6e300, 7e300, 8e300},
    };
    for (size_t k = 0; k < sizeof costs / sizeof *costs; k++) {
        double z[N];
        assert_int_equal(lw_log_scale(N, costs[k], z), LW_OK);
        for (size_t i = 0; i < N; i++)
            assert_true(isfinite(z[i]) && z[i] <= 0 && (i == 0 || z[i] >= z[i - 1]));
        assert_true(z[0] < z[N - 1]);
    }
}

static void equal_costs_stay_equal(void **state) {
    (void)state;
    const double costs[] = {0, 7, -1e300, 5e-324};
    for (size_t k = 0; k < 4; k++) {
        double y[3] = {costs[k], costs[k], costs[k]}, z[3] = {1, 1, 1};
        assert_int_equal(lw_log_scale(3, y, z), LW_OK);
        assert_true(z[0] == 0 && z[1] == 0 && z[2] == 0);
        assert_int_equal(lw_log_scale(1, y, z), LW_OK);
        assert_true(z[0] == 0);
    }
}

static void memory_that_is_gone_is_noticed(void **state) {
    (void)state;
    double y[2] = {1, 2}, z[2];
    lw_test_need_faults();
    lw_memory_fail_at(1, false);
    int outcome = lw_log_scale(2, y, z);
    lw_memory_fail_at(0, false);
    assert_int_equal(outcome, LW_ENOMEM);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(logarithms_are_those_of_another_program),
        cmocka_unit_test(ties_at_the_lowest_stay_near_the_others),
        cmocka_unit_test(costs_of_any_size_keep_their_order),
        cmocka_unit_test(equal_costs_stay_equal),
        cmocka_unit_test(memory_that_is_gone_is_noticed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
