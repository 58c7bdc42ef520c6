/* Captured output: bounds, cut points, valid text, the last line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <labwatch/sys/memory.h>

#include "capture.h"

static void add(lw_capture *capture, const char *text) {
    lw_capture_append(capture, text, strlen(text));
}

static char *text_of(const lw_capture *capture) {
    lw_text text = {0};
    lw_capture_text(capture, &text);
    char *taken = lw_text_take(&text);
    assert_non_null(taken);
    return taken;
}

static void expect_text(const lw_capture *capture, const char *expected) {
    char *text = text_of(capture);
    assert_string_equal(text, expected);
    assert_int_equal(lw_utf8_invalid_at(text, strlen(text)), strlen(text));
    lw_free(text);
}

static void expect_last_line(const lw_capture *capture, const char *expected) {
    lw_text line = {0};
    lw_capture_last_line(capture, &line);
    char *text = lw_text_take(&line);
    assert_string_equal(text, expected);
    lw_free(text);
}

/** Captures text in pieces of step bytes, with a head and a tail of 8 bytes each. */
static void expect_small(const char *input, size_t step, const char *text, const char *last_line) {
    lw_capture capture;
    lw_capture_init(&capture, 8, 8);
    size_t length = strlen(input);
    for (size_t at = 0; at < length; at += step)
        lw_capture_append(&capture, input + at, length - at < step ? length - at : step);
    assert_int_equal(capture.total, length);
    expect_text(&capture, text);
    expect_last_line(&capture, last_line);
    lw_capture_release(&capture);
}

static void keeps_everything_that_fits(void **state) {
    (void)state;
    for (size_t step = 1; step <= 20; step++) {
        expect_small("", step, "", "");
        expect_small("abc", step, "abc", "abc");
        expect_small("abcdefgh", step, "abcdefgh", "abcdefgh");
        expect_small("abcdefghi", step, "abcdefghi", "abcdefghi");
        expect_small("a\nbcdefghi\nklmno", step, "a\nbcdefghi\nklmno", "klmno");
    }
}

static void leaves_out_the_middle(void **state) {
    (void)state;
    for (size_t step = 1; step <= 40; step++) {
        expect_small("abcdefghXijklmnop", step, "abcdefgh\n[… 1 bytes left out …]\nijklmnop", "ijklmnop");
        expect_small("abc\nefg\n12345678901234567890\nlast\n", step, "abc\nefg\n[… 18 bytes left out …]\n90\nlast\n",
                     "last");
    }
}

static void drops_characters_cut_in_two(void **state) {
    (void)state;
    for (size_t step = 1; step <= 40; step++) {
        expect_small("abcdefg\u00e4XXXX\u00e41234567", step, "abcdefg\n[… 6 bytes left out …]\n1234567", "1234567");
        expect_small("abcdef\u20acXXXX\u20ac123456", step, "abcdef\n[… 6 bytes left out …]\n123456", "123456");
        expect_small("abcde\U0001F600XXXX\U0001F60012345", step, "abcde\n[… 6 bytes left out …]\n12345", "12345");
        expect_small("abcdef\u00e4XXXX\u00e4123456", step, "abcdef\u00e4\n[… 4 bytes left out …]\n\u00e4123456", "\u00e4123456");
    }
}

static void makes_bytes_valid_text(void **state) {
    (void)state;
    lw_capture capture;
    lw_capture_init(&capture, 0, 0);
    lw_capture_append(&capture, "a\0b\xff" "c\xc3", 6);
    expect_text(&capture, "a\uFFFD" "b\uFFFD" "c\uFFFD");
    lw_capture_release(&capture);
}

static void finds_the_last_line_that_is_not_blank(void **state) {
    (void)state;
    lw_capture capture;
    lw_capture_init(&capture, 0, 0);
    expect_last_line(&capture, "");
    add(&capture, "\n \t\n");
    expect_last_line(&capture, "");
    add(&capture, "one\n  two 2 \r\n\n   \n\r\n");
    expect_last_line(&capture, "  two 2 ");
    add(&capture, "10%\r100%\r\n");
    expect_last_line(&capture, "10%\r100%");
    lw_capture_release(&capture);
}

static void a_line_longer_than_the_tail_begins_with_a_whole_word(void **state) {
    (void)state;
    expect_small("aaaaaaaaaaaaaaaaaaaaaaaaaa 9912 7\n", 5, "aaaaaaaa\n[… 18 bytes left out …]\n 9912 7\n", "9912 7");
    expect_small("aaaaaaaaaaaaaaaaaaaaaaaaaa 0.991 7\n", 5, "aaaaaaaa\n[… 19 bytes left out …]\n0.991 7\n", "7");
}

static void bounds_memory(void **state) {
    (void)state;
    static char chunk[100000];
    memset(chunk, 'x', sizeof chunk);
    lw_capture capture;
    lw_capture_init(&capture, 0, 0);
    for (int i = 0; i < 1000; i++)
        lw_capture_append(&capture, chunk, sizeof chunk);
    add(&capture, "\nloss 0.25\n");
    assert_int_equal(capture.total, 1000 * sizeof chunk + 11);
    assert_int_equal(capture.head_capacity, LW_CAPTURE_HEAD);
    assert_int_equal(lw_capture_left_out(&capture), capture.total - LW_CAPTURE_HEAD - LW_CAPTURE_TAIL);
    expect_last_line(&capture, "loss 0.25");
    lw_capture_release(&capture);
}

static void counts_on_without_memory(void **state) {
    (void)state;
    for (uint64_t n = 1; n <= 3; n++) {
        lw_capture capture;
        lw_capture_init(&capture, 8, 8);
        (void)lw_memory_fail_at(n, true);
        add(&capture, "abcd");
        add(&capture, "efghijkl");
        add(&capture, "mnopqrstuvw");
        (void)lw_memory_fail_at(0, false);
        assert_int_equal(capture.total, 23);
        char *text = text_of(&capture);
        lw_free(text);
        lw_capture_release(&capture);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_everything_that_fits),
        cmocka_unit_test(leaves_out_the_middle),
        cmocka_unit_test(drops_characters_cut_in_two),
        cmocka_unit_test(makes_bytes_valid_text),
        cmocka_unit_test(finds_the_last_line_that_is_not_blank),
        cmocka_unit_test(a_line_longer_than_the_tail_begins_with_a_whole_word),
        cmocka_unit_test(bounds_memory),
        cmocka_unit_test(counts_on_without_memory),
    };
    return cmocka_run_group_tests_name("capture", tests, NULL, NULL);
}
