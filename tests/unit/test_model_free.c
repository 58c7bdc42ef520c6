#include "spaces.h"

#include <labwatch/optimizer.h>

/* The suggestion of a number, by an optimizer that has seen nothing. */
static lw_config *suggest_cold(const char *name, const bson_t *options, const lw_space *space, uint64_t seed,
                               uint64_t number) {
    lw_optimizer *optimizer = NULL;
    lw_suggestion suggestion;
    lw_question question = {.number = number};
    lw_error error;
    assert_ok(lw_optimizer_new(&optimizer, name, options, space, seed, NULL, &error), error);
    assert_ok(lw_optimizer_suggest_configuration(optimizer, &question, &suggestion, &error), error);
    lw_optimizer_free(optimizer);
    lw_config *config = suggestion.config;
    suggestion.config = NULL;
    lw_suggestion_release(&suggestion);
    return config;
}

/* How many of 1,024 numbers get each of three choices that weigh 1 : 2 : 5. */
static void count_choices(const char *name, size_t counts[3]) {
    lw_space *space = lw_test_space(
        "space:\n  c: !Categorical {choices: [x, y, z], weights: [1, 2, 5]}\n  f: !UniformFloat [0, 1]\n");
    for (uint64_t number = 1; number <= 1024; number++) {
        lw_config *config = suggest_cold(name, NULL, space, 4, number);
        counts[lw_config_choice(config, 0)]++;
        lw_config_free(config);
    }
    lw_space_free(space);
}

static void test_model_free__weights_are_respected(void **state) {
    (void)state;
    size_t sobol[3] = {0}, random[3] = {0};
    count_choices("sobol", sobol);
    assert_true(sobol[0] == 128 && sobol[1] == 256 && sobol[2] == 640);
    count_choices("random", random);
    assert_in_range(random[0], 128 - 50, 128 + 50);
    assert_in_range(random[1], 256 - 60, 256 + 60);
}

static void test_model_free__plain_sobol_begins_at_the_centre(void **state) {
    (void)state;
    bson_t *options = BCON_NEW("scramble", BCON_BOOL(false));
    lw_space *space = lw_test_space("space:\n  x: !UniformFloat [0, 10]\n  y: !UniformFloat [1, 100, log_scale]\n");
    lw_config *first = suggest_cold("sobol", options, space, 1, 1),
              *second = suggest_cold("sobol", options, space, 2, 2);
    assert_true(lw_config_number(first, 0) == 5 && lw_config_number(first, 1) == 10);
    assert_true(lw_config_number(second, 0) == 7.5);
    lw_config_free(first);
    lw_config_free(second);
    lw_space_free(space);
    bson_destroy(options);
}

/* Two in three points are refused; what takes their place belongs to no other number. */
static void test_model_free__refused_sobol_points_are_replaced_by_points_of_no_other_number(void **state) {
    (void)state;
    enum { N = 400 };
    lw_space *space =
        lw_test_space("space:\n  x: !UniformFloat [0, 1]\n  y: !UniformFloat [0, 1]\nconstraints: ['x > 0.667']\n");
    lw_config *configs[N];
    for (uint64_t i = 0; i < N; i++) {
        configs[i] = suggest_cold("sobol", NULL, space, 9, i + 1);
        assert_true(lw_config_is_valid(configs[i]));
        for (uint64_t k = 0; k < i; k++)
            assert_false(lw_config_equal(configs[i], configs[k]));
    }
    for (size_t i = 0; i < N; i++)
        lw_config_free(configs[i]);
    lw_space_free(space);
}

static void test_model_free__values_of_the_rest_do_not_depend_on_what_is_active(void **state) {
    (void)state;
    lw_space *plain =
        lw_test_space("space:\n  a: !UniformFloat [0, 1]\n  b: !UniformFloat [0, 1]\n  c: !UniformFloat [0, 1]\n");
    lw_space *conditional =
        lw_test_space("space:\n  a: !UniformInt [0, 1]\n  b: !UniformFloat {lower: 0, upper: 1, when: {a: 1}}\n"
                      "  c: !UniformFloat [0, 1]\n");
    for (uint64_t number = 1; number <= 20; number++) {
        lw_config *p = suggest_cold("random", NULL, plain, 1, number);
        lw_config *c = suggest_cold("random", NULL, conditional, 1, number);
        assert_true(lw_config_number(p, 2) == lw_config_number(c, 2));
        lw_config_free(p);
        lw_config_free(c);
    }
    lw_space_free(plain);
    lw_space_free(conditional);
}

/* These numbers must not change: runs in stores name the seed and the number that they were suggested with. */
static void test_model_free__suggestions_stay_what_they_were(void **state) {
    (void)state;
    lw_space *space = lw_test_space("space:\n  x: !UniformFloat [0, 1]\n  n: !UniformInt [1, 100]\n");
    static const struct {
        const char *name;
        uint64_t number;
        double x;
        int64_t n;
    } wanted[] = {
        {"random", 1, 0.59147753639, 71},
        {"random", 2, 0.78469590350999996, 80},
        {"random", 1000, 0.33933796960000001, 73},
        {"sobol", 1, 0.62751019934999996, 12},
        {"sobol", 2, 0.46880042866999999, 92},
        {"sobol", 1000, 0.57586362878999997, 73},
        {"grid", 1, 0.25, 51},
        {"grid", 2, 0.5, 76},
        {"grid", 1000, 1, 76},
    };
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        lw_config *config = suggest_cold(wanted[i].name, NULL, space, 42, wanted[i].number);
        assert_true(lw_config_number(config, 0) == wanted[i].x);
        assert_int_equal(lw_config_integer(config, 1), wanted[i].n);
        lw_config_free(config);
    }
    lw_space_free(space);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_model_free__weights_are_respected),
        cmocka_unit_test(test_model_free__plain_sobol_begins_at_the_centre),
        cmocka_unit_test(test_model_free__refused_sobol_points_are_replaced_by_points_of_no_other_number),
        cmocka_unit_test(test_model_free__values_of_the_rest_do_not_depend_on_what_is_active),
        cmocka_unit_test(test_model_free__suggestions_stay_what_they_were),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
