/*
 * Which optimizer `auto` chooses.
 */
#include "spaces.h"

#include "choice.h"

static lw_auto_space facts_of(const char *text) {
    lw_space *space = lw_test_space(text);
    lw_auto_space facts;
    lw_auto_space_init(&facts, space);
    lw_space_free(space);
    return facts;
}

static const char *choice_after(const lw_auto_space *space, size_t n_completed, bool has_gp) {
    const lw_auto_facts facts = {
        .space = space, .n_completed = n_completed, .number = n_completed + 1, .has_gp = has_gp};
    lw_auto_choice choice = lw_auto_choose(&facts);
    assert_true(choice.why && *choice.why);
    return lw_auto_member_names[choice.member];
}

static void space_is_counted(void **state) {
    (void)state;
    lw_auto_space facts = facts_of("space:\n"
                                   "  kind: !Categorical [a, b, c]\n"
                                   "  size: !Ordinal [1, 2, 3, 4]\n"
                                   "  x: !UniformFloat {lower: 0, upper: 1, when: {kind: a}}\n"
                                   "  data: heart\n");
    assert_int_equal(facts.d, 3);
    assert_int_equal(facts.n_columns, 5);
    assert_int_equal(facts.n_categorical, 1);
    assert_true(facts.has_conditions);
}

static lw_auto_space numbers(void) {
    return facts_of("space:\n  x: !UniformFloat [0, 1]\n  n: !UniformInt [1, 9]\n");
}

static lw_auto_space mixed(void) {
    return facts_of("space:\n  x: !UniformFloat [0, 1]\n  kind: !Categorical [a, b, c]\n");
}

static lw_auto_space conditional(void) {
    return facts_of("space:\n  n: !UniformInt [1, 3]\n  x: !UniformFloat {lower: 0, upper: 1, when: 'n > 1'}\n");
}

/* number is n_completed + 1: odd after an even number of results. */
static void few_results_are_gps(void **state) {
    (void)state;
    const lw_auto_space spaces[] = {numbers(), mixed(), conditional()};
    for (size_t i = 0; i < 3; i++)
        for (size_t n = 0; n < 60; n++)
            assert_string_equal(choice_after(&spaces[i], n, true), "gp");
}

static void hundreds_of_results_are_shared(void **state) {
    (void)state;
    const lw_auto_space floats = numbers(), choices = mixed(), conditions = conditional();
    assert_string_equal(choice_after(&floats, 60, true), "cmaes");
    assert_string_equal(choice_after(&floats, 61, true), "gp");
    assert_string_equal(choice_after(&choices, 60, true), "smac");
    assert_string_equal(choice_after(&choices, 61, true), "gp");
    assert_string_equal(choice_after(&conditions, 998, true), "smac");
    assert_string_equal(choice_after(&conditions, 999, true), "gp");
}

static void many_results_are_for_the_cheap(void **state) {
    (void)state;
    const lw_auto_space floats = numbers(), choices = mixed(), conditions = conditional();
    assert_string_equal(choice_after(&floats, 1000, true), "cmaes");
    assert_string_equal(choice_after(&floats, 100001, true), "cmaes");
    assert_string_equal(choice_after(&choices, 1000, true), "smac");
    assert_string_equal(choice_after(&choices, 1001, true), "tpe");
    assert_string_equal(choice_after(&conditions, 100001, true), "tpe");
}

static void without_gp_there_is_smac(void **state) {
    (void)state;
    const lw_auto_space facts = numbers();
    assert_string_equal(choice_after(&facts, 10, false), "smac");
    assert_string_equal(choice_after(&facts, 61, false), "smac");
    assert_string_equal(choice_after(&facts, 1000, false), "cmaes");
}

static void many_parameters_have_gp_for_longer(void **state) {
    (void)state;
    const lw_auto_space wide = {.d = 300, .n_columns = 300}, very_wide = {.d = 3000, .n_columns = 3000};
    const lw_auto_space long_list = {.d = 2, .n_columns = 20001, .n_categorical = 1};
    for (size_t n = 0; n < 1000; n++)
        assert_string_equal(choice_after(&wide, n, true), "gp");
    assert_string_equal(choice_after(&wide, 1000, true), "cmaes");
    assert_string_equal(choice_after(&very_wide, 11, true), "cmaes");
    assert_string_equal(choice_after(&long_list, 10, true), "smac");
    assert_string_equal(choice_after(&long_list, 11, true), "tpe");
}

static void nothing_to_choose_is_no_reason_to_learn(void **state) {
    (void)state;
    const lw_auto_space nothing = {0};
    assert_string_equal(choice_after(&nothing, 10, true), "sobol");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(space_is_counted),
        cmocka_unit_test(few_results_are_gps),
        cmocka_unit_test(hundreds_of_results_are_shared),
        cmocka_unit_test(many_results_are_for_the_cheap),
        cmocka_unit_test(without_gp_there_is_smac),
        cmocka_unit_test(many_parameters_have_gp_for_longer),
        cmocka_unit_test(nothing_to_choose_is_no_reason_to_learn),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
