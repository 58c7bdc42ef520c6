#include <labwatch/sys/memory.h>

#include "wrapping_store.h"

lw_test_wrapping_store *lw_test_wrapping_open(size_t size, const char *inner_url, const lw_store_setup *setup,
                                              lw_error *error) {
    lw_test_wrapping_store *store = lw_calloc(1, size);
    if (!store) {
        lw_error_no_memory(error);
        return NULL;
    }
    if (lw_store_open(&store->inner, inner_url, setup, NULL, error) != LW_OK) {
        lw_free(store);
        return NULL;
    }
    pthread_mutex_init(&store->lock, NULL);
    return store;
}

void lw_test_wrapping_close(lw_store *base) {
    lw_test_wrapping_store *store = (lw_test_wrapping_store *)base;
    lw_store_close(store->inner);
    pthread_mutex_destroy(&store->lock);
    lw_free(store);
}

static int before(lw_test_wrapping_store *store, const char *operation, lw_error *error) {
    return store->before ? store->before(store, operation, error) : LW_OK;
}

static int after(lw_test_wrapping_store *store, const char *operation, int code, lw_error *error) {
    return store->after ? store->after(store, operation, code, error) : code;
}

/* One operation that hands its arguments on as they are. */
#define PASS_ON(operation, parameters, arguments)                                                                      \
    int lw_test_wrapping_##operation parameters {                                                                      \
        lw_test_wrapping_store *wrapping = (lw_test_wrapping_store *)store;                                            \
        int code = before(wrapping, #operation, error);                                                                \
        if (code != LW_OK)                                                                                             \
            return code;                                                                                               \
        code = lw_store_##operation arguments;                                                                         \
        return after(wrapping, #operation, code, error);                                                               \
    }

PASS_ON(experiment_get, (lw_store *store, const char *name, lw_experiment_record_fn *visit, void *arg, lw_error *error),
        (wrapping->inner, name, visit, arg, error))
PASS_ON(experiment_put, (lw_store *store, const lw_experiment_record *record, lw_error *error),
        (wrapping->inner, record, error))
PASS_ON(experiment_each, (lw_store *store, lw_experiment_record_fn *visit, void *arg, lw_error *error),
        (wrapping->inner, visit, arg, error))
PASS_ON(run_insert, (lw_store *store, const lw_run *run, lw_error *error),
        (wrapping->inner, run, error))
PASS_ON(run_modify, (lw_store *store, int64_t id, lw_run_modify_fn *modify, void *arg, lw_error *error),
        (wrapping->inner, id, modify, arg, error))
PASS_ON(run_beats, (lw_store *store, lw_beat *beats, size_t n, lw_error *error),
        (wrapping->inner, beats, n, error))
PASS_ON(run_remove, (lw_store *store, int64_t id, lw_error *error),
        (wrapping->inner, id, error))
PASS_ON(run_each, (lw_store *store, const lw_run_query *query, lw_run_fn *visit, void *arg, lw_error *error),
        (wrapping->inner, query, visit, arg, error))
PASS_ON(row_each, (lw_store *store, const lw_run_query *query, lw_run_row_fn *visit, void *arg, lw_error *error),
        (wrapping->inner, query, visit, arg, error))
PASS_ON(run_counts, (lw_store *store, const char *experiment, lw_run_counts *out, lw_error *error),
        (wrapping->inner, experiment, out, error))
PASS_ON(config_count, (lw_store *store, const char *experiment, const char *space, const uint8_t digest[LW_DIGEST_SIZE], uint64_t *out, int64_t *changes, lw_error *error),
        (wrapping->inner, experiment, space, digest, out, changes, error))
PASS_ON(unreadable_count, (lw_store *store, const char *experiment, uint64_t *out, lw_error *error),
        (wrapping->inner, experiment, out, error))
PASS_ON(metric_append, (lw_store *store, int64_t run_id, const char *name, const lw_metric_point *points, size_t n, lw_error *error),
        (wrapping->inner, run_id, name, points, n, error))
PASS_ON(metric_each, (lw_store *store, int64_t run_id, lw_metric_fn *visit, void *arg, lw_error *error),
        (wrapping->inner, run_id, visit, arg, error))
PASS_ON(file_put, (lw_store *store, int64_t run_id, lw_file_kind kind, const char *name, lw_read_fn *read, void *arg, lw_error *error),
        (wrapping->inner, run_id, kind, name, read, arg, error))
PASS_ON(file_get, (lw_store *store, int64_t run_id, lw_file_kind kind, const char *name, lw_write_fn *write, void *arg, lw_error *error),
        (wrapping->inner, run_id, kind, name, write, arg, error))
PASS_ON(file_each, (lw_store *store, int64_t run_id, lw_file_fn *visit, void *arg, lw_error *error),
        (wrapping->inner, run_id, visit, arg, error))
PASS_ON(cache_put, (lw_store *store, const char *key, const void *bytes, size_t size, lw_error *error),
        (wrapping->inner, key, bytes, size, error))

int lw_test_wrapping_run_get(lw_store *store, int64_t id, lw_run *out, lw_error *error) {
    lw_test_wrapping_store *wrapping = (lw_test_wrapping_store *)store;
    int code = before(wrapping, "run_get", error);
    if (code != LW_OK)
        return code;
    code = lw_store_run_get(wrapping->inner, id, out, error);
    int wanted = after(wrapping, "run_get", code, error);
    if (code == LW_OK && wanted != LW_OK)
        lw_run_release(out);
    return wanted;
}

int lw_test_wrapping_cache_get(lw_store *store, const char *key, lw_write_fn *write, void *arg, lw_error *error) {
    lw_test_wrapping_store *wrapping = (lw_test_wrapping_store *)store;
    void *bytes = NULL;
    size_t size;
    int code = before(wrapping, "cache_get", error);
    if (code != LW_OK)
        return code;
    code = lw_store_cache_get(wrapping->inner, key, &bytes, &size, error);
    if (code == LW_OK)
        code = write(arg, bytes, size, error);
    lw_free(bytes);
    return after(wrapping, "cache_get", code, error);
}
