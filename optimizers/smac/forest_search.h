/**
 * Where a forest hopes for most: the best of quasi-random points, and of walks from neighbour to neighbour that begin
 * at the best runs and at the best of those points.
 */
#ifndef LABWATCH_FOREST_SEARCH_H
#define LABWATCH_FOREST_SEARCH_H

#include <labwatch/sys/optimizer.h>

#include "forest_belief.h"
#include "sobol.h"

typedef struct lw_forest_search {
    const lw_forest_belief *belief;
    const lw_forest_columns *columns;
    const lw_forest_rows *rows;
    const lw_request *request;
    lw_sobol *sobol;    /**< d */
    size_t n_points;    /**< quasi-random ones */
    size_t n_starts;    /**< of walks, of either kind */
    lw_config *config;  /**< room for a configuration */
} lw_forest_search;

/**
 * Puts the most promising configuration that is valid and not taken into out (coordinates, d). LW_OK; LW_ENOTFOUND if
 * there was none among those that were looked at; or LW_ENOMEM.
 */
int lw_forest_search_run(const lw_forest_search *search, double *out);

#endif
