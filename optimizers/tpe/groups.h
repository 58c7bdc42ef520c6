/**
 * Parameters that are active together, as columns of a Parzen estimator.
 */
#ifndef LABWATCH_OPTIMIZERS_TPE_GROUPS_H
#define LABWATCH_OPTIMIZERS_TPE_GROUPS_H

#include <labwatch/space.h>

#include "parzen.h"

/** Parameters with the same condition. */
typedef struct lw_tpe_group {
    size_t n;                  /**< parameters */
    size_t *parameter;         /**< n: their numbers in the space */
    lw_parzen_column *columns; /**< n */
    bool is_conditional;
} lw_tpe_group;

typedef struct lw_tpe_groups {
    size_t d, n;
    bool together;             /**< parameters with the same condition are one group, else each is one */
    lw_tpe_group *items;       /**< n: each behind those that its condition reads */
    size_t *parameters;        /**< d: what groups point to */
    lw_parzen_column *columns; /**< d */
    double *ends;
} lw_tpe_groups;

/** LW_OK or LW_ENOMEM; release it in either case. */
int lw_tpe_groups_init(lw_tpe_groups *groups, const lw_space *space, bool together, lw_error *error);
/** Accepts a zeroed one. */
void lw_tpe_groups_release(lw_tpe_groups *groups);

/** How wide the cell at coordinate u is where a parameter of many levels counts as a number; 0 without levels. */
double lw_tpe_cell_width(const lw_space *space, size_t parameter, double u);

#endif
