/**
 * JSON that is written piece by piece, and documents that are made from JSON.
 */
#ifndef LABWATCH_PYTHON_JSON_H
#define LABWATCH_PYTHON_JSON_H

#include <labwatch/labwatch.h>
#include <labwatch/sys/text.h>

/** The text, yours to lw_free; NULL with LW_ENOMEM if a piece did not fit. */
char *json_finish(lw_text *text, lw_error *error);
/** As json_finish, behind the last bracket; NULL also if code is not LW_OK: *error is there already. */
char *json_close(lw_text *text, int code, const char *bracket, lw_error *error);
/** A document's JSON, yours to lw_free; the document is destroyed. NULL with LW_ENOMEM. */
char *json_take_document(bson_t *document, lw_error *error);

/** What separates an item of a list, or a mapping, from the one before. */
void json_begin_item(lw_text *out);

/** Takes over the JSON; NULL is want of memory. */
void json_add_bytes(lw_text *out, char *json);
/** NULL is null. */
void json_add_document(lw_text *out, const bson_t *document);
/** NULL is null. */
void json_add_string(lw_text *out, const char *text);
/** What is not finite is null. */
void json_add_number(lw_text *out, double value);

/** A member of a mapping that is not its first. */
void json_add_key(lw_text *out, const char *key);
void json_add_key_string(lw_text *out, const char *key, const char *text);
void json_add_key_number(lw_text *out, const char *key, double value);
void json_add_key_integer(lw_text *out, const char *key, int64_t value);
void json_add_key_bool(lw_text *out, const char *key, bool value);
void json_add_key_document(lw_text *out, const char *key, const bson_t *document);

/** A document made from JSON on demand: NULL text is no document. */
typedef struct json_document {
    bson_t document;
    bool is_there;
} json_document;

int json_read(json_document *out, const char *json, size_t length, lw_error *error);
/** NULL if there is none. */
const bson_t *json_document_of(const json_document *read);
void json_document_release(json_document *read);

#endif
