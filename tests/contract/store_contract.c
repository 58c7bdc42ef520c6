#include <netdb.h> /* mongoc.h needs it */

#include <mongoc/mongoc.h>
#include <sqlite3.h>

#include "store_contract.h"
#include "traced_store.h"

static void check_sqlite(const char *url) {
    sqlite3 *connection;
    sqlite3_stmt *statement;
    assert_int_equal(sqlite3_open(strchr(url, ':') + 1, &connection), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(connection, "PRAGMA integrity_check", -1, &statement, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    assert_string_equal((const char *)sqlite3_column_text(statement, 0), "ok");
    sqlite3_finalize(statement);
    sqlite3_close(connection);
}

/*
 * The server's database for this run of the tests. Each test has collections of its own in it, whose prefix is its folder's name; so "%s" stands
 * for the folder here, too.
 */
static char mongo_url[600], mongo_place[500];

static bool find_mongo(void) {
    const char *server = getenv("LABWATCH_TEST_MONGO_URI");
    if (!server || !server[0])
        return false;
    size_t length = strcspn(server, "?");
    const char *options = server[length] ? server + length + 1 : "";
    while (length > 0 && server[length - 1] == '/')
        length--;
    snprintf(mongo_place, sizeof mongo_place, "%.*s/labwatch_test_%ld?%s%s", (int)length, server, (long)getpid(), options,
             options[0] ? "&" : "");
    snprintf(mongo_url, sizeof mongo_url, "%scollectionPrefix=%%s", mongo_place);
    return true;
}

static int drop_mongo(void) {
    bson_error_t error;
    mongoc_client_t *client = mongoc_client_new(mongo_place);
    mongoc_database_t *database = mongoc_client_get_default_database(client);
    bool dropped = mongoc_database_drop(database, &error);
    if (!dropped)
        print_error("the database of the tests cannot be dropped: %s\n", error.message);
    mongoc_database_destroy(database);
    mongoc_client_destroy(client);
    return !dropped;
}

/* One line for each store. */
static const contract_store stores[] = {
    {.name = "memory", .url = "memory:"},
    {.name = "sqlite", .url = "sqlite:%s/runs of all.db", .shared = true, .check_integrity = check_sqlite},
    {.name = "sqlite::memory:", .url = "sqlite::memory:"},
    {.name = "traced(memory)", .url = "traced:memory:"},
};
static const contract_store mongodb = {.name = "mongodb", .url = mongo_url, .shared = true};

static int set_up(void **state) {
    const contract_store *what = *state;
    contract *c = calloc(1, sizeof *c);
    assert_non_null(c);
    c->what = what;
    c->folder = lw_test_make_folder();
    const char *place = strstr(what->url, "%s");
    if (place)
        snprintf(c->url, sizeof c->url, "%.*s%s%s", (int)(place - what->url), what->url, c->folder, place + 2);
    else
        snprintf(c->url, sizeof c->url, "%s", what->url);
    contract_reopen(c);
    *state = c;
    return 0;
}

static int tear_down(void **state) {
    contract *c = *state;
    contract_close(c);
    lw_test_remove_folder(c->folder);
    free(c);
    return 0;
}

lw_store *contract_open(const contract *c) {
    lw_error error;
    lw_store *store = NULL;
    assert_ok(lw_store_open(&store, c->url, NULL, lw_test_traced_types, &error), error);
    return store;
}

void contract_reopen(contract *c) {
    c->store = contract_open(c);
}

void contract_close(contract *c) {
    lw_store_close(c->store);
    c->store = NULL;
}

typedef struct contract_test {
    const char *name;
    CMUnitTestFunction function;
} contract_test;

static const contract_test contract_tests[] = {
#define TEST_ENTRY(name) {"test_store_contract__" #name, test_store_contract__##name},
    CONTRACT_TESTS(TEST_ENTRY)
#undef TEST_ENTRY
};

enum { N_TESTS = sizeof contract_tests / sizeof contract_tests[0] };

static int run_over(const contract_store *what, const char *only) {
    struct CMUnitTest tests[N_TESTS];
    size_t n = 0;
    for (size_t i = 0; i < N_TESTS; i++)
        if (!only || strstr(contract_tests[i].name, only))
            tests[n++] = (struct CMUnitTest){contract_tests[i].name, contract_tests[i].function, set_up, tear_down,
                                             (void *)(uintptr_t)what};
    return _cmocka_run_group_tests(what->name, tests, n, NULL, NULL);
}

/* store_contract [--mongodb] [PART OF A TEST'S NAME]: MongoDB needs a server, LABWATCH_TEST_MONGO_URI, and is a run of its own. */
int main(int argc, char **argv) {
    bool on_server = argc > 1 && strcmp(argv[1], "--mongodb") == 0;
    const char *only = argc > 1 + on_server ? argv[1 + on_server] : NULL;
    int failed = 0;
    if (on_server && !find_mongo()) {
        print_error("LABWATCH_TEST_MONGO_URI names no server\n");
        return 1;
    }
    if (on_server)
        failed = run_over(&mongodb, only) + drop_mongo();
    for (size_t i = 0; i < sizeof stores / sizeof stores[0] && !on_server; i++)
        failed += run_over(&stores[i], only);
    return failed;
}
