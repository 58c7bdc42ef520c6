/**
 * The history in two: the runs with the lowest costs, and all others.
 */
#ifndef LABWATCH_OPTIMIZERS_TPE_SPLIT_H
#define LABWATCH_OPTIMIZERS_TPE_SPLIT_H

#include "history_rows.h"

/** So many are the best, at most. */
enum { LW_TPE_MAX_GOOD = 25 };

/** Zero-initialise it. */
typedef struct lw_tpe_split {
    size_t n_good, n_bad, capacity;
    size_t *good, *bad; /**< rows, in their order */
} lw_tpe_split;

/**
 * good: the share gamma of the completed runs up to fit_last_id, rounded up, those of equal cost by their ids. bad: the
 * others, what failed, and what is pending, as is everything later. LW_OK or LW_ENOMEM.
 */
int lw_tpe_split_rows(lw_tpe_split *split, const lw_history_rows *rows, int64_t fit_last_id, double gamma,
                      lw_error *error);

/** Accepts a zeroed one. */
void lw_tpe_split_release(lw_tpe_split *split);

#endif
