#include "run_summary.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "say.h"

void format_time(int64_t ms, char out[32]) {
    out[0] = '\0';
    if (ms == LW_NO_TIME)
        return;
    time_t seconds = (time_t)(ms / 1000 - (ms % 1000 < 0));
    int milliseconds = (int)(ms - (int64_t)seconds * 1000);
    struct tm utc;
    if (!gmtime_r(&seconds, &utc))
        return;
    size_t length = strftime(out, 24, "%Y-%m-%dT%H:%M:%S", &utc);
    snprintf(out + length, 32 - length, ".%03dZ", milliseconds);
}

void format_duration(double seconds, char out[LW_NUMBER_SIZE]) {
    double rounded = fabs(seconds) < 0.1 ? seconds : round(seconds * 1000) / 1000;
    out[0] = '\0';
    if (!isnan(seconds))
        snprintf(out, LW_NUMBER_SIZE, fabs(seconds) < 0.1 ? "%.3g" : "%.12g", rounded);
}

static const char *status_of(const lw_run *run) {
    return run->status == LW_STATUS_OTHER && run->status_text ? run->status_text : lw_status_name(run->status);
}

static void append_text(bson_t *out, const char *key, const char *text) {
    if (text && *text)
        bson_append_utf8(out, key, -1, text, -1);
}

static void append_time(bson_t *out, const char *key, int64_t ms) {
    char text[32];
    format_time(ms, text);
    append_text(out, key, text);
}

static void append_number(bson_t *out, const char *key, double value) {
    if (!isnan(value))
        bson_append_double(out, key, -1, value);
}

/* A result object, whole. */
static void append_results(bson_t *out, const lw_run *run) {
    bson_iter_t iter;
    if (run->result && bson_iter_init_find(&iter, run->result, "result") && BSON_ITER_HOLDS_DOCUMENT(&iter))
        bson_append_iter(out, "results", -1, &iter);
}

static void append_origin(bson_t *out, const lw_run *run) {
    if (run->origin != LW_ORIGIN_OWN)
        append_text(out, "origin", run->origin == LW_ORIGIN_IMPORTED ? "imported" : "foreign");
}

/* The configuration without the seed that Sacred's have in the end, which is a field of its own. */
static void append_config(bson_t *out, const lw_run *run) {
    bson_t config;
    bson_iter_t iter;
    bson_append_document_begin(out, "config", -1, &config);
    if (run->config && bson_iter_init(&iter, run->config))
        while (bson_iter_next(&iter)) {
            bool own_seed = strcmp(bson_iter_key(&iter), "seed") == 0 && run->origin != LW_ORIGIN_FOREIGN &&
                            (BSON_ITER_HOLDS_INT32(&iter) || BSON_ITER_HOLDS_INT64(&iter)) &&
                            (uint64_t)bson_iter_as_int64(&iter) == run->seed;
            if (!own_seed)
                bson_append_iter(&config, bson_iter_key(&iter), -1, &iter);
        }
    bson_append_document_end(out, &config);
}

bson_t *run_summary(const lw_run *run, const lw_experiment *experiment) {
    bson_t *out = bson_new();
    if (run->id)
        bson_append_int64(out, "run", -1, run->id);
    else
        append_text(out, "run", run->foreign_id);
    append_text(out, "status", status_of(run));
    append_number(out, "result", lw_run_result(run, experiment));
    append_results(out, run);
    append_text(out, "failure", lw_failure_name(run->failure));
    append_text(out, "reason", run->reason);
    append_text(out, "space", experiment->n_spaces > 1 ? run->space : NULL);
    append_origin(out, run);
    if (run->attempt > 1)
        bson_append_int32(out, "attempt", -1, run->attempt);
    append_time(out, "start_time", run->start_ms);
    append_time(out, "stop_time", run->stop_ms);
    append_number(out, "duration", run->duration_s);
    if (run->origin != LW_ORIGIN_FOREIGN)
        bson_append_int64(out, "seed", -1, (int64_t)run->seed);
    append_config(out, run);
    return out;
}
