/**
 * Stores: where experiments and their runs are kept, chosen by URL.
 *
 *     lw_store *store = NULL;
 *     lw_store_open(&store, "sqlite:labwatch.db", NULL, NULL, &error);
 *     lw_run_counts counts;
 *     lw_store_run_counts(store, "heart-svm", &counts, &error);
 *     lw_store_close(store);
 *
 * What each operation promises stands in sys/store.h. These wrappers check arguments, and are the only callers of the
 * type's functions. A store may be used by several threads.
 */
#ifndef LABWATCH_STORE_H
#define LABWATCH_STORE_H

#include <labwatch/sys/store.h>

LW_BEGIN_DECLS

/** The types that are always there, NULL-terminated. Static. */
LW_EXPORT const lw_store_type *const *lw_store_types(void);
/** The schemes of all stores that belong to labwatch, those in modules too, NULL-terminated. Static. */
LW_EXPORT const char *const *lw_store_schemes(void);

/**
 * What may be told of a store's URL, and names it among others: without user and password, and without those of a server's
 * options that may be secret. Yours to lw_free; NULL when out of memory.
 */
LW_EXPORT char *lw_store_public_url(const char *url);

/**
 * The URL that is meant where "@FILE" stands in place of one: the line in that file, which nobody else may read
 * (lw_secret_from_file); any other URL as it is. lw_store_open and the spool do this by themselves. Yours to lw_free.
 */
LW_EXPORT int lw_store_url_from(char **out, const char *url, lw_error *error);

/**
 * Opens a store. extra (the caller's own types, NULL-terminated) may be NULL; so may setup: system clock, 10 s, made if
 * not there. A URL without a scheme, such as labwatch.db, is LW_EINVAL with the URL that was probably meant.
 */
LW_EXPORT int lw_store_open(lw_store **out, const char *url, const lw_store_setup *setup, const lw_store_type *const *extra,
                            lw_error *error);
/** Accepts NULL. */
LW_EXPORT void lw_store_close(lw_store *store);
LW_EXPORT const lw_store_type *lw_store_get_type(const lw_store *store);

LW_EXPORT int lw_store_experiment_get(lw_store *store, const char *name, lw_experiment_record_fn *visit, void *arg, lw_error *error);
LW_EXPORT int lw_store_experiment_put(lw_store *store, const lw_experiment_record *record, lw_error *error);
LW_EXPORT int lw_store_experiment_each(lw_store *store, lw_experiment_record_fn *visit, void *arg, lw_error *error);

LW_EXPORT int lw_store_run_insert(lw_store *store, const lw_run *run, lw_error *error);
/** Initialises *out; on success it is yours to lw_run_release. */
LW_EXPORT int lw_store_run_get(lw_store *store, int64_t id, lw_run *out, lw_error *error);
LW_EXPORT int lw_store_run_modify(lw_store *store, int64_t id, lw_run_modify_fn *modify, void *arg, lw_error *error);
/** LW_OK also if some are refused, or not valid (LW_EINVAL, LW_EUNSUPPORTED): look at each one's refusal. */
LW_EXPORT int lw_store_run_beats(lw_store *store, lw_beat *beats, size_t n, lw_error *error);
LW_EXPORT int lw_store_run_remove(lw_store *store, int64_t id, lw_error *error);
LW_EXPORT int lw_store_run_each(lw_store *store, const lw_run_query *query, lw_run_fn *visit, void *arg, lw_error *error);
LW_EXPORT int lw_store_row_each(lw_store *store, const lw_run_query *query, lw_run_row_fn *visit, void *arg, lw_error *error);
LW_EXPORT int lw_store_run_counts(lw_store *store, const char *experiment, lw_run_counts *out, lw_error *error);
/** changes may be NULL. */
LW_EXPORT int lw_store_unreadable_count(lw_store *store, const char *experiment, uint64_t *out, lw_error *error);
LW_EXPORT int lw_store_config_count(lw_store *store, const char *experiment, const char *space,
                                    const uint8_t digest[LW_DIGEST_SIZE], uint64_t *out, int64_t *changes, lw_error *error);

LW_EXPORT int lw_store_metric_append(lw_store *store, int64_t run_id, const char *name, const lw_metric_point *points, size_t n,
                                     lw_error *error);
LW_EXPORT int lw_store_metric_each(lw_store *store, int64_t run_id, lw_metric_fn *visit, void *arg, lw_error *error);

LW_EXPORT int lw_store_file_put(lw_store *store, int64_t run_id, lw_file_kind kind, const char *name, lw_read_fn *read, void *arg,
                                lw_error *error);
LW_EXPORT int lw_store_file_get(lw_store *store, int64_t run_id, lw_file_kind kind, const char *name, lw_write_fn *write, void *arg,
                                lw_error *error);
LW_EXPORT int lw_store_file_each(lw_store *store, int64_t run_id, lw_file_fn *visit, void *arg, lw_error *error);

LW_EXPORT int lw_store_cache_put(lw_store *store, const char *key, const void *bytes, size_t size, lw_error *error);
/** The bytes in *out, yours to lw_free, and their number. LW_ENOTFOUND. */
LW_EXPORT int lw_store_cache_get(lw_store *store, const char *key, void **out, size_t *size, lw_error *error);

LW_END_DECLS

#endif
