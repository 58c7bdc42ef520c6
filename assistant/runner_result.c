/* From an ended child to a result. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include <labwatch/document.h>
#include <labwatch/sys/memory.h>

#include "document_access.h"
#include "runner_internal.h"

/* A sentence for people: how it ended, and the last thing it said on standard error, which mostly says why. */
static void fail_run(lw_runner_result *out, lw_failure failure, const char *how, const char *detail) {
    (void)snprintf(out->reason, sizeof out->reason, "%.500s%s%.256s", how, *detail ? ": " : "", detail);
    out->reason[lw_utf8_invalid_at(out->reason, strlen(out->reason))] = 0;
    out->result = lw_result_of_failure(failure, out->reason);
}

static int last_words(const lw_process *process, char out[256], lw_error *error) {
    lw_text line = {0};
    lw_capture_last_line(lw_process_output(process, LW_OUTPUT_STDERR), &line);
    char *printable = line.failed ? NULL : lw_text_printable(line.bytes ? line.bytes : "", line.length);
    lw_text_release(&line);
    if (!printable)
        return lw_error_no_memory(error);
    (void)snprintf(out, 256, "%s", printable);
    lw_free(printable);
    return LW_OK;
}

static int result_of_failure(const lw_process *process, lw_runner_result *out, lw_error *error) {
    const lw_process_outcome *outcome = lw_process_get_outcome(process);
    char words[256] = "";
    switch (outcome->kind) {
    case LW_PROCESS_TIMEOUT:
        fail_run(out, LW_FAILURE_TIMEOUT, outcome->message, "");
        return LW_OK;
    case LW_PROCESS_MEMORY:
        fail_run(out, LW_FAILURE_MEMORY, outcome->message, "");
        return LW_OK;
    case LW_PROCESS_EXITED:
    case LW_PROCESS_SIGNALLED:
        if (last_words(process, words, error) != LW_OK)
            return LW_ENOMEM;
        break;
    default:
        break;
    }
    fail_run(out, LW_FAILURE_CRASH, outcome->message, words);
    return LW_OK;
}

/* The object that the result was in, as a document. */

/** The number may have been in quotes; in the document it is a number. */
static bson_t *with_number(const bson_t *document, const char *objective, double value) {
    bson_iter_t at;
    double number;
    bool is_number = bson_iter_init_find(&at, document, objective) && lw_document_number(&at, &number);
    bson_t *out = is_number ? bson_copy(document) : bson_new();
    if (is_number || !bson_iter_init(&at, document))
        return out;
    while (bson_iter_next(&at)) {
        if (strcmp(bson_iter_key(&at), objective) == 0)
            BSON_APPEND_DOUBLE(out, objective, value);
        else
            bson_append_iter(out, NULL, 0, &at);
    }
    return out;
}

static bool read_file(const char *path, lw_text *out) {
    char chunk[4096];
    size_t got;
    FILE *file = fopen(path, "re");
    if (!file)
        return false;
    while ((got = fread(chunk, 1, sizeof chunk, file)) > 0)
        lw_text_append(out, chunk, got);
    (void)fclose(file);
    return !out->failed && out->length > 0;
}

/** The whole object that was written: as the result, or where JSON proper cannot hold it (NaN beside the objective) as
 * text in info. */
static void keep_object(const lw_runner *runner, const lw_text *text, lw_runner_result *out) {
    bson_t document;
    if (lw_document_from_json(&document, text->bytes, text->length, NULL) == LW_OK) {
        out->document = with_number(&document, runner->experiment->objective, out->result.value);
        bson_destroy(&document);
    } else if (lw_utf8_invalid_at(text->bytes, text->length) == text->length) {
        BSON_APPEND_UTF8(out->info, "result_text", text->bytes);
    }
}

static void keep_object_of(const lw_runner *runner, const lw_runner_child *child, bool from_file, lw_runner_result *out) {
    lw_text text = {0};
    if (!from_file)
        lw_capture_last_line(lw_process_output(child->process, LW_OUTPUT_STDOUT), &text);
    if (from_file ? read_file(child->result_path, &text) : !text.failed)
        keep_object(runner, &text, out);
    lw_text_release(&text);
}

/* A program that ended well. */

static int read_result(const lw_runner *runner, const lw_runner_child *child, lw_result_reading *out, bool *from_file,
                       lw_error *error) {
    const lw_capture *output = lw_process_output(child->process, LW_OUTPUT_STDOUT);
    int rc = lw_result_from_file(child->result_path, runner->experiment->objective, out, error);
    *from_file = rc != LW_ENOTFOUND;
    if (*from_file)
        return rc;
    if (runner->pattern)
        return lw_result_from_pattern(runner->pattern, output, out, error);
    lw_result_from_last_line(output, runner->experiment->objective, runner->experiment->has_objective, out);
    return LW_OK;
}

static int result_of_success(const lw_runner *runner, const lw_runner_child *child, lw_runner_result *out,
                             lw_error *error) {
    lw_result_reading reading;
    lw_error problem;
    bool from_file;
    int rc = read_result(runner, child, &reading, &from_file, &problem);
    if (rc == LW_ENOMEM)
        return lw_error_no_memory(error);
    if (rc != LW_OK) {
        fail_run(out, LW_FAILURE_CRASH, "no result", problem.message);
        return LW_OK;
    }
    switch (reading.kind) {
    case LW_RESULT_NUMBER:
        out->result = lw_result_of_value(reading.value);
        if (reading.from_object)
            keep_object_of(runner, child, from_file, out);
        break;
    case LW_RESULT_NAN:
    case LW_RESULT_INFINITE:
        fail_run(out, LW_FAILURE_NAN, reading.message, "");
        break;
    case LW_RESULT_NONE:
        fail_run(out, LW_FAILURE_CRASH, "no result", reading.message);
        break;
    }
    return LW_OK;
}

/* Both. */

/* The system counts microseconds: more digits are noise from adding them up. */
static double in_microseconds(double seconds) {
    return round(seconds * 1e6) / 1e6;
}

static void add_info(bson_t *info, const lw_process_outcome *outcome) {
    BSON_APPEND_DOUBLE(info, "cpu_s", in_microseconds(outcome->cpu_s));
    BSON_APPEND_INT64(info, "max_rss_bytes", (int64_t)outcome->max_rss_bytes);
    if (outcome->peak_memory_bytes > 0)
        BSON_APPEND_INT64(info, "peak_memory_bytes", (int64_t)outcome->peak_memory_bytes);
    if (outcome->exit_code > 0)
        BSON_APPEND_INT32(info, "exit_code", outcome->exit_code);
    if (outcome->signal != 0)
        BSON_APPEND_INT32(info, "signal", outcome->signal);
    if (outcome->left_behind)
        BSON_APPEND_BOOL(info, "left_processes_behind", true);
}

int lw_runner_result_of(const lw_runner *runner, const lw_runner_child *child, lw_runner_result *out, lw_error *error) {
    const lw_process_outcome *outcome = lw_process_get_outcome(child->process);
    *out = (lw_runner_result){.info = bson_new()};
    add_info(out->info, outcome);
    int rc = LW_OK;
    if (outcome->kind == LW_PROCESS_STOPPED)
        out->result = lw_result_of_interruption("stopped by labwatch, as it was asked to");
    else if (outcome->kind == LW_PROCESS_EXITED && outcome->exit_code == 0)
        rc = result_of_success(runner, child, out, error);
    else
        rc = result_of_failure(child->process, out, error);
    lw_capture_text(lw_process_output(child->process, LW_OUTPUT_BOTH), &out->captured_out);
    if (rc == LW_OK && out->captured_out.failed)
        rc = lw_error_no_memory(error);
    if (rc != LW_OK)
        return rc;
    out->result.captured_out = out->captured_out.bytes;
    out->result.document = out->document;
    out->result.info = out->info;
    out->result.duration_s = outcome->duration_s;
    out->result.token = &child->run.token;
    return LW_OK;
}

void lw_runner_result_release(lw_runner_result *result) {
    lw_text_release(&result->captured_out);
    if (result->document)
        bson_destroy(result->document);
    if (result->info)
        bson_destroy(result->info);
    *result = (lw_runner_result){0};
}
