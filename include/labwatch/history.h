/**
 * Observations and the history of a search space: what an optimizer learns from.
 *
 * A history is a set of observations kept in the order of their run ids. Putting the same observations in any
 * order and any portions gives the same history.
 */
#ifndef LABWATCH_HISTORY_H
#define LABWATCH_HISTORY_H

#include <labwatch/config.h>

LW_BEGIN_DECLS

typedef enum lw_outcome {
    LW_PENDING,   /**< no outcome yet: suggested, queued, running, or died and open */
    LW_COMPLETED, /**< has a cost */
    LW_FAILED,    /**< the config caused a failure, see lw_failure */
    LW_VOID       /**< interrupted, removed, or ended without a cost: teaches nothing, and its config is free again */
} lw_outcome;

/** Why a run failed. */
typedef enum lw_failure {
    LW_FAILURE_NONE,
    LW_FAILURE_CRASH,
    LW_FAILURE_TIMEOUT,
    LW_FAILURE_NAN,
    LW_FAILURE_MEMORY,
    LW_FAILURE_DIED, /**< the machine's fault: pending to optimizers */
    LW_FAILURE_USER
} lw_failure;

/** "crash", "timeout", "nan", "memory", "died", "user"; "" for none. Static. */
LW_EXPORT const char *lw_failure_name(lw_failure failure);
/** The failure of that name, LW_FAILURE_NONE for others. */
LW_EXPORT lw_failure lw_failure_by_name(const char *name);

/** A config and what is known of it. Zero-initialise with lw_observation_init: what is not known is NaN or NULL. */
typedef struct lw_observation {
    int64_t run_id;          /**< > 0; one observation for each */
    lw_outcome outcome;
    lw_failure failure;
    bool foreign;            /**< not suggested by this experiment (imported, Sacred's): does not count in the number */
    const lw_config *config; /**< of the history's space */
    double cost;             /**< to be minimised; finite if completed, else ignored and NaN in a history */
    double fidelity;         /**< NaN: full */
    int32_t replicate;       /**< 0, 1, … for repeats of one config */
    double duration_s;       /**< NaN: not known */
    double noise;            /**< variance of cost if the user knows it, else NaN */
    const double *costs;     /**< all objectives, costs[0] == cost; NULL with one objective */
    size_t n_costs;
    const double *constraints; /**< outcome constraints, satisfied when <= 0, NaN where not known; NULL without */
    size_t n_constraints;
    const bson_t *memo;      /**< what the optimizer left in the run; NULL if nothing */
} lw_observation;

LW_EXPORT void lw_observation_init(lw_observation *observation);

typedef struct lw_history lw_history;

/** An empty history of a space (retained). Yours to free. */
LW_EXPORT int lw_history_new(lw_history **out, const lw_space *space, lw_error *error);
/** Accepts NULL. */
LW_EXPORT void lw_history_free(lw_history *history);
LW_EXPORT const lw_space *lw_history_space(const lw_history *history);

/**
 * Copies the observation in; replaces the one of the same run id. O(1) amortised at the end, O(n) in the middle. What the
 * machine caused (LW_FAILED with LW_FAILURE_DIED) is kept as LW_PENDING; costs are kept of completed observations only.
 * LW_EINVAL: the run id is not positive, the config of another space, a cost of a completed observation not finite.
 */
LW_EXPORT int lw_history_put(lw_history *history, const lw_observation *observation, lw_error *error);
LW_EXPORT void lw_history_clear(lw_history *history);

LW_EXPORT size_t lw_history_n(const lw_history *history);
/** The i-th in the order of run ids. Valid until the history changes. */
LW_EXPORT const lw_observation *lw_history_get(const lw_history *history, size_t i);
/** The observation of a run, NULL if there is none. O(log n). */
LW_EXPORT const lw_observation *lw_history_find(const lw_history *history, int64_t run_id);

/** How many are completed, pending, failed, void; how many are the experiment's own (not foreign; void ones, too). O(1). */
LW_EXPORT size_t lw_history_n_outcome(const lw_history *history, lw_outcome outcome);
LW_EXPORT size_t lw_history_n_own(const lw_history *history);

/** The completed observation with the lowest cost, the earliest among equals; NULL if none is completed. O(1) mostly. */
LW_EXPORT const lw_observation *lw_history_best(const lw_history *history);

/** How many observations that are not void have this config (at this fidelity: NaN equals NaN). O(1) mostly. */
LW_EXPORT size_t lw_history_count(const lw_history *history, const lw_config *config, double fidelity);

/**
 * 16 bytes of what an optimizer reads: all of the observations but their durations, from which no suggestion may follow. The
 * same for equal histories, whatever order they were put in. O(n) the first time, then only what changed.
 */
LW_EXPORT void lw_history_digest(const lw_history *history, uint8_t out[LW_DIGEST_SIZE]);

LW_END_DECLS

#endif
