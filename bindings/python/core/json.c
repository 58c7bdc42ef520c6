#include "json.h"

#include <math.h>
#include <string.h>

#include <labwatch/sys/memory.h>

char *json_finish(lw_text *text, lw_error *error) {
    char *json = text->failed ? NULL : lw_text_take(text);
    lw_text_release(text);
    if (!json)
        lw_error_no_memory(error);
    return json;
}

char *json_close(lw_text *text, int code, const char *bracket, lw_error *error) {
    if (code == LW_OK) {
        lw_text_add(text, bracket);
        return json_finish(text, error);
    }
    lw_text_release(text);
    return NULL;
}

char *json_take_document(bson_t *document, lw_error *error) {
    char *json = lw_document_to_json(document, false);
    bson_destroy(document);
    if (!json)
        lw_error_no_memory(error);
    return json;
}

void json_begin_item(lw_text *out) {
    lw_text_add(out, out->length > 1 ? ",\n" : "");
}

void json_add_bytes(lw_text *out, char *json) {
    if (json)
        lw_text_add(out, json);
    else
        out->failed = true;
    lw_free(json);
}

void json_add_document(lw_text *out, const bson_t *document) {
    if (document)
        json_add_bytes(out, lw_document_to_json(document, false));
    else
        lw_text_add(out, "null");
}

void json_add_string(lw_text *out, const char *text) {
    if (text)
        lw_text_add_json(out, text, strlen(text));
    else
        lw_text_add(out, "null");
}

/* Python's json reads NaN and Infinity, but a file with them is no JSON: what is not finite is null. */
void json_add_number(lw_text *out, double value) {
    if (isfinite(value))
        lw_text_add_double(out, value);
    else
        lw_text_add(out, "null");
}

void json_add_key(lw_text *out, const char *key) {
    lw_text_format(out, ", \"%s\": ", key);
}

void json_add_key_string(lw_text *out, const char *key, const char *text) {
    json_add_key(out, key);
    json_add_string(out, text);
}

void json_add_key_number(lw_text *out, const char *key, double value) {
    json_add_key(out, key);
    json_add_number(out, value);
}

void json_add_key_integer(lw_text *out, const char *key, int64_t value) {
    lw_text_format(out, ", \"%s\": %lld", key, (long long)value);
}

void json_add_key_bool(lw_text *out, const char *key, bool value) {
    lw_text_format(out, ", \"%s\": %s", key, value ? "true" : "false");
}

void json_add_key_document(lw_text *out, const char *key, const bson_t *document) {
    json_add_key(out, key);
    json_add_document(out, document);
}

int json_read(json_document *out, const char *json, size_t length, lw_error *error) {
    out->is_there = false;
    if (!json)
        return LW_OK;
    int rc = lw_document_from_json(&out->document, json, length, error);
    out->is_there = rc == LW_OK;
    return rc;
}

const bson_t *json_document_of(const json_document *read) {
    return read->is_there ? &read->document : NULL;
}

void json_document_release(json_document *read) {
    if (read->is_there)
        bson_destroy(&read->document);
    read->is_there = false;
}
