/**
 * Documents are BSON; JSON is their text at the border.
 *
 * Reading is stricter than libbson's own: duplicate keys, invalid UTF-8, half surrogate pairs, NaN, numbers that no
 * double or 64-bit integer holds, nesting deeper than 100 and texts longer than 64 MiB are errors that name line and
 * column, and `{"$numberLong": "1"}` stays a document with that key. Whole numbers become int32 or int64 (-0 is
 * 0), numbers with a point or an exponent become double: 1 and 1.0 differ, as in the text. A number too
 * small for a double becomes 0.0. A string may contain \u0000, whose length only bson_iter_utf8 tells; a key may not.
 *
 * Writing gives the shortest text that reads back the same value, always with `.` or `e` for a double;
 * NaN and infinities become null; dates and timestamps become ISO 8601 text in UTC, ObjectIds 24 hex digits, binary
 * base64, decimal128, regular expressions, code and symbols text; undefined, minimum and maximum key become null.
 * Not pretty is one line with a space after each comma and colon. Documents of any depth are written.
 */
#ifndef LABWATCH_DOCUMENT_H
#define LABWATCH_DOCUMENT_H

#include <stdbool.h>
#include <stddef.h>

#include <bson/bson.h>

#include <labwatch/error.h>

LW_BEGIN_DECLS

/** Reads a JSON object. *out is initialised here and yours to bson_destroy, on success only. LW_EPARSE names line and column. */
LW_EXPORT int lw_document_from_json(bson_t *out, const char *json, size_t length, lw_error *error);

/** Reads any JSON value, as the field "value" of *out. Otherwise as lw_document_from_json. */
LW_EXPORT int lw_document_value_from_json(bson_t *out, const char *json, size_t length, lw_error *error);

/** JSON of a document; pretty adds newlines and two-space indentation. Yours to lw_free; NULL when out of memory. */
LW_EXPORT char *lw_document_to_json(const bson_t *document, bool pretty);

/** As lw_document_to_json, for a document that stands for an array: [ … ]. */
LW_EXPORT char *lw_document_array_to_json(const bson_t *array, bool pretty);

/** JSON of the one value at the iterator. Yours to lw_free; NULL when out of memory. */
LW_EXPORT char *lw_document_value_to_json(const bson_iter_t *value, bool pretty);

/**
 * True if both values are the same: numbers by value whatever their type (1 equals 1.0; NaN equals NaN),
 * documents field by field in any order, arrays in order. Where a key is there several times (only a foreign document can
 * have that) its fields are compared in their order: the first with the first, the second with the second.
 */
LW_EXPORT bool lw_document_values_equal(const bson_iter_t *a, const bson_iter_t *b);

LW_END_DECLS

#endif
