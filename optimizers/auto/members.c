#include "members.h"

#include <string.h>

#include <labwatch/sys/memory.h>

#include "options.h"

enum { PORTION = 64 };

static int tell(lw_member *member, const lw_history *history, lw_error *error) {
    const lw_observation *portion[PORTION];
    int outcome = LW_OK;
    size_t n = lw_history_n(history);
    for (size_t i = 0; i < n && outcome == LW_OK; i += PORTION) {
        size_t n_told = n - i < PORTION ? n - i : PORTION;
        for (size_t k = 0; k < n_told; k++)
            portion[k] = lw_history_get(history, i + k);
        outcome = lw_member_update(member, history, portion, n_told, error);
    }
    return outcome;
}

int lw_member_prepare(lw_member *member, const lw_optimizer_type *type, const lw_optimizer_setup *outer,
                      const lw_history *history, lw_error *error) {
    member->type = type;
    member->state = lw_calloc(1, type->state_size);
    if (!member->state)
        return lw_error_no_memory(error);
    int outcome = lw_options_new(&member->options, type, NULL, error);
    member->setup = (lw_optimizer_setup){.space = outer->space, .options = member->options, .seed = outer->seed};
    if (outcome == LW_OK && type->init)
        outcome = type->init(member->state, &member->setup, error);
    return outcome == LW_OK ? tell(member, history, error) : outcome;
}

int lw_member_update(lw_member *member, const lw_history *history, const lw_observation *const *changed, size_t n,
                     lw_error *error) {
    if (!member->type || !member->type->update)
        return LW_OK;
    return member->type->update(member->state, history, changed, n, error);
}

void lw_member_release(lw_member *member) {
    if (member->state && member->type->release)
        member->type->release(member->state);
    lw_free(member->state);
    lw_options_free(member->options);
    memset(member, 0, sizeof *member);
}
