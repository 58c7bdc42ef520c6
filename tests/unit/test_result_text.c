/* Results read from output: last numbers, regular expressions, result files. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include <labwatch/sys/memory.h>

#include "result_text.h"

static lw_capture captured(const char *text) {
    lw_capture capture;
    lw_capture_init(&capture, 0, 0);
    lw_capture_append(&capture, text, strlen(text));
    return capture;
}

static void expect(const lw_result_reading *reading, const char *input, lw_result_kind kind, double value,
                   const char *message) {
    bool equal = isnan(value) ? isnan(reading->value) : reading->value == value;
    if (reading->kind != kind || !equal)
        fail_msg("'%s' gives kind %d, %g: %s", input, (int)reading->kind, reading->value, reading->message);
    if (!strstr(reading->message, message) || (kind == LW_RESULT_NUMBER && reading->message[0]))
        fail_msg("'%s': '%s' is not in '%s'", input, message, reading->message);
    assert_int_equal(lw_utf8_invalid_at(reading->message, strlen(reading->message)), strlen(reading->message));
}

static void expect_last(const char *output, lw_result_kind kind, double value, const char *message) {
    lw_capture capture = captured(output);
    lw_result_reading reading;
    lw_result_from_last_line(&capture, "result", false, &reading);
    expect(&reading, output, kind, value, message);
    lw_capture_release(&capture);
}

static void expect_named(const char *output, lw_result_kind kind, double value, const char *message) {
    lw_capture capture = captured(output);
    lw_result_reading reading;
    lw_result_from_last_line(&capture, "acc", true, &reading);
    expect(&reading, output, kind, value, message);
    lw_capture_release(&capture);
}

static void an_object_on_the_last_line_is_a_result_object(void **state) {
    (void)state;
    expect_named("{\"acc\": 0.5, \"epoch\": 10}\n\n", LW_RESULT_NUMBER, 0.5, "");
    expect_named("  {\"acc\": NaN, \"epoch\": 10} \r\n", LW_RESULT_NAN, NAN, "'acc'");
    expect_named("{\"loss\": 0.5, \"epoch\": 10}", LW_RESULT_NONE, NAN, "has no 'acc'; it has 'loss', 'epoch'");
    expect_named("{'acc': 0.5, 'epoch': 10}", LW_RESULT_NONE, NAN, "no proper JSON");
    expect_named("{\"acc\": [1, 2]}", LW_RESULT_NONE, NAN, "no number");
    expect_named("epoch 3 0.25", LW_RESULT_NUMBER, 0.25, "");
    expect_named("{3} 0.25", LW_RESULT_NUMBER, 0.25, "");
    expect_last("{\"result\": 0.5, \"epoch\": 10}", LW_RESULT_NUMBER, 0.5, "");
    expect_last("{\"result\": \"bad\", \"epoch\": 10}", LW_RESULT_NONE, NAN, "no number");
    expect_last("{\"loss\": 0.5, \"epoch\": 10}", LW_RESULT_NUMBER, 10, "");
    expect_last("{'loss': 0.5}", LW_RESULT_NUMBER, 0.5, "");
}

static void a_number_with_a_comma_is_none(void **state) {
    (void)state;
    expect_last("loss 1,234.5", LW_RESULT_NONE, NAN, "'loss 1,234.5': it has a comma in it");
    expect_last("0,93", LW_RESULT_NONE, NAN, "comma");
    expect_last("0,93%", LW_RESULT_NONE, NAN, "comma");
    expect_last("1,234ms", LW_RESULT_NONE, NAN, "comma");
    expect_last("1,234,567", LW_RESULT_NONE, NAN, "comma");
    expect_last("epoch 10, 0.5", LW_RESULT_NUMBER, 0.5, "");
    expect_last("1,234 0.5,", LW_RESULT_NUMBER, 0.5, "");
    expect_last("a,5", LW_RESULT_NUMBER, 5, "");
}

static void reads_the_last_number_on_the_last_line(void **state) {
    (void)state;
    expect_last("1\n", LW_RESULT_NUMBER, 1, "");
    expect_last("0.5", LW_RESULT_NUMBER, 0.5, "");
    expect_last("9\nloss: 0.25 \r\n\n  \n", LW_RESULT_NUMBER, 0.25, "");
    expect_last("a 1 b 2 c\n", LW_RESULT_NUMBER, 2, "");
    expect_last("acc=84.4%", LW_RESULT_NUMBER, 84.4, "");
    expect_last("(0.5), done.", LW_RESULT_NUMBER, 0.5, "");
    expect_last("The loss is 0.5.", LW_RESULT_NUMBER, 0.5, "");
    expect_last("-1.5e-3", LW_RESULT_NUMBER, -1.5e-3, "");
    expect_last("+2 .5", LW_RESULT_NUMBER, 0.5, "");
    expect_last("+2", LW_RESULT_NUMBER, 2, "");
    expect_last("5.", LW_RESULT_NUMBER, 5, "");
    expect_last("1, 0.5, 0.25", LW_RESULT_NUMBER, 0.25, "");
    expect_last("1e-999", LW_RESULT_NUMBER, 0, "");
    expect_last("10%\r50% 0.1\r100% 0.2", LW_RESULT_NUMBER, 0.2, "");
}

static void words_with_digits_are_no_numbers(void **state) {
    (void)state;
    expect_last("0.5 v2 12ms 1.2.3 2024-01-05 x_1 0x10 1e 1e5x", LW_RESULT_NUMBER, 0.5, "");
    expect_last("v2 fold3", LW_RESULT_NONE, NAN, "no number on the last line, 'v2 fold3'");
    expect_last("\u22120.5", LW_RESULT_NONE, NAN, "no number"); /* a typographic minus must not lose the sign */
    expect_last("+ - . e5 --1", LW_RESULT_NONE, NAN, "no number");
    expect_last("done\n", LW_RESULT_NONE, NAN, "'done'");
}

static void nan_and_infinity_are_told_apart(void **state) {
    (void)state;
    expect_last("loss: nan", LW_RESULT_NAN, NAN, "'loss: nan'");
    expect_last("-nan", LW_RESULT_NAN, NAN, "NaN");
    expect_last("NaN", LW_RESULT_NAN, NAN, "");
    expect_last("inf", LW_RESULT_INFINITE, INFINITY, "infinite");
    expect_last("loss -Infinity", LW_RESULT_INFINITE, -INFINITY, "'loss -Infinity'");
    expect_last("1e999", LW_RESULT_INFINITE, INFINITY, "1e999");
    expect_last("-1e999", LW_RESULT_INFINITE, -INFINITY, "");
    expect_last("banana info 1", LW_RESULT_NUMBER, 1, "");
}

static void no_output_is_no_number(void **state) {
    (void)state;
    expect_last("", LW_RESULT_NONE, NAN, "nothing was printed");
    expect_last(" \n\n", LW_RESULT_NONE, NAN, "no line");
}

static void sentences_quote_printable_and_short(void **state) {
    (void)state;
    expect_last("\x1b[31mred", LW_RESULT_NONE, NAN, "\\x1B[31mred");
    char line[5000];
    memset(line, 'a', sizeof line - 1);
    line[sizeof line - 1] = 0;
    expect_last(line, LW_RESULT_NONE, NAN, "aaa…'");
    for (size_t i = 0; i + 2 < sizeof line; i += 2)
        memcpy(line + i, "\u00e4", 3);
    expect_last(line, LW_RESULT_NONE, NAN, "\u00e4…'");
    memset(line, '\xff', sizeof line - 1);
    expect_last(line, LW_RESULT_NONE, NAN, "…'");
}

static lw_result_pattern *pattern_of(const char *expression) {
    lw_result_pattern *pattern;
    lw_error error;
    if (lw_result_pattern_new(&pattern, expression, &error) != LW_OK)
        fail_msg("%s", error.message);
    return pattern;
}

static void expect_match(const char *expression, const char *output, lw_result_kind kind, double value,
                         const char *message) {
    lw_result_pattern *pattern = pattern_of(expression);
    lw_capture capture = captured(output);
    lw_result_reading reading;
    lw_error error;
    assert_int_equal(lw_result_from_pattern(pattern, &capture, &reading, &error), LW_OK);
    expect(&reading, output, kind, value, message);
    lw_capture_release(&capture);
    lw_result_pattern_free(pattern);
}

static void takes_the_first_group_of_the_last_match(void **state) {
    (void)state;
    expect_match("Accuracy = ([0-9.]+)%", "x\nCross Validation Accuracy = 84.4444%\n", LW_RESULT_NUMBER, 84.4444, "");
    expect_match("loss ([0-9.]+)", "loss 3\nloss 2 loss 1\nend\n", LW_RESULT_NUMBER, 1, "");
    expect_match("^loss ([0-9.]+)$", "loss 3\nmy loss 2\nloss 1 x\r\nloss 4\r\n", LW_RESULT_NUMBER, 4, "");
    expect_match("(a|b)=([0-9]+)", "a=1", LW_RESULT_NONE, NAN, "'a', which is no number");
    expect_match("x(.*)", "x  7 ", LW_RESULT_NUMBER, 7, "");
    expect_match("x=(.+)", "x=0.5 (best of 3)", LW_RESULT_NONE, NAN, "is no number");
    expect_match("x=(.+)", "x=nan", LW_RESULT_NAN, NAN, "'x=nan'");
    expect_match("x=(.+)", "x=1e999", LW_RESULT_INFINITE, INFINITY, "");
    expect_match("x=([0-9]+)?", "x=1 x=", LW_RESULT_NONE, NAN, "took no part");
}

static void a_match_that_a_comma_cuts_off_is_none(void **state) {
    (void)state;
    expect_match("loss ([0-9.]+)", "loss 1,234.5", LW_RESULT_NONE, NAN, "matched '1' beside a comma");
    expect_match("loss ([0-9.]+)", "loss 0,93", LW_RESULT_NONE, NAN, "comma");
    expect_match("([0-9.]+)$", "loss 1,234.5", LW_RESULT_NONE, NAN, "matched '234.5'");
    expect_match("[0-9.]+", "loss 1,234.5", LW_RESULT_NONE, NAN, "comma");
    expect_match("loss ([0-9.,]+)", "loss 1,234.5", LW_RESULT_NONE, NAN, "'1,234.5', which is no number");
    expect_match("^[0-9]+,([0-9.]+)", "12,0.5", LW_RESULT_NUMBER, 0.5, "");
    expect_match("^[0-9]+,([0-9.]+),", "12,0.5,3", LW_RESULT_NUMBER, 0.5, "");
    expect_match("loss ([0-9.]+)", "loss 0.5, 3", LW_RESULT_NUMBER, 0.5, "");
    expect_match("loss ([0-9.]+)", "loss 0.5,", LW_RESULT_NUMBER, 0.5, "");
}

static void without_a_group_takes_the_match(void **state) {
    (void)state;
    expect_match("[0-9.]+", "1 2 3.5\n", LW_RESULT_NUMBER, 3.5, "");
    expect_match("loss = [0-9.]+", "loss = 0.5\n", LW_RESULT_NUMBER, 0.5, "");
    expect_match("loss", "loss = 0.5\n", LW_RESULT_NONE, NAN, "has no number in it");
}

static void empty_matches_come_to_an_end(void **state) {
    (void)state;
    expect_match("[0-9]*", "12 a", LW_RESULT_NONE, NAN, "");
    expect_match("(x*)", "\n\n", LW_RESULT_NONE, NAN, "");
}

static void no_match_is_no_number(void **state) {
    (void)state;
    expect_match("loss", "", LW_RESULT_NONE, NAN, "matched nothing in the 0 bytes");
    expect_match("a\nb", "a\nb\n", LW_RESULT_NONE, NAN, "matched nothing");
}

static void bad_expressions_are_refused(void **state) {
    (void)state;
    lw_result_pattern *pattern = NULL;
    lw_error error;
    assert_int_equal(lw_result_pattern_new(&pattern, "loss ([0-9", &error), LW_EPARSE);
    assert_non_null(strstr(error.message, "'loss ([0-9'"));
    assert_null(pattern);
    lw_result_pattern_free(NULL);
}

static void searches_both_parts_of_long_output(void **state) {
    (void)state;
    lw_result_pattern *pattern = pattern_of("loss ([0-9]+)");
    static const struct {
        const char *first, *last;
        lw_result_kind kind;
        double value;
    } cases[] = {{"loss 1\n", "\nloss 2\n", LW_RESULT_NUMBER, 2},
                 {"loss 1\n", "\nend\n", LW_RESULT_NUMBER, 1},
                 {"begin\n", "\nend\n", LW_RESULT_NONE, NAN}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        lw_capture capture;
        lw_capture_init(&capture, 100, 100);
        lw_capture_append(&capture, cases[i].first, strlen(cases[i].first));
        for (int k = 0; k < 100; k++)
            lw_capture_append(&capture, "0123456789\n", 11);
        lw_capture_append(&capture, cases[i].last, strlen(cases[i].last));
        lw_result_reading reading;
        assert_int_equal(lw_result_from_pattern(pattern, &capture, &reading, NULL), LW_OK);
        expect(&reading, cases[i].last, cases[i].kind, cases[i].value,
               cases[i].kind == LW_RESULT_NONE ? "the middle was not kept" : "");
        lw_capture_release(&capture);
    }
    lw_result_pattern_free(pattern);
}

static void output_may_hold_zeros(void **state) {
    (void)state;
    lw_result_pattern *pattern = pattern_of("loss ([0-9]+)");
    lw_capture capture;
    lw_capture_init(&capture, 0, 0);
    lw_capture_append(&capture, "\0\0 loss 5 \0 x", 13);
    lw_result_reading reading;
    assert_int_equal(lw_result_from_pattern(pattern, &capture, &reading, NULL), LW_OK);
    expect(&reading, "zeros", LW_RESULT_NUMBER, 5, "");
    lw_capture_release(&capture);
    lw_result_pattern_free(pattern);
}

static void expect_given(const char *text, const char *objective, lw_result_kind kind, double value,
                         const char *message) {
    lw_result_reading reading;
    lw_result_from_text(text, strlen(text), objective, &reading);
    expect(&reading, text, kind, value, message);
}

static void reads_numbers_and_objects(void **state) {
    (void)state;
    expect_given("0.5\n", "acc", LW_RESULT_NUMBER, 0.5, "");
    expect_given(" -1e3 ", NULL, LW_RESULT_NUMBER, -1000, "");
    expect_given("{\"acc\": 0.5, \"epoch\": 3}", "acc", LW_RESULT_NUMBER, 0.5, "");
    expect_given("{\"acc\": 7}", "acc", LW_RESULT_NUMBER, 7, "");
    expect_given("{\"acc\": 9007199254740993}", "acc", LW_RESULT_NUMBER, 9007199254740992.0, "");
    expect_given("{\"acc\": \"0.5\"}", "acc", LW_RESULT_NUMBER, 0.5, "");
    expect_given("{\"a\": {\"acc\": 1}, \"n\": NaN, \"s\": \"NaN, \\\" 1e999\", \"acc\": 2}", "acc", LW_RESULT_NUMBER, 2, "");
    expect_given("nan", "acc", LW_RESULT_NAN, NAN, "what was given is 'nan'");
    expect_given("1e999", "acc", LW_RESULT_INFINITE, INFINITY, "");
    expect_given("{\"acc\": NaN}", "acc", LW_RESULT_NAN, NAN, "'acc' is");
    expect_given("{\"acc\":null}", "acc", LW_RESULT_NAN, NAN, "null");
    expect_given("{\"acc\": -Infinity}", "acc", LW_RESULT_INFINITE, -INFINITY, "");
    expect_given("{\"acc\":1e999}", "acc", LW_RESULT_INFINITE, INFINITY, "1e999");
}

static void tells_what_was_there_instead(void **state) {
    (void)state;
    expect_given("", "acc", LW_RESULT_NONE, NAN, "empty");
    expect_given("good", "acc", LW_RESULT_NONE, NAN, "'good' is neither a number nor a JSON object");
    expect_given("good", NULL, LW_RESULT_NONE, NAN, "'good' is no number");
    expect_given("1 2", "acc", LW_RESULT_NONE, NAN, "'1 2'");
    expect_given("{\"a\": 1}", NULL, LW_RESULT_NONE, NAN, "a number is needed");
    expect_given("{\"loss\": 1, \"epoch\": 2}", "acc", LW_RESULT_NONE, NAN, "no 'acc'; it has 'loss', 'epoch'");
    expect_given("{}", "acc", LW_RESULT_NONE, NAN, "is empty");
    expect_given("{\"acc\": true}", "acc", LW_RESULT_NONE, NAN, "no number but 'true'");
    expect_given("{\"acc\": [1]}", "acc", LW_RESULT_NONE, NAN, "no number but");
    expect_given("{\"acc\": 1", "acc", LW_RESULT_NONE, NAN, "no proper JSON");
    expect_given("{\"acc\": 1, \"acc\": 2}", "acc", LW_RESULT_NONE, NAN, "no proper JSON");
    expect_given("{\"acc", "acc", LW_RESULT_NONE, NAN, "no proper JSON");
    expect_given("{\"acc\\", "acc", LW_RESULT_NONE, NAN, "no proper JSON");
    expect_given("[1]", "acc", LW_RESULT_NONE, NAN, "neither");
}

static char *scratch_file(const char *content) {
    static char path[64];
    (void)snprintf(path, sizeof path, "/tmp/labwatch-result-XXXXXX");
    int file = mkstemp(path);
    assert_true(file >= 0);
    assert_int_equal(write(file, content, strlen(content)), strlen(content));
    (void)close(file);
    return path;
}

static void reads_result_files(void **state) {
    (void)state;
    lw_result_reading reading;
    lw_error error;
    char *path = scratch_file("{\"acc\": 0.75}\n");
    assert_int_equal(lw_result_from_file(path, "acc", &reading, &error), LW_OK);
    expect(&reading, path, LW_RESULT_NUMBER, 0.75, "");
    (void)unlink(path);
    assert_int_equal(lw_result_from_file(path, "acc", &reading, &error), LW_ENOTFOUND);
    path = scratch_file("");
    assert_int_equal(lw_result_from_file(path, "acc", &reading, &error), LW_ENOTFOUND);
    (void)unlink(path);
    path = scratch_file("\n");
    assert_int_equal(lw_result_from_file(path, "acc", &reading, &error), LW_OK);
    expect(&reading, path, LW_RESULT_NONE, NAN, "empty");
    (void)unlink(path);
}

static void refuses_what_is_no_result_file(void **state) {
    (void)state;
    lw_result_reading reading;
    lw_error error;
    assert_int_equal(lw_result_from_file("/tmp", "acc", &reading, &error), LW_EIO);
    assert_int_equal(lw_result_from_file("/dev/zero", "acc", &reading, &error), LW_EIO);
    char *path = scratch_file("");
    (void)unlink(path);
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_int_equal(lw_result_from_file(path, "acc", &reading, &error), LW_EIO);
    (void)unlink(path);
    path = scratch_file("");
    assert_int_equal(truncate(path, (65 << 20)), 0);
    assert_int_equal(lw_result_from_file(path, "acc", &reading, &error), LW_EIO);
    assert_non_null(strstr(error.message, "64 MiB"));
    (void)unlink(path);
}

static int read_everything(lw_error *error) {
    lw_capture capture;
    lw_result_reading reading;
    lw_result_pattern *pattern;
    lw_capture_init(&capture, 0, 0);
    lw_capture_append(&capture, "loss\n", 5);
    int code = lw_result_pattern_new(&pattern, "loss ([0-9]+)", error);
    if (code == LW_OK) {
        code = lw_result_from_pattern(pattern, &capture, &reading, error);
        lw_result_pattern_free(pattern);
    }
    lw_result_from_last_line(&capture, "a", true, &reading);
    lw_result_from_text("{\"b\": 1}", 8, "a", &reading);
    lw_capture_release(&capture);
    return code;
}

static void survives_without_memory(void **state) {
    (void)state;
    lw_error error;
    (void)lw_memory_fail_at(0, false);
    assert_int_equal(read_everything(&error), LW_OK);
    uint64_t allocations = lw_memory_fail_at(0, false);
    for (uint64_t n = 1; n <= allocations; n++) {
        (void)lw_memory_fail_at(n, false);
        int code = read_everything(&error);
        assert_true(code == LW_OK || code == LW_ENOMEM);
        (void)lw_memory_fail_at(0, false);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_the_last_number_on_the_last_line),
        cmocka_unit_test(an_object_on_the_last_line_is_a_result_object),
        cmocka_unit_test(a_number_with_a_comma_is_none),
        cmocka_unit_test(words_with_digits_are_no_numbers),
        cmocka_unit_test(nan_and_infinity_are_told_apart),
        cmocka_unit_test(no_output_is_no_number),
        cmocka_unit_test(sentences_quote_printable_and_short),
        cmocka_unit_test(takes_the_first_group_of_the_last_match),
        cmocka_unit_test(a_match_that_a_comma_cuts_off_is_none),
        cmocka_unit_test(without_a_group_takes_the_match),
        cmocka_unit_test(empty_matches_come_to_an_end),
        cmocka_unit_test(no_match_is_no_number),
        cmocka_unit_test(bad_expressions_are_refused),
        cmocka_unit_test(searches_both_parts_of_long_output),
        cmocka_unit_test(output_may_hold_zeros),
        cmocka_unit_test(reads_numbers_and_objects),
        cmocka_unit_test(tells_what_was_there_instead),
        cmocka_unit_test(reads_result_files),
        cmocka_unit_test(refuses_what_is_no_result_file),
        cmocka_unit_test(survives_without_memory),
    };
    return cmocka_run_group_tests_name("result_text", tests, NULL, NULL);
}
