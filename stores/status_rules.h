/**
 * What a run's status means, whoever asks: runs, narrow rows, documents of Sacred's.
 */
#ifndef LABWATCH_STATUS_RULES_H
#define LABWATCH_STATUS_RULES_H

#include <labwatch/run.h>

/**
 * What a run of that status teaches. cost is NaN where none is known. What completed without a usable cost is void, not
 * failed: its program worked, but nothing is known of it.
 */
lw_outcome lw_status_outcome(lw_status status, lw_failure failure, double cost);

/** How a run failed that does not say so itself: by its status. LW_FAILURE_NONE if that is no failure. */
lw_failure lw_status_failure(lw_status status);

#endif
