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

static void numbers_have_gp_and_then_cmaes(void **state) {
    (void)state;
    lw_auto_space facts = facts_of("space:\n  x: !UniformFloat [0, 1]\n  n: !UniformInt [1, 9]\n");
    assert_string_equal(choice_after(&facts, 0, true), "gp");
    assert_string_equal(choice_after(&facts, 999, true), "gp");
    assert_string_equal(choice_after(&facts, 1000, true), "cmaes");
    assert_string_equal(choice_after(&facts, 100000, true), "cmaes");
}

static void choices_and_conditions_have_gp_and_then_tpe(void **state) {
    (void)state;
    lw_auto_space mixed = facts_of("space:\n  x: !UniformFloat [0, 1]\n  kind: !Categorical [a, b, c]\n");
    lw_auto_space conditional = facts_of("space:\n  n: !UniformInt [1, 3]\n"
                                         "  x: !UniformFloat {lower: 0, upper: 1, when: 'n > 1'}\n");
    assert_string_equal(choice_after(&mixed, 10, true), "gp");
    assert_string_equal(choice_after(&mixed, 1000, true), "tpe");
    assert_string_equal(choice_after(&conditional, 10, true), "gp");
    assert_string_equal(choice_after(&conditional, 1000, true), "tpe");
}

static void without_gp_there_is_smac(void **state) {
    (void)state;
    lw_auto_space facts = facts_of("space:\n  x: !UniformFloat [0, 1]\n");
    assert_string_equal(choice_after(&facts, 10, false), "smac");
    assert_string_equal(choice_after(&facts, 1000, false), "cmaes");
}

static void many_parameters_are_not_modelled_together(void **state) {
    (void)state;
    const lw_auto_space wide = {.d = 300, .n_columns = 300}, long_list = {.d = 2, .n_columns = 20001, .n_categorical = 1};
    assert_string_equal(choice_after(&wide, 10, true), "tpe");
    assert_string_equal(choice_after(&long_list, 10, true), "tpe");
}

static void nothing_to_choose_is_no_reason_to_learn(void **state) {
    (void)state;
    const lw_auto_space nothing = {0};
    assert_string_equal(choice_after(&nothing, 10, true), "sobol");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(space_is_counted),
        cmocka_unit_test(numbers_have_gp_and_then_cmaes),
        cmocka_unit_test(choices_and_conditions_have_gp_and_then_tpe),
        cmocka_unit_test(without_gp_there_is_smac),
        cmocka_unit_test(many_parameters_are_not_modelled_together),
        cmocka_unit_test(nothing_to_choose_is_no_reason_to_learn),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
