/* Other programs' documents among the runs, many and of any shape: none is changed by anything that labwatch does. */
#include "testing.h"

#include <labwatch/sys/digest.h>

#include "mongo_bench.h"

static const char experiment_text[] = "experiment: heart\n"
                                      "optimizer: tpe\n"
                                      "seed: 1\n"
                                      "runs: 30\n"
                                      "space: {x: !UniformFloat [0, 1], kernel: !Categorical [rbf, poly]}\n";

/* ---- strangers ---- */

static mongoc_collection_t *runs_of(const lw_test_mongo *bench) {
    return mongoc_database_get_collection(bench->database, "runs");
}

static void insert(const lw_test_mongo *bench, bson_t *document) {
    mongoc_collection_t *runs = runs_of(bench);
    bson_error_t failure;
    if (!mongoc_collection_insert_one(runs, document, NULL, NULL, &failure))
        fail_msg("%s", failure.message);
    mongoc_collection_destroy(runs);
    bson_destroy(document);
}

static bson_t *nested(int depth) {
    bson_t *inner = BCON_NEW("end", BCON_INT32(1));
    for (int i = 0; i < depth; i++) {
        bson_t *outer = BCON_NEW("a", BCON_DOCUMENT(inner));
        bson_destroy(inner);
        inner = outer;
    }
    return inner;
}

static bson_t *long_list(int n) {
    bson_t *list = bson_new();
    for (int i = 0; i < n; i++) {
        char key[16];
        bson_snprintf(key, sizeof key, "%d", i);
        bson_append_double(list, key, -1, i * 0.5);
    }
    return list;
}

enum { N_OTHERS = 10000, N_STRANGE = 8 };

/* Ten thousand runs of other experiments, with ids from 1. */
static void insert_others(const lw_test_mongo *bench) {
    mongoc_collection_t *runs = runs_of(bench);
    mongoc_bulk_operation_t *bulk = mongoc_collection_create_bulk_operation_with_opts(runs, NULL);
    bson_error_t failure;
    for (int i = 1; i <= N_OTHERS; i++) {
        char name[32];
        bson_snprintf(name, sizeof name, "other-%d", i % 7);
        bson_t *document = BCON_NEW("_id", BCON_INT32(i), "experiment", "{", "name", BCON_UTF8(name), "}", "config",
                                    "{", "x", BCON_DOUBLE(0.5), "}", "status",
                                    BCON_UTF8(i % 3 ? "COMPLETED" : "RUNNING"), "result", BCON_DOUBLE(i), "heartbeat",
                                    BCON_NULL);
        mongoc_bulk_operation_insert(bulk, document);
        bson_destroy(document);
    }
    if (!mongoc_bulk_operation_execute(bulk, NULL, &failure))
        fail_msg("%s", failure.message);
    mongoc_bulk_operation_destroy(bulk);
    mongoc_collection_destroy(runs);
}

/* Of the experiment, or nearly so. Some can be read, one can be learnt from. */
static void insert_strange(const lw_test_mongo *bench) {
    bson_t *deep = nested(150), *list = long_list(100000);
    char *text = calloc(1, 1000001);
    memset(text, 'x', 1000000);
#define OF_HEART "experiment", "{", "name", "heart", "}"
    insert(bench, BCON_NEW("_id", BCON_UTF8("chosen"), OF_HEART, "status", "COMPLETED", "config", "{", "x",
                           BCON_DOUBLE(0.25), "kernel", "rbf", "}", "result", BCON_DOUBLE(0.5)));
    insert(bench, BCON_NEW("_id", BCON_INT32(N_OTHERS + 1), OF_HEART, "status", "COMPLETED", "config",
                           BCON_DOCUMENT(deep)));
    insert(bench, BCON_NEW("_id", BCON_INT32(N_OTHERS + 2), OF_HEART, "status", "COMPLETED", "config", "{", "x",
                           BCON_DOUBLE(0.5), "kernel", "poly", "list", BCON_ARRAY(list), "}", "result",
                           BCON_DOUBLE((double)NAN)));
    insert(bench, BCON_NEW("_id", BCON_INT32(N_OTHERS + 3), OF_HEART, "status", "COMPLETED", "config", "{", "x",
                           BCON_UTF8(text), "}", "captured_out", BCON_INT32(5), "artifacts", "much"));
    insert(bench, BCON_NEW("_id", BCON_INT32(N_OTHERS + 4), OF_HEART, "status", "RUNNING", "start_time", "yesterday"));
    insert(bench, BCON_NEW("_id", BCON_INT32(N_OTHERS + 5), OF_HEART, "status", BCON_INT32(1), "config", "[", "]"));
    insert(bench, BCON_NEW("_id", BCON_INT32(N_OTHERS + 6), "experiment", "heart"));
    insert(bench, BCON_NEW("_id", "{", "a", BCON_INT32(1), "}", OF_HEART, "result", "{", "a", "[", BCON_MINKEY, "]",
                           "}"));
    free(text);
    bson_destroy(deep);
    bson_destroy(list);
}

typedef struct strangers {
    int64_t n;
    uint8_t digest[LW_DIGEST_SIZE];
} strangers;

/* Every byte of every document that is not labwatch's. */
static strangers look_at_strangers(const lw_test_mongo *bench) {
    strangers out = {0};
    lw_digest digest;
    bson_error_t failure;
    const bson_t *document;
    mongoc_collection_t *runs = runs_of(bench);
    bson_t *filter = BCON_NEW("labwatch", "{", "$exists", BCON_BOOL(false), "}");
    bson_t *options = BCON_NEW("sort", "{", "_id", BCON_INT32(1), "}");
    mongoc_cursor_t *cursor = mongoc_collection_find_with_opts(runs, filter, options, NULL);
    lw_digest_start(&digest);
    for (; mongoc_cursor_next(cursor, &document); out.n++)
        lw_digest_add(&digest, bson_get_data(document), document->len);
    if (mongoc_cursor_error(cursor, &failure))
        fail_msg("%s", failure.message);
    lw_digest_finish(&digest, out.digest);
    mongoc_cursor_destroy(cursor);
    bson_destroy(filter);
    bson_destroy(options);
    mongoc_collection_destroy(runs);
    return out;
}

/* ---- what labwatch does ---- */

static lw_assistant *open_experiment(lw_store *store) {
    lw_experiment *experiment = NULL;
    lw_assistant *assistant = NULL;
    lw_error error;
    assert_ok(lw_experiment_parse(&experiment, experiment_text, strlen(experiment_text), "heart.yaml", NULL, &error),
              error);
    assert_ok(lw_assistant_open(&assistant, store, experiment, NULL, &error), error);
    lw_experiment_free(experiment);
    return assistant;
}

static int give_nothing(void *arg, void *buffer, size_t size, size_t *got, lw_error *error) {
    (void)arg, (void)buffer, (void)size, (void)error;
    *got = 0;
    return LW_OK;
}

static void work(lw_assistant *assistant) {
    lw_error error;
    for (int i = 0; i < 20; i++) {
        lw_assignment run;
        assert_ok(i % 2 ? lw_assistant_suggest(assistant, NULL, &run, &error)
                        : lw_assistant_take(assistant, NULL, &run, &error),
                  error);
        assert_true(run.id == N_OTHERS + 7 + i);
        lw_result result = lw_result_of_value(1.0 / (i + 1));
        if (i == 7)
            result = lw_result_of_failure(LW_FAILURE_CRASH, "it broke");
        assert_ok(lw_assistant_observe(assistant, run.id, &result, &error), error);
        lw_assignment_release(&run);
    }
    assert_ok(lw_assistant_recover(assistant, NULL, &error), error);
}

/* All that would change a run. */
static void try_to_change(lw_assistant *assistant, int64_t id) {
    lw_error error;
    lw_assignment run;
    lw_result result = lw_result_of_value(1);
    lw_metric_point point = {.value = 1};
    lw_store *store = lw_assistant_store(assistant);
    assert_true(lw_assistant_observe(assistant, id, &result, &error) < 0);
    result.force = true;
    assert_true(lw_assistant_observe(assistant, id, &result, &error) < 0);
    assert_true(lw_assistant_release(assistant, id, NULL, &error) < 0);
    assert_true(lw_assistant_retry(assistant, id, &error) < 0);
    assert_true(lw_assistant_beat_run(assistant, id, &error) < 0);
    assert_true(lw_assistant_remove(assistant, id, &error) < 0);
    assert_true(lw_assistant_take_run(assistant, id, &run, &error) < 0);
    assert_true(lw_assistant_log(assistant, id, "loss", &point, 1, &error) < 0);
    assert_true(lw_store_file_put(store, id, LW_FILE_ARTIFACT, "a", give_nothing, NULL, &error) < 0);
    assert_true(lw_store_metric_append(store, id, "loss", &point, 1, &error) < 0);
    assert_true(lw_store_run_remove(store, id, &error) < 0);
}

static void test_mongodb__other_programs_documents_are_never_changed(void **state) {
    lw_test_mongo *bench = *state;
    lw_error error;
    insert_others(bench);
    insert_strange(bench);
    strangers before = look_at_strangers(bench);
    assert_true(before.n == N_OTHERS + N_STRANGE);
    lw_assistant *assistant = open_experiment(bench->store);
    work(assistant);
    for (int64_t id = N_OTHERS - 2; id <= N_OTHERS + 6; id++)
        try_to_change(assistant, id);
    lw_store *memory = NULL;
    int64_t copied, left_out;
    assert_ok(lw_store_open(&memory, "memory:", NULL, NULL, &error), error);
    assert_ok(lw_copy_experiment(bench->store, "heart", memory, &copied, &left_out, &error), error);
    assert_true(left_out == 2); /* the id of one is text, the output of another a number */
    lw_store_close(memory);
    assert_ok(lw_assistant_remove(assistant, N_OTHERS + 7, &error), error);
    lw_standing standing;
    assert_ok(lw_assistant_standing(assistant, &standing, &error), error);
    assert_true(standing.counts.own == 20 && standing.counts.last_id == N_OTHERS + 26);
    uint64_t unreadable;
    assert_ok(lw_store_unreadable_count(bench->store, "heart", &unreadable, &error), error);
    assert_true(unreadable == 3);
    assert_ok(lw_store_unreadable_count(bench->store, NULL, &unreadable, &error), error);
    assert_true(unreadable == 4);
    assert_ok(lw_assistant_remove_all(assistant, &error), error);
    lw_assistant_close(assistant);
    strangers after = look_at_strangers(bench);
    assert_true(after.n == before.n);
    assert_memory_equal(after.digest, before.digest, LW_DIGEST_SIZE);
}

/* ---- what other programs have queued ---- */

static void queue(const lw_test_mongo *bench, int id, double x, const char *kernel) {
    insert(bench, BCON_NEW("_id", BCON_INT32(id), OF_HEART, "command", "train", "host", "{", "}", "config", "{", "x",
                           BCON_DOUBLE(x), "kernel", BCON_UTF8(kernel), "more", "[", BCON_INT32(1), "]", "seed",
                           BCON_INT32(42), "}", "meta", "{", "comment", "mine", "queue_time",
                           BCON_DATE_TIME(1795249285288), "}", "status", "QUEUED"));
}

static void observe(lw_assistant *assistant, const lw_assignment *run) {
    lw_error error;
    lw_result result = lw_result_of_value(0.5);
    result.token = &run->token;
    assert_ok(lw_assistant_observe(assistant, run->id, &result, &error), error);
}

static void test_mongodb__what_others_have_queued_is_taken(void **state) {
    lw_test_mongo *bench = *state;
    lw_error error;
    lw_assistant *assistant = open_experiment(bench->store);
    lw_assignment run, other;
    queue(bench, 1, 7, "rbf"); /* in no space */
    queue(bench, 2, 0.25, "rbf");
    queue(bench, 3, 0.75, "poly");
    strangers before = look_at_strangers(bench);
    assert_int_equal(lw_assistant_take_run(assistant, 1, &run, &error), LW_EUNSUPPORTED);
    assert_contains(error.message, "in no space");
    try_to_change(assistant, 1);
    assert_memory_equal(look_at_strangers(bench).digest, before.digest, LW_DIGEST_SIZE);

    assert_ok(lw_assistant_take(assistant, NULL, &run, &error), error);
    assert_true(run.id == 2 && run.seed == 42 && run.attempt == 1 && run.lease_s > 0 && run.number == 0);
    lw_store *second = lw_test_mongo_second(bench);
    lw_assistant *late = open_experiment(second);
    assert_int_equal(lw_assistant_take_run(late, 2, &other, &error), LW_ECONFLICT);
    assert_ok(lw_assistant_take_run(late, 3, &other, &error), error);
    lw_beat beat = {.id = 2, .token = run.token};
    assert_ok(lw_assistant_beat(assistant, &beat, 1, &error), error);
    observe(assistant, &run);
    observe(late, &other);
    lw_run there;
    assert_ok(lw_store_run_get(bench->store, 2, &there, &error), error);
    assert_true(there.origin == LW_ORIGIN_OWN && there.status == LW_STATUS_COMPLETED && there.cost == 0.5);
    assert_true(there.queue_ms == 1795249285288);
    assert_true(bson_has_field(there.config, "more") && bson_has_field(there.meta, "comment"));
    assert_string_equal(there.command, "train");
    lw_run_release(&there);
    lw_assignment_release(&run);
    lw_assignment_release(&other);
    lw_standing standing;
    assert_ok(lw_assistant_standing(assistant, &standing, &error), error);
    assert_true(standing.counts.own == 2 && standing.counts.budget_used == 2 && standing.counts.all == 3);

    /* Where the budget is used nothing is taken but by name. */
    queue(bench, 4, 0.5, "poly");
    lw_assistant *used = NULL;
    assert_ok(lw_assistant_open_stored(&used, bench->store, "heart", &(lw_assistant_setup){.runs = 2}, &error), error);
    assert_int_equal(lw_assistant_take(used, NULL, &run, &error), LW_BUDGET_REACHED);
    lw_assistant_close(used);
    assert_ok(lw_assistant_take(assistant, NULL, &run, &error), error);
    assert_true(run.id == 4);
    assert_ok(lw_assistant_release(assistant, 4, &run.token, &error), error); /* from now on it is as any other */
    lw_assignment_release(&run);
    assert_ok(lw_assistant_take(late, NULL, &run, &error), error);
    assert_true(run.id == 4 && run.attempt == 2);
    lw_assignment_release(&run);
    lw_assistant_close(late);
    lw_store_close(second);
    lw_assistant_close(assistant);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_mongodb__other_programs_documents_are_never_changed, lw_test_mongo_set_up, lw_test_mongo_tear_down),
        cmocka_unit_test_setup_teardown(test_mongodb__what_others_have_queued_is_taken, lw_test_mongo_set_up, lw_test_mongo_tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
