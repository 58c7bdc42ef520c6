/**
 * The store type object, for authors of stores.
 *
 * A store keeps experiments, runs, metrics, files and caches. It is one `static const lw_store_type`, chosen by the
 * scheme of its URL; a store's own struct begins with an lw_store. The store knows nothing of optimizers and decides
 * nothing: every rule about leases, attempts, budgets and results lies in the assistant, in functions that run_modify
 * calls.
 *
 * For every operation:
 * - it is one transaction: done whole and durable when LW_OK is returned, or not at all;
 * - it may be called from several threads at once, and from many processes;
 * - LW_EUNAVAILABLE if the store is away, locked for longer than the timeout, or full (trying again may help),
 *   LW_ESTORE if it is damaged or cannot be used, LW_ENOMEM; what else it may return stands with it;
 * - arguments were checked by the wrapper (store.h), which is the only caller: what could not be read again (damaged documents, texts that are
 *   not UTF-8, nesting deeper than 100) comes to no store; error is never NULL; a store that passes on to another calls the wrappers;
 * - after a fork the child may only close it (LW_EUNAVAILABLE where the store can tell);
 * - what callbacks get is borrowed for the call; a callback that returns anything but LW_OK ends the operation, which
 *   then returns that (with the callback's sentence, or one that the wrapper makes). No callback may call the store;
 * - none of a type's functions may be NULL: lw_store_open refuses the type.
 */
#ifndef LABWATCH_SYS_STORE_H
#define LABWATCH_SYS_STORE_H

#include <labwatch/clock.h>
#include <labwatch/run.h>

LW_BEGIN_DECLS

typedef struct lw_store lw_store;

/** How a store is opened. Zero-initialise what you do not use; a type's open gets it filled in. */
typedef struct lw_store_setup {
    const lw_clock *clock;   /**< stamps heartbeats where there is no server to do it; NULL: the system's */
    double busy_timeout_s;   /**< how long to wait for others, in real time, before LW_EUNAVAILABLE; 0: 10 s */
    bool read_only;          /**< LW_ENOTFOUND if it does not exist, and nothing may be written */
    bool must_exist;         /**< LW_ENOTFOUND instead of making it */
    /**
     * Asked now and then, on the thread that called, while an operation waits for others: true ends the wait with LW_EINTERRUPTED, and nothing
     * was done. NULL: never. Only stores whose waits are labwatch's own ask (SQLite)
     */
    bool (*give_up)(void *self);
    void *self;              /**< for give_up, and whatever the caller has for a type of its own; the library does not look at it */
    const struct lw_store_type *type;               /**< filled in by lw_store_open: the type that is asked to open */
    const struct lw_store_type *const *extra_types; /**< filled in by lw_store_open: the caller's types, for a store that opens another */
} lw_store_setup;

/** An experiment as the store has it: a name, a document that only the assistant reads, and a revision. */
typedef struct lw_experiment_record {
    const char *name;
    int64_t revision;        /**< 1 when it was first put, one more with each change */
    const bson_t *document;
} lw_experiment_record;
typedef int lw_experiment_record_fn(void *arg, const lw_experiment_record *record);

/** The narrow side of a run: what catching up, counting and choosing needs, without output, results and the rest. */
typedef struct lw_run_row {
    int64_t id;              /**< 0 for a string _id */
    const char *foreign_id;  /**< NULL */
    const char *experiment;
    lw_status status;
    lw_failure failure;
    lw_origin origin;
    const char *space;       /**< NULL for a foreign or removed run */
    int32_t space_version;
    uint8_t digest[LW_DIGEST_SIZE];
    double cost;             /**< NaN unless completed */
    double fidelity;         /**< NaN: full */
    int32_t replicate;
    int32_t attempt;
    double lease_s;
    int64_t start_ms, stop_ms, heartbeat_ms; /**< LW_NO_TIME */
    double duration_s;
    const bson_t *config;    /**< as in the run */
    const bson_t *memo;      /**< NULL */
    const bson_t *result;    /**< {"result": …}; NULL: none */
    const bson_t *worker;    /**< NULL */
} lw_run_row;
typedef int lw_run_row_fn(void *arg, const lw_run_row *row);
typedef int lw_run_fn(void *arg, const lw_run *run);

typedef enum lw_run_order { LW_ORDER_ID, LW_ORDER_ID_DOWN, LW_ORDER_COST } lw_run_order;

/** Which runs: all conditions together. Zero-initialised it means all runs of the store. */
typedef struct lw_run_query {
    const char *experiment;  /**< NULL: of all */
    const char *space;       /**< NULL: of all */
    unsigned statuses;       /**< bits 1u << lw_status; 0: any but REMOVED */
    bool open_only;          /**< only runs without outcome (lw_run_is_open); cheap, however many have ended */
    int64_t after_id;        /**< only ids above */
    int64_t up_to_id;        /**< only ids up to this; 0: all */
    const int64_t *ids;      /**< only these (ascending); NULL: any */
    size_t n_ids;
    lw_run_order order;      /**< by cost: completed runs that have one only, the lowest first, the lower id first among equals */
    size_t limit;            /**< 0: all */
} lw_run_query;

/** Of one experiment, and of the store; all from the same moment. */
typedef struct lw_run_counts {
    int64_t last_id;         /**< highest integer id in the store, tombstones and foreign runs included; 0: none */
    int64_t experiment_revision; /**< 0: the experiment is not in the store */
    int64_t own;             /**< own runs, whatever became of them, tombstones included: the next suggestion is number
                                  own + 1. Imported and foreign runs are in all only */
    int64_t budget_used;     /**< own runs that are neither interrupted nor removed */
    int64_t by_status[LW_STATUS_OTHER + 1]; /**< of own runs */
    int64_t all;             /**< all runs of the experiment, foreign and imported ones too */
    int64_t changes;         /**< grows with every change of a run of the experiment but heartbeats and output: equal
                                  means nothing is new. -1: the store cannot tell */
} lw_run_counts;

/**
 * Changes *run; or leaves it as it is and returns something else than LW_OK, and then nothing is stored: what can fail
 * comes first. May be called several times for one modification, each time with the run as it is then. Must not change
 * id, experiment or origin (but for making a queued foreign run an own one, which is the only change that it may see),
 * must not make it REMOVED, must not call the store, and should be quick: others wait. The
 * run's documents are replaced as a whole (bson_destroy, then another), but for attempts and notes, which may be appended
 * to: the store may have the others once for many runs.
 */
typedef int lw_run_modify_fn(void *arg, lw_run *run, lw_error *error);

/** That a run goes on, and what the store says to it. */
typedef struct lw_beat {
    int64_t id;
    lw_token token;           /**< of the attempt that goes on */
    const char *captured_out; /**< its whole output so far, which replaces what was there; NULL leaves it */
    lw_error refusal;         /**< set by who is given the beat: code LW_OK if it was taken, else why not */
} lw_beat;

typedef struct lw_metric_point {
    int64_t step;
    double value;            /**< any double */
    int64_t time_ms;
} lw_metric_point;
typedef int lw_metric_fn(void *arg, const char *name, const lw_metric_point *points, size_t n);

typedef enum lw_file_kind { LW_FILE_ARTIFACT, LW_FILE_SOURCE } lw_file_kind;
typedef struct lw_file_info {
    lw_file_kind kind;
    const char *name;
    uint64_t size;
    uint8_t digest[LW_DIGEST_SIZE]; /**< of the content */
} lw_file_info;
typedef int lw_file_fn(void *arg, const lw_file_info *file);
/** Gives up to size bytes of a file's content: how many in *got, 0 at the end. */
typedef int lw_read_fn(void *arg, void *buffer, size_t size, size_t *got, lw_error *error);
/** Takes bytes of a file's content. */
typedef int lw_write_fn(void *arg, const void *bytes, size_t size, lw_error *error);

typedef struct lw_store_type {
    const char *scheme;  /**< "sqlite" */
    const char *summary; /**< one line for people: "sqlite:FILE, one file on a local disk" */

    /**
     * Opens what the URL names (without "scheme:"), making it if it is not there. *out is closed by close. LW_EINVAL
     * for a bad address; LW_ENOTFOUND as setup says. address and setup are borrowed for the call, setup->clock for the life of the store.
     */
    int (*open)(lw_store **out, const char *address, const lw_store_setup *setup, lw_error *error);
    /** Closes and frees. */
    void (*close)(lw_store *store);

    /** Calls visit once. LW_ENOTFOUND. */
    int (*experiment_get)(lw_store *store, const char *name, lw_experiment_record_fn *visit, void *arg, lw_error *error);
    /**
     * Makes it (record->revision 0) or replaces the one of that revision. LW_ECONFLICT if it is there already, or of
     * another revision.
     */
    int (*experiment_put)(lw_store *store, const lw_experiment_record *record, lw_error *error);
    /** All, by name. */
    int (*experiment_each)(lw_store *store, lw_experiment_record_fn *visit, void *arg, lw_error *error);

    /**
     * Adds the run under run->id > 0, which need not be the next one (imports). LW_ECONFLICT if that id is or was in
     * use. Also the same run again (same id and token, not none) is LW_OK: a reply may have been lost.
     */
    int (*run_insert)(lw_store *store, const lw_run *run, lw_error *error);
    /** *out is initialised by the wrapper. LW_ENOTFOUND. Removed runs are found, with status REMOVED. */
    int (*run_get)(lw_store *store, int64_t id, lw_run *out, lw_error *error);
    /**
     * Calls modify with the run and stores what it made of it, atomically. LW_ENOTFOUND, also for a removed run;
     * LW_EUNSUPPORTED for a foreign one that is not QUEUED.
     */
    int (*run_modify)(lw_store *store, int64_t id, lw_run_modify_fn *modify, void *arg, lw_error *error);
    /**
     * For each of n > 0 beats: sets the heartbeat to the store's time, and captured_out if it is not NULL, of the RUNNING
     * run whose token is this one. One that is refused is none of a failure for the others: its refusal, which the
     * wrapper has set to LW_OK, tells it (lw_beat_settle): LW_ECONFLICT if it does not run or is another's, LW_ENOTFOUND,
     * LW_EUNSUPPORTED for a foreign run. All in one transaction, or each in one of its own; where there is a server, in
     * one round trip, and a second one only if some are refused.
     */
    int (*run_beats)(lw_store *store, lw_beat *beats, size_t n, lw_error *error);
    /**
     * Makes the run a tombstone: id, experiment and origin stay, everything else, metrics and files go. Removing it
     * again changes nothing. LW_ENOTFOUND; LW_EUNSUPPORTED for a foreign run.
     */
    int (*run_remove)(lw_store *store, int64_t id, lw_error *error);
    /** Whole runs. */
    int (*run_each)(lw_store *store, const lw_run_query *query, lw_run_fn *visit, void *arg, lw_error *error);
    /**
     * Narrow rows, without reading the documents where the store can. All from the same moment. Foreign string ids come
     * after the integers.
     */
    int (*row_each)(lw_store *store, const lw_run_query *query, lw_run_row_fn *visit, void *arg, lw_error *error);
    /** O(1) or nearly, however many runs there are. All zero for an unknown experiment but last_id. */
    int (*run_counts)(lw_store *store, const char *experiment, lw_run_counts *out, lw_error *error);
    /**
     * How many runs of the experiment and space with that config digest are not void (lw_run_outcome): neither
     * interrupted, nor removed, nor ended well without a finite cost. By an index. *changes: the experiment's
     * lw_run_counts.changes at the moment that the answer is of, so that it is known whether that is still the one of
     * counts which were taken before.
     */
    int (*config_count)(lw_store *store, const char *experiment, const char *space, const uint8_t digest[LW_DIGEST_SIZE],
                        uint64_t *out, int64_t *changes, lw_error *error);

    /**
     * Appends points to a run's metric, which is made if it is not there. LW_ENOTFOUND, also for a removed run;
     * LW_EUNSUPPORTED for a foreign one.
     */
    int (*metric_append)(lw_store *store, int64_t run_id, const char *name, const lw_metric_point *points, size_t n, lw_error *error);
    /**
     * The metrics of a run (none, if it is not there), each once, by name, with its points in the order they were
     * appended.
     */
    int (*metric_each)(lw_store *store, int64_t run_id, lw_metric_fn *visit, void *arg, lw_error *error);

    /**
     * Keeps a file of a run, replacing the one of that kind and name. Equal sources are stored once. read is called
     * before anything is stored, and may take its time. LW_ENOTFOUND, also for a removed run; LW_EUNSUPPORTED for a
     * foreign one.
     */
    int (*file_put)(lw_store *store, int64_t run_id, lw_file_kind kind, const char *name, lw_read_fn *read, void *arg, lw_error *error);
    /** LW_ENOTFOUND. */
    int (*file_get)(lw_store *store, int64_t run_id, lw_file_kind kind, const char *name, lw_write_fn *write, void *arg, lw_error *error);
    /** The files of a run (none, if it is not there), by kind and name. */
    int (*file_each)(lw_store *store, int64_t run_id, lw_file_fn *visit, void *arg, lw_error *error);

    /**
     * Keeps bytes under a key, replacing what was there. A cache may be lost at any time: no durability is promised,
     * only that what is read was put whole.
     */
    int (*cache_put)(lw_store *store, const char *key, const void *bytes, size_t size, lw_error *error);
    /** Calls write once. LW_ENOTFOUND. */
    int (*cache_get)(lw_store *store, const char *key, lw_write_fn *write, void *arg, lw_error *error);

    /**
     * How many documents lie among the runs, put there by other programs, that are no runs or cannot be read as such; of
     * the experiment, or NULL: of all. They are passed over everywhere. 0 where no other program writes.
     */
    int (*unreadable_count)(lw_store *store, const char *experiment, uint64_t *out, lw_error *error);
} lw_store_type;

/** First member of every store's own struct; filled in by the wrapper. */
struct lw_store {
    const lw_store_type *type;
    bool read_only; /**< the wrapper refuses what would write, with LW_EUNSUPPORTED */
};

/*
 * What every store needs.
 */

/** Adds a run (times 1), or takes it away (times -1), in own, budget_used, by_status and all. */
LW_EXPORT void lw_run_counts_add(lw_run_counts *counts, lw_status status, lw_origin origin, int times);
/** Whether the run fits the query's conditions, its order and limit aside. */
LW_EXPORT bool lw_run_query_matches(const lw_run_query *query, const lw_run *run);
/** The statuses that the query asks for, as bits. */
LW_EXPORT unsigned lw_run_query_statuses(const lw_run_query *query);
/** The run's narrow side; borrows from the run. */
LW_EXPORT void lw_run_row_of(lw_run_row *row, const lw_run *run);
/** Takes everything from the run but id, experiment and origin, and makes it REMOVED. */
LW_EXPORT int lw_run_make_tombstone(lw_run *run, lw_error *error);
/** Whether a run may be changed: LW_EUNSUPPORTED for a foreign one, LW_ENOTFOUND for a removed one, with a sentence. */
LW_EXPORT int lw_run_check_changeable(int64_t id, lw_status status, lw_origin origin, lw_error *error);
/** LW_ECONFLICT with a sentence: who beats for the run does not have it. */
LW_EXPORT int lw_run_not_yours(int64_t id, lw_error *error);
/** What a beat came to: a refusal is moved from *error into it, and is LW_OK then; any other code is returned as it is. */
LW_EXPORT int lw_beat_settle(lw_beat *beat, int code, const lw_error *error);
/** An unreadable_count for stores in which no other program writes. */
LW_EXPORT int lw_store_reads_all(lw_store *store, const char *experiment, uint64_t *out, lw_error *error);
/**
 * Reads a secret, the one line of a file. LW_EINVAL with a sentence that does not repeat it: the file cannot be read, has more in it, or others than
 * its owner may read or change it. *out is yours to lw_free.
 */
LW_EXPORT int lw_secret_from_file(char **out, const char *path, lw_error *error);
/** The same for run_modify, which is given foreign runs that are QUEUED, too. */
LW_EXPORT int lw_run_check_modifiable(int64_t id, lw_status status, lw_origin origin, lw_error *error);
/** LW_ENOTFOUND with a sentence. */
LW_EXPORT int lw_run_not_found(int64_t id, lw_error *error);

LW_END_DECLS

#endif
