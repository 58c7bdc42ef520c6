/*
 * BSON to JSON. Open documents lie on a stack of our own, since a document from a file or a server may be nested
 * deeper than the machine's stack can bear.
 */
#include <math.h>
#include <string.h>

#include <labwatch/document.h>
#include <labwatch/sys/memory.h>
#include <labwatch/sys/text.h>

/* A document or array that is open, and its element that is being written. (An iterator itself is not stored: it
   wants to be aligned at 128 bytes.) */
typedef struct level {
    const uint8_t *data;
    uint32_t length;
    uint32_t offset;
    uint32_t key_length;
    bool is_array;
    bool has_elements;
} level;

typedef struct json_writer {
    lw_text out;
    bool pretty;
    level *levels;
    size_t depth;
    size_t capacity;
} json_writer;

/* ---- scalar values ---- */

static void write_double(lw_text *out, double value) {
    if (isfinite(value))
        lw_text_add_double(out, value);
    else
        lw_text_add(out, "null");
}

static int64_t divide_down(int64_t value, int64_t divisor) {
    return value / divisor - (value % divisor < 0);
}

static int64_t remainder_down(int64_t value, int64_t divisor) {
    int64_t rest = value % divisor;
    return rest < 0 ? rest + divisor : rest;
}

/*
 * Year, month and day of the Gregorian calendar. Days are counted in eras of 400 years that begin on a first of
 * March, so that the leap day is the last of its year.
 */
static void civil_from_days(int64_t days, int64_t *year, int *month, int *day) {
    enum { ERA = 146097, CENTURY = 36524, FOUR_YEARS = 1461, YEAR = 365, DAYS_TO_1970 = 719468 };
    int64_t shifted = days + DAYS_TO_1970;
    int64_t era = divide_down(shifted, ERA);
    int in_era = (int)remainder_down(shifted, ERA);
    int year_in_era = (in_era - in_era / (FOUR_YEARS - 1) + in_era / CENTURY - in_era / (ERA - 1)) / YEAR;
    int in_year = in_era - (YEAR * year_in_era + year_in_era / 4 - year_in_era / 100);
    int from_march = (5 * in_year + 2) / 153; /* five months have 153 days */
    *day = in_year - (153 * from_march + 2) / 5 + 1;
    *month = from_march < 10 ? from_march + 3 : from_march - 9;
    *year = era * 400 + year_in_era + (*month <= 2);
}

/* "2024-02-29T12:00:00.000Z"; a year beyond four digits has its sign, as ISO 8601 wants. */
static void write_date(lw_text *out, int64_t milliseconds) {
    const int64_t day_ms = 86400000;
    int64_t days = divide_down(milliseconds, day_ms);
    int in_day = (int)remainder_down(milliseconds, day_ms);
    int64_t year;
    int month, day;
    civil_from_days(days, &year, &month, &day);
    lw_text_format(out, year >= 0 && year <= 9999 ? "\"%04lld" : "\"%+07lld", (long long)year);
    lw_text_format(out, "-%02d-%02dT%02d:%02d:%02d.%03dZ\"", month, day, in_day / 3600000, in_day / 60000 % 60,
                   in_day / 1000 % 60, in_day % 1000);
}

static void write_base64(lw_text *out, const uint8_t *bytes, size_t length) {
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    lw_text_add(out, "\"");
    for (size_t i = 0; i < length; i += 3) {
        size_t here = length - i < 3 ? length - i : 3;
        uint32_t group = (uint32_t)bytes[i] << 16;
        group |= here > 1 ? (uint32_t)bytes[i + 1] << 8 : 0;
        group |= here > 2 ? bytes[i + 2] : 0u;
        char text[4] = {digits[group >> 18], digits[group >> 12 & 63], '=', '='};
        if (here > 1)
            text[2] = digits[group >> 6 & 63];
        if (here > 2)
            text[3] = digits[group & 63];
        lw_text_append(out, text, sizeof text);
    }
    lw_text_add(out, "\"");
}

static void write_object_id(lw_text *out, const bson_oid_t *id) {
    char digits[25];
    bson_oid_to_string(id, digits);
    lw_text_format(out, "\"%s\"", digits);
}

static void write_decimal128(lw_text *out, const bson_iter_t *value) {
    bson_decimal128_t decimal;
    char text[BSON_DECIMAL128_STRING];
    bson_iter_decimal128(value, &decimal);
    bson_decimal128_to_string(&decimal, text);
    lw_text_format(out, "\"%s\"", text);
}

static void write_binary(lw_text *out, const bson_iter_t *value) {
    bson_subtype_t subtype;
    uint32_t length;
    const uint8_t *bytes;
    bson_iter_binary(value, &subtype, &length, &bytes);
    write_base64(out, bytes, length);
}

static void write_regex(lw_text *out, const bson_iter_t *value) {
    const char *options;
    const char *pattern = bson_iter_regex(value, &options);
    lw_text whole = {0};
    lw_text_format(&whole, "/%s/%s", pattern, options);
    out->failed |= whole.failed;
    if (!whole.failed)
        lw_text_add_json(out, whole.bytes, whole.length);
    lw_text_release(&whole);
}

/* The types that only other programs write; MongoDB's replication has timestamps, its oldest clients the others. */
static void write_rare(lw_text *out, const bson_iter_t *value) {
    uint32_t length, increment, collection_length;
    const uint8_t *scope;
    const char *text;
    const bson_oid_t *id;
    switch (bson_iter_type(value)) {
    case BSON_TYPE_TIMESTAMP:
        bson_iter_timestamp(value, &length, &increment);
        write_date(out, (int64_t)length * 1000);
        break;
    case BSON_TYPE_CODE:
        text = bson_iter_code(value, &length);
        lw_text_add_json(out, text, length);
        break;
    case BSON_TYPE_CODEWSCOPE:
        text = bson_iter_codewscope(value, &length, &increment, &scope);
        lw_text_add_json(out, text, strnlen(text, length));
        break;
    case BSON_TYPE_SYMBOL:
        text = bson_iter_symbol(value, &length);
        lw_text_add_json(out, text, length);
        break;
    case BSON_TYPE_DBPOINTER:
        bson_iter_dbpointer(value, &collection_length, &text, &id);
        write_object_id(out, id);
        break;
    default: /* null, undefined, the keys below and above all others */
        lw_text_add(out, "null");
    }
}

static void write_scalar(lw_text *out, const bson_iter_t *value) {
    uint32_t length;
    const char *text;
    switch (bson_iter_type(value)) {
    case BSON_TYPE_DOUBLE:
        write_double(out, bson_iter_double(value));
        break;
    case BSON_TYPE_INT32:
        lw_text_format(out, "%d", bson_iter_int32(value));
        break;
    case BSON_TYPE_INT64:
        lw_text_format(out, "%lld", (long long)bson_iter_int64(value));
        break;
    case BSON_TYPE_BOOL:
        lw_text_add(out, bson_iter_bool(value) ? "true" : "false");
        break;
    case BSON_TYPE_UTF8:
        text = bson_iter_utf8(value, &length);
        lw_text_add_json(out, text, length);
        break;
    case BSON_TYPE_DATE_TIME:
        write_date(out, bson_iter_date_time(value));
        break;
    case BSON_TYPE_OID:
        write_object_id(out, bson_iter_oid(value));
        break;
    case BSON_TYPE_BINARY:
        write_binary(out, value);
        break;
    case BSON_TYPE_DECIMAL128:
        write_decimal128(out, value);
        break;
    case BSON_TYPE_REGEX:
        write_regex(out, value);
        break;
    default:
        write_rare(out, value);
    }
}

/* ---- documents and arrays ---- */

static void break_line(json_writer *writer) {
    lw_text_append(&writer->out, "\n", 1);
    for (size_t i = 0; i < writer->depth; i++)
        lw_text_append(&writer->out, "  ", 2);
}

/* Writes the opening sign and makes iter stand before the first element. */
static void open_level(json_writer *writer, bson_iter_t *iter, const uint8_t *data, uint32_t length, bool is_array) {
    if (!lw_array_reserve(&writer->levels, &writer->capacity, writer->depth, sizeof *writer->levels)) {
        writer->out.failed = true;
        return;
    }
    writer->levels[writer->depth++] = (level){.data = data, .length = length, .is_array = is_array};
    lw_text_append(&writer->out, is_array ? "[" : "{", 1);
    bson_iter_init_from_data(iter, data, length);
}

/* Writes the closing sign and makes iter stand at the element that is now complete. */
static void close_level(json_writer *writer, bson_iter_t *iter) {
    level closed = writer->levels[--writer->depth];
    if (closed.has_elements && writer->pretty)
        break_line(writer);
    lw_text_append(&writer->out, closed.is_array ? "]" : "}", 1);
    if (writer->depth == 0)
        return;
    const level *outer = &writer->levels[writer->depth - 1];
    bson_iter_init_from_data_at_offset(iter, outer->data, outer->length, outer->offset, outer->key_length);
}

static void begin_element(json_writer *writer, bson_iter_t *iter) {
    level *here = &writer->levels[writer->depth - 1];
    if (here->has_elements)
        lw_text_add(&writer->out, writer->pretty ? "," : ", ");
    here->has_elements = true;
    here->offset = bson_iter_offset(iter);
    here->key_length = bson_iter_key_len(iter);
    if (writer->pretty)
        break_line(writer);
    if (!here->is_array) {
        lw_text_add_json(&writer->out, bson_iter_key(iter), here->key_length);
        lw_text_add(&writer->out, ": ");
    }
}

/* True if the value at iter is a document or array: its bytes. */
static bool container_bytes(const bson_iter_t *iter, const uint8_t **data, uint32_t *length) {
    if (BSON_ITER_HOLDS_DOCUMENT(iter))
        bson_iter_document(iter, length, data);
    else if (BSON_ITER_HOLDS_ARRAY(iter))
        bson_iter_array(iter, length, data);
    else
        return false;
    return true;
}

static void write_container(json_writer *writer, const uint8_t *data, uint32_t length, bool is_array) {
    bson_iter_t iter;
    open_level(writer, &iter, data, length, is_array);
    while (writer->depth > 0 && !writer->out.failed) {
        if (!bson_iter_next(&iter)) {
            close_level(writer, &iter);
            continue;
        }
        begin_element(writer, &iter);
        if (container_bytes(&iter, &data, &length))
            open_level(writer, &iter, data, length, BSON_ITER_HOLDS_ARRAY(&iter));
        else
            write_scalar(&writer->out, &iter);
    }
}

static char *finish(json_writer *writer) {
    lw_free(writer->levels);
    return lw_text_take(&writer->out);
}

char *lw_document_to_json(const bson_t *document, bool pretty) {
    json_writer writer = {.pretty = pretty};
    write_container(&writer, bson_get_data(document), document->len, false);
    return finish(&writer);
}

char *lw_document_array_to_json(const bson_t *array, bool pretty) {
    json_writer writer = {.pretty = pretty};
    write_container(&writer, bson_get_data(array), array->len, true);
    return finish(&writer);
}

char *lw_document_value_to_json(const bson_iter_t *value, bool pretty) {
    json_writer writer = {.pretty = pretty};
    const uint8_t *data;
    uint32_t length;
    if (container_bytes(value, &data, &length))
        write_container(&writer, data, length, BSON_ITER_HOLDS_ARRAY(value));
    else
        write_scalar(&writer.out, value);
    return finish(&writer);
}
