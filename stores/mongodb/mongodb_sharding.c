/*
 * The MongoDB store on a sharded cluster: there an `_id` is unique only in collections that are not sharded, or sharded
 * by `_id`. A run's id is a reservation, so it must be.
 */
#include <string.h>

#include "mongodb_internal.h"

static const mongo_collection with_own_ids[] = {MONGO_RUNS, MONGO_METRICS, MONGO_EXPERIMENTS, MONGO_ATTACHMENTS};
enum { N_WITH_OWN_IDS = sizeof with_own_ids / sizeof with_own_ids[0] };

bool mongo_is_router(const bson_t *hello) {
    bson_iter_t message;
    return bson_iter_init_find(&message, hello, "msg") && BSON_ITER_HOLDS_UTF8(&message) &&
           strcmp(bson_iter_utf8(&message, NULL), "isdbgrid") == 0;
}

/* The cluster's list of sharded collections has one of these. */
static bson_t *question(const mongo_store *store) {
    bson_t *filter = bson_new(), condition, list;
    bson_append_document_begin(filter, "_id", -1, &condition);
    bson_append_array_begin(&condition, "$in", -1, &list);
    for (int i = 0; i < N_WITH_OWN_IDS; i++) {
        char key[8];
        bson_snprintf(key, sizeof key, "%d", i);
        char *name = bson_strdup_printf("%s.%s", store->database, store->collections[with_own_ids[i]]);
        bson_append_utf8(&list, key, -1, name, -1);
        bson_free(name);
    }
    bson_append_array_end(&condition, &list);
    bson_append_document_end(filter, &condition);
    return filter;
}

static bool is_by_id(const bson_t *collection) {
    bson_iter_t dropped, key, field;
    if (bson_iter_init_find(&dropped, collection, "dropped") && bson_iter_as_bool(&dropped))
        return true; /* as older clusters keep those that are gone */
    return bson_iter_init_find(&key, collection, "key") && BSON_ITER_HOLDS_DOCUMENT(&key) &&
           bson_iter_recurse(&key, &field) && bson_iter_next(&field) && strcmp(bson_iter_key(&field), "_id") == 0 &&
           !bson_iter_next(&field);
}

static int not_unique(const mongo_store *store, const bson_t *collection, lw_error *error) {
    bson_iter_t name;
    bool named = bson_iter_init_find(&name, collection, "_id") && BSON_ITER_HOLDS_UTF8(&name);
    return lw_error_set(
        error, LW_EUNSUPPORTED,
        "the collection %.200s of %s is sharded, and not by _id: two runs could get one id. Shard it by _id, or "
        "leave it on one shard",
        named ? bson_iter_utf8(&name, NULL) : "of runs", store->place);
}

static int cannot_tell(const mongo_store *store, const bson_error_t *failure, lw_error *error) {
    enum { CODE_UNAUTHORIZED = 13 };
    if (failure->domain != MONGOC_ERROR_SERVER || failure->code != CODE_UNAUTHORIZED)
        return mongo_failed(store, failure, error);
    return lw_error_set(error, LW_EUNSUPPORTED,
                        "%s is a sharded cluster, and its user may not see how: labwatch needs the role read on the "
                        "database config, to make sure that ids are unique",
                        store->place);
}

int mongo_check_sharding(const mongo_store *store, mongoc_client_t *client, lw_error *error) {
    mongoc_collection_t *sharded = mongoc_client_get_collection(client, "config", "collections");
    bson_t *filter = question(store);
    mongoc_cursor_t *cursor = mongoc_collection_find_with_opts(sharded, filter, NULL, NULL);
    const bson_t *collection;
    bson_error_t failure = {0};
    int code = LW_OK;
    while (code == LW_OK && mongoc_cursor_next(cursor, &collection))
        if (!is_by_id(collection))
            code = not_unique(store, collection, error);
    if (code == LW_OK && mongoc_cursor_error(cursor, &failure))
        code = cannot_tell(store, &failure, error);
    mongoc_cursor_destroy(cursor);
    mongoc_collection_destroy(sharded);
    bson_destroy(filter);
    return code;
}
