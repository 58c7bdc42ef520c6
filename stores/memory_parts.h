/**
 * The parts of the memory store. Functions are called with the store locked, unless they say otherwise.
 */
#ifndef LABWATCH_MEMORY_PARTS_H
#define LABWATCH_MEMORY_PARTS_H

#include <pthread.h>

#include "arena.h"
#include "memory_store.h"
#include "run_pack.h"

typedef struct memory_metric {
    char *name;
    lw_metric_point *points;
    size_t n, capacity;
} memory_metric;

/** Bytes that files share. */
typedef struct memory_content {
    struct memory_content *next;
    size_t uses;
    unsigned char *bytes;
    size_t size;
    uint8_t digest[LW_DIGEST_SIZE];
} memory_content;

typedef struct memory_file {
    lw_file_kind kind;
    char *name;
    memory_content *content;
} memory_file;

/** What a run has beside its document. */
typedef struct memory_attachments {
    memory_metric *metrics; /**< by name */
    size_t n_metrics, metrics_capacity;
    memory_file *files; /**< by kind and name */
    size_t n_files, files_capacity;
} memory_attachments;

/** A run, which stays as long as the store, if only as a tombstone: its pack, and what is needed without it. */
typedef struct memory_run {
    int64_t id;
    struct memory_experiment *experiment;
    run_pack *pack;                  /**< against the experiment's pattern */
    memory_attachments *attachments; /**< NULL: none */
    struct memory_run *next_alike;   /**< in a bucket of the index by config */
    uint64_t config;                 /**< config_hash of its digest */
    double cost;
    int8_t status, origin; /**< lw_status, lw_origin */
    bool open;             /**< lw_run_is_open */
} memory_run;

/** Runs by ascending ids. Cheap to lengthen at the end and to shorten at both. */
typedef struct run_list {
    memory_run **items;   /**< in slots; behind those that a shortening at the front has freed */
    size_t n;
    memory_run **slots;
    size_t capacity;
} run_list;

typedef struct memory_experiment {
    char *name;
    int64_t revision; /**< 0: runs name it, but it was not put */
    bson_t *document;
    lw_run_counts counts;
    lw_run pattern; /**< of all its runs: the first one, as it was inserted */
    run_list runs;
    run_list open; /**< those without outcome */
} memory_experiment;

/** Index of runs by the digest of their config: chains of runs. */
typedef struct config_index {
    memory_run **buckets;
    size_t n_buckets; /**< a power of two, or 0 */
} config_index;

typedef struct cache_entry {
    char *key;
    void *bytes;
    size_t size;
} cache_entry;

/** The oldest first. */
typedef struct memory_cache {
    cache_entry *items;
    size_t n, capacity;
    size_t size; /**< bytes in all entries */
} memory_cache;

typedef struct memory_store {
    lw_store base;
    const lw_clock *clock;
    pthread_mutex_t lock;
    memory_experiment **experiments; /**< by name */
    size_t n_experiments, experiments_capacity;
    lw_arena places; /**< of memory_runs */
    run_list runs;
    config_index index;
    memory_content *contents;
    memory_cache cache;
} memory_store;

/** Not locked. Locks the store and gives it in its own type. */
memory_store *memory_lock(lw_store *store);
/** Unlocks, and returns code, so that an operation can end with it. */
int memory_unlock(memory_store *store, int code);

/** NULL if there is none. */
memory_experiment *memory_find_experiment(const memory_store *store, const char *name);
/** Makes it if there is none; NULL when out of memory. */
memory_experiment *memory_need_experiment(memory_store *store, const char *name);

/** Place of the first run whose id is not below id. */
size_t run_list_at(const run_list *list, int64_t id);
/** NULL if there is none. */
memory_run *run_list_find(const run_list *list, int64_t id);
/** Makes room for one more run. */
bool run_list_reserve(run_list *list);
/** There is room. */
void run_list_add(run_list *list, memory_run *run);
void run_list_remove(run_list *list, const memory_run *run);

/** What the index knows of a digest. */
uint64_t config_hash(const uint8_t digest[LW_DIGEST_SIZE]);
/** Makes room for one more run beside these, which are all that it has. */
bool config_index_reserve(config_index *index, const run_list *runs);
void config_index_add(config_index *index, memory_run *run);
void config_index_remove(config_index *index, const memory_run *run);
/** The runs of that hash, one after the other; NULL at the end. */
memory_run *config_index_find(const config_index *index, uint64_t hash);
memory_run *config_index_next(const memory_run *run);

/** A run that may be changed; else NULL, with the code in *code. */
memory_run *memory_changeable_run(memory_store *store, int64_t id, int *code, lw_error *error);
/** For reading, as long as the store is locked. */
void memory_unpack(const memory_run *run, run_unpacked *out);
/** Frees all runs with all they have. */
void memory_free_runs(memory_store *store);
/** Frees the metrics and files of a run. */
void memory_free_attachments(memory_store *store, memory_run *run);
void memory_free_cache(memory_cache *cache);

/* The operations of the type object, which lock for themselves. */
int memory_run_insert(lw_store *store, const lw_run *run, lw_error *error);
int memory_run_get(lw_store *store, int64_t id, lw_run *out, lw_error *error);
int memory_run_modify(lw_store *store, int64_t id, lw_run_modify_fn *modify, void *arg, lw_error *error);
int memory_run_beats(lw_store *store, lw_beat *beats, size_t n, lw_error *error);
int memory_run_remove(lw_store *store, int64_t id, lw_error *error);
int memory_run_counts(lw_store *store, const char *experiment, lw_run_counts *out, lw_error *error);
int memory_config_count(lw_store *store, const char *experiment, const char *space,
                        const uint8_t digest[LW_DIGEST_SIZE], uint64_t *out, int64_t *changes, lw_error *error);
int memory_run_each(lw_store *store, const lw_run_query *query, lw_run_fn *visit, void *arg, lw_error *error);
int memory_row_each(lw_store *store, const lw_run_query *query, lw_run_row_fn *visit, void *arg, lw_error *error);
int memory_metric_append(lw_store *store, int64_t run_id, const char *name, const lw_metric_point *points, size_t n,
                         lw_error *error);
int memory_metric_each(lw_store *store, int64_t run_id, lw_metric_fn *visit, void *arg, lw_error *error);
int memory_file_put(lw_store *store, int64_t run_id, lw_file_kind kind, const char *name, lw_read_fn *read, void *arg,
                    lw_error *error);
int memory_file_get(lw_store *store, int64_t run_id, lw_file_kind kind, const char *name, lw_write_fn *write,
                    void *arg, lw_error *error);
int memory_file_each(lw_store *store, int64_t run_id, lw_file_fn *visit, void *arg, lw_error *error);
int memory_cache_put(lw_store *store, const char *key, const void *bytes, size_t size, lw_error *error);
int memory_cache_get(lw_store *store, const char *key, lw_write_fn *write, void *arg, lw_error *error);

#endif
