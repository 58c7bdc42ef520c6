/* The runner: how it ends, waits, pauses and beats. */
#include <glob.h>

#include "faulty_store.h"
#include "runner_bench.h"

#define SPACE "space: {x: !UniformFloat [1, 2]}\n"

/* A clock that only moves when a test says so. */

static double fake_monotonic(void *self) {
    return *(double *)self;
}

static int64_t fake_wall(void *self) {
    return 1000000 + (int64_t)(1000 * *(double *)self);
}

static void fake_sleep(void *self, double seconds) {
    (void)self, (void)seconds;
}

/** Opens with that clock, which starts at 100 s. */
static void open_with_clock(runner_bench *bench, const char *text, double *time_s, lw_clock *clock) {
    lw_experiment *experiment = NULL;
    lw_assistant_setup setup = {.clock = clock};
    *time_s = 100;
    *clock = (lw_clock){fake_wall, fake_monotonic, fake_sleep, time_s};
    bench_open(bench, "faulty:memory:", text);
    lw_assistant_close(bench->assistant);
    assert_ok(lw_experiment_parse(&experiment, text, strlen(text), "test.yaml", NULL, &bench->error), bench->error);
    assert_ok(lw_assistant_open(&bench->assistant, bench->store, experiment, &setup, &bench->error), bench->error);
    lw_experiment_free(experiment);
}

/* Stopping. */

static void stop_soon_lets_children_end(void **state) {
    (void)state;
    runner_bench bench;
    bench_open(&bench, "memory:", "experiment: test\ncommand: sh -c 'sleep 0.2; echo 1'\nruns: 100\n" SPACE);
    bench.setup.jobs = 2;
    bench.stop = LW_STOP_SOON;
    bench.stop_after_started = 2;
    bench_run(&bench);
    assert_int_equal(bench.started, 2);
    assert_int_equal(bench.summary.completed, 2);
    assert_int_equal(bench.summary.why, LW_EINTERRUPTED);
    bench_close(&bench);
}

static void stop_now_interrupts(void **state) {
    (void)state;
    runner_bench bench;
    bench_open(&bench, "memory:", "experiment: test\ncommand: sh -c 'trap \"\" TERM; sleep 60'\nruns: 100\n" SPACE);
    bench.setup.jobs = 2;
    bench.setup.grace_s = 0.2;
    bench.stop = LW_STOP_NOW;
    bench.stop_after_started = 2;
    bench_run(&bench);
    assert_int_equal(bench.started, 2);
    assert_int_equal(bench.summary.interrupted, 2);
    assert_int_equal(bench.summary.why, LW_EINTERRUPTED);
    bench_expect(&bench, 1, LW_STATUS_INTERRUPTED, LW_FAILURE_NONE, "stopped");
    bench_expect(&bench, 2, LW_STATUS_INTERRUPTED, LW_FAILURE_NONE, "stopped");
    bench_close(&bench);
}

static void stop_requeue_gives_the_same_runs_back(void **state) {
    (void)state;
    runner_bench bench;
    const char *const good[] = {"echo", "{run}", NULL};
    bench_open(&bench, "memory:", "experiment: test\ncommand: sleep 60\nruns: 2\n" SPACE);
    bench.setup.jobs = 2;
    bench.stop = LW_STOP_REQUEUE;
    bench.stop_after_started = 2;
    bench_run(&bench);
    assert_int_equal(bench.summary.requeued, 2);
    assert_int_equal(bench.summary.why, LW_EINTERRUPTED);
    bench_expect(&bench, 1, LW_STATUS_QUEUED, LW_FAILURE_NONE, NULL);
    bench.stop = LW_STOP_NOT;
    bench.setup.command = good;
    bench_run(&bench);
    assert_int_equal(bench.summary.completed, 2);
    assert_true(bench_result(&bench, 1) == 1);
    assert_true(bench_result(&bench, 2) == 2);
    bench_close(&bench);
}

static void one_run_is_stopped(void **state) {
    (void)state;
    runner_bench bench;
    lw_assignment run;
    bench_open(&bench, "memory:", "experiment: test\ncommand: sleep 60\nruns: 2\n" SPACE);
    assert_ok(lw_assistant_suggest(bench.assistant, NULL, &run, &bench.error), bench.error);
    lw_assignment_release(&run);
    bench.stop = LW_STOP_NOW;
    bench.stop_after_started = 1;
    assert_ok(lw_runner_exec(bench.assistant, 1, &bench.setup, &bench.summary, &bench.error), bench.error);
    assert_int_equal(bench.summary.interrupted, 1);
    assert_int_equal(bench.summary.why, LW_EINTERRUPTED);
    bench_expect(&bench, 1, LW_STATUS_INTERRUPTED, LW_FAILURE_NONE, "stopped");
    bench_close(&bench);
}

/* Ends of an experiment. */

static void the_target_ends_it(void **state) {
    (void)state;
    runner_bench bench;
    bench_open(&bench, "memory:",
               "experiment: test\ncommand: echo {run}\ncost: {goal: maximize}\ntarget: 3\nruns: 100\n" SPACE);
    bench_run(&bench);
    assert_int_equal(bench.summary.completed, 3);
    assert_int_equal(bench.summary.why, LW_BUDGET_REACHED);
    assert_contains(bench.summary.sentence, "target");
    bench_close(&bench);
}

static void an_exhausted_space_ends_it(void **state) {
    (void)state;
    runner_bench bench;
    bench_open(
        &bench, "memory:",
        "experiment: test\ncommand: echo {run} {x}\ncost: {regex: '[0-9]+'}\nspace: {x: !Categorical [a, b, c]}\n");
    bench.setup.jobs = 2;
    bench_run(&bench);
    assert_int_equal(bench.summary.completed, 3);
    assert_int_equal(bench.summary.why, LW_EXHAUSTED);
    bench_close(&bench);
}

static void pass_ten_seconds(runner_bench *bench, const lw_progress *event) {
    if (event->run_id != 0 && !event->started)
        *(double *)bench->of_test += 10;
}

static void the_time_ends_it(void **state) {
    (void)state;
    runner_bench bench;
    double time_s;
    lw_clock clock;
    open_with_clock(&bench, "experiment: test\ncommand: echo 1\n" SPACE, &time_s, &clock);
    bench.setup.max_time_s = 25;
    bench.on_event = pass_ten_seconds;
    bench.of_test = &time_s;
    bench_run(&bench);
    assert_int_equal(bench.summary.completed, 3);
    assert_int_equal(bench.summary.why, LW_OK);
    bench_close(&bench);
}

/* Pauses. */

static void resume(runner_bench *bench, const lw_progress *event) {
    if (event->run_id != 0)
        return;
    assert_int_equal(bench->started, 0);
    assert_ok(lw_assistant_set_paused(bench->of_test, false, &bench->error), bench->error);
}

static void a_paused_experiment_is_waited_for(void **state) {
    (void)state;
    runner_bench bench;
    const char *text = "experiment: test\ncommand: echo 1\nruns: 2\n" SPACE;
    bench_open(&bench, "memory:", text);
    lw_assistant *other = bench_open_assistant(bench.store, text);
    assert_ok(lw_assistant_set_paused(other, true, &bench.error), bench.error);
    bench.on_event = resume;
    bench.of_test = other;
    bench_run(&bench);
    assert_int_equal(bench.summary.completed, 2);
    assert_contains(bench.told, "is paused");
    lw_assistant_close(other);
    bench_close(&bench);
}

static void stop_and_time_end_a_pause(void **state) {
    (void)state;
    runner_bench bench;
    bench_open(&bench, "memory:", "experiment: test\ncommand: echo 1\nruns: 2\n" SPACE);
    assert_ok(lw_assistant_set_paused(bench.assistant, true, &bench.error), bench.error);
    bench.setup.max_time_s = 0.05;
    bench_run(&bench);
    assert_int_equal(bench.summary.why, LW_PAUSED);
    bench.setup.max_time_s = 0;
    bench.stop = LW_STOP_SOON;
    bench.stop_after_ticks = 1;
    bench_run(&bench);
    assert_int_equal(bench.summary.why, LW_EINTERRUPTED);
    assert_int_equal(bench.started, 0);
    bench_close(&bench);
}

/* Others. */

typedef struct other_worker {
    lw_assistant *assistant;
    lw_assignment run;
    bool gives_back;
} other_worker;

static void end_of_other(runner_bench *bench, const lw_progress *event) {
    other_worker *other = bench->of_test;
    lw_result result = lw_result_of_value(5);
    if (event->run_id != 0 || !event->waiting || other->run.id == 0)
        return;
    result.token = &other->run.token;
    if (other->gives_back)
        assert_ok(lw_assistant_release(other->assistant, other->run.id, &other->run.token, &bench->error),
                  bench->error);
    else
        assert_ok(lw_assistant_observe(other->assistant, other->run.id, &result, &bench->error), bench->error);
    lw_assignment_release(&other->run);
}

static void with_another_worker(bool gives_back, int64_t completed) {
    runner_bench bench;
    const char *text = "experiment: test\ncommand: echo 1\nruns: 3\n" SPACE;
    bench_open(&bench, "memory:", text);
    other_worker other = {.assistant = bench_open_assistant(bench.store, text), .gives_back = gives_back};
    assert_ok(lw_assistant_take(other.assistant, NULL, &other.run, &bench.error), bench.error);
    bench.on_event = end_of_other;
    bench.of_test = &other;
    bench_run(&bench);
    assert_int_equal(bench.summary.why, LW_BUDGET_REACHED);
    assert_int_equal(bench.summary.completed, completed);
    assert_true(bench.waited);
    lw_assistant_close(other.assistant);
    bench_close(&bench);
}

static void runs_of_others_are_waited_for(void **state) {
    (void)state;
    with_another_worker(false, 2);
    with_another_worker(true, 3);
}

static void what_nobody_beats_for_is_not_waited_for(void **state) {
    (void)state;
    runner_bench bench;
    lw_assignment run;
    bench_open(&bench, "memory:", "experiment: test\ncommand: echo 1\nruns: 3\n" SPACE);
    assert_ok(lw_assistant_suggest(bench.assistant, NULL, &run, &bench.error), bench.error);
    lw_assignment_release(&run);
    bench_run(&bench);
    assert_int_equal(bench.summary.completed, 2);
    assert_int_equal(bench.summary.why, LW_BUDGET_REACHED);
    assert_contains(bench.summary.sentence, "has all its 3 runs; 1 is open: observe or release it");
    assert_ok(lw_assistant_release(bench.assistant, 1, NULL, &bench.error), bench.error);
    bench_run(&bench);
    assert_int_equal(bench.summary.completed, 1);
    assert_null(strstr(bench.summary.sentence, "open"));
    bench_close(&bench);
}

static void note_outcome(runner_bench *bench, const lw_progress *event) {
    if (event->run_id != 0 && !event->started)
        *(lw_outcome *)bench->of_test = event->outcome;
}

static void what_is_given_back_is_no_interruption(void **state) {
    (void)state;
    static const lw_stop stops[] = {LW_STOP_NOW, LW_STOP_REQUEUE};
    static const lw_outcome outcomes[] = {LW_VOID, LW_PENDING};
    for (int i = 0; i < 2; i++) {
        runner_bench bench;
        lw_outcome told = LW_COMPLETED;
        bench_open(&bench, "memory:", "experiment: test\ncommand: sleep 60\nruns: 2\n" SPACE);
        bench.of_test = &told;
        bench.on_event = note_outcome;
        bench.stop = stops[i];
        bench.stop_after_started = 1;
        bench_run(&bench);
        assert_int_equal(told, outcomes[i]);
        bench_close(&bench);
    }
}

static bool has_checkpoint(const runner_bench *bench) {
    glob_t found;
    bool there = glob(lw_test_path(bench->folder, "*/run-1/attempt-1/epoch"), 0, NULL, &found) == 0;
    globfree(&found);
    return there;
}

/** Somebody takes the run away when it has its checkpoint, and then the runner is interrupted. */
static void give_back_and_interrupt(runner_bench *bench, const lw_progress *event) {
    if (event->run_id != 0 || bench->stop == LW_STOP_NOW || !has_checkpoint(bench))
        return;
    assert_ok(lw_assistant_release(bench->assistant, 1, NULL, &bench->error), bench->error);
    bench->stop = LW_STOP_NOW;
}

static void an_interruption_leaves_the_files_to_the_next_attempt(void **state) {
    (void)state;
    runner_bench bench;
    bench_open(&bench, "memory:",
               "experiment: test\ncommand: sh -c 'echo 3 >$LABWATCH_CHECKPOINT/epoch; sleep 60'\nruns: 1\n" SPACE);
    bench.on_event = give_back_and_interrupt;
    bench_run(&bench);
    bench_expect(&bench, 1, LW_STATUS_QUEUED, LW_FAILURE_NONE, NULL);
    assert_contains(bench.told, "changes nothing");
    assert_true(has_checkpoint(&bench));
    bench_close(&bench);
}

/* Beats. */

typedef struct beating {
    double time_s;
    bool output_seen;
    int ticks;
} beating;

/** With each tick a quarter of the lease goes by; then somebody takes the run away. */
static void let_time_pass(runner_bench *bench, const lw_progress *event) {
    beating *test = bench->of_test;
    lw_run run;
    if (event->run_id != 0 || event->running == 0)
        return;
    bench_get(bench, 1, &run);
    test->output_seen |= run.captured_out && strstr(run.captured_out, "hello");
    lw_run_release(&run);
    test->time_s += 11;
    test->ticks++;
    if (test->output_seen && bench->stop == LW_STOP_NOT) {
        bench->stop = LW_STOP_SOON;
        assert_ok(lw_assistant_release(bench->assistant, 1, NULL, &bench->error), bench->error);
    }
}

static void a_run_beats_with_its_output_until_it_is_lost(void **state) {
    (void)state;
    runner_bench bench;
    beating test = {0};
    lw_clock clock;
    open_with_clock(&bench, "experiment: test\ncommand: sh -c 'echo hello; sleep 60'\nlease: 40s\nruns: 1\n" SPACE,
                    &test.time_s, &clock);
    bench.on_event = let_time_pass;
    bench.of_test = &test;
    bench_run(&bench);
    assert_true(test.output_seen);
    assert_contains(bench.told, "no longer ours");
    assert_int_equal(bench.summary.completed + bench.summary.failed + bench.summary.interrupted, 0);
    bench_expect(&bench, 1, LW_STATUS_QUEUED, LW_FAILURE_NONE, NULL);
    bench_close(&bench);
}

/** A quarter of the lease goes by for all of them; after some such times they may end. */
static void let_time_pass_for_all(runner_bench *bench, const lw_progress *event) {
    beating *test = bench->of_test;
    if (event->run_id != 0 || event->running < bench->setup.jobs)
        return;
    test->time_s += 11;
    if (++test->ticks != 5)
        return;
    FILE *file = fopen(lw_test_path(bench->folder, "go"), "w");
    assert_non_null(file);
    (void)fclose(file);
}

static void all_runs_beat_in_one_operation(void **state) {
    (void)state;
    runner_bench bench;
    beating test = {0};
    lw_clock clock;
    open_with_clock(&bench, "experiment: test\nlease: 40s\nruns: 3\n" SPACE, &test.time_s, &clock);
    const char *const command[] = {"sh", "-c", "until [ -e $0/go ]; do sleep 0.05; done; echo 1", bench.folder, NULL};
    bench.setup.command = command;
    bench.setup.jobs = 3;
    bench.on_event = let_time_pass_for_all;
    bench.of_test = &test;
    lw_test_faulty_store_only(bench.store, "run_beats");
    lw_test_faulty_store_fail(bench.store, 0, 0, LW_OK);
    bench_run(&bench);
    assert_int_equal(bench.summary.completed, 3);
    int operations = (int)lw_test_faulty_store_fail(bench.store, 0, 0, LW_OK);
    assert_true(operations > 0 && operations <= test.ticks);
    bench_close(&bench);
}

static void let_store_be_away(runner_bench *bench, const lw_progress *event) {
    beating *test = bench->of_test;
    if (event->run_id != 0 || event->running == 0)
        return;
    test->time_s += 11;
    if (++test->ticks < 4)
        return;
    lw_test_faulty_store_fail(bench->store, 0, 0, LW_OK);
    FILE *file = fopen(lw_test_path(bench->folder, "go"), "w");
    assert_non_null(file);
    (void)fclose(file);
}

static void a_store_that_is_away_when_a_beat_is_due_is_told_once(void **state) {
    (void)state;
    runner_bench bench;
    beating test = {0};
    lw_clock clock;
    open_with_clock(&bench, "experiment: test\nlease: 40s\nruns: 1\n" SPACE, &test.time_s, &clock);
    const char *const command[] = {"sh", "-c", "until [ -e $0/go ]; do sleep 0.05; done; echo 1", bench.folder, NULL};
    bench.setup.command = command;
    bench.on_event = let_store_be_away;
    bench.of_test = &test;
    lw_test_faulty_store_only(bench.store, "run_beats");
    lw_test_faulty_store_fail(bench.store, 1, LW_TEST_FAIL_BEFORE | LW_TEST_FAIL_FROM_THEN_ON, LW_EUNAVAILABLE);
    bench_run(&bench);
    assert_int_equal(bench.summary.completed, 1);
    const char *first = strstr(bench.told, "is away");
    assert_non_null(first);
    assert_null(strstr(first + 1, "is away"));
    assert_contains(bench.told, "is back");
    bench_close(&bench);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stop_soon_lets_children_end),
        cmocka_unit_test(stop_now_interrupts),
        cmocka_unit_test(stop_requeue_gives_the_same_runs_back),
        cmocka_unit_test(one_run_is_stopped),
        cmocka_unit_test(the_target_ends_it),
        cmocka_unit_test(an_exhausted_space_ends_it),
        cmocka_unit_test(the_time_ends_it),
        cmocka_unit_test(a_paused_experiment_is_waited_for),
        cmocka_unit_test(stop_and_time_end_a_pause),
        cmocka_unit_test(runs_of_others_are_waited_for),
        cmocka_unit_test(what_nobody_beats_for_is_not_waited_for),
        cmocka_unit_test(what_is_given_back_is_no_interruption),
        cmocka_unit_test(an_interruption_leaves_the_files_to_the_next_attempt),
        cmocka_unit_test(a_run_beats_with_its_output_until_it_is_lost),
        cmocka_unit_test(all_runs_beat_in_one_operation),
        cmocka_unit_test(a_store_that_is_away_when_a_beat_is_due_is_told_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
