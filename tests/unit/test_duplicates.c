/* What is given when nearly nothing, or nothing, is free any more. */
#include "spaces.h"

#include "duplicates.h"

/* Says how many runs have a configuration. */
static size_t all_are_taken(void *self, const lw_config *config, double fidelity) {
    (void)self;
    (void)config;
    (void)fidelity;
    return 1;
}

static size_t all_but_the_rare_are_taken(void *self, const lw_config *config, double fidelity) {
    (void)self;
    (void)fidelity;
    return lw_config_choice(config, 0) == 1 ? 0 : 1;
}

typedef size_t count_fn(void *self, const lw_config *config, double fidelity);

typedef struct asked {
    const char *text;
    count_fn *count;
    lw_space *space;
    lw_config *config;
    lw_history *history;
    lw_error error;
} asked;

static void prepare(asked *a) {
    a->space = lw_test_space(a->text);
    assert_ok(lw_config_new(&a->config, a->space, &a->error), a->error);
    assert_ok(lw_history_new(&a->history, a->space, &a->error), a->error);
}

static void release(asked *a) {
    lw_history_free(a->history);
    lw_config_free(a->config);
    lw_space_free(a->space);
}

static int look_for_a_free_one(asked *a) {
    const lw_question question = {.number = 1, .count = a->count};
    const lw_taken taken = {a->history, &question};
    lw_space_size size = {0};
    lw_stream stream;
    lw_stream_init(&stream, 1, LW_PURPOSE_SUGGESTION, 1, 0);
    a->error = (lw_error){.code = LW_OK};
    return lw_free_config(a->config, &taken, NAN, &size, &stream, &a->error);
}

/* Another process may have them all: a repeat is better than an end, as there are always others. */
static void continuous_spaces_are_never_exhausted(void **state) {
    (void)state;
    asked a = {.text = "space:\n  x: !UniformFloat [0, 1]\n  k: !UniformInt [1, 3]\n", .count = all_are_taken};
    prepare(&a);
    assert_int_equal(look_for_a_free_one(&a), LW_OK);
    assert_true(lw_config_is_valid(a.config));
    release(&a);
}

static void small_spaces_are_exhausted(void **state) {
    (void)state;
    asked a = {.text = "space:\n  k: !UniformInt [1, 30]\n", .count = all_are_taken};
    prepare(&a);
    assert_int_equal(look_for_a_free_one(&a), LW_EXHAUSTED);
    release(&a);
}

/* There are a billion: after some millions the search is given up, with a sentence. */
static void large_spaces_are_not_searched_for_ever(void **state) {
    (void)state;
    asked a = {.text = "space:\n  k: !UniformInt [1, 1000]\n  l: !UniformInt [1, 1000]\n  m: !UniformInt [1, 1000]\n",
               .count = all_are_taken};
    prepare(&a);
    assert_int_equal(look_for_a_free_one(&a), LW_EXHAUSTED);
    assert_string_equal(a.error.message,
                        "no configuration that is free and allowed was found among 2000000 combinations");
    release(&a);
}

/* A branch that the prior takes once in a million draws. */
static void what_is_rare_is_found(void **state) {
    (void)state;
    asked a = {.text = "space:\n  p: !Categorical {choices: [often, rare], weights: [1e6, 1]}\n"
                       "  k: !UniformInt [1, 1000000]\n",
               .count = all_but_the_rare_are_taken};
    prepare(&a);
    assert_int_equal(look_for_a_free_one(&a), LW_OK);
    assert_int_equal(lw_config_choice(a.config, 0), 1);
    release(&a);
}

/* A strip that draws hit once in 10^8. */
#define STRIP(lowest_y) \
    "space:\n  x: !UniformFloat [0, 1]\n  y: !UniformFloat [" lowest_y ", 1]\nconstraints: ['abs(x - y) < 1e-8']\n"

static size_t none_is_taken(void *self, const lw_config *config, double fidelity) {
    (void)self, (void)config, (void)fidelity;
    return 0;
}

static void what_is_too_narrow_to_hit_is_found_from_the_default(void **state) {
    (void)state;
    asked a = {.text = STRIP("0"), .count = none_is_taken};
    prepare(&a);
    assert_int_equal(look_for_a_free_one(&a), LW_OK);
    assert_true(lw_config_is_valid(a.config));
    release(&a);
}

static void what_is_too_narrow_to_hit_is_found_from_the_history(void **state) {
    (void)state;
    asked a = {.text = STRIP("0.2"), .count = none_is_taken};
    prepare(&a);
    assert_int_equal(look_for_a_free_one(&a), LW_EUNSATISFIABLE);
    assert_contains(a.error.message, "random configurations satisfies");
    const double u[2] = {0.6, 0.5};
    lw_config_decode(a.config, u);
    const lw_observation observation = lw_test_observation(1, a.config, LW_FAILED, NAN);
    assert_ok(lw_history_put(a.history, &observation, &a.error), a.error);
    assert_int_equal(look_for_a_free_one(&a), LW_OK);
    assert_true(lw_config_is_valid(a.config));
    assert_int_equal(lw_history_count(a.history, a.config, NAN), 0);
    release(&a);
}

static bool finds(void *context) {
    int code = look_for_a_free_one(context);
    assert_true(code == LW_OK || code == LW_ENOMEM);
    return code == LW_OK;
}

static void survives_without_memory(void **state) {
    (void)state;
    lw_test_need_faults();
    asked walking = {.text = "space:\n  p: !Categorical {choices: [often, rare], weights: [1e6, 1]}\n"
                             "  k: !UniformInt [1, 1000000]\n",
                     .count = all_but_the_rare_are_taken};
    asked counting = {.text = "space:\n  p: !Categorical [often, rare]\n", .count = all_but_the_rare_are_taken};
    prepare(&walking);
    prepare(&counting);
    lw_test_sweep_allocations(finds, &walking);
    lw_test_sweep_allocations(finds, &counting);
    release(&walking);
    release(&counting);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(continuous_spaces_are_never_exhausted),
        cmocka_unit_test(small_spaces_are_exhausted),
        cmocka_unit_test(large_spaces_are_not_searched_for_ever),
        cmocka_unit_test(what_is_rare_is_found),
        cmocka_unit_test(what_is_too_narrow_to_hit_is_found_from_the_default),
        cmocka_unit_test(what_is_too_narrow_to_hit_is_found_from_the_history),
        cmocka_unit_test(survives_without_memory),
    };
    return cmocka_run_group_tests_name("duplicates", tests, NULL, NULL);
}
