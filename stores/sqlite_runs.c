/* The SQLite store: runs one by one, and the counters that change with them. */
#include <string.h>

#include <labwatch/sys/memory.h>

#include "sqlite_internal.h"

static int add_counts(sqlite_store *store, int64_t experiment, const lw_run_counts *added, lw_error *error) {
    sqlite_query query = sqlite_start(store, SQL_COUNTS_ADD);
    sqlite_bind_int(&query, experiment);
    sqlite_bind_int(&query, added->own);
    sqlite_bind_int(&query, added->budget_used);
    sqlite_bind_int(&query, added->all);
    for (int status = 0; status <= LW_STATUS_OTHER; status++)
        sqlite_bind_int(&query, added->by_status[status]);
    return sqlite_run(&query, error);
}

static int put_output(sqlite_store *store, int64_t id, const char *text, lw_error *error) {
    sqlite_query query = sqlite_start(store, text ? SQL_OUTPUT_PUT : SQL_OUTPUT_DELETE);
    sqlite_bind_int(&query, id);
    if (text)
        sqlite_bind_text(&query, text);
    return sqlite_run(&query, error);
}

static int put_details(sqlite_store *store, const lw_run *run, lw_error *error) {
    bson_t details;
    int code = sqlite_details_of(run, &details, error);
    if (code != LW_OK)
        return code;
    sqlite_query query = sqlite_start(store, SQL_DETAILS_PUT);
    sqlite_bind_int(&query, run->id);
    sqlite_bind_document(&query, &details);
    code = sqlite_run(&query, error);
    bson_destroy(&details);
    return code;
}

static int put_narrow(sqlite_store *store, sqlite_sql sql, const lw_run *run, int64_t experiment, lw_error *error) {
    sqlite_query query = sqlite_start(store, sql);
    sqlite_bind_run(&query, run, experiment);
    return sqlite_run(&query, error);
}

/* What is known of a run without reading it. */
typedef struct run_state {
    bool exists;
    lw_status status;
    lw_origin origin;
    lw_token token;
    int64_t experiment;
} run_state;

static int get_state(sqlite_store *store, int64_t id, run_state *out, lw_error *error) {
    *out = (run_state){0};
    sqlite_query query = sqlite_start(store, SQL_RUN_STATE);
    sqlite_bind_int(&query, id);
    int rc = sqlite_next(&query);
    if (rc == SQLITE_ROW) {
        const char *status = (const char *)sqlite3_column_text(query.statement, 0);
        const char *origin = (const char *)sqlite3_column_text(query.statement, 1);
        const void *token = sqlite3_column_blob(query.statement, 2);
        bool read = status && origin && token && sqlite3_column_bytes(query.statement, 2) == sizeof out->token;
        rc = read ? SQLITE_DONE : SQLITE_CORRUPT;
        out->exists = read;
        out->status = read ? lw_status_by_name(status) : LW_STATUS_OTHER;
        out->origin = read ? sqlite_origin_by_name(origin) : LW_ORIGIN_OWN;
        out->experiment = sqlite3_column_int64(query.statement, 3);
        if (read)
            memcpy(&out->token, token, sizeof out->token);
    }
    return sqlite_finish(&query, rc, error);
}

static int get_changeable(sqlite_store *store, int64_t id, run_state *out, lw_error *error) {
    int code = get_state(store, id, out, error);
    if (code != LW_OK)
        return code;
    return out->exists ? lw_run_check_changeable(id, out->status, out->origin, error) : lw_run_not_found(id, error);
}

int sqlite_check_changeable(sqlite_store *store, int64_t id, lw_error *error) {
    run_state state;
    return get_changeable(store, id, &state, error);
}

static int insert_new(sqlite_store *store, const lw_run *run, lw_error *error) {
    int64_t experiment = 0;
    int code = sqlite_need_experiment(store, run->experiment, &experiment, error);
    if (code == LW_OK)
        code = put_narrow(store, SQL_RUN_INSERT, run, experiment, error);
    if (code == LW_OK)
        code = put_details(store, run, error);
    if (code == LW_OK && run->captured_out)
        code = put_output(store, run->id, run->captured_out, error);
    lw_run_counts added = {0};
    lw_run_counts_add(&added, run->status, run->origin, 1);
    return code == LW_OK ? add_counts(store, experiment, &added, error) : code;
}

int sqlite_run_insert(lw_store *base, const lw_run *run, lw_error *error) {
    sqlite_store *store;
    int code = sqlite_enter(&store, base, STORE_WRITES, error);
    if (code != LW_OK)
        return code;
    run_state there;
    code = get_state(store, run->id, &there, error);
    if (code == LW_OK && !there.exists)
        code = insert_new(store, run, error);
    else if (code == LW_OK && (lw_token_is_none(run->token) || !lw_token_equal(there.token, run->token)))
        code = lw_error_set(error, LW_ECONFLICT, "the id %lld is taken by another run", (long long)run->id);
    return sqlite_leave(store, code, error);
}

static int get_run(sqlite_store *store, int64_t id, lw_run *out, int64_t *experiment, lw_error *error) {
    sqlite_query query = sqlite_start(store, SQL_RUN_GET);
    sqlite_bind_int(&query, id);
    int rc = sqlite_next(&query);
    if (rc != SQLITE_ROW) {
        int code = sqlite_finish(&query, rc, error);
        return code == LW_OK ? lw_run_not_found(id, error) : code;
    }
    *experiment = sqlite3_column_int64(query.statement, 1);
    int code = sqlite_read_run(&query, out, error);
    sqlite_end(&query);
    return code;
}

int sqlite_run_get(lw_store *base, int64_t id, lw_run *out, lw_error *error) {
    sqlite_store *store;
    int64_t experiment;
    int code = sqlite_enter(&store, base, STORE_READS_ONCE, error);
    if (code != LW_OK)
        return code;
    return sqlite_leave(store, get_run(store, id, out, &experiment, error), error);
}

static bool equal_texts(const char *a, const char *b) {
    return a && b ? strcmp(a, b) == 0 : a == b;
}

/* Stores what a run has become; output is what it had printed before. */
static int put_changed(sqlite_store *store, const lw_run *run, int64_t experiment, const char *output, lw_error *error) {
    int code = put_narrow(store, SQL_RUN_UPDATE, run, experiment, error);
    if (code == LW_OK)
        code = put_details(store, run, error);
    if (code == LW_OK && !equal_texts(output, run->captured_out))
        code = put_output(store, run->id, run->captured_out, error);
    return code;
}

static int modify(sqlite_store *store, lw_run *run, int64_t experiment, lw_run_modify_fn *change, void *arg,
                  lw_error *error) {
    int code = lw_run_check_modifiable(run->id, run->status, run->origin, error);
    if (code != LW_OK)
        return code;
    char *output = lw_strdup(run->captured_out);
    if (run->captured_out && !output)
        return lw_error_no_memory(error);
    lw_run_counts added = {0};
    lw_run_counts_add(&added, run->status, run->origin, -1);
    code = change(arg, run, error);
    if (code == LW_OK) {
        lw_run_counts_add(&added, run->status, run->origin, 1);
        code = put_changed(store, run, experiment, output, error);
    }
    if (code == LW_OK)
        code = add_counts(store, experiment, &added, error);
    lw_free(output);
    return code;
}

int sqlite_run_modify(lw_store *base, int64_t id, lw_run_modify_fn *change, void *arg, lw_error *error) {
    sqlite_store *store;
    int code = sqlite_enter(&store, base, STORE_WRITES, error);
    if (code != LW_OK)
        return code;
    lw_run run;
    int64_t experiment;
    code = get_run(store, id, &run, &experiment, error);
    if (code == LW_OK) {
        code = modify(store, &run, experiment, change, arg, error);
        lw_run_release(&run);
    }
    return sqlite_leave(store, code, error);
}

static int beat(sqlite_store *store, const lw_beat *sent, lw_error *error) {
    run_state state;
    int code = get_changeable(store, sent->id, &state, error);
    if (code != LW_OK)
        return code;
    if (state.status != LW_STATUS_RUNNING || !lw_token_equal(state.token, sent->token))
        return lw_run_not_yours(sent->id, error);
    sqlite_query query = sqlite_start(store, SQL_RUN_BEAT);
    sqlite_bind_int(&query, sent->id);
    sqlite_bind_int(&query, lw_clock_wall_ms(store->clock));
    code = sqlite_run(&query, error);
    return code == LW_OK && sent->captured_out ? put_output(store, sent->id, sent->captured_out, error) : code;
}

int sqlite_run_beats(lw_store *base, lw_beat *beats, size_t n, lw_error *error) {
    sqlite_store *store;
    int code = sqlite_enter(&store, base, STORE_WRITES, error);
    if (code != LW_OK)
        return code;
    for (size_t i = 0; i < n && code == LW_OK; i++)
        code = lw_beat_settle(&beats[i], beat(store, &beats[i], error), error);
    return sqlite_leave(store, code, error);
}

static int delete_details(sqlite_store *store, int64_t id, lw_error *error) {
    sqlite_query query = sqlite_start(store, SQL_DETAILS_DELETE);
    sqlite_bind_int(&query, id);
    return sqlite_run(&query, error);
}

/* What a run was is not read: one that is damaged can be removed too. */
static int put_tombstone(sqlite_store *store, int64_t id, const run_state *state, lw_error *error) {
    bson_t config = BSON_INITIALIZER;
    lw_run tombstone;
    lw_run_init(&tombstone);
    tombstone.id = id;
    tombstone.status = LW_STATUS_REMOVED;
    tombstone.origin = state->origin;
    tombstone.config = &config;
    int code = put_narrow(store, SQL_RUN_UPDATE, &tombstone, state->experiment, error);
    bson_destroy(&config);
    return code;
}

static int entomb(sqlite_store *store, int64_t id, const run_state *state, lw_error *error) {
    lw_run_counts added = {0};
    lw_run_counts_add(&added, state->status, state->origin, -1);
    lw_run_counts_add(&added, LW_STATUS_REMOVED, state->origin, 1);
    int code = put_tombstone(store, id, state, error);
    if (code == LW_OK)
        code = delete_details(store, id, error);
    if (code == LW_OK)
        code = put_output(store, id, NULL, error);
    if (code == LW_OK)
        code = sqlite_remove_metrics(store, id, error);
    if (code == LW_OK)
        code = sqlite_remove_files(store, id, error);
    return code == LW_OK ? add_counts(store, state->experiment, &added, error) : code;
}

static int remove_run(sqlite_store *store, int64_t id, lw_error *error) {
    run_state state;
    int code = get_state(store, id, &state, error);
    if (code != LW_OK)
        return code;
    if (!state.exists)
        return lw_run_not_found(id, error);
    if (state.status == LW_STATUS_REMOVED)
        return LW_OK;
    code = lw_run_check_changeable(id, state.status, state.origin, error);
    return code == LW_OK ? entomb(store, id, &state, error) : code;
}

int sqlite_run_remove(lw_store *base, int64_t id, lw_error *error) {
    sqlite_store *store;
    int code = sqlite_enter(&store, base, STORE_WRITES, error);
    if (code != LW_OK)
        return code;
    return sqlite_leave(store, remove_run(store, id, error), error);
}

static int get_counts(sqlite_store *store, const char *experiment, lw_run_counts *out, lw_error *error) {
    sqlite_query query = sqlite_start(store, SQL_COUNTS_GET);
    sqlite_bind_text(&query, experiment);
    int rc = sqlite_next(&query);
    if (rc == SQLITE_ROW) {
        sqlite3_stmt *s = query.statement; /* NULL reads as 0 */
        *out = (lw_run_counts){
            .last_id = sqlite3_column_int64(s, 0),
            .experiment_revision = sqlite3_column_int64(s, 1),
            .own = sqlite3_column_int64(s, 2),
            .budget_used = sqlite3_column_int64(s, 3),
            .all = sqlite3_column_int64(s, 4),
            .changes = sqlite3_column_int64(s, 5),
        };
        for (int status = 0; status <= LW_STATUS_OTHER; status++)
            out->by_status[status] = sqlite3_column_int64(s, 6 + status);
        rc = SQLITE_DONE;
    }
    return sqlite_finish(&query, rc, error);
}

int sqlite_run_counts(lw_store *base, const char *experiment, lw_run_counts *out, lw_error *error) {
    sqlite_store *store;
    int code = sqlite_enter(&store, base, STORE_READS_ONCE, error);
    if (code != LW_OK)
        return code;
    return sqlite_leave(store, get_counts(store, experiment, out, error), error);
}
