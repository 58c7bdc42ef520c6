#include "run_sound.h"

#include <labwatch/random.h>
#include <labwatch/sys/memory.h>

#include "runs.h"
#include "testing.h"

/* A document with a value of every type. */
static bson_t *of_every_type(void) {
    bson_t *document = lw_test_document(
        "{\"number\": 1.5, \"text\": \"h\\u00fcbsch \\u0000 x\", \"inner\": {\"\": [1, {\"x\": null}]}, \"yes\": true,"
        " \"id\": {\"$oid\": \"6b015487beb9b83a647d4bc1\"}, \"date\": {\"$date\": \"2020-01-01T00:00:00Z\"}}");
    bson_t scope = BSON_INITIALIZER;
    bson_decimal128_t decimal = {1, 2};
    bson_oid_t id;
    bson_oid_init_from_string(&id, "6b015487beb9b83a647d4bc1");
    bson_append_int32(&scope, "a", -1, 1);
    bson_append_binary(document, "bytes", -1, BSON_SUBTYPE_BINARY, (const uint8_t *)"abc", 3);
    bson_append_binary(document, "old bytes", -1, BSON_SUBTYPE_BINARY_DEPRECATED, (const uint8_t *)"abc", 3);
    bson_append_undefined(document, "undefined", -1);
    bson_append_regex(document, "a regular expression", -1, "x+", "i");
    bson_append_dbpointer(document, "pointer", -1, "collection", &id);
    bson_append_code(document, "code", -1, "f()");
    bson_append_symbol(document, "symbol", -1, "s", -1);
    bson_append_code_with_scope(document, "scope", -1, "f()", &scope);
    bson_append_int64(document, "whole", -1, INT64_MIN);
    bson_append_timestamp(document, "time", -1, 1, 2);
    bson_append_decimal128(document, "decimal", -1, &decimal);
    bson_append_minkey(document, "least", -1);
    bson_append_maxkey(document, "most", -1);
    bson_destroy(&scope);
    return document;
}

static void test_run_sound__every_type(void **state) {
    (void)state;
    bson_t *document = of_every_type(), empty = BSON_INITIALIZER;
    assert_true(run_is_sound(document, 0));
    assert_true(run_is_sound(&empty, RUN_DEEPEST_NESTING));
    assert_false(run_is_sound(&empty, RUN_DEEPEST_NESTING + 1));
    assert_false(run_is_sound(document, RUN_DEEPEST_NESTING - 1)); /* one inside it is too deep */
    bson_destroy(document);
}

static void test_run_sound__keys_and_texts_are_utf8(void **state) {
    (void)state;
    for (size_t length = 0; length < 20; length++) { /* whatever place in a word the byte has */
        char name[24];
        memset(name, 'n', sizeof name);
        bson_t in_key = BSON_INITIALIZER, in_text = BSON_INITIALIZER;
        name[length] = '\xFF';
        name[length + 1] = '\0';
        bson_append_null(&in_key, name, -1);
        bson_append_utf8(&in_text, "x", -1, name, -1);
        assert_false(run_is_sound(&in_key, 0));
        assert_false(run_is_sound(&in_text, 0));
        bson_destroy(&in_key);
        bson_destroy(&in_text);
    }
}

/* Walks everything by libbson's iterators, which say where they stumble. */
static bool can_be_walked(bson_iter_t *fields) {
    bson_iter_t inner;
    while (bson_iter_next(fields)) {
        bool nests = BSON_ITER_HOLDS_DOCUMENT(fields) || BSON_ITER_HOLDS_ARRAY(fields);
        if (nests && (!bson_iter_recurse(fields, &inner) || !can_be_walked(&inner)))
            return false;
    }
    return fields->err_off == 0;
}

static void test_run_sound__what_is_sound_can_be_read_whatever_the_damage(void **state) {
    (void)state;
    bson_t *document = of_every_type();
    const uint32_t length = document->len;
    uint8_t *bytes = lw_malloc(length);
    assert_non_null(bytes);
    int sound = 0, rounds = 100000;
    lw_stream stream;
    lw_stream_init(&stream, 1, 1, 1, 0);
    for (int round = 0; round < rounds; round++) {
        bson_t damaged;
        bson_iter_t fields;
        memcpy(bytes, bson_get_data(document), length);
        for (uint64_t n = 1 + lw_stream_below(&stream, 3); n > 0; n--) {
            uint8_t *at = &bytes[4 + lw_stream_below(&stream, length - 5)];
            *at = lw_stream_below(&stream, 2) ? (uint8_t)lw_stream_below(&stream, 256) : (uint8_t)(*at + 1);
        }
        assert_true(bson_init_static(&damaged, bytes, length));
        if (!run_is_sound(&damaged, 0))
            continue;
        sound++;
        assert_true(bson_iter_init(&fields, &damaged) && can_be_walked(&fields));
    }
    assert_true(sound > rounds / 100 && sound < rounds);
    lw_free(bytes);
    bson_destroy(document);
}

static void test_run_sound__runs_that_are_too_large(void **state) {
    (void)state;
    lw_run run;
    lw_error error;
    lw_test_run(&run, 7, "heart");
    run.info = bson_new();
    assert_ok(run_check(&run, 0, &error), error);
    uint32_t length = run.info->len;
    run.info->len = INT32_MAX; /* only its size is looked at */
    assert_int_equal(run_check(&run, 0, &error), LW_EUNSUPPORTED);
    assert_contains(error.message, "run 7 is too large");
    run.info->len = length;
    lw_run_release(&run);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_run_sound__every_type),
        cmocka_unit_test(test_run_sound__keys_and_texts_are_utf8),
        cmocka_unit_test(test_run_sound__what_is_sound_can_be_read_whatever_the_damage),
        cmocka_unit_test(test_run_sound__runs_that_are_too_large),
    };
    return cmocka_run_group_tests_name("run_sound", tests, NULL, NULL);
}
