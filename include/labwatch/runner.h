/**
 * The runner: takes runs, executes their commands, and feeds the results back.
 */
#ifndef LABWATCH_RUNNER_H
#define LABWATCH_RUNNER_H

#include <labwatch/assistant.h>

LW_BEGIN_DECLS

/** How hard to stop; asked again and again while the runner works. */
typedef enum lw_stop {
    LW_STOP_NOT,
    LW_STOP_SOON,    /**< take nothing new, let children end (first SIGINT) */
    LW_STOP_NOW,     /**< end the children; their runs are INTERRUPTED (second SIGINT) */
    LW_STOP_REQUEUE  /**< end the children; their runs go back to QUEUED (SIGTERM) */
} lw_stop;

/** Something happened to a run, or (run NULL) time went by. Borrowed for the call. */
typedef struct lw_progress {
    int64_t run_id;         /**< 0: none */
    bool started;           /**< the run began; else it ended */
    lw_outcome outcome;
    lw_failure failure;
    double result;          /**< in the user's sign; NaN if not completed */
    const char *reason;     /**< NULL, or a sentence on a failure */
    const bson_t *config;
    int running;            /**< children right now */
    bool waiting;           /**< the budget is given out; others still work on some of it */
    lw_standing standing;
} lw_progress;

typedef struct lw_runner_setup {
    int jobs;                   /**< children at a time; 0 is 1 */
    double max_time_s;          /**< take nothing new after this time; 0: no limit */
    const char *space;          /**< NULL: the default one */
    const char *const *command; /**< words in place of the experiment's, NULL-terminated; NULL: the experiment's */
    const char *store_url;      /**< for LABWATCH_STORE */
    const char *spool;          /**< folder for results whose store is away; NULL: $LABWATCH_SPOOL or the XDG state folder */
    double grace_s;             /**< between TERM and KILL; 0 is 10 */
    lw_stop (*stop)(void *self);                            /**< may be NULL */
    void (*progress)(void *self, const lw_progress *event); /**< may be NULL */
    void (*warn)(void *self, const char *sentence);         /**< store away, result spooled, …; may be NULL */
    void *self;
} lw_runner_setup;

typedef struct lw_runner_summary {
    int64_t completed, failed, interrupted, requeued; /**< by this runner */
    int64_t spooled;     /**< results that wait for their store */
    int why;             /**< LW_BUDGET_REACHED, LW_EXHAUSTED, LW_PAUSED, LW_EINTERRUPTED, or LW_OK: time was up */
    char sentence[256];  /**< why it ended, for people */
} lw_runner_summary;

/** Runs until the experiment's budget is used (waiting for what others hold), its target reached, its space exhausted, the time up or the caller says stop. */
LW_EXPORT int lw_runner_run(lw_assistant *assistant, const lw_runner_setup *setup, lw_runner_summary *summary, lw_error *error);

/** Executes one run that `suggest` gave or that is queued. Where summary says failed, *error has the sentence and the return value is still LW_OK. */
LW_EXPORT int lw_runner_exec(lw_assistant *assistant, int64_t run_id, const lw_runner_setup *setup, lw_runner_summary *summary,
                             lw_error *error);

/** Keeps a result for later, in the spool folder (NULL: the default one), in a file of its own. Durable when it returns LW_OK. A relative sqlite: file is taken to be in this folder. */
LW_EXPORT int lw_spool_put(const char *folder, const char *store_url, const char *experiment, int64_t run_id, const lw_result *result,
                           lw_error *error);
/**
 * Delivers what the spool has for this store and experiment; how many in *delivered, how many stay in *left. Safe against several
 * processes at once. A file that is damaged, or whose result the store refuses for good, gets the ending .bad; that is no failure, and *error then has
 * a sentence on the first one (with LW_OK; else the sentence is empty).
 */
LW_EXPORT int lw_spool_deliver(const char *folder, const char *store_url, lw_assistant *assistant, size_t *delivered, size_t *left,
                               lw_error *error);

LW_END_DECLS

#endif
