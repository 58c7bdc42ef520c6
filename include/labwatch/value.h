/**
 * One scalar of a configuration, in the user's own type.
 */
#ifndef LABWATCH_VALUE_H
#define LABWATCH_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <bson/bson.h>

#include <labwatch/export.h>

LW_BEGIN_DECLS

typedef enum lw_value_kind {
    LW_VALUE_NULL,
    LW_VALUE_BOOL,
    LW_VALUE_INTEGER,
    LW_VALUE_FLOAT,
    LW_VALUE_TEXT,
    LW_VALUE_DOCUMENT /**< a list or mapping: text holds its JSON */
} lw_value_kind;

/** A value; text is borrowed from whoever made the value (UTF-8, with a 0 behind it). */
typedef struct lw_value {
    lw_value_kind kind;
    union {
        bool boolean;
        int64_t integer;
        double number;
        struct {
            const char *bytes;
            size_t length;
        } text;
    };
} lw_value;

/** True if both are the same value: numbers by value (1 equals 1.0), text by bytes; 1, "1" and true all differ. */
LW_EXPORT bool lw_value_equal(lw_value a, lw_value b);

/** The value at a BSON iterator (int32, int64, double, bool, UTF-8, null); other types give false. Text borrows from the document. */
LW_EXPORT bool lw_value_from_bson(const bson_iter_t *iter, lw_value *out);

/** Appends key: value. Whole numbers as int32 where they fit, else int64. False if the document would be too large. */
LW_EXPORT bool lw_value_append(bson_t *document, const char *key, lw_value value);

LW_END_DECLS

#endif
