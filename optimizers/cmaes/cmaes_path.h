/**
 * The way from the start of a restart to now: a lesson from each so many results, and a stage after each lesson. What has
 * been computed is kept as long as nothing that it follows from has changed; so it is always what computing all of it
 * afresh would give.
 *
 * A lesson takes the next results in the order of their ids, until it has as many as the population that were drawn from
 * one of the latest few generations. With one run after the other these are one generation. Where runs overlap, results
 * of an earlier generation are learned from together with those of a later one: otherwise a generation, and what is
 * learned once for it, would grow by the number of workers.
 */
#ifndef LABWATCH_OPTIMIZERS_CMAES_PATH_H
#define LABWATCH_OPTIMIZERS_CMAES_PATH_H

#include "cmaes_stage.h"

/** Where a lesson ends. */
typedef struct lw_cmaes_lesson {
    size_t end;      /**< so many members are learned from then */
    int64_t last_id; /**< of the last one of these */
} lw_cmaes_lesson;

typedef struct lw_cmaes_path {
    const lw_cmaes_layout *layout;   /**< borrowed, as manner */
    const lw_cmaes_manner *manner;
    lw_generations generations;
    lw_cmaes_lesson *lessons;        /**< those that were reached */
    size_t capacity;
    lw_cmaes_stage stages[LW_CMAES_KEPT]; /**< that before lesson k is stages[k % LW_CMAES_KEPT] */
    lw_cmaes_stage restarted;        /**< room for the start of a restart that no run is of yet */
    ptrdiff_t reached;               /**< how many lessons have been learned; -1: there is no start */
    ptrdiff_t first_kept;            /**< of which lesson there is still the stage before */
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
