/**
 * The LabAssistant: an experiment in a store, ready to suggest configurations and to take their results.
 *
 *     lw_assistant *assistant = NULL;
 *     lw_assistant_open(&assistant, store, experiment, NULL, &error);
 *     lw_assignment run;
 *     while (lw_assistant_suggest(assistant, NULL, &run, &error) == LW_OK) {
 *         lw_result result = lw_result_of_value(train(run.config));
 *         lw_assistant_observe(assistant, run.id, &result, &error);
 *         lw_assignment_release(&run);
 *     }
 *     lw_assistant_close(assistant);
 *
 * All functions may be called from several threads with one assistant: suggestions are made one after the other,
 * everything else goes on meanwhile. Other processes, on other machines too, may work on the same experiment in the same store. After a fork
 * only the parent may go on using the assistant and its store; the child may close them.
 * Callbacks of all kinds run on the thread that calls; an optimizer's functions run with a lock of the assistant held.
 */
#ifndef LABWATCH_ASSISTANT_H
#define LABWATCH_ASSISTANT_H

#include <labwatch/experiment.h>
#include <labwatch/optimizer.h>
#include <labwatch/store.h>

LW_BEGIN_DECLS

typedef struct lw_assistant lw_assistant;

/** How an assistant is opened. Zero-initialise what you do not use. */
typedef struct lw_assistant_setup {
    const lw_clock *clock;                     /**< NULL: the system's */
    const lw_optimizer_type *const *optimizers; /**< the caller's own types, NULL-terminated, beside the registered ones */
    /** Accept a changed goal, objective or seed: what the runs have is read anew under it. */
    bool new_version;
    bool read_only;                            /**< change nothing in the store, not even for a changed file */
    int64_t runs;                              /**< budget in place of the file's; 0: the file's */
} lw_assistant_setup;

/**
 * Opens an experiment. It is put into the store if it is not there; a changed file becomes what counts from now on (a changed
 * space a new version of it); a changed goal, objective or seed is LW_ECONFLICT unless setup says new_version. The
 * store is borrowed and must stay open; the experiment is borrowed for the call (its text is parsed anew).
 */
LW_EXPORT int lw_assistant_open(lw_assistant **out, lw_store *store, const lw_experiment *experiment,
                                const lw_assistant_setup *setup, lw_error *error);
/**
 * Opens an experiment that the store has, as it was last opened from a file. LW_ENOTFOUND with did-you-mean. Where its
 * optimizer is another program's, all but suggesting works (LW_EUNSUPPORTED).
 */
LW_EXPORT int lw_assistant_open_stored(lw_assistant **out, lw_store *store, const char *name, const lw_assistant_setup *setup,
                                       lw_error *error);
/** Accepts NULL. Runs that it suggested stay as they are. */
LW_EXPORT void lw_assistant_close(lw_assistant *assistant);

/** As it is now. Borrowed; valid until the assistant is closed. */
LW_EXPORT const lw_experiment *lw_assistant_experiment(const lw_assistant *assistant);
LW_EXPORT lw_store *lw_assistant_store(const lw_assistant *assistant);
/** The experiment's seed: the file's, or the one that was chosen when it was first stored. */
LW_EXPORT uint64_t lw_assistant_seed(const lw_assistant *assistant);
/** Version of a space (NULL: the default one), from 1. */
LW_EXPORT int32_t lw_assistant_space_version(const lw_assistant *assistant, const char *space);
/** Whether that version was made when this assistant was opened, by a file whose space is another than before (or the first). */
LW_EXPORT bool lw_assistant_space_is_new(const lw_assistant *assistant, const char *space);

/**
 * What kind of run is wanted. Zero-initialise what you do not use. Every kind counts in the budget, a queued run from when it is queued: to
 * go beyond it, open the assistant with more `runs`.
 */
typedef struct lw_wish {
    const char *space;     /**< NULL: the experiment's first. The only member that lw_assistant_take looks at */
    bool default_config;   /**< the default configuration, instead of a suggestion */
    const bson_t *config;  /**< this configuration (what is missing counts at its default), instead of a suggestion */
    bool queue;            /**< leave it QUEUED, for workers (what `enqueue` does): its token is none until it is taken */
    bool worker;           /**< this process executes it and will beat: the run has the experiment's lease, as what is taken always has */
    double lease_s;        /**< an explicit lease for a run that nobody beats for; 0: it stays pending until it is observed */
} lw_wish;

/** A run that was given to the caller. */
typedef struct lw_assignment {
    int64_t id;
    lw_token token;      /**< of this attempt */
    int32_t attempt;
    lw_config *config;
    bson_t *document;    /**< the configuration as the user sees it, without seed */
    uint64_t seed;       /**< the run's own, in 0 … 2^31 - 1 */
    double lease_s;      /**< 0: no beats are expected */
    uint64_t number;     /**< of the suggestion; 0 if it was not suggested */
    double fidelity;     /**< NaN: full */
    int64_t parent;      /**< run that this one continues; 0: none */
    int32_t replicate;   /**< 0, 1, … for repeats of one config */
} lw_assignment;

/** Accepts a zeroed one. */
LW_EXPORT void lw_assignment_release(lw_assignment *assignment);

/**
 * Suggests a configuration and reserves a run for it (or, with wish->queue, queues it). wish may be NULL. LW_OK: *out is
 * yours to release. LW_BUDGET_REACHED, LW_EXHAUSTED, LW_PAUSED with a sentence in *error: nothing was reserved.
 */
LW_EXPORT int lw_assistant_suggest(lw_assistant *assistant, const lw_wish *wish, lw_assignment *out, lw_error *error);

/**
 * For workers: takes a queued run, or one that died and may be tried again, or else suggests. Otherwise as
 * lw_assistant_suggest.
 */
LW_EXPORT int lw_assistant_take(lw_assistant *assistant, const lw_wish *wish, lw_assignment *out, lw_error *error);

/**
 * Takes a particular run, that `suggest` gave or that is queued, to execute it here, with beats. LW_ECONFLICT if it
 * has an outcome or someone else beats for it.
 */
LW_EXPORT int lw_assistant_take_run(lw_assistant *assistant, int64_t id, lw_assignment *out, lw_error *error);

/**
 * What is known of a run that took place elsewhere, for lw_assistant_observe_config. Make it with lw_past_of_nothing, then
 * add what is known: a zeroed one took place in 1970, with seed 0.
 */
typedef struct lw_past {
    int64_t start_ms;        /**< UTC, before the year 10000; LW_NO_TIME: follows from the stop and the duration */
    int64_t stop_ms;         /**< UTC, not before the start; LW_NO_TIME: follows from the start and the duration; without a start, now */
    int64_t seed;            /**< the run's own, in 0 … 2^31 - 1; -1: one is chosen */
    int32_t attempt;         /**< which attempt it was, from 1; 0: not known, the first */
} lw_past;

/** Nothing is known. */
LW_EXPORT lw_past lw_past_of_nothing(void);

/** What came out of a run. Make it with lw_result_of_…, then add what else is known. */
typedef struct lw_result {
    lw_outcome outcome;      /**< LW_COMPLETED, LW_FAILED, or LW_VOID: interrupted */
    double value;            /**< completed: the objective in the user's sign. NaN and infinity become a failure "nan" */
    const bson_t *document;  /**< the whole result, if it is an object; NULL */
    lw_failure failure;      /**< failed: how */
    const char *reason;      /**< a sentence; NULL */
    double duration_s;       /**< NaN: not known */
    const char *captured_out; /**< NULL: none */
    const bson_t *info;      /**< further information for the run's info; NULL */
    const lw_token *token;   /**< the attempt it is of; NULL: the current one */
    bool force;              /**< replace a result that is there; noted in the run */
    const lw_past *past;     /**< for lw_assistant_observe_config; NULL: it ends now */
} lw_result;

LW_EXPORT lw_result lw_result_of_value(double value);
LW_EXPORT lw_result lw_result_of_failure(lw_failure failure, const char *reason);
LW_EXPORT lw_result lw_result_of_interruption(const char *reason);
/** Takes the objective out of a result document (borrowed). LW_EINVAL with did-you-mean if it is not there or no number. */
LW_EXPORT int lw_result_of_document(lw_result *out, const lw_experiment *experiment, const bson_t *document, lw_error *error);

/** The result of a completed run in the user's sign, of a foreign one the objective in its result; NaN: none. */
LW_EXPORT double lw_run_result(const lw_run *run, const lw_experiment *experiment);

/**
 * Records a result. LW_OK (it is the run's result now), LW_KNOWN (the same was there already) or LW_LATE (another
 * attempt's result stands; this one is kept beside it). A second, different result of the same attempt is LW_ECONFLICT
 * and the first one stays, unless result->force. A result of an attempt that was given up (died, released) counts if
 * there is no other; one of an attempt that the run never had is LW_ECONFLICT and changes nothing. LW_ENOTFOUND: no
 * such run, or of another experiment.
 */
LW_EXPORT int lw_assistant_observe(lw_assistant *assistant, int64_t id, const lw_result *result, lw_error *error);

/**
 * Records a configuration that was run elsewhere, as a run of its own; its id in *id. counts false: as imported,
 * outside budget and number. A large result whose file could not be kept is LW_OK, with a note in the run: the run is
 * there.
 */
LW_EXPORT int lw_assistant_observe_config(lw_assistant *assistant, const char *space, const bson_t *config,
                                          const lw_result *result, bool counts, int64_t *id, lw_error *error);

/**
 * Says that runs go on, all that the caller has at once: at least every third of their leases. What became of each
 * stands in its refusal, whatever is returned: LW_ECONFLICT if the run is no longer the caller's (its lease ended and
 * another has it, it was released or removed). Returned is LW_OK if all were taken, else the first one's refusal.
 */
LW_EXPORT int lw_assistant_beat(lw_assistant *assistant, lw_beat *beats, size_t n, lw_error *error);
/**
 * As lw_assistant_beat, for who has no token: beats for whatever attempt is current, and gives a run without lease the
 * experiment's.
 */
LW_EXPORT int lw_assistant_beat_run(lw_assistant *assistant, int64_t id, lw_error *error);

/** Gives a run back: QUEUED again, the same run. token NULL: whoever has it. LW_ECONFLICT if it has an outcome. */
LW_EXPORT int lw_assistant_release(lw_assistant *assistant, int64_t id, const lw_token *token, lw_error *error);
/**
 * Queues another attempt of a run that failed, died or was interrupted. LW_ECONFLICT if it is completed, queued or
 * running; LW_BUDGET_REACHED with a sentence: it was interrupted, and others have used its place in the budget.
 */
LW_EXPORT int lw_assistant_retry(lw_assistant *assistant, int64_t id, lw_error *error);
/** Removes a run; a tombstone keeps its id. */
LW_EXPORT int lw_assistant_remove(lw_assistant *assistant, int64_t id, lw_error *error);
/** Removes the experiment with all its runs. The assistant is of no more use but to be closed. */
LW_EXPORT int lw_assistant_remove_all(lw_assistant *assistant, lw_error *error);

/** Workers take nothing new while an experiment is paused. */
LW_EXPORT int lw_assistant_set_paused(lw_assistant *assistant, bool paused, lw_error *error);

/** Appends points to a metric of a run; a time_ms of 0 is now. Steps may come again. LW_ENOTFOUND. */
LW_EXPORT int lw_assistant_log(lw_assistant *assistant, int64_t id, const char *name, const lw_metric_point *points, size_t n,
                               lw_error *error);

/**
 * Keeps a file of this machine with a run, in place of the one of that kind and name. Equal sources are stored once.
 * name NULL: the last part of the path. LW_EIO: it is no regular file, or cannot be read; LW_ENOTFOUND: no such run,
 * or of another experiment; LW_EUNSUPPORTED: it is not labwatch's. lw_store_file_get reads it again.
 */
LW_EXPORT int lw_assistant_attach(lw_assistant *assistant, int64_t id, lw_file_kind kind, const char *path, const char *name,
                                  lw_error *error);

/**
 * Finds runs that died (as take does itself: process gone on this host and boot; elsewhere the beat stood still for a
 * lease, watched from here) and ended explicit leases, and marks them. How many in *n (may be NULL).
 */
LW_EXPORT int lw_assistant_recover(lw_assistant *assistant, size_t *n, lw_error *error);

/** What is known, from here, of who works on a run. */
typedef enum lw_work_state {
    LW_WORK_HERE,      /**< its process lives on this host */
    LW_WORK_GONE,      /**< its process lived on this host, and is gone: who looks for work next finds that the run died */
    LW_WORK_ELSEWHERE, /**< on another host: only the beats can tell */
    LW_WORK_LEASED,    /**< no process, but an explicit lease */
    LW_WORK_FOREIGN    /**< another tool's, such as Sacred's */
} lw_work_state;

/** Who works on a run. Borrowed for the call. */
typedef struct lw_worker {
    int64_t run_id;         /**< 0: foreign_id names it */
    const char *foreign_id; /**< NULL */
    int32_t attempt;        /**< 0 for another tool's */
    const char *host;       /**< "" if it is not known */
    int64_t pid;            /**< 0: not known */
    int64_t since_ms;       /**< when the attempt began, by that host's clock; LW_NO_TIME */
    int64_t beat_ms;        /**< its last beat, by the store's clock; since_ms before the first; LW_NO_TIME */
    double lease_s;         /**< 0 for another tool's */
    lw_work_state state;
} lw_worker;
typedef int lw_worker_fn(void *arg, const lw_worker *worker);

/**
 * Shows who works on the experiment's runs, one call for each run, by id; visit ends the walk by returning anything
 * but LW_OK, which is then returned. *given_away (may be NULL): how many runs were suggested to nobody who beats, and
 * have no lease. Changes nothing.
 */
LW_EXPORT int lw_assistant_workers(lw_assistant *assistant, lw_worker_fn *visit, void *arg, int64_t *given_away, lw_error *error);

/**
 * What a worker that is given nothing waits for: *held runs that somebody beats for, or that are queued (in this space; NULL: in any), as each of
 * them may come back. *given_away (may be NULL) were suggested to nobody who beats, and are not waited for: nobody may ever observe them.
 */
LW_EXPORT int lw_assistant_held(lw_assistant *assistant, const char *space, int64_t *held, int64_t *given_away, lw_error *error);

/** How an experiment stands. */
typedef struct lw_standing {
    lw_run_counts counts;
    int64_t budget;        /**< runs; 0: no limit */
    int64_t finished;      /**< own runs with an outcome */
    int64_t open;          /**< own runs without: queued, running, died but to be tried again */
    bool paused;
    bool target_reached;
    int64_t best_id;       /**< 0: none; lw_assistant_best reads it */
    double best_result;    /**< in the user's sign; NaN: none */
} lw_standing;
LW_EXPORT int lw_assistant_standing(lw_assistant *assistant, lw_standing *out, lw_error *error);
/**
 * The completed run with the lowest cost, the earliest among equals. *out is yours to lw_run_release. LW_ENOTFOUND if
 * none is completed.
 */
LW_EXPORT int lw_assistant_best(lw_assistant *assistant, lw_run *out, lw_error *error);

/**
 * What the optimizer's model believes of the results in a space (NULL: the experiment's first), as it would for the
 * next suggestion: {experiment, space, goal, objective, optimizer, …}, the rest as the optimizer tells it
 * (lw_optimizer_describe), with costs as results in the user's sign. Reserves nothing, and needs no budget. *out is
 * initialised here and yours to bson_destroy, on success only. LW_EUNSUPPORTED with a sentence: the optimizer has no
 * model; LW_ENOTFOUND: no such space, or too few results for a model.
 */
LW_EXPORT int lw_assistant_describe_model(lw_assistant *assistant, const char *space, bson_t *out, lw_error *error);

/** What a replay found. */
typedef enum lw_replay_verdict {
    LW_REPLAY_SAME,           /**< the same configuration, bit for bit */
    LW_REPLAY_DIFFERENT,
    LW_REPLAY_NOT_COMPARABLE  /**< made by another build or CPU, not suggested, or outcomes were changed by force since: see reason */
} lw_replay_verdict;
typedef struct lw_replay {
    lw_replay_verdict verdict;
    bson_t *recorded;  /**< configuration in the run */
    bson_t *again;     /**< as made now from the recorded view; NULL if it cannot be made */
    char reason[256];
} lw_replay;
LW_EXPORT void lw_replay_release(lw_replay *replay);
/** Makes a run's suggestion again from its recorded view, and compares. */
LW_EXPORT int lw_assistant_replay(lw_assistant *assistant, int64_t id, lw_replay *out, lw_error *error);

/**
 * Copies an experiment with its runs, metrics and files to another store, under new ids where the old ones are taken.
 * Repeating it copies nothing twice. *n: how many runs were copied; *left_out: how many foreign ones were not, as an
 * id that is text has no place among the numbers, or as they cannot be read. Both are set on failure, too, and may be
 * NULL.
 */
LW_EXPORT int lw_copy_experiment(lw_store *from, const char *name, lw_store *to, int64_t *n, int64_t *left_out, lw_error *error);

LW_END_DECLS

#endif
