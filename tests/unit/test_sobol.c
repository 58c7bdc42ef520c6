#include "testing.h"

#include <labwatch/random.h>

#include "permutation.h"
#include "sobol.h"

/* Coordinates are the midpoints of cells that are 2^-52 wide. */
static const double HALF_CELL = 0x1p-53;

static void get_points(size_t d, bool scramble, uint64_t seed, uint64_t first, size_t n, double *points) {
    lw_sobol sobol;
    assert_int_equal(lw_sobol_init(&sobol, d, scramble, seed), LW_OK);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(lw_sobol_point(&sobol, first + i, points + i * d), LW_OK);
    lw_sobol_release(&sobol);
}

static double *new_points(size_t n, size_t d) {
    double *points = calloc(n * d, sizeof *points);
    assert_non_null(points);
    return points;
}

/* The first sixteen points in eight dimensions, in sixteenths, as SciPy 1.17.1 gives them (qmc.Sobol without
 * scrambling). */
static void test_sobol__begins_as_joe_and_kuo_have_it(void **state) {
    (void)state;
    static const int sixteenths[16][8] = {
        {0, 0, 0, 0, 0, 0, 0, 0},      {8, 8, 8, 8, 8, 8, 8, 8},     {12, 4, 4, 4, 12, 12, 4, 12},
        {4, 12, 12, 12, 4, 4, 12, 4},  {6, 6, 10, 14, 6, 2, 6, 14},  {14, 14, 2, 6, 14, 10, 14, 6},
        {10, 2, 14, 10, 10, 14, 2, 2}, {2, 10, 6, 2, 2, 6, 10, 10},  {3, 5, 15, 7, 9, 5, 7, 15},
        {11, 13, 7, 15, 1, 13, 15, 7}, {15, 1, 11, 3, 5, 9, 3, 3},   {7, 9, 3, 11, 13, 1, 11, 11},
        {5, 3, 5, 9, 15, 7, 1, 1},     {13, 11, 13, 1, 7, 15, 9, 9}, {9, 7, 1, 13, 3, 11, 5, 13},
        {1, 15, 9, 5, 11, 3, 13, 5},
    };
    double points[16][8];
    get_points(8, false, 0, 0, 16, points[0]);
    for (size_t i = 0; i < 16; i++)
        for (size_t j = 0; j < 8; j++)
            assert_true(points[i][j] == sixteenths[i][j] / 16.0 + HALF_CELL);
}

/* Points far out and in high dimensions, as multiples of 2^-17, from SciPy 1.17.1. */
static void test_sobol__agrees_far_out_and_in_high_dimensions(void **state) {
    (void)state;
    static const size_t dimensions[12] = {0, 1, 7, 39, 40, 41, 100, 499, 777, 1000, 1109, 1110};
    static const struct {
        uint64_t index;
        int multiples[12];
    } wanted[] = {
        {1, {65536, 65536, 65536, 65536, 65536, 65536, 65536, 65536, 65536, 65536, 65536, 65536}},
        {77, {109568, 109568, 84992, 35840, 107520, 97280, 117760, 74752, 70656, 3072, 62464, 29696}},
        {1000, {28800, 12672, 117888, 62848, 119680, 33408, 100736, 33408, 123520, 74112, 129664, 48512}},
        {65537, {65539, 131071, 16603, 323, 86683, 57171, 9071, 69735, 55899, 78267, 97295, 45067}},
        {123456, {3473, 23953, 60825, 48625, 104065, 14977, 69673, 120433, 4697, 93653, 91633, 22133}},
    };
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        double point[1111];
        get_points(1111, false, 0, wanted[i].index, 1, point);
        for (size_t k = 0; k < 12; k++)
            assert_true(point[dimensions[k]] == wanted[i].multiples[k] * 0x1p-17 + HALF_CELL);
    }
}

static void test_sobol__gives_the_same_point_cold_and_warm(void **state) {
    (void)state;
    enum { D = 70 };
    static const uint64_t indices[] = {0, 1, 2, 1000, (UINT64_C(3) << 32) + 17, 5, (UINT64_C(1) << 52) - 1, 999};
    lw_sobol warm;
    assert_int_equal(lw_sobol_init(&warm, D, true, 7), LW_OK);
    for (size_t i = 0; i < sizeof indices / sizeof *indices; i++) {
        double u[D], v[D];
        assert_int_equal(lw_sobol_point(&warm, indices[i], u), LW_OK);
        get_points(D, true, 7, indices[i], 1, v);
        assert_memory_equal(u, v, sizeof u);
    }
    lw_sobol_release(&warm);
}

static void test_sobol__first_coordinates_do_not_depend_on_d(void **state) {
    (void)state;
    double few[3], many[300];
    get_points(3, true, 5, 77, 1, few);
    get_points(300, true, 5, 77, 1, many);
    assert_memory_equal(few, many, sizeof few);
}

static void test_sobol__other_seeds_give_other_points(void **state) {
    (void)state;
    double a[5], b[5];
    get_points(5, true, 1, 3, 1, a);
    get_points(5, true, 2, 3, 1, b);
    for (size_t i = 0; i < 5; i++)
        assert_true(a[i] != b[i]);
}

/* Every one of n cells of equal width has one of the n points. */
static void assert_stratified(const double *points, size_t n, size_t d, size_t dimension) {
    bool *hit = calloc(n, sizeof *hit);
    assert_non_null(hit);
    for (size_t i = 0; i < n; i++) {
        double u = points[i * d + dimension];
        assert_true(u > 0 && u < 1);
        size_t cell = (size_t)(u * (double)n);
        assert_false(hit[cell]);
        hit[cell] = true;
    }
    free(hit);
}

static void test_sobol__each_dimension_is_stratified(void **state) {
    (void)state;
    enum { N = 256, D = 1300 };
    static const uint64_t firsts[] = {0, 768, UINT64_C(5) << 32};
    double *points = new_points(N, D);
    for (int scramble = 0; scramble <= 1; scramble++) {
        for (size_t k = 0; k < sizeof firsts / sizeof *firsts; k++) {
            get_points(D, scramble, 11, firsts[k], N, points);
            for (size_t j = 0; j < D; j++)
                assert_stratified(points, N, D, j);
        }
    }
    free(points);
}

/* Two first dimensions: every box of area 2^-m with sides that are powers of two has one of 2^m points. */
static void test_sobol__first_two_dimensions_are_a_net(void **state) {
    (void)state;
    enum { M = 8, N = 1 << M };
    double *points = new_points(N, 2);
    for (int scramble = 0; scramble <= 1; scramble++) {
        get_points(2, scramble, 3, 0, N, points);
        for (unsigned m = 0; m <= M; m++) {
            bool hit[N] = {false};
            for (size_t i = 0; i < N; i++) {
                size_t x = (size_t)(points[2 * i] * (double)(1u << m));
                size_t y = (size_t)(points[2 * i + 1] * (double)(1u << (M - m)));
                size_t box = x << (M - m) | y;
                assert_false(hit[box]);
                hit[box] = true;
            }
        }
    }
    free(points);
}

/* Largest |correlation| of n points between dimension i and those from first_j on. */
static double largest_correlation(const double *points, size_t n, size_t d, size_t i, size_t first_j) {
    double variance = (1 - 1.0 / ((double)n * (double)n)) / 12, largest = 0;
    for (size_t j = first_j; j < d; j++) {
        double sum = 0;
        for (size_t k = 0; k < n; k++)
            sum += (points[k * d + i] - 0.5) * (points[k * d + j] - 0.5);
        largest = fmax(largest, fabs(sum / (double)n / variance));
    }
    return largest;
}

/* Plainly, more than four thousand pairs of the first 1,111 dimensions are correlated by more than 1/2 over 256 points.
 */
static void test_sobol__no_two_scrambled_dimensions_are_correlated(void **state) {
    (void)state;
    enum { N = 256, D = 400 };
    double *points = new_points(N, D);
    for (uint64_t seed = 0; seed < 3; seed++) {
        get_points(D, true, seed, 0, N, points);
        for (size_t i = 0; i < D; i++)
            assert_true(largest_correlation(points, N, D, i, i + 1) < 0.4);
    }
    free(points);
}

static void test_sobol__dimensions_behind_the_table_are_not_those_in_it(void **state) {
    (void)state;
    enum { N = 256, D = 1120 };
    double *points = new_points(N, D);
    get_points(D, false, 9, 0, N, points);
    for (size_t i = 0; i < 30; i++)
        assert_true(largest_correlation(points, N, D, i, 1111) < 0.4);
    free(points);
}

/* Over many seeds, one point of the sequence is uniform: its mean and its spread are those of the unit interval. */
static void test_sobol__scrambled_points_are_uniform(void **state) {
    (void)state;
    enum { N = 4000 };
    double sum = 0, squares = 0;
    for (uint64_t seed = 0; seed < N; seed++) {
        double u[40];
        get_points(40, true, seed, 6, 1, u);
        sum += u[35];
        squares += u[35] * u[35];
    }
    assert_close(sum / N, 0.5, 0.02);
    assert_close(squares / N, 1.0 / 3, 0.02);
}

static void test_sobol__no_dimensions_are_no_trouble(void **state) {
    (void)state;
    double nothing;
    get_points(0, true, 1, 0, 1, &nothing);
}

static bool make_some_points(void *context) {
    (void)context;
    lw_sobol sobol;
    double u[40];
    bool worked = lw_sobol_init(&sobol, 40, true, 1) == LW_OK && lw_sobol_point(&sobol, 3, u) == LW_OK &&
                  lw_sobol_point(&sobol, UINT64_C(1) << 40, u) == LW_OK;
    lw_sobol_release(&sobol);
    return worked;
}

static void test_sobol__says_when_memory_is_gone(void **state) {
    (void)state;
    lw_test_sweep_allocations(make_some_points, NULL);
}

static void test_permutation__takes_each_once(void **state) {
    (void)state;
    static const uint64_t sizes[] = {1, 2, 3, 4, 5, 17, 64, 65, 1000};
    for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++) {
        bool hit[1000] = {false};
        for (uint64_t i = 0; i < sizes[k]; i++) {
            uint64_t image = lw_permutation_at(42, sizes[k], i);
            assert_true(image < sizes[k] && !hit[image]);
            hit[image] = true;
        }
    }
}

static void test_permutation__moves_most_and_differs_between_seeds(void **state) {
    (void)state;
    size_t n_same = 0, n_fixed = 0;
    for (uint64_t i = 0; i < 1000; i++) {
        n_same += lw_permutation_at(1, 1000, i) == lw_permutation_at(2, 1000, i);
        n_fixed += lw_permutation_at(1, 1000, i) == i;
    }
    assert_true(n_same < 10 && n_fixed < 10);
    assert_true(lw_permutation_at(1, UINT64_C(1) << 62, 5) < UINT64_C(1) << 62);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sobol__begins_as_joe_and_kuo_have_it),
        cmocka_unit_test(test_sobol__agrees_far_out_and_in_high_dimensions),
        cmocka_unit_test(test_sobol__gives_the_same_point_cold_and_warm),
        cmocka_unit_test(test_sobol__first_coordinates_do_not_depend_on_d),
        cmocka_unit_test(test_sobol__other_seeds_give_other_points),
        cmocka_unit_test(test_sobol__each_dimension_is_stratified),
        cmocka_unit_test(test_sobol__first_two_dimensions_are_a_net),
        cmocka_unit_test(test_sobol__no_two_scrambled_dimensions_are_correlated),
        cmocka_unit_test(test_sobol__dimensions_behind_the_table_are_not_those_in_it),
        cmocka_unit_test(test_sobol__scrambled_points_are_uniform),
        cmocka_unit_test(test_sobol__no_dimensions_are_no_trouble),
        cmocka_unit_test(test_sobol__says_when_memory_is_gone),
        cmocka_unit_test(test_permutation__takes_each_once),
        cmocka_unit_test(test_permutation__moves_most_and_differs_between_seeds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
