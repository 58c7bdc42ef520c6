/* The MongoDB store: opening and closing. */
#include <string.h>
#include <unistd.h>

#include <labwatch/sys/memory.h>

#include "mongodb_address.h"

/* The driver would print to standard error, which is the program's. */
static void keep_the_driver_quiet(void) {
    mongoc_log_set_handler(NULL, NULL);
    mongoc_init();
}

static int see_one(void *arg, const bson_t *document, lw_error *error) {
    (void)document;
    (void)error;
    *(bool *)arg = true;
    return LW_OK;
}

static int look_for_any(mongo_store *store, mongo_collection in, bool *found, lw_error *error) {
    bson_t filter = BSON_INITIALIZER;
    bson_t *options =
        BCON_NEW("limit", BCON_INT64(1), "singleBatch", BCON_BOOL(true), "projection", "{", "_id", BCON_INT32(1), "}");
    int code = mongo_find(store, in, &filter, options, see_one, found, error);
    bson_destroy(options);
    bson_destroy(&filter);
    return code;
}

/* MongoDB makes databases and collections when they are first written to: without anything in it, there is none. */
static int check_exists(mongo_store *store, lw_error *error) {
    bool found = false;
    int code = look_for_any(store, MONGO_EXPERIMENTS, &found, error);
    if (code == LW_OK && !found)
        code = look_for_any(store, MONGO_RUNS, &found, error);
    if (code == LW_OK && !found)
        code = lw_error_set(error, LW_ENOTFOUND, "there is nothing of labwatch or Sacred in %s", store->place);
    return code;
}

static mongo_store *store_new(mongo_address *address) {
    mongo_store *store = lw_calloc(1, sizeof *store);
    if (!store)
        return NULL;
    if (pthread_mutex_init(&store->lock, NULL) != 0) {
        lw_free(store);
        return NULL;
    }
    if (pthread_mutex_init(&store->mirror_lock, NULL) != 0) {
        pthread_mutex_destroy(&store->lock);
        lw_free(store);
        return NULL;
    }
    store->owner = getpid();
    store->last_id = -1;
    store->uri = address->uri;
    store->place = address->place;
    store->database = address->database;
    memcpy(store->collections, address->collections, sizeof store->collections);
    *address = (mongo_address){0};
    return store;
}

int mongo_open(lw_store **out, const char *text, const lw_store_setup *setup, lw_error *error) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, keep_the_driver_quiet);
    mongo_address address;
    int code = mongo_address_read(&address, setup->type->scheme, text, setup->busy_timeout_s, error);
    if (code != LW_OK)
        return code;
    mongo_store *store = store_new(&address);
    if (!store) {
        mongo_address_release(&address);
        return lw_error_no_memory(error);
    }
    code = setup->must_exist ? check_exists(store, error) : LW_OK;
    if (code == LW_OK)
        *out = &store->base;
    else
        mongo_close(&store->base);
    return code;
}

/* In a child process the connections are the parent's: to close them would be to speak for it. */
void mongo_close(lw_store *base) {
    mongo_store *store = (mongo_store *)base;
    bool own = store->owner == getpid();
    for (const mongo_mirror *mirror = store->mirrors; mirror && own; mirror = mirror->next)
        mongo_snapshot_save(store, mirror);
    for (size_t i = 0; i < store->n_idle && own; i++)
        mongoc_client_destroy(store->idle[i]);
    for (size_t i = 0; i < MONGO_MOST_KNOWN; i++)
        if (store->known[i].document)
            bson_destroy(store->known[i].document);
    mongo_mirrors_free(store);
    mongo_address rest = {.uri = store->uri, .place = store->place, .database = store->database};
    memcpy(rest.collections, store->collections, sizeof rest.collections);
    mongo_address_release(&rest);
    if (own) {
        pthread_mutex_destroy(&store->mirror_lock);
        pthread_mutex_destroy(&store->lock);
    }
    lw_free(store);
}

int mongo_enter(mongo_store **out, lw_store *base, lw_error *error) {
    mongo_store *store = (mongo_store *)base;
    if (store->owner != getpid())
        return lw_error_set(error, LW_EUNAVAILABLE, "%s was opened before a fork: a child process must open it anew",
                            store->place);
    *out = store;
    return LW_OK;
}
