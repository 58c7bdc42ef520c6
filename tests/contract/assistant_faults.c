/*
 * Stores that fail, and memory that is gone: nothing is lost, nothing is half done, and later calls work.
 */
#include "assistant_support.h"
#include "beats.h"
#include "faulty_store.h"

#define EXPERIMENT "experiment: e\nseed: 5\noptimizer: bookish\nlease: 60\nretries: 1\nspace:\n  x: !UniformFloat [0, 1]\n  k: !UniformInt [1, 1000]\n"

/* ---- what is done again and again, with a failure somewhere ---- */

typedef struct scene {
    lw_test_lab lab;
    lw_assistant *assistant;
} scene;

/* Runs 1 to 3 completed, 4 running (by this process), 5 queued, 6 failed. */
static void set_scene(scene *self, const char *scheme) {
    lw_test_lab_open(&self->lab, scheme);
    self->assistant = lw_test_assistant(&self->lab, EXPERIMENT);
    lw_wish worker = {.worker = true}, queued = {.queue = true};
    for (int i = 1; i <= 3; i++)
        lw_test_observe(&self->lab, self->assistant, lw_test_suggest(&self->lab, self->assistant, NULL, NULL), i);
    lw_test_suggest(&self->lab, self->assistant, &worker, NULL);
    lw_test_suggest(&self->lab, self->assistant, &queued, NULL);
    int64_t failed = lw_test_suggest(&self->lab, self->assistant, NULL, NULL);
    lw_result crash = lw_result_of_failure(LW_FAILURE_CRASH, "crash");
    assert_int_equal(lw_assistant_observe(self->assistant, failed, &crash, &self->lab.error), LW_OK);
}

static void strike_scene(scene *self) {
    lw_assistant_close(self->assistant);
    lw_test_lab_close(&self->lab);
}

typedef int action(scene *self, lw_error *error);

static int do_suggest(scene *self, lw_error *error) {
    lw_assignment run;
    int code = lw_assistant_suggest(self->assistant, NULL, &run, error);
    if (code == LW_OK)
        lw_assignment_release(&run);
    return code;
}

static int do_enqueue_default(scene *self, lw_error *error) {
    lw_assignment run;
    lw_wish wish = {.default_config = true, .queue = true};
    int code = lw_assistant_suggest(self->assistant, &wish, &run, error);
    if (code == LW_OK)
        lw_assignment_release(&run);
    return code;
}

static int do_take(scene *self, lw_error *error) {
    lw_assignment run;
    int code = lw_assistant_take(self->assistant, NULL, &run, error);
    if (code == LW_OK)
        lw_assignment_release(&run);
    return code;
}

static int do_take_run(scene *self, lw_error *error) {
    lw_assignment run;
    int code = lw_assistant_take_run(self->assistant, 5, &run, error);
    if (code == LW_OK)
        lw_assignment_release(&run);
    return code;
}

static int do_observe(scene *self, lw_error *error) {
    lw_result result = lw_result_of_value(0.125);
    result.reason = "a sentence";
    result.captured_out = "some output";
    int code = lw_assistant_observe(self->assistant, 4, &result, error);
    return code == (int)LW_KNOWN ? LW_OK : code;
}

static int do_force(scene *self, lw_error *error) {
    lw_result result = lw_result_of_value(0.125);
    result.force = true;
    int code = lw_assistant_observe(self->assistant, 1, &result, error);
    return code == (int)LW_KNOWN ? LW_OK : code;
}

static int do_observe_config(scene *self, lw_error *error) {
    lw_result result = lw_result_of_failure(LW_FAILURE_USER, "bad");
    bson_t config;
    int64_t id;
    bson_init(&config);
    bson_append_double(&config, "x", -1, 0.5);
    int code = lw_assistant_observe_config(self->assistant, NULL, &config, &result, false, &id, error);
    bson_destroy(&config);
    return code;
}

static int do_beat_run(scene *self, lw_error *error) {
    return lw_assistant_beat_run(self->assistant, 4, error);
}

static int do_release(scene *self, lw_error *error) {
    return lw_assistant_release(self->assistant, 4, NULL, error);
}

static int do_retry(scene *self, lw_error *error) {
    int code = lw_assistant_retry(self->assistant, 6, error);
    return code == LW_ECONFLICT ? LW_OK : code;
}

static int do_remove(scene *self, lw_error *error) {
    int code = lw_assistant_remove(self->assistant, 2, error);
    return code == LW_ENOTFOUND ? LW_OK : code;
}

static int do_remove_all(scene *self, lw_error *error) {
    return lw_assistant_remove_all(self->assistant, error);
}

static int do_pause(scene *self, lw_error *error) {
    return lw_assistant_set_paused(self->assistant, true, error);
}

static int do_log(scene *self, lw_error *error) {
    return lw_assistant_log(self->assistant, 4, "loss", &(lw_metric_point){.step = 1, .value = 0.5}, 1, error);
}

static int do_recover(scene *self, lw_error *error) {
    return lw_assistant_recover(self->assistant, NULL, error);
}

static int do_standing(scene *self, lw_error *error) {
    lw_standing standing;
    return lw_assistant_standing(self->assistant, &standing, error);
}

static int do_replay(scene *self, lw_error *error) {
    lw_replay replay;
    int code = lw_assistant_replay(self->assistant, 3, &replay, error);
    if (code == LW_OK)
        lw_replay_release(&replay);
    return code;
}

static int do_open(scene *self, lw_error *error) {
    lw_assistant *other = NULL;
    lw_assistant_setup setup = {.clock = &self->lab.clock.clock, .optimizers = lw_test_bookish_types};
    int code = lw_assistant_open_stored(&other, self->lab.store, "e", &setup, error);
    lw_assistant_close(other);
    return code;
}

static int do_open_changed(scene *self, lw_error *error) {
    static const char text[] = "experiment: e\nruns: 50\noptimizer: bookish\ncost: {goal: maximize}\nspace:\n  x: !UniformFloat [0, 2]\n";
    lw_assistant *other = NULL;
    lw_experiment *experiment = NULL;
    lw_assistant_setup setup = {.clock = &self->lab.clock.clock, .optimizers = lw_test_bookish_types, .new_version = true};
    int code = lw_experiment_parse(&experiment, text, sizeof text - 1, "t", NULL, error);
    if (code == LW_OK)
        code = lw_assistant_open(&other, self->lab.store, experiment, &setup, error);
    lw_assistant_close(other);
    lw_experiment_free(experiment);
    return code;
}

static int do_copy(scene *self, lw_error *error) {
    lw_store *to = NULL;
    int code = lw_store_open(&to, "memory:", NULL, NULL, error);
    if (code == LW_OK)
        code = lw_copy_experiment(self->lab.store, "e", to, NULL, NULL, error);
    lw_store_close(to);
    return code;
}

static const struct {
    const char *name;
    action *act;
    bool ends; /* the assistant is of no more use */
} actions[] = {
    {"suggest", do_suggest, false},
    {"enqueue the default", do_enqueue_default, false},
    {"take", do_take, false},
    {"take a run", do_take_run, false},
    {"observe", do_observe, false},
    {"observe by force", do_force, false},
    {"observe a config", do_observe_config, false},
    {"beat", do_beat_run, false},
    {"release", do_release, false},
    {"retry", do_retry, false},
    {"remove", do_remove, false},
    {"remove all", do_remove_all, true},
    {"pause", do_pause, true},
    {"log", do_log, false},
    {"recover", do_recover, false},
    {"standing", do_standing, false},
    {"replay", do_replay, false},
    {"open", do_open, false},
    {"open a changed file", do_open_changed, true},
    {"copy", do_copy, false},
};
enum { N_ACTIONS = sizeof actions / sizeof *actions };

/* Everything that must hold whatever has failed: acknowledged results are there, and each suggestion can be made again. */
static void check_scene(scene *self) {
    lw_run_counts counts;
    lw_error *error = &self->lab.error;
    assert_ok(lw_store_run_counts(self->lab.store, "e", &counts, error), *error);
    lw_assistant *cold = lw_test_assistant(&self->lab, EXPERIMENT);
    for (int64_t id = 1; id <= counts.last_id; id++) {
        lw_run run = lw_test_run(&self->lab, id);
        if (id <= 3 && run.status != LW_STATUS_REMOVED) {
            assert_int_equal(run.status, LW_STATUS_COMPLETED);
            assert_non_null(run.result);
        }
        assert_true(run.status != LW_STATUS_COMPLETED || !isnan(run.cost));
        bool suggested = run.number > 0 && run.status != LW_STATUS_REMOVED;
        lw_run_release(&run);
        lw_replay replay;
        if (!suggested)
            continue;
        assert_ok(lw_assistant_replay(cold, id, &replay, error), *error);
        assert_int_not_equal(replay.verdict, LW_REPLAY_DIFFERENT);
        lw_replay_release(&replay);
    }
    lw_assistant_close(cold);
}

/* ---- failing stores ---- */

static bool fails_once(size_t i, uint64_t n, int how) {
    scene self;
    lw_error error = {0};
    set_scene(&self, "faulty:memory");
    lw_test_faulty_store_fail(self.lab.store, n, how, LW_EUNAVAILABLE);
    int code = actions[i].act(&self, &error);
    uint64_t operations = lw_test_faulty_store_fail(self.lab.store, 0, 0, 0);
    bool failed = operations >= n;
    if (code != LW_OK) {
        if (code != LW_EUNAVAILABLE || error.code != code)
            fail_msg("%s, operation %d: %d: %s", actions[i].name, (int)n, code, error.message);
        assert_true(failed);
        code = actions[i].act(&self, &error);
        if (code != LW_OK)
            fail_msg("%s again, after operation %d: %d: %s", actions[i].name, (int)n, code, error.message);
    }
    if (!actions[i].ends) {
        assert_int_equal(do_suggest(&self, &error), LW_OK);
        check_scene(&self);
    }
    strike_scene(&self);
    return failed;
}

static void each_operation_fails(void **state) {
    static const int hows[] = {LW_TEST_FAIL_BEFORE, LW_TEST_FAIL_AFTER, LW_TEST_FAIL_BEFORE | LW_TEST_FAIL_FROM_THEN_ON,
                               LW_TEST_FAIL_AFTER | LW_TEST_FAIL_FROM_THEN_ON};
    (void)state;
    for (size_t i = 0; i < N_ACTIONS; i++)
        for (size_t k = 0; k < sizeof hows / sizeof *hows; k++)
            for (uint64_t n = 1; fails_once(i, n, hows[k]); n++)
                assert_true(n < 100);
}

static void a_lost_reply_is_no_second_run(void **state) {
    scene self;
    lw_error error;
    lw_run_counts counts;
    (void)state;
    set_scene(&self, "faulty:memory");
    lw_test_faulty_store_only(self.lab.store, "run_insert");
    lw_test_faulty_store_fail(self.lab.store, 1, LW_TEST_FAIL_AFTER, LW_EUNAVAILABLE);
    assert_int_equal(do_suggest(&self, &error), LW_OK);
    lw_test_faulty_store_fail(self.lab.store, 0, 0, 0);
    assert_ok(lw_store_run_counts(self.lab.store, "e", &counts, &error), error);
    assert_int_equal(counts.own, 7);
    strike_scene(&self);
}

static int64_t revision_of(lw_store *store) {
    lw_error error;
    lw_run_counts counts;
    assert_ok(lw_store_run_counts(store, "e", &counts, &error), error);
    return counts.experiment_revision;
}

/* Whoever has the target open must learn of the runs that came below those it knows, and a repetition copies none. */
static void a_repeated_copy_makes_up_for_one_that_nobody_noticed(void **state) {
    scene self;
    lw_error error;
    lw_store *to = NULL;
    int64_t n;
    (void)state;
    set_scene(&self, "memory");
    assert_ok(lw_store_open(&to, "faulty:memory:", NULL, lw_test_faulty_types, &error), error);
    lw_test_faulty_store_only(to, "experiment_put");
    lw_test_faulty_store_fail(to, 2, LW_TEST_FAIL_BEFORE | LW_TEST_FAIL_FROM_THEN_ON, LW_EUNAVAILABLE);
    assert_int_equal(lw_copy_experiment(self.lab.store, "e", to, &n, NULL, &error), LW_EUNAVAILABLE);
    assert_int_equal(n, 6);
    assert_int_equal(revision_of(to), 1);
    lw_test_faulty_store_fail(to, 0, 0, 0);
    assert_ok(lw_copy_experiment(self.lab.store, "e", to, &n, NULL, &error), error);
    assert_int_equal(n, 0);
    assert_int_equal(revision_of(to), 2);
    lw_store_close(to);
    strike_scene(&self);
}

/* The store goes away behind its n-th operation, and is back for the second try. False: there are fewer. */
static bool is_reserved_once(const lw_wish *wish, uint64_t n) {
    scene self;
    lw_error error;
    lw_run_counts counts;
    lw_assignment run;
    set_scene(&self, "faulty:memory");
    lw_test_faulty_store_fail(self.lab.store, n, LW_TEST_FAIL_AFTER | LW_TEST_FAIL_FROM_THEN_ON, LW_EUNAVAILABLE);
    int code = lw_assistant_suggest(self.assistant, wish, &run, &error);
    bool went_away = lw_test_faulty_store_fail(self.lab.store, 0, 0, 0) >= n;
    if (code != LW_OK) {
        assert_int_equal(code, LW_EUNAVAILABLE);
        assert_ok(lw_assistant_suggest(self.assistant, wish, &run, &error), error);
    }
    assert_int_equal(run.id, 7);
    assert_int_equal(lw_token_is_none(run.token), wish->queue);
    lw_assignment_release(&run);
    assert_ok(lw_store_run_counts(self.lab.store, "e", &counts, &error), error);
    assert_int_equal(counts.own, 7);
    strike_scene(&self);
    return went_away;
}

static void a_reservation_without_a_reply_is_the_next_answer(void **state) {
    static const lw_wish wishes[] = {{0},
                                     {.worker = true},
                                     {.queue = true},
                                     {.lease_s = 30},
                                     {.default_config = true},
                                     {.default_config = true, .queue = true}};
    (void)state;
    for (size_t i = 0; i < sizeof wishes / sizeof *wishes; i++)
        for (uint64_t n = 1; is_reserved_once(&wishes[i], n); n++)
            assert_true(n < 100);
}

/* The store goes away with the insertion of the run that was wished for. */
static void lose_reservation(scene *self, const lw_wish *wish) {
    lw_error error;
    lw_assignment run;
    lw_run stored;
    for (uint64_t n = 1;; n++) {
        lw_test_faulty_store_fail(self->lab.store, n, LW_TEST_FAIL_AFTER | LW_TEST_FAIL_FROM_THEN_ON, LW_EUNAVAILABLE);
        assert_int_equal(lw_assistant_suggest(self->assistant, wish, &run, &error), LW_EUNAVAILABLE);
        lw_test_faulty_store_fail(self->lab.store, 0, 0, 0);
        if (lw_store_run_get(self->lab.store, 7, &stored, NULL) == LW_OK)
            break;
    }
    lw_run_release(&stored);
}

static void a_reservation_without_a_reply_goes_back_if_something_else_is_wanted(void **state) {
    scene self;
    lw_wish worker = {.worker = true};
    (void)state;
    set_scene(&self, "faulty:memory");
    lose_reservation(&self, &worker);
    assert_int_equal(lw_test_status(&self.lab, 7), LW_STATUS_RUNNING);
    assert_int_equal(lw_test_suggest(&self.lab, self.assistant, NULL, NULL), 8);
    assert_int_equal(lw_test_status(&self.lab, 7), LW_STATUS_QUEUED);
    strike_scene(&self);
}

/* Takes run 5, of which the reply is lost. */
static void lose_take(scene *self) {
    lw_error error;
    lw_assignment run;
    lw_test_faulty_store_only(self->lab.store, "run_modify");
    lw_test_faulty_store_fail(self->lab.store, 1, LW_TEST_FAIL_AFTER, LW_EUNAVAILABLE);
    assert_int_equal(lw_assistant_take(self->assistant, NULL, &run, &error), LW_EUNAVAILABLE);
    lw_test_faulty_store_fail(self->lab.store, 0, 0, 0);
    lw_test_faulty_store_only(self->lab.store, NULL);
    assert_int_equal(lw_test_status(&self->lab, 5), LW_STATUS_RUNNING);
}

static void a_take_without_a_reply_is_the_next_answer(void **state) {
    scene self;
    lw_error error;
    lw_assignment run;
    (void)state;
    for (int by_name = 0; by_name <= 1; by_name++) {
        set_scene(&self, "faulty:memory");
        lose_take(&self);
        if (by_name)
            assert_ok(lw_assistant_take_run(self.assistant, 5, &run, &error), error);
        else
            assert_ok(lw_assistant_take(self.assistant, NULL, &run, &error), error);
        assert_int_equal(run.id, 5);
        assert_int_equal(run.attempt, 1);
        assert_true(run.lease_s > 0);
        assert_ok(lw_test_beat(self.assistant, 5, run.token, NULL, &error), error);
        lw_assignment_release(&run);
        strike_scene(&self);
    }
}

/* The server gets a statement when everybody has long given it up. */
static void fail_late(scene *self, const char *operation) {
    lw_test_faulty_store_only(self->lab.store, operation);
    lw_test_faulty_store_fail(self->lab.store, 0, LW_TEST_FAIL_LATE, LW_EUNAVAILABLE);
}

static void arrive(scene *self) {
    lw_error error;
    assert_ok(lw_test_faulty_store_arrive(self->lab.store, &error), error);
}

static void a_reservation_that_arrives_late_is_the_next_answer(void **state) {
    scene self;
    lw_error error;
    lw_assignment run;
    lw_wish worker = {.worker = true};
    (void)state;
    set_scene(&self, "faulty:memory");
    fail_late(&self, "run_insert");
    assert_int_equal(lw_assistant_suggest(self.assistant, &worker, &run, &error), LW_EUNAVAILABLE);
    lw_test_faulty_store_fail(self.lab.store, 0, 0, 0);
    assert_ok(lw_assistant_take(self.assistant, &worker, &run, &error), error); /* what was queued */
    assert_int_equal(run.id, 5);
    lw_assignment_release(&run);
    arrive(&self);
    assert_ok(lw_assistant_take(self.assistant, &worker, &run, &error), error);
    assert_int_equal(run.id, 7);
    assert_ok(lw_test_beat(self.assistant, 7, run.token, NULL, &error), error);
    lw_assignment_release(&run);
    assert_int_equal(lw_test_suggest(&self.lab, self.assistant, &worker, NULL), 8);
    strike_scene(&self);
}

static void a_take_that_arrives_late_is_the_next_answer(void **state) {
    scene self;
    lw_error error;
    lw_assignment run;
    lw_wish worker = {.worker = true};
    (void)state;
    set_scene(&self, "faulty:memory");
    fail_late(&self, "run_modify");
    assert_int_equal(lw_assistant_take(self.assistant, &worker, &run, &error), LW_EUNAVAILABLE);
    lw_test_faulty_store_fail(self.lab.store, 0, 0, 0);
    assert_int_equal(lw_test_suggest(&self.lab, self.assistant, &worker, NULL), 7);
    arrive(&self);
    assert_int_equal(lw_test_status(&self.lab, 5), LW_STATUS_RUNNING);
    assert_ok(lw_assistant_take(self.assistant, &worker, &run, &error), error);
    assert_int_equal(run.id, 5);
    assert_ok(lw_test_beat(self.assistant, 5, run.token, NULL, &error), error);
    lw_assignment_release(&run);
    strike_scene(&self);
}

/* The id, or the run, has gone to somebody else meanwhile: there is nothing to doubt any more. */
static void what_can_no_longer_arrive_is_forgotten(void **state) {
    static const char *const operations[] = {"run_insert", "run_modify"};
    (void)state;
    for (size_t i = 0; i < sizeof operations / sizeof *operations; i++) {
        scene self;
        lw_error error;
        lw_assignment run;
        lw_wish worker = {.worker = true};
        set_scene(&self, "faulty:memory");
        fail_late(&self, operations[i]);
        int code = i == 0 ? lw_assistant_suggest(self.assistant, &worker, &run, &error)
                          : lw_assistant_take(self.assistant, &worker, &run, &error);
        assert_int_equal(code, LW_EUNAVAILABLE);
        lw_test_faulty_store_fail(self.lab.store, 0, 0, 0);
        assert_ok(lw_assistant_take(self.assistant, &worker, &run, &error), error);
        assert_int_equal(run.id, 5);
        lw_assignment_release(&run);
        assert_int_equal(lw_test_suggest(&self.lab, self.assistant, &worker, NULL), 7);
        assert_int_equal(lw_test_faulty_store_arrive(self.lab.store, &error), LW_ECONFLICT);
        assert_int_equal(lw_test_suggest(&self.lab, self.assistant, &worker, NULL), 8);
        lw_test_faulty_store_only(self.lab.store, "run_get");
        lw_test_faulty_store_fail(self.lab.store, 0, 0, 0);
        assert_int_equal(lw_test_suggest(&self.lab, self.assistant, &worker, NULL), 9);
        assert_int_equal(lw_test_faulty_store_fail(self.lab.store, 0, 0, 0), 0);
        strike_scene(&self);
    }
}

static void a_doubt_lasts_until_the_store_is_back(void **state) {
    scene self;
    lw_error error;
    lw_assignment run;
    (void)state;
    set_scene(&self, "faulty:memory");
    lose_take(&self);
    int code = LW_EUNAVAILABLE;
    for (uint64_t n = 1; code != LW_OK; n++) {
        lw_test_faulty_store_fail(self.lab.store, n, LW_TEST_FAIL_BEFORE | LW_TEST_FAIL_FROM_THEN_ON, LW_EUNAVAILABLE);
        code = lw_assistant_take(self.assistant, NULL, &run, &error);
        lw_test_faulty_store_fail(self.lab.store, 0, 0, 0);
        assert_true(code == LW_OK || code == LW_EUNAVAILABLE);
    }
    assert_int_equal(run.id, 5);
    lw_assignment_release(&run);
    strike_scene(&self);
}

static void a_doubtful_run_that_others_have_is_left_to_them(void **state) {
    scene self;
    lw_error error;
    lw_assignment run;
    (void)state;
    set_scene(&self, "faulty:memory");
    lose_take(&self);
    lw_assistant *other = lw_test_assistant(&self.lab, EXPERIMENT);
    assert_ok(lw_assistant_release(other, 5, NULL, &error), error);
    assert_ok(lw_assistant_take_run(other, 5, &run, &error), error);
    assert_int_equal(run.attempt, 2);
    int64_t id = lw_test_suggest(&self.lab, self.assistant, &(lw_wish){.worker = true}, NULL);
    assert_int_equal(id, 7);
    assert_ok(lw_test_beat(other, 5, run.token, NULL, &error), error);
    lw_assignment_release(&run);
    lw_assistant_close(other);
    strike_scene(&self);
}

/* ---- memory ---- */

static bool runs_out_of_memory(size_t i, uint64_t n, bool then_on) {
    scene self;
    lw_error error = {0};
    set_scene(&self, "memory");
    lw_memory_fail_at(n, then_on);
    int code = actions[i].act(&self, &error);
    bool failed = lw_memory_fail_at(0, false) >= n;
    if (code != LW_OK && (code != LW_ENOMEM || error.code != LW_ENOMEM))
        fail_msg("%s, allocation %d: %d: %s", actions[i].name, (int)n, code, error.message);
    if (code != LW_OK) {
        code = actions[i].act(&self, &error);
        if (code != LW_OK)
            fail_msg("%s again, after allocation %d: %d: %s", actions[i].name, (int)n, code, error.message);
    }
    if (!actions[i].ends) {
        assert_int_equal(do_suggest(&self, &error), LW_OK);
        check_scene(&self);
    }
    strike_scene(&self);
    return failed;
}

static void each_allocation_fails(void **state) {
    (void)state;
    lw_test_need_faults();
    for (size_t i = 0; i < N_ACTIONS; i++)
        for (int then_on = 0; then_on <= 1; then_on++)
            for (uint64_t n = 1; runs_out_of_memory(i, n, then_on); n++)
                ;
}

/* {"result": 0.5, "large": two million bytes}, which do not stay in the run. */
static bson_t *large_result(void) {
    enum { SIZE = 2000000 };
    char *text = malloc(SIZE);
    assert_non_null(text);
    memset(text, 'x', SIZE);
    bson_t *document = BCON_NEW("result", BCON_DOUBLE(0.5));
    bson_append_utf8(document, "large", -1, text, SIZE);
    free(text);
    return document;
}

static bool notes_have(const lw_run *run, const char *part) {
    char *json = run->notes ? lw_document_array_to_json(run->notes, false) : NULL;
    bool have = json && strstr(json, part);
    lw_free(json);
    return have;
}

static void a_run_whose_large_result_has_no_file_is_there_once(void **state) {
    (void)state;
    scene self;
    set_scene(&self, "faulty:memory");
    lw_error *error = &self.lab.error;
    bson_t *document = large_result(), *config = BCON_NEW("x", BCON_DOUBLE(0.5), "k", BCON_INT32(3));
    lw_result result = lw_result_of_value(0.5);
    result.document = document;
    int64_t id = 0;
    lw_test_faulty_store_only(self.lab.store, "file_put");
    lw_test_faulty_store_fail(self.lab.store, 1, LW_TEST_FAIL_BEFORE, LW_EUNAVAILABLE);
    assert_ok(lw_assistant_observe_config(self.assistant, NULL, config, &result, false, &id, error), *error);
    lw_test_faulty_store_fail(self.lab.store, 0, 0, LW_OK);
    lw_run run = lw_test_run(&self.lab, id);
    assert_true(run.status == LW_STATUS_COMPLETED && run.cost == 0.5);
    assert_true(notes_have(&run, "file_put failed"));
    lw_run_release(&run);
    bson_destroy(document);
    bson_destroy(config);
    strike_scene(&self);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_operation_fails),
        cmocka_unit_test(a_lost_reply_is_no_second_run),
        cmocka_unit_test(a_repeated_copy_makes_up_for_one_that_nobody_noticed),
        cmocka_unit_test(a_reservation_without_a_reply_is_the_next_answer),
        cmocka_unit_test(a_reservation_without_a_reply_goes_back_if_something_else_is_wanted),
        cmocka_unit_test(a_take_without_a_reply_is_the_next_answer),
        cmocka_unit_test(a_reservation_that_arrives_late_is_the_next_answer),
        cmocka_unit_test(a_take_that_arrives_late_is_the_next_answer),
        cmocka_unit_test(what_can_no_longer_arrive_is_forgotten),
        cmocka_unit_test(a_doubt_lasts_until_the_store_is_back),
        cmocka_unit_test(a_doubtful_run_that_others_have_is_left_to_them),
        cmocka_unit_test(a_run_whose_large_result_has_no_file_is_there_once),
        cmocka_unit_test(each_allocation_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
