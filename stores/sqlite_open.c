/* The SQLite store: opening it, making its tables, telling its format. */
#include <string.h>
#include <unistd.h>

#include <labwatch/sys/memory.h>
#include <labwatch/sys/text.h>

#include "sqlite_internal.h"

static const char in_memory[] = ":memory:";

static int execute(sqlite_store *store, const char *sql, lw_error *error) {
    int rc = sqlite3_exec(store->connection, sql, NULL, NULL, NULL);
    return rc == SQLITE_OK ? LW_OK : sqlite_failed(store, rc, error);
}

/* The number that an SQL text gives. */
static int ask(sqlite_store *store, const char *sql, int64_t *out, lw_error *error) {
    sqlite3_stmt *statement = NULL;
    int rc = sqlite3_prepare_v2(store->connection, sql, -1, &statement, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_step(statement);
    if (rc == SQLITE_ROW)
        *out = sqlite3_column_int64(statement, 0);
    int code = rc == SQLITE_ROW ? LW_OK : sqlite_failed(store, rc, error);
    sqlite3_finalize(statement);
    return code;
}

typedef enum file_state { FILE_READY, FILE_EMPTY } file_state;

static int not_ours(const sqlite_store *store, lw_error *error) {
    return lw_error_set(error, LW_ESTORE, "%s is no store of labwatch: it is another program's SQLite database",
                        store->name);
}

/* Whether the tables are there, and of a format that this code reads. */
static int find_state(sqlite_store *store, file_state *out, lw_error *error) {
    int64_t application = 0, format = 0, tables = 0;
    int code = ask(store, "PRAGMA application_id", &application, error);
    if (code == LW_OK)
        code = ask(store, "PRAGMA user_version", &format, error);
    if (code != LW_OK)
        return code;
    if (application == STORE_APPLICATION_ID) {
        *out = FILE_READY;
        if (format > STORE_FORMAT)
            return lw_error_set(error, LW_ESTORE,
                                "the store %s was made by a later labwatch (format %lld; this one reads up to %d): "
                                "update labwatch",
                                store->name, (long long)format, STORE_FORMAT);
        return format > 0 ? LW_OK : not_ours(store, error);
    }
    *out = FILE_EMPTY;
    code = ask(store, "SELECT count(*) FROM sqlite_schema", &tables, error);
    if (code != LW_OK)
        return code;
    return application == 0 && format == 0 && tables == 0 ? LW_OK : not_ours(store, error);
}

/* Others may be doing the same at this moment, and SQLite does not call the busy handler for this. */
static int switch_to_wal(sqlite_store *store, lw_error *error) {
    for (int times = 0;; times++) {
        int rc = sqlite3_exec(store->connection, "PRAGMA journal_mode = WAL", NULL, NULL, NULL);
        if (rc == SQLITE_OK)
            return LW_OK;
        if ((rc & 0xFF) != SQLITE_BUSY || !sqlite_wait(store, times))
            return sqlite_failed(store, rc, error);
    }
}

static int make_tables(sqlite_store *store, lw_error *error) {
    int code = switch_to_wal(store, error);
    if (code != LW_OK)
        return code;
    sqlite_store *entered;
    code = sqlite_enter(&entered, &store->base, STORE_WRITES, error);
    if (code != LW_OK)
        return code;
    file_state state = FILE_EMPTY;
    code = find_state(store, &state, error); /* another process may have been faster */
    if (code == LW_OK && state == FILE_EMPTY)
        code = execute(store, STORE_SCHEMA, error);
    if (code == LW_OK && state == FILE_EMPTY) {
        lw_text pragmas = {0};
        lw_text_format(&pragmas, "PRAGMA application_id = %d; PRAGMA user_version = %d", STORE_APPLICATION_ID, STORE_FORMAT);
        code = pragmas.failed ? lw_error_no_memory(error) : execute(store, pragmas.bytes, error);
        lw_text_release(&pragmas);
    }
    return sqlite_leave(store, code, error);
}

static int connect_to(sqlite_store *store, const char *name, int flags, lw_error *error) {
    int rc = sqlite3_open_v2(name, &store->connection, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, NULL);
    if (!store->connection)
        return lw_error_no_memory(error);
    if (rc != SQLITE_OK)
        return sqlite_failed(store, rc, error);
    sqlite3_busy_handler(store->connection, sqlite_wait, store);
    store->syncs = true;
    return execute(store, "PRAGMA synchronous = FULL", error);
}

/* A file that nobody can be writing, since its folder cannot be written: SQLite then needs no files beside it. */
static int connect_to_unchanging(sqlite_store *store, lw_error *error) {
    static const char digits[] = "0123456789abcdef";
    lw_text name = {0};
    lw_text_add(&name, "file:");
    for (const char *byte = store->path; *byte; byte++) {
        bool plain = *byte && strchr("%?#", *byte) == NULL;
        char escaped[3] = {'%', digits[(unsigned char)*byte >> 4], digits[*byte & 15]};
        lw_text_append(&name, plain ? byte : escaped, plain ? 1 : 3);
    }
    lw_text_add(&name, "?immutable=1");
    sqlite3_close(store->connection);
    store->connection = NULL;
    int code = name.failed ? lw_error_no_memory(error)
                           : connect_to(store, name.bytes, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, error);
    lw_text_release(&name);
    return code;
}

static bool has_log(const sqlite_store *store) {
    lw_text name = {0};
    lw_text_add(&name, store->path);
    lw_text_add(&name, "-wal");
    bool there = name.failed || access(name.bytes, F_OK) == 0;
    lw_text_release(&name);
    return there;
}

static int open_to_read(sqlite_store *store, file_state *state, lw_error *error) {
    int code = connect_to(store, store->path, SQLITE_OPEN_READONLY, error);
    if (code == LW_OK)
        code = find_state(store, state, error);
    int rc = store->connection ? sqlite3_errcode(store->connection) & 0xFF : SQLITE_OK;
    bool needs_files = code != LW_OK && (rc == SQLITE_CANTOPEN || rc == SQLITE_READONLY);
    if (!needs_files || has_log(store))
        return code;
    code = connect_to_unchanging(store, error);
    return code == LW_OK ? find_state(store, state, error) : code;
}

/* All from one moment: another process may be making the store right now. */
static int find_state_at_once(sqlite_store *store, file_state *out, lw_error *error) {
    int code = execute(store, "BEGIN", error);
    if (code != LW_OK)
        return code;
    code = find_state(store, out, error);
    int ended = execute(store, "COMMIT", code == LW_OK ? error : NULL);
    return code == LW_OK ? ended : code;
}

static int open_connection(sqlite_store *store, const lw_store_setup *setup, lw_error *error) {
    file_state state = FILE_EMPTY;
    int code;
    if (setup->read_only) {
        code = open_to_read(store, &state, error);
    } else {
        code = connect_to(store, store->path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, error);
        if (code == LW_OK)
            code = find_state_at_once(store, &state, error);
    }
    if (code != LW_OK || state == FILE_READY)
        return code;
    if (setup->must_exist)
        return lw_error_set(error, LW_ENOTFOUND, "there is no store in %s: the file is empty", store->name);
    return make_tables(store, error);
}

void sqlite_disconnect(sqlite_store *store) {
    for (size_t i = 0; i < N_STATEMENTS; i++) {
        sqlite3_finalize(store->statements[i]);
        store->statements[i] = NULL;
    }
    for (size_t i = 0; i < N_RECENT_QUERIES; i++) {
        sqlite3_finalize(store->recent[i].statement);
        lw_free(store->recent[i].text);
        store->recent[i] = (recent_query){0};
    }
    sqlite3_close(store->connection);
    store->connection = NULL;
}

static void free_store(sqlite_store *store) {
    sqlite_gate_enter();
    sqlite_list_remove(store);
    sqlite_disconnect(store);
    sqlite_gate_leave();
    pthread_mutex_destroy(&store->lock);
    lw_free(store->path);
    lw_free(store);
}

static int find_place(sqlite_store *store, const char *address, const lw_store_setup *setup, sqlite_probe_fn *probe,
                      lw_error *error) {
    int code = LW_OK;
    if (strcmp(address, in_memory) != 0)
        code = sqlite_place_check(&store->path, address, setup, probe, error);
    else if (setup->must_exist)
        code = lw_error_set(error, LW_ENOTFOUND, "sqlite::memory: is a new store each time, so there is none to be opened");
    else if (!(store->path = lw_strdup(in_memory)))
        code = lw_error_no_memory(error);
    if (code == LW_OK)
        store->name = sqlite_shown(store->path);
    return code;
}

static int connect_listed(sqlite_store *store, const lw_store_setup *setup, lw_error *error) {
    sqlite_gate_enter();
    int code = sqlite_list_add(store, error);
    if (code == LW_OK)
        code = open_connection(store, setup, error);
    sqlite_gate_leave();
    return code;
}

int sqlite_open_probed(lw_store **out, const char *address, const lw_store_setup *setup, sqlite_probe_fn *probe,
                       lw_error *error) {
    sqlite_store *store = lw_calloc(1, sizeof *store);
    if (!store)
        return lw_error_no_memory(error);
    if (pthread_mutex_init(&store->lock, NULL) != 0) {
        lw_free(store);
        return lw_error_no_memory(error);
    }
    store->process = getpid();
    store->clock = setup->clock;
    store->busy_timeout_s = setup->busy_timeout_s;
    store->give_up = setup->give_up;
    store->give_up_self = setup->self;
    int code = find_place(store, address, setup, probe, error);
    if (code == LW_OK)
        code = connect_listed(store, setup, error);
    if (code != LW_OK) {
        free_store(store);
        return code;
    }
    *out = &store->base;
    return LW_OK;
}

int sqlite_open(lw_store **out, const char *address, const lw_store_setup *setup, lw_error *error) {
    return sqlite_open_probed(out, address, setup, sqlite_probe_file_system, error);
}

void sqlite_close(lw_store *base) {
    sqlite_store *store = (sqlite_store *)base;
    if (store->process == getpid() || !sqlite_forked_inside())
        free_store(store);
}
