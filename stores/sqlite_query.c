/* The SQLite store: runs that fit a query. */
#include <string.h>

#include <labwatch/sys/memory.h>
#include <labwatch/sys/text.h>

#include "sqlite_internal.h"

static void add_statuses(lw_text *sql, const lw_run_query *query) {
    if (query->statuses == 0 && query->order != LW_ORDER_COST) {
        lw_text_add(sql, " AND r.status <> 'REMOVED'");
        return;
    }
    unsigned statuses = lw_run_query_statuses(query);
    if (statuses == 1u << LW_STATUS_COMPLETED) { /* as the index by cost has it */
        lw_text_add(sql, " AND r.status = 'COMPLETED'");
        return;
    }
    lw_text_add(sql, " AND r.status IN (");
    const char *separator = "";
    for (int status = 0; status <= LW_STATUS_OTHER; status++)
        if (statuses >> status & 1u) {
            lw_text_format(sql, "%s'%s'", separator, lw_status_name((lw_status)status));
            separator = ", ";
        }
    lw_text_add(sql, ")");
}

static bool is_open_only(const lw_run_query *query) {
    const unsigned always_open = 1u << LW_STATUS_QUEUED | 1u << LW_STATUS_RUNNING;
    return query->open_only || (lw_run_query_statuses(query) & ~always_open) == 0;
}

/* One experiment: its runs by an index. All: each run, and the name of its experiment. */
static void add_tables(lw_text *sql, const lw_run_query *query, bool whole) {
    if (query->experiment) {
        const char *index = query->order == LW_ORDER_COST ? " INDEXED BY runs_by_cost"
                            : is_open_only(query)         ? " INDEXED BY runs_open"
                                                          : "";
        lw_text_format(sql, " FROM experiments e CROSS JOIN runs r%s ON r.experiment = e.id", index);
    } else {
        lw_text_add(sql, " FROM runs r CROSS JOIN experiments e ON e.id = r.experiment");
    }
    if (whole)
        lw_text_add(sql, " LEFT JOIN details d ON d.id = r.id LEFT JOIN outputs o ON o.id = r.id");
}

static void add_conditions(lw_text *sql, const lw_run_query *query) {
    lw_text_add(sql, " WHERE r.id > ?1");
    if (query->up_to_id != 0)
        lw_text_add(sql, " AND r.id <= ?2");
    if (query->experiment)
        lw_text_add(sql, " AND e.name = ?3");
    if (query->space)
        lw_text_add(sql, " AND r.space = ?4");
    if (query->ids)
        lw_text_add(sql, " AND r.id IN (SELECT value FROM json_each(?5))");
    if (is_open_only(query))
        lw_text_add(sql, " AND r.open = 1");
    if (query->order == LW_ORDER_COST)
        lw_text_add(sql, " AND r.cost IS NOT NULL");
    add_statuses(sql, query);
}

static void add_order(lw_text *sql, const lw_run_query *query) {
    static const char *const orders[] = {
        [LW_ORDER_ID] = "r.id", [LW_ORDER_ID_DOWN] = "r.id DESC", [LW_ORDER_COST] = "r.cost, r.id"};
    lw_text_format(sql, " ORDER BY %s LIMIT ?6", orders[query->order]);
}

/* NULL when out of memory. */
static char *sql_of(const lw_run_query *query, bool whole) {
    lw_text sql = {0};
    lw_text_add(&sql, "SELECT " RUN_COLUMNS);
    if (whole)
        lw_text_add(&sql, ", d.document, o.captured_out");
    add_tables(&sql, query, whole);
    add_conditions(&sql, query);
    add_order(&sql, query);
    return lw_text_take(&sql);
}

/* NULL when out of memory. */
static char *ids_of(const lw_run_query *query) {
    lw_text ids = {0};
    lw_text_add(&ids, "[");
    for (size_t i = 0; i < query->n_ids; i++)
        lw_text_format(&ids, i ? ",%lld" : "%lld", (long long)query->ids[i]);
    lw_text_add(&ids, "]");
    return lw_text_take(&ids);
}

static void bind_conditions(sqlite_query *rows, const lw_run_query *query, const char *ids) {
    bool limited = query->limit > 0 && query->limit <= INT64_MAX;
    sqlite_bind_int(rows, query->after_id);
    sqlite_bind_int(rows, query->up_to_id);
    sqlite_bind_text(rows, query->experiment);
    sqlite_bind_text(rows, query->space);
    sqlite_bind_text(rows, ids);
    sqlite_bind_int(rows, limited ? (int64_t)query->limit : -1);
}

/* Somebody who is shown runs, whole or narrow. */
typedef struct run_visitor {
    lw_run_fn *visit_run;
    lw_run_row_fn *visit_row;
    void *arg;
} run_visitor;

static int show(const run_visitor *visitor, sqlite_query *rows, lw_error *error) {
    if (visitor->visit_row) {
        sqlite_row narrow;
        int code = sqlite_read_row(rows, &narrow, error);
        return code == LW_OK ? visitor->visit_row(visitor->arg, &narrow.row) : code;
    }
    lw_run run;
    int code = sqlite_read_run(rows, &run, error);
    if (code != LW_OK)
        return code;
    code = visitor->visit_run(visitor->arg, &run);
    lw_run_release(&run);
    return code;
}

static int each(sqlite_store *store, const lw_run_query *query, const char *sql, const char *ids, const run_visitor *visitor,
                lw_error *error) {
    sqlite_query rows = sqlite_start_text(store, sql);
    if (rows.statement)
        bind_conditions(&rows, query, ids);
    int rc, code = LW_OK;
    while (code == LW_OK && (rc = sqlite_next(&rows)) != SQLITE_DONE)
        code = rc == SQLITE_ROW ? show(visitor, &rows, error) : sqlite_failed(store, rc, error);
    sqlite_end(&rows);
    return code;
}

static int visit(lw_store *base, const lw_run_query *query, const run_visitor *visitor, lw_error *error) {
    if (lw_run_query_statuses(query) == 0) /* by cost, of runs that have none */
        return LW_OK;
    char *sql = sql_of(query, visitor->visit_run != NULL);
    char *ids = query->ids ? ids_of(query) : NULL;
    int code = !sql || (query->ids && !ids) ? lw_error_no_memory(error) : LW_OK;
    sqlite_store *store;
    if (code == LW_OK)
        code = sqlite_enter(&store, base, STORE_READS_ONCE, error);
    if (code == LW_OK)
        code = sqlite_leave(store, each(store, query, sql, ids, visitor, error), error);
    lw_free(sql);
    lw_free(ids);
    return code;
}

int sqlite_run_each(lw_store *store, const lw_run_query *query, lw_run_fn *visit_run, void *arg, lw_error *error) {
    return visit(store, query, &(run_visitor){.visit_run = visit_run, .arg = arg}, error);
}

int sqlite_row_each(lw_store *store, const lw_run_query *query, lw_run_row_fn *visit_row, void *arg, lw_error *error) {
    return visit(store, query, &(run_visitor){.visit_row = visit_row, .arg = arg}, error);
}

int sqlite_config_count(lw_store *base, const char *experiment, const char *space, const uint8_t digest[LW_DIGEST_SIZE],
                        uint64_t *out, int64_t *changes, lw_error *error) {
    sqlite_store *store;
    int code = sqlite_enter(&store, base, STORE_READS_ONCE, error);
    if (code != LW_OK)
        return code;
    sqlite_query query = sqlite_start(store, SQL_CONFIG_COUNT);
    sqlite_bind_text(&query, experiment);
    sqlite_bind_text(&query, space);
    sqlite_bind_blob(&query, digest, LW_DIGEST_SIZE);
    int rc = sqlite_next(&query);
    if (rc == SQLITE_ROW) {
        *out = (uint64_t)sqlite3_column_int64(query.statement, 0);
        *changes = sqlite3_column_int64(query.statement, 1); /* NULL reads as 0 */
        rc = SQLITE_DONE;
    }
    return sqlite_leave(store, sqlite_finish(&query, rc, error), error);
}
