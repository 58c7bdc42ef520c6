#include "testing.h"

#include <float.h>

#include <labwatch/random.h>

#include "parzen.h"
#include "parzen_reference.h"
#include "vector_exp.h"

/* ---- columns ---- */

static const double thirds[] = {0, 1.0 / 3, 2.0 / 3, 1};
static const double tenths[] = {0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1};
static const double uneven[] = {0, 0.02, 0.3, 0.35, 0.9, 1};

#define NUMBERS {.kind = LW_PARZEN_NUMBERS}
#define CELLS(whose, edges) {.kind = whose, .n_levels = sizeof(edges) / sizeof(double) - 1, .ends = edges}

static const lw_parzen_column number[] = {NUMBERS};
static const lw_parzen_column uneven_levels[] = {CELLS(LW_PARZEN_LEVELS, uneven)};
static const lw_parzen_column uneven_choices[] = {CELLS(LW_PARZEN_CHOICES, uneven)};

/* ---- estimators ---- */

/* n observations, x (d x n); all count 1, as does the prior. */
static void fit(lw_parzen *parzen, const lw_parzen_column *columns, size_t d, size_t n, const double *x) {
    memset(parzen, 0, sizeof *parzen);
    assert_int_equal(lw_parzen_reserve(parzen, columns, d, n), LW_OK);
    assert_int_equal(parzen->n, n + 1);
    for (size_t j = 0; j < d; j++)
        for (size_t i = 0; i < n; i++)
            parzen->value[j * parzen->n + i] = x[j * n + i];
    lw_parzen_fit(parzen, 1 / fmin(100, (double)n + 2), 1);
    for (size_t i = 0; i <= n; i++)
        parzen->terms[i] = 1;
    lw_parzen_weigh(parzen, parzen->terms);
}

static double density_at(const lw_parzen *parzen, const double *x) {
    double log_density;
    lw_parzen_log_density(parzen, 1, x, NULL, &log_density);
    return exp(log_density);
}

/* Simpson's rule, fine enough for deviations of 0.01. */
static double integral(const lw_parzen *parzen, double from, double to) {
    enum { PARTS = 4000 };
    double sum = 0, h = (to - from) / PARTS;
    for (int k = 0; k <= PARTS; k++) {
        double x = from + k * h;
        sum += density_at(parzen, &x) * (k == 0 || k == PARTS ? 1 : k % 2 ? 4 : 2);
    }
    return sum * h / 3;
}

/* ---- the reference ---- */

static const lw_parzen_column all_four[] = {CELLS(LW_PARZEN_CHOICES, thirds), CELLS(LW_PARZEN_LEVELS, tenths), NUMBERS,
                                            NUMBERS};
static const lw_parzen_column without_levels[] = {CELLS(LW_PARZEN_CHOICES, thirds), NUMBERS, NUMBERS};

static void good_ones_have_the_density_that_another_program_gives(void **state) {
    (void)state;
    double x[4 * REF_GOOD], log_density[REF_M];
    for (size_t i = 0; i < REF_GOOD; i++) {
        x[i] = ref_choice[ref_good[i]];
        x[REF_GOOD + i] = ref_level[ref_good[i]];
        x[2 * REF_GOOD + i] = ref_x[ref_good[i]];
        x[3 * REF_GOOD + i] = ref_y[ref_good[i]];
    }
    lw_parzen parzen;
    fit(&parzen, all_four, 4, REF_GOOD, x);
    lw_parzen_log_density(&parzen, REF_M, &ref_points[0][0], NULL, log_density);
    for (size_t k = 0; k < REF_M; k++)
        assert_close(log_density[k], ref_good_density[k], 1e-10);
    lw_parzen_release(&parzen);

    const lw_parzen_column levels[] = {CELLS(LW_PARZEN_LEVELS, tenths)};
    fit(&parzen, levels, 1, REF_GOOD, x + REF_GOOD);
    for (size_t k = 0; k < REF_M; k++)
        assert_close(log(density_at(&parzen, &ref_points[k][1])), ref_good_levels[k], 1e-10);
    lw_parzen_release(&parzen);
}

static void fit_bad(lw_parzen *parzen) {
    double x[3 * REF_BAD];
    for (size_t i = 0, n = 0; i < REF_N; i++) {
        if (i == ref_good[0] || i == ref_good[1] || i == ref_good[2])
            continue;
        x[n] = ref_choice[i];
        x[REF_BAD + n] = ref_x[i];
        x[2 * REF_BAD + n++] = ref_y[i];
    }
    fit(parzen, without_levels, 3, REF_BAD, x);
    for (size_t i = 0; i < parzen->n; i++)
        parzen->terms[i] = i == 0 ? 1.0 / REF_BAD : 1;
    lw_parzen_weigh(parzen, parzen->terms);
}

static void bad_ones_have_the_density_that_another_program_gives(void **state) {
    (void)state;
    lw_parzen parzen;
    fit_bad(&parzen);
    for (size_t i = 0; i < REF_BAD; i++) {
        assert_relatively_close(1 / parzen.inverse[parzen.n + i], ref_x_deviation[i], 1e-12);
        assert_relatively_close(1 / parzen.inverse[2 * parzen.n + i], ref_y_deviation[i], 1e-12);
    }
    for (size_t k = 0; k < REF_M; k++) {
        const double x[] = {ref_points[k][0], ref_points[k][2], ref_points[k][3]};
        assert_close(log(density_at(&parzen, x)), ref_bad_density[k], 1e-10);
    }
    lw_parzen_release(&parzen);
}

/* ---- densities ---- */

static void densities_of_numbers_integrate_to_one(void **state) {
    (void)state;
    static const double x[] = {0, 0.001, 0.3, 0.31, 0.99, 1, 0.5, 0.5, 0.5};
    lw_parzen parzen;
    for (size_t n = 0; n <= sizeof x / sizeof *x; n++) {
        fit(&parzen, number, 1, n, x);
        assert_close(integral(&parzen, 0, 1), 1, 1e-9);
        lw_parzen_release(&parzen);
    }
}

static void probabilities_sum_to_one(void **state) {
    (void)state;
    static const double k[] = {0, 3, 3, 4, 3, 3, 3};
    static const lw_parzen_column *const columns[] = {uneven_levels, uneven_choices};
    for (size_t c = 0; c < 2; c++)
        for (size_t n = 0; n <= sizeof k / sizeof *k; n++) {
            lw_parzen parzen;
            fit(&parzen, columns[c], 1, n, k);
            double sum = 0;
            for (double level = 0; level < 5; level++)
                sum += density_at(&parzen, &level);
            assert_close(sum, 1, 1e-13);
            lw_parzen_release(&parzen);
        }
}

static void products_integrate_to_one(void **state) {
    (void)state;
    static const lw_parzen_column columns[] = {NUMBERS, CELLS(LW_PARZEN_LEVELS, uneven),
                                               CELLS(LW_PARZEN_CHOICES, thirds)};
    static const double x[] = {0.1, 0.9, 0.95, 0, 3, 4, 1, 1, 2};
    enum { PARTS = 2000 };
    lw_parzen parzen;
    fit(&parzen, columns, 3, 3, x);
    double sum = 0;
    for (int part = 0; part < PARTS; part++)
        for (int k = 0; k < 15; k++)
            sum += density_at(&parzen, (double[]){(part + 0.5) / PARTS, k % 5, k / 5});
    assert_close(sum / PARTS, 1, 1e-7);
    lw_parzen_release(&parzen);
}

/* A number of 200 levels is one of many: densities times widths sum to nearly one, and are near to the masses. */
static void many_levels_are_nearly_cells(void **state) {
    (void)state;
    static const double x[] = {0.0025, 0.4025, 0.4125, 0.9975};
    enum { LEVELS = 200, PARTS = 64 };
    const double width = 1.0 / LEVELS;
    lw_parzen parzen;
    fit(&parzen, number, 1, sizeof x / sizeof *x, x);
    parzen.narrowest = 0.01;
    for (size_t i = 0; i < sizeof x / sizeof *x; i++)
        parzen.inverse[i] = 100;
    parzen.log_factor[0] = parzen.log_factor[3] = log(100 / (sqrt(2 * M_PI) * 0.5 * (1 + erf(0.25 * M_SQRT1_2))));
    parzen.log_factor[1] = parzen.log_factor[2] = log(100 / sqrt(2 * M_PI));
    double sum = 0;
    for (int k = 0; k < LEVELS; k++) {
        double middle = (k + 0.5) * width, log_density, inside = 0;
        lw_parzen_log_density(&parzen, 1, &middle, &width, &log_density);
        for (int part = 0; part < PARTS; part++)
            inside += density_at(&parzen, (double[]){(k + (part + 0.5) / PARTS) * width}) / PARTS;
        assert_relatively_close(exp(log_density), inside, 1e-3);
        sum += exp(log_density) * width;
    }
    assert_close(sum, 1, 1e-4);
    lw_parzen_release(&parzen);
}

/* A kernel far narrower than the cell is as wide as the cell: the density there is finite, and not far from 1 / width. */
static void kernels_much_narrower_than_cells_count_as_wide_as_these(void **state) {
    (void)state;
    static const double widths[] = {1e-3, 0.01, 0.1};
    lw_parzen parzen;
    fit(&parzen, number, 1, 1, (double[]){0.5});
    parzen.inverse[0] = 1e4;
    parzen.narrowest = 1e-4;
    parzen.log_factor[0] = log(1e4 / sqrt(2 * M_PI));
    for (size_t k = 0; k < sizeof widths / sizeof *widths; k++) {
        double log_kernels[2], variance = 1e-8 + widths[k] * widths[k] / 12;
        for (double x = 0.5; x < 0.5 + 3 * widths[k]; x += 0.5 * widths[k]) {
            lw_parzen_log_kernels(&parzen, &x, &widths[k], log_kernels);
            double z = x - 0.5;
            assert_close(log_kernels[0], -0.5 * (z * z / variance + log(2 * M_PI * variance)), 0.02);
        }
    }
    lw_parzen_release(&parzen);
}

static void a_density_is_the_sum_of_its_kernels(void **state) {
    (void)state;
    lw_parzen parzen;
    double kernels[REF_BAD + 1];
    fit_bad(&parzen);
    const double x[] = {1, 0.4, 0.6};
    lw_parzen_log_kernels(&parzen, x, NULL, kernels);
    double sum = 0;
    for (size_t i = 0; i < parzen.n; i++)
        sum += exp(parzen.log_weight[i] + kernels[i]);
    assert_relatively_close(sum, density_at(&parzen, x), 1e-13);
    lw_parzen_release(&parzen);
}

static void kernels_without_weight_are_not_there(void **state) {
    (void)state;
    static const double x[] = {0.2, 0.7}, one[] = {0, 1, 1};
    lw_parzen two, alone;
    fit(&two, number, 1, 2, x);
    lw_parzen_weigh(&two, one);
    fit(&alone, number, 1, 1, x + 1);
    alone.inverse[0] = two.inverse[1];
    alone.log_factor[0] = two.log_factor[1];
    for (double at = 0; at <= 1; at += 0.125)
        assert_relatively_close(density_at(&two, &at), density_at(&alone, &at), 1e-13);
    lw_parzen_release(&two);
    lw_parzen_release(&alone);
}

/* Three hundred columns, choices of twenty thousand, and observations in the corners: logarithms stay numbers. */
static void wide_spaces_have_finite_densities(void **state) {
    (void)state;
    enum { D = 300, N = 40, CHOICES = 20000 };
    double *ends = calloc(CHOICES + 1, sizeof *ends), *x = calloc(D * N, sizeof *x), at[D], log_density;
    lw_parzen_column *columns = calloc(D, sizeof *columns);
    assert_true(ends && x && columns);
    for (size_t k = 0; k <= CHOICES; k++)
        ends[k] = (double)k / CHOICES;
    lw_stream stream;
    lw_stream_init(&stream, 1, LW_PURPOSE_MODEL, 1, 0);
    for (size_t j = 0; j < D; j++) {
        bool is_choice = j % 3 == 0;
        columns[j] = (lw_parzen_column){.kind = is_choice ? LW_PARZEN_CHOICES : LW_PARZEN_NUMBERS,
                                        .n_levels = is_choice ? CHOICES : 0, .ends = ends};
        for (size_t i = 0; i < N; i++)
            x[j * N + i] = is_choice ? (double)(i * 499) : (double)(i % 2);
        at[j] = is_choice ? 17 : 0.5;
    }
    lw_parzen parzen;
    fit(&parzen, columns, D, N, x);
    lw_parzen_log_density(&parzen, 1, at, NULL, &log_density);
    assert_true(isfinite(log_density));
    for (int draw = 0; draw < 20; draw++) {
        lw_parzen_draw(&parzen, lw_stream_rng(&stream), at);
        for (size_t j = 0; j < D; j++)
            assert_true(at[j] >= 0 && at[j] <= (j % 3 == 0 ? CHOICES - 1 : 1));
        lw_parzen_log_density(&parzen, 1, at, NULL, &log_density);
        assert_true(isfinite(log_density));
    }
    lw_parzen_release(&parzen);
    free(columns);
    free(ends);
    free(x);
}

/* ---- draws ---- */

enum { DRAWS = 40000 };

/* A frequency is within five deviations of its probability. */
static void assert_frequency(size_t n, double probability) {
    double deviation = sqrt(DRAWS * probability * (1 - probability));
    assert_close((double)n, DRAWS * probability, 5 * deviation + 1);
}

static void draws_of_numbers_follow_the_density(void **state) {
    (void)state;
    static const double x[] = {0, 0.02, 0.3, 0.31, 0.97};
    enum { BINS = 25 };
    size_t n[BINS] = {0};
    lw_parzen parzen;
    fit(&parzen, number, 1, sizeof x / sizeof *x, x);
    lw_stream stream;
    lw_stream_init(&stream, 1, LW_PURPOSE_MODEL, 2, 0);
    for (int draw = 0; draw < DRAWS; draw++) {
        double drawn;
        lw_parzen_draw(&parzen, lw_stream_rng(&stream), &drawn);
        assert_true(drawn >= 0 && drawn <= 1);
        n[drawn < 1 ? (size_t)(drawn * BINS) : BINS - 1]++;
    }
    for (size_t k = 0; k < BINS; k++)
        assert_frequency(n[k], integral(&parzen, (double)k / BINS, (double)(k + 1) / BINS));
    lw_parzen_release(&parzen);
}

static void draws_of_levels_and_choices_follow_their_probabilities(void **state) {
    (void)state;
    static const double x[] = {0, 3, 3, 4};
    static const lw_parzen_column *const columns[] = {uneven_levels, uneven_choices};
    for (size_t c = 0; c < 2; c++) {
        size_t n[5] = {0};
        lw_parzen parzen;
        fit(&parzen, columns[c], 1, 4, x);
        lw_stream stream;
        lw_stream_init(&stream, 1, LW_PURPOSE_MODEL, 3, c);
        for (int draw = 0; draw < DRAWS; draw++) {
            double drawn;
            lw_parzen_draw(&parzen, lw_stream_rng(&stream), &drawn);
            n[(size_t)drawn]++;
        }
        for (size_t k = 0; k < 5; k++)
            assert_frequency(n[k], density_at(&parzen, (double[]){(double)k}));
        lw_parzen_release(&parzen);
    }
}

static void levels_are_found_by_their_cells(void **state) {
    (void)state;
    for (size_t k = 0; k < 5; k++) {
        assert_int_equal(lw_parzen_level_at(uneven_levels, uneven[k]), k);
        assert_int_equal(lw_parzen_level_at(uneven_levels, 0.5 * (uneven[k] + uneven[k + 1])), k);
        assert_int_equal(lw_parzen_level_at(uneven_levels, nextafter(uneven[k + 1], 0)), k);
    }
    assert_int_equal(lw_parzen_level_at(uneven_levels, 1), 4);
}

/* ---- widths ---- */

/* By the definition: sorted by hand. */
static double deviation_of(size_t n, const double *x, size_t i) {
    double left = -1, right = 2;
    for (size_t k = 0; k < n; k++) {
        if (k != i && (x[k] < x[i] || (x[k] == x[i] && k < i)))
            left = fmax(left, x[k]);
        else if (k != i)
            right = fmin(right, x[k]);
    }
    double widest = fmax(left < 0 ? 0 : x[i] - left, right > 1 ? 0 : right - x[i]);
    return fmax(widest, 1 / fmin(100, (double)n + 2));
}

static void kernels_reach_to_the_farther_neighbour(void **state) {
    (void)state;
    enum { MOST = 90 };
    double x[MOST], inverse[MOST], room[MOST];
    lw_stream stream;
    lw_stream_init(&stream, 1, LW_PURPOSE_MODEL, 4, 0);
    for (size_t n = 2; n <= MOST; n++) {
        for (size_t i = 0; i < n; i++)
            x[i] = i % 7 == 3 ? 0.25 : i % 11 == 5 ? 1 : pow(lw_stream_uniform(&stream), 3);
        lw_parzen_widths(n, x, fmin(100, (double)n + 2), inverse, room);
        for (size_t i = 0; i < n; i++)
            assert_relatively_close(1 / inverse[i], deviation_of(n, x, i), 2e-5);
    }
}

static void kernels_in_one_place_are_narrow_whatever_their_order(void **state) {
    (void)state;
    double x[50], inverse[50], room[50];
    for (size_t i = 0; i < 50; i++)
        x[i] = 0.3 - 1e-10 * (double)i;
    lw_parzen_widths(50, x, 100, inverse, room);
    for (size_t i = 0; i < 50; i++)
        assert_float_equal(inverse[i], 100, 0);
}

static void one_observation_reaches_to_the_farther_end(void **state) {
    (void)state;
    double inverse, room;
    lw_parzen_widths(1, (double[]){0.2}, 100, &inverse, &room);
    assert_close(1 / inverse, 0.8, 1e-15);
    lw_parzen_level_widths(1, (double[]){3}, 5, uneven, 100, &inverse);
    assert_close(1 / inverse, 0.625, 1e-15);
}

static void kernels_of_levels_reach_to_other_levels(void **state) {
    (void)state;
    static const double level[] = {1, 3, 3, 1, 3, 4}; /* in the middle of their cells: 0.16, 0.625, 0.95 */
    double inverse[6];
    lw_parzen_level_widths(6, level, 5, uneven, 100, inverse);
    for (size_t i = 0; i < 6; i++)
        assert_close(1 / inverse[i], level[i] == 4 ? 0.325 : 0.465, 1e-12);
}

/* ---- exponentials ---- */

static void exponentials_are_exact_to_rounding(void **state) {
    (void)state;
    double x[997], y[997];
    for (size_t i = 0; i < 997; i++)
        x[i] = -(double)(i * i) * 7e-4;
    lw_exp_all(997, x, y);
    for (size_t i = 0; i < 997; i++)
        assert_relatively_close(y[i], exp(x[i]), 3 * DBL_EPSILON);
}

static void sums_of_exponentials_of_any_size(void **state) {
    (void)state;
    for (size_t n = 1; n < 40; n++) {
        double x[40], sum = 0;
        for (size_t i = 0; i < n; i++) {
            x[i] = (double)(i * 7 % 40) * 0.9;
            sum += exp(x[i]);
            x[i] += 5000;
        }
        assert_close(lw_log_sum_exp(n, x), 5000 + log(sum), 1e-11);
    }
    assert_close(lw_log_sum_exp(3, (double[]){-1e6, -INFINITY, -1e6}), -1e6 + M_LN2, 1e-9);
}

static bool make_room(void *context) {
    (void)context;
    lw_parzen parzen = {0};
    bool has_room = lw_parzen_reserve(&parzen, all_four, 4, 10) == LW_OK;
    lw_parzen_release(&parzen);
    return has_room;
}

static void says_when_memory_is_gone(void **state) {
    (void)state;
    lw_test_sweep_allocations(make_room, NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_ones_have_the_density_that_another_program_gives),
        cmocka_unit_test(bad_ones_have_the_density_that_another_program_gives),
        cmocka_unit_test(densities_of_numbers_integrate_to_one),
        cmocka_unit_test(probabilities_sum_to_one),
        cmocka_unit_test(products_integrate_to_one),
        cmocka_unit_test(many_levels_are_nearly_cells),
        cmocka_unit_test(kernels_much_narrower_than_cells_count_as_wide_as_these),
        cmocka_unit_test(a_density_is_the_sum_of_its_kernels),
        cmocka_unit_test(kernels_without_weight_are_not_there),
        cmocka_unit_test(wide_spaces_have_finite_densities),
        cmocka_unit_test(draws_of_numbers_follow_the_density),
        cmocka_unit_test(draws_of_levels_and_choices_follow_their_probabilities),
        cmocka_unit_test(levels_are_found_by_their_cells),
        cmocka_unit_test(kernels_reach_to_the_farther_neighbour),
        cmocka_unit_test(kernels_in_one_place_are_narrow_whatever_their_order),
        cmocka_unit_test(one_observation_reaches_to_the_farther_end),
        cmocka_unit_test(kernels_of_levels_reach_to_other_levels),
        cmocka_unit_test(exponentials_are_exact_to_rounding),
        cmocka_unit_test(sums_of_exponentials_of_any_size),
        cmocka_unit_test(says_when_memory_is_gone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
