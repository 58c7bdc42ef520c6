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

/**
 * After a result was recorded: if others have redefined the goal or objective since the assistant was opened, recomputes the cost of the run under
 * theirs, and has the record say that costs are to be looked at. Costs next to nothing if the record is as it was.
 */
int lw_assistant_recost_run(lw_assistant *assistant, int64_t id, lw_error *error);

#endif
