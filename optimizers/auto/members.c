#include "members.h"

#include <string.h>

#include <labwatch/sys/memory.h>

#include "options.h"
#include "type_state.h"

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
    return outcome == LW_OK ? lw_type_tell_all(type, member->state, history, error) : outcome;
}

int lw_member_update(lw_member *member, const lw_history *history, const lw_observation *const *changed, size_t n,
                     lw_error *error) {
    return member->type ? lw_type_tell(member->type, member->state, history, changed, n, error) : LW_OK;
}

void lw_member_release(lw_member *member) {
    if (member->state && member->type->release)
        member->type->release(member->state);
    lw_free(member->state);
    lw_options_free(member->options);
    memset(member, 0, sizeof *member);
}
