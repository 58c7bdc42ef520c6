/**
 * The parts of the SQLite store. It is a module: built on labwatch's public headers and libsqlite3 alone.
 */
#ifndef LABWATCH_SQLITE_INTERNAL_H
#define LABWATCH_SQLITE_INTERNAL_H

#include <pthread.h>
#include <sys/types.h>

#include <sqlite3.h>

#include <labwatch/sys/store.h>

#include "sqlite_sql.h"

/** A query of sqlite_query.c that was prepared, and may come again. */
typedef struct recent_query {
    char *text;
    sqlite3_stmt *statement;
} recent_query;

enum { N_RECENT_QUERIES = 6 };

/** One connection, used by one thread at a time. */
typedef struct sqlite_store {
    lw_store base;
    sqlite3 *connection;
    pthread_mutex_t lock;
    pid_t process;            /**< that opened it: a connection must not be used across a fork */
    bool syncs;               /**< each transaction waits for the disk */
    const lw_clock *clock;
    double busy_timeout_s;
    double waiting_since_s;   /**< when the present wait for a lock began */
    bool (*give_up)(void *self);
    void *give_up_self;
    bool gave_up;             /**< the present wait was given up */
    char *path;               /**< absolute or beginning with "./"; ":memory:" */
    const char *name;         /**< the same for messages: as the user wrote it */
    sqlite3_stmt *statements[N_STATEMENTS]; /**< prepared when first used */
    recent_query recent[N_RECENT_QUERIES];
    unsigned next_recent;
    struct sqlite_store *next; /**< in the list of sqlite_forks.c */
} sqlite_store;

/* sqlite_forks.c: forks. */

/** Around everything that calls SQLite, again and again if need be: a fork waits until no thread is between the two. */
void sqlite_gate_enter(void);
void sqlite_gate_leave(void);
/** In a child: whether a thread of its parent was between the two, so that nothing of SQLite's may be touched. */
bool sqlite_forked_inside(void);
/**
 * Before the store is connected, with the gate entered: makes it known to the process's children, and forgets
 * connections that were inherited from a parent.
 */
int sqlite_list_add(sqlite_store *store, lw_error *error);
/** Also where it was not added. */
void sqlite_list_remove(sqlite_store *store);

/* sqlite_place.c: where a store may lie. */

/**
 * What a file system is called. Replaced in tests. *type is the mount's type if known ("fuse.sshfs"), else "". 0, or an
 * errno.
 */
typedef int sqlite_probe_fn(const char *path, int64_t *magic, char type[64]);
sqlite_probe_fn sqlite_probe_file_system;
/**
 * Name of a file system on which several machines may have the file open, or where SQLite's locks and shared memory do
 * not work; NULL for local ones.
 */
const char *sqlite_network_name(int64_t magic, const char *type);
/** What a user calls a path of sqlite_place_check. */
const char *sqlite_shown(const char *path);
/** *path is the address as SQLite must have it, yours to lw_free. */
int sqlite_place_check(char **path, const char *address, const lw_store_setup *setup, sqlite_probe_fn *probe,
                       lw_error *error);

/* sqlite_open.c: opening, the tables, the format's version. */

int sqlite_open(lw_store **out, const char *address, const lw_store_setup *setup, lw_error *error);
/** As sqlite_open, on a file system that probe makes up. */
int sqlite_open_probed(lw_store **out, const char *address, const lw_store_setup *setup, sqlite_probe_fn *probe,
                       lw_error *error);
void sqlite_close(lw_store *store);
/** Closes the connection with its statements, if there is one. */
void sqlite_disconnect(sqlite_store *store);

/* sqlite_connection.c: the lock, transactions, statements, errors. */

typedef enum sqlite_mode {
    STORE_READS_ONCE, /**< one SELECT, which is a transaction by itself */
    STORE_READS,      /**< several, of the same moment */
    STORE_WRITES,
    STORE_WRITES_LAZILY /**< without waiting for the disk: what is lost with the power is no loss */
} sqlite_mode;

/** Begins an operation: locks the store and begins the transaction. On success sqlite_leave must follow. */
int sqlite_enter(sqlite_store **store, lw_store *base, sqlite_mode mode, lw_error *error);
/** Ends it: commits if code is LW_OK and rolls back otherwise. Returns code, or why it could not be committed. */
int sqlite_leave(sqlite_store *store, int code, lw_error *error);

/** SQLite's busy handler: waits for other processes until the timeout. */
int sqlite_wait(void *store, int times);
/** What an SQLite function of the connection gave, as labwatch's code and sentence. */
int sqlite_failed(sqlite_store *store, int rc, lw_error *error);

/** A statement that gets its values one after the other. */
typedef struct sqlite_query {
    sqlite_store *store;
    sqlite3_stmt *statement;
    int bound;
    int rc; /**< of SQLite: the first that failed */
} sqlite_query;

/** Begins a statement. What fails is remembered and told by sqlite_next, so that one check is enough. */
sqlite_query sqlite_start(sqlite_store *store, sqlite_sql sql);
/** As sqlite_start, for a text that is not in the table. */
sqlite_query sqlite_start_text(sqlite_store *store, const char *text);
void sqlite_bind_int(sqlite_query *query, int64_t value);
/** NULL for LW_NO_TIME. */
void sqlite_bind_time(sqlite_query *query, int64_t value);
/** NULL for NaN. */
void sqlite_bind_double(sqlite_query *query, double value);
/** Borrowed until sqlite_end. NULL for NULL. */
void sqlite_bind_text(sqlite_query *query, const char *value);
void sqlite_bind_blob(sqlite_query *query, const void *bytes, size_t size);
/** NULL for NULL. */
void sqlite_bind_document(sqlite_query *query, const bson_t *document);
/** Steps: SQLITE_ROW, SQLITE_DONE, or what failed. */
int sqlite_next(sqlite_query *query);
/** Resets the statement, in any state. */
void sqlite_end(sqlite_query *query);
/** All steps of a statement that gives no rows; ends it. */
int sqlite_run(sqlite_query *query, lw_error *error);
/** What ended the rows: LW_OK after SQLITE_DONE, otherwise the error. Ends the statement. */
int sqlite_finish(sqlite_query *query, int rc, lw_error *error);
/**
 * The one number that the statement gives, 0 if it is NULL; *found (may be NULL) tells whether there is a row. Ends it.
 */
int sqlite_number(sqlite_query *query, int64_t *out, bool *found, lw_error *error);

/** A column's blob as a document on static data, valid until the next step; false if it is NULL or no document. */
bool sqlite_column_document(sqlite_query *query, int column, bson_t *out);

/* sqlite_row.c: runs and columns. */

/** Binds all columns of `runs`. */
void sqlite_bind_run(sqlite_query *query, const lw_run *run, int64_t experiment);
/** A row on the statement's own data, valid until the next step. */
typedef struct sqlite_row {
    lw_run_row row;
    bson_t config, memo, result, worker;
} sqlite_row;
int sqlite_read_row(sqlite_query *query, sqlite_row *out, lw_error *error);
/** The whole run of a row that has details and output behind the narrow columns; lw_run_release it. */
int sqlite_read_run(sqlite_query *query, lw_run *out, lw_error *error);
/** What goes into `details`; bson_destroy it. */
int sqlite_details_of(const lw_run *run, bson_t *out, lw_error *error);
lw_origin sqlite_origin_by_name(const char *name);
const char *sqlite_origin_name(lw_origin origin);
/** LW_OK if the run may be changed. */
int sqlite_check_changeable(sqlite_store *store, int64_t id, lw_error *error);

/* The operations of the type object. */

int sqlite_experiment_get(lw_store *store, const char *name, lw_experiment_record_fn *visit, void *arg, lw_error *error);
int sqlite_experiment_put(lw_store *store, const lw_experiment_record *record, lw_error *error);
int sqlite_experiment_each(lw_store *store, lw_experiment_record_fn *visit, void *arg, lw_error *error);
/** The experiment's row, made if there is none. */
int sqlite_need_experiment(sqlite_store *store, const char *name, int64_t *id, lw_error *error);
int sqlite_run_insert(lw_store *store, const lw_run *run, lw_error *error);
int sqlite_run_get(lw_store *store, int64_t id, lw_run *out, lw_error *error);
int sqlite_run_modify(lw_store *store, int64_t id, lw_run_modify_fn *modify, void *arg, lw_error *error);
int sqlite_run_beats(lw_store *store, lw_beat *beats, size_t n, lw_error *error);
int sqlite_run_remove(lw_store *store, int64_t id, lw_error *error);
int sqlite_run_counts(lw_store *store, const char *experiment, lw_run_counts *out, lw_error *error);
int sqlite_config_count(lw_store *store, const char *experiment, const char *space,
                        const uint8_t digest[LW_DIGEST_SIZE], uint64_t *out, int64_t *changes, lw_error *error);
int sqlite_run_each(lw_store *store, const lw_run_query *query, lw_run_fn *visit, void *arg, lw_error *error);
int sqlite_row_each(lw_store *store, const lw_run_query *query, lw_run_row_fn *visit, void *arg, lw_error *error);
int sqlite_metric_append(lw_store *store, int64_t run_id, const char *name, const lw_metric_point *points, size_t n,
                         lw_error *error);
int sqlite_metric_each(lw_store *store, int64_t run_id, lw_metric_fn *visit, void *arg, lw_error *error);
int sqlite_remove_metrics(sqlite_store *store, int64_t run_id, lw_error *error);
int sqlite_file_put(lw_store *store, int64_t run_id, lw_file_kind kind, const char *name, lw_read_fn *read, void *arg,
                    lw_error *error);
int sqlite_file_get(lw_store *store, int64_t run_id, lw_file_kind kind, const char *name, lw_write_fn *write, void *arg,
                    lw_error *error);
int sqlite_file_each(lw_store *store, int64_t run_id, lw_file_fn *visit, void *arg, lw_error *error);
int sqlite_remove_files(sqlite_store *store, int64_t run_id, lw_error *error);
int sqlite_cache_put(lw_store *store, const char *key, const void *bytes, size_t size, lw_error *error);
int sqlite_cache_get(lw_store *store, const char *key, lw_write_fn *write, void *arg, lw_error *error);

#endif
