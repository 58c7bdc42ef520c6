/**
 * Reservations: the run id is the reservation. A run is inserted under the id that follows the highest one seen; if somebody
 * else was first, one looks again.
 */
#ifndef LABWATCH_RESERVE_H
#define LABWATCH_RESERVE_H

#include "draft.h"

/** The store at one moment: what a reservation is made for. */
typedef struct lw_moment {
    lw_run_counts counts;
    lw_live live;
    double insertion_s; /**< set by lw_reserve: how long the store took */
} lw_moment;

/** Looks at the store now. LW_ECONFLICT or LW_ENOTFOUND if the experiment is no longer what was opened. */
int lw_moment_take(lw_assistant *assistant, lw_moment *out, lw_error *error);

/** LW_BUDGET_REACHED with a sentence if no run may be added in that moment. */
int lw_moment_check_budget(const lw_assistant *assistant, const lw_moment *moment, lw_error *error);

/**
 * Inserts the draft under the id behind those of the moment. LW_OK, also if only the reply was lost. LW_ECONFLICT: somebody was
 * first; take another moment. LW_EUNAVAILABLE: the store is away; if it may have been done all the same, the assistant has a doubt.
 */
int lw_reserve(lw_assistant *assistant, lw_draft *draft, lw_moment *moment, lw_error *error);

#endif
