/*
 * What the optimizer `gp` makes of configurations before any model sees them.
 */
#include "spaces.h"

#include <labwatch/sys/text.h>

#include "columns.h"

static const char mixed_text[] = "space:\n"
                                 "  lr: !UniformFloat [1e-4, 1, log_scale]\n"   /* 0 */
                                 "  layers: !UniformInt [1, 8]\n"               /* 1 */
                                 "  width: !UniformInt [1, 500]\n"              /* 2 */
                                 "  size: !Ordinal [small, medium, large]\n"    /* 3 */
                                 "  kernel: !Categorical [linear, poly, rbf]\n" /* 4, 5, 6 */
                                 "  gamma: !UniformFloat {lower: 0, upper: 1, when: {kernel: [poly, rbf]}}\n" /* 7 */
                                 "  degree: !UniformInt {lower: 2, upper: 5, when: {kernel: poly}}\n"         /* 8 */
                                 "  shape: !Categorical {choices: [x, y], when: {kernel: [poly, rbf]}}\n"; /* 9, 10 */
enum { N_MIXED = 8, N_MIXED_COLUMNS = 13, LR = 0, LAYERS, WIDTH, SIZE, KERNEL, GAMMA, DEGREE, SHAPE };

static void open_columns(lw_gp_columns *columns, lw_space *space) {
    lw_error error;
    assert_ok(lw_gp_columns_init(columns, space, &error), error);
}

static void parameters_and_conditions_have_columns(void **state) {
    (void)state;
    lw_space *space = lw_test_space(mixed_text);
    lw_gp_columns columns;
    open_columns(&columns, space);
    assert_int_equal(columns.d, N_MIXED);
    assert_int_equal(columns.D, N_MIXED_COLUMNS);
    assert_int_equal(columns.G, N_MIXED + 2); /* two conditions: gamma and shape share theirs */
    static const size_t first[N_MIXED] = {0, 1, 2, 3, 4, 7, 8, 9};
    static const size_t group[11] = {LR, LAYERS, WIDTH, SIZE, KERNEL, KERNEL, KERNEL, GAMMA, DEGREE, SHAPE, SHAPE};
    for (size_t i = 0; i < N_MIXED; i++) {
        assert_int_equal(columns.first[i], first[i]);
        assert_int_equal(columns.coordinates[i].column, first[i]);
        assert_int_equal(columns.condition[i] == SIZE_MAX, i < GAMMA);
    }
    for (size_t c = 0; c < 11; c++)
        assert_int_equal(columns.group[c], group[c]);
    assert_int_equal(columns.condition[GAMMA], columns.condition[SHAPE]);
    assert_int_not_equal(columns.condition[GAMMA], columns.condition[DEGREE]);
    assert_int_not_equal(columns.group[columns.condition[GAMMA]], columns.group[columns.condition[DEGREE]]);
    assert_true(columns.group[columns.condition[GAMMA]] >= N_MIXED);
    assert_false(columns.is_finite);
    lw_gp_columns_release(&columns);
    lw_space_free(space);
}

/* All few values are tried, many are a grid, and floats have no grid. */
static void few_values_are_levels(void **state) {
    (void)state;
    lw_space *space = lw_test_space(mixed_text);
    lw_gp_columns columns;
    open_columns(&columns, space);
    static const size_t n_levels[N_MIXED] = {0, 8, 0, 3, 3, 0, 4, 2};
    for (size_t i = 0; i < N_MIXED; i++) {
        const lw_coordinate *c = &columns.coordinates[i];
        assert_int_equal(c->n_levels, n_levels[i]);
        assert_int_equal(c->levels != NULL, n_levels[i] > 0);
        for (size_t k = 0; k < c->n_levels; k++)
            assert_true(c->levels[k] == lw_space_level_coordinate(space, i, k));
        assert_close(c->levels ? 0 : c->spacing, i == WIDTH ? 1.0 / 500 : 0, 1e-12);
    }
    lw_gp_columns_release(&columns);
    lw_space_free(space);
    space = lw_test_space("space:\n  a: !Categorical [x, y]\n  n: !UniformInt [1, 1000]\n");
    open_columns(&columns, space);
    assert_true(columns.is_finite);
    lw_gp_columns_release(&columns);
    lw_space_free(space);
}

static void configurations_fill_columns(void **state) {
    (void)state;
    lw_space *space = lw_test_space(mixed_text);
    lw_gp_columns columns;
    open_columns(&columns, space);
    for (uint64_t number = 1; number <= 200; number++) {
        double u[N_MIXED], x[N_MIXED_COLUMNS], squares = 0;
        lw_config *config = lw_test_config(space, number);
        lw_config_encode(config, u);
        lw_gp_columns_fill(&columns, config, u, x);
        for (size_t i = 0; i < N_MIXED; i++) {
            bool is_active = lw_config_is_active(config, i);
            if (columns.condition[i] != SIZE_MAX)
                assert_true(x[columns.condition[i]] == is_active);
            if (i != KERNEL && i != SHAPE)
                assert_true(x[columns.first[i]] == (is_active ? u[i] : 0.5));
        }
        for (size_t k = 0; k < 3; k++)
            assert_true(x[4 + k] == (lw_config_choice(config, KERNEL) == k ? M_SQRT1_2 : 0));
        for (size_t k = 0; k < 2; k++)
            squares += x[9 + k] * x[9 + k];
        assert_close(squares, lw_config_is_active(config, SHAPE) ? 0.5 : 0, 1e-15);
        lw_config_free(config);
    }
    lw_gp_columns_release(&columns);
    lw_space_free(space);
}

static void very_many_choices_share_columns(void **state) {
    (void)state;
    lw_text text = {0};
    lw_text_add(&text, "space:\n  c: !Categorical [");
    for (int k = 0; k < 100; k++)
        lw_text_format(&text, "%sc%d", k ? ", " : "", k);
    lw_text_add(&text, "]\n");
    char *whole = lw_text_take(&text);
    lw_space *space = lw_test_space(whole);
    lw_free(whole);
    lw_gp_columns columns;
    open_columns(&columns, space);
    assert_int_equal(columns.D, 64);
    assert_int_equal(columns.coordinates[0].n_levels, 100);
    for (uint64_t number = 1; number <= 50; number++) {
        double u, x[64], sum = 0;
        lw_config *config = lw_test_config(space, number);
        lw_config_encode(config, &u);
        lw_gp_columns_fill(&columns, config, &u, x);
        for (size_t c = 0; c < 64; c++)
            sum += x[c];
        assert_true(sum == M_SQRT1_2 && x[lw_config_choice(config, 0) % 64] > 0);
        lw_config_free(config);
    }
    lw_gp_columns_release(&columns);
    lw_space_free(space);
}

/* ---- memory ---- */

static bool make_columns(void *context) {
    lw_gp_columns columns;
    int outcome = lw_gp_columns_init(&columns, context, NULL);
    lw_gp_columns_release(&columns);
    assert_true(outcome == LW_OK || outcome == LW_ENOMEM);
    return outcome == LW_OK;
}

static void says_when_memory_is_gone(void **state) {
    (void)state;
    lw_test_need_faults();
    lw_space *space = lw_test_space(mixed_text);
    lw_test_sweep_allocations(make_columns, space);
    lw_space_free(space);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parameters_and_conditions_have_columns),
        cmocka_unit_test(few_values_are_levels),
        cmocka_unit_test(configurations_fill_columns),
        cmocka_unit_test(very_many_choices_share_columns),
        cmocka_unit_test(says_when_memory_is_gone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
