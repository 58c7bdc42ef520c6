/*
 * The MongoDB store: one statement at a time. Each may be sent twice: where no reply came, or the server stepped down.
 * That it is harmless to have it done twice is up to those who call.
 */
#include "mongodb_internal.h"

enum { OLDEST_WIRE_VERSION = 9 }; /* MongoDB 4.4 */

/* ---- connections: each is used by one thread at a time ---- */

static int check_server(const mongo_store *store, mongoc_client_t *client, lw_error *error) {
    bson_error_t failure = {0};
    mongoc_server_description_t *server = mongoc_client_select_server(client, false, NULL, &failure);
    if (!server)
        return mongo_failed(store, &failure, error);
    bson_iter_t version;
    const bson_t *hello = mongoc_server_description_hello_response(server);
    bool known = bson_iter_init_find(&version, hello, "maxWireVersion");
    int code = known && bson_iter_as_int64(&version) < OLDEST_WIRE_VERSION
                   ? lw_error_set(error, LW_EUNSUPPORTED,
                                  "the server of %s is older than MongoDB 4.4, the oldest that labwatch works with",
                                  store->place)
                   : LW_OK;
    if (code == LW_OK && mongo_is_router(hello))
        code = mongo_check_sharding(store, client, error);
    mongoc_server_description_destroy(server);
    return code;
}

static int connect_client(const mongo_store *store, mongoc_client_t **out, lw_error *error) {
    bson_error_t failure = {0};
    mongoc_client_t *client = mongoc_client_new_from_uri_with_error(store->uri, &failure);
    if (!client && failure.domain == MONGOC_ERROR_STREAM) /* names that cannot be resolved */
        return lw_error_set(error, LW_EUNAVAILABLE, "%s cannot be looked up: %.400s", store->place, failure.message);
    if (!client)
        return mongo_failed(store, &failure, error);
    mongoc_client_set_error_api(client, MONGOC_ERROR_API_VERSION_2);
    int code = check_server(store, client, error);
    if (code == LW_OK)
        *out = client;
    else
        mongoc_client_destroy(client);
    return code;
}

static mongoc_client_t *take_idle(mongo_store *store) {
    pthread_mutex_lock(&store->lock);
    mongoc_client_t *client = store->n_idle > 0 ? store->idle[--store->n_idle] : NULL;
    pthread_mutex_unlock(&store->lock);
    return client;
}

static int borrow(mongo_store *store, mongoc_client_t **out, lw_error *error) {
    *out = take_idle(store);
    return *out ? LW_OK : connect_client(store, out, error);
}

/*
 * Where one connection has broken, the idle ones have, too. A new client connects at once; this one would perhaps not
 * try to for five seconds.
 */
static void drop(mongo_store *store, mongoc_client_t *broken) {
    for (mongoc_client_t *client = broken; client; client = take_idle(store))
        mongoc_client_destroy(client);
}

static void give_back(mongo_store *store, mongoc_client_t *client) {
    pthread_mutex_lock(&store->lock);
    bool kept = store->n_idle < MONGO_MOST_IDLE;
    if (kept)
        store->idle[store->n_idle++] = client;
    pthread_mutex_unlock(&store->lock);
    if (!kept)
        mongoc_client_destroy(client);
}

/* ---- statements ---- */

typedef struct statement {
    mongo_store *store;
    mongo_collection collection;
    const bson_t *filter;   /* or the pipeline */
    const bson_t *document; /* what is inserted, or the update */
    const bson_t *options;
    const mongo_change *changes;
    size_t n_changes;
    mongo_outcome *outcome;
    mongo_document_fn *visit;
    void *arg;
    int visit_code;
    size_t n_shown;
    lw_error *error;
} statement;

/* Does it once. False with *failure, unless a visitor ended it. */
typedef bool statement_fn(statement *self, mongoc_collection_t *collection, bson_error_t *failure);

static int execute_once(statement *self, statement_fn *function, bool *done, bson_error_t *failure) {
    mongoc_client_t *client;
    int code = borrow(self->store, &client, self->error);
    if (code != LW_OK)
        return code;
    mongoc_collection_t *collection =
        mongoc_client_get_collection(client, self->store->database, self->store->collections[self->collection]);
    *failure = (bson_error_t){0};
    *done = function(self, collection, failure);
    mongoc_collection_destroy(collection);
    if (!*done && mongo_is_of_connection(failure))
        drop(self->store, client);
    else
        give_back(self->store, client);
    return LW_OK;
}

static int execute(statement *self, statement_fn *function) {
    enum { TIMES = 2 };
    bool done = false;
    bson_error_t failure;
    for (int i = 1; i <= TIMES && !done; i++) {
        if (self->outcome)
            self->outcome->repeated = i > 1;
        int code = execute_once(self, function, &done, &failure);
        if (code != LW_OK)
            return code;
        if (!done && (self->n_shown > 0 || !mongo_is_passing(&failure))) /* nothing is shown twice */
            break;
    }
    if (done || self->visit_code != LW_OK)
        return self->visit_code;
    if (self->outcome && mongo_is_duplicate(&failure)) {
        self->outcome->duplicate = true;
        return LW_OK;
    }
    return mongo_failed(self->store, &failure, self->error);
}

static bool insert_once(statement *self, mongoc_collection_t *collection, bson_error_t *failure) {
    return mongoc_collection_insert_one(collection, self->document, self->options, NULL, failure);
}

int mongo_insert(mongo_store *store, mongo_collection into, const bson_t *document, mongo_outcome *out,
                 lw_error *error) {
    *out = (mongo_outcome){0};
    bson_t *options = BCON_NEW("validate", BCON_BOOL(false)); /* names with dots are Sacred's, too */
    statement self = {store, into, .document = document, .options = options, .outcome = out, .error = error};
    int code = execute(&self, insert_once);
    bson_destroy(options);
    return code;
}

static int64_t number_in(const bson_t *reply, const char *name) {
    bson_iter_t value;
    return bson_iter_init_find(&value, reply, name) ? bson_iter_as_int64(&value) : 0;
}

static bool update_once(statement *self, mongoc_collection_t *collection, bson_error_t *failure) {
    bson_t reply;
    bool done = mongoc_collection_update_one(collection, self->filter, self->document, self->options, &reply, failure);
    self->outcome->matched = number_in(&reply, "matchedCount");
    self->outcome->modified = number_in(&reply, "modifiedCount");
    bson_destroy(&reply);
    return done;
}

int mongo_update(mongo_store *store, mongo_collection in, const bson_t *filter, const bson_t *update, bool upsert,
                 mongo_outcome *out, lw_error *error) {
    *out = (mongo_outcome){0};
    bson_t *options = BCON_NEW("validate", BCON_BOOL(false), "upsert", BCON_BOOL(upsert));
    statement self = {store, in, filter, update, options, .outcome = out, .error = error};
    int code = execute(&self, update_once);
    bson_destroy(options);
    return code;
}

static bool update_each_once(statement *self, mongoc_collection_t *collection, bson_error_t *failure) {
    bson_t unordered = BSON_INITIALIZER, reply;
    bson_append_bool(&unordered, "ordered", -1, false);
    mongoc_bulk_operation_t *bulk = mongoc_collection_create_bulk_operation_with_opts(collection, &unordered);
    bool done = true;
    for (size_t i = 0; i < self->n_changes && done; i++)
        done = mongoc_bulk_operation_update_one_with_opts(bulk, self->changes[i].filter, self->changes[i].update,
                                                          self->options, failure);
    if (done) {
        done = mongoc_bulk_operation_execute(bulk, &reply, failure) != 0;
        self->outcome->matched = number_in(&reply, "nMatched");
        bson_destroy(&reply);
    }
    mongoc_bulk_operation_destroy(bulk);
    bson_destroy(&unordered);
    return done;
}

int mongo_update_each(mongo_store *store, mongo_collection in, const mongo_change *changes, size_t n, int64_t *matched,
                      lw_error *error) {
    mongo_outcome outcome = {0};
    bson_t *options = BCON_NEW("validate", BCON_BOOL(false));
    statement self = {
        store, in, .options = options, .changes = changes, .n_changes = n, .outcome = &outcome, .error = error};
    int code = execute(&self, update_each_once);
    *matched = outcome.matched;
    bson_destroy(options);
    return code;
}

int mongo_upsert(mongo_store *store, mongo_collection in, const bson_t *filter, const bson_t *update, lw_error *error) {
    mongo_outcome outcome = {.duplicate = true};
    int code = LW_OK;
    for (int tries = 0; tries < 10 && code == LW_OK && outcome.duplicate; tries++)
        code = mongo_update(store, in, filter, update, true, &outcome, error);
    return code;
}

static bool delete_once(statement *self, mongoc_collection_t *collection, bson_error_t *failure) {
    return mongoc_collection_delete_many(collection, self->filter, NULL, NULL, failure);
}

int mongo_delete(mongo_store *store, mongo_collection from, const bson_t *filter, lw_error *error) {
    statement self = {store, from, filter, .error = error};
    return execute(&self, delete_once);
}

static bool show_all(statement *self, mongoc_cursor_t *cursor, bson_error_t *failure) {
    const bson_t *document;
    while (self->visit_code == LW_OK && mongoc_cursor_next(cursor, &document)) {
        self->n_shown++;
        self->visit_code = self->visit(self->arg, document, self->error);
    }
    bool done = self->visit_code == LW_OK && !mongoc_cursor_error(cursor, failure);
    mongoc_cursor_destroy(cursor);
    return done;
}

static bool find_once(statement *self, mongoc_collection_t *collection, bson_error_t *failure) {
    return show_all(self, mongoc_collection_find_with_opts(collection, self->filter, self->options, NULL), failure);
}

int mongo_find(mongo_store *store, mongo_collection in, const bson_t *filter, const bson_t *options,
               mongo_document_fn *visit, void *arg, lw_error *error) {
    statement self = {store, in, filter, .options = options, .visit = visit, .arg = arg, .error = error};
    return execute(&self, find_once);
}

static bool aggregate_once(statement *self, mongoc_collection_t *collection, bson_error_t *failure) {
    return show_all(self, mongoc_collection_aggregate(collection, MONGOC_QUERY_NONE, self->filter, NULL, NULL),
                    failure);
}

int mongo_aggregate(mongo_store *store, mongo_collection in, const bson_t *pipeline, mongo_document_fn *visit,
                    void *arg, lw_error *error) {
    statement self = {store, in, pipeline, .visit = visit, .arg = arg, .error = error};
    return execute(&self, aggregate_once);
}

static int keep_one(void *arg, const bson_t *document, lw_error *error) {
    (void)error;
    bson_t **out = arg;
    if (*out)
        bson_destroy(*out);
    *out = bson_copy(document);
    return LW_OK;
}

int mongo_find_one(mongo_store *store, mongo_collection in, const bson_t *filter, const bson_t *projection,
                   bson_t **out, lw_error *error) {
    bson_t options = BSON_INITIALIZER;
    bson_append_int64(&options, "limit", -1, 1);
    bson_append_bool(&options, "singleBatch", -1, true);
    if (projection)
        bson_append_document(&options, "projection", -1, projection);
    *out = NULL;
    int code = mongo_find(store, in, filter, &options, keep_one, out, error);
    bson_destroy(&options);
    if (code != LW_OK && *out) {
        bson_destroy(*out);
        *out = NULL;
    }
    return code;
}

/* ---- indexes ---- */

static const struct {
    mongo_collection collection;
    const char *name, *first, *second;
} indexes[] = {
    {MONGO_RUNS, "labwatch_experiment_id", "experiment.name", "_id"},
    {MONGO_RUNS, "labwatch_experiment_changed", "experiment.name", "labwatch.changed"},
    {MONGO_METRICS, "labwatch_run_name", "run_id", "name"},
    {MONGO_ATTACHMENTS, "labwatch_run", "run", "kind"},
    {MONGO_ATTACHMENTS, "labwatch_file", "file_id", "size"},
    {MONGO_FILES, "labwatch_digest", "metadata.labwatch", "length"},
    {MONGO_CHUNKS, "files_id_1_n_1", "files_id", "n"},
};
enum { N_INDEXES = sizeof indexes / sizeof indexes[0] };

/* All that the collection is to have, in one command. */
static bool make_indexes_once(statement *self, mongoc_collection_t *collection, bson_error_t *failure) {
    bson_t command = BSON_INITIALIZER, list, index, keys;
    bson_append_utf8(&command, "createIndexes", -1, mongoc_collection_get_name(collection), -1);
    bson_append_array_begin(&command, "indexes", -1, &list);
    for (size_t i = 0, n = 0; i < N_INDEXES; i++) {
        if (indexes[i].collection != self->collection)
            continue;
        char key[16];
        bson_snprintf(key, sizeof key, "%zu", n++);
        bson_append_document_begin(&list, key, -1, &index);
        bson_append_document_begin(&index, "key", -1, &keys);
        bson_append_int32(&keys, indexes[i].first, -1, 1);
        bson_append_int32(&keys, indexes[i].second, -1, 1);
        bson_append_document_end(&index, &keys);
        bson_append_utf8(&index, "name", -1, indexes[i].name, -1);
        if (self->collection == MONGO_CHUNKS)
            bson_append_bool(&index, "unique", -1, true);
        bson_append_document_end(&list, &index);
    }
    bson_append_array_end(&command, &list);
    bool done = mongoc_collection_write_command_with_opts(collection, &command, NULL, NULL, failure);
    bson_destroy(&command);
    return done;
}

int mongo_make_indexes(mongo_store *store, lw_error *error) {
    static const mongo_collection with[] = {MONGO_RUNS, MONGO_METRICS, MONGO_FILES, MONGO_CHUNKS, MONGO_ATTACHMENTS};
    int code = LW_OK;
    for (size_t i = 0; i < sizeof with / sizeof with[0] && code == LW_OK; i++) {
        statement self = {store, with[i], .error = error};
        code = execute(&self, make_indexes_once);
    }
    return code;
}
