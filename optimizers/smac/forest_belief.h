/**
 * What a forest believes after a history, and what it hopes for.
 */
#ifndef LABWATCH_FOREST_BELIEF_H
#define LABWATCH_FOREST_BELIEF_H

#include "forest_data.h"

/** How costs are made fit for a forest. */
typedef enum lw_forest_costs {
    LW_FOREST_COSTS_LOG, /**< lw_log_scale */
    LW_FOREST_COSTS_NONE,
    LW_FOREST_COSTS_WINSORIZE,
    LW_FOREST_COSTS_POWER,
    LW_FOREST_COSTS_RANK
} lw_forest_costs;

typedef struct lw_forest_belief {
    lw_forest forest;
    double *mean, *variance; /**< n_completed: at the completed runs */
    double best;             /**< the lowest mean of them */
    double xi;               /**< how much better than that is an improvement */
} lw_forest_belief;

/**
 * Fits a forest to the rows, of which some are completed. Failed runs count as the worst cost there is. Pending ones
 * are put into the leaves with the mean that the forest foretells, so that it is a little surer of itself there. LW_OK
 * or LW_ENOMEM; release it in either case.
 */
int lw_forest_believe(lw_forest_belief *belief, const lw_forest_columns *columns, const lw_forest_rows *rows,
                      lw_forest_costs costs, const lw_forest_settings *settings, lw_error *error);
/** Accepts a zeroed one. */
void lw_forest_belief_release(lw_forest_belief *belief);

/** Logarithms of the expected improvement (value, n) at rows of X (n x d); room: 2 n. */
void lw_forest_hope(const lw_forest_belief *belief, size_t n, const double *X, double *room, double *value);

#endif
