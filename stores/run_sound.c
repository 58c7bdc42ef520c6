/* Byte by byte instead of by libbson's iterators, as every document that is stored comes through here. */
#include <string.h>

#include <labwatch/sys/text.h>

#include "run_sound.h"

/* Bytes that are still to be looked at. */
typedef struct bytes {
    const uint8_t *at, *end;
} bytes;

static bool skip(bytes *b, size_t n) {
    if ((size_t)(b->end - b->at) < n)
        return false;
    b->at += n;
    return true;
}

/* The size that stands at the beginning. */
static bool take_size(bytes *b, size_t *size) {
    uint32_t little_endian;
    if ((size_t)(b->end - b->at) < sizeof little_endian)
        return false;
    memcpy(&little_endian, b->at, sizeof little_endian);
    *size = BSON_UINT32_FROM_LE(little_endian);
    b->at += sizeof little_endian;
    return *size <= INT32_MAX;
}

static bool is_text(const uint8_t *text, size_t length) {
    return lw_utf8_invalid_at((const char *)text, length) == length;
}

/* The first byte that is 0 or not ASCII, looked for in whole words; or where the last whole word ends. */
static const uint8_t *skip_ascii(const uint8_t *at, const uint8_t *end) {
    const uint64_t low = 0x0101010101010101u, high = 0x8080808080808080u;
    for (uint64_t word; (size_t)(end - at) >= sizeof word; at += sizeof word) {
        memcpy(&word, at, sizeof word);
        word = BSON_UINT64_FROM_LE(word);
        uint64_t stops = (((word - low) & ~word) | word) & high;
        if (stops != 0)
            return at + __builtin_ctzll(stops) / 8;
    }
    return at;
}

/* Up to a 0. */
static bool take_name(bytes *b, bool must_be_text) {
    const uint8_t *zero = skip_ascii(b->at, b->end);
    if (zero == b->end || *zero != 0) {
        zero = memchr(zero, 0, (size_t)(b->end - zero));
        if (!zero || (must_be_text && !is_text(b->at, (size_t)(zero - b->at))))
            return false;
    }
    b->at = zero + 1;
    return true;
}

/* With its size in front and a 0 behind; may have others inside. */
static bool take_string(bytes *b, bool must_be_text) {
    size_t size;
    if (!take_size(b, &size) || size == 0)
        return false;
    const uint8_t *string = b->at;
    return skip(b, size) && string[size - 1] == 0 && (!must_be_text || is_text(string, size - 1));
}

static bool take_binary(bytes *b) {
    size_t size, inner_size;
    if (!take_size(b, &size) || !skip(b, 1))
        return false;
    if (b->at[-1] == BSON_SUBTYPE_BINARY_DEPRECATED) { /* has its size twice */
        bytes inner = *b;
        if (size < sizeof(uint32_t) || !take_size(&inner, &inner_size) || inner_size != size - sizeof(uint32_t))
            return false;
    }
    return skip(b, size);
}

static bool take_document(bytes *b, int depth);

static bool take_code_with_scope(bytes *b, int depth) {
    size_t size;
    bytes whole = *b;
    if (!take_size(b, &size) || !skip(&whole, size))
        return false;
    bytes inside = {b->at, whole.at};
    b->at = whole.at;
    return inside.at < inside.end && take_string(&inside, false) && take_document(&inside, depth) &&
           inside.at == inside.end;
}

static bool take_value(bytes *b, uint8_t type, int depth) {
    switch ((bson_type_t)type) {
    case BSON_TYPE_DOUBLE:
    case BSON_TYPE_DATE_TIME:
    case BSON_TYPE_TIMESTAMP:
    case BSON_TYPE_INT64:
        return skip(b, 8);
    case BSON_TYPE_INT32:
        return skip(b, 4);
    case BSON_TYPE_BOOL:
        return skip(b, 1) && b->at[-1] <= 1;
    case BSON_TYPE_UTF8:
        return take_string(b, true);
    case BSON_TYPE_DOCUMENT:
    case BSON_TYPE_ARRAY:
        return take_document(b, depth + 1);
    case BSON_TYPE_NULL:
    case BSON_TYPE_UNDEFINED:
    case BSON_TYPE_MAXKEY:
    case BSON_TYPE_MINKEY:
        return true;
    case BSON_TYPE_BINARY:
        return take_binary(b);
    case BSON_TYPE_OID:
        return skip(b, 12);
    case BSON_TYPE_DECIMAL128:
        return skip(b, 16);
    case BSON_TYPE_REGEX:
        return take_name(b, false) && take_name(b, false);
    case BSON_TYPE_DBPOINTER:
        return take_string(b, false) && skip(b, 12);
    case BSON_TYPE_CODE:
    case BSON_TYPE_SYMBOL:
        return take_string(b, false);
    case BSON_TYPE_CODEWSCOPE:
        return take_code_with_scope(b, depth + 1);
    case BSON_TYPE_EOD:
        break;
    }
    return false;
}

/* depth is that of its fields. */
static bool take_document(bytes *b, int depth) {
    size_t size;
    bytes whole = *b;
    if (depth > RUN_DEEPEST_NESTING || !take_size(b, &size) || !skip(&whole, size) || size < 5 || whole.at[-1] != 0)
        return false;
    bytes fields = {b->at, whole.at - 1};
    b->at = whole.at;
    while (fields.at < fields.end) {
        uint8_t type = *fields.at++;
        if (!take_name(&fields, true) || !take_value(&fields, type, depth))
            return false;
    }
    return true;
}

bool run_is_sound(const bson_t *document, int depth) {
    const uint8_t *data = bson_get_data(document);
    bytes all = {data, data + document->len};
    return take_document(&all, depth) && all.at == all.end;
}
