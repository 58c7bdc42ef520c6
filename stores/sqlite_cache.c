/* The SQLite store: the cache, in the same file, but not waiting for the disk. */
#include <labwatch/sys/memory.h>

#include "sqlite_internal.h"

/* What the cache may take in all; each entry counts for a page more than its bytes. */
enum { LARGEST_CACHE = 64 << 20, ENTRY_OVERHEAD = 4096 };

static int put(sqlite_store *store, const char *key, const void *bytes, size_t size, lw_error *error) {
    sqlite_query query = sqlite_start(store, SQL_CACHE_PUT);
    sqlite_bind_text(&query, key);
    sqlite_bind_int(&query, (int64_t)size + ENTRY_OVERHEAD);
    sqlite_bind_blob(&query, bytes, size);
    int code = sqlite_run(&query, error);
    int64_t total = 0;
    if (code == LW_OK) {
        query = sqlite_start(store, SQL_CACHE_SIZE);
        code = sqlite_number(&query, &total, NULL, error);
    }
    while (code == LW_OK && total > LARGEST_CACHE) { /* the oldest go */
        int64_t evicted;
        bool found;
        query = sqlite_start(store, SQL_CACHE_EVICT);
        code = sqlite_number(&query, &evicted, &found, error);
        total = found ? total - evicted : 0;
    }
    return code;
}

int sqlite_cache_put(lw_store *base, const char *key, const void *bytes, size_t size, lw_error *error) {
    sqlite_store *store;
    int code = sqlite_enter(&store, base, STORE_WRITES_LAZILY, error);
    if (code != LW_OK)
        return code;
    return sqlite_leave(store, put(store, key, bytes, size, error), error);
}

int sqlite_cache_get(lw_store *base, const char *key, lw_write_fn *write, void *arg, lw_error *error) {
    sqlite_store *store;
    int code = sqlite_enter(&store, base, STORE_READS_ONCE, error);
    if (code != LW_OK)
        return code;
    sqlite_query query = sqlite_start(store, SQL_CACHE_GET);
    sqlite_bind_text(&query, key);
    int rc = sqlite_next(&query);
    if (rc == SQLITE_ROW) {
        const void *bytes = sqlite3_column_blob(query.statement, 0); /* NULL for none */
        code = write(arg, bytes, (size_t)sqlite3_column_bytes(query.statement, 0), error);
        sqlite_end(&query);
    } else {
        code = sqlite_finish(&query, rc, error);
        if (code == LW_OK)
            code = lw_error_set(error, LW_ENOTFOUND, "nothing is kept under '%.200s'", key);
    }
    return sqlite_leave(store, code, error);
}
