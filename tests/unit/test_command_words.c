/* Command lines: quoting, placeholders, hostile values, errors with their column. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <labwatch/sys/memory.h>

#include "command_words.h"

/** Splits line and compares with the words given as one text, each ended by '|'. */
static void expect_split(const char *line, const char *expected) {
    lw_words words;
    lw_error error;
    if (lw_words_split(&words, line, strlen(line), &error) != LW_OK)
        fail_msg("%s: %s", line, error.message);
    lw_text joined = {0};
    for (size_t i = 0; i < words.count; i++)
        lw_text_format(&joined, "%s|", words.items[i]);
    assert_null(words.items[words.count]);
    assert_string_equal(joined.bytes, expected);
    lw_text_release(&joined);
    lw_words_release(&words);
}

static void expect_split_error(const char *line, const char *message) {
    lw_words words = {0};
    lw_error error;
    assert_int_equal(lw_words_split(&words, line, strlen(line), &error), LW_EPARSE);
    if (!strstr(error.message, message))
        fail_msg("%s: '%s' is not in '%s'", line, message, error.message);
    assert_null(words.items);
}

static void splits_like_a_shell(void **state) {
    (void)state;
    expect_split("svm-train -q -v 5", "svm-train|-q|-v|5|");
    expect_split("  a \t b\n\r\nc  ", "a|b|c|");
    expect_split("a 'b c'\"d e\"f\\ g", "a|b cd ef g|");
    expect_split("a '' \"\"", "a|||");
    expect_split("a 'it'\\''s'", "a|it's|");
    expect_split("a \"x \\\" \\\\ \\$ \\` \\n\"", "a|x \" \\ $ ` \\n|");
    expect_split("a 'x \\'", "a|x \\|");
    expect_split("a \\\n  b \"c\\\nd\" e\\\nf", "a|b|cd|ef|");
    expect_split("a \\\n", "a|");
    expect_split("a b#c # d", "a|b#c|#|d|");
    expect_split("\u00e4 '\u20ac \U0001F600'", "\u00e4|\u20ac \U0001F600|");
}

static void expands_nothing(void **state) {
    (void)state;
    expect_split("a $HOME ~ * ? [a-z] $(id) `id` !! {a,b} x=1", "a|$HOME|~|*|?|[a-z]|$(id)|`id`|!!|{a,b}|x=1|");
}

static void names_the_column_of_an_error(void **state) {
    (void)state;
    expect_split_error("a 'b", "column 3: the quote '");
    expect_split_error("\u00e4\u00e4 \"b", "column 4: the quote \"");
    expect_split_error("a 'x' 'y\n", "column 7");
    expect_split_error("a b\\", "column 4: nothing follows");
    expect_split_error("", "empty");
    expect_split_error(" \n\t ", "empty");
    expect_split_error("'' a", "first word");
    lw_words words;
    lw_error error;
    assert_int_equal(lw_words_split(&words, "a\0b", 3, &error), LW_EPARSE);
    assert_non_null(strstr(error.message, "column 2"));
}

static void refuses_what_only_a_shell_understands(void **state) {
    (void)state;
    expect_split_error("train | tail -1", "column 7: no shell");
    expect_split_error("train > out", "sh -c");
    expect_split_error("train 2>&1", "2>&1");
    expect_split_error("a && b", "&&");
    expect_split("a '|' \\> \"&&\" a|b x>y", "a|||>|&&|a|b|x>y|");
}

static void takes_argv_as_it_is(void **state) {
    (void)state;
    const char *argv[] = {"a b", "'", "", "$(id)"};
    lw_words words;
    lw_error error;
    assert_int_equal(lw_words_from_argv(&words, argv, 4, &error), LW_OK);
    assert_int_equal(words.count, 4);
    for (size_t i = 0; i < 4; i++)
        assert_string_equal(words.items[i], argv[i]);
    assert_null(words.items[4]);
    lw_words_release(&words);
    assert_int_equal(lw_words_from_argv(&words, argv, 0, &error), LW_EPARSE);
    assert_int_equal(lw_words_from_argv(&words, argv + 2, 1, &error), LW_EPARSE);
}

static int list_name(void *arg, const char *name, size_t length, size_t word, lw_error *error) {
    (void)error;
    lw_text_format(arg, "%zu:%.*s ", word, (int)length, name);
    return LW_OK;
}

static int refuse_name(void *arg, const char *name, size_t length, size_t word, lw_error *error) {
    (void)arg;
    (void)word;
    return lw_error_set(error, LW_ENOTFOUND, "there is no '%.*s'", (int)length, name);
}

static lw_words split(const char *line) {
    lw_words words;
    lw_error error;
    assert_int_equal(lw_words_split(&words, line, strlen(line), &error), LW_OK);
    return words;
}

static void lists_placeholders(void **state) {
    (void)state;
    lw_words words = split("p -c {C} '{net.layers}x{a-b_1}' {{no}} {C} {\u03b1} {{{x}}}");
    lw_text names = {0};
    lw_error error;
    assert_int_equal(lw_words_each_placeholder(&words, list_name, &names, &error), LW_OK);
    assert_string_equal(names.bytes, "2:C 3:net.layers 3:a-b_1 5:C 6:\u03b1 7:x ");
    assert_int_equal(lw_words_each_placeholder(&words, refuse_name, NULL, &error), LW_ENOTFOUND);
    assert_string_equal(error.message, "there is no 'C'");
    lw_text_release(&names);
    lw_words_release(&words);
}

static void refuses_stray_braces(void **state) {
    (void)state;
    static const char *const lines[] = {"a {", "a }", "a {}", "a {b", "a '{b c}'", "a b}", "a {{b}", "a {b}}", "awk '{print $1}'",
                                        "a '{\"x\": 1}'"};
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        lw_words words = split(lines[i]);
        lw_text names = {0};
        lw_error error;
        assert_int_equal(lw_words_each_placeholder(&words, list_name, &names, &error), LW_EPARSE);
        assert_non_null(strstr(error.message, "word 2"));
        assert_non_null(strstr(error.message, "for the character itself"));
        bool odd = strstr(lines[i], "{b c}") || strstr(lines[i], "{print") || strstr(lines[i], "{\"x");
        assert_true(odd == (strstr(error.message, "has only letters, digits") != NULL));
        lw_text_release(&names);
        lw_words_release(&words);
    }
}

static void tells_what_a_placeholder_may_be_called(void **state) {
    (void)state;
    assert_true(lw_words_can_name("net.layers-1_a"));
    assert_true(lw_words_can_name("\u03b1"));
    assert_false(lw_words_can_name("learning rate"));
    assert_false(lw_words_can_name("{x}"));
    assert_false(lw_words_can_name(""));
}

/** Gives *arg for every name. */
static int same_value(void *arg, const char *name, size_t length, lw_text *out, lw_error *error) {
    (void)name;
    (void)length;
    (void)error;
    lw_text_add(out, arg);
    return LW_OK;
}

static void hostile_values_stay_one_argument(void **state) {
    (void)state;
    static char *values[] = {"a b", "'", "\"", "$(touch /tmp/x)", "`id`", "a\nb", "; rm -rf /", "{C}", "{{", "}", "", "\\", "-v", "*", "\x01\xff"};
    lw_words words = split("p {C} --c={C} {{{C}}}");
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        lw_words filled;
        lw_error error;
        assert_int_equal(lw_words_fill(&filled, &words, same_value, values[i], &error), LW_OK);
        assert_int_equal(filled.count, 4);
        assert_string_equal(filled.items[1], values[i]);
        assert_memory_equal(filled.items[2], "--c=", 4);
        assert_string_equal(filled.items[2] + 4, values[i]);
        char expected[100];
        (void)snprintf(expected, sizeof expected, "{%s}", values[i]);
        assert_string_equal(filled.items[3], expected);
        lw_words_release(&filled);
    }
    lw_words_release(&words);
}

static int zero_value(void *arg, const char *name, size_t length, lw_text *out, lw_error *error) {
    (void)arg;
    (void)name;
    (void)length;
    (void)error;
    lw_text_append(out, "a\0b", 3);
    return LW_OK;
}

static int no_value(void *arg, const char *name, size_t length, lw_text *out, lw_error *error) {
    (void)arg;
    lw_text_add(out, "half");
    return lw_error_set(error, LW_ENOTFOUND, "no parameter '%.*s'", (int)length, name);
}

static void filling_reports_what_fails(void **state) {
    (void)state;
    lw_words words = split("p {C}"), filled = {0};
    lw_error error;
    assert_int_equal(lw_words_fill(&filled, &words, zero_value, NULL, &error), LW_EINVAL);
    assert_non_null(strstr(error.message, "{C} has a 0 byte"));
    assert_int_equal(lw_words_fill(&filled, &words, no_value, NULL, &error), LW_ENOTFOUND);
    assert_string_equal(error.message, "no parameter 'C'");
    assert_null(filled.items);
    lw_words_release(&words);
}

static int try_everything(lw_error *error) {
    lw_words words, filled, copy;
    const char *line = "p 'a b' {C} x\\ y";
    int code = lw_words_split(&words, line, strlen(line), error);
    if (code != LW_OK)
        return code;
    code = lw_words_fill(&filled, &words, same_value, "v", error);
    if (code == LW_OK) {
        code = lw_words_from_argv(&copy, (const char *const *)filled.items, filled.count, error);
        if (code == LW_OK)
            lw_words_release(&copy);
        lw_words_release(&filled);
    }
    lw_words_release(&words);
    return code;
}

static void survives_without_memory(void **state) {
    (void)state;
    lw_error error;
    (void)lw_memory_fail_at(0, false);
    assert_int_equal(try_everything(&error), LW_OK);
    uint64_t allocations = lw_memory_fail_at(0, false);
    for (uint64_t n = 1; n <= allocations; n++) {
        (void)lw_memory_fail_at(n, false);
        assert_int_equal(try_everything(&error), LW_ENOMEM);
        (void)lw_memory_fail_at(0, false);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(splits_like_a_shell),
        cmocka_unit_test(expands_nothing),
        cmocka_unit_test(names_the_column_of_an_error),
        cmocka_unit_test(refuses_what_only_a_shell_understands),
        cmocka_unit_test(takes_argv_as_it_is),
        cmocka_unit_test(lists_placeholders),
        cmocka_unit_test(refuses_stray_braces),
        cmocka_unit_test(tells_what_a_placeholder_may_be_called),
        cmocka_unit_test(hostile_values_stay_one_argument),
        cmocka_unit_test(filling_reports_what_fails),
        cmocka_unit_test(survives_without_memory),
    };
    return cmocka_run_group_tests_name("command_words", tests, NULL, NULL);
}
