/**
 * An optimizer inside another one: its type, with the default options, and its state.
 */
#ifndef LABWATCH_OPTIMIZERS_AUTO_MEMBERS_H
#define LABWATCH_OPTIMIZERS_AUTO_MEMBERS_H

#include <labwatch/sys/optimizer.h>

/** Zero-initialise it. */
typedef struct lw_member {
    const lw_optimizer_type *type; /**< NULL until it is prepared */
    lw_options *options;
    lw_optimizer_setup setup;
    void *state;
} lw_member;

/** Makes the state (space, seed of outer), and tells it of the history. Release the member if it fails. */
int lw_member_prepare(lw_member *member, const lw_optimizer_type *type, const lw_optimizer_setup *outer,
                      const lw_history *history, lw_error *error);

/** The type's update, if the member is prepared and its type has one. */
int lw_member_update(lw_member *member, const lw_history *history, const lw_observation *const *changed, size_t n,
                     lw_error *error);

/** Accepts a zeroed one, and leaves it so. */
void lw_member_release(lw_member *member);

#endif
