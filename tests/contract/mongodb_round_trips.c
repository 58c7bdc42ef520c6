/* How many commands the MongoDB store sends, and that they are safe to repeat when a reply is lost. */
#include "testing.h"

#include <labwatch/labwatch.h>

#include "beats.h"
#include "mongo_bench.h"
#include "runs.h"

static const char *const large_space = "{C: !UniformFloat [0, 1], kernel: !Categorical [rbf, poly]}";
static const char *const small_space = "{n: !UniformInt [1, 20], kernel: !Categorical [rbf, poly]}";

static lw_assistant *open_assistant(lw_test_mongo *bench, const char *optimizer, const char *space) {
    char text[300];
    snprintf(text, sizeof text, "experiment: heart\noptimizer: %s\nruns: 100\nspace: %s\n", optimizer, space);
    lw_error error;
    lw_experiment *experiment = NULL;
    lw_assistant *assistant = NULL;
    assert_ok(lw_experiment_parse(&experiment, text, strlen(text), "test.yaml", NULL, &error), error);
    assert_ok(lw_assistant_open(&assistant, bench->store, experiment, NULL, &error), error);
    lw_experiment_free(experiment);
    return assistant;
}

static int64_t suggest(lw_assistant *assistant) {
    lw_error error;
    lw_assignment assignment = {0};
    assert_ok(lw_assistant_suggest(assistant, NULL, &assignment, &error), error);
    int64_t id = assignment.id;
    lw_assignment_release(&assignment);
    return id;
}

static void observe(lw_assistant *assistant, int64_t id, double value) {
    lw_error error;
    lw_result result = lw_result_of_value(value);
    assert_ok(lw_assistant_observe(assistant, id, &result, &error), error);
}

static void assert_commands(const char *wanted) {
    assert_string_equal(lw_test_mongo_commands(), wanted);
}

static void assert_suggestions_cost_two(lw_test_mongo *bench, const char *optimizer, const char *space) {
    lw_assistant *assistant = open_assistant(bench, optimizer, space);
    observe(assistant, suggest(assistant), 0.5);
    for (int i = 0; i < 12; i++) {
        (void)lw_test_mongo_commands();
        int64_t id = suggest(assistant);
        assert_commands("aggregate insert ");
        observe(assistant, id, 1.0 / (i + 1));
    }
    lw_assistant_close(assistant);
}

static void test_mongodb__a_suggestion_costs_two_round_trips(void **state) {
    assert_suggestions_cost_two(*state, "random", large_space);
}

static void test_mongodb__a_suggestion_from_the_history_costs_two_round_trips(void **state) {
    assert_suggestions_cost_two(*state, "tpe", large_space);
}

static void test_mongodb__a_suggestion_from_a_finite_space_costs_two_round_trips(void **state) {
    assert_suggestions_cost_two(*state, "random", small_space);
}

static int finish(void *arg, lw_run *run, lw_error *error) {
    (void)error;
    run->status = LW_STATUS_COMPLETED;
    run->cost = *(const double *)arg;
    return LW_OK;
}

static void test_mongodb__an_observation_costs_one_round_trip(void **state) {
    lw_test_mongo *bench = *state;
    lw_assistant *assistant = open_assistant(bench, "random", large_space);
    for (int i = 1; i <= 3; i++) {
        int64_t id = suggest(assistant);
        (void)lw_test_mongo_commands();
        observe(assistant, id, i);
        assert_commands("update ");
    }
    lw_assistant_close(assistant);
}

static void insert_run(lw_store *store, int64_t id) {
    lw_error error;
    lw_run run;
    lw_test_run(&run, id, "heart");
    assert_ok(lw_store_run_insert(store, &run, &error), error);
    lw_run_release(&run);
}

static void assert_cost(lw_store *store, int64_t id, double wanted) {
    lw_error error;
    lw_run run;
    assert_ok(lw_store_run_get(store, id, &run, &error), error);
    assert_true(run.cost == wanted);
    lw_run_release(&run);
}

static void test_mongodb__an_observation_of_an_own_run_costs_one_round_trip(void **state) {
    lw_test_mongo *bench = *state;
    lw_error error;
    double cost = 3;
    lw_run_counts counts;
    assert_ok(lw_store_run_counts(bench->store, "heart", &counts, &error), error);
    insert_run(bench->store, 1);
    (void)lw_test_mongo_commands();
    assert_ok(lw_store_run_modify(bench->store, 1, finish, &cost, &error), error);
    assert_commands("update ");
    assert_cost(bench->store, 1, 3);
}

static void test_mongodb__a_beat_costs_one_round_trip(void **state) {
    lw_test_mongo *bench = *state;
    lw_error error;
    insert_run(bench->store, 1);
    (void)lw_test_mongo_commands();
    assert_ok(lw_test_store_beat(bench->store, 1, lw_test_token(1), "output", &error), error);
    assert_commands("update ");
    double cost = 3; /* beats do not get in the way of the result */
    assert_ok(lw_store_run_modify(bench->store, 1, finish, &cost, &error), error);
    assert_commands("update ");
    lw_run run;
    assert_ok(lw_store_run_get(bench->store, 1, &run, &error), error);
    assert_string_equal(run.captured_out, "output");
    assert_true(run.heartbeat_ms != LW_NO_TIME && run.cost == 3);
    lw_run_release(&run);
}

static void test_mongodb__beats_of_many_runs_cost_one_round_trip(void **state) {
    enum { N = 32 };
    lw_test_mongo *bench = *state;
    lw_error error;
    lw_beat beats[N];
    for (int i = 0; i < N; i++) {
        insert_run(bench->store, i + 1);
        beats[i] = (lw_beat){.id = i + 1, .token = lw_test_token(i + 1), .captured_out = i % 2 ? "output" : NULL};
    }
    (void)lw_test_mongo_commands();
    assert_ok(lw_store_run_beats(bench->store, beats, N, &error), error);
    assert_commands("update ");
    for (int i = 0; i < N; i++)
        assert_int_equal(beats[i].refusal.code, LW_OK);
    assert_int_equal(lw_test_mongo_count(bench, "runs", "{\"heartbeat\": {\"$exists\": true}}"), N);

    beats[7].token = lw_test_token(1);
    lw_test_mongo_lose_reply("update", 1);
    assert_ok(lw_store_run_beats(bench->store, beats, N, &error), error);
    assert_commands("update update find "); /* the answer does not say whose was refused */
    for (int i = 0; i < N; i++)
        assert_int_equal(beats[i].refusal.code, i == 7 ? LW_ECONFLICT : LW_OK);
}

static void test_mongodb__what_another_changed_is_read_before_it_is_changed_again(void **state) {
    lw_test_mongo *bench = *state;
    lw_error error;
    double first = 1, second = 2;
    insert_run(bench->store, 1);
    lw_store *other = lw_test_mongo_second(bench);
    assert_ok(lw_store_run_modify(other, 1, finish, &first, &error), error);
    (void)lw_test_mongo_commands();
    assert_ok(lw_store_run_modify(bench->store, 1, finish, &second, &error), error);
    assert_commands("update find update ");
    assert_cost(other, 1, 2);
    lw_store_close(other);
}

static int fail_it(void *arg, lw_run *run, lw_error *error) {
    (void)arg;
    (void)error;
    run->status = LW_STATUS_FAILED;
    run->failure = LW_FAILURE_CRASH;
    run->cost = (double)NAN;
    return LW_OK;
}

static int keep_heartbeat(void *arg, const lw_run_row *row) {
    if (row->id == 2)
        *(int64_t *)arg = row->heartbeat_ms;
    return LW_OK;
}

/* What ended is not told again as long as it stays so; beats are. */
static void test_mongodb__changes_of_what_was_just_told_are_told(void **state) {
    lw_test_mongo *bench = *state;
    lw_error error;
    lw_run_counts counts;
    double cost = 1;
    int64_t heartbeat_ms = LW_NO_TIME;
    lw_store *other = lw_test_mongo_second(bench);
    const lw_run_query query = {.experiment = "heart"};
    for (int64_t id = 1; id <= 3; id++)
        insert_run(other, id);
    assert_ok(lw_store_run_modify(other, 1, finish, &cost, &error), error);
    for (int i = 0; i < 2; i++) {
        assert_ok(lw_store_run_counts(bench->store, "heart", &counts, &error), error);
        assert_int_equal(counts.by_status[LW_STATUS_COMPLETED], 1);
    }
    assert_ok(lw_store_run_modify(other, 1, fail_it, NULL, &error), error);
    assert_int_equal(lw_test_store_beat(other, 2, lw_test_token(2), NULL, &error), LW_OK);
    assert_ok(lw_store_run_counts(bench->store, "heart", &counts, &error), error);
    assert_int_equal(counts.by_status[LW_STATUS_COMPLETED], 0);
    assert_int_equal(counts.by_status[LW_STATUS_FAILED], 1);
    assert_ok(lw_store_row_each(bench->store, &query, keep_heartbeat, &heartbeat_ms, &error), error);
    assert_true(heartbeat_ms != LW_NO_TIME);
    assert_ok(lw_store_run_remove(other, 1, &error), error);
    assert_ok(lw_store_run_counts(bench->store, "heart", &counts, &error), error);
    assert_int_equal(counts.by_status[LW_STATUS_REMOVED], 1);
    lw_store_close(other);
}

/* ---- lost replies ---- */

static void test_mongodb__a_reservation_whose_reply_is_lost_is_one(void **state) {
    lw_test_mongo *bench = *state;
    lw_test_mongo_lose_reply("insert", 1);
    insert_run(bench->store, 1);
    assert_commands("insert insert find update "); /* the last one, since nobody had asked for the highest id */
    assert_int_equal(lw_test_mongo_count(bench, "runs", "{}"), 1);
}

static int add_one(void *arg, lw_run *run, lw_error *error) {
    (void)error;
    ++*(int *)arg;
    run->seed++;
    return LW_OK;
}

static void assert_seed(lw_store *store, uint64_t wanted) {
    lw_error error;
    lw_run run;
    assert_ok(lw_store_run_get(store, 1, &run, &error), error);
    assert_true(run.seed == wanted);
    lw_run_release(&run);
}

static void test_mongodb__a_modification_whose_reply_is_lost_is_done_once(void **state) {
    lw_test_mongo *bench = *state;
    lw_error error;
    int calls = 0;
    insert_run(bench->store, 1);
    lw_test_mongo_lose_reply("update", 1);
    assert_ok(lw_store_run_modify(bench->store, 1, add_one, &calls, &error), error);
    assert_int_equal(calls, 1);
    assert_seed(bench->store, 1);
    lw_store *other = lw_test_mongo_second(bench); /* which has to read it first */
    lw_test_mongo_lose_reply("update", 1);
    assert_ok(lw_store_run_modify(other, 1, add_one, &calls, &error), error);
    assert_int_equal(calls, 2);
    assert_seed(bench->store, 2);
    lw_store_close(other);
}

static void test_mongodb__reading_is_repeated(void **state) {
    lw_test_mongo *bench = *state;
    lw_error error;
    lw_run_counts counts;
    insert_run(bench->store, 1);
    lw_test_mongo_lose_reply("find", 1);
    assert_seed(bench->store, 0);
    lw_test_mongo_lose_reply("find", 1);
    assert_ok(lw_store_run_counts(bench->store, "heart", &counts, &error), error);
    assert_int_equal(counts.own, 1);
    lw_test_mongo_lose_reply("aggregate", 1);
    assert_ok(lw_store_run_counts(bench->store, "heart", &counts, &error), error);
    assert_int_equal(counts.own, 1);
}

static int count_points(void *arg, const char *name, const lw_metric_point *points, size_t n) {
    assert_string_equal(name, "loss");
    for (size_t i = 0; i < n; i++)
        assert_true(points[i].step == (int64_t)i);
    *(size_t *)arg = n;
    return LW_OK;
}

static void test_mongodb__points_are_appended_once(void **state) {
    lw_test_mongo *bench = *state;
    lw_error error;
    insert_run(bench->store, 1);
    size_t n = 0;
    static const char *const commands[] = {"insert", "update", "update", "aggregate"};
    for (int i = 0; i < 4; i++) {
        lw_metric_point points[2] = {{.step = 2 * i}, {.step = 2 * i + 1}};
        lw_test_mongo_lose_reply(commands[i], 1);
        assert_ok(lw_store_metric_append(bench->store, 1, "loss", points, 2, &error), error);
    }
    assert_ok(lw_store_metric_each(bench->store, 1, count_points, &n, &error), error);
    assert_int_equal(n, 8);
    assert_int_equal(lw_test_mongo_count(bench, "metrics", "{}"), 1);
}

static int give_once(void *arg, void *buffer, size_t size, size_t *got, lw_error *error) {
    (void)error;
    size_t *rest = arg;
    *got = *rest < size ? *rest : size;
    memset(buffer, 'x', *got);
    *rest -= *got;
    return LW_OK;
}

static int count_bytes(void *arg, const void *bytes, size_t size, lw_error *error) {
    (void)bytes;
    (void)error;
    *(size_t *)arg += size;
    return LW_OK;
}

static void test_mongodb__files_are_put_once(void **state) {
    lw_test_mongo *bench = *state;
    lw_error error;
    insert_run(bench->store, 1);
    for (int lost = 1; lost <= 4; lost++) {
        size_t rest = 600000 + (size_t)lost, read = 0;
        lw_test_mongo_lose_reply("insert", lost); /* a piece, or the file itself */
        assert_ok(lw_store_file_put(bench->store, 1, LW_FILE_ARTIFACT, "model", give_once, &rest, &error), error);
        assert_ok(lw_store_file_get(bench->store, 1, LW_FILE_ARTIFACT, "model", count_bytes, &read, &error), error);
        assert_int_equal(read, 600000 + lost);
    }
    assert_int_equal(lw_test_mongo_count(bench, "fs.files", "{}"), 1);
    assert_int_equal(lw_test_mongo_count(bench, "fs.chunks", "{}"), 3);
}

static int ignore_record(void *arg, const lw_experiment_record *record) {
    *(int64_t *)arg = record->revision;
    return LW_OK;
}

static void test_mongodb__experiments_are_put_once(void **state) {
    lw_test_mongo *bench = *state;
    lw_error error;
    bson_t document = BSON_INITIALIZER;
    int64_t revision = 0;
    lw_test_mongo_lose_reply("insert", 1);
    lw_experiment_record record = {.name = "heart", .document = &document};
    assert_ok(lw_store_experiment_put(bench->store, &record, &error), error);
    record.revision = 1;
    lw_test_mongo_lose_reply("update", 1);
    assert_ok(lw_store_experiment_put(bench->store, &record, &error), error);
    assert_ok(lw_store_experiment_get(bench->store, "heart", ignore_record, &revision, &error), error);
    assert_true(revision == 2);
    record.revision = 1;
    assert_int_equal(lw_store_experiment_put(bench->store, &record, &error), LW_ECONFLICT);
}

#define on_server(test) {#test, test, lw_test_mongo_set_up, lw_test_mongo_tear_down, NULL}

int main(void) {
    const struct CMUnitTest tests[] = {
        on_server(test_mongodb__a_suggestion_costs_two_round_trips),
        on_server(test_mongodb__a_suggestion_from_the_history_costs_two_round_trips),
        on_server(test_mongodb__a_suggestion_from_a_finite_space_costs_two_round_trips),
        on_server(test_mongodb__an_observation_costs_one_round_trip),
        on_server(test_mongodb__an_observation_of_an_own_run_costs_one_round_trip),
        on_server(test_mongodb__a_beat_costs_one_round_trip),
        on_server(test_mongodb__beats_of_many_runs_cost_one_round_trip),
        on_server(test_mongodb__what_another_changed_is_read_before_it_is_changed_again),
        on_server(test_mongodb__changes_of_what_was_just_told_are_told),
        on_server(test_mongodb__a_reservation_whose_reply_is_lost_is_one),
        on_server(test_mongodb__a_modification_whose_reply_is_lost_is_done_once),
        on_server(test_mongodb__reading_is_repeated),
        on_server(test_mongodb__points_are_appended_once),
        on_server(test_mongodb__files_are_put_once),
        on_server(test_mongodb__experiments_are_put_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
