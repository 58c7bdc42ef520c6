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
    LW_STOP_REQUEUE, /**< end the children; their runs go back to QUEUED (SIGTERM) */
    LW_STOP_KILL     /**< as the one before, or LW_STOP_NOW, but kill them without grace (third SIGINT) */
} lw_stop;

/** Something happened to a run, or (run NULL) time went by. Borrowed for the call. */
typedef struct lw_progress {
    int64_t run_id;         /**< 0: none */
    bool started;           /**< the run began; else it ended */
    lw_outcome outcome;     /**< LW_VOID: interrupted; LW_PENDING: it has none from here, as it was given back or taken away */
    lw_failure failure;
    double result;          /**< in the user's sign; NaN if not completed */
    const char *reason;     /**< NULL, or a sentence on what was not completed */
    const bson_t *config;
    int running;            /**< children right now */
    bool waiting;           /**< the budget is given out; others still work on some of it */
    lw_stop stop;           /**< the hardest that was asked for so far */
    lw_standing standing;
} lw_progress;

typedef struct lw_runner_setup {
    int jobs;                   /**< children at a time; 0 is 1 */
    double max_time_s;          /**< take nothing new after this time; 0: no limit */
    const char *space;          /**< NULL: the default one */
    const char *const *command; /**< words in place of the experiment's, NULL-terminated; NULL: the experiment's */
    const char *store_url;      /**< for LABWATCH_STORE and the spool; NULL: neither, and a result whose store is away ends the runner */
    const char *spool;          /**< folder for results whose store is away; NULL: $LABWATCH_SPOOL or the XDG state folder */
    double grace_s;             /**< between TERM and KILL; 0 is 10 */
    lw_stop (*stop)(void *self);                            /**< may be NULL */
    void (*progress)(void *self, const lw_progress *event); /**< may be NULL */
    void (*warn)(void *self, const char *sentence);         /**< store away, result spooled, …; may be NULL */
    void *self;
    /**
     * folder for LABWATCH_CHECKPOINT, which must be there; NULL: $LABWATCH_CHECKPOINTS, what the experiment says, or the
     * XDG state folder. Without store_url there are no checkpoints
     */
    const char *checkpoints;
} lw_runner_setup;

typedef struct lw_runner_summary {
    int64_t completed, failed, interrupted, requeued; /**< by this runner */
    int64_t spooled;     /**< results of this runner that wait for their store */
    int why;             /**< LW_BUDGET_REACHED (or the target), LW_EXHAUSTED, LW_EINTERRUPTED, LW_OK: time was up, LW_PAUSED: during a pause */
    char sentence[256];  /**< why it ended, for people */
} lw_runner_summary;

/**
 * Runs until the experiment's budget is used (waiting for what others hold), its target reached, its space exhausted, the time up or the caller
 * says stop. LW_OK then, and summary says which.
 *
 * - What others beat for is waited for, and taken over if it dies and may be tried again; what `suggest` gave to nobody in particular is not.
 * - While the experiment is paused it waits. While the store is away it tries again, ever more rarely; results wait in the spool.
 * - A command that cannot be executed at all (not found, not executable) is no fault of the configuration, unless that chooses the program: its run
 *   goes back to the queue, and this ends with LW_EINVAL. So does, with its runs recorded as failed, a runner of which 20 runs in a row crashed
 *   within a second each, if no run of the experiment has ever been completed.
 * - Another error of the store lets the children end, keeps their results in the spool, and is returned.
 *
 * A child may keep files in the folder LABWATCH_CHECKPOINT. If its run goes back to the queue, or dies and is tried again, the next attempt has
 * them there. The folder is removed with the run's outcome.
 *
 * The result is the number or JSON object in the file LABWATCH_RESULT if one is written; else what the experiment's regular expression finds; else
 * the last line of standard output, if that is a JSON object with the objective in it (which it must have if the experiment names one); else the last
 * number on that line. The child's time, memory and exit code stand in the run's info.
 */
LW_EXPORT int lw_runner_run(lw_assistant *assistant, const lw_runner_setup *setup, lw_runner_summary *summary, lw_error *error);

/**
 * Executes one run that `suggest` gave or that is queued. Where summary says failed (or interrupted, or requeued), *error has the sentence
 * and the return value is still LW_OK. LW_ECONFLICT: it could not be taken, or was taken away meanwhile.
 */
LW_EXPORT int lw_runner_exec(lw_assistant *assistant, int64_t run_id, const lw_runner_setup *setup, lw_runner_summary *summary,
                             lw_error *error);

/**
 * Keeps a result for later, in the spool folder (NULL: the default one), in a file of its own. Durable when it returns
 * LW_OK. A relative sqlite: file is taken to be in this folder. What could not be read again, as the file would be
 * larger than 64 MiB or nested deeper than 100, is left out (document and info, if need be the output, too): the number
 * stays.
 */
LW_EXPORT int lw_spool_put(const char *folder, const char *store_url, const char *experiment, int64_t run_id, const lw_result *result,
                           lw_error *error);
/**
 * The name under which the spool knows a store: its public URL (lw_store_public_url), where a relative file of SQLite's
 * becomes absolute, as the next process may be in another folder. Yours to lw_free.
 */
LW_EXPORT int lw_spool_identity(char **out, const char *store_url, lw_error *error);
/**
 * A result that waits: the store's name (lw_spool_identity), the experiment, the run; a file that is no result: NULL, its name, 0.
 * Borrowed for the call.
 */
typedef int lw_spool_fn(void *arg, const char *store, const char *experiment, int64_t run_id);
/** Shows each result that waits in the folder (NULL: the default one), whatever its store. visit ends it by returning anything but LW_OK. */
LW_EXPORT int lw_spool_each(const char *folder, lw_spool_fn *visit, void *arg, lw_error *error);
/**
 * Delivers what the spool has for this store and experiment; how many in *delivered, how many stay in *left. Safe
 * against several processes at once. A file that is damaged, or whose result the store refuses for good, gets the ending
 * .bad. What the store does not take now stays, and does not keep the others waiting, unless the store is away or has
 * taken none of ten in a row. Neither is a failure, and *error then has a sentence on the first file that got .bad, or
 * else on the first that the store did not take (with LW_OK; else the sentence is empty).
 */
LW_EXPORT int lw_spool_deliver(const char *folder, const char *store_url, lw_assistant *assistant, size_t *delivered, size_t *left,
                               lw_error *error);

LW_END_DECLS

#endif
