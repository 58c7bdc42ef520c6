#include <string.h>

#include "document_access.h"

static bool find_from(bson_iter_t *fields, const char *path, bson_iter_t *out) {
    for (;;) {
        bson_iter_t whole = *fields;
        if (bson_iter_find(&whole, path)) {
            *out = whole;
            return true;
        }
        const char *dot = strchr(path, '.');
        bson_iter_t inner;
        if (!dot || !bson_iter_find_w_len(fields, path, (int)(dot - path)) || !bson_iter_recurse(fields, &inner))
            return false;
        *fields = inner;
        path = dot + 1;
    }
}

bool lw_document_find(const bson_t *document, const char *path, bson_iter_t *out) {
    bson_iter_t fields;
    return bson_iter_init(&fields, document) && find_from(&fields, path, out);
}

bool lw_document_number(const bson_iter_t *value, double *out) {
    switch (bson_iter_type(value)) {
    case BSON_TYPE_DOUBLE:
        *out = bson_iter_double(value);
        return true;
    case BSON_TYPE_INT32:
        *out = bson_iter_int32(value);
        return true;
    case BSON_TYPE_INT64:
        *out = (double)bson_iter_int64(value);
        return true;
    default:
        return false;
    }
}

bool lw_document_integer(const bson_iter_t *value, int64_t *out) {
    switch (bson_iter_type(value)) {
    case BSON_TYPE_INT32:
        *out = bson_iter_int32(value);
        return true;
    case BSON_TYPE_INT64:
        *out = bson_iter_int64(value);
        return true;
    case BSON_TYPE_DOUBLE: {
        double number = bson_iter_double(value);
        if (!(number >= -0x1p63 && number < 0x1p63) || number != (double)(int64_t)number)
            return false;
        *out = (int64_t)number;
        return true;
    }
    default:
        return false;
    }
}

const char *lw_document_text(const bson_iter_t *value, size_t *length) {
    if (bson_iter_type(value) != BSON_TYPE_UTF8)
        return NULL;
    uint32_t bytes;
    const char *text = bson_iter_utf8(value, &bytes);
    if (length)
        *length = bytes;
    return text;
}
