/**
 * The history in two: the runs with the lowest costs, and all others.
 */
#ifndef LABWATCH_OPTIMIZERS_TPE_SPLIT_H
#define LABWATCH_OPTIMIZERS_TPE_SPLIT_H

#include "history_rows.h"

/** So many are the best, at most, and about so many of the others are looked at. */
enum { LW_TPE_MAX_GOOD = 50, LW_TPE_MAX_BAD = 2000 };

/** Some rows of a history, in their order. */
typedef struct lw_tpe_part {
    size_t n, capacity;
    size_t *row;
    double *weight; /**< what they count for: the latest 25 one each, older ones less and less */
    size_t n_runs;  /**< how many there are in both parts, those included that are not looked at */
} lw_tpe_part;

/** Zero-initialise it. */
typedef struct lw_tpe_split {
    lw_tpe_part good, bad;
} lw_tpe_split;

/**
 * good: the share gamma of the completed runs up to fit_last_id, rounded up, those of equal cost by their ids. bad: the
 * others, what failed, and what is pending, as is everything later; of more than LW_TPE_MAX_BAD the latest half as
 * many, and an even share of those before, which then count for the others, too. LW_OK or LW_ENOMEM.
 */
int lw_tpe_split_rows(lw_tpe_split *split, const lw_history_rows *rows, int64_t fit_last_id, double gamma,
                      lw_error *error);

/** Accepts a zeroed one. */
void lw_tpe_split_release(lw_tpe_split *split);

#endif
