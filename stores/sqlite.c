/* The store `sqlite:FILE`: the type object, and experiments. */
#include <labwatch/sys/module.h>

#include "sqlite_internal.h"

static int show_experiment(sqlite_query *query, lw_experiment_record_fn *visit, void *arg, lw_error *error) {
    bson_t document;
    lw_experiment_record record = {
        .name = (const char *)sqlite3_column_text(query->statement, 0),
        .revision = sqlite3_column_int64(query->statement, 1),
        .document = &document,
    };
    if (!record.name || !sqlite_column_document(query, 2, &document))
        return lw_error_set(error, LW_ESTORE, "the store %s is damaged: an experiment cannot be read", query->store->name);
    return visit(arg, &record);
}

/* All rows of a query for experiments; *n of them. */
static int show_experiments(sqlite_query *query, lw_experiment_record_fn *visit, void *arg, size_t *n, lw_error *error) {
    int rc, code = LW_OK;
    *n = 0;
    while (code == LW_OK && (rc = sqlite_next(query)) != SQLITE_DONE) {
        code = rc == SQLITE_ROW ? show_experiment(query, visit, arg, error) : sqlite_failed(query->store, rc, error);
        ++*n;
    }
    sqlite_end(query);
    return code;
}

int sqlite_experiment_get(lw_store *base, const char *name, lw_experiment_record_fn *visit, void *arg, lw_error *error) {
    sqlite_store *store;
    size_t n;
    int code = sqlite_enter(&store, base, STORE_READS_ONCE, error);
    if (code != LW_OK)
        return code;
    sqlite_query query = sqlite_start(store, SQL_EXPERIMENT_GET);
    sqlite_bind_text(&query, name);
    code = show_experiments(&query, visit, arg, &n, error);
    if (code == LW_OK && n == 0)
        code = lw_error_set(error, LW_ENOTFOUND, "there is no experiment '%.200s' in the store", name);
    return sqlite_leave(store, code, error);
}

int sqlite_experiment_each(lw_store *base, lw_experiment_record_fn *visit, void *arg, lw_error *error) {
    sqlite_store *store;
    size_t n;
    int code = sqlite_enter(&store, base, STORE_READS_ONCE, error);
    if (code != LW_OK)
        return code;
    sqlite_query query = sqlite_start(store, SQL_EXPERIMENT_ALL);
    return sqlite_leave(store, show_experiments(&query, visit, arg, &n, error), error);
}

int sqlite_need_experiment(sqlite_store *store, const char *name, int64_t *id, lw_error *error) {
    bool found;
    sqlite_query query = sqlite_start(store, SQL_EXPERIMENT_ID);
    sqlite_bind_text(&query, name);
    int code = sqlite_number(&query, id, &found, error);
    if (code != LW_OK || found)
        return code;
    query = sqlite_start(store, SQL_EXPERIMENT_MAKE);
    sqlite_bind_text(&query, name);
    code = sqlite_run(&query, error);
    *id = sqlite3_last_insert_rowid(store->connection);
    return code;
}

static int put(sqlite_store *store, const lw_experiment_record *record, lw_error *error) {
    int64_t id, revision;
    int code = sqlite_need_experiment(store, record->name, &id, error);
    if (code != LW_OK)
        return code;
    sqlite_query query = sqlite_start(store, SQL_EXPERIMENT_REVISION);
    sqlite_bind_text(&query, record->name);
    code = sqlite_number(&query, &revision, NULL, error);
    if (code != LW_OK)
        return code;
    if (revision != record->revision)
        return lw_error_set(error, LW_ECONFLICT, "experiment '%.200s' is at revision %lld in the store, not at %lld",
                            record->name, (long long)revision, (long long)record->revision);
    query = sqlite_start(store, SQL_EXPERIMENT_PUT);
    sqlite_bind_text(&query, record->name);
    sqlite_bind_document(&query, record->document);
    return sqlite_run(&query, error);
}

int sqlite_experiment_put(lw_store *base, const lw_experiment_record *record, lw_error *error) {
    sqlite_store *store;
    int code = sqlite_enter(&store, base, STORE_WRITES, error);
    if (code != LW_OK)
        return code;
    return sqlite_leave(store, put(store, record, error), error);
}

static const lw_store_type sqlite_type = {
    .scheme = "sqlite",
    .summary = "sqlite:FILE, one file on a local disk, for all processes of the machine",
    .open = sqlite_open,
    .close = sqlite_close,
    .experiment_get = sqlite_experiment_get,
    .experiment_put = sqlite_experiment_put,
    .experiment_each = sqlite_experiment_each,
    .run_insert = sqlite_run_insert,
    .run_get = sqlite_run_get,
    .run_modify = sqlite_run_modify,
    .run_beats = sqlite_run_beats,
    .run_remove = sqlite_run_remove,
    .run_each = sqlite_run_each,
    .row_each = sqlite_row_each,
    .run_counts = sqlite_run_counts,
    .config_count = sqlite_config_count,
    .metric_append = sqlite_metric_append,
    .metric_each = sqlite_metric_each,
    .file_put = sqlite_file_put,
    .file_get = sqlite_file_get,
    .file_each = sqlite_file_each,
    .cache_put = sqlite_cache_put,
    .cache_get = sqlite_cache_get,
    .unreadable_count = lw_store_reads_all,
};

static const lw_store_type *const stores[] = {&sqlite_type, NULL};

LW_MODULE(NULL, stores);
