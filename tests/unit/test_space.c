#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <labwatch/config.h>
#include <labwatch/sys/memory.h>

#include "space_sketch.h"

/* ---- what is wrong is told, all of it, where it is ---- */

static void problems_are(lw_space_builder *builder, const char *const *expected) {
    problem_list found = {0};
    lw_error error = {0};
    lw_space *space = NULL;
    int status = lw_space_builder_finish(builder, &space, note_problem, &found, &error);
    lw_space_builder_free(builder);
    size_t n_errors = 0;
    for (size_t i = 0; i < found.n; i++)
        n_errors += !found.items[i].warning;
    if ((status == LW_OK) != (n_errors == 0))
        fail_msg("status %d with %zu errors: %s", status, n_errors, error.message);
    size_t n = 0;
    for (; expected[n]; n++) {
        bool is_there = false;
        for (size_t i = 0; i < found.n; i++) {
            char line[700];
            snprintf(line, sizeof line, "%zu:%zu %s", found.items[i].place.line, found.items[i].place.column,
                     found.items[i].message);
            is_there = is_there || strstr(line, expected[n]) != NULL;
        }
        if (!is_there)
            fail_msg("not told: %s (first: %s)", expected[n], found.n ? found.items[0].message : "nothing");
    }
    if (found.n != n) {
        for (size_t i = 0; i < found.n; i++)
            print_error("told: %s\n", found.items[i].message);
        fail_msg("%zu problems instead of %zu", found.n, n);
    }
    lw_space_free(space);
}

#define PROBLEMS(builder, ...) problems_are((builder), (const char *const[]){__VA_ARGS__, NULL})
#define NO_PROBLEMS(builder)   problems_are((builder), (const char *const[]){NULL})

static lw_space_builder *one(const char *name, lw_parameter_draft draft) {
    lw_space_builder *builder = lw_space_builder_new("default");
    lw_space_builder_parameter(builder, name, &draft);
    return builder;
}

static void ranges_are_checked(void **state) {
    (void)state;
    PROBLEMS(one("x", floats(1, 0)), "lower of x is 1.0, above upper, which is 0.0: are they swapped?");
    PROBLEMS(one("x", floats(1, 1)), "both 1.0: write it as a constant");
    PROBLEMS(one("x", floats(NAN, 1)), "lower of x is nan, which is no finite number");
    PROBLEMS(one("x", floats(0, INFINITY)), "upper of x is inf, which is no finite number");
    PROBLEMS(one("x", logarithmic(floats(0, 1))), "with log_scale it is above 0");
    PROBLEMS(one("x", stepped(floats(0, 1), -0.1)), "step of x is -0.1; it is above 0");
    PROBLEMS(one("x", stepped(floats(0, 1), 2)), "more than from lower to upper");
    PROBLEMS(one("x", stepped(floats(0, 1), 1e-18)), "too small beside its bounds");
    PROBLEMS(one("x", stepped(floats(0, 1.05), 0.1)), "the largest value is 1.0");
    PROBLEMS(one("x", with_default(floats(0, 1), real(2))), "default: x cannot be 2.0: it is a number from 0.0 to 1.0");
    PROBLEMS(one("x", with_default(stepped(floats(0, 1), 0.25), real(0.3))), "in steps of 0.25");
    PROBLEMS(one("x", with_default(floats(0, 1), text("half"))), "x cannot be 'half'");
    PROBLEMS(one("n", integers(9, 2)), "swapped");
    PROBLEMS(one("n", logarithmic(integers(0, 9))), "with log_scale it is above 0");
    PROBLEMS(one("n", integers(INT64_MIN, INT64_MAX)), "more than 2^52 values");
    PROBLEMS(one("n", integers(0, INT64_C(1) << 52)), "more than 2^52 values");
    NO_PROBLEMS(one("n", integers(1, INT64_C(1) << 52)));
    NO_PROBLEMS(one("n", logarithmic(integers(1, INT64_C(1) << 62))));
    lw_parameter_draft fractions = integers(1, 9);
    fractions.lower.value = (lw_value){.kind = LW_VALUE_FLOAT, .number = 1.5};
    PROBLEMS(one("n", fractions), "take UniformFloat for fractions");
    fractions.lower.value.number = 1e30;
    PROBLEMS(one("n", fractions), "no integer of 64 bits");
    fractions.lower.value.number = 2;
    NO_PROBLEMS(one("n", fractions));
    PROBLEMS(one("g", gaussian(0, -1)), "sigma of g is -1.0; it is above 0");
    PROBLEMS(one("g", logarithmic(gaussian(-1, 1))), "median");
    PROBLEMS(one("g", bounded(gaussian(0, 1), 50, 60)), "too far from its mu");
    PROBLEMS(one("g", bounded(gaussian(0, 1e9), 0, 1)), "take UniformFloat");
    NO_PROBLEMS(one("g", bounded(gaussian(0, 1), 5, 60)));
    lw_parameter_draft incomplete = {.kind = LW_DRAFT_FLOAT, .place = {3, 4}};
    PROBLEMS(one("x", incomplete), "3:4 x lacks `lower`", "3:4 x lacks `upper`");
}

static void choices_are_checked(void **state) {
    (void)state;
    const lw_draft_value twice[] = {whole(1), text("1"), real(1.0)};
    PROBLEMS(one("c", choices(twice, 3)), "c has the choice 1.0 twice");
    PROBLEMS(one("c", choices(twice, 0)), "no choices");
    NO_PROBLEMS(one("c", choices(twice, 1)));
    NO_PROBLEMS(one("c", choices(twice, 2)));
    PROBLEMS(one("c", with_default(choices(twice, 2), text("2"))), "c cannot be '2': it is 1 or '1'");
    const lw_draft_value weights[] = {real(1), real(0), real(-2)};
    PROBLEMS(one("c", weighted(choices(twice, 2), weights, 1)), "1 weights for 2 choices");
    PROBLEMS(one("c", weighted(choices(twice, 2), weights, 2)), "a weight of c is 0.0; weights are above 0");
    const lw_draft_value uneven[] = {real(1e300), real(1)};
    PROBLEMS(one("c", weighted(choices(twice, 2), uneven, 2)), "less than 1e-12");
    const lw_draft_value infinite[] = {real(INFINITY), real(1)};
    PROBLEMS(one("c", choices(infinite, 2)), "numbers are finite");
    const lw_draft_value nothing[] = {real(NAN), real(NAN)};
    PROBLEMS(one("c", choices(nothing, 2)), "a choice of c is nan", "a choice of c is nan");
    const lw_draft_value words[] = {text("adam"), text("sgd")};
    PROBLEMS(one("c", with_default(choices(words, 2), text("adma"))), "did you mean 'adam'?");
}

static void names_are_checked(void **state) {
    (void)state;
    lw_space_builder *builder = one("x", floats(0, 1));
    lw_parameter_draft again = floats(0, 2);
    again.place = (lw_place){7, 3};
    lw_space_builder_parameter(builder, "x", &again);
    lw_space_builder_parameter(builder, "a.b", &again);
    lw_space_builder_parameter(builder, "a.c", &again);
    lw_space_builder_parameter(builder, "a.b", &again);
    lw_space_builder_parameter(builder, "", &again);
    lw_space_builder_parameter(builder, "q..r", &again);
    PROBLEMS(builder, "7:3 'x' is there twice: it is on line 1 already", "'b' is there twice", "a name is empty",
             "a name is empty");
}

static void conditions_are_checked(void **state) {
    (void)state;
    const lw_draft_value kernels[] = {text("rbf"), text("poly")};
    lw_space_builder *builder = one("kernel", choices(kernels, 2));
    add(builder, "rate", floats(0, 1));
    add(builder, "a", when(floats(0, 1), "kernl == rbf"));
    add(builder, "b", when(floats(0, 1), "kernel == rbv"));
    add(builder, "c", when(floats(0, 1), "rate > 0.5"));
    add(builder, "d", when(integers(0, 1), "d == 1"));
    add(builder, "e", when(floats(0, 1), "kernel = 1 <"));
    add(builder, "f", when(floats(0, 1), "1 < 2"));
    PROBLEMS(builder, "the condition of a: there is no 'kernl'; did you mean 'kernel'?",
             "the condition of b: kernel cannot be 'rbv': it is 'rbf' or 'poly'; did you mean 'rbf'?",
             "the condition of c reads rate, a float parameter", "the condition of d reads d itself",
             "the condition of e", "the condition of f names no parameter");

    builder = one("x", when(integers(0, 1), "y == 1"));
    add(builder, "y", when(integers(0, 1), "z == 1"));
    add(builder, "z", when(integers(0, 1), "x == 1"));
    PROBLEMS(builder, "conditions go in a circle: x needs y, y needs z, z needs x");

    builder = one("x", integers(0, 3));
    add(builder, "y", when(integers(0, 3), "x == 1"));
    add(builder, "z", when(integers(0, 3), "y == 1 and x == 2"));
    PROBLEMS(builder, "z can never be active");

    builder = one("x", when(floats(0, 1), "data == iris"));
    lw_space_builder_constant(builder, "data", text("mnist").value, NULL, (lw_place){9, 1});
    PROBLEMS(builder, "x is never active with these constants");
}

static void mapped_conditions_are_checked(void **state) {
    (void)state;
    const lw_draft_value kernels[] = {text("it's"), text("poly"), whole(3)};
    const lw_draft_value wrong[] = {text("poli")};
    lw_draft_conjunct good[] = {{.name = "the-kernel", .values = kernels, .n_values = 2},
                                {.name = "in", .values = kernels + 2, .n_values = 1}};
    lw_draft_conjunct bad[] = {{.name = "the-kernel", .values = wrong, .n_values = 1, .place = {5, 5}},
                               {.name = "out", .values = kernels + 2, .n_values = 1, .place = {5, 20}}};
    lw_parameter_draft x = floats(0, 1), y = floats(0, 1);
    x.conjuncts = good;
    y.conjuncts = bad;
    x.n_conjuncts = y.n_conjuncts = 2;
    lw_space_builder *builder = one("the-kernel", choices(kernels, 2));
    add(builder, "in", integers(1, 5));
    add(builder, "x", x);
    lw_space *space = finished(builder);
    assert_string_equal(lw_space_condition(space, 2), "`the-kernel` in ['it\\'s', 'poly'] and `in` == 3");
    lw_space_free(space);
    builder = one("the-kernel", choices(kernels, 2));
    add(builder, "y", y);
    PROBLEMS(builder, "the condition of y: the-kernel cannot be 'poli'",
             "5:20 the condition of y: there is no parameter 'out'");
}

/* [1,2] is not '[1,2]'. */
static void conditions_tell_lists_from_texts(void **state) {
    (void)state;
    lw_draft_value shapes[] = {text("[1,2]"), text("[1,2]"), text("{\"a\":[\"b \\\"\"]}")};
    shapes[0].value.kind = shapes[2].value.kind = LW_VALUE_DOCUMENT;
    lw_draft_conjunct one_list = {.name = "shape", .values = shapes, .n_values = 1};
    lw_draft_conjunct others = {.name = "shape", .values = shapes + 1, .n_values = 2};
    lw_parameter_draft x = floats(0, 1), y = floats(0, 1);
    x.conjuncts = &one_list;
    y.conjuncts = &others;
    x.n_conjuncts = y.n_conjuncts = 1;
    lw_space_builder *builder = one("shape", choices(shapes, 3));
    add(builder, "x", x);
    add(builder, "y", y);
    add(builder, "z", when(floats(0, 1), "shape == {\"a\": [\"b \\\"\"]}"));
    lw_space *space = finished(builder);
    assert_string_equal(lw_space_condition(space, 1), "shape == [1,2]");
    assert_string_equal(lw_space_condition(space, 2), "shape in ['[1,2]', {\"a\":[\"b \\\"\"]}]");
    static const bool active[3][3] = {{true, false, false}, {false, true, false}, {false, true, true}};
    lw_config *config = NULL;
    assert_int_equal(lw_config_new(&config, space, NULL), LW_OK);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(lw_config_set(config, 0, shapes[i].value, NULL), LW_OK);
        for (size_t k = 0; k < 3; k++)
            assert_int_equal(lw_config_is_active(config, 1 + k), active[i][k]);
    }
    lw_config_free(config);
    lw_space_free(space);
    builder = one("shape", choices(shapes, 1));
    add(builder, "x", when(floats(0, 1), "shape == '[1,2]'"));
    add(builder, "y", when(floats(0, 1), "shape == [1,3]"));
    PROBLEMS(builder, "shape cannot be '[1,2]': it is [1,2]", "shape cannot be [1,3]: it is [1,2]");
}

enum { MANY = 20000, NAME_SIZE = 12 };

/* Values named after a letter, "a0" on. Yours to free, with the names behind them. */
static lw_draft_value *many_texts(char letter, char (**names)[NAME_SIZE]) {
    lw_draft_value *values = calloc(MANY, sizeof *values);
    *names = calloc(MANY, sizeof **names);
    assert_true(values && *names);
    for (int i = 0; i < MANY; i++) {
        snprintf((*names)[i], NAME_SIZE, "%c%d", letter, i);
        values[i] = text((*names)[i]);
    }
    return values;
}

/* Lists of n values that a parameter with many choices can have, or cannot. */
static void finish_with_list(const lw_draft_value *values, const lw_draft_value *listed, size_t n, lw_error *error) {
    lw_draft_conjunct conjunct = {.name = "c", .values = listed, .n_values = n, .place = {5, 5}};
    lw_parameter_draft x = floats(0, 1);
    x.conjuncts = &conjunct;
    x.n_conjuncts = 1;
    lw_space_builder *builder = one("c", choices(values, MANY));
    add(builder, "x", x);
    lw_space *space = NULL;
    *error = (lw_error){0};
    if (lw_space_builder_finish(builder, &space, NULL, NULL, error) == LW_OK) {
        lw_config *config = NULL;
        assert_int_equal(lw_config_new(&config, space, NULL), LW_OK);
        assert_int_equal(lw_config_set(config, 0, listed[n - 1].value, NULL), LW_OK);
        assert_int_equal(lw_config_choice(config, 0), n - 1);
        assert_true(lw_config_is_active(config, 1));
        assert_int_equal(lw_config_set(config, 0, listed[n].value, NULL), LW_OK);
        assert_false(lw_config_is_active(config, 1));
        lw_config_free(config);
    }
    lw_space_free(space);
    lw_space_builder_free(builder);
}

static void long_lists_in_conditions_are_checked(void **state) {
    (void)state;
    char(*good_names)[NAME_SIZE], (*bad_names)[NAME_SIZE];
    lw_draft_value *good = many_texts('a', &good_names), *bad = many_texts('b', &bad_names);
    lw_error error;
    finish_with_list(good, good, 7000, &error);
    assert_int_equal(error.code, LW_OK);
    finish_with_list(good, good, MANY, &error);
    assert_string_equal(error.message, "the condition of x: the expression is longer than 65536 bytes");
    finish_with_list(good, bad, 7000, &error);
    assert_non_null(strstr(error.message, "the condition of x: c cannot be 'b0'"));
    assert_non_null(strstr(error.message, "(and 99 more)"));
    free(good);
    free(bad);
    free(good_names);
    free(bad_names);
}

static void constraints_are_checked(void **state) {
    (void)state;
    lw_space_builder *builder = one("x", integers(1, 9));
    add(builder, "y", integers(1, 9));
    lw_space_builder_constant(builder, "limit", whole(5).value, NULL, (lw_place){9, 1});
    constrain(builder, "x + y <= ", 20);
    constrain(builder, "x + z <= 3", 21);
    constrain(builder, "x / 0 > 1", 22);
    constrain(builder, "1 < 2", 23);
    constrain(builder, "limit > 7", 24);
    constrain(builder, "limit > 3", 25);
    PROBLEMS(builder, "20:12 the constraint: the expression ends", "21:7 the constraint: there is no 'z'",
             "22:5 the constraint: division by zero", "23:3 the constraint '1 < 2' names no parameter",
             "24:3 the constraint 'limit > 7' never holds", "25:3 the constraint 'limit > 3' always holds");

    builder = lw_space_builder_new("default");
    lw_space_builder_broken(builder, "x", (lw_place){3, 1}); /* the reader has complained */
    add(builder, "y", integers(9, 1));
    constrain(builder, "x > 3", 20);
    constrain(builder, "x > 3 or y == 12", 21);
    PROBLEMS(builder, "lower of y is 9");

    builder = one("x", integers(1, 9));
    add(builder, "y", integers(1, 9));
    constrain(builder, "x + y > 18", 20);
    PROBLEMS(builder, "20:3 the constraint 'x + y > 18' can never hold");

    builder = one("x", integers(1, 9));
    add(builder, "y", integers(1, 9));
    constrain(builder, "x > y", 20);
    constrain(builder, "x < y", 21);
    PROBLEMS(builder, "cannot hold together");

    builder = one("x", floats(0, 1));
    constrain(builder, "x > 2", 20);
    PROBLEMS(builder, "held in none of 1000", "forbids the middle of the ranges");

    builder = one("x", with_default(integers(1, 9), whole(2)));
    constrain(builder, "x > 3", 20);
    PROBLEMS(builder, "the constraint 'x > 3' forbids the default configuration");
}

static void limits_hold(void **state) {
    (void)state;
    lw_space_builder *builder = lw_space_builder_new("deep");
    for (size_t i = 0; i < 5000; i++)
        lw_space_builder_open_mapping(builder, "m", (lw_place){i + 1, 1});
    add(builder, "x", floats(0, 1));
    for (size_t i = 0; i < 5000; i++)
        lw_space_builder_close(builder);
    add(builder, "y", floats(0, 1));
    PROBLEMS(builder, "65:1 mappings and lists lie more than 64 deep");

    builder = lw_space_builder_new("wide");
    char key[32];
    for (size_t i = 0; i < 100005; i++) {
        snprintf(key, sizeof key, "k%zu", i);
        lw_space_builder_constant(builder, key, whole((int64_t)i).value, "1", (lw_place){i + 1, 1});
    }
    PROBLEMS(builder, "more than 100000 parameters and constants");
}

/* ---- what is right ---- */

static void base_values_stay_where_the_space_is_silent(void **state) {
    (void)state;
    lw_space_builder *builder = lw_space_builder_new("small");
    const lw_place place = {1, 1};
    lw_space_builder_constant(builder, "data", text("iris").value, NULL, place);
    lw_space_builder_open_mapping(builder, "net", place);
    lw_space_builder_constant(builder, "layers", whole(3).value, NULL, place);
    lw_space_builder_open_sequence(builder, "sizes", place);
    lw_space_builder_constant(builder, NULL, whole(10).value, NULL, place);
    lw_space_builder_constant(builder, NULL, whole(20).value, NULL, place);
    lw_space_builder_close(builder);
    lw_space_builder_close(builder);
    lw_space_builder_end_base(builder);
    add(builder, "net.layers", integers(1, 5));
    add(builder, "net.sizes.1", integers(16, 64));
    add(builder, "rate", floats(0, 1));
    lw_space *space = finished(builder);
    lw_config *config;
    assert_int_equal(lw_config_new(&config, space, NULL), LW_OK);
    assert_json(config, "{\"data\": \"iris\", \"net\": {\"layers\": 3, \"sizes\": [10, 40]}, \"rate\": 0.5}");
    lw_config_free(config);
    assert_int_equal(lw_space_find(space, "net.sizes.1"), 1);
    assert_int_equal(lw_space_find(space, "net.sizes.0"), -1);
    lw_space_free(space);
}

static void defaults_are_the_middle(void **state) {
    (void)state;
    lw_space_builder *builder = one("a", floats(0, 1));
    add(builder, "b", logarithmic(floats(1e-3, 1e3)));
    add(builder, "c", integers(1, 10));
    add(builder, "d", logarithmic(integers(1, 1024)));
    add(builder, "e", gaussian(0.25, 2));
    add(builder, "f", stepped(floats(0.1, 0.9), 0.1));
    add(builder, "g", with_default(floats(0, 1), whole(1)));
    add(builder, "h", logarithmic(gaussian(10, 1)));
    lw_space *space = finished(builder);
    lw_config *config;
    assert_int_equal(lw_config_new(&config, space, NULL), LW_OK);
    assert_json(config,
                "{\"a\": 0.5, \"b\": 1.0, \"c\": 5, \"d\": 32, \"e\": 0.25, \"f\": 0.5, \"g\": 1.0, \"h\": 10.0}");
    lw_config_free(config);
    lw_space_free(space);
}

static uint64_t n_levels(double lower, double upper, double step) {
    lw_space *space = finished(one("x", stepped(floats(lower, upper), step)));
    uint64_t n = lw_space_parameter(space, 0)->n_levels;
    lw_space_free(space);
    return n;
}

static void defaults_are_known_of_what_is_not_active(void **state) {
    (void)state;
    const lw_draft_value words[] = {text("a"), text("b")};
    lw_space_builder *builder = one("c", choices(words, 2));
    add(builder, "n", when(integers(1, 9), "c == b"));
    add(builder, "x", when(with_default(floats(0, 1), real(0.125)), "c == b"));
    add(builder, "d", when(choices(words, 2), "c == b"));
    lw_space *space = finished(builder);
    assert_true(lw_value_equal(lw_space_default(space, 0), words[0].value));
    assert_true(lw_value_equal(lw_space_default(space, 1), whole(5).value));
    assert_true(lw_value_equal(lw_space_default(space, 2), real(0.125).value));
    assert_true(lw_value_equal(lw_space_default(space, 3), words[0].value));
    lw_space_free(space);
}

static void steps_reach_the_upper_bound_however_narrow_the_range(void **state) {
    (void)state;
    assert_int_equal(n_levels(0, 0.3, 0.1), 4);
    assert_int_equal(n_levels(100, 100.00008, 1e-05), 9);
    assert_int_equal(n_levels(1000, 1000.0002, 0.0001), 3);
    assert_int_equal(n_levels(10000, 10000.005, 0.001), 6);
    assert_int_equal(n_levels(1000000, 1000000.19, 0.01), 20);
    assert_int_equal(n_levels(0, 1e14, 1), 100000000000001);
}

static void values_between_the_steps_of_large_numbers_are_refused(void **state) {
    (void)state;
    lw_space *space = finished(one("x", stepped(floats(1e12, 1e12 + 100), 0.5)));
    lw_config *config;
    assert_int_equal(lw_config_new(&config, space, NULL), LW_OK);
    const double refused[] = {1e12 + 0.3, 1e12 + 100.9, 1e12 - 0.9};
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        assert_int_equal(lw_config_set(config, 0, (lw_value){.kind = LW_VALUE_FLOAT, .number = refused[i]}, NULL), LW_EINVAL);
    assert_int_equal(lw_config_set(config, 0, (lw_value){.kind = LW_VALUE_FLOAT, .number = 1e12 + 0.5}, NULL), LW_OK);
    lw_config_free(config);
    lw_space_free(space);
}

static void digest_of(lw_space_builder *builder, uint8_t out[16]) {
    lw_space *space = finished(builder);
    lw_space_digest(space, out);
    lw_space_free(space);
}

static lw_space_builder *sketch(int variant) {
    lw_space_builder *builder = lw_space_builder_new(variant == 1 ? "other" : "default");
    bool swapped = variant == 1;
    if (swapped)
        add(builder, "net.width", when(integers(1, variant == 2 ? 9 : 8), "(x=2.0)"));
    add(builder, "x", integers(1, variant == 3 ? 4 : 3));
    if (!swapped) {
        lw_space_builder_open_mapping(builder, "net", (lw_place){1, 1});
        add(builder, "width", when(integers(1, variant == 2 ? 9 : 8), variant == 4 ? "x == 3" : "x == 2"));
        lw_space_builder_close(builder);
    }
    constrain(builder, swapped ? "net.width*x<=16.0" : "net.width * x <= 16", 3);
    lw_space_builder_constant(builder, "k", swapped ? real(1).value : whole(variant == 5 ? 2 : 1).value, NULL,
                              (lw_place){1, 1});
    return builder;
}

static void digests_tell_meanings_apart(void **state) {
    (void)state;
    uint8_t digests[6][16];
    for (int variant = 0; variant < 6; variant++)
        digest_of(sketch(variant), digests[variant]);
    assert_memory_equal(digests[0], digests[1], 16);
    for (int variant = 2; variant < 6; variant++)
        assert_memory_not_equal(digests[0], digests[variant], 16);
}

static void memory_may_end_anywhere(void **state) {
    (void)state;
    bool done = false;
    for (uint64_t n = 1; !done && n < 5000; n++) {
        lw_memory_fail_at(n, true);
        lw_space_builder *builder = sketch(0);
        const lw_draft_value kernels[] = {text("rbf"), text("poly")};
        const lw_draft_value weights[] = {real(1), real(2)};
        add(builder, "kernel", weighted(choices(kernels, 2), weights, 2));
        add(builder, "q", when(floats(0, 1), "kernel == poly"));
        lw_space_builder_constant(builder, "name", text("x").value, NULL, (lw_place){1, 1});
        lw_space *space = NULL;
        lw_error error;
        int status = lw_space_builder_finish(builder, &space, NULL, NULL, &error);
        lw_space_builder_free(builder);
        lw_memory_fail_at(0, false);
        done = status == LW_OK;
        if (!done)
            assert_int_equal(status, LW_ENOMEM);
        assert_true((space != NULL) == done);
        lw_space_free(space);
    }
    assert_true(done);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ranges_are_checked),
        cmocka_unit_test(choices_are_checked),
        cmocka_unit_test(names_are_checked),
        cmocka_unit_test(conditions_are_checked),
        cmocka_unit_test(mapped_conditions_are_checked),
        cmocka_unit_test(conditions_tell_lists_from_texts),
        cmocka_unit_test(long_lists_in_conditions_are_checked),
        cmocka_unit_test(constraints_are_checked),
        cmocka_unit_test(limits_hold),
        cmocka_unit_test(base_values_stay_where_the_space_is_silent),
        cmocka_unit_test(defaults_are_the_middle),
        cmocka_unit_test(defaults_are_known_of_what_is_not_active),
        cmocka_unit_test(steps_reach_the_upper_bound_however_narrow_the_range),
        cmocka_unit_test(values_between_the_steps_of_large_numbers_are_refused),
        cmocka_unit_test(digests_tell_meanings_apart),
        cmocka_unit_test(memory_may_end_anywhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
