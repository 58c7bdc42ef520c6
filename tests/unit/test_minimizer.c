#include "testing.h"

#include <labwatch/random.h>

#include "minimizer.h"

typedef double function_of(size_t d, const double *x, double *gradient);

static const lw_minimizer_settings thorough = {
    .n_evaluations = 2000, .gradient_tolerance = 1e-9, .value_tolerance = 0, .first_step = 0.1};

/* What came out. */
typedef struct found {
    double x[200], f;
    size_t n_evaluations;
} found;

static bool is_inside(size_t d, const double *x, const double *lower, const double *upper) {
    for (size_t i = 0; i < d; i++)
        if (!(x[i] >= lower[i] && x[i] <= upper[i]))
            return false;
    return true;
}

/* Minimises; every point that the function is asked for lies in the box, and f is the lowest value of all. */
static found minimize(function_of *function, size_t d, const double *x0, const double *lower, const double *upper,
                      const lw_minimizer_settings *settings) {
    found result = {.f = HUGE_VAL};
    double gradient[200], lowest = HUGE_VAL;
    lw_minimizer minimizer;
    assert_int_equal(lw_minimizer_init(&minimizer, d, settings), LW_OK);
    bool more = lw_minimizer_start(&minimizer, x0, lower, upper);
    assert_true(minimizer.f == HUGE_VAL);
    while (more) {
        assert_true(is_inside(d, minimizer.trial, lower, upper));
        double f = function(d, minimizer.trial, gradient);
        lowest = f < lowest ? f : lowest;
        more = lw_minimizer_tell(&minimizer, f, gradient);
        result.n_evaluations++;
        assert_true(result.n_evaluations <= settings->n_evaluations);
    }
    assert_true(is_inside(d, minimizer.x, lower, upper));
    if (isfinite(minimizer.f)) {
        assert_true(minimizer.f == function(d, minimizer.x, gradient));
        assert_true(minimizer.f <=
                    lowest + 1e-3 * (1 + fabs(lowest))); /* lower values with little decrease are no progress */
    }
    memcpy(result.x, minimizer.x, d * sizeof(double));
    result.f = minimizer.f;
    lw_minimizer_release(&minimizer);
    return result;
}

static void fill(size_t d, double *x, double value) {
    for (size_t i = 0; i < d; i++)
        x[i] = value;
}

/* ---- functions ---- */

/* Axes of lengths from 1 to 1000, its minimum at (1/2, 1/3, 1/4, …). */
static double quadratic(size_t d, const double *x, double *gradient) {
    double sum = 0;
    for (size_t i = 0; i < d; i++) {
        double weight = pow(1000, d > 1 ? (double)i / (double)(d - 1) : 0), step = x[i] - 1 / (double)(i + 2);
        sum += weight * step * step;
        gradient[i] = 2 * weight * step;
    }
    return sum;
}

static double rosenbrock(size_t d, const double *x, double *gradient) {
    double sum = 0;
    memset(gradient, 0, d * sizeof(double));
    for (size_t i = 0; i + 1 < d; i++) {
        double valley = x[i + 1] - x[i] * x[i], slope = 1 - x[i];
        sum += 100 * valley * valley + slope * slope;
        gradient[i] += -400 * x[i] * valley - 2 * slope;
        gradient[i + 1] += 200 * valley;
    }
    return sum;
}

/* It has no value left of 0.7; the minimum is at 0.75. */
static double with_a_region_of_nan(size_t d, const double *x, double *gradient) {
    double sum = 0;
    for (size_t i = 0; i < d; i++) {
        sum += (x[i] - 0.75) * (x[i] - 0.75);
        gradient[i] = 2 * (x[i] - 0.75);
        if (x[i] < 0.7)
            return NAN;
    }
    return sum;
}

static double nowhere_a_number(size_t d, const double *x, double *gradient) {
    (void)x;
    fill(d, gradient, 1);
    return NAN;
}

static double without_a_gradient(size_t d, const double *x, double *gradient) {
    fill(d, gradient, INFINITY);
    return x[0];
}

static double flat(size_t d, const double *x, double *gradient) {
    (void)x;
    fill(d, gradient, 0);
    return 3;
}

/* It falls in all directions of growing x, more and more slowly. */
static double towards_a_corner(size_t d, const double *x, double *gradient) {
    double sum = 0;
    for (size_t i = 0; i < d; i++) {
        sum += exp(-x[i]) * (double)(i + 1);
        gradient[i] = -exp(-x[i]) * (double)(i + 1);
    }
    return sum;
}

/* ---- tests ---- */

static void quadratics(void **state) {
    (void)state;
    static const size_t sizes[] = {1, 2, 7, 50, 200};
    for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++) {
        const size_t d = sizes[k];
        double x0[200], lower[200], upper[200];
        fill(d, x0, 0.9);
        fill(d, lower, -1);
        fill(d, upper, 2);
        found at = minimize(quadratic, d, x0, lower, upper, &thorough);
        for (size_t i = 0; i < d; i++)
            assert_close(at.x[i], 1 / (double)(i + 2), 1e-6);
        assert_close(at.f, 0, 1e-10);
    }
}

static void valleys(void **state) {
    (void)state;
    static const size_t sizes[] = {2, 5, 30};
    for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++) {
        const size_t d = sizes[k];
        double x0[200], lower[200], upper[200];
        for (size_t i = 0; i < d; i++)
            x0[i] = i % 2 ? 1 : -1.2;
        fill(d, lower, -3);
        fill(d, upper, 3);
        x0[0] = d == 2 ? -1.2 : 1.2;
        found at = minimize(rosenbrock, d, x0, lower, upper, &thorough);
        for (size_t i = 0; i < d; i++)
            assert_close(at.x[i], 1, 1e-5);
    }
}

/* The optimum of the rest, computed apart, where a bound cuts the valley: with x_0 <= 1/2 it is at (1/2, 1/4). */
static void minima_at_bounds(void **state) {
    (void)state;
    const double x0[2] = {-1.2, 1}, lower[2] = {-3, -3}, upper[2] = {0.5, 3};
    found at = minimize(rosenbrock, 2, x0, lower, upper, &thorough);
    assert_true(at.x[0] == 0.5);
    assert_close(at.x[1], 0.25, 1e-7);

    double x[9], low[9], high[9];
    for (size_t i = 0; i < 9; i++) { /* every other one is cut off at 0.4 .. 0.45, some minima lie to the left */
        low[i] = i % 2 ? 0.4 : -1;
        high[i] = i % 2 ? 0.45 : 1;
        x[i] = i % 2 ? 0.44 : 0.9;
    }
    at = minimize(quadratic, 9, x, low, high, &thorough);
    for (size_t i = 0; i < 9; i++)
        assert_close(at.x[i], fmin(fmax(1 / (double)(i + 2), low[i]), high[i]), 1e-6);
    for (size_t i = 1; i < 9; i += 2)
        assert_true(at.x[i] == low[i]);
}

static void corners(void **state) {
    (void)state;
    static const size_t sizes[] = {1, 2, 11, 200};
    for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++) {
        const size_t d = sizes[k];
        double x0[200], lower[200], upper[200];
        fill(d, x0, 0.5);
        fill(d, lower, 0);
        fill(d, upper, 1);
        found at = minimize(towards_a_corner, d, x0, lower, upper, &thorough);
        for (size_t i = 0; i < d; i++)
            assert_true(at.x[i] == 1);
    }
}

/* A start outside the box is cut to it, one at the bounds gets away. */
static void starts_anywhere(void **state) {
    (void)state;
    const double starts[][2] = {{-99, 99}, {99, -99}, {-3, -3}, {3, 3}, {INFINITY, -INFINITY}};
    const double lower[2] = {-3, -3}, upper[2] = {3, 3};
    for (size_t k = 0; k < sizeof starts / sizeof *starts; k++) {
        found at = minimize(quadratic, 2, starts[k], lower, upper, &thorough);
        assert_close(at.x[0], 0.5, 1e-6);
        assert_close(at.x[1], 1.0 / 3, 1e-6);
    }
}

/* Variables between equal bounds stay there, the others do not mind. */
static void bounds_without_width(void **state) {
    (void)state;
    double x0[6], lower[6], upper[6];
    fill(6, x0, 0.7);
    fill(6, lower, -1);
    fill(6, upper, 1);
    lower[0] = upper[0] = 0.25;
    lower[4] = upper[4] = -0.125;
    found at = minimize(quadratic, 6, x0, lower, upper, &thorough);
    assert_true(at.x[0] == 0.25 && at.x[4] == -0.125);
    for (size_t i = 1; i < 6; i++)
        if (i != 4)
            assert_close(at.x[i], 1 / (double)(i + 2), 1e-6);
    at = minimize(quadratic, 6, x0, lower, lower, &thorough);
    for (size_t i = 0; i < 6; i++)
        assert_true(at.x[i] == lower[i]);
    assert_true(at.n_evaluations == 1);
}

static void regions_without_a_value_are_a_step_too_far(void **state) {
    (void)state;
    for (size_t d = 1; d <= 5; d++) {
        double x0[5], lower[5], upper[5];
        fill(d, x0, 2);
        fill(d, lower, -10);
        fill(d, upper, 10);
        lw_minimizer_settings long_steps = thorough;
        long_steps.first_step = 1; /* into the region at once */
        found at = minimize(with_a_region_of_nan, d, x0, lower, upper, &long_steps);
        for (size_t i = 0; i < d; i++)
            assert_close(at.x[i], 0.75, 1e-6);
    }
}

static void nothing_to_minimize_ends_at_once(void **state) {
    (void)state;
    const double x0[2] = {0.5, 0.5}, lower[2] = {0, 0}, upper[2] = {1, 1};
    found at = minimize(nowhere_a_number, 2, x0, lower, upper, &thorough);
    assert_true(at.n_evaluations == 1 && at.f == HUGE_VAL);
    at = minimize(without_a_gradient, 2, x0, lower, upper, &thorough);
    assert_true(at.n_evaluations == 1 && at.f == HUGE_VAL);
    at = minimize(flat, 2, x0, lower, upper, &thorough);
    assert_true(at.n_evaluations == 1 && at.f == 3 && at.x[0] == 0.5);

    lw_minimizer minimizer;
    assert_int_equal(lw_minimizer_init(&minimizer, 0, &thorough), LW_OK);
    assert_false(lw_minimizer_start(&minimizer, NULL, NULL, NULL));
    lw_minimizer_release(&minimizer);
    const lw_minimizer_settings none = {0};
    assert_int_equal(lw_minimizer_init(&minimizer, 2, &none), LW_OK);
    assert_false(lw_minimizer_start(&minimizer, x0, lower, upper));
    lw_minimizer_release(&minimizer);
    lw_minimizer_release(&(lw_minimizer){0});
}

static void ends_when_it_is_told_to(void **state) {
    (void)state;
    double x0[20], lower[20], upper[20];
    fill(20, x0, 0.9);
    fill(20, lower, -1);
    fill(20, upper, 2);
    size_t all = minimize(quadratic, 20, x0, lower, upper, &thorough).n_evaluations;
    double last = HUGE_VAL;
    for (size_t n = 1; n < all; n += 3) {
        lw_minimizer_settings few = thorough;
        few.n_evaluations = n;
        found at = minimize(quadratic, 20, x0, lower, upper, &few);
        assert_true(at.n_evaluations == n && at.f <= last);
        last = at.f;
    }
    lw_minimizer_settings coarse = thorough;
    coarse.gradient_tolerance = 10;
    found at = minimize(quadratic, 20, x0, lower, upper, &coarse);
    double gradient[20];
    quadratic(20, at.x, gradient);
    for (size_t i = 0; i < 20; i++)
        assert_true(fabs(fmin(fmax(at.x[i] - gradient[i], -1), 2) - at.x[i]) <= 10);
    assert_true(at.n_evaluations < all);
    coarse = thorough;
    coarse.value_tolerance = 0.1;
    assert_true(minimize(quadratic, 20, x0, lower, upper, &coarse).n_evaluations < all);
}

/* One minimiser does for several starts, as if it were new. */
static void it_is_used_again(void **state) {
    (void)state;
    const double starts[2][2] = {{-1.2, 1}, {2, -2}}, lower[2] = {-3, -3}, upper[2] = {3, 3};
    lw_minimizer minimizer;
    double gradient[2];
    assert_int_equal(lw_minimizer_init(&minimizer, 2, &thorough), LW_OK);
    for (size_t k = 0; k < 4; k++) {
        found alone = minimize(rosenbrock, 2, starts[k % 2], lower, upper, &thorough);
        for (bool more = lw_minimizer_start(&minimizer, starts[k % 2], lower, upper); more;)
            more = lw_minimizer_tell(&minimizer, rosenbrock(2, minimizer.trial, gradient), gradient);
        assert_memory_equal(minimizer.x, alone.x, sizeof gradient);
    }
    lw_minimizer_release(&minimizer);
}

/* Random convex quadratics with correlated variables in boxes: the optimality conditions hold where it ends. */
enum { RANDOM_D = 12 };
static double matrix[RANDOM_D][RANDOM_D], target[RANDOM_D];

static double random_quadratic(size_t d, const double *x, double *gradient) {
    double sum = 0;
    for (size_t i = 0; i < d; i++) {
        gradient[i] = 0;
        for (size_t j = 0; j < d; j++)
            gradient[i] += matrix[i][j] * (x[j] - target[j]);
        sum += 0.5 * (x[i] - target[i]) * gradient[i];
    }
    return sum;
}

static void optimality_in_random_boxes(void **state) {
    (void)state;
    lw_stream stream;
    lw_stream_init(&stream, 7, LW_PURPOSE_SAMPLE, 1, 0);
    for (int round = 0; round < 60; round++) {
        const size_t d = 1 + lw_stream_below(&stream, RANDOM_D);
        double root[RANDOM_D][RANDOM_D], x0[RANDOM_D], lower[RANDOM_D], upper[RANDOM_D], gradient[RANDOM_D];
        for (size_t i = 0; i < d; i++) {
            for (size_t j = 0; j < d; j++)
                root[i][j] = lw_stream_uniform(&stream) - 0.5;
            target[i] = 2 * lw_stream_uniform(&stream) - 0.5; /* in the box or beyond */
            x0[i] = lw_stream_uniform(&stream);
            lower[i] = 0;
            upper[i] = 1;
        }
        for (size_t i = 0; i < d; i++)
            for (size_t j = 0; j < d; j++) {
                matrix[i][j] = i == j ? 0.1 : 0;
                for (size_t k = 0; k < d; k++)
                    matrix[i][j] += root[i][k] * root[j][k];
            }
        found at = minimize(random_quadratic, d, x0, lower, upper, &thorough);
        random_quadratic(d, at.x, gradient);
        for (size_t i = 0; i < d; i++)
            assert_close(fmin(fmax(at.x[i] - gradient[i], 0), 1), at.x[i], 1e-6);
    }
}

static bool minimize_once(void *context) {
    (void)context;
    lw_minimizer minimizer;
    int outcome = lw_minimizer_init(&minimizer, 3, &thorough);
    lw_minimizer_release(&minimizer);
    return outcome == LW_OK;
}

static void says_when_memory_is_gone(void **state) {
    (void)state;
    lw_test_sweep_allocations(minimize_once, NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(quadratics),
        cmocka_unit_test(valleys),
        cmocka_unit_test(minima_at_bounds),
        cmocka_unit_test(corners),
        cmocka_unit_test(starts_anywhere),
        cmocka_unit_test(bounds_without_width),
        cmocka_unit_test(regions_without_a_value_are_a_step_too_far),
        cmocka_unit_test(nothing_to_minimize_ends_at_once),
        cmocka_unit_test(ends_when_it_is_told_to),
        cmocka_unit_test(it_is_used_again),
        cmocka_unit_test(optimality_in_random_boxes),
        cmocka_unit_test(says_when_memory_is_gone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
