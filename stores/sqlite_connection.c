/* The SQLite store: its lock, transactions, statements and errors. */
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <labwatch/sys/memory.h>

#include "sqlite_internal.h"

static const char *const statement_texts[] = {
#define STATEMENT_TEXT(name, text) [SQL_##name] = text,
    STORE_STATEMENTS(STATEMENT_TEXT)
#undef STATEMENT_TEXT
};

/* Other processes live in real time, whatever the clock of the setup says. */
int sqlite_wait(void *arg, int times) {
    sqlite_store *store = arg;
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    double now_s = (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
    if (times == 0)
        store->waiting_since_s = now_s;
    store->gave_up = store->give_up && store->give_up(store->give_up_self);
    if (store->gave_up)
        return 0;
    if (now_s - store->waiting_since_s >= store->busy_timeout_s)
        return 0;
    /* 0.2 ms at first, 10 ms after a while; not the same for all who wait. */
    int64_t longest_us = times < 5 ? (int64_t)200 << times : 10000;
    int64_t jitter = (now.tv_nsec / 100 * 7919 + getpid()) % 1000;
    struct timespec pause = {.tv_nsec = (long)(longest_us * (500 + jitter / 2))};
    nanosleep(&pause, NULL);
    return 1;
}

static int locked(const sqlite_store *store, lw_error *error) {
    if (store->gave_up)
        return lw_error_set(error, LW_EINTERRUPTED, "the store %s is in use by another process, and was not waited for",
                            store->name);
    return lw_error_set(error, LW_EUNAVAILABLE,
                        "the store %s is in use by another process, and has not become free in %g s; try again",
                        store->name, store->busy_timeout_s);
}

static int input_output_failed(sqlite_store *store, lw_error *error) {
    int number = sqlite3_system_errno(store->connection);
    char buffer[128];
    const char *reason = number ? strerror_r(number, buffer, sizeof buffer) : sqlite3_errmsg(store->connection);
    return lw_error_set(error, LW_EUNAVAILABLE, "the store %s cannot be read or written: %s", store->name, reason);
}

int sqlite_failed(sqlite_store *store, int rc, lw_error *error) {
    switch (rc & 0xFF) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_PROTOCOL:
        return locked(store, error);
    case SQLITE_FULL:
        return lw_error_set(error, LW_EUNAVAILABLE, "the store %s cannot grow: the disk is full; make room and try again",
                            store->name);
    case SQLITE_IOERR:
        return rc == SQLITE_IOERR_NOMEM ? lw_error_no_memory(error) : input_output_failed(store, error);
    case SQLITE_NOMEM:
        return lw_error_no_memory(error);
    case SQLITE_CORRUPT:
        return lw_error_set(error, LW_ESTORE,
                            "the store %s is damaged (%s): take it from a backup, or save what can be read by "
                            "`sqlite3 FILE .recover`",
                            store->name, sqlite3_errstr(rc));
    case SQLITE_NOTADB:
        return lw_error_set(error, LW_ESTORE, "%s is no store of labwatch: it is not an SQLite database", store->name);
    case SQLITE_READONLY:
        return lw_error_set(error, LW_ESTORE, "the store %s cannot be written: the file or its folder is read only",
                            store->name);
    case SQLITE_CANTOPEN:
        return lw_error_set(error, LW_ESTORE,
                            "the store %s cannot be opened: SQLite must be able to make the files -wal and -shm beside it",
                            store->name);
    case SQLITE_TOOBIG:
        return lw_error_set(error, LW_EUNSUPPORTED, "what is to be put into the store %s is larger than SQLite's limit",
                            store->name);
    default:
        return lw_error_set(error, LW_ESTORE, "the store %s: %s", store->name, sqlite3_errmsg(store->connection));
    }
}

sqlite_query sqlite_start(sqlite_store *store, sqlite_sql sql) {
    sqlite_query query = {.store = store, .rc = SQLITE_OK};
    if (!store->statements[sql])
        query.rc = sqlite3_prepare_v3(store->connection, statement_texts[sql], -1, SQLITE_PREPARE_PERSISTENT,
                                      &store->statements[sql], NULL);
    query.statement = store->statements[sql];
    return query;
}

static recent_query *find_recent(sqlite_store *store, const char *text) {
    for (unsigned i = 0; i < N_RECENT_QUERIES; i++)
        if (store->recent[i].text && strcmp(store->recent[i].text, text) == 0)
            return &store->recent[i];
    return NULL;
}

sqlite_query sqlite_start_text(sqlite_store *store, const char *text) {
    sqlite_query query = {.store = store, .rc = SQLITE_OK};
    recent_query *recent = find_recent(store, text);
    if (!recent) {
        recent = &store->recent[store->next_recent++ % N_RECENT_QUERIES];
        sqlite3_finalize(recent->statement);
        lw_free(recent->text);
        recent->statement = NULL;
        recent->text = lw_strdup(text);
        query.rc = recent->text ? sqlite3_prepare_v3(store->connection, text, -1, SQLITE_PREPARE_PERSISTENT,
                                                     &recent->statement, NULL)
                                : SQLITE_NOMEM;
        if (query.rc != SQLITE_OK) {
            lw_free(recent->text);
            recent->text = NULL;
        }
    }
    query.statement = recent->statement;
    return query;
}

static void remember(sqlite_query *query, int rc) {
    if (query->rc == SQLITE_OK)
        query->rc = rc;
}

void sqlite_bind_int(sqlite_query *query, int64_t value) {
    remember(query, sqlite3_bind_int64(query->statement, ++query->bound, value));
}

void sqlite_bind_time(sqlite_query *query, int64_t value) {
    if (value == LW_NO_TIME)
        query->bound++;
    else
        sqlite_bind_int(query, value);
}

void sqlite_bind_double(sqlite_query *query, double value) {
    remember(query, sqlite3_bind_double(query->statement, ++query->bound, value)); /* NaN becomes NULL there */
}

void sqlite_bind_text(sqlite_query *query, const char *value) {
    query->bound++;
    if (value)
        remember(query, sqlite3_bind_text64(query->statement, query->bound, value, strlen(value), SQLITE_STATIC,
                                            SQLITE_UTF8));
}

void sqlite_bind_blob(sqlite_query *query, const void *bytes, size_t size) {
    query->bound++;
    if (size == 0)
        remember(query, sqlite3_bind_zeroblob(query->statement, query->bound, 0));
    else
        remember(query, sqlite3_bind_blob64(query->statement, query->bound, bytes, size, SQLITE_STATIC));
}

void sqlite_bind_document(sqlite_query *query, const bson_t *document) {
    if (document)
        sqlite_bind_blob(query, bson_get_data(document), document->len);
    else
        query->bound++;
}

int sqlite_next(sqlite_query *query) {
    return query->rc == SQLITE_OK ? sqlite3_step(query->statement) : query->rc;
}

void sqlite_end(sqlite_query *query) {
    if (!query->statement)
        return;
    sqlite3_reset(query->statement);
    sqlite3_clear_bindings(query->statement);
}

int sqlite_finish(sqlite_query *query, int rc, lw_error *error) {
    int code = LW_OK;
    if (rc != SQLITE_DONE)
        code = sqlite_failed(query->store, rc, error);
    sqlite_end(query);
    return code;
}

int sqlite_run(sqlite_query *query, lw_error *error) {
    int rc;
    do
        rc = sqlite_next(query);
    while (rc == SQLITE_ROW);
    return sqlite_finish(query, rc, error);
}

int sqlite_number(sqlite_query *query, int64_t *out, bool *found, lw_error *error) {
    int rc = sqlite_next(query);
    *out = 0;
    if (found)
        *found = rc == SQLITE_ROW;
    if (rc == SQLITE_ROW) {
        *out = sqlite3_column_int64(query->statement, 0);
        rc = SQLITE_DONE;
    }
    return sqlite_finish(query, rc, error);
}

bool sqlite_column_document(sqlite_query *query, int column, bson_t *out) {
    const void *bytes = sqlite3_column_blob(query->statement, column);
    int size = sqlite3_column_bytes(query->statement, column);
    return bytes && size > 0 && bson_init_static(out, bytes, (size_t)size);
}

static int run_sql(sqlite_store *store, sqlite_sql sql, lw_error *error) {
    sqlite_query query = sqlite_start(store, sql);
    return sqlite_run(&query, error);
}

/* Not a statement that is kept: SQLite does what this pragma says when it is prepared. */
static int set_syncs(sqlite_store *store, bool syncs, lw_error *error) {
    if (store->syncs == syncs)
        return LW_OK;
    const char *sql = syncs ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL";
    int rc = sqlite3_exec(store->connection, sql, NULL, NULL, NULL);
    if (rc != SQLITE_OK)
        return sqlite_failed(store, rc, error);
    store->syncs = syncs;
    return LW_OK;
}

/* What is written into a file that has lost its name would be acknowledged, and gone with the process. */
static int check_in_place(sqlite_store *store, lw_error *error) {
    int moved = 0;
    if (sqlite3_file_control(store->connection, "main", SQLITE_FCNTL_HAS_MOVED, &moved) != SQLITE_OK || !moved)
        return LW_OK;
    return lw_error_set(error, LW_EUNAVAILABLE, "the store %s was moved or deleted while it was in use", store->name);
}

static int begin(sqlite_store *store, sqlite_mode mode, lw_error *error) {
    store->gave_up = false;
    int in_place = check_in_place(store, error);
    if (in_place != LW_OK)
        return in_place;
    switch (mode) {
    case STORE_READS_ONCE:
        return LW_OK;
    case STORE_READS:
        return run_sql(store, SQL_BEGIN_READING, error);
    case STORE_WRITES:
    case STORE_WRITES_LAZILY:
        break;
    }
    int code = set_syncs(store, mode == STORE_WRITES, error);
    return code == LW_OK ? run_sql(store, SQL_BEGIN_WRITING, error) : code;
}

static void unlock(sqlite_store *store) {
    pthread_mutex_unlock(&store->lock);
    sqlite_gate_leave();
}

int sqlite_enter(sqlite_store **out, lw_store *base, sqlite_mode mode, lw_error *error) {
    sqlite_store *store = (sqlite_store *)base;
    if (store->process != getpid())
        return lw_error_set(error, LW_EUNAVAILABLE,
                            "the store %s was opened before a fork: open it anew in the child process",
                            store->name);
    sqlite_gate_enter();
    pthread_mutex_lock(&store->lock);
    *out = store;
    int code = begin(store, mode, error);
    if (code != LW_OK)
        unlock(store);
    return code;
}

int sqlite_leave(sqlite_store *store, int code, lw_error *error) {
    bool begun = !sqlite3_get_autocommit(store->connection); /* SQLite rolls back by itself after some errors */
    if (code == LW_OK && begun) {
        code = run_sql(store, SQL_COMMIT, error);
        if (code == LW_OK)
            code = check_in_place(store, error);
    }
    if (!sqlite3_get_autocommit(store->connection))
        run_sql(store, SQL_ROLLBACK, NULL);
    unlock(store);
    return code;
}
