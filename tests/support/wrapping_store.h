/**
 * A store that passes every operation on to another one, with a word before and after: what the faulty and the traced
 * store are made of. Built on the public headers alone.
 */
#ifndef LABWATCH_TESTS_WRAPPING_STORE_H
#define LABWATCH_TESTS_WRAPPING_STORE_H

#include <pthread.h>

#include <labwatch/store.h>

typedef struct lw_test_wrapping_store {
    lw_store base;
    lw_store *inner; /**< owned */
    pthread_mutex_t lock; /**< of what the wrapping store counts and writes down */
    /** Called first, unless it is NULL; anything but LW_OK ends the operation, which is not done. */
    int (*before)(struct lw_test_wrapping_store *store, const char *operation, lw_error *error);
    /** Called last, unless it is NULL, with what the operation gave; what it returns is what the caller gets. */
    int (*after)(struct lw_test_wrapping_store *store, const char *operation, int code, lw_error *error);
} lw_test_wrapping_store;

/**
 * Makes a store of that size, which begins with a lw_test_wrapping_store and is zero behind it, around the store of
 * that URL (such as "memory:"). The caller sets before and after. NULL: *error has the code.
 */
lw_test_wrapping_store *lw_test_wrapping_open(size_t size, const char *inner_url, const lw_store_setup *setup,
                                              lw_error *error);
/** Closes the inner store and frees this one. */
void lw_test_wrapping_close(lw_store *store);

/* The operations, for a type object's table. */
int lw_test_wrapping_experiment_get(lw_store *store, const char *name, lw_experiment_record_fn *visit, void *arg, lw_error *error);
int lw_test_wrapping_experiment_put(lw_store *store, const lw_experiment_record *record, lw_error *error);
int lw_test_wrapping_experiment_each(lw_store *store, lw_experiment_record_fn *visit, void *arg, lw_error *error);
int lw_test_wrapping_run_insert(lw_store *store, const lw_run *run, lw_error *error);
int lw_test_wrapping_run_get(lw_store *store, int64_t id, lw_run *out, lw_error *error);
int lw_test_wrapping_run_modify(lw_store *store, int64_t id, lw_run_modify_fn *modify, void *arg, lw_error *error);
int lw_test_wrapping_run_beats(lw_store *store, lw_beat *beats, size_t n, lw_error *error);
int lw_test_wrapping_run_remove(lw_store *store, int64_t id, lw_error *error);
int lw_test_wrapping_run_each(lw_store *store, const lw_run_query *query, lw_run_fn *visit, void *arg, lw_error *error);
int lw_test_wrapping_row_each(lw_store *store, const lw_run_query *query, lw_run_row_fn *visit, void *arg, lw_error *error);
int lw_test_wrapping_run_counts(lw_store *store, const char *experiment, lw_run_counts *out, lw_error *error);
int lw_test_wrapping_config_count(lw_store *store, const char *experiment, const char *space,
                                  const uint8_t digest[LW_DIGEST_SIZE], uint64_t *out, int64_t *changes, lw_error *error);
int lw_test_wrapping_metric_append(lw_store *store, int64_t run_id, const char *name, const lw_metric_point *points, size_t n,
                                   lw_error *error);
int lw_test_wrapping_metric_each(lw_store *store, int64_t run_id, lw_metric_fn *visit, void *arg, lw_error *error);
int lw_test_wrapping_file_put(lw_store *store, int64_t run_id, lw_file_kind kind, const char *name, lw_read_fn *read, void *arg,
                              lw_error *error);
int lw_test_wrapping_file_get(lw_store *store, int64_t run_id, lw_file_kind kind, const char *name, lw_write_fn *write, void *arg,
                              lw_error *error);
int lw_test_wrapping_file_each(lw_store *store, int64_t run_id, lw_file_fn *visit, void *arg, lw_error *error);
int lw_test_wrapping_cache_put(lw_store *store, const char *key, const void *bytes, size_t size, lw_error *error);
int lw_test_wrapping_unreadable_count(lw_store *store, const char *experiment, uint64_t *out, lw_error *error);
int lw_test_wrapping_cache_get(lw_store *store, const char *key, lw_write_fn *write, void *arg, lw_error *error);

/** All of them but two, as initialisers of an lw_store_type. */
#define LW_TEST_WRAPPING_OTHER_OPERATIONS                                                                              \
    .experiment_get = lw_test_wrapping_experiment_get, .experiment_put = lw_test_wrapping_experiment_put,              \
    .experiment_each = lw_test_wrapping_experiment_each, .run_get = lw_test_wrapping_run_get,                          \
    .run_beats = lw_test_wrapping_run_beats, .run_remove = lw_test_wrapping_run_remove,                                \
    .run_each = lw_test_wrapping_run_each, .row_each = lw_test_wrapping_row_each,                                      \
    .run_counts = lw_test_wrapping_run_counts, .config_count = lw_test_wrapping_config_count,                          \
    .metric_append = lw_test_wrapping_metric_append, .metric_each = lw_test_wrapping_metric_each,                      \
    .file_put = lw_test_wrapping_file_put, .file_get = lw_test_wrapping_file_get,                                      \
    .file_each = lw_test_wrapping_file_each, .cache_put = lw_test_wrapping_cache_put,                                  \
    .cache_get = lw_test_wrapping_cache_get, .unreadable_count = lw_test_wrapping_unreadable_count
/** All of them. */
#define LW_TEST_WRAPPING_OPERATIONS                                                                                    \
    LW_TEST_WRAPPING_OTHER_OPERATIONS, .run_insert = lw_test_wrapping_run_insert,                                      \
                                       .run_modify = lw_test_wrapping_run_modify

#endif
