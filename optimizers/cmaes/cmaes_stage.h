/**
 * What CMA-ES knows between two generations, and what it learns from one.
 */
#ifndef LABWATCH_OPTIMIZERS_CMAES_STAGE_H
#define LABWATCH_OPTIMIZERS_CMAES_STAGE_H

#include <labwatch/history.h>

#include "cmaes.h"
#include "cmaes_layout.h"
#include "generations.h"

/** How it is to be done; from the options. */
typedef struct lw_cmaes_manner {
    uint64_t seed;
    size_t population;      /**< lambda of the first start */
    double sigma;           /**< of a start that knows nothing */
    bool restarts, adapts;
    lw_cmaes_covariance covariance;
    uint64_t n_diagonal;    /**< generations of a restart that learn variances only */
} lw_cmaes_manner;

typedef struct lw_cmaes_stage {
    lw_cmaes normal;        /**< of the columns */
    double *factor;         /**< n: the margin's, of columns with levels; 1 for the others */
    double *p;              /**< n_p: probabilities of choices */
    double best;            /**< lowest cost of the restart; infinite before there is one */
    size_t n_stalled;       /**< generations since then */
} lw_cmaes_stage;

/** LW_OK or LW_ENOMEM; release it in either case. */
int lw_cmaes_stage_init(lw_cmaes_stage *stage, const lw_cmaes_layout *layout, const lw_cmaes_manner *manner);
/** Accepts a zeroed one. */
void lw_cmaes_stage_release(lw_cmaes_stage *stage);
void lw_cmaes_stage_copy(lw_cmaes_stage *to, const lw_cmaes_stage *from, const lw_cmaes_layout *layout);

/** Points per generation of a restart: doubled with each. */
size_t lw_cmaes_population(const lw_cmaes_manner *manner, int32_t restart);

/** Whether there is nothing more to learn in this restart. */
bool lw_cmaes_stage_is_done(const lw_cmaes_stage *stage, const lw_cmaes_layout *layout, size_t population);

/** So many stages are kept: a late result leads back to that before its lesson. */
enum { LW_CMAES_KEPT = 12 };

/** What a lesson is from. */
typedef struct lw_cmaes_runs {
    const lw_generation_member *members;
    size_t n;
    const int64_t *others;  /**< ids of runs beside them, which are learned from only if they are better */
    size_t n_others;
    int64_t last_id;        /**< later runs have no result */
    const lw_cmaes_stage *stages; /**< LW_CMAES_KEPT: generation k was drawn from stages[k % LW_CMAES_KEPT] */
    int64_t oldest, latest; /**< there are those of these generations; older ones count as the oldest */
} lw_cmaes_runs;

/**
 * Begins a restart. The first one begins from what the n others have found, if there are any completed; a later one
 * somewhere. LW_OK or LW_ENOMEM.
 */
int lw_cmaes_stage_start(lw_cmaes_stage *stage, const lw_cmaes_layout *layout, const lw_cmaes_manner *manner,
                         int32_t restart, const lw_history *history, const lw_cmaes_runs *runs);

/** Learns from runs. stage: a copy of that of the latest generation. LW_OK or LW_ENOMEM. */
int lw_cmaes_stage_learn(lw_cmaes_stage *stage, const lw_cmaes_layout *layout, const lw_cmaes_manner *manner,
                         size_t population, const lw_history *history, const lw_cmaes_runs *runs);

/**
 * Turns a point u (d) of the unit cube into the coordinates of a configuration: uniform points become points of the
 * distribution, and what lies beyond the space comes to its border. wide >= 1: so much farther from the mean than
 * usual. room: 2 n numbers.
 */
void lw_cmaes_stage_draw(const lw_cmaes_stage *stage, const lw_cmaes_layout *layout, double wide, double *u,
                         double *room);

#endif
