/**
 * A MongoDB store under observation: which commands it sends, replies that are lost on the way, and what lies in its
 * collections. Built with the objects of the store's module, so that the driver's functions can be wrapped.
 */
#ifndef LABWATCH_TESTS_MONGO_BENCH_H
#define LABWATCH_TESTS_MONGO_BENCH_H

#include <netdb.h> /* mongoc.h needs it */

#include <mongoc/mongoc.h>

#include <labwatch/labwatch.h>

typedef struct lw_test_mongo {
    char url[600];   /**< of the store; what lies there is new for each bench */
    char place[500]; /**< of the database, for the driver */
    lw_store *store;
    mongoc_client_t *client; /**< beside the store: nobody counts what it does */
    mongoc_database_t *database;
} lw_test_mongo;

/** On the server that LABWATCH_TEST_MONGO_URI names; fails the test without. options are added to the store's URL: ""
 * or "&…". */
void lw_test_mongo_open(lw_test_mongo *bench, const char *options);
/** Drops the database. */
void lw_test_mongo_close(lw_test_mongo *bench);
/** Setup and teardown of a test whose state is a bench without options. */
int lw_test_mongo_set_up(void **state);
int lw_test_mongo_tear_down(void **state);
/** Another store object at the same place. */
lw_store *lw_test_mongo_second(const lw_test_mongo *bench);

/** The names of the commands that stores have sent since the last call, each with a blank behind it, but for greetings
 * and farewells. */
const char *lw_test_mongo_commands(void);
/** The reply to the n-th command of that name from now on is lost: the server has done it, and the connection breaks.
 * 0: none. */
void lw_test_mongo_lose_reply(const char *command, int n);
/** The next n connections of this thread break at the reply to their at-th message; the first one is the greeting. */
void lw_test_mongo_break_connections(int n, int at);

/** A collection's document; yours to bson_destroy. Fails the test if it is not there. json is the filter. */
bson_t *lw_test_mongo_find(const lw_test_mongo *bench, const char *collection, const char *json);
int64_t lw_test_mongo_count(const lw_test_mongo *bench, const char *collection, const char *json);
/** Puts a document there, past the store. */
void lw_test_mongo_insert(const lw_test_mongo *bench, const char *collection, const char *json);
void lw_test_mongo_update(const lw_test_mongo *bench, const char *collection, const char *filter, const char *update);

/** Opens a store of the module's by its URL. */
int lw_test_mongo_try(lw_store **out, const char *url, const lw_store_setup *setup, lw_error *error);

#endif
