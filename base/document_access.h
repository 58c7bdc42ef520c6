/**
 * Reading fields out of documents.
 */
#ifndef LABWATCH_BASE_DOCUMENT_ACCESS_H
#define LABWATCH_BASE_DOCUMENT_ACCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <bson/bson.h>

/**
 * Finds a field by its path, such as "labwatch.failure.kind" or "sizes.0". On each level a field whose name is
 * all that is left of the path comes first, dots and all; else the path is split at its first dot. *out is set
 * only if the result is true, and borrows from document.
 */
bool lw_document_find(const bson_t *document, const char *path, bson_iter_t *out);

/**
 * The number at the iterator as a double: int32, int64 (rounded, if beyond 2^53) or double. False for all else,
 * booleans too.
 */
bool lw_document_number(const bson_iter_t *value, double *out);

/** The whole number at the iterator: int32, int64, or a double that is one (MongoDB's shell writes those). */
bool lw_document_integer(const bson_iter_t *value, int64_t *out);

/**
 * The text at the iterator, borrowed from the document; length (may be NULL) counts a 0 inside it. NULL if it is
 * no text.
 */
const char *lw_document_text(const bson_iter_t *value, size_t *length);

#endif
