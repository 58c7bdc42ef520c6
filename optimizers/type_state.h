/**
 * Telling the state of an optimizer type of observations: for whoever keeps such a state.
 */
#ifndef LABWATCH_TYPE_STATE_H
#define LABWATCH_TYPE_STATE_H

#include <labwatch/sys/optimizer.h>

/** The type's update; LW_OK for a type without one, and for no observations. */
int lw_type_tell(const lw_optimizer_type *type, void *state, const lw_history *history,
                 const lw_observation *const *changed, size_t n, lw_error *error);

/** Tells of the whole history, in its order, a portion at a time. Ends with what is not LW_OK. */
int lw_type_tell_all(const lw_optimizer_type *type, void *state, const lw_history *history, lw_error *error);

#endif
