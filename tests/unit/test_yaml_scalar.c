#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "units.h"
#include "yaml_scalar.h"

/* The meaning of a scalar in a list. */
static lw_value value;
static lw_error error;
static lw_yaml_tree *tree;

static bool mean(const char *text) {
    char file[512];
    snprintf(file, sizeof file, "[%s]", text);
    lw_problems problems = {.source = "t"};
    lw_yaml_tree_free(tree);
    assert_int_equal(lw_yaml_tree_read(&tree, file, strlen(file), &problems), LW_OK);
    bool good = lw_yaml_scalar_value(lw_yaml_tree_root(tree)->children[0], &value, &problems);
    assert_int_equal(lw_problems_finish(&problems, NULL, &error), good ? LW_OK : LW_EPARSE);
    return good;
}

static void assert_integer(const char *text, int64_t expected) {
    assert_true(mean(text));
    if (value.kind != LW_VALUE_INTEGER)
        fail_msg("'%s' is no integer", text);
    assert_int_equal(value.integer, expected);
}

static void assert_float(const char *text, double expected) {
    assert_true(mean(text));
    if (value.kind != LW_VALUE_FLOAT)
        fail_msg("'%s' is no float", text);
    if (isnan(expected))
        assert_true(isnan(value.number));
    else
        assert_true(value.number == expected);
}

static void assert_text(const char *text, const char *expected) {
    assert_true(mean(text));
    if (value.kind != LW_VALUE_TEXT)
        fail_msg("'%s' is no text", text);
    assert_string_equal(value.text.bytes, expected);
}

static void assert_kind(const char *text, lw_value_kind kind) {
    assert_true(mean(text));
    assert_int_equal(value.kind, kind);
}

static int teardown(void **state) {
    (void)state;
    lw_yaml_tree_free(tree);
    tree = NULL;
    return 0;
}

static void test_integers(void **state) {
    (void)state;
    assert_integer("1", 1);
    assert_integer("-12", -12);
    assert_integer("+3", 3);
    assert_integer("007", 7);
    assert_integer("0o17", 15);
    assert_integer("0x1F", 31);
    assert_integer("0xff", 255);
    assert_integer("9223372036854775807", INT64_MAX);
    assert_integer("-9223372036854775808", INT64_MIN);
    assert_integer("0x7fffffffffffffff", INT64_MAX);
}

static void test_floats(void **state) {
    (void)state;
    assert_float("1e-5", 1e-5);
    assert_float("1E5", 1e5);
    assert_float("1.", 1);
    assert_float(".5", .5);
    assert_float("-.5e+3", -500);
    assert_float("1.0", 1);
    assert_float(".inf", INFINITY);
    assert_float("-.INF", -INFINITY);
    assert_float("+.Inf", INFINITY);
    assert_float(".nan", NAN);
    assert_float(".NaN", NAN);
    assert_float("1.7976931348623157e308", DBL_MAX);
}

static void test_words(void **state) {
    (void)state;
    assert_kind("true", LW_VALUE_BOOL);
    assert_true(value.boolean);
    assert_kind("False", LW_VALUE_BOOL);
    assert_false(value.boolean);
    assert_kind("~", LW_VALUE_NULL);
    assert_kind("null", LW_VALUE_NULL);
    assert_kind("NULL", LW_VALUE_NULL);
}

static void test_text(void **state) {
    (void)state;
    static const char *const texts[] = {
        "on",  "off", "yes",      "no", "y",  "n",  "On",    "NO",   "tRUE",  "nUll",  "0b11",
        "0o8", "0xG", "1_000",    "1e", "e5", ".",  "+",     "-a",   "1.2.3", "12:30", "2024-01-05",
        "inf", "nan", "Infinity", "1,", "0o", "0x", "+0x1F", "-0o7", ". 5",   "1e5.5", "--1"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (!strchr(texts[i], ','))
            assert_text(texts[i], texts[i]);
}

static void test_quotes_make_text(void **state) {
    (void)state;
    assert_text("\"1\"", "1");
    assert_text("'true'", "true");
    assert_text("''", "");
    assert_text("\"~\"", "~");
}

static void test_tags(void **state) {
    (void)state;
    assert_text("!!str 1", "1");
    assert_text("! 1", "1");
    assert_float("!!float 1", 1);
    assert_integer("!!int '3'", 3);
    assert_false(mean("!!int x"));
    assert_non_null(strstr(error.message, "does not fit"));
    assert_false(mean("!!bool 3"));
    assert_false(mean("!Foo 3"));
}

static void test_too_large(void **state) {
    (void)state;
    assert_false(mean("9223372036854775808"));
    assert_string_equal(error.message, "t:1:2: the integer 9223372036854775808 does not fit 64 bits; write it as a "
                                       "float (1e20), or in quotes as text");
    assert_false(mean("0x8000000000000000"));
    assert_false(mean("1e999"));
    assert_string_equal(error.message,
                        "t:1:2: the number 1e999 is too large for a double; the largest is about 1.8e308");
}

static void assert_duration(const char *text, double expected) {
    double seconds = -1;
    if (!lw_duration_from_text(text, strlen(text), &seconds))
        fail_msg("'%s' is no duration", text);
    assert_true(seconds == expected);
}

static void test_durations(void **state) {
    (void)state;
    assert_duration("90", 90);
    assert_duration("1.5", 1.5);
    assert_duration("10m", 600);
    assert_duration("1h30m", 5400);
    assert_duration("1h 30m", 5400);
    assert_duration("1.5 h", 5400);
    assert_duration("2d", 172800);
    assert_duration("500ms", .5);
    assert_duration("10min", 600);
    static const char *const wrong[] = {"", "m", "10x", "1h30", "30 1h", "-5m", "1..5s", "5m!", "1e3", " 5m"};
    double seconds;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        if (lw_duration_from_text(wrong[i], strlen(wrong[i]), &seconds))
            fail_msg("'%s' is a duration", wrong[i]);
}

static void assert_size(const char *text, uint64_t expected) {
    uint64_t bytes = 0;
    if (!lw_size_from_text(text, strlen(text), &bytes))
        fail_msg("'%s' is no size", text);
    assert_int_equal(bytes, expected);
}

static void test_sizes(void **state) {
    (void)state;
    assert_size("1000", 1000);
    assert_size("4G", UINT64_C(4) << 30);
    assert_size("4g", UINT64_C(4) << 30);
    assert_size("512M", UINT64_C(512) << 20);
    assert_size("1.5 GiB", UINT64_C(3) << 29);
    assert_size("2GB", 2000000000);
    assert_size("64K", 65536);
    assert_size("1T", UINT64_C(1) << 40);
    static const char *const wrong[] = {"", "G", "4X", "-1G", "4GG", "1G2M", "99999999999T", "4 G B"};
    uint64_t bytes;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        if (lw_size_from_text(wrong[i], strlen(wrong[i]), &bytes))
            fail_msg("'%s' is a size", wrong[i]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_integers),  cmocka_unit_test(test_floats),           cmocka_unit_test(test_words),
        cmocka_unit_test(test_text),      cmocka_unit_test(test_quotes_make_text), cmocka_unit_test(test_tags),
        cmocka_unit_test(test_too_large), cmocka_unit_test(test_durations),        cmocka_unit_test(test_sizes),
    };
    return cmocka_run_group_tests_name("yaml_scalar", tests, NULL, teardown);
}
