/* A run as a document: Sacred's fields in Sacred's order, and the subdocument `labwatch`. */
#include <string.h>

#include <labwatch/run.h>

#include "run_fields.h"
#include "run_sound.h"

/*
 * Sacred's runs are written with the fields that they have; labwatch's own with all that viewers count on (Incense
 * fails without `info` or `artifacts`), empty where nothing is known.
 */
static bool is_foreign(const lw_run *run) {
    return run->origin == LW_ORIGIN_FOREIGN;
}

static const bson_t *or_empty(const bson_t *document, const bson_t *empty, const lw_run *run) {
    return document || is_foreign(run) ? document : empty;
}

static const char *or_text(const char *text, const char *otherwise, const lw_run *run) {
    return text || is_foreign(run) ? text : otherwise;
}

static bool write_document(bson_t *out, const char *name, const bson_t *document) {
    return !document || bson_append_document(out, name, -1, document);
}

static bool write_array(bson_t *out, const char *name, const bson_t *array) {
    return !array || bson_append_array(out, name, -1, array);
}

static bool write_text(bson_t *out, const char *name, const char *text) {
    return !text || bson_append_utf8(out, name, -1, text, -1);
}

static bool write_time(bson_t *out, const char *name, int64_t time) {
    return time == LW_NO_TIME || bson_append_date_time(out, name, -1, time);
}

/* Sacred's ids are int32 as long as they fit. */
static bool write_id(const lw_run *run, bson_t *out) {
    if (run->foreign_id)
        return bson_append_utf8(out, "_id", -1, run->foreign_id, -1);
    if (run->id >= INT32_MIN && run->id <= INT32_MAX)
        return bson_append_int32(out, "_id", -1, (int32_t)run->id);
    return bson_append_int64(out, "_id", -1, run->id);
}

static bool write_experiment(const lw_run *run, bson_t *out) {
    bson_t experiment;
    bool done = bson_append_document_begin(out, "experiment", -1, &experiment) &&
                write_text(&experiment, "name", run->experiment);
    if (done && run->experiment_info)
        done = bson_concat(&experiment, run->experiment_info);
    else if (done && !is_foreign(run))
        done = run_append_default_experiment(&experiment);
    return bson_append_document_end(out, &experiment) && done;
}

/* Sacred's queued runs have none. A foreign run keeps its own among the others. */
static bool write_format(const lw_run *run, bson_t *out) {
    if (!is_foreign(run))
        return bson_append_utf8(out, "format", -1, RUN_FORMAT, -1);
    bson_iter_t format;
    if (!run->others || !bson_iter_init_find(&format, run->others, "format"))
        return true;
    return bson_append_iter(out, "format", -1, &format);
}

/* The meta of others; their `queue_time` may be no date, and would be there twice beside ours. */
static bool append_meta(bson_t *out, const lw_run *run, bool has_time) {
    bson_iter_t at;
    bool done = bson_iter_init(&at, run->meta);
    while (done && bson_iter_next(&at))
        if (!has_time || strcmp(bson_iter_key(&at), "queue_time") != 0)
            done = bson_append_iter(out, bson_iter_key(&at), -1, &at);
    return done;
}

static bool write_meta(const lw_run *run, bson_t *out) {
    bool has_time = run->queue_ms != LW_NO_TIME;
    if (is_foreign(run) && !run->meta && !has_time)
        return true;
    bson_t meta;
    bool done = bson_append_document_begin(out, "meta", -1, &meta);
    if (done && run->meta)
        done = append_meta(&meta, run, has_time);
    else if (done && !is_foreign(run))
        done = run_append_default_meta(&meta, run->command ? run->command : "main");
    return write_time(&meta, "queue_time", run->queue_ms) && bson_append_document_end(out, &meta) && done;
}

static bool write_status(const lw_run *run, bson_t *out) {
    bool other = run->status == LW_STATUS_OTHER && run->status_text;
    return bson_append_utf8(out, "status", -1, other ? run->status_text : lw_status_name(run->status), -1);
}

static bool write_heartbeat(const lw_run *run, bson_t *out) {
    if (run->heartbeat_ms != LW_NO_TIME)
        return bson_append_date_time(out, "heartbeat", -1, run->heartbeat_ms);
    bool sacred_queued = is_foreign(run) && run->start_ms == LW_NO_TIME;
    return sacred_queued || bson_append_null(out, "heartbeat", -1);
}

/* Absent until the first beat, then null until the end. */
static bool write_result(const lw_run *run, bson_t *out) {
    bson_iter_t result;
    if (run->result && bson_iter_init_find(&result, run->result, "result"))
        return bson_append_iter(out, "result", -1, &result);
    if (run->heartbeat_ms == LW_NO_TIME && run->stop_ms == LW_NO_TIME)
        return true;
    return bson_append_null(out, "result", -1);
}

static bool write_others(const lw_run *run, bson_t *out) {
    if (!run->others)
        return true;
    bson_copy_to_excluding_noinit(run->others, out, "format", NULL);
    return true;
}

static bool write_sacred(const lw_run *run, bson_t *out) {
    bson_t empty = BSON_INITIALIZER;
    bool done = write_id(run, out) && write_experiment(run, out) && write_format(run, out) &&
                write_text(out, "command", or_text(run->command, "main", run)) &&
                write_document(out, "host", or_empty(run->host, &empty, run)) &&
                write_time(out, "start_time", run->start_ms) &&
                write_document(out, "config", or_empty(run->config, &empty, run)) && write_meta(run, out) &&
                write_status(run, out) && write_array(out, "resources", or_empty(run->resources, &empty, run)) &&
                write_array(out, "artifacts", or_empty(run->artifacts, &empty, run)) &&
                write_text(out, "captured_out", or_text(run->captured_out, "", run)) &&
                write_document(out, "info", or_empty(run->info, &empty, run)) && write_heartbeat(run, out) &&
                write_result(run, out) && write_time(out, "stop_time", run->stop_ms) &&
                write_array(out, "fail_trace", run->fail_trace) && write_others(run, out);
    bson_destroy(&empty);
    return done;
}

static bool write_fields(const run_field *fields, const lw_run *run, bson_t *out) {
    bool done = true;
    for (const run_field *field = fields; field->name && done; field++)
        done = run_field_write(field, run, out);
    return done;
}

static bool write_view(const lw_run *run, bson_t *out) {
    bson_t view = BSON_INITIALIZER;
    bool done = write_fields(run_view_fields, run, &view);
    if (done && run->view.repeats > 1) /* once is usual, and what is meant where nothing is said */
        done = bson_append_int32(&view, "repeats", -1, run->view.repeats);
    if (done && run->view.has_digest)
        done = bson_append_binary(&view, "digest", -1, BSON_SUBTYPE_BINARY, run->view.digest, LW_DIGEST_SIZE);
    if (done && !bson_empty(&view))
        done = bson_append_document(out, "view", -1, &view);
    bson_destroy(&view);
    return done;
}

static bool write_failure(const lw_run *run, bson_t *out) {
    if (run->failure == LW_FAILURE_NONE)
        return true;
    bson_t failure;
    bool done = bson_append_document_begin(out, "failure", -1, &failure) &&
                bson_append_utf8(&failure, "kind", -1, lw_failure_name(run->failure), -1);
    return bson_append_document_end(out, &failure) && done;
}

static bool write_labwatch(const lw_run *run, bson_t *out) {
    if (is_foreign(run))
        return true;
    bson_t labwatch;
    bool done = bson_append_document_begin(out, "labwatch", -1, &labwatch);
    if (done && run->origin == LW_ORIGIN_IMPORTED)
        done = bson_append_utf8(&labwatch, "origin", -1, "imported", -1);
    done = done && write_fields(run_labwatch_fields, run, &labwatch) && write_view(run, &labwatch) &&
           write_failure(run, &labwatch) && (!run->labwatch_others || bson_concat(&labwatch, run->labwatch_others));
    return bson_append_document_end(out, &labwatch) && done;
}

int lw_run_to_document(const lw_run *run, bson_t *out, lw_error *error) {
    int code = run_check(run, 0, error);
    if (code != LW_OK)
        return code;
    bson_init(out);
    if (write_sacred(run, out) && write_labwatch(run, out))
        return LW_OK;
    bson_destroy(out);
    return run_too_large(run, error);
}
