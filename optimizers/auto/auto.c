/*
 * The optimizer for who does not want to choose one. docs/optimizers/auto.md says what it does and why.
 */
#include "builtin_types.h"

#include <labwatch/optimizer.h>

#include "choice.h"
#include "members.h"

typedef struct auto_state {
    lw_optimizer_setup setup;
    lw_auto_space space;
    bool has_looked; /* for gp's module */
    const lw_optimizer_type *gp;
    lw_member members[LW_AUTO_N_MEMBERS]; /* prepared when they are first chosen */
} auto_state;

static int auto_init(void *untyped, const lw_optimizer_setup *setup, lw_error *error) {
    (void)error;
    auto_state *state = untyped;
    state->setup = *setup;
    lw_auto_space_init(&state->space, setup->space);
    return LW_OK;
}

static void auto_release(void *untyped) {
    auto_state *state = untyped;
    for (size_t k = 0; k < LW_AUTO_N_MEMBERS; k++)
        lw_member_release(&state->members[k]);
}

static int auto_update(void *untyped, const lw_history *history, const lw_observation *const *changed, size_t n,
                       lw_error *error) {
    auto_state *state = untyped;
    int outcome = LW_OK;
    for (size_t k = 0; k < LW_AUTO_N_MEMBERS && outcome == LW_OK; k++)
        outcome = lw_member_update(&state->members[k], history, changed, n, error);
    return outcome;
}

/* Later ones are pending to whoever learns; they are few. */
static size_t n_completed(const lw_request *request) {
    size_t n = lw_history_n_outcome(request->history, LW_COMPLETED);
    for (size_t k = lw_history_n(request->history); k-- > 0;) {
        const lw_observation *observation = lw_history_get(request->history, k);
        if (observation->run_id <= request->fit_last_id)
            break;
        n -= observation->outcome == LW_COMPLETED;
    }
    return n;
}

/* gp is a module, which need not be there; memory that is not there is no answer. */
static int look_for_gp(auto_state *state, lw_error *error) {
    if (state->has_looked)
        return LW_OK;
    lw_error why;
    state->gp = lw_optimizer_type_by_name("gp", NULL, &why);
    if (!state->gp && why.code == LW_ENOMEM)
        return lw_error_no_memory(error);
    state->has_looked = true;
    return LW_OK;
}

static const lw_optimizer_type *type_of(const auto_state *state, lw_auto_member member) {
    static const lw_optimizer_type *const types[LW_AUTO_N_MEMBERS] = {
        [LW_AUTO_SOBOL] = &lw_optimizer_sobol,
        [LW_AUTO_SMAC] = &lw_optimizer_smac,
        [LW_AUTO_TPE] = &lw_optimizer_tpe,
        [LW_AUTO_CMAES] = &lw_optimizer_cmaes,
    };
    return member == LW_AUTO_GP ? state->gp : types[member];
}

/* The member that is chosen for a request, ready to be asked. */
static int choose(auto_state *state, const lw_request *request, lw_auto_choice *choice, lw_member **member,
                  lw_error *error) {
    int outcome = look_for_gp(state, error);
    if (outcome != LW_OK)
        return outcome;
    const lw_auto_facts facts = {
        .space = &state->space,
        .n_completed = n_completed(request),
        .number = request->number,
        .has_gp = state->gp != NULL,
    };
    *choice = lw_auto_choose(&facts);
    *member = &state->members[choice->member];
    if ((*member)->type)
        return LW_OK;
    outcome = lw_member_prepare(*member, type_of(state, choice->member), &state->setup, request->history, error);
    if (outcome != LW_OK)
        lw_member_release(*member);
    return outcome;
}

static int auto_suggest(void *untyped, const lw_request *request, lw_proposal *proposal, lw_error *error) {
    lw_auto_choice choice;
    lw_member *member;
    int outcome = choose(untyped, request, &choice, &member, error);
    if (outcome != LW_OK)
        return outcome;
    BSON_APPEND_UTF8(proposal->memo, "member", lw_auto_member_names[choice.member]);
    BSON_APPEND_UTF8(proposal->memo, "why", choice.why);
    return member->type->suggest_configuration(member->state, request, proposal, error);
}

static int auto_describe(void *untyped, const lw_request *request, bson_t *out, lw_error *error) {
    lw_auto_choice choice;
    lw_member *member;
    int outcome = choose(untyped, request, &choice, &member, error);
    if (outcome != LW_OK)
        return outcome;
    const char *name = lw_auto_member_names[choice.member];
    if (!member->type->describe)
        return lw_error_set(error, LW_EUNSUPPORTED, "%s, which makes the next suggestion (%s), does not model the "
                            "costs", name, choice.why);
    BSON_APPEND_UTF8(out, "member", name);
    BSON_APPEND_UTF8(out, "why", choice.why);
    return member->type->describe(member->state, request, out, error);
}

const lw_optimizer_type lw_optimizer_auto = {
    .name = "auto",
    .summary = "the optimizer that suits the space and the number of results: gp first, cheaper ones for thousands "
               "of runs",
    .source = "docs/optimizers/auto.md",
    .reads = LW_READS_HISTORY,
    .state_size = sizeof(auto_state),
    .init = auto_init,
    .update = auto_update,
    .suggest_configuration = auto_suggest,
    .release = auto_release,
    .describe = auto_describe,
};
