/* The MongoDB store: the cache. {_id: key, bytes, size, at}; what is put first goes first. */
#include <string.h>

#include <labwatch/sys/memory.h>

#include "mongodb_internal.h"

enum { LARGEST_CACHE = 64 << 20, LARGEST_ENTRY = 15 << 20, LARGE_ENTRY = 1 << 20 };

/* ---- what is too much ---- */

typedef struct eviction {
    int64_t total;
    mongo_list keys;
} eviction;

/* From the newest on: what is beyond the limit is noted. */
static int add_up(void *arg, const bson_t *entry, lw_error *error) {
    (void)error;
    eviction *self = arg;
    bson_iter_t size, key;
    self->total += bson_iter_init_find(&size, entry, "size") ? bson_iter_as_int64(&size) : 0;
    if (self->total > LARGEST_CACHE && bson_iter_init_find(&key, entry, "_id"))
        mongo_list_append(&self->keys, &key);
    return LW_OK;
}

static int evict(mongo_store *store, lw_error *error) {
    bson_t filter = BSON_INITIALIZER,
           *options = BCON_NEW("sort", "{", "at", BCON_INT32(-1), "}", "projection", "{", "size", BCON_INT32(1), "}");
    eviction self = {.keys = {.array = BSON_INITIALIZER}};
    int code = mongo_find(store, MONGO_CACHE, &filter, options, add_up, &self, error);
    if (code == LW_OK && self.keys.n > 0) {
        bson_t *old = BCON_NEW("_id", "{", "$in", BCON_ARRAY(&self.keys.array), "}");
        code = mongo_delete(store, MONGO_CACHE, old, error);
        bson_destroy(old);
    }
    bson_destroy(&self.keys.array);
    bson_destroy(options);
    bson_destroy(&filter);
    return code;
}

/* ---- both ---- */

static int drop(mongo_store *store, const bson_t *filter, lw_error *error) {
    return mongo_delete(store, MONGO_CACHE, filter, error);
}

static int put(mongo_store *store, const bson_t *filter, const void *bytes, size_t size, lw_error *error) {
    bson_t update = BSON_INITIALIZER, set;
    bson_append_document_begin(&update, "$set", -1, &set);
    bson_append_binary(&set, "bytes", -1, BSON_SUBTYPE_BINARY, bytes ? bytes : (const uint8_t *)"", (uint32_t)size);
    bson_append_int64(&set, "size", -1, (int64_t)size);
    bson_append_document_end(&update, &set);
    BCON_APPEND(&update, "$currentDate", "{", "at", BCON_BOOL(true), "}");
    int code = mongo_upsert(store, MONGO_CACHE, filter, &update, error);
    bson_destroy(&update);
    return code;
}

int mongo_cache_put(lw_store *base, const char *key, const void *bytes, size_t size, lw_error *error) {
    mongo_store *store;
    int code = mongo_enter(&store, base, error);
    if (code != LW_OK)
        return code;
    bson_t *filter = BCON_NEW("_id", BCON_UTF8(key));
    code = size <= LARGEST_ENTRY ? put(store, filter, bytes, size, error) : drop(store, filter, error);
    bson_destroy(filter);
    return code == LW_OK && size >= LARGE_ENTRY ? evict(store, error) : code;
}

int mongo_cache_get(lw_store *base, const char *key, lw_write_fn *write, void *arg, lw_error *error) {
    mongo_store *store;
    int code = mongo_enter(&store, base, error);
    if (code != LW_OK)
        return code;
    bson_t *filter = BCON_NEW("_id", BCON_UTF8(key)), *entry;
    code = mongo_find_one(store, MONGO_CACHE, filter, NULL, &entry, error);
    bson_destroy(filter);
    if (code != LW_OK)
        return code;
    bson_iter_t value;
    if (entry && bson_iter_init_find(&value, entry, "bytes") && BSON_ITER_HOLDS_BINARY(&value)) {
        bson_subtype_t kind;
        uint32_t size;
        const uint8_t *bytes;
        bson_iter_binary(&value, &kind, &size, &bytes);
        code = write(arg, bytes, size, error);
    } else {
        code = lw_error_set(error, LW_ENOTFOUND, "nothing is kept under '%.200s'", key);
    }
    if (entry)
        bson_destroy(entry);
    return code;
}
