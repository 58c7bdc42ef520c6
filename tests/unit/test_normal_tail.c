#include "testing.h"

#include "normal_tail.h"

/* z, ln h, its derivative, ln Phi (NAN: not given), by mpmath 1.3.0 with 80 digits and more. */
static const double tail[][4] = {
    {-1000000, -500000000028.55, 1000000.000002, NAN},
    {-10000, -50000019.33961931, 10000.000199999993, NAN},
    {-1000, -500014.73445209116, 1000.001999994, -500007.82669481216},
    {-100, -5010.12957880025, 100.01999400419587, -5005.524208694205},
    {-60, -1809.1084601822722, 60.03330560942051, -1805.0135606805673},
    {-40, -808.29856835662, 40.04990665764852, -804.6084420137538},
    {-38, -730.1961834021138, 38.05252276004133, -726.5572160188201},
    {-30, -457.724653760598, 30.06644615416242, -454.3212439563432},
    {-26, -345.439546722318, 26.0765851866327, -342.17850892992783},
    {-25, -319.86146358149597, 25.07962023426653, -316.63940800802027},
    {-20, -206.9178385094251, 20.099262811101283, -203.91715537109727},
    {-10, -55.55312203612235, 10.194383033412553, -53.23128515051247},
    {-8, -37.12236426169263, 8.239396506840066, -35.01343715991455},
    {-6, -22.578879392169796, 6.309840773209832, -20.736768949974707},
    {-5, -16.74430116266099, 5.361816241288088, -15.064998393988725},
    {-3, -7.869686059603029, 3.5323375176251606, -6.607726221510349},
    {-2, -4.768783523917114, 2.679416883955586, -3.783184333682032},
    {-1.5, -3.52993592080571, 2.2795806941564463, -2.7059444008238898},
    {-1, -2.4851210257126413, 1.9042712333296918, -1.8410216450092636},
    {-0.5, -1.6205162643873199, 1.5598731483480797, -1.1759117615936185},
    {-0.001, -0.9201921327697264, 1.253885022364806, -0.6939453834669652},
    {0, -0.9189385332046728, 1.2533141373155003, -0.6931471805599453},
    {0.001, -0.9176855044359421, 1.2527434297262658, -0.6923496142726883},
    {0.5, -0.3598276837450638, 0.9909227180041099, -0.3689464152886564},
    {1, 0.08002621884930694, 0.7766387252017393, -0.17275377902344988},
    {2, 0.6973835457882284, 0.48655931878528386, -0.02301290932896349},
    {5, 1.6094379231264313, 0.19999994053122006, -2.866516129637636e-07},
    {10, 2.302585092994046, 0.1, -7.619853024160525e-24},
    {38, 3.6375861597263857, 0.02631578947368421, NAN},
    {100, 4.605170185988092, 0.01, NAN},
};
enum { N_TAIL = sizeof tail / sizeof *tail };

static void logarithms_keep_their_digits(void **state) {
    (void)state;
    for (size_t k = 0; k < N_TAIL; k++) {
        double slope, z = tail[k][0];
        assert_relatively_close(lw_log_improvement(z, &slope), tail[k][1], 1e-13);
        assert_relatively_close(slope, tail[k][2], 1e-13);
        assert_true(lw_log_improvement(z, NULL) == lw_log_improvement(z, &slope));
        if (!isnan(tail[k][3]))
            assert_relatively_close(lw_log_normal_cdf(z, NULL), tail[k][3], 1e-13);
    }
}

/* phi(z) / Phi(z) */
static void slope_of_the_logarithm_of_the_distribution(void **state) {
    (void)state;
    for (double z = -2000; z < 30; z += z < -40 ? 7.3 : 0.173) {
        double slope, value = lw_log_normal_cdf(z, &slope);
        assert_true(value == lw_log_normal_cdf(z, NULL));
        double wanted = exp(lw_log_normal_density(z) - value);
        assert_relatively_close(slope, wanted, 1e-15 * (10 + z * z)); /* rounding of the exponent */
    }
}

static double difference(double (*function)(double, double *), double z, double h) {
    return (function(z + h, NULL) - function(z - h, NULL)) / (2 * h);
}

/* Wherever the formulas change, too: they must not step there. */
static void slopes_are_those_of_finite_differences(void **state) {
    (void)state;
    for (double z = -60; z < 8; z += 0.0371) {
        double slope;
        lw_log_improvement(z, &slope);
        assert_close(slope, difference(lw_log_improvement, z, 1e-4), 1e-7 * (1 + fabs(z)));
        lw_log_normal_cdf(z, &slope);
        assert_close(slope, difference(lw_log_normal_cdf, z, 1e-4), 1e-7 * (1 + fabs(z)));
    }
}

static void values_rise_and_slopes_fall(void **state) {
    (void)state;
    double slope, value = lw_log_improvement(-10.5, &slope), cdf_slope, cdf = lw_log_normal_cdf(-10.5, &cdf_slope);
    for (double z = -10.5 + 1e-3; z < 5; z += 1e-3) {
        double next_slope, next = lw_log_improvement(z, &next_slope);
        assert_true(next > value && next_slope < slope);
        value = next;
        slope = next_slope;
        next = lw_log_normal_cdf(z, &next_slope);
        assert_true(next > cdf && next_slope < cdf_slope);
        cdf = next;
        cdf_slope = next_slope;
    }
}

/* h(z) - h(-z) = z, and Phi(z) + Phi(-z) = 1. */
static void both_sides_belong_together(void **state) {
    (void)state;
    for (double z = 0.01; z < 6; z += 0.01) {
        assert_close(exp(lw_log_improvement(z, NULL)) - exp(lw_log_improvement(-z, NULL)), z, 1e-14 * (1 + z));
        assert_close(exp(lw_log_normal_cdf(z, NULL)) + exp(lw_log_normal_cdf(-z, NULL)), 1, 1e-14);
    }
}

static void nothing_is_too_far_out(void **state) {
    (void)state;
    double slope;
    assert_relatively_close(lw_log_improvement(-1e100, &slope), -0.5e200, 1e-15);
    assert_relatively_close(slope, 1e100, 1e-15);
    assert_relatively_close(lw_log_normal_cdf(-1e100, &slope), -0.5e200, 1e-15);
    assert_relatively_close(slope, 1e100, 1e-15);
    assert_relatively_close(lw_log_improvement(1e200, &slope), log(1e200), 1e-15);
    assert_relatively_close(slope, 1e-200, 1e-15);
    assert_true(lw_log_normal_cdf(1e200, &slope) == 0);
    assert_true(slope == 0);
    assert_relatively_close(lw_log_normal_density(3), -4.5 - 0.91893853320467274178, 1e-16);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(logarithms_keep_their_digits),
        cmocka_unit_test(slope_of_the_logarithm_of_the_distribution),
        cmocka_unit_test(slopes_are_those_of_finite_differences),
        cmocka_unit_test(values_rise_and_slopes_fall),
        cmocka_unit_test(both_sides_belong_together),
        cmocka_unit_test(nothing_is_too_far_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
