#include "spool_entry.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include <labwatch/document.h>
#include <labwatch/sys/memory.h>

#include "document_access.h"
#include "leftovers.h"

enum { FORMAT = 1, TOKEN_HEX = LW_TOKEN_TEXT_SIZE - 1 };

/* Outcomes as words. */

static const char *const outcome_names[] = {
    [LW_PENDING] = "pending", [LW_COMPLETED] = "completed", [LW_FAILED] = "failed", [LW_VOID] = "interrupted"};

static bool outcome_by_name(const char *name, lw_outcome *out) {
    for (lw_outcome i = LW_COMPLETED; name && i <= LW_VOID; i++)
        if (strcmp(name, outcome_names[i]) == 0) {
            *out = i;
            return true;
        }
    return false;
}

/* Tokens as hexadecimal digits. */

static int hex_digit(char c) {
    const char *digits = "0123456789abcdef", *at = c ? strchr(digits, c) : NULL;
    return at ? (int)(at - digits) : -1;
}

static bool token_from_text(const char *text, lw_token *out) {
    if (strlen(text) != TOKEN_HEX)
        return false;
    for (size_t i = 0; i < sizeof out->bytes; i++) {
        int high = hex_digit(text[2 * i]), low = hex_digit(text[2 * i + 1]);
        if (high < 0 || low < 0)
            return false;
        out->bytes[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

/* Writing. */

static void append_text(bson_t *document, const char *key, const char *text) {
    if (text)
        bson_append_utf8(document, key, -1, text, -1);
}

static void append_result(bson_t *document, const lw_result *result) {
    char token[LW_TOKEN_TEXT_SIZE];
    append_text(document, "outcome", outcome_names[result->outcome]);
    if (result->outcome == LW_COMPLETED)
        BSON_APPEND_DOUBLE(document, "value",
                           result->value); /* NaN and infinity become null: both are the failure "nan" */
    if (result->outcome == LW_FAILED)
        append_text(document, "failure", lw_failure_name(result->failure));
    append_text(document, "reason", result->reason);
    if (isfinite(result->duration_s))
        BSON_APPEND_DOUBLE(document, "duration", result->duration_s);
    if (result->token && !lw_token_is_none(*result->token)) {
        lw_token_to_text(result->token, token);
        append_text(document, "token", token);
    }
    if (result->force)
        BSON_APPEND_BOOL(document, "force", true);
    if (result->document)
        BSON_APPEND_DOCUMENT(document, "document", result->document);
    if (result->info)
        BSON_APPEND_DOCUMENT(document, "info", result->info);
    append_text(document, "captured_out", result->captured_out);
}

char *lw_spool_entry_write(const char *store, const char *experiment, int64_t run_id, const lw_result *result) {
    bson_t document = BSON_INITIALIZER;
    BSON_APPEND_INT32(&document, "format", FORMAT);
    append_text(&document, "store", store);
    append_text(&document, "experiment", experiment);
    BSON_APPEND_INT64(&document, "run", run_id);
    append_result(&document, result);
    char *text = lw_document_to_json(&document, true);
    bson_destroy(&document);
    return text;
}

/* Reading. Each function says whether the field is right; what is not there is, too, unless it must be. */

static const char *text_of(const bson_t *document, const char *key) {
    bson_iter_t at;
    return bson_iter_init_find(&at, document, key) ? lw_document_text(&at, NULL) : NULL;
}

static bool number_of(const bson_t *document, const char *key, double *out) {
    bson_iter_t at;
    return bson_iter_init_find(&at, document, key) && lw_document_number(&at, out);
}

static bson_t *document_of(const bson_t *document, const char *key) {
    bson_iter_t at;
    uint32_t length;
    const uint8_t *bytes;
    if (!bson_iter_init_find(&at, document, key) || !BSON_ITER_HOLDS_DOCUMENT(&at))
        return NULL;
    bson_iter_document(&at, &length, &bytes);
    return bson_new_from_data(bytes, length);
}

static const char *read_place(lw_spool_entry *out, const bson_t *document) {
    bson_iter_t at;
    int64_t format = 0;
    const char *store = text_of(document, "store"), *experiment = text_of(document, "experiment");
    if (!bson_iter_init_find(&at, document, "format") || !lw_document_integer(&at, &format))
        return "'format' is missing";
    if (format != FORMAT)
        return "'format' is not 1: it is of another version of labwatch";
    if (!store || !experiment)
        return "'store' or 'experiment' is missing";
    if (!bson_iter_init_find(&at, document, "run") || !lw_document_integer(&at, &out->run_id) || out->run_id <= 0)
        return "'run' is missing, or no run's number";
    out->store = lw_strdup(store);
    out->experiment = lw_strdup(experiment);
    return NULL;
}

static const char *read_outcome(lw_result *result, const bson_t *document) {
    const char *failure = text_of(document, "failure");
    if (!outcome_by_name(text_of(document, "outcome"), &result->outcome))
        return "'outcome' is not completed, failed or interrupted";
    if (result->outcome == LW_COMPLETED)
        (void)number_of(document, "value", &result->value);
    if (result->outcome != LW_FAILED)
        return NULL;
    result->failure = failure ? lw_failure_by_name(failure) : LW_FAILURE_NONE;
    return result->failure == LW_FAILURE_NONE ? "'failure' is no kind of failure" : NULL;
}

static const char *read_result(lw_spool_entry *out, const bson_t *document) {
    bson_iter_t at;
    const char *token = text_of(document, "token");
    out->result = lw_result_of_value((double)NAN);
    const char *problem = read_outcome(&out->result, document);
    if (problem)
        return problem;
    if (token && !token_from_text(token, &out->token))
        return "'token' is no token";
    if (number_of(document, "duration", &out->result.duration_s) && !(out->result.duration_s >= 0))
        return "'duration' is negative";
    out->result.force = bson_iter_init_find(&at, document, "force") && bson_iter_as_bool(&at);
    out->reason = lw_strdup(text_of(document, "reason"));
    out->captured_out = lw_strdup(text_of(document, "captured_out"));
    out->document = document_of(document, "document");
    out->info = document_of(document, "info");
    return NULL;
}

/** Whether nothing is missing that the document has: memory was not gone. */
static bool is_whole(const lw_spool_entry *entry, const bson_t *document) {
    return entry->store && entry->experiment && !entry->reason == !text_of(document, "reason") &&
           !entry->captured_out == !text_of(document, "captured_out");
}

static void point_inside(lw_spool_entry *entry) {
    entry->result.reason = entry->reason;
    entry->result.captured_out = entry->captured_out;
    entry->result.document = entry->document;
    entry->result.info = entry->info;
    entry->result.token = &entry->token; /* all 0, if it has none: of the current attempt */
}

int lw_spool_entry_read(lw_spool_entry *out, const char *text, size_t length, lw_error *error) {
    bson_t document;
    int rc = lw_document_from_json(&document, text, length, error);
    if (rc != LW_OK)
        return rc;
    *out = (lw_spool_entry){0};
    const char *problem = read_place(out, &document);
    if (!problem)
        problem = read_result(out, &document);
    if (problem)
        rc = lw_error_set(error, LW_EPARSE, "%s", problem);
    else if (!is_whole(out, &document))
        rc = lw_error_no_memory(error);
    bson_destroy(&document);
    if (rc == LW_OK)
        point_inside(out);
    else
        lw_spool_entry_release(out);
    return rc;
}

void lw_spool_entry_release(lw_spool_entry *entry) {
    lw_free(entry->store);
    lw_free(entry->experiment);
    lw_free(entry->reason);
    lw_free(entry->captured_out);
    if (entry->document)
        bson_destroy(entry->document);
    if (entry->info)
        bson_destroy(entry->info);
    *entry = (lw_spool_entry){0};
}
