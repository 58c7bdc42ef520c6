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
    return lw_error_set(error, LW_BUDGET_REACHED, "experiment '%s' has all its %lld run%s", assistant->experiment->name,
                        (long long)budget, budget == 1 ? "" : "s");
}

/* After an insertion whose reply did not come: whether the run is there all the same. */
static bool is_there(lw_assistant *assistant, const lw_run *run) {
    lw_run stored;
    if (lw_store_run_get(assistant->store, run->id, &stored, NULL) != LW_OK)
        return false;
    bool ours = lw_token_equal(stored.token, run->token);
    lw_run_release(&stored);
    return ours;
}

int lw_reserve(lw_assistant *assistant, lw_draft *draft, const lw_moment *moment, lw_error *error) {
    draft->run.id = moment->counts.last_id + 1;
    int code = lw_store_run_insert(assistant->store, &draft->run, error);
    if (code == LW_EUNAVAILABLE && is_there(assistant, &draft->run))
        code = LW_OK;
    return code;
}
