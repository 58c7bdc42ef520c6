/* The SQLite store: runs as columns, and back. */
#include <math.h>
#include <string.h>

#include <labwatch/sys/memory.h>

#include "sqlite_internal.h"

/* In the order of RUN_COLUMNS. */
enum {
    COLUMN_ID,
    COLUMN_EXPERIMENT,
    COLUMN_STATUS,
    COLUMN_OPEN,
    COLUMN_FAILURE,
    COLUMN_ORIGIN,
    COLUMN_SPACE,
    COLUMN_SPACE_VERSION,
    COLUMN_DIGEST,
    COLUMN_COST,
    COLUMN_FIDELITY,
    COLUMN_REPLICATE,
    COLUMN_ATTEMPT,
    COLUMN_LEASE,
    COLUMN_START,
    COLUMN_STOP,
    COLUMN_HEARTBEAT,
    COLUMN_DURATION,
    COLUMN_TOKEN,
    COLUMN_CONFIG,
    COLUMN_MEMO,
    COLUMN_RESULT,
    COLUMN_WORKER
};

static const char *const origin_names[] = {
    [LW_ORIGIN_OWN] = "own", [LW_ORIGIN_IMPORTED] = "imported", [LW_ORIGIN_FOREIGN] = "foreign"};

const char *sqlite_origin_name(lw_origin origin) {
    return origin_names[origin];
}

lw_origin sqlite_origin_by_name(const char *name) {
    if (strcmp(name, origin_names[LW_ORIGIN_OWN]) == 0)
        return LW_ORIGIN_OWN;
    return strcmp(name, origin_names[LW_ORIGIN_IMPORTED]) == 0 ? LW_ORIGIN_IMPORTED : LW_ORIGIN_FOREIGN;
}

void sqlite_bind_run(sqlite_query *query, const lw_run *run, int64_t experiment) {
    sqlite_bind_int(query, run->id);
    sqlite_bind_int(query, experiment);
    sqlite_bind_text(query, lw_status_name(run->status));
    sqlite_bind_int(query, lw_run_is_open(run));
    sqlite_bind_text(query, run->failure == LW_FAILURE_NONE ? NULL : lw_failure_name(run->failure));
    sqlite_bind_text(query, sqlite_origin_name(run->origin));
    sqlite_bind_text(query, run->space);
    sqlite_bind_int(query, run->space_version);
    sqlite_bind_blob(query, run->digest, sizeof run->digest);
    sqlite_bind_double(query, run->cost);
    sqlite_bind_double(query, run->fidelity);
    sqlite_bind_int(query, run->replicate);
    sqlite_bind_int(query, run->attempt);
    sqlite_bind_double(query, run->lease_s);
    sqlite_bind_time(query, run->start_ms);
    sqlite_bind_time(query, run->stop_ms);
    sqlite_bind_time(query, run->heartbeat_ms);
    sqlite_bind_double(query, run->duration_s);
    sqlite_bind_blob(query, run->token.bytes, sizeof run->token.bytes);
    sqlite_bind_document(query, run->config);
    sqlite_bind_document(query, run->memo);
    sqlite_bind_document(query, run->result);
    sqlite_bind_document(query, run->worker);
}

static double column_double(sqlite_query *query, int column) {
    bool none = sqlite3_column_type(query->statement, column) == SQLITE_NULL;
    return none ? NAN : sqlite3_column_double(query->statement, column);
}

static int64_t column_time(sqlite_query *query, int column) {
    bool none = sqlite3_column_type(query->statement, column) == SQLITE_NULL;
    return none ? LW_NO_TIME : sqlite3_column_int64(query->statement, column);
}

/* NULL for NULL. */
static const char *column_text(sqlite_query *query, int column) {
    return (const char *)sqlite3_column_text(query->statement, column);
}

static bool column_bytes(sqlite_query *query, int column, uint8_t out[LW_DIGEST_SIZE]) {
    const void *bytes = sqlite3_column_blob(query->statement, column);
    if (!bytes || sqlite3_column_bytes(query->statement, column) != LW_DIGEST_SIZE)
        return false;
    memcpy(out, bytes, LW_DIGEST_SIZE);
    return true;
}

static int damaged(sqlite_query *query, lw_error *error) {
    return lw_error_set(error, LW_ESTORE, "the store %s is damaged: run %lld cannot be read", query->store->name,
                        (long long)sqlite3_column_int64(query->statement, COLUMN_ID));
}

int sqlite_read_row(sqlite_query *query, sqlite_row *out, lw_error *error) {
    sqlite3_stmt *s = query->statement;
    const char *status = column_text(query, COLUMN_STATUS), *failure = column_text(query, COLUMN_FAILURE);
    const char *origin = column_text(query, COLUMN_ORIGIN);
    if (!status || !origin)
        return damaged(query, error);
    out->row = (lw_run_row){
        .id = sqlite3_column_int64(s, COLUMN_ID),
        .experiment = column_text(query, COLUMN_NAME),
        .status = lw_status_by_name(status),
        .failure = failure ? lw_failure_by_name(failure) : LW_FAILURE_NONE,
        .origin = sqlite_origin_by_name(origin),
        .space = column_text(query, COLUMN_SPACE),
        .space_version = sqlite3_column_int(s, COLUMN_SPACE_VERSION),
        .cost = column_double(query, COLUMN_COST),
        .fidelity = column_double(query, COLUMN_FIDELITY),
        .replicate = sqlite3_column_int(s, COLUMN_REPLICATE),
        .attempt = sqlite3_column_int(s, COLUMN_ATTEMPT),
        .lease_s = sqlite3_column_double(s, COLUMN_LEASE),
        .start_ms = column_time(query, COLUMN_START),
        .stop_ms = column_time(query, COLUMN_STOP),
        .heartbeat_ms = column_time(query, COLUMN_HEARTBEAT),
        .duration_s = column_double(query, COLUMN_DURATION),
        .config = sqlite_column_document(query, COLUMN_CONFIG, &out->config) ? &out->config : NULL,
        .memo = sqlite_column_document(query, COLUMN_MEMO, &out->memo) ? &out->memo : NULL,
        .result = sqlite_column_document(query, COLUMN_RESULT, &out->result) ? &out->result : NULL,
        .worker = sqlite_column_document(query, COLUMN_WORKER, &out->worker) ? &out->worker : NULL,
    };
    bool whole = column_bytes(query, COLUMN_DIGEST, out->row.digest) && out->row.config && out->row.experiment;
    return whole ? LW_OK : damaged(query, error);
}

int sqlite_details_of(const lw_run *run, bson_t *out, lw_error *error) {
    lw_run rest = *run;
    rest.config = rest.memo = rest.result = rest.worker = NULL;
    rest.captured_out = NULL;
    rest.heartbeat_ms = LW_NO_TIME;
    return lw_run_to_document(&rest, out, error);
}

/* A copy in place of what is there. */
static void take_document(bson_t **member, const bson_t *document) {
    if (*member)
        bson_destroy(*member);
    *member = document ? bson_copy(document) : NULL;
}

/* What `details` does not have, and the small values as the narrow row has them. */
static int complete(lw_run *run, sqlite_query *query, const sqlite_row *narrow, lw_error *error) {
    const char *output = column_text(query, COLUMN_OUTPUT);
    take_document(&run->config, narrow->row.config);
    take_document(&run->memo, narrow->row.memo);
    take_document(&run->result, narrow->row.result);
    take_document(&run->worker, narrow->row.worker);
    run->heartbeat_ms = narrow->row.heartbeat_ms;
    run->cost = narrow->row.cost;
    run->failure = narrow->row.failure;
    lw_free(run->captured_out);
    run->captured_out = lw_strdup(output);
    return output && !run->captured_out ? lw_error_no_memory(error) : LW_OK;
}

static int read_tombstone(lw_run *out, const sqlite_row *narrow, lw_error *error) {
    lw_run_init(out);
    out->id = narrow->row.id;
    out->origin = narrow->row.origin;
    out->status = LW_STATUS_REMOVED;
    out->config = bson_new();
    out->experiment = lw_strdup(narrow->row.experiment);
    if (out->experiment)
        return LW_OK;
    lw_run_release(out);
    return lw_error_no_memory(error);
}

int sqlite_read_run(sqlite_query *query, lw_run *out, lw_error *error) {
    sqlite_row narrow;
    int code = sqlite_read_row(query, &narrow, error);
    if (code != LW_OK)
        return code;
    if (narrow.row.status == LW_STATUS_REMOVED)
        return read_tombstone(out, &narrow, error);
    bson_t details;
    if (!sqlite_column_document(query, COLUMN_DETAILS, &details))
        return damaged(query, error);
    lw_run run;
    code = lw_run_from_document(&run, &details, error);
    if (code == LW_ESTORE)
        lw_error_prefix(error, "the store %s is damaged", query->store->name);
    if (code != LW_OK)
        return code;
    code = complete(&run, query, &narrow, error);
    if (code == LW_OK)
        *out = run;
    else
        lw_run_release(&run);
    return code;
}
