/**
 * Costs under a new goal or objective.
 */
#ifndef LABWATCH_RECOST_H
#define LABWATCH_RECOST_H

#include <labwatch/assistant.h>

/**
 * Recomputes the cost of every completed run from its result, then says in the record that it is done and raises the epoch. Safe to repeat: who
 * finds it begun and not ended does it again.
 */
int lw_assistant_recost(lw_assistant *assistant, lw_error *error);

#endif
