#include "bench_driver.h"

#include <labwatch/sys/module.h>

#include "bench_common.h"

extern const lw_module lw_module_definition; /* the store's, whose objects are linked */

bench_traffic bench_counted;

static const char *const row_fields[] = {
    "experiment.name",   "status",           "start_time",       "stop_time",          "heartbeat",
    "config",            "result",           "labwatch.origin",  "labwatch.space",     "labwatch.space_version",
    "labwatch.digest",   "labwatch.cost",    "labwatch.failure", "labwatch.fidelity",  "labwatch.replicate",
    "labwatch.attempt",  "labwatch.lease",   "labwatch.duration", "labwatch.memo",     "labwatch.worker",
    "labwatch.revision", "labwatch.changed",
};

static void die(const bson_error_t *failure) {
    fprintf(stderr, "bench_store: %s\n", failure->message);
    exit(1);
}

/* ---- counting ---- */

static bool is_courtesy(const char *name) {
    static const char *const names[] = {"hello", "isMaster", "ismaster", "saslStart", "saslContinue", "endSessions"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return false;
}

static int64_t length_of(const bson_t *reply, const char *path) {
    bson_iter_t top, batch, each;
    int64_t n = 0;
    if (bson_iter_init(&top, reply) && bson_iter_find_descendant(&top, path, &batch) &&
        bson_iter_recurse(&batch, &each))
        while (bson_iter_next(&each))
            n++;
    return n;
}

static int64_t documents_in(const bson_t *reply) {
    return length_of(reply, "cursor.firstBatch") + length_of(reply, "cursor.nextBatch");
}

static void count_command(const mongoc_apm_command_succeeded_t *event) {
    const char *name = mongoc_apm_command_succeeded_get_command_name(event);
    const bson_t *reply = mongoc_apm_command_succeeded_get_reply(event);
    if (is_courtesy(name))
        return;
    bench_counted.commands++;
    bench_counted.inserts += strcmp(name, "insert") == 0;
    bench_counted.documents += documents_in(reply);
    bench_counted.bytes += reply->len;
}

/* The linker puts these in place of the driver's function. */
mongoc_client_t *__real_mongoc_client_new_from_uri_with_error(const mongoc_uri_t *uri, bson_error_t *error);
mongoc_client_t *__wrap_mongoc_client_new_from_uri_with_error(const mongoc_uri_t *uri, bson_error_t *error);

mongoc_client_t *__wrap_mongoc_client_new_from_uri_with_error(const mongoc_uri_t *uri, bson_error_t *error) {
    mongoc_client_t *client = __real_mongoc_client_new_from_uri_with_error(uri, error);
    mongoc_apm_callbacks_t *callbacks = mongoc_apm_callbacks_new();
    mongoc_apm_set_command_succeeded_cb(callbacks, count_command);
    if (client)
        mongoc_client_set_apm_callbacks(client, callbacks, NULL);
    mongoc_apm_callbacks_destroy(callbacks);
    return client;
}

/* ---- places ---- */

static char url[800], current[100];

void bench_set_database(const char *name) {
    const char *server = getenv("LABWATCH_TEST_MONGO_URI");
    if (!server || !server[0]) {
        fprintf(stderr, "bench_store: LABWATCH_TEST_MONGO_URI names no server\n");
        exit(2);
    }
    if (name != current)
        snprintf(current, sizeof current, "%s", name);
    size_t length = strcspn(server, "?");
    const char *options = server + length;
    while (length > 0 && server[length - 1] == '/')
        length--;
    snprintf(url, sizeof url, "%.*s/%s%s", (int)length, server, name, options);
}

const char *bench_database(void) {
    return current;
}

lw_store *bench_open_store(void) {
    lw_store *store = NULL;
    lw_error error;
    must(lw_store_open(&store, url, NULL, lw_module_definition.stores, &error), &error);
    return store;
}

/* ---- the bare driver ---- */

/* As the store has it: majority for what is read and written, a connection that is kept. */
void bench_bare_open(bench_bare *bare) {
    bson_error_t failure = {0};
    mongoc_init();
    mongoc_uri_t *uri = mongoc_uri_new_with_error(url, &failure);
    if (!uri)
        die(&failure);
    mongoc_uri_set_option_as_bool(uri, MONGOC_URI_RETRYWRITES, false);
    mongoc_uri_set_option_as_bool(uri, MONGOC_URI_RETRYREADS, false);
    mongoc_uri_set_option_as_utf8(uri, MONGOC_URI_READCONCERNLEVEL, "majority");
    mongoc_uri_set_option_as_utf8(uri, MONGOC_URI_W, "majority");
    *bare = (bench_bare){.client = mongoc_client_new_from_uri_with_error(uri, &failure)};
    if (!bare->client)
        die(&failure);
    bare->runs = mongoc_client_get_collection(bare->client, mongoc_uri_get_database(uri), "runs");
    mongoc_uri_destroy(uri);
}

void bench_bare_close(bench_bare *bare) {
    mongoc_collection_destroy(bare->runs);
    mongoc_client_destroy(bare->client);
}

void bench_bare_find(bench_bare *bare) {
    bson_error_t failure = {0};
    bson_t *filter = BCON_NEW("_id", "{", "$gte", BCON_INT32((int32_t)bare->last_id), "}");
    bson_t options = BSON_INITIALIZER, projection;
    bson_append_document_begin(&options, "projection", -1, &projection);
    for (size_t i = 0; i < sizeof row_fields / sizeof row_fields[0]; i++)
        bson_append_int32(&projection, row_fields[i], -1, 1);
    bson_append_document_end(&options, &projection);
    mongoc_cursor_t *cursor = mongoc_collection_find_with_opts(bare->runs, filter, &options, NULL);
    const bson_t *document;
    while (mongoc_cursor_next(cursor, &document)) {
        bson_iter_t id;
        bare->n++;
        if (bson_iter_init_find(&id, document, "_id") && bson_iter_as_int64(&id) > bare->last_id)
            bare->last_id = bson_iter_as_int64(&id);
    }
    if (mongoc_cursor_error(cursor, &failure))
        die(&failure);
    mongoc_cursor_destroy(cursor);
    bson_destroy(&options);
    bson_destroy(filter);
}

bool bench_bare_insert(bench_bare *bare, const bson_t *document) {
    enum { DUPLICATE = 11000 };
    bson_error_t failure = {0};
    bson_t copy = BSON_INITIALIZER, *options = BCON_NEW("validate", BCON_BOOL(false));
    bson_append_int32(&copy, "_id", -1, (int32_t)bare->last_id + 1);
    bson_copy_to_excluding_noinit(document, &copy, "_id", NULL);
    bool done = mongoc_collection_insert_one(bare->runs, &copy, options, NULL, &failure);
    if (!done && failure.code != DUPLICATE)
        die(&failure);
    bson_destroy(options);
    bson_destroy(&copy);
    return done;
}

void bench_bare_update(bench_bare *bare, int64_t id) {
    bson_error_t failure = {0};
    bson_t *filter = BCON_NEW("_id", BCON_INT32((int32_t)id), "status", "RUNNING");
    bson_t *update = BCON_NEW("$set", "{", "status", "COMPLETED", "result", BCON_DOUBLE(0.5), "labwatch.cost",
                              BCON_DOUBLE(0.5), "}", "$currentDate", "{", "stop_time", BCON_BOOL(true), "}");
    if (!mongoc_collection_update_one(bare->runs, filter, update, NULL, NULL, &failure))
        die(&failure);
    bson_destroy(filter);
    bson_destroy(update);
}

bson_t *bench_bare_sample(bench_bare *bare) {
    bson_t filter = BSON_INITIALIZER, *options = BCON_NEW("limit", BCON_INT64(1)), *copy = NULL;
    const bson_t *document;
    mongoc_cursor_t *cursor = mongoc_collection_find_with_opts(bare->runs, &filter, options, NULL);
    if (mongoc_cursor_next(cursor, &document))
        copy = bson_copy(document);
    mongoc_cursor_destroy(cursor);
    bson_destroy(options);
    return copy;
}

int64_t bench_bare_count(bench_bare *bare, const char *status) {
    bson_error_t failure = {0};
    bson_t *filter = BCON_NEW("status", BCON_UTF8(status));
    int64_t n = mongoc_collection_count_documents(bare->runs, filter, NULL, NULL, NULL, &failure);
    if (n < 0)
        die(&failure);
    bson_destroy(filter);
    return n;
}

void bench_bare_drop(bench_bare *bare) {
    mongoc_uri_t *uri = mongoc_uri_new(url);
    mongoc_database_t *database = mongoc_client_get_database(bare->client, mongoc_uri_get_database(uri));
    mongoc_database_drop(database, NULL);
    mongoc_database_destroy(database);
    mongoc_uri_destroy(uri);
}
