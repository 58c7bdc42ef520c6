/**
 * Which runs were drawn from which generation's distribution, as their memos say. It follows from the observations as a
 * set.
 *
 * A memo names a restart and, within it, a generation. Only the latest restart is kept. Runs without such a memo
 * (foreign ones, of other optimizers, drawn because nothing was free) are of no generation; they lie before or between
 * the others by their ids.
 */
#ifndef LABWATCH_OPTIMIZERS_CMAES_GENERATIONS_H
#define LABWATCH_OPTIMIZERS_CMAES_GENERATIONS_H

#include <labwatch/history.h>

/** A result, and the generation from which it was drawn. */
typedef struct lw_generation_member {
    int64_t id, number;
} lw_generation_member;

/** What is known of a run. */
typedef struct lw_generation_run {
    int64_t id, number;
    int32_t restart;       /**< -1: of no generation */
    bool is_result;
    bool is_elsewhere;     /**< the experiment's own, and its memo is another optimizer's */
} lw_generation_run;

typedef struct lw_generations {
    int32_t restart;           /**< the latest; 0 before there is any */
    int64_t first_id;          /**< the lowest id of a run of that restart, 0 if there is none */
    lw_generation_member *members; /**< its runs that are completed or failed, in the order of their ids */
    size_t n, capacity;
    lw_generation_run *runs;   /**< all, in the order of their ids */
    size_t n_runs, runs_capacity;
    uint64_t n_elsewhere;      /**< of them, the experiment's own ones that another optimizer suggested */
    int64_t *others;           /**< runs of no generation that have or had a result, in their order */
    size_t n_others, others_capacity;
    int64_t last_result;       /**< no result has a higher id; 0: none */
    bool is_stale;             /**< a run has changed its generation: to be made anew */
} lw_generations;

/** Accepts a zeroed one; it is then zeroed again. */
void lw_generations_release(lw_generations *generations);

/**
 * Takes note of an observation, new or changed. *first becomes the lesser of itself and the id from which on there is
 * something else to be learned now; INT64_MIN stands for all of it. LW_OK or LW_ENOMEM.
 */
int lw_generations_note(lw_generations *generations, const lw_observation *observation, int64_t *first);

/** The index of the first of others with a higher id. */
size_t lw_generations_others_after(const lw_generations *generations, int64_t id);

/** Writes restart and generation into a memo. */
void lw_generations_write(bson_t *memo, int32_t restart, int64_t number);

#endif
