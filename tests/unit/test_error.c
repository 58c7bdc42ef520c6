#include "testing.h"

static const int codes[] = {
#define ENTRY(name, number, text) name,
    LW_CODE_LIST(ENTRY)
#undef ENTRY
};

static void test_error__codes_have_names_and_texts(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        assert_non_null(lw_code_name(codes[i]));
        assert_string_not_equal(lw_code_text(codes[i]), "unknown code");
    }
    assert_string_equal(lw_code_name(LW_ENOTFOUND), "LW_ENOTFOUND");
    assert_string_equal(lw_code_text(LW_OK), "done");
}

static void test_error__unknown_codes(void **state) {
    (void)state;
    assert_null(lw_code_name(-4711));
    assert_string_equal(lw_code_text(-4711), "unknown code");
}

static void test_error__set_gives_the_code_and_fills_the_message(void **state) {
    (void)state;
    lw_error error;
    assert_int_equal(lw_error_set(&error, LW_EPARSE, "line %d: %s", 3, "what"), LW_EPARSE);
    assert_int_equal(error.code, LW_EPARSE);
    assert_string_equal(error.message, "line 3: what");
}

static void test_error__may_be_null(void **state) {
    (void)state;
    assert_int_equal(lw_error_set(NULL, LW_EIO, "unread"), LW_EIO);
    assert_int_equal(lw_error_prefix(NULL, "unread"), LW_OK);
    assert_int_equal(lw_error_no_memory(NULL), LW_ENOMEM);
}

static void test_error__an_empty_message_becomes_the_general_one(void **state) {
    (void)state;
    lw_error error;
    lw_error_set(&error, LW_EIO, "%s", "");
    assert_string_equal(error.message, lw_code_text(LW_EIO));
}

static void test_error__prefix_goes_before(void **state) {
    (void)state;
    lw_error error;
    lw_error_set(&error, LW_EINVAL, "no");
    assert_int_equal(lw_error_prefix(&error, "line %d", 7), LW_EINVAL);
    assert_string_equal(error.message, "line 7: no");
}

static void test_error__arguments_may_point_into_the_message(void **state) {
    (void)state;
    lw_error error;
    lw_error_set(&error, LW_EINVAL, "inner");
    lw_error_set(&error, LW_EIO, "outer (%s)", error.message);
    assert_string_equal(error.message, "outer (inner)");
    lw_error_prefix(&error, "%s", error.message);
    assert_string_equal(error.message, "outer (inner): outer (inner)");
}

/* Every length of filling, so that the cut falls into each byte of a character. */
static void test_error__long_messages_are_cut_at_whole_characters(void **state) {
    (void)state;
    static const char *const characters[] = {"x", "\xC3\xA4", "\xE2\x82\xAC", "\xF0\x9F\x8D\xB0"};
    for (size_t which = 0; which < 4; which++) {
        size_t size = strlen(characters[which]);
        for (int filling = 1010; filling < 1030; filling++) {
            lw_error error;
            char end[64] = "";
            for (int i = 0; i < 6; i++)
                strcat(end, characters[which]);
            lw_error_set(&error, LW_EINVAL, "%*s%s", filling, "", end);
            size_t length = strlen(error.message);
            assert_true(length < sizeof error.message);
            if (length > (size_t)filling)
                assert_int_equal((length - (size_t)filling) % size, 0);
            if (filling < 1020)
                assert_true(length + size >= sizeof error.message || length == (size_t)filling + 6 * size);
        }
    }
}

static void test_error__long_prefixes_are_cut_too(void **state) {
    (void)state;
    lw_error error;
    lw_error_set(&error, LW_EINVAL, "\xE2\x82\xAC\xE2\x82\xAC");
    lw_error_prefix(&error, "%*s", 1019, "");
    assert_int_equal(strlen(error.message), 1021); /* 1019, ": ", and no part of the first character */
    lw_error_prefix(&error, "%*s", 2000, "");
    assert_int_equal(strlen(error.message), 1023);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_error__codes_have_names_and_texts),
        cmocka_unit_test(test_error__unknown_codes),
        cmocka_unit_test(test_error__set_gives_the_code_and_fills_the_message),
        cmocka_unit_test(test_error__may_be_null),
        cmocka_unit_test(test_error__an_empty_message_becomes_the_general_one),
        cmocka_unit_test(test_error__prefix_goes_before),
        cmocka_unit_test(test_error__arguments_may_point_into_the_message),
        cmocka_unit_test(test_error__long_messages_are_cut_at_whole_characters),
        cmocka_unit_test(test_error__long_prefixes_are_cut_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
