/*
 * Configurations that were run elsewhere.
 */
#include <math.h>
#include <stdlib.h>

#include <labwatch/sys/memory.h>

#include "attempts.h"
#include "bounded_result.h"
#include "draft.h"
#include "reserve.h"
#include "run_outcome.h"

/* The finding's own texts are borrowed by the draft, which is only inserted. */
static void set_finding(lw_draft *draft, const lw_finding *finding, bson_t *trace) {
    lw_run *run = &draft->run;
    run->status = finding->status;
    run->failure = finding->failure;
    run->cost = finding->cost;
    run->result = finding->has_result ? (bson_t *)&finding->result : NULL;
    run->reason = (char *)finding->reason;
    run->duration_s = finding->duration_s;
    run->captured_out = (char *)finding->captured_out;
    run->info = (bson_t *)finding->info;
    if (finding->failure != LW_FAILURE_NONE && finding->reason) {
        bson_append_utf8(trace, "0", 1, finding->reason, -1);
        run->fail_trace = trace;
    }
}

/* A start or a stop that is not known follows from the other and the duration; without either the run ends now. */
static void set_times(lw_run *run, const lw_finding *finding, const lw_past *past) {
    int64_t length_ms = isnan(finding->duration_s) ? 0 : (int64_t)(finding->duration_s * 1000);
    bool has_start = past && past->start_ms != LW_NO_TIME, has_stop = past && past->stop_ms != LW_NO_TIME;
    run->stop_ms = has_stop ? past->stop_ms : has_start ? past->start_ms + length_ms : finding->now_ms;
    run->start_ms = has_start ? past->start_ms : run->stop_ms - length_ms;
    run->heartbeat_ms = run->stop_ms;
}

static void set_past(lw_draft *draft, const lw_finding *finding, const lw_past *past) {
    set_times(&draft->run, finding, past);
    if (past && past->attempt > 0)
        draft->run.attempt = past->attempt;
    if (past)
        draft->given_seed = past->seed;
}

static int check_past(const lw_past *past, lw_error *error) {
    const int64_t LAST_MS = 253402300800000; /* year 10000 */
    bool has_start = past->start_ms != LW_NO_TIME, has_stop = past->stop_ms != LW_NO_TIME;
    if ((has_start && llabs(past->start_ms) >= LAST_MS) || (has_stop && llabs(past->stop_ms) >= LAST_MS))
        return lw_error_set(error, LW_EINVAL, "a run begins and ends before the year 10000");
    if (has_start && has_stop && past->stop_ms < past->start_ms)
        return lw_error_set(error, LW_EINVAL, "the run stops before it starts");
    if (past->seed < -1 || past->seed > INT32_MAX)
        return lw_error_set(error, LW_EINVAL, "a seed of %lld: expected 0 to %lld", (long long)past->seed,
                            (long long)INT32_MAX);
    if (past->attempt < 0)
        return lw_error_set(error, LW_EINVAL, "attempt %d: they count from 1", (int)past->attempt);
    return LW_OK;
}

static int insert(lw_assistant *assistant, lw_draft *draft, const lw_config *config, lw_error *error) {
    enum { TRIES = 1000 };
    int code = LW_ECONFLICT;
    lw_moment moment = {.insertion_s = 0};
    for (int tries = 1; tries <= TRIES && code == LW_ECONFLICT; tries++) {
        if (tries > 1)
            lw_assistant_pause(assistant, tries, moment.insertion_s);
        code = lw_moment_take(assistant, &moment, error);
        if (code != LW_OK)
            return code;
        code = lw_draft_set_config(draft, assistant, config, NULL, (uint64_t)moment.counts.own + 1, error);
        if (code == LW_OK)
            code = lw_reserve(assistant, draft, &moment, error);
    }
    return code;
}

static int record(lw_assistant *assistant, const lw_desk *desk, const lw_config *config, const lw_finding *finding,
                  const lw_past *past, bool counts, int64_t *id, lw_error *error) {
    static const lw_wish plain = {0};
    lw_draft draft;
    bson_t trace;
    bson_init(&trace);
    lw_draft_begin(&draft, assistant, desk, &plain);
    draft.run.origin = counts ? LW_ORIGIN_OWN : LW_ORIGIN_IMPORTED;
    set_finding(&draft, finding, &trace);
    set_past(&draft, finding, past);
    int code = insert(assistant, &draft, config, error);
    if (code == LW_OK)
        *id = draft.run.id;
    lw_draft_release(&draft);
    bson_destroy(&trace);
    return code;
}

static int add_note(void *arg, lw_run *run, lw_error *error) {
    (void)error;
    const lw_error *problem = arg;
    lw_run_add_note(run, "the whole of a large result or info could not be kept: %.300s", problem->message);
    return LW_OK;
}

/* The run is there, and would be there twice if an error had it recorded again. */
static void keep_or_note(const lw_bounded_result *bounded, lw_assistant *assistant, int64_t id) {
    lw_error problem;
    if (lw_bounded_result_keep(bounded, assistant, id, &problem) != LW_OK)
        (void)lw_store_run_modify(assistant->store, id, add_note, &problem, NULL);
}

int lw_assistant_observe_config(lw_assistant *assistant, const char *space, const bson_t *config, const lw_result *result,
                                bool counts, int64_t *id, lw_error *error) {
    int64_t added = 0;
    lw_finding finding;
    lw_config *read = NULL;
    if (!assistant || !config || !result)
        return lw_error_set(error, LW_EINVAL, "lw_assistant_observe_config: assistant, config and result must not be NULL");
    int code = lw_assistant_check_writable(assistant, error);
    if (code != LW_OK)
        return code;
    code = result->past ? check_past(result->past, error) : LW_OK;
    if (code != LW_OK)
        return code;
    const lw_desk *desk = lw_assistant_desk(assistant, space, error);
    if (!desk)
        return LW_ENOTFOUND;
    code = lw_config_from_document(&read, desk->space, config, LW_CONFIG_FILL_DEFAULTS, error);
    if (code != LW_OK)
        return code;
    lw_bounded_result bounded = {0};
    code = lw_bounded_result_init(&bounded, result, assistant->experiment->objective, error);
    if (code == LW_OK)
        code = lw_finding_init(&finding, assistant->experiment, &bounded.result, lw_clock_wall_ms(assistant->clock),
                               error);
    if (code == LW_OK) {
        code = record(assistant, desk, read, &finding, result->past, counts, &added, error);
        if (code == LW_OK && id)
            *id = added;
        lw_finding_release(&finding);
    }
    if (code == LW_OK)
        keep_or_note(&bounded, assistant, added);
    lw_bounded_result_release(&bounded);
    lw_config_free(read);
    return code;
}
