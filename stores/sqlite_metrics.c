/* The SQLite store: metrics. */
#include <math.h>
#include <string.h>

#include <labwatch/sys/memory.h>

#include "sqlite_internal.h"

/* The metric's row, made if there is none, and how many points it has. */
static int need_metric(sqlite_store *store, int64_t run_id, const char *name, int64_t *id, int64_t *n, lw_error *error) {
    sqlite_query query = sqlite_start(store, SQL_METRIC_GET);
    sqlite_bind_int(&query, run_id);
    sqlite_bind_text(&query, name);
    int rc = sqlite_next(&query);
    bool found = rc == SQLITE_ROW;
    *id = found ? sqlite3_column_int64(query.statement, 0) : 0;
    *n = found ? sqlite3_column_int64(query.statement, 1) : 0;
    int code = sqlite_finish(&query, found ? SQLITE_DONE : rc, error);
    if (code != LW_OK || found)
        return code;
    query = sqlite_start(store, SQL_METRIC_MAKE);
    sqlite_bind_int(&query, run_id);
    sqlite_bind_text(&query, name);
    code = sqlite_run(&query, error);
    *id = sqlite3_last_insert_rowid(store->connection);
    return code;
}

static int add_point(sqlite_store *store, int64_t metric, int64_t position, const lw_metric_point *point, lw_error *error) {
    sqlite_query query = sqlite_start(store, SQL_POINT_ADD);
    sqlite_bind_int(&query, metric);
    sqlite_bind_int(&query, position);
    sqlite_bind_int(&query, point->step);
    sqlite_bind_double(&query, point->value);
    sqlite_bind_int(&query, point->time_ms);
    return sqlite_run(&query, error);
}

static int append(sqlite_store *store, int64_t run_id, const char *name, const lw_metric_point *points, size_t n,
                  lw_error *error) {
    int64_t metric, there;
    int code = sqlite_check_changeable(store, run_id, error);
    if (code != LW_OK || n == 0)
        return code;
    code = need_metric(store, run_id, name, &metric, &there, error);
    for (size_t i = 0; i < n && code == LW_OK; i++)
        code = add_point(store, metric, there + (int64_t)i, &points[i], error);
    if (code != LW_OK)
        return code;
    sqlite_query query = sqlite_start(store, SQL_METRIC_GREW);
    sqlite_bind_int(&query, metric);
    sqlite_bind_int(&query, (int64_t)n);
    return sqlite_run(&query, error);
}

int sqlite_metric_append(lw_store *base, int64_t run_id, const char *name, const lw_metric_point *points, size_t n,
                         lw_error *error) {
    sqlite_store *store;
    int code = sqlite_enter(&store, base, STORE_WRITES, error);
    if (code != LW_OK)
        return code;
    return sqlite_leave(store, append(store, run_id, name, points, n, error), error);
}

static int read_points(sqlite_store *store, int64_t metric, lw_metric_point *points, size_t n, lw_error *error) {
    sqlite_query query = sqlite_start(store, SQL_POINT_ALL);
    sqlite_bind_int(&query, metric);
    size_t i = 0;
    int rc;
    while ((rc = sqlite_next(&query)) == SQLITE_ROW && i < n)
        points[i++] = (lw_metric_point){
            .step = sqlite3_column_int64(query.statement, 0),
            .value = sqlite3_column_type(query.statement, 1) == SQLITE_NULL ? NAN
                                                                            : sqlite3_column_double(query.statement, 1),
            .time_ms = sqlite3_column_int64(query.statement, 2),
        };
    int code = sqlite_finish(&query, rc == SQLITE_ROW ? SQLITE_DONE : rc, error);
    if (code == LW_OK && (i < n || rc == SQLITE_ROW))
        code = lw_error_set(error, LW_ESTORE, "the store %s is damaged: a metric has not the points that were counted",
                            store->name);
    return code;
}

static int show_metric(sqlite_store *store, sqlite_query *metrics, lw_metric_fn *visit, void *arg, lw_error *error) {
    int64_t id = sqlite3_column_int64(metrics->statement, 0);
    int64_t n = sqlite3_column_int64(metrics->statement, 1);
    const char *name = (const char *)sqlite3_column_text(metrics->statement, 2);
    lw_metric_point *points = n >= 0 ? lw_calloc((size_t)n, sizeof *points) : NULL;
    if (!points || !name) {
        lw_free(points);
        return lw_error_no_memory(error);
    }
    int code = read_points(store, id, points, (size_t)n, error);
    if (code == LW_OK)
        code = visit(arg, name, points, (size_t)n);
    lw_free(points);
    return code;
}

int sqlite_metric_each(lw_store *base, int64_t run_id, lw_metric_fn *visit, void *arg, lw_error *error) {
    sqlite_store *store;
    int code = sqlite_enter(&store, base, STORE_READS, error);
    if (code != LW_OK)
        return code;
    sqlite_query metrics = sqlite_start(store, SQL_METRIC_ALL);
    sqlite_bind_int(&metrics, run_id);
    int rc;
    while (code == LW_OK && (rc = sqlite_next(&metrics)) != SQLITE_DONE)
        code = rc == SQLITE_ROW ? show_metric(store, &metrics, visit, arg, error) : sqlite_failed(store, rc, error);
    sqlite_end(&metrics);
    return sqlite_leave(store, code, error);
}

int sqlite_remove_metrics(sqlite_store *store, int64_t run_id, lw_error *error) {
    static const sqlite_sql deletions[] = {SQL_POINTS_DELETE, SQL_METRICS_DELETE};
    int code = LW_OK;
    for (size_t i = 0; i < 2 && code == LW_OK; i++) {
        sqlite_query query = sqlite_start(store, deletions[i]);
        sqlite_bind_int(&query, run_id);
        code = sqlite_run(&query, error);
    }
    return code;
}
