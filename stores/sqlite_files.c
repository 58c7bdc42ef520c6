/* The SQLite store: files. Their contents lie in chunks with consecutive ids; equal contents are one, and counted. */
#include <string.h>

#include <labwatch/sys/memory.h>

#include "sqlite_internal.h"
#include "content_spool.h"

static const char *kind_name(lw_file_kind kind) {
    return kind == LW_FILE_SOURCE ? "source" : "artifact"; /* sorted as the kinds are */
}

static void bind_file(sqlite_query *query, int64_t run_id, const char *kind, const char *name) {
    sqlite_bind_int(query, run_id);
    sqlite_bind_text(query, kind);
    sqlite_bind_text(query, name);
}

static int add_chunks(sqlite_store *store, content_spool *spool, int64_t first, lw_error *error) {
    int code = LW_OK;
    for (uint64_t i = 0; i < content_spool_chunks(spool) && code == LW_OK; i++) {
        size_t size;
        code = content_spool_chunk(spool, i, &size, error);
        if (code != LW_OK)
            break;
        sqlite_query query = sqlite_start(store, SQL_CHUNK_ADD);
        sqlite_bind_int(&query, first + (int64_t)i);
        sqlite_bind_blob(&query, spool->buffer, size);
        code = sqlite_run(&query, error);
    }
    return code;
}

static int add_content(sqlite_store *store, content_spool *spool, int64_t *id, lw_error *error) {
    int64_t last;
    sqlite_query query = sqlite_start(store, SQL_CHUNK_LAST);
    int code = sqlite_number(&query, &last, NULL, error);
    if (code == LW_OK)
        code = add_chunks(store, spool, last + 1, error);
    if (code != LW_OK)
        return code;
    query = sqlite_start(store, SQL_CONTENT_MAKE);
    sqlite_bind_blob(&query, spool->digest, sizeof spool->digest);
    sqlite_bind_int(&query, (int64_t)spool->size);
    sqlite_bind_int(&query, last + 1);
    sqlite_bind_int(&query, (int64_t)content_spool_chunks(spool));
    return sqlite_number(&query, id, NULL, error);
}

static int need_content(sqlite_store *store, content_spool *spool, int64_t *id, lw_error *error) {
    bool found;
    sqlite_query query = sqlite_start(store, SQL_CONTENT_FIND);
    sqlite_bind_blob(&query, spool->digest, sizeof spool->digest);
    sqlite_bind_int(&query, (int64_t)spool->size);
    int code = sqlite_number(&query, id, &found, error);
    return code == LW_OK && !found ? add_content(store, spool, id, error) : code;
}

static int delete_content(sqlite_store *store, int64_t id, int64_t first_chunk, int64_t n_chunks, lw_error *error) {
    sqlite_query query = sqlite_start(store, SQL_CHUNKS_DELETE);
    sqlite_bind_int(&query, first_chunk);
    sqlite_bind_int(&query, n_chunks);
    int code = sqlite_run(&query, error);
    if (code != LW_OK)
        return code;
    query = sqlite_start(store, SQL_CONTENT_DELETE);
    sqlite_bind_int(&query, id);
    return sqlite_run(&query, error);
}

/* One user more or less; a content without any is deleted. */
static int use_content(sqlite_store *store, int64_t id, int change, lw_error *error) {
    sqlite_query query = sqlite_start(store, SQL_CONTENT_USE);
    sqlite_bind_int(&query, id);
    sqlite_bind_int(&query, change);
    int rc = sqlite_next(&query);
    bool found = rc == SQLITE_ROW;
    int64_t uses = found ? sqlite3_column_int64(query.statement, 0) : 1;
    int64_t first_chunk = found ? sqlite3_column_int64(query.statement, 1) : 0;
    int64_t n_chunks = found ? sqlite3_column_int64(query.statement, 2) : 0;
    int code = sqlite_finish(&query, found ? sqlite_next(&query) : rc, error);
    return code == LW_OK && uses <= 0 ? delete_content(store, id, first_chunk, n_chunks, error) : code;
}

static int put(sqlite_store *store, int64_t run_id, const char *kind, const char *name, content_spool *spool,
               lw_error *error) {
    int code = sqlite_check_changeable(store, run_id, error);
    if (code != LW_OK)
        return code;
    int64_t replaced, content;
    bool replaces;
    sqlite_query query = sqlite_start(store, SQL_FILE_GET);
    bind_file(&query, run_id, kind, name);
    code = sqlite_number(&query, &replaced, &replaces, error);
    if (code == LW_OK)
        code = need_content(store, spool, &content, error);
    if (code == LW_OK)
        code = use_content(store, content, 1, error);
    if (code != LW_OK)
        return code;
    query = sqlite_start(store, SQL_FILE_PUT);
    bind_file(&query, run_id, kind, name);
    sqlite_bind_int(&query, content);
    code = sqlite_run(&query, error);
    return code == LW_OK && replaces ? use_content(store, replaced, -1, error) : code;
}

/* Where a temporary file may lie: where the store has room, too. */
static char *spool_folder(const sqlite_store *store) {
    const char *slash = strrchr(store->path, '/');
    return slash ? lw_strndup(store->path, (size_t)(slash - store->path + 1)) : lw_strdup("/tmp");
}

int sqlite_file_put(lw_store *base, int64_t run_id, lw_file_kind kind, const char *name, lw_read_fn *read, void *arg,
                    lw_error *error) {
    sqlite_store *store;
    int code = sqlite_enter(&store, base, STORE_READS_ONCE, error);
    if (code != LW_OK)
        return code;
    code = sqlite_leave(store, sqlite_check_changeable(store, run_id, error), error);
    if (code != LW_OK)
        return code;
    char *folder = spool_folder(store);
    if (!folder)
        return lw_error_no_memory(error);
    content_spool spool;
    code = content_spool_fill(&spool, folder, read, arg, error);
    lw_free(folder);
    if (code != LW_OK)
        return code;
    code = sqlite_enter(&store, base, STORE_WRITES, error);
    if (code == LW_OK)
        code = sqlite_leave(store, put(store, run_id, kind_name(kind), name, &spool, error), error);
    content_spool_release(&spool);
    return code;
}

static int write_chunk(sqlite_store *store, int64_t chunk, lw_write_fn *write, void *arg, lw_error *error) {
    sqlite_query query = sqlite_start(store, SQL_CHUNK_GET);
    sqlite_bind_int(&query, chunk);
    int rc = sqlite_next(&query);
    if (rc != SQLITE_ROW) {
        int code = sqlite_finish(&query, rc, error);
        if (code != LW_OK)
            return code;
        return lw_error_set(error, LW_ESTORE, "the store %s is damaged: a piece of a file is missing", store->name);
    }
    const void *bytes = sqlite3_column_blob(query.statement, 0);
    int size = sqlite3_column_bytes(query.statement, 0);
    int code = bytes ? write(arg, bytes, (size_t)size, error) : lw_error_no_memory(error);
    sqlite_end(&query);
    return code;
}

static int get(sqlite_store *store, int64_t run_id, const char *kind, const char *name, lw_write_fn *write, void *arg,
               lw_error *error) {
    sqlite_query query = sqlite_start(store, SQL_FILE_GET);
    bind_file(&query, run_id, kind, name);
    int rc = sqlite_next(&query);
    bool found = rc == SQLITE_ROW;
    int64_t first = found ? sqlite3_column_int64(query.statement, 1) : 0;
    int64_t n = found ? sqlite3_column_int64(query.statement, 2) : 0;
    int code = sqlite_finish(&query, found ? SQLITE_DONE : rc, error);
    if (code == LW_OK && !found)
        code = lw_error_set(error, LW_ENOTFOUND, "run %lld has no file '%.200s'", (long long)run_id, name);
    for (int64_t i = 0; i < n && code == LW_OK; i++)
        code = write_chunk(store, first + i, write, arg, error);
    return code;
}

int sqlite_file_get(lw_store *base, int64_t run_id, lw_file_kind kind, const char *name, lw_write_fn *write, void *arg,
                    lw_error *error) {
    sqlite_store *store;
    int code = sqlite_enter(&store, base, STORE_READS, error);
    if (code != LW_OK)
        return code;
    return sqlite_leave(store, get(store, run_id, kind_name(kind), name, write, arg, error), error);
}

static int show_file(sqlite_query *files, lw_file_fn *visit, void *arg, lw_error *error) {
    const char *kind = (const char *)sqlite3_column_text(files->statement, 0);
    const char *name = (const char *)sqlite3_column_text(files->statement, 1);
    const void *digest = sqlite3_column_blob(files->statement, 3);
    if (!kind || !name || !digest || sqlite3_column_bytes(files->statement, 3) != LW_DIGEST_SIZE)
        return lw_error_no_memory(error);
    lw_file_info info = {
        .kind = strcmp(kind, kind_name(LW_FILE_SOURCE)) == 0 ? LW_FILE_SOURCE : LW_FILE_ARTIFACT,
        .name = name,
        .size = (uint64_t)sqlite3_column_int64(files->statement, 2),
    };
    memcpy(info.digest, digest, LW_DIGEST_SIZE);
    return visit(arg, &info);
}

int sqlite_file_each(lw_store *base, int64_t run_id, lw_file_fn *visit, void *arg, lw_error *error) {
    sqlite_store *store;
    int code = sqlite_enter(&store, base, STORE_READS_ONCE, error);
    if (code != LW_OK)
        return code;
    sqlite_query files = sqlite_start(store, SQL_FILE_ALL);
    sqlite_bind_int(&files, run_id);
    int rc;
    while (code == LW_OK && (rc = sqlite_next(&files)) != SQLITE_DONE)
        code = rc == SQLITE_ROW ? show_file(&files, visit, arg, error) : sqlite_failed(store, rc, error);
    sqlite_end(&files);
    return sqlite_leave(store, code, error);
}

/* Deletes any one file of the run. */
static int remove_one(sqlite_store *store, int64_t run_id, bool *found, lw_error *error) {
    sqlite_query query = sqlite_start(store, SQL_FILE_ANY);
    sqlite_bind_int(&query, run_id);
    int rc = sqlite_next(&query);
    *found = rc == SQLITE_ROW;
    if (!*found)
        return sqlite_finish(&query, rc, error);
    int64_t content = sqlite3_column_int64(query.statement, 0);
    char *kind = lw_strdup((const char *)sqlite3_column_text(query.statement, 1));
    char *name = lw_strdup((const char *)sqlite3_column_text(query.statement, 2));
    int code = sqlite_finish(&query, kind && name ? SQLITE_DONE : SQLITE_NOMEM, error);
    if (code == LW_OK) {
        query = sqlite_start(store, SQL_FILE_DELETE);
        bind_file(&query, run_id, kind, name);
        code = sqlite_run(&query, error);
    }
    if (code == LW_OK)
        code = use_content(store, content, -1, error);
    lw_free(kind);
    lw_free(name);
    return code;
}

int sqlite_remove_files(sqlite_store *store, int64_t run_id, lw_error *error) {
    bool found = true;
    int code = LW_OK;
    while (found && code == LW_OK)
        code = remove_one(store, run_id, &found, error);
    return code;
}
