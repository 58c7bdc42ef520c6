#include <labwatch/document.h>
#include <labwatch/random.h>
#include <labwatch/sys/text.h>

#include "document_access.h"
#include "testing.h"

/* ---- helpers ---- */

static void read_json(bson_t *out, const char *json) {
    lw_error error;
    if (lw_document_from_json(out, json, strlen(json), &error) != LW_OK)
        fail_msg("%s gave %s", json, error.message);
}

/* Reads and writes; both texts must be the same. */
static void check_same(const char *json) {
    bson_t document;
    read_json(&document, json);
    char *again = lw_document_to_json(&document, false);
    assert_string_equal(again, json);
    lw_free(again);
    bson_destroy(&document);
}

/* json cannot be read, and the message has both parts. */
static void check_refused_text(const char *json, size_t length, const char *place, const char *reason) {
    lw_error error = {.code = 0};
    bson_t out;
    memset(&out, 0x5A, sizeof out);
    bson_t before = out;
    int code = lw_document_from_json(&out, json, length, &error);
    if (code != LW_EPARSE)
        fail_msg("%s gave %d", json, code);
    assert_contains(error.message, place);
    assert_contains(error.message, reason);
    assert_memory_equal(&out, &before, sizeof out);
    assert_int_equal(lw_document_from_json(&out, json, length, NULL), LW_EPARSE);
}

static void check_refused(const char *json, const char *place, const char *reason) {
    check_refused_text(json, strlen(json), place, reason);
}

static bson_iter_t find(const bson_t *document, const char *path) {
    bson_iter_t iter;
    if (!lw_document_find(document, path, &iter))
        fail_msg("no field %s", path);
    return iter;
}

/* ---- reading ---- */

static void test_document__numbers_keep_their_kind(void **state) {
    (void)state;
    bson_t document;
    bson_iter_t iter;
    read_json(&document, "{\"i\": 1, \"big\": 2147483648, \"small\": -2147483649, \"d\": 1.0, \"e\": 1e2, \"edge\": "
                         "-9223372036854775808, \"tiny\": 1e-999}");
    iter = find(&document, "i");
    assert_true(BSON_ITER_HOLDS_INT32(&iter));
    iter = find(&document, "big");
    assert_true(BSON_ITER_HOLDS_INT64(&iter) && bson_iter_int64(&iter) == 2147483648);
    iter = find(&document, "small");
    assert_true(BSON_ITER_HOLDS_INT64(&iter) && bson_iter_int64(&iter) == -2147483649);
    iter = find(&document, "d");
    assert_true(BSON_ITER_HOLDS_DOUBLE(&iter) && bson_iter_double(&iter) == 1.0);
    iter = find(&document, "e");
    assert_true(BSON_ITER_HOLDS_DOUBLE(&iter) && bson_iter_double(&iter) == 100.0);
    iter = find(&document, "edge");
    assert_true(bson_iter_int64(&iter) == INT64_MIN);
    iter = find(&document, "tiny");
    assert_true(bson_iter_double(&iter) == 0.0);
    bson_destroy(&document);
}

static void test_document__texts_read_back_the_same(void **state) {
    (void)state;
    check_same("{}");
    check_same("{\"a\": 1, \"b\": [1, 2.0, \"x\", null, true, false, {}, []], \"c\": {\"d\": {\"e\": -0.0}}}");
    check_same("{\"\": \"empty key\", \"with.dot\": 1, \"$dollar\": 2}");
    check_same("{\"_id\": 1e-05, \"x\": 0.1, \"y\": 1e+300, \"z\": 9223372036854775807}");
    check_same("{\"text\": \"a\\nb\\u0000c\\\"\\\\ \xC3\xA4 \xF0\x9F\x8D\xB0\"}");
}

static void test_document__extended_json_is_nothing_special(void **state) {
    (void)state;
    check_same("{\"$numberLong\": \"1\"}");
    check_same("{\"a\": {\"$oid\": \"507f1f77bcf86cd799439011\"}, \"b\": {\"$date\": 5}}");
}

static void check_string(const char *json, const char *wanted, size_t wanted_length) {
    bson_t document;
    lw_error error;
    assert_ok(lw_document_value_from_json(&document, json, strlen(json), &error), error);
    bson_iter_t iter = find(&document, "value");
    size_t length;
    const char *text = lw_document_text(&iter, &length);
    assert_int_equal(length, wanted_length);
    assert_memory_equal(text, wanted, wanted_length);
    bson_destroy(&document);
}

static void test_document__escapes_are_read(void **state) {
    (void)state;
    check_string("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\/\b\f\n\r\t", 8);
    check_string("\"\\u0041\\u00e4\\u20AC\"", "A\xC3\xA4\xE2\x82\xAC", 6);
    check_string("\"\\uD83C\\uDF70\"", "\xF0\x9F\x8D\xB0", 4);
    check_string("\"\\udbff\\udfff\"", "\xF4\x8F\xBF\xBF", 4);
    check_string("\"a\\u0000b\"", "a\0b", 3);
    check_string("\"\"", "", 0);
}

static void test_document__keys_may_have_escapes(void **state) {
    (void)state;
    bson_t document;
    read_json(&document, "{\"a\\u0062\\n\": {\"c\\u0064\": \"e\\u0066\"}}");
    bson_iter_t iter = find(&document, "ab\n.cd");
    assert_string_equal(lw_document_text(&iter, NULL), "ef");
    bson_destroy(&document);
}

static void test_document__any_value_can_be_read(void **state) {
    (void)state;
    static const char *const values[] = {"1", "1.5", "\"x\"", "true", "null", "[1, [2]]", "{\"a\": 1}"};
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        bson_t document;
        lw_error error;
        assert_ok(lw_document_value_from_json(&document, values[i], strlen(values[i]), &error), error);
        bson_iter_t iter = find(&document, "value");
        char *again = lw_document_value_to_json(&iter, false);
        assert_string_equal(again, values[i]);
        lw_free(again);
        bson_destroy(&document);
    }
}

static void test_document__errors_name_line_and_column(void **state) {
    (void)state;
    check_refused("", "line 1, column 1: ", "the text ends here");
    check_refused("  \n ", "line 2, column 2: ", "the text ends here");
    check_refused("[1]", "line 1, column 1: ", "expected an object, which begins with {, found '['");
    check_refused("{\"a\": 1,\n \"b\" 2}", "line 2, column 6: ", "expected a colon after the key, found '2'");
    check_refused("{\"\xC3\xA4\": x}", "line 1, column 7: ", "found 'x'");
    check_refused("{\"a\": 1 \"b\": 2}", "line 1, column 9: ", "expected a comma or }, found '\"'");
    check_refused("{\"a\": [1 2]}", "line 1, column 10: ", "expected a comma or ], found '2'");
    check_refused("{\"a\": 1,}", "line 1, column 9: ", "expected a key in double quotes, found '}'");
    check_refused("{\"a\": [1,]}", "line 1, column 10: ", "expected a value, found ']'");
    check_refused("{'a': 1}", "line 1, column 2: ", "found ''a''");
    check_refused("{\"a\": 1} {}", "line 1, column 10: ", "expected the end of the text");
    check_refused("{\"a\": tru}", "line 1, column 7: ", "found 'tru'");
    check_refused("{\"a\": \x1B[2J}", "line 1, column 7: ", "found '\\x1B'");
    check_refused("{\"a\": 1", "line 1, column 8: ", "the text ends here");
    check_refused("{\"a\": \"x", "line 1, column 7: ", "not closed");
    check_refused("{\"a\": \"x\\", "line 1, column 10: ", "after the backslash");
    check_refused("{\"a\": \"x\ny\"}", "line 1, column 9: ", "control character");
    check_refused("// {}", "line 1, column 1: ", "found '//'");
    check_refused("\xEF\xBB\xBF{}", "line 1, column 1: ", "expected an object");
}

static void test_document__numbers_that_are_none(void **state) {
    (void)state;
    check_refused("{\"a\": 01}", "column 7: ", "cannot begin with a 0");
    check_refused("{\"a\": -}", "column 8: ", "expected a digit");
    check_refused("{\"a\": 1.}", "column 9: ", "after the decimal point");
    check_refused("{\"a\": .5}", "column 7: ", "expected a value, found '.5'");
    check_refused("{\"a\": +1}", "column 7: ", "expected a value, found '+1'");
    check_refused("{\"a\": 1e}", "column 9: ", "in the exponent");
    check_refused("{\"a\": 0x10}", "column 8: ", "expected a comma or }, found 'x10'");
    check_refused("{\"a\": 1e400}", "column 7: ", "too large for a double");
    check_refused("{\"a\": 9223372036854775808}", "column 7: ", "does not fit 64 bits");
    check_refused("{\"a\": NaN}", "column 7", "NaN and infinity are no JSON");
    check_refused("{\"a\": -Infinity}", "column 8: ", "expected a digit");
    check_refused("{\"a\": Infinity}", "column ", "null stands for");
}

static void test_document__strings_that_are_none(void **state) {
    (void)state;
    check_refused("{\"a\": \"\\x41\"}", "column 9: ", "after the backslash, found 'x41'");
    check_refused("{\"a\": \"\\u12G4\"}", "column 12: ", "four hexadecimal digits");
    check_refused("{\"a\": \"\\uD83C\"}", "column 8: ", "surrogate");
    check_refused("{\"a\": \"\\uD83Cx\"}", "column 8: ", "surrogate");
    check_refused("{\"a\": \"\\uD83C\\n\"}", "column 8: ", "surrogate");
    check_refused("{\"a\": \"\\uD83C\\uD83C\"}", "column 8: ", "surrogate");
    check_refused("{\"a\": \"\\uDF70\"}", "column 8: ", "surrogate");
    check_refused("{\"a\": \"\xFF\"}", "column 8: ", "not UTF-8");
    check_refused("{\"a\": \"\xED\xA0\x80\"}", "column 8: ", "not UTF-8");
    check_refused("{\"a\\u0000b\": 1}", "column 2: ", "\\u0000");
    check_refused_text("{\"a\": \"\0\"}", 10, "column 8: ", "control character");
    check_refused_text("{}\0", 3, "column 3: ", "end of the text, found '\\x00'");
}

static void test_document__duplicate_keys_are_refused(void **state) {
    (void)state;
    check_refused("{\"a\": 1, \"b\": 2,\n\"a\": 3}", "line 2, column 1: ", "the key \"a\" is there twice");
    check_refused("{\"a\": 1, \"\\u0061\": 2}", "line 1, column 10: ", "\"a\" is there twice");
    check_refused("{\"x\": [{\"a\": 1, \"a\": 1}]}", "line 1, column 17: ", "\"a\" is there twice");
    check_refused("{\"b\": 1, \"a\": 2, \"b\": 3, \"a\": 4}", "column 18: ", "\"b\" is there twice");
    check_same("{\"a\": {\"a\": 1, \"b\": {\"a\": 2}}, \"b\": [{\"a\": 1}, {\"a\": 1}]}");
}

static void test_document__many_keys_are_no_problem(void **state) {
    (void)state;
    lw_text json = {0};
    lw_text_add(&json, "{");
    for (int i = 0; i < 100000; i++)
        lw_text_format(&json, "%s\"key %d\": %d", i ? ", " : "", i * 7919 % 100000, i);
    lw_text_add(&json, "}");
    check_same(json.bytes);
    json.length--;
    lw_text_add(&json, ", \"key 5\": 0}");
    check_refused(json.bytes, "line 1, column ", "the key \"key 5\" is there twice");
    lw_text_release(&json);
}

static void nest(lw_text *json, const char *open, const char *close, int depth) {
    json->length = 0;
    for (int i = 0; i < depth; i++)
        lw_text_add(json, open);
    lw_text_add(json, "1");
    for (int i = 0; i < depth; i++)
        lw_text_add(json, close);
}

static void test_document__nesting_has_a_limit(void **state) {
    (void)state;
    lw_text json = {0};
    nest(&json, "{\"a\": ", "}", 100);
    check_same(json.bytes);
    nest(&json, "{\"a\": ", "}", 101);
    check_refused(json.bytes, "line 1, column 601: ", "more than 100 deep");
    nest(&json, "[", "]", 100);
    bson_t document;
    lw_error error;
    assert_ok(lw_document_value_from_json(&document, json.bytes, json.length, &error), error);
    bson_destroy(&document);
    nest(&json, "[", "]", 100000);
    assert_int_equal(lw_document_value_from_json(&document, json.bytes, json.length, &error), LW_EPARSE);
    lw_text_release(&json);
}

static void test_document__length_has_a_limit(void **state) {
    (void)state;
    size_t length = (64u << 20) + 1;
    char *json = malloc(length);
    assert_non_null(json);
    memset(json, ' ', length);
    memcpy(json, "{}", 2);
    check_refused_text(json, length, "line 1, column 1: ", "67108865 bytes");
    bson_t document;
    lw_error error;
    assert_ok(lw_document_from_json(&document, json, length - 1, &error), error);
    bson_destroy(&document);
    free(json);
}

/* ---- writing ---- */

static char *take_json(bson_t *document) {
    char *json = lw_document_to_json(document, false);
    bson_destroy(document);
    return json;
}

#define assert_json(document, wanted)                                                                                  \
    do {                                                                                                               \
        char *json_ = take_json(document);                                                                          \
        assert_string_equal(json_, wanted);                                                                            \
        lw_free(json_);                                                                                                \
    } while (0)

static void test_document__missing_numbers_are_null(void **state) {
    (void)state;
    bson_t document = BSON_INITIALIZER;
    BSON_APPEND_DOUBLE(&document, "nan", (double)NAN);
    BSON_APPEND_DOUBLE(&document, "inf", (double)INFINITY);
    BSON_APPEND_DOUBLE(&document, "-inf", -(double)INFINITY);
    assert_json(&document, "{\"nan\": null, \"inf\": null, \"-inf\": null}");
}

static void check_date(int64_t milliseconds, const char *wanted) {
    bson_t document = BSON_INITIALIZER;
    BSON_APPEND_DATE_TIME(&document, "d", milliseconds);
    char text[256];
    snprintf(text, sizeof text, "{\"d\": \"%s\"}", wanted);
    assert_json(&document, text);
}

static void test_document__dates_are_iso_8601(void **state) {
    (void)state;
    check_date(0, "1970-01-01T00:00:00.000Z");
    check_date(1709207999999, "2024-02-29T11:59:59.999Z");
    check_date(951782400000, "2000-02-29T00:00:00.000Z");
    check_date(4107542400000, "2100-03-01T00:00:00.000Z");
    check_date(-1, "1969-12-31T23:59:59.999Z");
    check_date(-62167219200000, "0000-01-01T00:00:00.000Z");
    check_date(-62167219200001, "-000001-12-31T23:59:59.999Z");
    check_date(253402300799999, "9999-12-31T23:59:59.999Z");
    check_date(253402300800000, "+010000-01-01T00:00:00.000Z");
    check_date(INT64_MAX, "+292278994-08-17T07:12:55.807Z");
    check_date(INT64_MIN, "-292275055-05-16T16:47:04.192Z");
}

static void test_document__dates_agree_with_the_c_library(void **state) {
    (void)state;
    for (int64_t day = -800000; day < 3000000; day += 13) {
        time_t seconds = (time_t)(day * 86400 + day % 86400 + 5);
        struct tm parts;
        gmtime_r(&seconds, &parts);
        if (parts.tm_year < -1900 || parts.tm_year > 8099)
            continue;
        char wanted[64];
        strftime(wanted, sizeof wanted, "T%H:%M:%S.000Z", &parts);
        char whole[128];
        snprintf(whole, sizeof whole, "%04d-%02d-%02d%s", parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday,
                 wanted);
        check_date((int64_t)seconds * 1000, whole);
    }
}

static void append_binary(bson_t *document, const char *key, const char *bytes) {
    bson_append_binary(document, key, -1, BSON_SUBTYPE_BINARY, (const uint8_t *)bytes, (uint32_t)strlen(bytes));
}

/* The examples of RFC 4648. */
static void test_document__binary_is_base64(void **state) {
    (void)state;
    bson_t document = BSON_INITIALIZER;
    append_binary(&document, "0", "");
    append_binary(&document, "1", "f");
    append_binary(&document, "2", "fo");
    append_binary(&document, "3", "foo");
    append_binary(&document, "4", "foob");
    append_binary(&document, "5", "fooba");
    append_binary(&document, "6", "foobar\xFF\xFE\xFD");
    assert_json(&document, "{\"0\": \"\", \"1\": \"Zg==\", \"2\": \"Zm8=\", \"3\": \"Zm9v\", \"4\": \"Zm9vYg==\", "
                           "\"5\": \"Zm9vYmE=\", \"6\": \"Zm9vYmFy//79\"}");
}

static void test_document__every_type_can_be_written(void **state) {
    (void)state;
    bson_t document = BSON_INITIALIZER, scope = BSON_INITIALIZER;
    bson_oid_t id;
    bson_decimal128_t decimal;
    bson_oid_init_from_string(&id, "507f1f77bcf86cd799439011");
    bson_decimal128_from_string("1.50", &decimal);
    BSON_APPEND_OID(&document, "oid", &id);
    BSON_APPEND_DECIMAL128(&document, "decimal", &decimal);
    BSON_APPEND_REGEX(&document, "regex", "^a\"", "i");
    BSON_APPEND_CODE(&document, "code", "f()");
    BSON_APPEND_CODE_WITH_SCOPE(&document, "scoped", "g()", &scope);
    BSON_APPEND_SYMBOL(&document, "symbol", "s");
    BSON_APPEND_TIMESTAMP(&document, "timestamp", 1, 2);
    bson_append_dbpointer(&document, "pointer", -1, "c", &id);
    BSON_APPEND_UNDEFINED(&document, "undefined");
    BSON_APPEND_MINKEY(&document, "min");
    BSON_APPEND_MAXKEY(&document, "max");
    BSON_APPEND_UTF8(&document, "broken", "a\xFF");
    assert_json(&document,
                "{\"oid\": \"507f1f77bcf86cd799439011\", \"decimal\": \"1.50\", \"regex\": \"/^a\\\"/i\", "
                "\"code\": \"f()\", \"scoped\": \"g()\", \"symbol\": \"s\", "
                "\"timestamp\": \"1970-01-01T00:00:01.000Z\", \"pointer\": "
                "\"507f1f77bcf86cd799439011\", \"undefined\": null, \"min\": null, \"max\": null, \"broken\": "
                "\"a\xEF\xBF\xBD\"}");
    bson_destroy(&scope);
}

static void test_document__pretty_has_lines_and_indentation(void **state) {
    (void)state;
    bson_t document;
    read_json(&document, "{\"a\": 1, \"b\": {\"c\": [1, {\"d\": 2}], \"e\": {}}, \"f\": []}");
    char *json = lw_document_to_json(&document, true);
    assert_string_equal(json, "{\n  \"a\": 1,\n  \"b\": {\n    \"c\": [\n      1,\n      {\n        \"d\": 2\n      }\n"
                              "    ],\n    \"e\": {}\n  },\n  \"f\": []\n}");
    bson_t again;
    read_json(&again, json);
    assert_true(bson_equal(&document, &again));
    lw_free(json);
    bson_destroy(&again);
    bson_destroy(&document);
}

static void test_document__arrays_have_brackets(void **state) {
    (void)state;
    bson_t array = BSON_INITIALIZER;
    char *json = lw_document_array_to_json(&array, true);
    assert_string_equal(json, "[]");
    lw_free(json);
    BSON_APPEND_INT32(&array, "0", 1);
    BSON_APPEND_UTF8(&array, "1", "x");
    json = lw_document_array_to_json(&array, false);
    assert_string_equal(json, "[1, \"x\"]");
    lw_free(json);
    bson_destroy(&array);
}

/* Deeper than recursion could go; only data from outside is. */
static void test_document__depth_does_not_exhaust_the_stack(void **state) {
    (void)state;
    enum { DEPTH = 300000, LEVEL = 8 }; /* length, type, "a", 0, … , 0 */
    size_t size = 5 + (size_t)DEPTH * LEVEL;
    uint8_t *bytes = calloc(1, size);
    assert_non_null(bytes);
    for (size_t i = 0, at = 0, left = size; i <= DEPTH; i++, at += LEVEL - 1, left -= LEVEL) {
        uint32_t length = (uint32_t)left;
        memcpy(bytes + at, (uint8_t[]){(uint8_t)length, (uint8_t)(length >> 8), (uint8_t)(length >> 16), 0}, 4);
        if (i < DEPTH)
            memcpy(bytes + at + 4, "\x03" "a", 3);
    }
    bson_t document;
    assert_true(bson_init_static(&document, bytes, size));
    char *json = lw_document_to_json(&document, false);
    assert_int_equal(strlen(json), DEPTH * strlen("{\"a\": }") + 2);
    lw_free(json);
    bson_iter_t a, b;
    assert_true(bson_iter_init_find(&a, &document, "a"));
    b = a;
    assert_true(lw_document_values_equal(&a, &b));
    free(bytes);
}

/* ---- comparing ---- */

static bool equal(const char *a_json, const char *b_json) {
    bson_t a, b;
    lw_error error;
    assert_ok(lw_document_value_from_json(&a, a_json, strlen(a_json), &error), error);
    assert_ok(lw_document_value_from_json(&b, b_json, strlen(b_json), &error), error);
    bson_iter_t a_iter = find(&a, "value"), b_iter = find(&b, "value");
    bool one_way = lw_document_values_equal(&a_iter, &b_iter);
    assert_int_equal(one_way, lw_document_values_equal(&b_iter, &a_iter));
    bson_destroy(&a);
    bson_destroy(&b);
    return one_way;
}

static void test_document__equal_values(void **state) {
    (void)state;
    assert_true(equal("1", "1.0"));
    assert_true(equal("0.0", "-0.0"));
    assert_true(equal("4294967296", "4294967296.0"));
    assert_true(equal("\"a\"", "\"a\""));
    assert_true(equal("null", "null"));
    assert_true(equal("[1, 2]", "[1.0, 2.0]"));
    assert_true(equal("{\"a\": 1, \"b\": {\"c\": [1]}}", "{\"b\": {\"c\": [1.0]}, \"a\": 1}"));
    assert_true(equal("{}", "{}"));
}

static void test_document__unequal_values(void **state) {
    (void)state;
    assert_false(equal("1", "2"));
    assert_false(equal("1", "true"));
    assert_false(equal("1", "\"1\""));
    assert_false(equal("9007199254740993", "9007199254740992.0"));
    assert_false(equal("9223372036854775807", "9223372036854775808.0"));
    assert_false(equal("1", "1.5"));
    assert_false(equal("\"a\"", "\"a\\u0000\""));
    assert_false(equal("null", "0"));
    assert_false(equal("[1, 2]", "[2, 1]"));
    assert_false(equal("[1]", "[1, 2]"));
    assert_false(equal("{\"a\": 1}", "{\"a\": 1, \"b\": 2}"));
    assert_false(equal("{\"a\": 1, \"b\": 2}", "{\"a\": 1, \"c\": 2}"));
    assert_false(equal("{\"a\": 1, \"b\": 2}", "{\"b\": 1, \"a\": 2}"));
    assert_false(equal("{\"0\": 1}", "[1]"));
}

static void test_document__nan_equals_nan(void **state) {
    (void)state;
    bson_t document = BSON_INITIALIZER;
    BSON_APPEND_DOUBLE(&document, "a", (double)NAN);
    BSON_APPEND_DOUBLE(&document, "b", -(double)NAN);
    BSON_APPEND_DOUBLE(&document, "c", (double)INFINITY);
    BSON_APPEND_INT64(&document, "d", INT64_MAX);
    bson_iter_t a = find(&document, "a"), b = find(&document, "b"), c = find(&document, "c"), d = find(&document, "d");
    assert_true(lw_document_values_equal(&a, &b));
    assert_false(lw_document_values_equal(&a, &c));
    assert_false(lw_document_values_equal(&c, &d));
    assert_true(lw_document_values_equal(&c, &c));
    assert_false(lw_document_values_equal(&a, &d));
    bson_destroy(&document);
}

static void test_document__other_types_are_compared_by_their_bytes(void **state) {
    (void)state;
    bson_t document = BSON_INITIALIZER;
    bson_oid_t id;
    bson_oid_init_from_string(&id, "507f1f77bcf86cd799439011");
    BSON_APPEND_OID(&document, "a", &id);
    BSON_APPEND_OID(&document, "longer key", &id);
    id.bytes[11]++;
    BSON_APPEND_OID(&document, "c", &id);
    BSON_APPEND_DATE_TIME(&document, "d", 5);
    BSON_APPEND_DATE_TIME(&document, "e", 5);
    bson_iter_t a = find(&document, "a"), b = find(&document, "longer key"), c = find(&document, "c");
    bson_iter_t d = find(&document, "d"), e = find(&document, "e");
    assert_true(lw_document_values_equal(&a, &b));
    assert_false(lw_document_values_equal(&a, &c));
    assert_true(lw_document_values_equal(&d, &e));
    assert_false(lw_document_values_equal(&a, &d));
    bson_destroy(&document);
}

static bool documents_equal(const bson_t *a, const bson_t *b) {
    bson_t outer = BSON_INITIALIZER;
    BSON_APPEND_DOCUMENT(&outer, "a", a);
    BSON_APPEND_DOCUMENT(&outer, "b", b);
    bson_iter_t a_iter = find(&outer, "a"), b_iter = find(&outer, "b");
    bool one_way = lw_document_values_equal(&a_iter, &b_iter);
    assert_int_equal(one_way, lw_document_values_equal(&b_iter, &a_iter));
    lw_memory_fail_at(1, true);
    assert_int_equal(one_way, lw_document_values_equal(&a_iter, &b_iter));
    lw_memory_fail_at(0, false);
    bson_destroy(&outer);
    return one_way;
}

/* A document with fields named by letters; the values are the digits behind them. */
static void make_letters(bson_t *document, const char *text) {
    bson_init(document);
    for (; *text; text += 2)
        bson_append_int32(document, text, 1, text[1] - '0');
}

static bool letters_equal(const char *a_text, const char *b_text) {
    bson_t a, b;
    make_letters(&a, a_text);
    make_letters(&b, b_text);
    bool same = documents_equal(&a, &b);
    bson_destroy(&a);
    bson_destroy(&b);
    return same;
}

/* Only documents of others have such. */
static void test_document__fields_of_one_key_are_compared_in_their_order(void **state) {
    (void)state;
    assert_true(letters_equal("a1a2b3", "a1a2b3"));
    assert_true(letters_equal("a1a2b3", "b3a1a2"));
    assert_true(letters_equal("a1b3a2c4", "c4a1a2b3"));
    assert_false(letters_equal("a1a2", "a2a1"));
    assert_false(letters_equal("a1a1", "a1b2"));
    assert_false(letters_equal("a1a1b2", "b2a1b2"));
    assert_false(letters_equal("a1a2b3", "b3a2a1"));
}

static void test_document__large_documents_are_equal_in_any_order(void **state) {
    (void)state;
    enum { N = 30000 };
    bson_t a = BSON_INITIALIZER, b = BSON_INITIALIZER;
    char key[16];
    for (int i = 0; i < N; i++) {
        snprintf(key, sizeof key, "%d", i);
        BSON_APPEND_INT32(&a, key, i);
        snprintf(key, sizeof key, "%d", N - 1 - i);
        BSON_APPEND_DOUBLE(&b, key, N - 1 - i);
    }
    bson_t outer = BSON_INITIALIZER;
    BSON_APPEND_DOCUMENT(&outer, "a", &a);
    BSON_APPEND_DOCUMENT(&outer, "b", &b);
    bson_iter_t a_iter = find(&outer, "a"), b_iter = find(&outer, "b");
    assert_true(lw_document_values_equal(&a_iter, &b_iter));
    bson_destroy(&outer);
    bson_destroy(&a);
    bson_destroy(&b);
}

/* ---- fields ---- */

static void test_document__fields_are_found_by_path(void **state) {
    (void)state;
    bson_t document;
    bson_iter_t iter;
    int64_t integer;
    read_json(&document, "{\"a\": {\"b\": [5, {\"c\": 6}]}, \"a.b\": {\"x.y\": 7, \"0\": 8}, \"z\": 9}");
    iter = find(&document, "z");
    assert_true(lw_document_integer(&iter, &integer) && integer == 9);
    iter = find(&document, "a.b.1.c");
    assert_true(lw_document_integer(&iter, &integer) && integer == 6);
    iter = find(&document, "a.b"); /* the field of that very name comes first */
    assert_true(BSON_ITER_HOLDS_DOCUMENT(&iter));
    assert_false(lw_document_find(&document, "a.c", &iter));
    assert_false(lw_document_find(&document, "z.c", &iter));
    assert_false(lw_document_find(&document, "", &iter));
    assert_false(lw_document_find(&document, ".", &iter));
    bson_destroy(&document);
}

static void test_document__numbers_of_fields(void **state) {
    (void)state;
    bson_t document;
    bson_iter_t iter;
    double number;
    int64_t integer;
    read_json(&document, "{\"i\": 1, \"l\": 4294967296, \"d\": 2.0, \"f\": 2.5, \"h\": 1e300, "
                         "\"b\": true, \"s\": \"1\"}");
    iter = find(&document, "i");
    assert_true(lw_document_number(&iter, &number) && number == 1.0);
    iter = find(&document, "l");
    assert_true(lw_document_number(&iter, &number) && number == 4294967296.0);
    assert_true(lw_document_integer(&iter, &integer) && integer == 4294967296);
    iter = find(&document, "d");
    assert_true(lw_document_integer(&iter, &integer) && integer == 2);
    iter = find(&document, "f");
    assert_true(lw_document_number(&iter, &number) && number == 2.5);
    assert_false(lw_document_integer(&iter, &integer));
    iter = find(&document, "h");
    assert_false(lw_document_integer(&iter, &integer));
    iter = find(&document, "b");
    assert_false(lw_document_number(&iter, &number) || lw_document_integer(&iter, &integer));
    assert_null(lw_document_text(&iter, NULL));
    iter = find(&document, "s");
    assert_false(lw_document_number(&iter, &number));
    assert_string_equal(lw_document_text(&iter, NULL), "1");
    bson_destroy(&document);
}

/* ---- properties ---- */

static void append_random_value(bson_t *into, const char *key, lw_stream *stream, int depth);

static void append_random_container(bson_t *into, const char *key, lw_stream *stream, int depth, bool is_array) {
    bson_t child;
    if (is_array)
        bson_append_array_begin(into, key, -1, &child);
    else
        bson_append_document_begin(into, key, -1, &child);
    uint64_t count = lw_stream_below(stream, 6);
    for (uint64_t i = 0; i < count; i++) {
        char name[40];
        snprintf(name, sizeof name, is_array ? "%d" : "k\xC3\xA4\n%d", (int)i);
        append_random_value(&child, name, stream, depth + 1);
    }
    if (is_array)
        bson_append_array_end(into, &child);
    else
        bson_append_document_end(into, &child);
}

static void append_random_text(bson_t *into, const char *key, lw_stream *stream) {
    static const char *const pieces[] = {"a", "\"", "\\", "\n", "\xC3\xA4", "\xF0\x9F\x8D\xB0",
                                         "/", "\x01", "\x7F", " "};
    char text[64] = "";
    for (uint64_t i = lw_stream_below(stream, 12); i > 0; i--)
        strcat(text, pieces[lw_stream_below(stream, sizeof pieces / sizeof pieces[0])]);
    BSON_APPEND_UTF8(into, key, text);
}

static void append_random_double(bson_t *into, const char *key, lw_stream *stream) {
    uint64_t bits = lw_stream_bits(stream);
    double value;
    memcpy(&value, &bits, sizeof value);
    BSON_APPEND_DOUBLE(into, key, isfinite(value) ? value : 0.5);
}

static void append_random_integer(bson_t *into, const char *key, lw_stream *stream) {
    int64_t value = (int64_t)lw_stream_bits(stream) >> lw_stream_below(stream, 64);
    if (value >= INT32_MIN && value <= INT32_MAX)
        BSON_APPEND_INT32(into, key, (int32_t)value);
    else
        BSON_APPEND_INT64(into, key, value);
}

static void append_random_value(bson_t *into, const char *key, lw_stream *stream, int depth) {
    switch (lw_stream_below(stream, depth < 6 ? 7 : 5)) {
    case 0:
        append_random_double(into, key, stream);
        break;
    case 1:
        append_random_integer(into, key, stream);
        break;
    case 2:
        append_random_text(into, key, stream);
        break;
    case 3:
        BSON_APPEND_BOOL(into, key, lw_stream_below(stream, 2) == 1);
        break;
    case 4:
        BSON_APPEND_NULL(into, key);
        break;
    default:
        append_random_container(into, key, stream, depth, lw_stream_below(stream, 2) == 1);
    }
}

static void make_random_document(bson_t *out, uint64_t number) {
    lw_stream stream;
    lw_stream_init(&stream, 17, LW_PURPOSE_SAMPLE, number, 0);
    bson_init(out);
    for (int i = 0; i < 4; i++)
        append_random_value(out, (const char *[]){"a", "b", "c", "d"}[i], &stream, 1);
}

static void test_document__random_documents_read_back_the_same(void **state) {
    (void)state;
    for (uint64_t i = 0; i < 3000; i++) {
        bson_t document, again;
        make_random_document(&document, i);
        char *json = lw_document_to_json(&document, i % 2);
        read_json(&again, json);
        if (!bson_equal(&document, &again))
            fail_msg("does not read back: %s", json);
        lw_free(json);
        bson_destroy(&again);
        bson_destroy(&document);
    }
}

/* Whatever the text, the reader refuses it or gives what can be written and read again. */
static void check_any_text(const char *json, size_t length) {
    bson_t document, again;
    lw_error error;
    int code = lw_document_from_json(&document, json, length, &error);
    if (code != LW_OK) {
        assert_int_equal(code, LW_EPARSE);
        assert_int_equal(strncmp(error.message, "line ", 5), 0);
        assert_int_equal(lw_utf8_invalid_at(error.message, strlen(error.message)), strlen(error.message));
        return;
    }
    assert_true(bson_validate(&document, BSON_VALIDATE_UTF8 | BSON_VALIDATE_UTF8_ALLOW_NULL, NULL));
    char *written = lw_document_to_json(&document, false);
    read_json(&again, written);
    assert_true(bson_equal(&document, &again));
    lw_free(written);
    bson_destroy(&again);
    bson_destroy(&document);
}

static size_t mutate(char *json, size_t length, lw_stream *stream) {
    static const char signs[] = "{}[]:,\"\\ue+-.0123456789tfn \n\xC3\xA4";
    for (uint64_t i = lw_stream_below(stream, 4); i > 0 && length > 0; i--) {
        size_t at = lw_stream_below(stream, length);
        switch (lw_stream_below(stream, 4)) {
        case 0:
            json[at] = signs[lw_stream_below(stream, sizeof signs)];
            break;
        case 1:
            json[at] = (char)lw_stream_bits(stream);
            break;
        case 2:
            memmove(json + at, json + at + 1, length - at - 1);
            length--;
            break;
        default:
            length = at;
        }
    }
    return length;
}

static void test_document__changed_texts_do_no_harm(void **state) {
    (void)state;
    const char *rounds = getenv("LABWATCH_FUZZ_ROUNDS");
    uint64_t count = rounds ? strtoull(rounds, NULL, 10) : 20000;
    for (uint64_t i = 0; i < count; i++) {
        bson_t document;
        lw_stream stream;
        make_random_document(&document, i % 500);
        lw_stream_init(&stream, 18, LW_PURPOSE_SAMPLE, i, 0);
        char *json = lw_document_to_json(&document, i % 2);
        size_t length = mutate(json, strlen(json), &stream);
        char *exact = malloc(length ? length : 1); /* without a 0 behind it, so that a sanitizer sees a step too far */
        memcpy(exact, json, length);
        check_any_text(exact, length);
        free(exact);
        lw_free(json);
        bson_destroy(&document);
    }
}

static const char sweep_json[] =
    "{\"a\\n\": \"b\\n\", \"c\": [1, {\"d\\n\": \"long long long long long long long long long long long long\\n\"}], "
    "\"k0\": 0, \"k1\": 0, \"k2\": 0, \"k3\": 0, \"k4\": 0, \"k5\": 0, \"k6\": 0, \"k7\": 0, "
    "\"k8\": 0, \"k9\": 0, \"k10\": 0, \"k11\": 0, \"k12\": 0, "
    "\"k13\": 0, \"k14\": 0, \"k15\": 0, \"k16\": 0, \"k17\": 0}";

static bool read_sweep_json(void *context) {
    bson_t document;
    lw_error error;
    const char *json = context;
    int code = lw_document_from_json(&document, json, strlen(json), &error);
    assert_int_equal(code, code == LW_OK ? LW_OK : LW_ENOMEM);
    assert_true(code == LW_OK || error.code == LW_ENOMEM);
    if (code == LW_OK)
        bson_destroy(&document);
    return code == LW_OK;
}

static void test_document__reading_survives_without_memory(void **state) {
    (void)state;
    lw_test_need_faults();
    char *json = strdup(sweep_json);
    lw_test_sweep_allocations(read_sweep_json, json);
    free(json);
}

static bool refuse_sweep_json(void *context) {
    bson_t document;
    const char *json = context;
    int code = lw_document_from_json(&document, json, strlen(json), NULL);
    assert_true(code == LW_ENOMEM || code == LW_EPARSE);
    return code == LW_EPARSE;
}

static void test_document__refusing_survives_without_memory(void **state) {
    (void)state;
    char duplicate[] = "{\"a\": \"x\\n\", \"a\": 2}", wrong[] = "{\"a\": x}";
    lw_test_sweep_allocations(refuse_sweep_json, duplicate);
    lw_test_sweep_allocations(refuse_sweep_json, wrong);
}

static bool write_sweep_document(void *context) {
    char *json = lw_document_to_json(context, true);
    lw_free(json);
    return json != NULL;
}

static void test_document__writing_survives_without_memory(void **state) {
    (void)state;
    lw_test_need_faults();
    bson_t document;
    read_json(&document, sweep_json);
    BSON_APPEND_REGEX(&document, "r", "a", "i");
    lw_test_sweep_allocations(write_sweep_document, &document);
    bson_destroy(&document);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_document__numbers_keep_their_kind),
        cmocka_unit_test(test_document__texts_read_back_the_same),
        cmocka_unit_test(test_document__extended_json_is_nothing_special),
        cmocka_unit_test(test_document__escapes_are_read),
        cmocka_unit_test(test_document__keys_may_have_escapes),
        cmocka_unit_test(test_document__any_value_can_be_read),
        cmocka_unit_test(test_document__errors_name_line_and_column),
        cmocka_unit_test(test_document__numbers_that_are_none),
        cmocka_unit_test(test_document__strings_that_are_none),
        cmocka_unit_test(test_document__duplicate_keys_are_refused),
        cmocka_unit_test(test_document__many_keys_are_no_problem),
        cmocka_unit_test(test_document__nesting_has_a_limit),
        cmocka_unit_test(test_document__length_has_a_limit),
        cmocka_unit_test(test_document__missing_numbers_are_null),
        cmocka_unit_test(test_document__dates_are_iso_8601),
        cmocka_unit_test(test_document__dates_agree_with_the_c_library),
        cmocka_unit_test(test_document__binary_is_base64),
        cmocka_unit_test(test_document__every_type_can_be_written),
        cmocka_unit_test(test_document__pretty_has_lines_and_indentation),
        cmocka_unit_test(test_document__arrays_have_brackets),
        cmocka_unit_test(test_document__depth_does_not_exhaust_the_stack),
        cmocka_unit_test(test_document__equal_values),
        cmocka_unit_test(test_document__unequal_values),
        cmocka_unit_test(test_document__nan_equals_nan),
        cmocka_unit_test(test_document__other_types_are_compared_by_their_bytes),
        cmocka_unit_test(test_document__fields_of_one_key_are_compared_in_their_order),
        cmocka_unit_test(test_document__large_documents_are_equal_in_any_order),
        cmocka_unit_test(test_document__fields_are_found_by_path),
        cmocka_unit_test(test_document__numbers_of_fields),
        cmocka_unit_test(test_document__random_documents_read_back_the_same),
        cmocka_unit_test(test_document__changed_texts_do_no_harm),
        cmocka_unit_test(test_document__reading_survives_without_memory),
        cmocka_unit_test(test_document__refusing_survives_without_memory),
        cmocka_unit_test(test_document__writing_survives_without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
