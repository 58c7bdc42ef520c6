/**
 * A run: one evaluation of a configuration, in Sacred's schema.
 *
 * In memory it is a struct; as a document (lw_run_to_document) it has Sacred's fields in Sacred's order and meaning,
 * and one subdocument `labwatch` with what Sacred has no field for. Reading a document keeps what labwatch does not
 * know (others).
 */
#ifndef LABWATCH_RUN_H
#define LABWATCH_RUN_H

#include <labwatch/history.h>

LW_BEGIN_DECLS

/** Sacred's status words; LW_STATUS_OTHER is a word of somebody's own, LW_STATUS_REMOVED what `rm` leaves. */
typedef enum lw_status {
    LW_STATUS_QUEUED,
    LW_STATUS_RUNNING,
    LW_STATUS_COMPLETED,
    LW_STATUS_FAILED,
    LW_STATUS_TIMEOUT,
    LW_STATUS_INTERRUPTED,
    LW_STATUS_PRUNED,
    LW_STATUS_REMOVED,
    LW_STATUS_OTHER
} lw_status;

/** "QUEUED", …; Static. */
LW_EXPORT const char *lw_status_name(lw_status status);
/** LW_STATUS_OTHER for unknown words. */
LW_EXPORT lw_status lw_status_by_name(const char *name);

/** Where a run comes from; only own runs count in the budget and the number. */
typedef enum lw_origin {
    LW_ORIGIN_OWN,      /**< suggested, enqueued or observed in this experiment */
    LW_ORIGIN_IMPORTED, /**< by `import` or `copy` from elsewhere */
    LW_ORIGIN_FOREIGN   /**< without a `labwatch` subdocument: Sacred's. Never changed, unless a worker takes what is QUEUED */
} lw_origin;

/** No time. */
#define LW_NO_TIME INT64_MIN

/** What a suggestion was made from; kept in its run, so that it can be made again. */
typedef struct lw_view {
    int64_t last_id;     /**< highest run id of the store that was seen */
    int64_t fit_last_id; /**< models were fitted to the runs up to here; the runs behind were pending to it, whatever became of them */
    int64_t epoch;       /**< of the experiment: how often outcomes were changed by force */
    int64_t budget;      /**< as the optimizer was told; 0: no limit */
    int32_t repeats;     /**< how often one configuration could be run; 0 is 1 */
    char *open_ids;      /**< runs of the experiment without outcome then: "3,7-9"; NULL where the optimizer reads only the number */
    char *void_ids;      /**< interrupted or removed runs then, likewise */
    bool has_digest;
    uint8_t digest[LW_DIGEST_SIZE]; /**< of the history as seen */
} lw_view;

/** A random name of one attempt at a run: who has it may beat and finish it. */
typedef struct lw_token {
    uint8_t bytes[16]; /**< all 0: none */
} lw_token;

LW_EXPORT bool lw_token_equal(lw_token a, lw_token b);
LW_EXPORT bool lw_token_is_none(lw_token token);

/**
 * All members that are pointers are owned by the run (allocated with lw_malloc or as bson_t by bson_new) and may be
 * NULL where it says so.
 */
typedef struct lw_run {
    int64_t id;               /**< from 1; 0 for a foreign run with a string _id */
    char *foreign_id;         /**< a string _id; else NULL */
    char *experiment;         /**< Sacred's experiment.name */
    bson_t *experiment_info;  /**< the other fields of `experiment`: base_dir, sources, dependencies, repositories, mainfile; NULL */
    char *command;            /**< Sacred's command name; "main" */
    bson_t *host;             /**< hostname, os, cpu, …; NULL while queued */
    int64_t start_ms;         /**< UTC; LW_NO_TIME; likewise the next three */
    int64_t stop_ms;
    int64_t heartbeat_ms;
    int64_t queue_ms;         /**< meta.queue_time */
    bson_t *config;           /**< nested, with the constants; with `seed` last; empty in a removed run */
    bson_t *meta;             /**< without queue_time; NULL */
    lw_status status;
    char *status_text;        /**< LW_STATUS_OTHER: the word; else NULL */
    bson_t *resources;        /**< array; NULL is [] */
    bson_t *artifacts;        /**< array of {name, file_id}; NULL is [] */
    char *captured_out;       /**< NULL is "" */
    bson_t *info;             /**< NULL is {} */
    bson_t *result;           /**< {"result": any value}, in the user's sign; NULL: none */
    bson_t *fail_trace;       /**< array of lines; NULL */
    bson_t *others;           /**< further top-level fields, kept as they are (in a foreign run also `format`); NULL */

    /* The `labwatch` subdocument. */
    lw_origin origin;
    char *space;              /**< name of the search space */
    int32_t space_version;    /**< from 1 */
    uint8_t digest[LW_DIGEST_SIZE]; /**< of the config, lw_config_digest */
    uint64_t number;          /**< of the suggestion; 0 if it was not suggested (enqueued or observed with a config) */
    uint64_t seed;            /**< the run's own */
    char *optimizer;          /**< name of the type that suggested it; NULL */
    bson_t *optimizer_options; /**< NULL without */
    lw_view view;             /**< last_id 0 if not suggested */
    bson_t *memo;             /**< NULL if empty */
    double fidelity;          /**< NaN: full */
    int64_t parent;           /**< 0: none */
    int32_t replicate;
    char *build;              /**< library version and kind of CPU that suggested it; NULL */

    double cost;              /**< to be minimised; NaN unless completed */
    lw_failure failure;
    char *reason;             /**< a sentence on how it failed, or why it was interrupted; NULL */
    double duration_s;        /**< NaN: not known */

    int32_t attempt;          /**< 1 for the first; 0 while never taken */
    lw_token token;           /**< of the current attempt */
    double lease_s;           /**< 0: the current attempt has no lease */
    bson_t *worker;           /**< host, boot, pid, start of the process that has it; NULL */
    bson_t *attempts;         /**< array: how earlier attempts ended, and late results; NULL is [] */
    bson_t *notes;            /**< array of sentences: forced results and such; NULL is [] */
    bson_t *labwatch_others;  /**< further fields of the subdocument, of a later version, kept as they are; NULL */
    int64_t redefined;        /**< the revision of the experiment in which goal or objective were changed last while the run was there; 0: never */
} lw_run;

/** Zeroes, with NaN and LW_NO_TIME where they mean "none". */
LW_EXPORT void lw_run_init(lw_run *run);
/** Frees what it owns and initialises it again. */
LW_EXPORT void lw_run_release(lw_run *run);
/** Initialises *to as a deep copy; yours to lw_run_release, on success only. */
LW_EXPORT int lw_run_copy(lw_run *to, const lw_run *from, lw_error *error);

/** Whether the run is without an outcome that teaches or ends it: queued, running, or died and still open. */
LW_EXPORT bool lw_run_is_open(const lw_run *run);
/**
 * What optimizers see of it: pending for open ones, completed for COMPLETED and PRUNED ones with a finite cost, void
 * for those without (nothing is known of them) and for interrupted and removed ones, failed for all others. A foreign
 * run has no cost of its own: of its result, optimizers see the objective.
 */
LW_EXPORT lw_outcome lw_run_outcome(const lw_run *run);

/**
 * The document in Sacred's schema. *out is initialised here, and yours to bson_destroy, on success only. A foreign run
 * has the fields that it was read with; labwatch's own have all that viewers count on, empty where the member is NULL.
 * LW_EINVAL: a text is not valid UTF-8; LW_EUNSUPPORTED: too large for a document.
 */
LW_EXPORT int lw_run_to_document(const lw_run *run, bson_t *out, lw_error *error);
/**
 * Initialises *out from a document, labwatch's or Sacred's; yours to lw_run_release, on success only. Wrong types are
 * LW_ESTORE naming run and field; null counts as "not there". A foreign run gets the failure that its status means, and
 * no cost: its result is in the user's sign.
 */
LW_EXPORT int lw_run_from_document(lw_run *out, const bson_t *document, lw_error *error);

/** "3,7-9" for ascending ids ("" for none); NULL when out of memory. Yours to lw_free. */
LW_EXPORT char *lw_ids_to_text(const int64_t *ids, size_t n);
/** The ids of such a text (NULL means ""); *out is yours to lw_free, NULL if there are none. LW_EPARSE. */
LW_EXPORT int lw_ids_from_text(const char *text, int64_t **out, size_t *n, lw_error *error);

LW_END_DECLS

#endif
