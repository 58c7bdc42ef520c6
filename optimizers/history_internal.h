/**
 * What this room needs of a history beside history.h.
 */
#ifndef LABWATCH_HISTORY_INTERNAL_H
#define LABWATCH_HISTORY_INTERNAL_H

#include <labwatch/history.h>

/** Whether lw_history_put would take the observation, memory aside: LW_OK, or LW_EINVAL. */
int lw_history_check(const lw_history *history, const lw_observation *observation, lw_error *error);

/** Digest of one observation, as a number: those of a history are added up. */
unsigned __int128 lw_observation_digest(const lw_observation *observation);

#endif
