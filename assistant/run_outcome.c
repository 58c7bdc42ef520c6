#include <math.h>
#include <stdio.h>
#include <string.h>

#include <labwatch/document.h>
#include <labwatch/sys/memory.h>
#include <labwatch/sys/text.h>

#include "run_outcome.h"

/* ---- findings ---- */

static void fail_with_nan(lw_finding *out, double value) {
    char number[LW_NUMBER_SIZE];
    lw_double_to_text(value, number);
    out->status = LW_STATUS_FAILED;
    out->failure = LW_FAILURE_NAN;
    snprintf(out->own_reason, sizeof out->own_reason, "the result is %s, which cannot be compared with others", number);
    out->reason = out->own_reason;
}

static void set_result(lw_finding *out, const lw_result *result) {
    bson_init(&out->owned);
    out->has_result = true;
    if (result->document)
        bson_append_document(&out->owned, "result", 6, result->document);
    else
        bson_append_double(&out->owned, "result", 6, result->value);
    bson_init_static(&out->result, bson_get_data(&out->owned), out->owned.len);
}

static void take_outcome(lw_finding *out, const lw_experiment *experiment, const lw_result *result) {
    switch (result->outcome) {
    case LW_COMPLETED:
        if (!isfinite(result->value)) {
            fail_with_nan(out, result->value);
            break;
        }
        out->status = LW_STATUS_COMPLETED;
        out->cost = lw_experiment_cost(experiment, result->value);
        set_result(out, result);
        break;
    case LW_FAILED:
        out->failure = result->failure == LW_FAILURE_NONE ? LW_FAILURE_USER : result->failure;
        out->status = out->failure == LW_FAILURE_TIMEOUT ? LW_STATUS_TIMEOUT : LW_STATUS_FAILED;
        break;
    case LW_VOID:
    case LW_PENDING:
        out->status = LW_STATUS_INTERRUPTED;
        break;
    }
}

/* Thirty years: when a run began can be computed from it. */
static const double LONGEST_S = 1e9;

int lw_finding_init(lw_finding *out, const lw_experiment *experiment, const lw_result *result, int64_t now_ms, lw_error *error) {
    if (result->outcome != LW_COMPLETED && result->outcome != LW_FAILED && result->outcome != LW_VOID)
        return lw_error_set(error, LW_EINVAL, "a result says that a run was completed, failed or interrupted, not that it is pending");
    if (result->duration_s < 0 || result->duration_s > LONGEST_S)
        return lw_error_set(error, LW_EINVAL, "a duration of %g seconds: expected a number from 0 to %g, or NaN",
                            result->duration_s, LONGEST_S);
    *out = (lw_finding){
        .cost = (double)NAN,
        .reason = result->reason,
        .duration_s = result->duration_s,
        .captured_out = result->captured_out,
        .info = result->info,
        .now_ms = now_ms,
    };
    take_outcome(out, experiment, result);
    return LW_OK;
}

void lw_finding_release(lw_finding *finding) {
    if (finding->has_result)
        bson_destroy(&finding->owned);
    finding->has_result = false;
}

static bool died(lw_status status, lw_failure failure) {
    return status == LW_STATUS_FAILED && failure == LW_FAILURE_DIED;
}

bool lw_finding_settles(const lw_finding *finding) {
    return finding->status != LW_STATUS_INTERRUPTED && !died(finding->status, finding->failure);
}

bool lw_run_is_settled(const lw_run *run) {
    switch (run->status) {
    case LW_STATUS_QUEUED:
    case LW_STATUS_RUNNING:
    case LW_STATUS_INTERRUPTED:
        return false;
    default:
        return !died(run->status, run->failure);
    }
}

bool lw_run_has_finding(const lw_run *run, const lw_finding *finding) {
    if (run->status != finding->status)
        return false;
    if (finding->status != LW_STATUS_COMPLETED)
        return run->failure == finding->failure;
    bson_iter_t a, b;
    return run->result && bson_iter_init_find(&a, run->result, "result") && bson_iter_init_find(&b, &finding->result, "result") &&
           lw_document_values_equal(&a, &b);
}

/* ---- into the run ---- */

static void drop(bson_t **document) {
    if (*document)
        bson_destroy(*document);
    *document = NULL;
}

int lw_finding_copy_texts(lw_finding_texts *out, const lw_finding *finding, lw_error *error) {
    out->reason = lw_strdup(finding->reason);
    out->captured_out = lw_strdup(finding->captured_out);
    if ((finding->reason && !out->reason) || (finding->captured_out && !out->captured_out)) {
        lw_free(out->reason);
        lw_free(out->captured_out);
        return lw_error_no_memory(error);
    }
    return LW_OK;
}

static void merge_info(lw_run *run, const bson_t *info) {
    if (!run->info) {
        run->info = bson_copy(info);
        return;
    }
    bson_t *merged = bson_new();
    bson_iter_t at;
    if (bson_iter_init(&at, run->info))
        while (bson_iter_next(&at))
            if (!bson_has_field(info, bson_iter_key(&at)))
                bson_append_iter(merged, NULL, 0, &at);
    bson_concat(merged, info);
    bson_destroy(run->info);
    run->info = merged;
}

/* Sacred keeps a traceback here, line by line; a program without one has a sentence. */
static bson_t *trace_of(const lw_finding *finding) {
    if (finding->failure == LW_FAILURE_NONE || !finding->reason)
        return NULL;
    bson_t *trace = bson_new();
    bson_append_utf8(trace, "0", 1, finding->reason, -1);
    return trace;
}

void lw_run_clear_outcome(lw_run *run) {
    drop(&run->result);
    drop(&run->fail_trace);
    lw_free(run->reason);
    run->reason = NULL;
    run->cost = (double)NAN;
    run->failure = LW_FAILURE_NONE;
    run->duration_s = (double)NAN;
    run->stop_ms = LW_NO_TIME;
}

void lw_run_take_finding(lw_run *run, const lw_finding *finding, const lw_finding_texts *texts) {
    lw_run_clear_outcome(run);
    run->status = finding->status;
    run->failure = finding->failure;
    run->cost = finding->cost;
    run->result = finding->has_result ? (bson_t *)&finding->result : NULL; /* the cast is safe: nobody writes into it */
    run->fail_trace = trace_of(finding);
    run->reason = texts->reason;
    run->duration_s = finding->duration_s;
    run->stop_ms = finding->now_ms;
    if (run->attempt == 0)
        run->attempt = 1;
    if (finding->captured_out) {
        lw_free(run->captured_out);
        run->captured_out = texts->captured_out;
    }
    if (finding->info)
        merge_info(run, finding->info);
}

int lw_run_set_finding(lw_run *run, const lw_finding *finding, lw_error *error) {
    lw_finding_texts texts;
    int code = lw_finding_copy_texts(&texts, finding, error);
    if (code == LW_OK)
        lw_run_take_finding(run, finding, &texts);
    return code;
}

/* ---- in words ---- */

static void describe(lw_status status, lw_failure failure, const bson_t *result, char *out, size_t size) {
    bson_iter_t at;
    char *json = NULL;
    if (result && bson_iter_init_find(&at, result, "result"))
        json = lw_document_value_to_json(&at, false);
    if (json)
        snprintf(out, size, "the result %.60s", json);
    else if (failure != LW_FAILURE_NONE)
        snprintf(out, size, "a failure (%s)", lw_failure_name(failure));
    else if (status == LW_STATUS_INTERRUPTED)
        snprintf(out, size, "been interrupted");
    else
        snprintf(out, size, "the status %s", lw_status_name(status));
    lw_free(json);
    out[lw_utf8_invalid_at(out, strlen(out))] = '\0'; /* half a character at the cut */
}

const char *lw_run_describe_outcome(const lw_run *run, char *out, size_t size) {
    describe(run->status, run->failure, run->result, out, size);
    return out;
}

const char *lw_finding_describe(const lw_finding *finding, char *out, size_t size) {
    describe(finding->status, finding->failure, finding->has_result ? &finding->result : NULL, out, size);
    return out;
}
