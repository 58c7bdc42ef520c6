#include "reserve.h"

int lw_moment_take(lw_assistant *assistant, lw_moment *out, lw_error *error) {
    int code = lw_store_run_counts(assistant->store, assistant->experiment->name, &out->counts, error);
    if (code == LW_OK)
        code = lw_assistant_live(assistant, out->counts.experiment_revision, &out->live, error);
    return code;
}

int lw_moment_check_budget(const lw_assistant *assistant, const lw_moment *moment, lw_error *error) {
    int64_t budget = moment->live.budget;
    if (budget == 0 || moment->counts.budget_used < budget)
        return LW_OK;
    return lw_error_set(error, LW_BUDGET_REACHED, "experiment '%s' has %s %lld run%s", assistant->experiment->name,
                        budget == 1 ? "its" : "all its", (long long)budget, budget == 1 ? "" : "s");
}

/* After an insertion whose reply did not come: whether the run is there all the same. Anything but LW_OK: nobody can tell. */
static int find_out(lw_assistant *assistant, const lw_run *run, bool *there) {
    lw_run stored;
    *there = false;
    int code = lw_store_run_get(assistant->store, run->id, &stored, NULL);
    if (code != LW_OK)
        return code == LW_ENOTFOUND ? LW_OK : code;
    *there = lw_token_equal(stored.token, run->token);
    lw_run_release(&stored);
    return LW_OK;
}

static int settle_insertion(lw_assistant *assistant, const lw_draft *draft) {
    bool there;
    if (find_out(assistant, &draft->run, &there) == LW_OK && there)
        return LW_OK; /* where it is not, it may still come */
    lw_doubt doubt = {.id = draft->run.id, .token = draft->run.token, .worker = lw_worker_has_process(draft->worker)};
    if (lw_run_is_open(&draft->run))
        lw_doubts_add(&assistant->doubts, doubt);
    return LW_EUNAVAILABLE;
}

int lw_reserve(lw_assistant *assistant, lw_draft *draft, lw_moment *moment, lw_error *error) {
    double began_s = lw_clock_monotonic_s(assistant->clock);
    draft->run.id = moment->counts.last_id + 1;
    int code = lw_store_run_insert(assistant->store, &draft->run, error);
    moment->insertion_s = lw_clock_monotonic_s(assistant->clock) - began_s;
    return code == LW_EUNAVAILABLE ? settle_insertion(assistant, draft) : code;
}
