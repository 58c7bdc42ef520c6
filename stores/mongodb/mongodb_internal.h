/**
 * The parts of the MongoDB store. What it promises about documents, statements and catching up stands in
 * docs/architecture.md, "The MongoDB store".
 */
#ifndef LABWATCH_MONGODB_INTERNAL_H
#define LABWATCH_MONGODB_INTERNAL_H

#include <netdb.h> /* mongoc.h needs it */
#include <pthread.h>
#include <sys/types.h>

#include <mongoc/mongoc.h>

#include <labwatch/sys/store.h>

enum {
    MONGO_MOST_IDLE = 16,  /**< connections that are kept for the next operation */
    MONGO_MOST_HEARD = 1024, /**< results that are not told again */
    MONGO_MOST_KNOWN = 64, /**< runs whose documents are kept, as this store wrote them last */
};

typedef enum mongo_collection {
    MONGO_RUNS,
    MONGO_METRICS,
    MONGO_FILES,  /**< GridFS: what files there are */
    MONGO_CHUNKS, /**< GridFS: their contents */
    MONGO_EXPERIMENTS,
    MONGO_ATTACHMENTS, /**< which file of which run is which in GridFS */
    MONGO_CACHE,
    MONGO_N_COLLECTIONS
} mongo_collection;

/** A run's document as this store wrote it last: it can be changed without being read. */
typedef struct mongo_known {
    int64_t id; /**< 0: none */
    bson_t *document;
} mongo_known;

typedef struct mongo_store {
    lw_store base;
    pid_t owner;       /**< the process that opened it: connections do not outlive a fork */
    mongoc_uri_t *uri; /**< with the password: not for sentences */
    char *place;       /**< for sentences: "mongodb://host:27017/db" */
    char *database;
    char *collections[MONGO_N_COLLECTIONS];
    pthread_mutex_t lock; /**< of the connections and the known runs */
    mongoc_client_t *idle[MONGO_MOST_IDLE];
    size_t n_idle;
    mongo_known known[MONGO_MOST_KNOWN];
    size_t next_known;
    pthread_mutex_t mirror_lock; /**< of everything below */
    struct mongo_mirror *mirrors;
    int64_t last_id;   /**< highest id that was seen in the store; 0: none; -1: it was not asked yet */
    uint64_t n_writes; /**< of runs, by this store: what was mirrored before may be old */
} mongo_store;

/* ---- mongodb_open.c ---- */

int mongo_open(lw_store **out, const char *address, const lw_store_setup *setup, lw_error *error);
void mongo_close(lw_store *store);
/** The store in its own type. LW_EUNAVAILABLE after a fork. */
int mongo_enter(mongo_store **out, lw_store *base, lw_error *error);

/* ---- mongodb_failure.c ---- */

/** Whether the statement may or may not have been done, or would be done by another server, so that it can be sent
 * again. */
bool mongo_is_passing(const bson_error_t *failure);
/** Whether there was no connection, or it has broken: while it was made, or later. */
bool mongo_is_of_connection(const bson_error_t *failure);
bool mongo_is_duplicate(const bson_error_t *failure);
/** A code and a sentence for what the driver reports. */
int mongo_failed(const mongo_store *store, const bson_error_t *failure, lw_error *error);

/* ---- mongodb_sharding.c ---- */

/** Whether a server that greets so is the router of a sharded cluster. */
bool mongo_is_router(const bson_t *hello);
/** LW_EUNSUPPORTED unless `_id` is unique in the collections where that matters. */
int mongo_check_sharding(const mongo_store *store, mongoc_client_t *client, lw_error *error);

/* ---- mongodb_statement.c: one statement each, sent once more if no reply came ---- */

typedef struct mongo_outcome {
    int64_t matched, modified;
    bool duplicate; /**< refused, since another document has that _id */
    bool repeated;  /**< sent twice: the first one may have been done */
} mongo_outcome;

/** What a reader is shown; borrowed. Anything but LW_OK ends the reading. */
typedef int mongo_document_fn(void *arg, const bson_t *document, lw_error *error);

int mongo_insert(mongo_store *store, mongo_collection into, const bson_t *document, mongo_outcome *out,
                 lw_error *error);
int mongo_update(mongo_store *store, mongo_collection in, const bson_t *filter, const bson_t *update, bool upsert,
                 mongo_outcome *out, lw_error *error);
/** One of several changes. */
typedef struct mongo_change {
    bson_t *filter, *update; /**< of one document; to be destroyed */
} mongo_change;
/**
 * Several updates in one round trip, each done whatever becomes of the others; *matched says how many found their
 * document. May be sent twice.
 */
int mongo_update_each(mongo_store *store, mongo_collection in, const mongo_change *changes, size_t n, int64_t *matched,
                      lw_error *error);
/**
 * Changes the document of that _id, or makes it. Two that make one at once both try to; the second one changes it then.
 */
int mongo_upsert(mongo_store *store, mongo_collection in, const bson_t *filter, const bson_t *update, lw_error *error);
int mongo_delete(mongo_store *store, mongo_collection from, const bson_t *filter, lw_error *error);
/** Each document is shown once. options may be NULL. */
int mongo_find(mongo_store *store, mongo_collection in, const bson_t *filter, const bson_t *options,
               mongo_document_fn *visit, void *arg, lw_error *error);
int mongo_aggregate(mongo_store *store, mongo_collection in, const bson_t *pipeline, mongo_document_fn *visit,
                    void *arg, lw_error *error);
/** *out is NULL if there is none; else yours to bson_destroy. */
int mongo_find_one(mongo_store *store, mongo_collection in, const bson_t *filter, const bson_t *projection,
                   bson_t **out, lw_error *error);
/** Makes the indexes that the store's questions are answered by; cheap if they are there. */
int mongo_make_indexes(mongo_store *store, lw_error *error);

/* ---- mongodb_list.c ---- */

/** An array that grows. array is BSON_INITIALIZER at first, and to be destroyed. */
typedef struct mongo_list {
    bson_t array;
    uint32_t n;
} mongo_list;

/** False if it is full. */
bool mongo_list_append(mongo_list *list, const bson_iter_t *value);
bool mongo_list_append_text(mongo_list *list, const char *text);
bool mongo_list_append_document(mongo_list *list, const bson_t *document);
/** A mongo_document_fn that keeps what it is shown in a mongo_list. */
int mongo_list_keep(void *list, const bson_t *document, lw_error *error);
/** The document at the iterator, borrowed; false if it is none. */
bool mongo_view_document(const bson_iter_t *at, bson_t *out);

/* ---- mongodb_document.c ---- */

/** The id of a document, if that is a whole number above 0; else 0. */
int64_t mongo_id_of(const bson_t *document);
/** Sacred's ids are int32 as long as they fit. */
void mongo_append_id(bson_t *out, const char *key, int64_t id);
/** _id: {$in: ids} */
void mongo_append_ids(bson_t *filter, const int64_t *ids, size_t n);
/** {_id: id} */
bson_t *mongo_filter_by_id(int64_t id);
/** The value at "a.b"; false if it is not there. */
bool mongo_find_value(const bson_t *document, const char *path, bson_iter_t *out);
/** labwatch.revision; 0: none. */
int64_t mongo_revision_of(const bson_t *document);
/** Whether labwatch.revisions has it. */
bool mongo_has_revision(const bson_t *document, int64_t revision);
/** A new one, at random, never 0. */
int64_t mongo_new_revision(void);
/** Whether the document is a run of labwatch's. */
bool mongo_is_own(const bson_t *document);
/** What is stored in place of a run that is removed, as an update of its document. *out is initialised, and yours, on
 * success. */
int mongo_burial(const bson_t *stored, int64_t id, int64_t revision, bson_t *out, lw_error *error);

/** Reads a run out of what lies in the collection, without what the store keeps in it for itself. */
int mongo_read_run(lw_run *out, const bson_t *document, lw_error *error);
/** What is stored of a run, with that revision. *out is initialised, and yours to bson_destroy, on success. */
int mongo_document_of(const lw_run *run, int64_t revision, bson_t *out, lw_error *error);
/** Adds `$currentDate`, `$set` and `$push` of labwatch.changed and the revision; set is what else is set, or NULL. */
void mongo_append_stamp(bson_t *update, const bson_t *set, int64_t revision);
/**
 * The update that makes another run of one that was read: before is what lw_run_to_document gave for it then, stored
 * the document that it was read from. *out is initialised, and yours, on success.
 */
int mongo_difference(const bson_t *stored, const bson_t *before, const lw_run *after, int64_t revision, bson_t *out,
                     lw_error *error);

/**
 * ObjectIds of what labwatch lists in Sacred's fields for viewers (metrics, artifacts, sources), which it does not show
 * as the run's own. kind tells them apart from other programs'.
 */
void mongo_make_oid(bson_oid_t *out, uint64_t rest);
bool mongo_is_own_oid(const bson_oid_t *oid);
/** Whether the document has such a list with something in it. */
bool mongo_lists_anything(const bson_t *stored);

/* ---- mongodb_known.c ---- */

/** A copy of the document, or NULL; yours to bson_destroy. */
bson_t *mongo_known_get(mongo_store *store, int64_t id);
/** Takes the document over. */
void mongo_known_put(mongo_store *store, int64_t id, bson_t *document);
void mongo_known_drop(mongo_store *store, int64_t id);

/* ---- mongodb_row.c ---- */

typedef struct mongo_row {
    lw_run_row row; /**< its documents are NULL: they lie in bytes, one behind the other */
    bool open;      /**< lw_run_is_open */
    bool is_void;   /**< lw_run_outcome */
    int64_t revision;
    uint64_t changed; /**< labwatch.changed: seconds << 32 | counter; 0: never */
    struct mongo_row *next_alike;
    size_t size; /**< of bytes */
    uint8_t bytes[];
} mongo_row;

/** The fields that a row is made of, as a projection. */
void mongo_append_row_fields(bson_t *projection);
/** From a document with those fields. *out is NULL for a foreign document that is no run. lw_free it. */
int mongo_row_new(mongo_row **out, const bson_t *document, lw_error *error);
enum { MONGO_ROW_UNIT = 32 };
/** Bytes of the row with all that it has, a multiple of MONGO_ROW_UNIT. */
size_t mongo_row_size(const mongo_row *row);
/** The row as it may be kept in a file, in room for mongo_row_size. */
void mongo_row_write(void *room, const mongo_row *row);
/**
 * Makes what mongo_row_write has written, at the beginning of so many bytes, a row again. False, with an undefined row,
 * unless it is sound.
 */
bool mongo_row_revive(mongo_row *row, size_t size);
/** Whether nothing but the heartbeat differs. */
bool mongo_rows_alike(const mongo_row *a, const mongo_row *b);
/** Shows the rows (ascending ids, then strings) that fit the query, in its order and up to its limit. */
int mongo_rows_show(mongo_row *const *rows, size_t n, const lw_run_query *query, lw_run_row_fn *visit, void *arg,
                    lw_error *error);

/* ---- mongodb_mirror.c, mongodb_catch_up.c ---- */

/** That a run had an outcome in that revision, and since when. */
typedef struct mongo_heard {
    int64_t revision;
    uint64_t changed;
} mongo_heard;

/** The rows of an experiment as they were when the server was asked last. */
typedef struct mongo_mirror {
    struct mongo_mirror *next;
    char *experiment;
    bool loaded;
    int64_t last_id;  /**< highest of the store, of any experiment, when it was asked; 0: none */
    mongo_row **rows; /**< by ascending id, then those with strings */
    size_t n, capacity;
    size_t n_strings;
    size_t n_foreign_open; /**< runs that may change without a stamp, strings aside */
    mongo_row **buckets; /**< by digest of the config */
    size_t n_buckets;
    lw_run_counts counts;
    void *block;     /**< rows that came from a snapshot lie in it; NULL */
    size_t block_size;
    bool unproven;      /**< it is a snapshot's, and no answer of the server has shown yet that it goes on from there */
    int64_t born;       /**< a number of the experiment, at random; 0: it has none */
    int64_t loaded_at;  /**< when all rows were read from the server, by this machine's clock; seconds since 1970 */
    uint64_t n_taken;   /**< rows that came from the server since the snapshot */
    uint64_t newest;      /**< highest labwatch.changed */
    uint64_t asked_since; /**< what changed from here on is asked for next time */
    mongo_heard heard[MONGO_MOST_HEARD]; /**< of what is asked for again, this is known already; a ring */
    size_t n_heard;
    uint64_t n_writes;    /**< the store's, when it was asked */
    double looked_s;      /**< when all open runs were looked at, by the monotonic clock */
    pthread_t counted_by; /**< who has just asked for the counts, and when: rows up to the last id belong to them */
    double counted_s;
    bool counted;
} mongo_mirror;

/** Makes it if there is none; NULL when out of memory. */
mongo_mirror *mongo_mirror_need(mongo_store *store, const char *experiment);
void mongo_mirror_clear(mongo_mirror *mirror);
void mongo_mirrors_free(mongo_store *store);
/** Takes the row over: a new one, or in place of the one of that id, also on failure. */
int mongo_mirror_take(mongo_mirror *mirror, mongo_row *row, lw_error *error);
/** The rows with that digest: those of a bucket, others among them. */
const mongo_row *mongo_mirror_bucket(const mongo_mirror *mirror, const uint8_t digest[LW_DIGEST_SIZE]);

/** The row of that id; NULL. */
const mongo_row *mongo_mirror_find(const mongo_mirror *mirror, int64_t id);
/**
 * Takes the rows of a snapshot over: n of them, one behind the other in a block from lw_malloc, which is the mirror's
 * from now on. The mirror is empty, and is so again on failure (false), when the block is the caller's.
 */
bool mongo_mirror_adopt(mongo_mirror *mirror, void *block, size_t block_size, size_t first, uint64_t n);

/* ---- mongodb_snapshot.c: mirrors in files of this machine, for processes that begin later ---- */

/** Takes a snapshot into an empty mirror, if there is one: then it is loaded, and unproven. */
void mongo_snapshot_load(const mongo_store *store, mongo_mirror *mirror);
/** Keeps the mirror, if that is worth it. What goes wrong is not told: it costs those who come later some time. */
void mongo_snapshot_save(const mongo_store *store, const mongo_mirror *mirror);

/* ---- mongodb_cache_folder.c ---- */

/** This user's folder for snapshots, made if it is not there; NULL if there is none that only the user can reach. */
char *mongo_cache_folder(void);
/** Removes files that nobody has used for a month. */
void mongo_cache_tidy(const char *folder);

double mongo_now_s(void);
/** The mirror as the server has it now. The mirrors are locked. */
int mongo_catch_up(mongo_store *store, mongo_mirror *mirror, lw_error *error);
/** A run was written by this store: what was mirrored before may be old. */
void mongo_wrote(mongo_store *store);
/** Rows of all experiments, for a query that names none; *rows and what it has are the caller's. */
int mongo_read_rows(mongo_store *store, const lw_run_query *query, mongo_row ***rows, size_t *n, lw_error *error);
void mongo_rows_free(mongo_row **rows, size_t n);

/* ---- mongodb_runs.c, mongodb_beats.c, mongodb_query.c ---- */

/** What is to be known of a run before it is changed. */
typedef struct mongo_run_state {
    bool exists, own;
    lw_status status;
    lw_token token;
} mongo_run_state;

/** The fields that it is made of, as a projection. */
void mongo_append_state_fields(bson_t *projection);
void mongo_read_state(const bson_t *document, mongo_run_state *out);
/** LW_ENOTFOUND, LW_EUNSUPPORTED: the run may not be changed. */
int mongo_check_state(int64_t id, const mongo_run_state *state, lw_error *error);

/** Whether the run is there, and may be changed. */
int mongo_check_changeable(mongo_store *store, int64_t id, lw_error *error);
/**
 * Changes what is listed in a run's document for viewers: operation is "$addToSet" or "$pull", or NULL to let others
 * see the run as changed. LW_ENOTFOUND if it is not there any more.
 */
int mongo_touch(mongo_store *store, int64_t id, const char *operation, const bson_t *fields, lw_error *error);

int mongo_run_insert(lw_store *base, const lw_run *run, lw_error *error);
int mongo_run_get(lw_store *base, int64_t id, lw_run *out, lw_error *error);
int mongo_run_modify(lw_store *base, int64_t id, lw_run_modify_fn *modify, void *arg, lw_error *error);
int mongo_run_beats(lw_store *base, lw_beat *beats, size_t n, lw_error *error);
int mongo_run_remove(lw_store *base, int64_t id, lw_error *error);
int mongo_run_each(lw_store *base, const lw_run_query *query, lw_run_fn *visit, void *arg, lw_error *error);
int mongo_row_each(lw_store *base, const lw_run_query *query, lw_run_row_fn *visit, void *arg, lw_error *error);
int mongo_run_counts(lw_store *base, const char *experiment, lw_run_counts *out, lw_error *error);
int mongo_config_count(lw_store *base, const char *experiment, const char *space, const uint8_t digest[LW_DIGEST_SIZE],
                       uint64_t *out, int64_t *changes, lw_error *error);

/* ---- mongodb_foreign.c ---- */

int mongo_unreadable_count(lw_store *base, const char *experiment, uint64_t *out, lw_error *error);

/* ---- mongodb_metrics.c, mongodb_files.c, mongodb_cache.c ---- */

int mongo_remove_metrics(mongo_store *store, int64_t run_id, lw_error *error);
int mongo_remove_files(mongo_store *store, int64_t run_id, lw_error *error);
int mongo_metric_append(lw_store *base, int64_t run_id, const char *name, const lw_metric_point *points, size_t n,
                        lw_error *error);
int mongo_metric_each(lw_store *base, int64_t run_id, lw_metric_fn *visit, void *arg, lw_error *error);
int mongo_file_put(lw_store *base, int64_t run_id, lw_file_kind kind, const char *name, lw_read_fn *read, void *arg,
                   lw_error *error);
int mongo_file_get(lw_store *base, int64_t run_id, lw_file_kind kind, const char *name, lw_write_fn *write, void *arg,
                   lw_error *error);
int mongo_file_each(lw_store *base, int64_t run_id, lw_file_fn *visit, void *arg, lw_error *error);
int mongo_cache_put(lw_store *base, const char *key, const void *bytes, size_t size, lw_error *error);
int mongo_cache_get(lw_store *base, const char *key, lw_write_fn *write, void *arg, lw_error *error);

#endif
