/**
 * The way from the start of a restart to now, one stage after each generation. What has been computed is kept as long
 * as nothing that it follows from has changed; so it is always what computing all of it afresh would give.
 */
#ifndef LABWATCH_OPTIMIZERS_CMAES_PATH_H
#define LABWATCH_OPTIMIZERS_CMAES_PATH_H

#include "cmaes_stage.h"
#include "generations.h"

/** So many stages are kept: a late result leads back to that before its generation. */
enum { LW_CMAES_KEPT = 8 };

typedef struct lw_cmaes_path {
    const lw_cmaes_layout *layout;   /**< borrowed, as manner */
    const lw_cmaes_manner *manner;
    lw_generations generations;
    lw_cmaes_stage stages[LW_CMAES_KEPT]; /**< that before generation k is stages[k % LW_CMAES_KEPT] */
    lw_cmaes_stage restarted;        /**< room for the start of a restart that no run is of yet */
    ptrdiff_t reached;               /**< how many generations have been learned from; -1: there is no start */
    ptrdiff_t first_kept;            /**< of which generation there is still the stage before */
    int64_t last_id;                 /**< what follows was computed without the results of later runs */
} lw_cmaes_path;

/** LW_OK or LW_ENOMEM; release it in either case. */
int lw_cmaes_path_init(lw_cmaes_path *path, const lw_cmaes_layout *layout, const lw_cmaes_manner *manner);
/** Accepts a zeroed one. */
void lw_cmaes_path_release(lw_cmaes_path *path);

/** Takes note of an observation. LW_OK or LW_ENOMEM. */
int lw_cmaes_path_note(lw_cmaes_path *path, const lw_observation *observation);

/** Where the next run belongs. */
typedef struct lw_cmaes_position {
    const lw_cmaes_stage *stage; /**< borrowed, until the path changes */
    int32_t restart;
    int64_t generation;
    size_t population;
} lw_cmaes_position;

/** Without the results of runs behind last_id. LW_OK or LW_ENOMEM. */
int lw_cmaes_path_follow(lw_cmaes_path *path, const lw_history *history, int64_t last_id, lw_cmaes_position *position);

#endif
