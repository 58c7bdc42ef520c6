/**
 * Estimators of one part of the history, the good runs or the others: one for each group of parameters.
 *
 * Together they are one mixture over the whole space, with a kernel for each run. A group's estimator is its
 * conditional density, given that the group is active, and the values that the groups before it have got: it consists
 * of the runs in which the group is active, and each counts for as much as its kernels explain these values.
 */
#ifndef LABWATCH_OPTIMIZERS_TPE_DENSITY_H
#define LABWATCH_OPTIMIZERS_TPE_DENSITY_H

#include "groups.h"
#include "split.h"

/** The estimator of one group. */
typedef struct lw_tpe_marginal {
    lw_parzen parzen;
    size_t *member; /**< for each of its observations, which of the part's runs it is */
    size_t capacity;
} lw_tpe_marginal;

/** Zero-initialise it. */
typedef struct lw_tpe_density {
    const lw_tpe_groups *groups; /**< borrowed */
    const lw_tpe_part *part;     /**< borrowed */
    double prior_weight;
    lw_tpe_marginal *marginals; /**< one for each group */
    double *evidence;           /**< part->n: logarithms of what the runs' kernels explain of the values so far */
    double prior_evidence;      /**< the same of the prior's */
    size_t capacity;
} lw_tpe_density;

/** How narrow the kernels of n runs of a part in d parameters may be. */
typedef double lw_tpe_narrowest(const lw_tpe_part *part, size_t n, size_t d);

/** LW_OK or LW_ENOMEM. */
int lw_tpe_density_fit(lw_tpe_density *density, const lw_tpe_groups *groups, const lw_history_rows *rows,
                       const lw_tpe_part *part, lw_tpe_narrowest *narrowest, double prior_weight, lw_error *error);

/** Accepts a zeroed one. */
void lw_tpe_density_release(lw_tpe_density *density);

/** No group has values. */
void lw_tpe_density_begin(lw_tpe_density *density);

/** The estimator of group g, given the values so far. Lent until the next call. */
const lw_parzen *lw_tpe_density_given(lw_tpe_density *density, size_t g);

/** Group g has the values x, in cells of that width (as lw_parzen_log_density). */
void lw_tpe_density_observe(lw_tpe_density *density, size_t g, const double *x, const double *width);

#endif
