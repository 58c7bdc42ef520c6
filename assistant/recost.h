/**
 * Costs under a new goal or objective.
 *
 * Processes that were opened before it do not hear of it as long as they only observe: it costs them one operation,
 * without a look at the experiment. So who redefines an experiment leaves the revision in each of its runs; a result
 * that comes from somebody who does not know that revision is recorded under what the experiment says then. Runs that
 * are not there yet cannot be added by anybody who has not heard of it, since it takes the next id.
 */
#ifndef LABWATCH_RECOST_H
#define LABWATCH_RECOST_H

#include <labwatch/assistant.h>

/**
 * After the record was put with a new goal or objective: takes an id, recomputes the cost of every run from its result,
 * and leaves the record's revision in it; then says in the record that it is done and raises the epoch. Safe to repeat:
 * who finds it begun and not ended does it again.
 */
int lw_assistant_recost(lw_assistant *assistant, int64_t revision, lw_error *error);

/** The run's cost, as its result has it under the experiment's goal and objective. */
void lw_run_recost(lw_run *run, const lw_experiment *experiment);

#endif
