/*
 * Configurations that were run elsewhere.
 */
#include <math.h>

#include <labwatch/sys/memory.h>

#include "draft.h"
#include "recost.h"
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
    run->stop_ms = finding->now_ms;
    if (!isnan(finding->duration_s))
        run->start_ms = finding->now_ms - (int64_t)(finding->duration_s * 1000);
    if (finding->failure != LW_FAILURE_NONE && finding->reason) {
        bson_append_utf8(trace, "0", 1, finding->reason, -1);
        run->fail_trace = trace;
    }
}

static int insert(lw_assistant *assistant, lw_draft *draft, const lw_config *config, lw_error *error) {
    enum { TRIES = 1000 };
    int code = LW_ECONFLICT;
    for (int tries = 1; tries <= TRIES && code == LW_ECONFLICT; tries++) {
        lw_moment moment;
        if (tries > 1)
            lw_assistant_pause(assistant, tries);
        code = lw_moment_take(assistant, &moment, error);
        if (code != LW_OK)
            return code;
        code = lw_draft_set_config(draft, assistant, config, NULL, (uint64_t)moment.counts.own + 1, error);
        if (code == LW_OK)
            code = lw_reserve(assistant, draft, &moment, error);
    }
    return code;
}

static int record(lw_assistant *assistant, const lw_desk *desk, const lw_config *config, const lw_finding *finding, bool counts,
                  int64_t *id, lw_error *error) {
    static const lw_wish plain = {0};
    lw_draft draft;
    bson_t trace;
    bson_init(&trace);
    lw_draft_begin(&draft, assistant, desk, &plain);
    draft.run.origin = counts ? LW_ORIGIN_OWN : LW_ORIGIN_IMPORTED;
    set_finding(&draft, finding, &trace);
    int code = insert(assistant, &draft, config, error);
    if (code == LW_OK)
        *id = draft.run.id;
    lw_draft_release(&draft);
    bson_destroy(&trace);
    return code;
}

int lw_assistant_observe_config(lw_assistant *assistant, const char *space, const bson_t *config, const lw_result *result,
                                bool counts, int64_t *id, lw_error *error) {
    const double LONGEST_S = 1e9;
    int64_t added = 0;
    lw_finding finding;
    lw_config *read = NULL;
    if (!assistant || !config || !result)
        return lw_error_set(error, LW_EINVAL, "lw_assistant_observe_config: assistant, config and result must not be NULL");
    int code = lw_assistant_check_writable(assistant, error);
    if (code != LW_OK)
        return code;
    if (result->duration_s > LONGEST_S) /* the beginning of the run is computed from it */
        return lw_error_set(error, LW_EINVAL, "a duration of %g seconds: expected %g at most", result->duration_s, LONGEST_S);
    const lw_desk *desk = lw_assistant_desk(assistant, space, error);
    if (!desk)
        return LW_ENOTFOUND;
    code = lw_config_from_document(&read, desk->space, config, LW_CONFIG_FILL_DEFAULTS, error);
    if (code != LW_OK)
        return code;
    code = lw_finding_init(&finding, assistant->experiment, result, lw_clock_wall_ms(assistant->clock), error);
    if (code == LW_OK) {
        code = record(assistant, desk, read, &finding, counts, &added, error);
        if (code == LW_OK && id)
            *id = added;
        if (code == LW_OK && finding.status == LW_STATUS_COMPLETED) /* what is added is not added again for this: the record tells the next one */
            (void)lw_assistant_recost_run(assistant, added, NULL);
        lw_finding_release(&finding);
    }
    lw_config_free(read);
    return code;
}
