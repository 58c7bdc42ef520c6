#include "testing.h"

#include <labwatch/optimizer.h>

#include "options.h"

static const lw_option_spec specs[] = {
    {.name = "levels", .kind = LW_OPTION_INTEGER, .lower = 1, .upper = 9, .default_number = 5},
    {.name = "noise", .kind = LW_OPTION_NUMBER, .lower = 0, .upper = INFINITY, .default_number = 0.5},
    {.name = "order",
     .kind = LW_OPTION_CHOICE,
     .choices = (const char *const[]){"rows", "columns", "shuffled", NULL},
     .default_number = 2},
    {.name = "scramble", .kind = LW_OPTION_BOOL, .default_number = 1},
    {.name = "slope", .kind = LW_OPTION_NUMBER, .lower = -INFINITY, .upper = 0, .default_number = -1},
    {0},
};

static const lw_optimizer_type tunable = {.name = "tunable", .options = specs};
static const lw_optimizer_type plain = {.name = "plain"};

static void test_options__have_defaults(void **state) {
    (void)state;
    lw_options *options = NULL;
    lw_error error;
    assert_ok(lw_options_new(&options, &tunable, NULL, &error), error);
    assert_int_equal(lw_options_integer(options, "levels"), 5);
    assert_true(lw_options_number(options, "noise") == 0.5);
    assert_int_equal(lw_options_choice(options, "order"), 2);
    assert_true(lw_options_bool(options, "scramble"));
    lw_options_free(options);
}

static void test_options__are_read(void **state) {
    (void)state;
    bson_t *document =
        BCON_NEW("levels", BCON_INT64(9), "noise", BCON_INT32(2), "order", "columns", "scramble", BCON_BOOL(false));
    lw_options *options = NULL;
    lw_error error;
    assert_ok(lw_options_new(&options, &tunable, document, &error), error);
    assert_int_equal(lw_options_integer(options, "levels"), 9);
    assert_true(lw_options_number(options, "noise") == 2.0);
    assert_int_equal(lw_options_choice(options, "order"), 1);
    assert_false(lw_options_bool(options, "scramble"));
    lw_options_free(options);
    bson_destroy(document);
}

static void test_options__whole_number_may_be_written_with_a_point(void **state) {
    (void)state;
    bson_t *document = BCON_NEW("levels", BCON_DOUBLE(3.0));
    lw_options *options = NULL;
    lw_error error;
    assert_ok(lw_options_new(&options, &tunable, document, &error), error);
    assert_int_equal(lw_options_integer(options, "levels"), 3);
    lw_options_free(options);
    bson_destroy(document);
}

/* Takes the document. */
static void assert_refused(const lw_optimizer_type *type, bson_t *document, const char *sentence) {
    lw_options *options = NULL;
    lw_error error;
    assert_int_equal(lw_options_new(&options, type, document, &error), LW_EINVAL);
    assert_null(options);
    assert_string_equal(error.message, sentence);
    assert_int_equal(lw_options_new(&options, type, document, NULL), LW_EINVAL);
    bson_destroy(document);
}

static void test_options__refuses_what_is_not_in_the_table(void **state) {
    (void)state;
    assert_refused(&tunable, BCON_NEW("levles", BCON_INT32(3)),
                   "optimizer 'tunable' has no option 'levles': did you mean 'levels'? It has levels, noise, order, "
                   "scramble and slope");
    assert_refused(&tunable, BCON_NEW("temperature", BCON_INT32(3)),
                   "optimizer 'tunable' has no option 'temperature'; it has levels, noise, order, scramble and slope");
    assert_refused(&plain, BCON_NEW("levels", BCON_INT32(3)),
                   "optimizer 'plain' has no option 'levels', nor any other");
}

static void test_options__says_what_a_value_must_be(void **state) {
    (void)state;
    assert_refused(&tunable, BCON_NEW("levels", BCON_DOUBLE(2.5)),
                   "option 'levels' of optimizer 'tunable' must be a whole number from 1 to 9, not 2.5");
    assert_refused(&tunable, BCON_NEW("levels", BCON_INT32(10)),
                   "option 'levels' of optimizer 'tunable' must be a whole number from 1 to 9, not 10");
    assert_refused(&tunable, BCON_NEW("levels", "3"),
                   "option 'levels' of optimizer 'tunable' must be a whole number from 1 to 9, not \"3\"");
    assert_refused(&tunable, BCON_NEW("noise", BCON_DOUBLE(-0.5)),
                   "option 'noise' of optimizer 'tunable' must be a number of at least 0, not -0.5");
    assert_refused(&tunable, BCON_NEW("noise", BCON_DOUBLE(NAN)),
                   "option 'noise' of optimizer 'tunable' must be a number of at least 0, not nan");
    assert_refused(&tunable, BCON_NEW("noise", BCON_DOUBLE(INFINITY)),
                   "option 'noise' of optimizer 'tunable' must be a number of at least 0, not inf");
    assert_refused(&tunable, BCON_NEW("order", "row"),
                   "option 'order' of optimizer 'tunable' must be 'rows', 'columns' or 'shuffled', not \"row\"");
    assert_refused(&tunable, BCON_NEW("order", BCON_INT32(1)),
                   "option 'order' of optimizer 'tunable' must be 'rows', 'columns' or 'shuffled', not 1");
    assert_refused(&tunable, BCON_NEW("scramble", BCON_INT32(1)),
                   "option 'scramble' of optimizer 'tunable' must be true or false, not 1");
    assert_refused(&tunable, BCON_NEW("slope", BCON_INT32(1)),
                   "option 'slope' of optimizer 'tunable' must be a number of at most 0, not 1");
    assert_refused(&tunable, BCON_NEW("slope", BCON_BOOL(true)),
                   "option 'slope' of optimizer 'tunable' must be a number of at most 0, not true");
    assert_refused(&tunable, BCON_NEW("scramble", BCON_NULL),
                   "option 'scramble' of optimizer 'tunable' must be true or false, not null");
    assert_refused(&tunable, BCON_NEW("levels", "{", "a", BCON_INT32(1), "}"),
                   "option 'levels' of optimizer 'tunable' must be a whole number from 1 to 9, not a list or mapping");
}

/* A sentence needs memory, too. */
static void test_options__survives_without_memory(void **state) {
    (void)state;
    bson_t *documents[] = {BCON_NEW("levles", BCON_INT32(3)), BCON_NEW("levels", "a text that needs room of its own"),
                           BCON_NEW("levels", BCON_INT32(3))};
    for (size_t i = 0; i < 3; i++) {
        int expected = i < 2 ? LW_EINVAL : LW_OK, rc = LW_ENOMEM;
        for (uint64_t n = 1; rc == LW_ENOMEM; n++) {
            lw_options *options = NULL;
            lw_memory_fail_at(n, false);
            rc = lw_options_new(&options, &tunable, documents[i], NULL);
            lw_memory_fail_at(0, false);
            assert_true((options != NULL) == (rc == LW_OK));
            lw_options_free(options);
        }
        assert_int_equal(rc, expected);
        bson_destroy(documents[i]);
    }
}

static void test_options__unknown_name_is_zero(void **state) {
    (void)state;
    lw_options *options = NULL;
    lw_error error;
    assert_ok(lw_options_new(&options, &plain, NULL, &error), error);
    assert_int_equal(lw_options_integer(options, "nothing"), 0);
    assert_false(lw_options_bool(options, "nothing"));
    lw_options_free(options);
    lw_options_free(NULL);
}

static void test_options__every_registered_table_is_sound(void **state) {
    (void)state;
    const lw_optimizer_type *const *types = lw_optimizer_types();
    for (size_t i = 0; types[i]; i++) {
        for (const lw_option_spec *spec = types[i]->options; spec && spec->name; spec++) {
            assert_non_null(spec->help);
            assert_true(spec->help[0] && spec->help[strlen(spec->help) - 1] == '.');
            if (spec->kind == LW_OPTION_INTEGER || spec->kind == LW_OPTION_NUMBER)
                assert_true(spec->lower <= spec->default_number && spec->default_number <= spec->upper);
            if (spec->kind == LW_OPTION_CHOICE)
                for (size_t k = 0; k <= (size_t)spec->default_number; k++)
                    assert_non_null(spec->choices[k]);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_options__have_defaults),
        cmocka_unit_test(test_options__are_read),
        cmocka_unit_test(test_options__whole_number_may_be_written_with_a_point),
        cmocka_unit_test(test_options__refuses_what_is_not_in_the_table),
        cmocka_unit_test(test_options__says_what_a_value_must_be),
        cmocka_unit_test(test_options__survives_without_memory),
        cmocka_unit_test(test_options__unknown_name_is_zero),
        cmocka_unit_test(test_options__every_registered_table_is_sound),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
