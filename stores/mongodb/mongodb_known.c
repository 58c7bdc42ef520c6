/* The MongoDB store: documents of runs as this store wrote them last. */
#include "mongodb_internal.h"

/* What is larger is read again instead. */
enum { LARGEST_KNOWN = 256 << 10 };

static mongo_known *find(mongo_store *store, int64_t id) {
    for (size_t i = 0; i < MONGO_MOST_KNOWN; i++)
        if (store->known[i].id == id)
            return &store->known[i];
    return NULL;
}

static void clear(mongo_known *known) {
    if (known->document)
        bson_destroy(known->document);
    *known = (mongo_known){0};
}

bson_t *mongo_known_get(mongo_store *store, int64_t id) {
    pthread_mutex_lock(&store->lock);
    const mongo_known *known = find(store, id);
    bson_t *copy = known ? bson_copy(known->document) : NULL;
    pthread_mutex_unlock(&store->lock);
    return copy;
}

void mongo_known_drop(mongo_store *store, int64_t id) {
    pthread_mutex_lock(&store->lock);
    mongo_known *known = find(store, id);
    if (known)
        clear(known);
    pthread_mutex_unlock(&store->lock);
}

void mongo_known_put(mongo_store *store, int64_t id, bson_t *document) {
    if (document->len > LARGEST_KNOWN) {
        bson_destroy(document);
        mongo_known_drop(store, id);
        return;
    }
    pthread_mutex_lock(&store->lock);
    mongo_known *known = find(store, id);
    if (!known) {
        known = &store->known[store->next_known];
        store->next_known = (store->next_known + 1) % MONGO_MOST_KNOWN;
    }
    clear(known);
    *known = (mongo_known){id, document};
    pthread_mutex_unlock(&store->lock);
}
