/**
 * What a Gaussian process believes after a history: the fitted models, with the pending runs' values as samples.
 */
#ifndef LABWATCH_OPTIMIZERS_GP_BELIEF_H
#define LABWATCH_OPTIMIZERS_GP_BELIEF_H

#include "acquisition.h"
#include "data.h"
#include "gp_fit.h"
#include "output_transform.h"

/** How to model: the optimizer's options. */
typedef struct lw_gp_manner {
    lw_kernel kernel;
    lw_transform_kind transform;
    double noise;      /**< variance relative to that of the costs; negative: learned */
    size_t n_samples;  /**< of the hyperparameters by MCMC; 0: the best ones (MAP) */
    uint64_t seed;     /**< of the experiment */
} lw_gp_manner;

/** Hyperparameters that an earlier suggestion found. */
typedef struct lw_gp_found {
    size_t n;            /**< observations they were fitted to; 0: there are none */
    const double *theta; /**< G + 2 */
} lw_gp_found;

typedef struct lw_gp_belief {
    lw_gp_data data;
    lw_output_transform transform;
    double *z;             /**< n: transformed costs */
    double *mean;          /**< n: posterior mean at each observation, of the first model */
    size_t best;           /**< where that is lowest */
    double *theta;         /**< G + 2: of the first model */
    bool is_fitted;        /**< theta belongs to this suggestion, and is to be kept in its run */
    size_t n_models;
    lw_gp *gps;
    lw_acquisition_model *models; /**< with the samples of pending values */
    double *normals, *bests;      /**< what models point to */
    lw_gp feasibility;
    bool has_feasibility;
} lw_gp_belief;

/**
 * Believes data (which it takes over, also if it fails). Hyperparameters are those that are known; known NULL: they
 * are fitted, beginning from start (if anything was found then) and from the prior's mode. number: of the suggestion,
 * for the samples. data->n may be 0 if there are failures. LW_OK, LW_ENOMEM or LW_ENUMERIC; release it in either case.
 */
int lw_gp_believe(lw_gp_belief *belief, lw_gp_data *data, const lw_gp_columns *columns, const lw_gp_manner *manner,
                  const lw_gp_found *start, const lw_gp_found *known, uint64_t number, lw_error *error);
/** Accepts a zeroed one. */
void lw_gp_belief_release(lw_gp_belief *belief);

/* The parts of lw_gp_believe, each in a file of its own. LW_OK, LW_ENOMEM or LW_ENUMERIC. */

/** How hyperparameters are fitted. */
extern const lw_gp_fit_settings lw_gp_belief_fit;

/** Most observations whose values are sampled. */
enum { LW_GP_MAX_UNCERTAIN = 8 };

/**
 * Appends rows of pending runs, and under noise of the best observations, and samples their values: fills in models.
 */
int lw_gp_imagine(lw_gp_belief *belief, uint64_t seed, uint64_t number);

/** So many failures are seen at most, and as many observations. */
enum { LW_GP_MAX_FEASIBILITY_ROWS = 150 };

/** Fits the process of what works, in a space of d parameters. What cannot be fitted is left out. */
int lw_gp_believe_feasibility(lw_gp_belief *belief, size_t d);

#endif
