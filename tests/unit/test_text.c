#include <locale.h>

#include <labwatch/random.h>
#include <labwatch/sys/text.h>

#include "testing.h"

#define REPLACEMENT "\xEF\xBF\xBD"

/* ---- the buffer ---- */

static void test_text__grows_as_needed(void **state) {
    (void)state;
    lw_text text = {0};
    for (int i = 0; i < 1000; i++) {
        lw_text_add(&text, "ab");
        lw_text_format(&text, "%d", i % 10);
        assert_int_equal(text.bytes[text.length], 0);
    }
    assert_int_equal(text.length, 3000);
    char *taken = lw_text_take(&text);
    assert_memory_equal(taken + 2994, "ab8ab9", 7);
    assert_null(text.bytes);
    lw_free(taken);
}

static void test_text__nothing_added_is_the_empty_string(void **state) {
    (void)state;
    lw_text text = {0};
    lw_text_append(&text, NULL, 0);
    char *taken = lw_text_take(&text);
    assert_string_equal(taken, "");
    lw_free(taken);
}

static void test_text__formats_long_texts(void **state) {
    (void)state;
    for (int width = 120; width < 140; width++) {
        lw_text text = {0};
        lw_text_format(&text, "<%*s>", width, "x");
        assert_int_equal(text.length, width + 2);
        assert_int_equal(text.bytes[width + 1], '>');
        assert_int_equal(text.bytes[width + 2], 0);
        lw_text_release(&text);
    }
}

static void test_text__endless_texts_are_a_failure(void **state) {
    (void)state;
    lw_text text = {0};
    volatile size_t endless = SIZE_MAX - 2;
    lw_text_add(&text, "abc");
    lw_text_append(&text, "x", endless);
    lw_text_add(&text, "def");
    assert_true(text.failed);
    assert_string_equal(text.bytes, "abc");
    assert_null(lw_text_take(&text));
}

static bool build_text(void *context) {
    (void)context;
    lw_text text = {0};
    for (int i = 0; i < 40; i++) {
        lw_text_add(&text, "some words ");
        lw_text_format(&text, "%200d", i);
        lw_text_add_double(&text, i + 0.5);
        lw_text_add_json(&text, "a\n\xFF", 3);
    }
    char *taken = lw_text_take(&text);
    assert_null(text.bytes);
    assert_false(text.failed); /* ready for the next */
    lw_free(taken);
    return taken != NULL;
}

static void test_text__remembers_that_memory_was_gone(void **state) {
    (void)state;
    lw_test_sweep_allocations(build_text, NULL);
}

static void check_json(const char *bytes, size_t length, const char *wanted) {
    lw_text text = {0};
    lw_text_add_json(&text, bytes, length);
    char *json = lw_text_take(&text);
    assert_string_equal(json, wanted);
    lw_free(json);
}

static void test_text__json_escapes_what_it_must(void **state) {
    (void)state;
    check_json("", 0, "\"\"");
    check_json("a\"b\\c/d", 7, "\"a\\\"b\\\\c/d\"");
    check_json("\b\f\n\r\t\x01\x1F\x7F", 8, "\"\\b\\f\\n\\r\\t\\u0001\\u001f\x7F\"");
    check_json("a\0b", 3, "\"a\\u0000b\"");
    check_json("\xC3\xA4\xE2\x82\xAC\xF0\x9F\x8D\xB0", 9, "\"\xC3\xA4\xE2\x82\xAC\xF0\x9F\x8D\xB0\"");
}

static void test_text__json_replaces_invalid_bytes(void **state) {
    (void)state;
    check_json("a\xFF\xFEz", 4, "\"a" REPLACEMENT REPLACEMENT "z\"");
    check_json("\xE2\x82", 2, "\"" REPLACEMENT REPLACEMENT "\"");
}

/* ---- doubles ---- */

static void check_double(double value, const char *wanted) {
    char text[LW_NUMBER_SIZE];
    size_t length = lw_double_to_text(value, text);
    assert_string_equal(text, wanted);
    assert_int_equal(length, strlen(wanted));
}

static const struct {
    double value;
    const char *text;
} doubles[] = {
    {0.0, "0.0"},
    {-0.0, "-0.0"},
    {1.0, "1.0"},
    {-1.5, "-1.5"},
    {0.1, "0.1"},
    {0.1 + 0.2, "0.30000000000000004"},
    {1e-4, "0.0001"},
    {1e-5, "1e-05"},
    {1.25e-7, "1.25e-07"},
    {123456789.125, "123456789.125"},
    {1e15, "1000000000000000.0"},
    {123456789012345678.0, "1.2345678901234568e+17"},
    {9007199254740993.0, "9007199254740992.0"},
    {9999999999999998.0, "9999999999999998.0"},
    {1e16, "1e+16"},
    {1e22, "1e+22"},
    {1e23, "1e+23"},
    {1e100, "1e+100"},
    {1.7976931348623157e308, "1.7976931348623157e+308"},
    {2.2250738585072014e-308, "2.2250738585072014e-308"},
    {5e-324, "5e-324"},
    {1e-310, "1e-310"},
    {0x1p-44, "5.684341886080802e-14"},
    {0x1p-1074 * 3, "1.5e-323"},
    /* Below a power of two the nearest 16 digits do not read back, but a neighbour of theirs does. */
    {0x1p-1017, "7.120236347223045e-307"},
};

static void test_text__doubles_are_as_short_as_possible(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof doubles / sizeof doubles[0]; i++)
        check_double(doubles[i].value, doubles[i].text);
    check_double((double)INFINITY, "inf");
    check_double(-(double)INFINITY, "-inf");
    check_double((double)NAN, "nan");
    check_double(-(double)NAN, "nan");
}

static uint64_t bits_of(double value) {
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static void check_round_trip(uint64_t bits) {
    double value, again;
    memcpy(&value, &bits, sizeof value);
    char text[LW_NUMBER_SIZE];
    size_t length = lw_double_to_text(value, text);
    assert_true(length < LW_NUMBER_SIZE);
    if (!isfinite(value))
        return;
    assert_non_null(strpbrk(text, ".e"));
    if (!lw_double_from_text(text, length, &again) || bits_of(again) != bits)
        fail_msg("%a is written %s", value, text);
}

static void test_text__doubles_read_back_the_same(void **state) {
    (void)state;
    lw_stream stream;
    lw_stream_init(&stream, 1, LW_PURPOSE_SAMPLE, 0, 0);
    for (int i = 0; i < 100000; i++)
        check_round_trip(lw_stream_bits(&stream));
    for (int i = 0; i < 20000; i++) /* subnormals of every size */
        check_round_trip(lw_stream_bits(&stream) >> (12 + lw_stream_below(&stream, 52)));
    for (uint64_t exponent = 0; exponent < 0x7FF; exponent++) {
        check_round_trip(exponent << 52);
        check_round_trip((exponent << 52) + 1);
        check_round_trip((exponent << 52) + 0xFFFFFFFFFFFFFu);
    }
}

static bool read_double(const char *text, double *out) {
    return lw_double_from_text(text, strlen(text), out);
}

static void test_text__doubles_are_read(void **state) {
    (void)state;
    static const struct {
        const char *text;
        double value;
    } cases[] = {
        {"1", 1.0},
        {"+1.", 1.0},
        {".5", 0.5},
        {"-.5e1", -5.0},
        {"1E+2", 100.0},
        {"00012.500", 12.5},
        {"0.000000000000000000000000000001", 1e-30},
        {"1000000000000000000000000000000", 1e30},
        {"0e999999999999999999999999", 0.0},
        {"1e-999999999999999999999999", 0.0},
        {"4.9406564584124654e-324", 5e-324},
        {"2.4703282292062327e-324", 0.0},     /* just below half of the smallest */
        {"2.4703282292062328e-324", 5e-324}, /* just above */
        {"1.7976931348623158e308", 1.7976931348623157e308},
        {"9007199254740993", 9007199254740992.0},                        /* a tie goes to the even one */
        {"9007199254740993.00000000000000000000000000001", 9007199254740994.0},
        {"123456789012345678901234567890", 1.2345678901234568e29},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        double value = 7;
        if (!read_double(cases[i].text, &value) || bits_of(value) != bits_of(cases[i].value))
            fail_msg("%s is read as %.17g", cases[i].text, value);
    }
}

/* 2^53 + 1 lies halfway between two doubles; a digit far behind decides. */
static void test_text__digits_far_behind_decide(void **state) {
    (void)state;
    for (int zeros = 700; zeros < 900; zeros++) {
        char text[1000];
        int length = snprintf(text, sizeof text, "9007199254740993.%0*d1", zeros, 0);
        double value;
        assert_true(lw_double_from_text(text, (size_t)length, &value));
        assert_true(value == 9007199254740994.0);
        text[length - 1] = '0';
        assert_true(lw_double_from_text(text, (size_t)length, &value));
        assert_true(value == 9007199254740992.0);
    }
}

static void test_text__zeros_and_exponents_cancel(void **state) {
    (void)state;
    static char text[60000];
    int length = snprintf(text, sizeof text, "0.%050000d125e50003", 0);
    double value;
    assert_true(lw_double_from_text(text, (size_t)length, &value));
    assert_true(value == 125.0);
    length = snprintf(text, sizeof text, "125%050000de-50000", 0);
    assert_true(lw_double_from_text(text, (size_t)length, &value));
    assert_true(value == 125.0);
}

static void test_text__what_is_no_double(void **state) {
    (void)state;
    static const char *const texts[] = {"",     " ",   "1 ",    " 1",   "+",     "-",    ".",     "e5",     "1e",
                                        "1e+",  "1,5", "1.5.2", "0x10", "1e5.0", "--1",  "1_000", "nanx",   "infinit",
                                        "1e400", "-1e400", "1.8e308", "1e999999999999999999999", "nan(1)"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        double value = 7;
        if (read_double(texts[i], &value))
            fail_msg("\"%s\" is read as %g", texts[i], value);
        assert_true(value == 7);
    }
    double value;
    assert_false(lw_double_from_text("1\0", 2, &value));
    assert_false(lw_double_from_text("1e5", 2, &value)); /* only its two first characters */
}

static void test_text__specials_in_any_case(void **state) {
    (void)state;
    static const char *const infinite[] = {"inf", "INF", "+Infinity", "iNfInItY"};
    double value;
    for (size_t i = 0; i < sizeof infinite / sizeof infinite[0]; i++) {
        assert_true(read_double(infinite[i], &value));
        assert_true(isinf(value) && value > 0);
    }
    assert_true(read_double("-inf", &value) && isinf(value) && value < 0);
    assert_true(read_double("NaN", &value) && isnan(value));
    assert_true(read_double("-nan", &value) && isnan(value));
}

/* Sets a locale whose decimal point is a comma, making one in the folder if the system has none. */
static bool set_comma_locale(const char *folder) {
    static const char *const names[] = {"de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8", "fr_FR.utf8"};
    char command[700];
    snprintf(command, sizeof command, "localedef -i de_DE -f UTF-8 %s/de_DE.UTF-8 >/dev/null 2>&1", folder);
    for (int attempt = 0; attempt < 2; attempt++) {
        for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
            if (setlocale(LC_ALL, names[i]) && strcmp(localeconv()->decimal_point, ",") == 0)
                return true;
        if (attempt == 0 && system(command) != 0)
            return false;
        setenv("LOCPATH", folder, 1);
    }
    return false;
}

static void test_text__the_locale_does_not_matter(void **state) {
    (void)state;
    char *folder = lw_test_make_folder();
    bool has_comma = set_comma_locale(folder);
    if (has_comma) {
        char written[32];
        snprintf(written, sizeof written, "%.1f", 0.5);
        assert_string_equal(written, "0,5"); /* or the test would show nothing */
        test_text__doubles_are_as_short_as_possible(state);
        test_text__doubles_are_read(state);
        test_text__what_is_no_double(state);
        setlocale(LC_ALL, "C");
    }
    unsetenv("LOCPATH");
    lw_test_remove_folder(folder);
    if (!has_comma)
        skip();
}

/* ---- integers ---- */

static void test_text__integers_are_read(void **state) {
    (void)state;
    static const struct {
        const char *text;
        int64_t value;
    } cases[] = {
        {"0", 0},     {"-0", 0},      {"+7", 7},
        {"007", 7},   {"-12", -12},   {"9223372036854775807", INT64_MAX},
        {"-9223372036854775808", INT64_MIN},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int64_t value;
        assert_true(lw_int64_from_text(cases[i].text, strlen(cases[i].text), &value));
        assert_true(value == cases[i].value);
    }
}

static void test_text__what_is_no_integer(void **state) {
    (void)state;
    static const char *const texts[] = {"",   "-",   "+",    " 1", "1 ",  "1.0",
                                        "1e3", "0x1", "--1", "1a", "9223372036854775808", "-9223372036854775809",
                                        "99999999999999999999999"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        int64_t value = 7;
        assert_false(lw_int64_from_text(texts[i], strlen(texts[i]), &value));
        assert_true(value == 7);
    }
}

/* ---- UTF-8 ---- */

static size_t encode(uint32_t code_point, char out[4]) {
    if (code_point < 0x80) {
        out[0] = (char)code_point;
        return 1;
    }
    if (code_point < 0x800) {
        out[0] = (char)(0xC0 | code_point >> 6);
        out[1] = (char)(0x80 | (code_point & 0x3F));
        return 2;
    }
    if (code_point < 0x10000) {
        out[0] = (char)(0xE0 | code_point >> 12);
        out[1] = (char)(0x80 | (code_point >> 6 & 0x3F));
        out[2] = (char)(0x80 | (code_point & 0x3F));
        return 3;
    }
    out[0] = (char)(0xF0 | code_point >> 18);
    out[1] = (char)(0x80 | (code_point >> 12 & 0x3F));
    out[2] = (char)(0x80 | (code_point >> 6 & 0x3F));
    out[3] = (char)(0x80 | (code_point & 0x3F));
    return 4;
}

static void test_text__every_character_is_utf8_but_surrogates(void **state) {
    (void)state;
    for (uint32_t code_point = 0; code_point < 0x110800; code_point++) {
        char bytes[4];
        size_t length = encode(code_point, bytes);
        bool valid = (code_point < 0xD800 || code_point > 0xDFFF) && code_point <= 0x10FFFF;
        size_t invalid_at = lw_utf8_invalid_at(bytes, length);
        if (invalid_at != (valid ? length : 0))
            fail_msg("U+%04X is judged wrongly", code_point);
        for (size_t part = 1; part < length; part++)
            assert_int_equal(lw_utf8_invalid_at(bytes, part), 0);
    }
}

/* The second byte decides about overlong forms; all pairs and what follows them. */
static void test_text__overlong_forms_are_not_utf8(void **state) {
    (void)state;
    static const char *const texts[] = {"\xC0\x80",         "\xC1\xBF",         "\xE0\x80\x80",     "\xE0\x9F\xBF",
                                        "\xF0\x80\x80\x80", "\xF0\x8F\xBF\xBF", "\xF8\x88\x80\x80", "\x80",
                                        "\xBF",             "\xFF",             "\xFE",             "\xC3("};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        assert_int_equal(lw_utf8_invalid_at(texts[i], strlen(texts[i])), 0);
    assert_int_equal(lw_utf8_invalid_at("abc\xC3\xA4\xFFz", 7), 5);
    assert_int_equal(lw_utf8_invalid_at(NULL, 0), 0);
}

static void test_text__columns_of_a_terminal(void **state) {
    (void)state;
    static const struct {
        const char *text;
        size_t columns;
    } cases[] = {
        {"", 0},
        {"abc", 3},
        {"\xC3\xA4\xC3\x9F", 2},
        {"a\xCC\x88", 1},                  /* a and a combining diaeresis */
        {"\xE6\x97\xA5\xE6\x9C\xAC", 4},   /* Japan */
        {"\xED\x95\x9C", 2},               /* Hangul */
        {"\xEF\xBC\xA1", 2},               /* full-width A */
        {"\xF0\x9F\x8D\xB0", 2},           /* cake */
        {"a\xE2\x80\x8B" "b", 2},          /* zero-width space */
        {"\x1B\n", 0},
        {"\xFF" "a", 2},
        {"\xE2\x82\xAC", 1},               /* Euro */
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_int_equal(lw_utf8_columns(cases[i].text, strlen(cases[i].text)), cases[i].columns);
}

static void check_printable(const char *bytes, size_t length, const char *wanted) {
    char *printable = lw_text_printable(bytes, length);
    assert_string_equal(printable, wanted);
    lw_free(printable);
}

static void test_text__printable_cannot_move_the_cursor(void **state) {
    (void)state;
    check_printable("plain \xC3\xA4", 8, "plain \xC3\xA4");
    check_printable("\x1B[2Ja\nb\x7F", 8, "\\x1B[2Ja\\x0Ab\\x7F");
    check_printable("\xC2\x9B" "A", 3, "\\xC2\\x9BA"); /* a control sequence of the second set */
    check_printable("\xE2\x80\xAE" "x", 4, "\\xE2\\x80\\xAEx"); /* turns the direction around */
    check_printable("a\xFF\0", 3, "a\\xFF\\x00");
    check_printable("", 0, "");
}

static bool make_printable(void *context) {
    (void)context;
    char *printable = lw_text_printable("a\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n", 26);
    lw_free(printable);
    return printable != NULL;
}

static void test_text__printable_survives_without_memory(void **state) {
    (void)state;
    lw_test_sweep_allocations(make_printable, NULL);
}

/* ---- did you mean ---- */

static void test_text__nearest_word(void **state) {
    (void)state;
    static const char *const words[] = {"random", "sobol", "gp", "smac", "tpe", "cmaes"};
    enum { COUNT = sizeof words / sizeof words[0] };
    assert_int_equal(lw_nearest("randon", words, COUNT), 0);
    assert_int_equal(lw_nearest("radnom", words, COUNT), 0); /* an exchange counts once */
    assert_int_equal(lw_nearest("sobl", words, COUNT), 1);
    assert_int_equal(lw_nearest("cmeas", words, COUNT), 5);
    assert_int_equal(lw_nearest("tpe", words, COUNT), 4);
    assert_int_equal(lw_nearest("gpp", words, COUNT), 2);
    assert_int_equal(lw_nearest("hyperband", words, COUNT), -1);
    assert_int_equal(lw_nearest("", words, COUNT), -1);
    assert_int_equal(lw_nearest("x", words, COUNT), -1);
    assert_int_equal(lw_nearest("gp", NULL, 0), -1);
}

static void test_text__nearest_takes_the_first_of_equals(void **state) {
    (void)state;
    static const char *const words[] = {"lower", "power", "tower"};
    assert_int_equal(lw_nearest("mower", words, 3), 0);
    assert_int_equal(lw_nearest("towerr", words, 3), 2);
}

static void test_text__nearest_ignores_endless_words(void **state) {
    (void)state;
    char endless[500];
    memset(endless, 'a', sizeof endless - 1);
    endless[sizeof endless - 1] = '\0';
    const char *words[] = {endless, "adam"};
    assert_int_equal(lw_nearest(endless, words, 2), -1);
    assert_int_equal(lw_nearest("adan", words, 2), 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text__grows_as_needed),
        cmocka_unit_test(test_text__nothing_added_is_the_empty_string),
        cmocka_unit_test(test_text__formats_long_texts),
        cmocka_unit_test(test_text__endless_texts_are_a_failure),
        cmocka_unit_test(test_text__remembers_that_memory_was_gone),
        cmocka_unit_test(test_text__json_escapes_what_it_must),
        cmocka_unit_test(test_text__json_replaces_invalid_bytes),
        cmocka_unit_test(test_text__doubles_are_as_short_as_possible),
        cmocka_unit_test(test_text__doubles_read_back_the_same),
        cmocka_unit_test(test_text__doubles_are_read),
        cmocka_unit_test(test_text__digits_far_behind_decide),
        cmocka_unit_test(test_text__zeros_and_exponents_cancel),
        cmocka_unit_test(test_text__what_is_no_double),
        cmocka_unit_test(test_text__specials_in_any_case),
        cmocka_unit_test(test_text__the_locale_does_not_matter),
        cmocka_unit_test(test_text__integers_are_read),
        cmocka_unit_test(test_text__what_is_no_integer),
        cmocka_unit_test(test_text__every_character_is_utf8_but_surrogates),
        cmocka_unit_test(test_text__overlong_forms_are_not_utf8),
        cmocka_unit_test(test_text__columns_of_a_terminal),
        cmocka_unit_test(test_text__printable_cannot_move_the_cursor),
        cmocka_unit_test(test_text__printable_survives_without_memory),
        cmocka_unit_test(test_text__nearest_word),
        cmocka_unit_test(test_text__nearest_takes_the_first_of_equals),
        cmocka_unit_test(test_text__nearest_ignores_endless_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
