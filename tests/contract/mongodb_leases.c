/* Workers that vanish, on MongoDB: beats are the server's, and watched by the watcher's own clock; no clock of another
 * machine counts. */
#include <stdatomic.h>
#include <time.h>

#include "testing.h"

#include "mongo_bench.h"

/* A machine's clock: shifted from the right time, and its monotonic seconds move when the test says so. */
typedef struct machine {
    lw_clock clock;
    int64_t shift_ms;
    double monotonic_s;
    lw_assistant *assistant;
} machine;

static int64_t right_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int64_t wall_ms(void *self) {
    return right_ms() + ((machine *)self)->shift_ms;
}

static double monotonic_s(void *self) {
    return ((machine *)self)->monotonic_s;
}

static void sleep_s(void *self, double seconds) {
    ((machine *)self)->monotonic_s += seconds;
}

static int try_assistant(machine *it, lw_store *store, lw_error *error) {
    static const char text[] = "experiment: heart\noptimizer: random\nretries: 1\nlease: 60s\nruns: 5\nseed: 1\n"
                               "space: {x: !UniformFloat [0, 1]}\n";
    lw_experiment *experiment;
    lw_assistant_setup setup = {.clock = &it->clock};
    assert_ok(lw_experiment_parse(&experiment, text, strlen(text), "heart.yaml", NULL, error), *error);
    int code = lw_assistant_open(&it->assistant, store, experiment, &setup, error);
    lw_experiment_free(experiment);
    return code;
}

static void open_assistant(machine *it, lw_store *store) {
    lw_error error;
    assert_ok(try_assistant(it, store, &error), error);
}

static void start(machine *it, lw_store *store, int64_t shift_ms) {
    *it = (machine){.clock = {wall_ms, monotonic_s, sleep_s, it}, .shift_ms = shift_ms, .monotonic_s = 1000};
    open_assistant(it, store);
}

static size_t recovered(machine *it) {
    size_t n;
    lw_error error;
    assert_ok(lw_assistant_recover(it->assistant, &n, &error), error);
    return n;
}

static int note_state(void *arg, const lw_worker *worker) {
    static const char *const names[] = {"here", "gone", "elsewhere", "leased", "foreign"};
    snprintf(arg, 200, "%s %s %d", worker->host, names[worker->state], (int)worker->attempt);
    return LW_OK;
}

static const char *state_of(machine *it) {
    static char state[200];
    lw_error error;
    strcpy(state, "nobody");
    assert_ok(lw_assistant_workers(it->assistant, note_state, state, NULL, &error), error);
    return state;
}

static int64_t heartbeat_of(const lw_test_mongo *bench) {
    bson_iter_t at;
    bson_t *document = lw_test_mongo_find(bench, "runs", "{\"_id\": 1}");
    assert_true(bson_iter_init_find(&at, document, "heartbeat") && BSON_ITER_HOLDS_DATE_TIME(&at));
    int64_t beat_ms = bson_iter_date_time(&at);
    bson_destroy(document);
    return beat_ms;
}

/* Beats are stamped to the millisecond: a second one in the same would look like none. */
static int beat(machine *it, lw_token token, lw_error *error) {
    (void)nanosleep(&(struct timespec){.tv_nsec = 2000000}, NULL);
    lw_beat one = {.id = 1, .token = token};
    return lw_assistant_beat(it->assistant, &one, 1, error);
}

static void take(machine *it, lw_assignment *run, int64_t id, int32_t attempt) {
    lw_error error;
    assert_ok(lw_assistant_take(it->assistant, &(lw_wish){.worker = true}, run, &error), error);
    assert_int_equal(run->id, id);
    assert_int_equal(run->attempt, attempt);
}

/* A worker on another machine, whose clock is wrong by shift_ms, vanishes and comes back. */
static void vanish(int64_t shift_ms) {
    lw_test_mongo bench;
    machine worker, watcher;
    lw_assignment run, again;
    lw_error error;
    lw_test_mongo_open(&bench, "");
    lw_store *second = lw_test_mongo_second(&bench);
    start(&worker, bench.store, shift_ms);
    start(&watcher, second, 0);
    take(&worker, &run, 1, 1);
    lw_test_mongo_update(&bench, "runs", "{\"_id\": 1}", "{\"$set\": {\"labwatch.worker.host\": \"elsewhere\"}}");

    /* It beats: by the server's clock, whatever its own says. However long, it is not taken for dead. */
    for (int i = 0; i < 3; i++) {
        assert_int_equal(recovered(&watcher), 0);
        assert_ok(beat(&worker, run.token, &error), error);
        int64_t off_ms = heartbeat_of(&bench) - right_ms();
        assert_true(off_ms > -30 * 60 * 1000 && off_ms < 30 * 60 * 1000);
        watcher.monotonic_s += 59;
    }
    assert_string_equal(state_of(&watcher), "elsewhere elsewhere 1");

    /* It vanishes: died after a whole lease by the watcher's clock, also if that is asked in cold calls. */
    assert_int_equal(recovered(&watcher), 0);
    watcher.monotonic_s += 30;
    lw_assistant_close(watcher.assistant);
    open_assistant(&watcher, second);
    assert_int_equal(recovered(&watcher), 0);
    watcher.monotonic_s += 31;
    lw_assistant_close(watcher.assistant);
    open_assistant(&watcher, second);
    assert_int_equal(recovered(&watcher), 1);
    assert_string_equal(state_of(&watcher), "nobody");
    take(&watcher, &again, 1, 2);
    lw_result result = lw_result_of_value(2);
    result.token = &again.token;
    assert_int_equal(lw_assistant_observe(watcher.assistant, 1, &result, &error), LW_OK);

    /* It comes back: it may beat no more, and its result is late, and kept. */
    assert_int_equal(beat(&worker, run.token, &error), LW_ECONFLICT);
    result = lw_result_of_value(1);
    result.token = &run.token;
    assert_int_equal(lw_assistant_observe(worker.assistant, 1, &result, &error), LW_LATE);
    assert_int_equal(lw_assistant_observe(worker.assistant, 1, &result, &error), LW_LATE); /* noted once */
    lw_run stored;
    assert_ok(lw_store_run_get(second, 1, &stored, &error), error);
    assert_true(stored.status == LW_STATUS_COMPLETED && stored.cost == 2 && stored.attempt == 2);
    bson_iter_t top, late;
    assert_non_null(stored.attempts);
    int n = 0;
    for (bson_iter_init(&top, stored.attempts); bson_iter_next(&top);) {
        bson_iter_t inside;
        n += bson_iter_recurse(&top, &inside) && bson_iter_find_descendant(&inside, "result", &late);
    }
    assert_int_equal(n, 1);
    lw_run_release(&stored);
    lw_assignment_release(&run);
    lw_assignment_release(&again);
    lw_assistant_close(worker.assistant);
    lw_assistant_close(watcher.assistant);
    lw_store_close(second);
    lw_test_mongo_close(&bench);
}

static void a_worker_with_the_right_time_vanishes(void **state) {
    (void)state;
    vanish(0);
}

static void a_worker_an_hour_ahead_vanishes(void **state) {
    (void)state;
    vanish(3600 * 1000);
}

static void a_worker_an_hour_behind_vanishes(void **state) {
    (void)state;
    vanish(-3600 * 1000);
}

/* A labwatch to come raises the format of an experiment, or of a run, in which something has another meaning. */
static void what_a_newer_version_wrote_is_refused(void **state) {
    (void)state;
    lw_test_mongo bench;
    machine old;
    lw_assignment run;
    lw_error error;
    lw_run stored;
    lw_test_mongo_open(&bench, "");
    start(&old, bench.store, 0);
    take(&old, &run, 1, 1);
    lw_assignment_release(&run);
    lw_test_mongo_update(&bench, "runs", "{\"_id\": 1}",
                         "{\"$set\": {\"labwatch.format\": 2, \"labwatch.revision\": 5, \"labwatch.new\": \"x\"}, "
                         "\"$currentDate\": {\"labwatch.changed\": {\"$type\": \"timestamp\"}}}");
    lw_store *second = lw_test_mongo_second(&bench);
    assert_int_equal(lw_store_run_get(second, 1, &stored, &error), LW_ESTORE);
    assert_contains(error.message, "run 1 was written by a newer labwatch (format 2, this one reads up to 1): update");
    lw_result result = lw_result_of_value(1);
    assert_int_not_equal(lw_assistant_observe(old.assistant, 1, &result, &error), LW_OK);
    bson_t *document = lw_test_mongo_find(&bench, "runs", "{\"_id\": 1, \"status\": \"RUNNING\", \"labwatch.new\": \"x\"}");
    bson_destroy(document);
    assert_int_equal(try_assistant(&(machine){.clock = old.clock}, second, &error), LW_ESTORE);
    assert_contains(error.message, "newer labwatch");

    lw_test_mongo_update(&bench, "runs", "{\"_id\": 1}",
                         "{\"$unset\": {\"labwatch.format\": 1}, "
                         "\"$currentDate\": {\"labwatch.changed\": {\"$type\": \"timestamp\"}}}");
    lw_test_mongo_update(&bench, "labwatch_experiments", "{\"_id\": \"heart\"}",
                         "{\"$set\": {\"document.format\": 2}, \"$inc\": {\"revision\": 1}}");
    int code = lw_assistant_take(old.assistant, &(lw_wish){.worker = true}, &run, &error);
    assert_int_equal(code, LW_ESTORE); /* also who had it open before */
    assert_contains(error.message, "'heart' was written by a newer labwatch");
    assert_int_equal(lw_test_mongo_count(&bench, "runs", "{}"), 1);
    lw_assistant_close(old.assistant);
    lw_store_close(second);
    lw_test_mongo_close(&bench);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_worker_with_the_right_time_vanishes),
        cmocka_unit_test(a_worker_an_hour_ahead_vanishes),
        cmocka_unit_test(a_worker_an_hour_behind_vanishes),
        cmocka_unit_test(what_a_newer_version_wrote_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
