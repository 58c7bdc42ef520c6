/**
 * How much of what a model of the costs says hangs on each parameter.
 */
#ifndef LABWATCH_OPTIMIZERS_RELEVANCE_H
#define LABWATCH_OPTIMIZERS_RELEVANCE_H

#include <labwatch/config.h>

/** A model's mean at a configuration (coordinates: u, d), in units in which costs have a deviation of about 1. */
typedef double lw_model_mean(void *model, const lw_config *config, const double *u);

typedef struct lw_ranked_parameter {
    double relevance;
    size_t parameter;
} lw_ranked_parameter;

/**
 * Total-effect indices of a model's mean (Homma and Saltelli, Reliability Engineering and System Safety 52, 1996): the
 * share of its variance over the space that is left when all other parameters are known, so that what parameters do
 * together counts for each of them; in hundredths. 0: the parameter makes no difference. NaN where constraints leave
 * nothing to compare. order (d): the most relevant first, those of no known relevance last. The seed decides where the
 * space is sampled: at 256 points, if constraints leave as many. LW_OK or LW_ENOMEM. O(d), 256 times, in means.
 */
int lw_relevance_rank(const lw_space *space, lw_model_mean *mean, void *model, uint64_t seed,
                      lw_ranked_parameter *order);

#endif
