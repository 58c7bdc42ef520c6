#include "spaces.h"

#include <labwatch/optimizer.h>

/** All configurations that a grid gives, in its order. */
typedef struct grid_run {
    lw_space *space;
    lw_config **configs;
    size_t n;
} grid_run;

static lw_optimizer *new_grid(const lw_space *space, const bson_t *options) {
    lw_optimizer *optimizer = NULL;
    lw_error error;
    assert_ok(lw_optimizer_new(&optimizer, "grid", options, space, 3, NULL, &error), error);
    return optimizer;
}

static void put_run(lw_optimizer *optimizer, int64_t run_id, const lw_config *config, lw_outcome outcome) {
    lw_observation observation;
    lw_error error;
    lw_observation_init(&observation);
    observation.run_id = run_id;
    observation.outcome = outcome;
    observation.config = config;
    assert_ok(lw_optimizer_update(optimizer, &observation, 1, &error), error);
}

/* Takes over the options. */
static grid_run run_grid(const char *text, bson_t *options) {
    enum { MOST = 20000 };
    grid_run run = {.space = lw_test_space(text), .configs = calloc(MOST, sizeof *run.configs)};
    assert_non_null(run.configs);
    lw_optimizer *optimizer = new_grid(run.space, options);
    for (;;) {
        lw_suggestion suggestion;
        lw_error error;
        lw_question question = {.number = run.n + 1};
        int outcome = lw_optimizer_suggest_configuration(optimizer, &question, &suggestion, &error);
        if (outcome == LW_EXHAUSTED)
            break;
        assert_ok(outcome, error);
        assert_true(run.n < MOST);
        put_run(optimizer, (int64_t)run.n + 1, suggestion.config, LW_PENDING);
        run.configs[run.n++] = suggestion.config;
        suggestion.config = NULL;
        lw_suggestion_release(&suggestion);
    }
    lw_optimizer_free(optimizer);
    if (options)
        bson_destroy(options);
    return run;
}

/* Of this call, whatever was in the error before. */
static void test_grid__exhaustion_has_its_own_sentence(void **state) {
    (void)state;
    lw_space *space = lw_test_space("space:\n  k: !UniformInt [1, 2]\n");
    lw_optimizer *optimizer = new_grid(space, NULL);
    lw_question question = {.number = 1};
    lw_suggestion suggestion;
    lw_error error;
    for (; question.number <= 2; question.number++) {
        assert_ok(lw_optimizer_suggest_configuration(optimizer, &question, &suggestion, &error), error);
        put_run(optimizer, (int64_t)question.number, suggestion.config, LW_PENDING);
        lw_suggestion_release(&suggestion);
    }
    lw_error_set(&error, LW_EXHAUSTED, "an old sentence");
    assert_int_equal(lw_optimizer_suggest_configuration(optimizer, &question, &suggestion, &error), LW_EXHAUSTED);
    assert_int_equal(error.code, LW_EXHAUSTED);
    assert_string_equal(error.message, lw_code_text(LW_EXHAUSTED));
    lw_optimizer_free(optimizer);
    lw_space_free(space);
}

static void free_run(grid_run *run) {
    for (size_t i = 0; i < run->n; i++)
        lw_config_free(run->configs[i]);
    free(run->configs);
    lw_space_free(run->space);
}

static bson_t *lexicographic(int levels) {
    return BCON_NEW("order", "lexicographic", "levels", BCON_INT32(levels));
}

static void test_grid__spreads_points_over_both_ends(void **state) {
    (void)state;
    grid_run run = run_grid("space:\n  x: !UniformFloat [10, 20]\n", lexicographic(5));
    static const double wanted[] = {10, 12.5, 15, 17.5, 20};
    assert_int_equal(run.n, 5);
    for (size_t i = 0; i < 5; i++)
        assert_true(lw_config_number(run.configs[i], 0) == wanted[i]);
    free_run(&run);

    run = run_grid("space:\n  x: !UniformFloat [1e-3, 1e3, log_scale]\n", lexicographic(3));
    assert_int_equal(run.n, 3);
    assert_true(lw_config_number(run.configs[0], 0) == 1e-3);
    assert_true(lw_config_number(run.configs[1], 0) == 1);
    assert_true(lw_config_number(run.configs[2], 0) == 1e3);
    free_run(&run);
}

static void test_grid__gaussian_without_bounds_has_no_ends(void **state) {
    (void)state;
    grid_run run = run_grid("space:\n  x: !Gaussian {mu: 5, sigma: 2}\n", lexicographic(3));
    assert_int_equal(run.n, 3);
    assert_true(lw_config_number(run.configs[1], 0) == 5);
    assert_true(lw_config_number(run.configs[0], 0) > 2 && lw_config_number(run.configs[2], 0) < 8);
    free_run(&run);
}

static void test_grid__one_level_is_the_middle(void **state) {
    (void)state;
    grid_run run = run_grid("space:\n  x: !UniformFloat [10, 20]\n  n: !UniformInt [1, 1001]\n", lexicographic(1));
    assert_int_equal(run.n, 1);
    assert_true(lw_config_number(run.configs[0], 0) == 15);
    assert_int_equal(lw_config_integer(run.configs[0], 1), 501);
    free_run(&run);
}

static bool is_less(const lw_config *a, const lw_config *b) {
    int64_t whole_a = lw_config_integer(a, 0), whole_b = lw_config_integer(b, 0);
    return whole_a < whole_b || (whole_a == whole_b && lw_config_number(a, 0) < lw_config_number(b, 0));
}

/* Every level of one finite parameter comes once. */
static void assert_has_all_levels(const char *text, size_t n) {
    grid_run run = run_grid(text, BCON_NEW("max_levels", BCON_INT32(10000), "order", "lexicographic"));
    assert_int_equal(run.n, n);
    for (size_t i = 1; i < n; i++)
        assert_true(is_less(run.configs[i - 1], run.configs[i]));
    assert_int_equal(lw_space_parameter(run.space, 0)->n_levels, n);
    free_run(&run);
}

static void test_grid__has_all_levels_of_finite_numbers(void **state) {
    (void)state;
    assert_has_all_levels("space:\n  n: !UniformInt [-7, 12]\n", 20);
    assert_has_all_levels("space:\n  n: !UniformInt [1, 5000, log_scale]\n", 5000);
    assert_has_all_levels("space:\n  n: !UniformInt {lower: 1, upper: 1001, step: 10, log_scale: true}\n", 101);
    assert_has_all_levels("space:\n  n: !UniformInt {lower: 3, upper: 24, step: 7}\n", 4);
    assert_has_all_levels("space:\n  n: !UniformInt [1000000000000000000, 1000000000000000019]\n", 20);
    assert_has_all_levels("space:\n  x: !UniformFloat {lower: 0.1, upper: 0.9, step: 0.1}\n", 9);
    assert_has_all_levels("space:\n  x: !UniformFloat {lower: 0.1, upper: 100, step: 0.1, log_scale: true}\n", 1000);
    /* So narrow that the scale is linear, and a double's logarithm does not tell neighbours apart. */
    assert_has_all_levels("space:\n  n: !UniformInt [1000000000000000, 1000000000000019, log_scale]\n", 20);
    assert_has_all_levels("space:\n  n: !UniformInt [9000000000000000000, 9000000000000000999, log_scale]\n", 1000);
    assert_has_all_levels("space:\n  n: !UniformInt {lower: 100000000000000, upper: 102000000000000, "
                          "step: 1000000000, log_scale: true}\n",
                          2001);
}

static void test_grid__takes_some_of_many_levels(void **state) {
    (void)state;
    grid_run run = run_grid("space:\n  n: !UniformInt [1, 1000]\n", lexicographic(4));
    static const int64_t wanted[] = {1, 334, 667, 1000};
    assert_int_equal(run.n, 4);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(lw_config_integer(run.configs[i], 0), wanted[i]);
    free_run(&run);

    run = run_grid("space:\n  n: !UniformInt [1, 21, log_scale]\n", lexicographic(7));
    assert_in_range(run.n, 5, 7); /* two of seven points may fall into the wide first level */
    assert_int_equal(lw_config_integer(run.configs[0], 0), 1);
    assert_int_equal(lw_config_integer(run.configs[run.n - 1], 0), 21);
    free_run(&run);
}

static void test_grid__last_parameter_changes_fastest(void **state) {
    (void)state;
    grid_run run = run_grid("space:\n  a: !Categorical [x, y]\n  n: !UniformInt [1, 3]\n", lexicographic(5));
    assert_int_equal(run.n, 6);
    for (size_t i = 0; i < 6; i++) {
        assert_int_equal(lw_config_choice(run.configs[i], 0), i / 3);
        assert_int_equal(lw_config_integer(run.configs[i], 1), 1 + i % 3);
    }
    free_run(&run);
}

static const char *const conditional = "space:\n"
                                       "  degree: !UniformInt {lower: 2, upper: 5, when: {kernel: poly}}\n"
                                       "  kernel: !Categorical [linear, poly, rbf]\n"
                                       "  gamma: !UniformFloat {lower: 0, upper: 1, when: {kernel: [poly, rbf]}}\n"
                                       "  coef: !Categorical {choices: [0, 1], when: 'degree > base'}\n"
                                       "  base: 3\n";

/* linear: 1; rbf: gammas; poly: gammas times degrees 2, 3 and, twice, 4, 5. */
static void test_grid__inactive_parameters_do_not_multiply(void **state) {
    (void)state;
    grid_run run = run_grid(conditional, lexicographic(5));
    assert_int_equal(run.n, 1 + 5 + 5 * (2 + 2 * 2));
    free_run(&run);
}

static bool has(const grid_run *run, const lw_config *config) {
    for (size_t i = 0; i < run->n; i++)
        if (lw_config_equal(run->configs[i], config))
            return true;
    return false;
}

static void test_grid__shuffled_is_the_same_grid(void **state) {
    (void)state;
    static const char *const texts[] = {
        "space:\n  x: !UniformFloat [0, 1]\n  y: !UniformFloat [0, 1]\n  c: !Categorical [a, b, c]\n",
        "space:\n  x: !UniformFloat [0, 1]\n  n: !UniformInt [1, 12]\nconstraints: ['x * n <= 6']\n",
    };
    for (size_t t = 0; t < sizeof texts / sizeof *texts; t++) {
        grid_run shuffled = run_grid(texts[t], NULL), rows = run_grid(texts[t], lexicographic(5));
        lw_config *read = NULL;
        lw_error error;
        bool differs = false;
        assert_int_equal(shuffled.n, rows.n);
        for (size_t i = 0; i < rows.n; i++) {
            bson_t document; /* the two runs have spaces of their own */
            assert_ok(lw_config_to_document(rows.configs[i], &document, &error), error);
            assert_ok(lw_config_from_document(&read, shuffled.space, &document, LW_CONFIG_STRICT, &error), error);
            assert_true(has(&shuffled, read));
            differs = differs || !lw_config_equal(shuffled.configs[i], read);
            lw_config_free(read);
            bson_destroy(&document);
        }
        assert_true(differs);
        free_run(&shuffled);
        free_run(&rows);
    }
}

static void test_grid__leaves_out_what_is_forbidden(void **state) {
    (void)state;
    grid_run run = run_grid("space:\n  a: !UniformInt [1, 5]\n  b: !UniformInt [1, 5]\nconstraints: ['a < b']\n", NULL);
    assert_int_equal(run.n, 10);
    for (size_t i = 0; i < run.n; i++)
        assert_true(lw_config_is_valid(run.configs[i]));
    free_run(&run);
}

static void assert_refused(const char *text, const bson_t *options, int code, const char *part) {
    lw_space *space = lw_test_space(text);
    lw_optimizer *optimizer = NULL;
    lw_error error;
    assert_int_equal(lw_optimizer_new(&optimizer, "grid", options, space, 3, NULL, &error), code);
    assert_contains(error.message, part);
    lw_space_free(space);
}

static void test_grid__says_when_there_are_too_many_or_no_cells(void **state) {
    (void)state;
    bson_t *fine = BCON_NEW("levels", BCON_INT32(1000));
    static const char *const seven = "space:\n"
                                     "  a: !UniformFloat [0, 1]\n  b: !UniformFloat [0, 1]\n  c: !UniformFloat [0, 1]\n"
                                     "  d: !UniformFloat [0, 1]\n  e: !UniformFloat [0, 1]\n  f: !UniformFloat [0, 1]\n"
                                     "  g: !UniformFloat [0, 1]\n";
    char constrained[1000];
    snprintf(constrained, sizeof constrained, "%sconstraints: ['a <= b']\n", seven);
    assert_refused(seven, fine, LW_EUNSUPPORTED, "more than 2^62 cells: give fewer 'levels'");
    assert_refused(constrained, fine, LW_EUNSUPPORTED, "more than 599186 cells");
    assert_refused("space:\n  x: !UniformFloat [0, 1]\nconstraints: ['x > 0.3 and x < 0.4']\n", NULL, LW_EUNSUPPORTED,
                   "no cell of the grid satisfies the constraints: give more 'levels'");
    bson_destroy(fine);
}

static void test_grid__passes_over_imports_and_comes_back_to_void_runs(void **state) {
    (void)state;
    bson_t *options = lexicographic(4);
    lw_space *space = lw_test_space("space:\n  x: !UniformFloat [0, 3]\n");
    lw_optimizer *grid = new_grid(space, options);
    lw_config *config = NULL;
    lw_error error;
    assert_ok(lw_config_new(&config, space, &error), error);
    double imported = 1.0 / 3;
    lw_config_decode(config, &imported);
    put_run(grid, 1, config, LW_PENDING);

    static const double wanted[] = {0, 2, 3};
    for (uint64_t number = 1; number <= 3; number++) {
        lw_suggestion suggestion;
        lw_question question = {.number = number};
        assert_ok(lw_optimizer_suggest_configuration(grid, &question, &suggestion, &error), error);
        assert_true(lw_config_number(suggestion.config, 0) == wanted[number - 1]);
        put_run(grid, (int64_t)number + 1, suggestion.config, number == 1 ? LW_VOID : LW_PENDING);
        lw_suggestion_release(&suggestion);
    }
    lw_question question = {.number = 4};
    lw_suggestion suggestion;
    assert_ok(lw_optimizer_suggest_configuration(grid, &question, &suggestion, &error), error);
    assert_true(lw_config_number(suggestion.config, 0) == 0);
    put_run(grid, 5, suggestion.config, LW_PENDING);
    lw_suggestion_release(&suggestion);
    question.number = 5;
    assert_int_equal(lw_optimizer_suggest_configuration(grid, &question, &suggestion, &error), LW_EXHAUSTED);
    lw_config_free(config);
    lw_optimizer_free(grid);
    lw_space_free(space);
    bson_destroy(options);
}

/* Billions of cells need no list. */
static void test_grid__of_many_plain_parameters_is_not_listed(void **state) {
    (void)state;
    char text[2000] = "space:\n";
    for (size_t i = 0; i < 26; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text), "  x%zu: !UniformFloat [0, 1]\n", i);
    lw_space *space = lw_test_space(text);
    lw_optimizer *grid = new_grid(space, NULL);
    lw_question question = {.number = UINT64_MAX};
    lw_suggestion suggestion;
    lw_error error;
    assert_ok(lw_optimizer_suggest_configuration(grid, &question, &suggestion, &error), error);
    lw_suggestion_release(&suggestion);
    lw_optimizer_free(grid);
    lw_space_free(space);
}

static bool make_grid(void *context) {
    const lw_space *space = context;
    lw_optimizer *optimizer = NULL;
    bool worked = lw_optimizer_new(&optimizer, "grid", NULL, space, 3, NULL, NULL) == LW_OK;
    lw_optimizer_free(optimizer);
    return worked;
}

static void test_grid__says_when_memory_is_gone(void **state) {
    (void)state;
    lw_space *space = lw_test_space(conditional);
    lw_test_sweep_allocations(make_grid, space);
    lw_space_free(space);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_grid__spreads_points_over_both_ends),
        cmocka_unit_test(test_grid__gaussian_without_bounds_has_no_ends),
        cmocka_unit_test(test_grid__exhaustion_has_its_own_sentence),
        cmocka_unit_test(test_grid__one_level_is_the_middle),
        cmocka_unit_test(test_grid__has_all_levels_of_finite_numbers),
        cmocka_unit_test(test_grid__takes_some_of_many_levels),
        cmocka_unit_test(test_grid__last_parameter_changes_fastest),
        cmocka_unit_test(test_grid__inactive_parameters_do_not_multiply),
        cmocka_unit_test(test_grid__shuffled_is_the_same_grid),
        cmocka_unit_test(test_grid__leaves_out_what_is_forbidden),
        cmocka_unit_test(test_grid__says_when_there_are_too_many_or_no_cells),
        cmocka_unit_test(test_grid__passes_over_imports_and_comes_back_to_void_runs),
        cmocka_unit_test(test_grid__of_many_plain_parameters_is_not_listed),
        cmocka_unit_test(test_grid__says_when_memory_is_gone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
