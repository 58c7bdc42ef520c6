#include <string.h>

#include <labwatch/document.h>
#include <labwatch/value.h>

static bool is_number(lw_value value) {
    return value.kind == LW_VALUE_INTEGER || value.kind == LW_VALUE_FLOAT;
}

/* Exact: a double that is an integer is compared as one. */
static bool integer_equals_double(int64_t integer, double number) {
    return number >= -0x1p63 && number < 0x1p63 && (double)(int64_t)number == number && (int64_t)number == integer;
}

static bool numbers_equal(lw_value a, lw_value b) {
    if (a.kind == LW_VALUE_INTEGER && b.kind == LW_VALUE_INTEGER)
        return a.integer == b.integer;
    if (a.kind == LW_VALUE_INTEGER)
        return integer_equals_double(a.integer, b.number);
    if (b.kind == LW_VALUE_INTEGER)
        return integer_equals_double(b.integer, a.number);
    return a.number == b.number;
}

bool lw_value_equal(lw_value a, lw_value b) {
    if (is_number(a) && is_number(b))
        return numbers_equal(a, b);
    if (a.kind != b.kind)
        return false;
    switch (a.kind) {
    case LW_VALUE_NULL:
        return true;
    case LW_VALUE_BOOL:
        return a.boolean == b.boolean;
    default:
        return a.text.length == b.text.length &&
               (a.text.length == 0 || memcmp(a.text.bytes, b.text.bytes, a.text.length) == 0);
    }
}

bool lw_value_from_bson(const bson_iter_t *iter, lw_value *out) {
    switch (bson_iter_type(iter)) {
    case BSON_TYPE_NULL:
        *out = (lw_value){.kind = LW_VALUE_NULL};
        return true;
    case BSON_TYPE_BOOL:
        *out = (lw_value){.kind = LW_VALUE_BOOL, .boolean = bson_iter_bool(iter)};
        return true;
    case BSON_TYPE_INT32:
        *out = (lw_value){.kind = LW_VALUE_INTEGER, .integer = bson_iter_int32(iter)};
        return true;
    case BSON_TYPE_INT64:
        *out = (lw_value){.kind = LW_VALUE_INTEGER, .integer = bson_iter_int64(iter)};
        return true;
    case BSON_TYPE_DOUBLE:
        *out = (lw_value){.kind = LW_VALUE_FLOAT, .number = bson_iter_double(iter)};
        return true;
    case BSON_TYPE_UTF8: {
        uint32_t length = 0;
        const char *bytes = bson_iter_utf8(iter, &length);
        *out = (lw_value){.kind = LW_VALUE_TEXT, .text = {bytes, length}};
        return true;
    }
    default:
        return false;
    }
}

static bool append_integer(bson_t *document, const char *key, int64_t integer) {
    if (integer >= INT32_MIN && integer <= INT32_MAX)
        return BSON_APPEND_INT32(document, key, (int32_t)integer);
    return BSON_APPEND_INT64(document, key, integer);
}

static bool append_json(bson_t *document, const char *key, const char *json, size_t length) {
    bson_t parsed;
    if (lw_document_value_from_json(&parsed, json, length, NULL) != LW_OK)
        return false;
    bson_iter_t iter;
    bool appended =
        bson_iter_init_find(&iter, &parsed, "value") && bson_append_value(document, key, -1, bson_iter_value(&iter));
    bson_destroy(&parsed);
    return appended;
}

bool lw_value_append(bson_t *document, const char *key, lw_value value) {
    switch (value.kind) {
    case LW_VALUE_NULL:
        return BSON_APPEND_NULL(document, key);
    case LW_VALUE_BOOL:
        return BSON_APPEND_BOOL(document, key, value.boolean);
    case LW_VALUE_INTEGER:
        return append_integer(document, key, value.integer);
    case LW_VALUE_FLOAT:
        return BSON_APPEND_DOUBLE(document, key, value.number);
    case LW_VALUE_TEXT:
        return value.text.length <= INT32_MAX &&
               bson_append_utf8(document, key, -1, value.text.bytes ? value.text.bytes : "", (int)value.text.length);
    default:
        return append_json(document, key, value.text.bytes, value.text.length);
    }
}
