#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>

#include "testing.h"

#include <labwatch/sys/module.h>

#include "mongo_bench.h"

extern const lw_module lw_module_definition; /* the store's, whose objects are linked */

/* ---- what the driver is made to tell ---- */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char commands[4096];
static char losing[32];
static int losing_in;
static _Thread_local bool reply_is_lost; /* of the command that this thread has sent */

static int breaking, breaking_at;           /* so many new connections break, at the reply to that message */
static _Thread_local int n_left;            /* messages until the reply is lost; 0: not on this connection */

static bool is_courtesy(const char *name) {
    static const char *const names[] = {"hello", "isMaster", "ismaster", "saslStart", "saslContinue", "endSessions"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return false;
}

static void note_command(const mongoc_apm_command_started_t *event) {
    const char *name = mongoc_apm_command_started_get_command_name(event);
    pthread_mutex_lock(&lock);
    size_t length = strlen(commands);
    if (!is_courtesy(name))
        snprintf(commands + length, sizeof commands - length, "%s ", name);
    reply_is_lost = losing_in > 0 && strcmp(name, losing) == 0 && --losing_in == 0;
    pthread_mutex_unlock(&lock);
}

static ssize_t (*read_from_socket)(mongoc_stream_t *, mongoc_iovec_t *, size_t, size_t, int32_t);
static ssize_t (*write_to_socket)(mongoc_stream_t *, mongoc_iovec_t *, size_t, int32_t);

static ssize_t write_and_count(mongoc_stream_t *stream, mongoc_iovec_t *parts, size_t n, int32_t timeout_ms) {
    reply_is_lost = reply_is_lost || (n_left > 0 && --n_left == 0);
    return write_to_socket(stream, parts, n, timeout_ms);
}

static ssize_t read_or_lose(mongoc_stream_t *stream, mongoc_iovec_t *parts, size_t n, size_t least,
                            int32_t timeout_ms) {
    ssize_t got = read_from_socket(stream, parts, n, least, timeout_ms);
    if (!reply_is_lost || got <= 0)
        return got;
    reply_is_lost = false;
    errno = ECONNRESET;
    return -1;
}

static mongoc_stream_t *connect_stream(const mongoc_uri_t *uri, const mongoc_host_list_t *host, void *arg,
                                       bson_error_t *error) {
    (void)uri;
    (void)arg;
    struct addrinfo *address, hints = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM};
    char port[8];
    snprintf(port, sizeof port, "%d", (int)host->port);
    mongoc_socket_t *socket = mongoc_socket_new(AF_INET, SOCK_STREAM, 0);
    bool connected = socket && getaddrinfo(host->host, port, &hints, &address) == 0;
    if (connected) {
        connected = mongoc_socket_connect(socket, address->ai_addr, address->ai_addrlen, -1) == 0;
        freeaddrinfo(address);
    }
    if (!connected) {
        bson_set_error(error, MONGOC_ERROR_STREAM, MONGOC_ERROR_STREAM_CONNECT, "no connection");
        if (socket)
            mongoc_socket_destroy(socket);
        return NULL;
    }
    mongoc_stream_t *stream = mongoc_stream_socket_new(socket);
    read_from_socket = stream->readv;
    stream->readv = read_or_lose;
    write_to_socket = stream->writev;
    stream->writev = write_and_count;
    pthread_mutex_lock(&lock);
    reply_is_lost = false;
    n_left = breaking > 0 && breaking-- > 0 ? breaking_at : 0;
    pthread_mutex_unlock(&lock);
    return stream;
}

/* The linker puts these in place of the driver's function for the store's objects. */
mongoc_client_t *__real_mongoc_client_new_from_uri_with_error(const mongoc_uri_t *uri, bson_error_t *error);
mongoc_client_t *__wrap_mongoc_client_new_from_uri_with_error(const mongoc_uri_t *uri, bson_error_t *error);

mongoc_client_t *__wrap_mongoc_client_new_from_uri_with_error(const mongoc_uri_t *uri, bson_error_t *error) {
    mongoc_client_t *client = __real_mongoc_client_new_from_uri_with_error(uri, error);
    if (!client)
        return NULL;
    mongoc_apm_callbacks_t *callbacks = mongoc_apm_callbacks_new();
    mongoc_apm_set_command_started_cb(callbacks, note_command);
    mongoc_client_set_apm_callbacks(client, callbacks, NULL);
    mongoc_apm_callbacks_destroy(callbacks);
    mongoc_client_set_stream_initiator(client, connect_stream, NULL);
    return client;
}

const char *lw_test_mongo_commands(void) {
    static char taken[sizeof commands];
    pthread_mutex_lock(&lock);
    memcpy(taken, commands, sizeof taken);
    commands[0] = '\0';
    pthread_mutex_unlock(&lock);
    return taken;
}

void lw_test_mongo_lose_reply(const char *command, int n) {
    pthread_mutex_lock(&lock);
    snprintf(losing, sizeof losing, "%s", command);
    losing_in = n;
    pthread_mutex_unlock(&lock);
}

void lw_test_mongo_break_connections(int n, int at) {
    pthread_mutex_lock(&lock);
    breaking = n;
    breaking_at = at;
    pthread_mutex_unlock(&lock);
}

/* ---- stores ---- */

int lw_test_mongo_try(lw_store **out, const char *url, const lw_store_setup *setup, lw_error *error) {
    return lw_store_open(out, url, setup, lw_module_definition.stores, error);
}

lw_store *lw_test_mongo_second(const lw_test_mongo *bench) {
    lw_error error;
    lw_store *store = NULL;
    assert_ok(lw_test_mongo_try(&store, bench->url, NULL, &error), error);
    return store;
}

void lw_test_mongo_open(lw_test_mongo *bench, const char *options) {
    static atomic_int n_benches;
    const char *server = getenv("LABWATCH_TEST_MONGO_URI");
    if (!server || !server[0])
        fail_msg("LABWATCH_TEST_MONGO_URI names no server");
    size_t length = strcspn(server, "?");
    const char *given = server[length] ? server + length + 1 : "";
    while (length > 0 && server[length - 1] == '/')
        length--;
    snprintf(bench->place, sizeof bench->place, "%.*s/labwatch_test_%ld_%d?%s", (int)length, server, (long)getpid(),
             atomic_fetch_add(&n_benches, 1), given);
    snprintf(bench->url, sizeof bench->url, "%s%s", bench->place, options);
    bench->client = mongoc_client_new(bench->place);
    assert_non_null(bench->client);
    bench->database = mongoc_client_get_default_database(bench->client);
    bench->store = lw_test_mongo_second(bench);
    (void)lw_test_mongo_commands();
    lw_test_mongo_lose_reply("", 0);
}

void lw_test_mongo_close(lw_test_mongo *bench) {
    lw_store_close(bench->store);
    mongoc_database_drop(bench->database, NULL);
    mongoc_database_destroy(bench->database);
    mongoc_client_destroy(bench->client);
}

int lw_test_mongo_set_up(void **state) {
    static lw_test_mongo bench;
    lw_test_mongo_open(&bench, "");
    *state = &bench;
    return 0;
}

int lw_test_mongo_tear_down(void **state) {
    lw_test_mongo_close(*state);
    return 0;
}

/* ---- what lies there ---- */

static bson_t *parsed(const char *json) {
    bson_error_t error;
    bson_t *document = bson_new_from_json((const uint8_t *)json, -1, &error);
    if (!document)
        fail_msg("%s: %s", json, error.message);
    return document;
}

bson_t *lw_test_mongo_find(const lw_test_mongo *bench, const char *collection, const char *json) {
    mongoc_collection_t *from = mongoc_database_get_collection(bench->database, collection);
    bson_t *filter = parsed(json), *copy = NULL;
    const bson_t *found;
    mongoc_cursor_t *cursor = mongoc_collection_find_with_opts(from, filter, NULL, NULL);
    if (mongoc_cursor_next(cursor, &found))
        copy = bson_copy(found);
    mongoc_cursor_destroy(cursor);
    mongoc_collection_destroy(from);
    bson_destroy(filter);
    if (!copy)
        fail_msg("%s has no document %s", collection, json);
    return copy;
}

int64_t lw_test_mongo_count(const lw_test_mongo *bench, const char *collection, const char *json) {
    mongoc_collection_t *in = mongoc_database_get_collection(bench->database, collection);
    bson_t *filter = parsed(json);
    bson_error_t error;
    int64_t n = mongoc_collection_count_documents(in, filter, NULL, NULL, NULL, &error);
    mongoc_collection_destroy(in);
    bson_destroy(filter);
    if (n < 0)
        fail_msg("%s: %s", collection, error.message);
    return n;
}

void lw_test_mongo_insert(const lw_test_mongo *bench, const char *collection, const char *json) {
    mongoc_collection_t *into = mongoc_database_get_collection(bench->database, collection);
    bson_t *document = parsed(json), *options = BCON_NEW("validate", BCON_BOOL(false));
    bson_error_t error;
    if (!mongoc_collection_insert_one(into, document, options, NULL, &error))
        fail_msg("%s: %s", json, error.message);
    bson_destroy(options);
    bson_destroy(document);
    mongoc_collection_destroy(into);
}

void lw_test_mongo_update(const lw_test_mongo *bench, const char *collection, const char *filter_json,
                          const char *update_json) {
    mongoc_collection_t *in = mongoc_database_get_collection(bench->database, collection);
    bson_t *filter = parsed(filter_json), *update = parsed(update_json);
    bson_error_t error;
    if (!mongoc_collection_update_one(in, filter, update, NULL, NULL, &error))
        fail_msg("%s: %s", update_json, error.message);
    bson_destroy(filter);
    bson_destroy(update);
    mongoc_collection_destroy(in);
}
