/* What only a server can do wrong: each with its code and a sentence, and never with the password. */
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>

#include "testing.h"

#include <labwatch/labwatch.h>

#include "mongo_bench.h"
#include "runs.h"

/* A server of the test's own, built where LABWATCH_TEST_MONGO_SERVER says. */
typedef struct own_server {
    pid_t process;
    int port;
} own_server;

extern char **environ;
static pid_t running; /* 0: none */

/* arguments: of Server.java, behind the port. NULL-terminated. */
static void start_server(own_server *server, int port, const char *const *arguments) {
    const char *built = getenv("LABWATCH_TEST_MONGO_SERVER");
    assert_non_null(built);
    char port_text[12], *words[16] = {"sh", LW_TEST_MONGO_FOLDER "/run.sh", (char *)(uintptr_t)built, port_text};
    snprintf(port_text, sizeof port_text, "%d", port);
    for (int i = 0; arguments[i]; i++)
        words[4 + i] = (char *)(uintptr_t)arguments[i];
    int ends[2];
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    assert_int_equal(posix_spawnp(&server->process, "sh", &actions, NULL, words, environ), 0);
    running = server->process;
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    FILE *output = fdopen(ends[0], "r");
    assert_int_equal(fscanf(output, "ready %d", &server->port), 1);
    fclose(output);
}

static void stop_server(own_server *server) {
    kill(server->process, SIGKILL);
    waitpid(server->process, NULL, 0);
    running = 0;
}

/* Also where a test failed. */
static int stop_what_runs(void **state) {
    (void)state;
    if (running > 0)
        stop_server(&(own_server){.process = running});
    return 0;
}

/* The code of the first question to the store of that URL; the sentence in error. */
static int ask(const char *url, lw_error *error) {
    lw_store *store = NULL;
    int code = lw_test_mongo_try(&store, url, NULL, error);
    if (code != LW_OK)
        return code;
    lw_run_counts counts;
    code = lw_store_run_counts(store, "heart", &counts, error);
    lw_store_close(store);
    return code;
}

static int put_run(const char *url, lw_error *error) {
    lw_store *store = NULL;
    lw_run run;
    int code = lw_test_mongo_try(&store, url, NULL, error);
    if (code != LW_OK)
        return code;
    lw_test_run(&run, 1, "heart");
    code = lw_store_run_insert(store, &run, error);
    lw_run_release(&run);
    lw_store_close(store);
    return code;
}

static void assert_failure(const char *url, int wanted, const char *part) {
    lw_error error = {0};
    assert_int_equal(ask(url, &error), wanted);
    assert_contains(error.message, part);
    assert_null(strstr(error.message, "s3cret"));
}

static void test_mongodb__no_server(void **state) {
    (void)state;
    assert_failure("mongodb://ann:s3cret@127.0.0.1:1/lab?serverSelectionTimeoutMS=300", LW_EUNAVAILABLE,
                   "no MongoDB server for mongodb://127.0.0.1:1/lab was found within 0.3 s");
    assert_failure("mongodb+srv://ann:s3cret@labwatch.nowhere.invalid/lab", LW_EUNAVAILABLE, "");
}

static void test_mongodb__addresses(void **state) {
    (void)state;
    static const struct {
        const char *url, *part;
    } bad[] = {
        {"mongodb:", "mongodb://HOST/DATABASE"},
        {"mongodb:lab", "mongodb://HOST/DATABASE"},
        {"mongodb://ann:s3cret@host", "names no database"},
        {"mongodb://ann:s3cret@host/", "names no database"},
        {"mongodb://ann:s3cret@host/?w=1", "names no database"},
        {"mongodb://ann:s3cret@host/a.b", "cannot be read"},
        {"mongodb://ann:s3cret@:x/lab", "cannot be read"},
        {"mongodb://ann:s3cret@host/lab?colectionPrefix=x", "did you mean 'collectionPrefix'?"},
        {"mongodb://ann:s3cret@host/lab?nonsense=s3cret", "'nonsense'"},
        {"mongodb://ann:s3cret@host/lab?tls", "'tls'"},
        {"mongodb://ann:s3cret@host/lab?tls=perhaps", "cannot be read"},
        {"mongodb://ann:s3cret@host/lab?runsCollection=", "runsCollection"},
        {"mongodb://ann:s3cret@host/lab?runsCollection=metrics", "one collection, 'metrics'"},
        {"mongodb://ann:s3cret@host/lab?metricsCollection=fs.files", "one collection, 'fs.files'"},
        {"mongodb://ann:s3cret@host/lab?runsCollection=labwatch_experiments", "one collection, 'labwatch_experiments'"},
        {"mongodb://ann:with@s3cret@host/lab", "'@' too many"},
        {"mongodb://ann:with/s3cret@host/lab", "'@' too many"},
        {"mongodb://ann:with@and/s3cret@host/lab", "'@' too many"},
        {"mongodb://ann:with?s3cret=@host/lab", "'@' too many"},
        {"mongodb://ann:with@and?s3cret@host/lab", "names no database"},
        {"mongodb://ann:s3cret@host/lab?gridfsPrefix=a%24b", "gridfsPrefix"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_failure(bad[i].url, LW_EINVAL, bad[i].part);
}

static void test_mongodb__users_and_passwords(void **state) {
    (void)state;
    own_server server;
    lw_error error;
    char url[200];
    start_server(&server, 0, (const char *const[]){"memory", "user=ann:s3cret", "user=bob:s3cret:read", NULL});
    snprintf(url, sizeof url, "mongodb://ann:s3cret@127.0.0.1:%d/lab?authSource=admin", server.port);
    assert_ok(put_run(url, &error), error);
    snprintf(url, sizeof url, "mongodb://ann:s3cret1@127.0.0.1:%d/lab?authSource=admin", server.port);
    assert_failure(url, LW_ESTORE, "does not accept the user 'ann' with this password");
    snprintf(url, sizeof url, "mongodb://eve:s3cret@127.0.0.1:%d/lab?authSource=admin", server.port);
    assert_failure(url, LW_ESTORE, "does not accept the user 'eve'");
    snprintf(url, sizeof url, "mongodb://ann:s3cret@127.0.0.1:%d/lab", server.port);
    assert_failure(url, LW_ESTORE, "authSource=admin");
    snprintf(url, sizeof url, "mongodb://127.0.0.1:%d/lab", server.port);
    assert_failure(url, LW_ESTORE, "wants a user and a password");
    snprintf(url, sizeof url, "mongodb://bob:s3cret@127.0.0.1:%d/lab?authSource=admin", server.port);
    assert_ok(ask(url, &error), error);
    assert_int_equal(put_run(url, &error), LW_ESTORE);
    assert_contains(error.message, "the user 'bob' may not do this");
    assert_null(strstr(error.message, "s3cret"));
    stop_server(&server);
}

static void test_mongodb__old_servers(void **state) {
    (void)state;
    own_server server;
    char url[200];
    lw_error error;
    start_server(&server, 0, (const char *const[]){"memory", "version=4.2", NULL});
    snprintf(url, sizeof url, "mongodb://127.0.0.1:%d/lab", server.port);
    assert_failure(url, LW_EUNSUPPORTED, "older than MongoDB 4.4");
    stop_server(&server);
    start_server(&server, 0, (const char *const[]){"memory", "version=4.4", NULL});
    snprintf(url, sizeof url, "mongodb://127.0.0.1:%d/lab", server.port);
    assert_ok(put_run(url, &error), error);
    stop_server(&server);
}

static void describe_sharding(int port, const char *json) {
    char place[100];
    snprintf(place, sizeof place, "mongodb://127.0.0.1:%d/?retryWrites=false", port);
    bson_error_t error;
    bson_t *document = lw_test_document(json);
    mongoc_client_t *client = mongoc_client_new(place);
    mongoc_collection_t *into = mongoc_client_get_collection(client, "config", "collections");
    assert_true(mongoc_collection_insert_one(into, document, NULL, NULL, &error));
    mongoc_collection_destroy(into);
    mongoc_client_destroy(client);
    bson_destroy(document);
}

/* A server that only says that it is a router, and what is sharded. */
static void test_mongodb__sharded_clusters_must_keep_ids_unique(void **state) {
    (void)state;
    own_server server;
    char url[200];
    lw_error error;
    start_server(&server, 0, (const char *const[]){"memory", "router", NULL});
    snprintf(url, sizeof url, "mongodb://127.0.0.1:%d/lab", server.port);
    describe_sharding(server.port, "{\"_id\": \"lab.others\", \"key\": {\"x\": 1}}");
    describe_sharding(server.port, "{\"_id\": \"lab.runs\", \"key\": {\"_id\": \"hashed\"}}");
    assert_ok(put_run(url, &error), error);
    describe_sharding(server.port, "{\"_id\": \"lab.metrics\", \"key\": {\"_id\": 1, \"name\": 1}}");
    assert_failure(url, LW_EUNSUPPORTED, "lab.metrics");
    snprintf(url, sizeof url, "mongodb://127.0.0.1:%d/lab2", server.port);
    describe_sharding(server.port, "{\"_id\": \"lab2.runs\", \"key\": {\"experiment.name\": 1}}");
    assert_failure(url, LW_EUNSUPPORTED, "two runs could get one id");
    stop_server(&server);
}

static void test_mongodb__databases_that_are_not_there(void **state) {
    (void)state;
    lw_test_mongo bench;
    lw_error error;
    lw_store *store = NULL;
    lw_store_setup setup = {.read_only = true};
    lw_test_mongo_open(&bench, "");
    assert_int_equal(lw_test_mongo_try(&store, bench.url, &setup, &error), LW_ENOTFOUND);
    assert_contains(error.message, "there is nothing of labwatch or Sacred in mongodb://");
    lw_test_mongo_close(&bench);
}

/* A server that is killed and comes back: the same store goes on, and what was acknowledged is there. */
static void test_mongodb__a_server_that_comes_back(void **state) {
    (void)state;
    own_server server;
    lw_error error;
    lw_store *store = NULL;
    lw_run run;
    char url[200], *folder = lw_test_make_folder(), file[600];
    snprintf(file, sizeof file, "%s/data", folder);
    const char *const arguments[] = {file, NULL};
    start_server(&server, 0, arguments);
    snprintf(url, sizeof url, "mongodb://127.0.0.1:%d/lab?serverSelectionTimeoutMS=500", server.port);
    assert_ok(lw_test_mongo_try(&store, url, NULL, &error), error);
    for (int64_t id = 1; id <= 5; id++) {
        lw_test_run(&run, id, "heart");
        assert_ok(lw_store_run_insert(store, &run, &error), error);
        lw_run_counts counts;
        stop_server(&server);
        assert_int_equal(lw_store_run_counts(store, "heart", &counts, &error), LW_EUNAVAILABLE);
        assert_int_equal(lw_store_run_insert(store, &run, &error), LW_EUNAVAILABLE);
        lw_run_release(&run);
        start_server(&server, server.port, arguments);
        assert_ok(lw_store_run_counts(store, "heart", &counts, &error), error);
        assert_true(counts.own == id && counts.last_id == id);
    }
    lw_store_close(store);
    stop_server(&server);
    lw_test_remove_folder(folder);
}

/* Connections that break while they are made: no other failure than one that breaks later, and soon forgotten. */
static void test_mongodb__connections_that_break_while_they_are_made(void **state) {
    (void)state;
    lw_test_mongo bench;
    lw_error error;
    lw_run_counts counts;
    lw_test_mongo_open(&bench, "");
    assert_ok(lw_store_run_counts(bench.store, "heart", &counts, &error), error);
    lw_test_mongo_lose_reply("aggregate", 1);
    lw_test_mongo_break_connections(1, 1);
    assert_int_equal(lw_store_run_counts(bench.store, "heart", &counts, &error), LW_EUNAVAILABLE);
    assert_ok(lw_store_run_counts(bench.store, "heart", &counts, &error), error);
    lw_test_mongo_close(&bench);
}

static void test_mongodb__connections_that_break_while_they_log_in(void **state) {
    (void)state;
    enum { FIRST_OF_LOGIN = 2, LAST_OF_LOGIN = 3 };
    own_server server;
    lw_error error;
    char url[200];
    start_server(&server, 0, (const char *const[]){"memory", "user=ann:s3cret", NULL});
    snprintf(url, sizeof url, "mongodb://ann:s3cret@127.0.0.1:%d/lab?authSource=admin", server.port);
    assert_ok(put_run(url, &error), error);
    for (int at = FIRST_OF_LOGIN; at <= LAST_OF_LOGIN; at++) {
        lw_test_mongo_break_connections(100, at);
        assert_failure(url, LW_EUNAVAILABLE, "away");
        lw_test_mongo_break_connections(0, 0);
        assert_ok(ask(url, &error), error);
    }
    stop_server(&server);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_mongodb__no_server, stop_what_runs),
        cmocka_unit_test_teardown(test_mongodb__addresses, stop_what_runs),
        cmocka_unit_test_teardown(test_mongodb__users_and_passwords, stop_what_runs),
        cmocka_unit_test_teardown(test_mongodb__old_servers, stop_what_runs),
        cmocka_unit_test_teardown(test_mongodb__sharded_clusters_must_keep_ids_unique, stop_what_runs),
        cmocka_unit_test_teardown(test_mongodb__databases_that_are_not_there, stop_what_runs),
        cmocka_unit_test_teardown(test_mongodb__a_server_that_comes_back, stop_what_runs),
        cmocka_unit_test_teardown(test_mongodb__connections_that_break_while_they_are_made, stop_what_runs),
        cmocka_unit_test_teardown(test_mongodb__connections_that_break_while_they_log_in, stop_what_runs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
