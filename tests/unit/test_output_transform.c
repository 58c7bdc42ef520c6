#include "testing.h"

#include <float.h>

#include <labwatch/random.h>

#include "output_transform.h"

/* References: SciPy 1.17.1 and scikit-learn 1.9.1. */
enum { N = 8 };
static const double positive[N] = {0.12, 0.15, 0.11, 0.9, 3.5, 0.2, 0.13, 12.0};
static const double mixed[N] = {-3.0, -0.5, 0.1, 0.4, 2.0, 8.0, 25.0, -0.2};

static const lw_transform_kind kinds[] = {LW_TRANSFORM_NONE, LW_TRANSFORM_WINSORIZE, LW_TRANSFORM_POWER,
                                          LW_TRANSFORM_RANK};
enum { N_KINDS = sizeof kinds / sizeof *kinds };

static void fit(lw_output_transform *transform, lw_transform_kind kind, size_t n, const double *y, double *z) {
    assert_int_equal(lw_output_transform_fit(transform, kind, n, y, z), LW_OK);
}

/* ---- formulas ---- */

static void yeo_johnson_has_its_four_branches(void **state) {
    (void)state;
    static const double rows[][3] = {
        /* y, lambda, value */
        {-2, -1, -8.666666666666666},
        {-2, 0, -4.000000000000001},
        {-2, 0.5, -2.797434948471088},
        {-2, 1, -2.0000000000000004},
        {-2, 2, -1.0986122886681098},
        {-2, 3, -0.6666666666666667},
        {-0.3, -1, -0.399},
        {-0.3, 0, -0.345},
        {-0.3, 0.5, -0.32148536841925296},
        {-0.3, 1, -0.3},
        {-0.3, 2, -0.26236426446749106},
        {-0.3, 3, -0.23076923076923078},
        {0, -1, 0},
        {0, 0, 0},
        {0, 2, 0},
        {0.7, -1, 0.4117647058823529},
        {0.7, 0, 0.5306282510621704},
        {0.7, 0.5, 0.6076809620810595},
        {0.7, 1, 0.7},
        {0.7, 2, 0.945},
        {0.7, 3, 1.3043333333333333},
        {5, -1, 0.8333333333333334},
        {5, 0, 1.791759469228055},
        {5, 0.5, 2.898979485566356},
        {5, 1, 5},
        {5, 2, 17.5},
        {5, 3, 71.66666666666669},
    };
    for (size_t k = 0; k < sizeof rows / sizeof *rows; k++)
        assert_close(lw_yeo_johnson(rows[k][0], rows[k][1]), rows[k][2], 1e-14 * (1 + fabs(rows[k][2])));
}

static void box_cox_at_a_given_lambda(void **state) {
    (void)state;
    static const double wanted[N] = {-3.7257193171255194, -3.128638961696183, -3.976806743813616, -0.10812614688823595,
                                     0.9363386558998639,  -2.449153659064537, -3.50400174076323,  1.4372313478992922};
    for (size_t i = 0; i < N; i++) {
        assert_relatively_close(lw_box_cox(positive[i], -0.48974106832529285), wanted[i], 1e-12);
        assert_relatively_close(lw_box_cox(positive[i], 0), log(positive[i]), 1e-15);
        /* continuous where the formula changes */
        assert_relatively_close(lw_box_cox(positive[i], 2e-10), lw_box_cox(positive[i], 0), 1e-8);
    }
}

static void lambdas_are_those_of_maximum_likelihood(void **state) {
    (void)state;
    assert_close(lw_power_fit(LW_POWER_BOX_COX, N, positive), -0.48974106832529285, 1e-4);
    assert_close(lw_power_fit(LW_POWER_YEO_JOHNSON, N, mixed), 0.3583338245058871, 1e-4);
    assert_close(lw_power_fit(LW_POWER_YEO_JOHNSON, N, positive), -1.370673234218564, 1e-4);
}

/* ---- what a fit does ---- */

/* HEBO's rule as its code applies it to the two samples. */
static void power_follows_the_rule(void **state) {
    (void)state;
    static const double of_positive[N] = {-0.9219665597992687, -0.6338825587334666, -1.0431131857769138,
                                          0.8234780947127284,  1.3274196439726929,  -0.3060391740587247,
                                          -0.8149905289780871, 1.5690942686610414};
    static const double of_mixed[N] = {-1.7721489979984137,  -0.4914964027484044, -0.2744325360161106,
                                       -0.17714317405489666, 0.24412610657116646, 1.0741747967888695,
                                       1.7759767419002401,   -0.379056534442451};
    lw_output_transform transform;
    double z[N];
    fit(&transform, LW_TRANSFORM_POWER, N, positive, z);
    assert_int_equal(transform.power, LW_POWER_BOX_COX);
    for (size_t i = 0; i < N; i++)
        assert_close(z[i], of_positive[i], 1e-6);
    fit(&transform, LW_TRANSFORM_POWER, N, mixed, z);
    assert_int_equal(transform.power, LW_POWER_YEO_JOHNSON);
    for (size_t i = 0; i < N; i++)
        assert_close(z[i], of_mixed[i], 1e-6);
}

/* However small the deviation is that is divided by in the end: the sample is the one above, with two outliers in other
 * units. */
static void power_looks_at_no_units(void **state) {
    (void)state;
    double y[N], z[N], first[N];
    lw_output_transform transform;
    for (int exponent = -1000; exponent <= 1000; exponent += 100) {
        for (size_t i = 0; i < N; i++)
            y[i] = ldexp(mixed[i], exponent);
        y[2] = ldexp(9000, exponent);
        fit(&transform, LW_TRANSFORM_POWER, N, y, z);
        assert_int_equal(transform.power, LW_POWER_YEO_JOHNSON);
        for (size_t i = 0; i < N && exponent > -1000; i++)
            assert_close(z[i], first[i], 1e-12);
        memcpy(first, z, sizeof first);
    }
}

static void winsorize_cuts_at_tukeys_fence(void **state) {
    (void)state;
    double z[N], cut[N], standardised[N];
    lw_output_transform transform, plain;
    fit(&transform, LW_TRANSFORM_WINSORIZE, N, positive, z);
    assert_relatively_close(ldexp(transform.fence, transform.exponent), 8.57, 1e-14);
    for (size_t i = 0; i < N; i++)
        cut[i] = fmin(positive[i], 8.57);
    fit(&plain, LW_TRANSFORM_NONE, N, cut, standardised);
    for (size_t i = 0; i < N; i++)
        assert_close(z[i], standardised[i], 1e-13);
}

/* A penalty of any size takes nothing from the costs below the fence. */
static void winsorize_does_not_see_how_far_out_an_outlier_is(void **state) {
    (void)state;
    static const double penalties[] = {1e9, 1e290, 1e300, DBL_MAX};
    lw_output_transform transform;
    double y[N], z[N], first[N];
    memcpy(y, positive, sizeof y);
    y[7] = 100;
    fit(&transform, LW_TRANSFORM_WINSORIZE, N, y, first);
    assert_true(first[4] > first[0]);
    for (size_t k = 0; k < sizeof penalties / sizeof *penalties; k++) {
        y[7] = penalties[k];
        fit(&transform, LW_TRANSFORM_WINSORIZE, N, y, z);
        for (size_t i = 0; i < N; i++)
            assert_close(z[i], first[i], 0);
        assert_relatively_close(lw_output_transform_invert(&transform, z[4], N, y, z), y[4], 1e-14);
    }
}

static void none_standardises(void **state) {
    (void)state;
    const double y[4] = {1, 2, 4, 9}, deviation = sqrt(38.0 / 4); /* mean 4 */
    double z[4];
    lw_output_transform transform;
    fit(&transform, LW_TRANSFORM_NONE, 4, y, z);
    for (size_t i = 0; i < 4; i++)
        assert_close(z[i], (y[i] - 4) / deviation, 1e-14);
}

/* By hand: the median of six is 3.5, the better half {1, 2, 3} deviates from it by sqrt((6.25 + 2.25 + 0.25) / 3), and
 * the worse half's ranks (from the worst: both 1, then 2; the median would have 3) get the quantiles of half a normal
 * distribution as wide. */
static void rank_spreads_the_worse_half_and_stretches_the_best(void **state) {
    (void)state;
    const double y[6] = {3, 1e9, 1, 4, 2, 1e9}, median = 3.5, width = sqrt((0.25 + 2.25 + 6.25) / 3);
    const double worst = median + width * 1.3829941271006392, second = median + width * 0.6744897501960817;
    const double spread[6] = {3, worst, 1, second, 2, worst};
    double z[6], stretched[6], standardised[6];
    lw_output_transform transform, plain;
    fit(&transform, LW_TRANSFORM_RANK, 6, y, z);
    for (size_t i = 0; i < 6; i++)
        stretched[i] = log(1 + 0.5 * (spread[i] - 1) / (worst - 1)) / log(1.5) - 0.5;
    fit(&plain, LW_TRANSFORM_NONE, 6, stretched, standardised);
    for (size_t i = 0; i < 6; i++)
        assert_close(z[i], standardised[i], 1e-8); /* 1e9 leaves 3 so many digits */
}

/* ---- any costs ---- */

enum { MAX_COSTS = 40 };

/* Costs of many kinds: wide and narrow, tied, huge, tiny, constant. */
static size_t draw_costs(lw_stream *stream, double *y) {
    static const double sizes[] = {1, 1e-300, 1e300, 5e-324, 1.7e308, 1e8};
    size_t n = 1 + lw_stream_below(stream, MAX_COSTS), manner = lw_stream_below(stream, 8);
    double size = sizes[lw_stream_below(stream, 6)], shift = lw_stream_below(stream, 3) == 0 ? size * 0.5 : 0;
    for (size_t i = 0; i < n; i++) {
        double u = lw_stream_uniform(stream);
        switch (manner) {
        case 0:
            y[i] = size * u;
            break;
        case 1:
            y[i] = size * (u - 0.5);
            break;
        case 2:
            y[i] = floor(5 * u) / 5 * size;
            break;
        case 3:
            y[i] = size;
            break;
        case 4:
            y[i] = u < 0.1 ? DBL_MAX : u;
            break;
        case 5:
            y[i] = copysign(exp(1400 * (u - 0.5)), lw_stream_uniform(stream) - 0.5);
            break;
        case 6:
            y[i] = shift + size * 1e-13 * u;
            break;
        default:
            y[i] = exp(600 * (u - 0.5));
            break;
        }
    }
    return n;
}

static void assert_standard(const lw_output_transform *transform, size_t n, const double *y, const double *z) {
    double mean = 0, squares = 0;
    bool is_constant = true;
    for (size_t i = 0; i < n; i++) {
        assert_true(isfinite(z[i]));
        mean += z[i] / (double)n;
        squares += z[i] * z[i] / (double)n;
        is_constant = is_constant && z[i] == z[0];
    }
    assert_true(isfinite(transform->mean) && isfinite(transform->deviation) && transform->deviation > 0);
    double rounding = 1e-9 + 1e-14 * fabs(transform->mean) / transform->deviation;
    assert_close(mean, 0, rounding);
    assert_close(squares, is_constant ? 0 : 1, rounding);
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < n; k++) {
            assert_true(y[i] != y[k] || z[i] == z[k]);
            assert_true(!(y[i] < y[k]) || z[i] <= z[k]);
        }
}

static void any_finite_costs_become_standard(void **state) {
    (void)state;
    lw_stream stream;
    lw_stream_init(&stream, 5, LW_PURPOSE_SAMPLE, 1, 0);
    for (int round = 0; round < 3000; round++) {
        double y[MAX_COSTS], z[MAX_COSTS];
        size_t n = draw_costs(&stream, y);
        for (size_t k = 0; k < N_KINDS; k++) {
            lw_output_transform transform;
            fit(&transform, kinds[k], n, y, z);
            assert_standard(&transform, n, y, z);
        }
    }
}

static void no_costs_are_no_problem(void **state) {
    (void)state;
    for (size_t k = 0; k < N_KINDS; k++) {
        lw_output_transform transform;
        fit(&transform, kinds[k], 0, NULL, NULL);
        assert_close(lw_output_transform_invert(&transform, 0.5, 0, NULL, NULL), 0.5, 0);
    }
}

/* ---- back ---- */

static void inverse_gives_the_costs_back(void **state) {
    (void)state;
    const double *samples[] = {positive, mixed};
    for (size_t k = 0; k < N_KINDS; k++)
        for (size_t s = 0; s < 2; s++)
            for (int exponent = -900; exponent <= 900; exponent += 450) {
                double y[N], z[N];
                for (size_t i = 0; i < N; i++)
                    y[i] = ldexp(samples[s][i], exponent);
                lw_output_transform transform;
                fit(&transform, kinds[k], N, y, z);
                double fence = ldexp(transform.fence, transform.exponent), size = ldexp(1, exponent);
                for (size_t i = 0; i < N; i++)
                    assert_close(lw_output_transform_invert(&transform, z[i], N, y, z), fmin(y[i], fence),
                                 1e-11 * size);
            }
}

static void inverse_rises_and_stays_a_number(void **state) {
    (void)state;
    lw_stream stream;
    lw_stream_init(&stream, 6, LW_PURPOSE_SAMPLE, 1, 0);
    for (int round = 0; round < 500; round++) {
        double y[MAX_COSTS], z[MAX_COSTS];
        size_t n = draw_costs(&stream, y);
        for (size_t k = 0; k < N_KINDS; k++) {
            lw_output_transform transform;
            fit(&transform, kinds[k], n, y, z);
            double before = -HUGE_VAL;
            for (double value = -40; value <= 40; value += 0.37) {
                double cost = lw_output_transform_invert(&transform, value, n, y, z);
                assert_true(isfinite(cost));
                assert_true(cost >= before);
                before = cost;
            }
        }
    }
}

static void inverse_of_rank_is_straight_between_known_costs(void **state) {
    (void)state;
    double z[N];
    lw_output_transform transform;
    fit(&transform, LW_TRANSFORM_RANK, N, mixed, z);
    /* -0.5 and -0.2 are neighbours */
    double halfway = 0.75 * z[1] + 0.25 * z[7];
    assert_close(lw_output_transform_invert(&transform, halfway, N, mixed, z), 0.75 * -0.5 + 0.25 * -0.2, 1e-12);
    assert_close(lw_output_transform_invert(&transform, -9, N, mixed, z), -3, 0);
    assert_close(lw_output_transform_invert(&transform, 9, N, mixed, z), 25, 0);
}

/* ---- memory ---- */

static bool fit_all(void *context) {
    (void)context;
    bool worked = true;
    for (size_t k = 0; k < N_KINDS && worked; k++) {
        lw_output_transform transform;
        double z[N];
        int outcome = lw_output_transform_fit(&transform, kinds[k], N, positive, z);
        assert_true(outcome == LW_OK || outcome == LW_ENOMEM);
        worked = outcome == LW_OK;
    }
    return worked;
}

static void says_when_memory_is_gone(void **state) {
    (void)state;
    lw_test_sweep_allocations(fit_all, NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(yeo_johnson_has_its_four_branches),
        cmocka_unit_test(box_cox_at_a_given_lambda),
        cmocka_unit_test(lambdas_are_those_of_maximum_likelihood),
        cmocka_unit_test(power_follows_the_rule),
        cmocka_unit_test(power_looks_at_no_units),
        cmocka_unit_test(winsorize_cuts_at_tukeys_fence),
        cmocka_unit_test(winsorize_does_not_see_how_far_out_an_outlier_is),
        cmocka_unit_test(none_standardises),
        cmocka_unit_test(rank_spreads_the_worse_half_and_stretches_the_best),
        cmocka_unit_test(any_finite_costs_become_standard),
        cmocka_unit_test(no_costs_are_no_problem),
        cmocka_unit_test(inverse_gives_the_costs_back),
        cmocka_unit_test(inverse_rises_and_stays_a_number),
        cmocka_unit_test(inverse_of_rank_is_straight_between_known_costs),
        cmocka_unit_test(says_when_memory_is_gone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
