#include "bounded_result.h"

#include <string.h>

#include <labwatch/document.h>
#include <labwatch/sys/memory.h>
#include <labwatch/sys/text.h>

#include "assistant_internal.h"
#include "capture.h"

static const size_t LARGEST_MEMBER = (size_t)16 << 10;
static const size_t LARGEST_REASON = (size_t)16 << 10;

/* ---- making smaller ---- */

static size_t size_of_member(const bson_iter_t *at) {
    bson_t alone = BSON_INITIALIZER;
    bson_append_iter(&alone, NULL, 0, at);
    size_t size = alone.len;
    bson_destroy(&alone);
    return size;
}

/* The members that are small, as far as there is room. */
static bson_t *small_members(const bson_t *document, const char *always) {
    bson_t *out = bson_new();
    bson_iter_t at;
    if (bson_iter_init_find(&at, document, always) && size_of_member(&at) <= LARGEST_MEMBER)
        bson_append_iter(out, NULL, 0, &at);
    for (bson_iter_init(&at, document); bson_iter_next(&at);) {
        size_t size = size_of_member(&at);
        if (size <= LARGEST_MEMBER && out->len + size <= LW_LARGEST_PART && strcmp(bson_iter_key(&at), always) != 0)
            bson_append_iter(out, NULL, 0, &at);
    }
    return out;
}

char *lw_output_cut(const char *output) {
    lw_capture capture;
    lw_text text = {0};
    lw_capture_init(&capture, LW_LARGEST_PART / 2, LW_LARGEST_PART / 2);
    lw_capture_append(&capture, output, strlen(output));
    lw_capture_text(&capture, &text);
    bool failed = capture.failed;
    lw_capture_release(&capture);
    char *cut = lw_text_take(&text);
    if (!failed)
        return cut;
    lw_free(cut);
    return NULL;
}

static char *cut_reason(const char *reason) {
    char *cut = lw_strndup(reason, LARGEST_REASON);
    if (cut)
        cut[lw_utf8_invalid_at(cut, strlen(cut))] = '\0'; /* half a character at the cut */
    return cut;
}

static bool is_too_large(const bson_t *document) {
    return document && document->len > LW_LARGEST_PART;
}

static bool is_longer(const char *text, size_t length) {
    return text && strnlen(text, length + 1) > length;
}

int lw_bounded_result_init(lw_bounded_result *out, const lw_result *result, const char *objective, lw_error *error) {
    *out = (lw_bounded_result){.result = *result};
    if (is_too_large(result->document)) {
        out->document = result->document;
        out->result.document = out->small_document = small_members(result->document, objective);
    }
    if (is_too_large(result->info)) {
        out->info = result->info;
        out->result.info = out->small_info = small_members(result->info, "");
    }
    if (is_longer(result->captured_out, LW_LARGEST_PART))
        out->result.captured_out = out->output = lw_output_cut(result->captured_out);
    if (is_longer(result->reason, LARGEST_REASON))
        out->result.reason = out->reason = cut_reason(result->reason);
    if (!result->captured_out == !out->result.captured_out && !result->reason == !out->result.reason)
        return LW_OK;
    lw_bounded_result_release(out);
    return lw_error_no_memory(error);
}

void lw_bounded_result_release(lw_bounded_result *bounded) {
    if (bounded->small_document)
        bson_destroy(bounded->small_document);
    if (bounded->small_info)
        bson_destroy(bounded->small_info);
    lw_free(bounded->output);
    lw_free(bounded->reason);
    *bounded = (lw_bounded_result){0};
}

/* ---- the whole, as files ---- */

typedef struct text_reader {
    const char *rest;
    size_t length;
} text_reader;

static int read_text(void *arg, void *buffer, size_t size, size_t *got, lw_error *error) {
    (void)error;
    text_reader *self = arg;
    *got = self->length < size ? self->length : size;
    memcpy(buffer, self->rest, *got);
    self->rest += *got;
    self->length -= *got;
    return LW_OK;
}

static int keep(lw_assistant *assistant, int64_t id, const char *name, const bson_t *document, lw_error *error) {
    char *json = lw_document_to_json(document, false);
    if (!json)
        return lw_error_no_memory(error);
    text_reader reader = {json, strlen(json)};
    int code = lw_store_file_put(assistant->store, id, LW_FILE_ARTIFACT, name, read_text, &reader, error);
    lw_free(json);
    return code;
}

int lw_bounded_result_keep(const lw_bounded_result *bounded, lw_assistant *assistant, int64_t id, lw_error *error) {
    int code = bounded->document ? keep(assistant, id, "result.json", bounded->document, error) : LW_OK;
    return code == LW_OK && bounded->info ? keep(assistant, id, "info.json", bounded->info, error) : code;
}
