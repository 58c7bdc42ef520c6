/* The runner and the spool, when the store is away. */
#include "faulty_store.h"
#include "runner_bench.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#define TEXT "experiment: test\ncommand: echo {run}\nruns: 3\nspace: {x: !UniformFloat [1, 2]}\n"

static void make_away(runner_bench *bench, const char *operation) {
    lw_test_faulty_store_only(bench->store, operation);
    lw_test_faulty_store_fail(bench->store, 1, LW_TEST_FAIL_BEFORE | LW_TEST_FAIL_FROM_THEN_ON, LW_EUNAVAILABLE);
}

static void make_present(runner_bench *bench) {
    lw_test_faulty_store_fail(bench->store, 0, 0, LW_OK);
}

static void come_back_with_time(runner_bench *bench, const lw_progress *event) {
    if (event->run_id == 0)
        make_present(bench);
}

static int count_told(const runner_bench *bench, const char *words) {
    int n = 0;
    for (const char *at = bench->told; (at = strstr(at, words)); at += strlen(words))
        n++;
    return n;
}

static void results_wait_for_their_store(void **state) {
    (void)state;
    runner_bench bench;
    bench_open(&bench, "faulty:memory:", TEXT);
    make_away(&bench, "run_modify");
    bench.on_event = come_back_with_time;
    bench_run(&bench);
    assert_int_equal(bench.summary.completed, 3);
    assert_int_equal(bench.summary.spooled, 0);
    assert_int_equal(bench.summary.why, LW_BUDGET_REACHED);
    assert_contains(bench.told, "wait in the spool");
    assert_int_equal(bench_count_spooled(&bench, ".json"), 0);
    for (int64_t id = 1; id <= 3; id++)
        assert_true(bench_result(&bench, id) == (double)id);
    bench_close(&bench);
}

static void come_back_after_all_runs(runner_bench *bench, const lw_progress *event) {
    if (event->run_id == 0 && bench->ended == 3)
        make_present(bench);
}

/** As on a full disk: what is there can be read, and what is small may still find room. */
static void a_store_that_takes_no_results_is_told_of_once(void **state) {
    (void)state;
    runner_bench bench;
    bench_open(&bench, "faulty:memory:", TEXT);
    make_away(&bench, "run_modify");
    bench.on_event = come_back_after_all_runs;
    bench_run(&bench);
    assert_int_equal(bench.summary.completed, 3);
    assert_int_equal(count_told(&bench, "is away"), 1);
    assert_int_equal(count_told(&bench, "is back"), 1);
    assert_contains(bench.told, "3 results of the spool were delivered");
    assert_int_equal(bench.warnings, 3);
    bench_close(&bench);
}

static void a_later_runner_delivers(void **state) {
    (void)state;
    runner_bench bench;
    bench_open(&bench, "faulty:memory:", TEXT);
    make_away(&bench, "run_modify");
    bench.stop = LW_STOP_SOON;
    bench.stop_after_started = 1;
    bench_run(&bench);
    assert_int_equal(bench.summary.spooled, 1);
    assert_int_equal(bench_count_spooled(&bench, ".json"), 1);
    bench_expect(&bench, 1, LW_STATUS_RUNNING, LW_FAILURE_NONE, NULL);
    make_present(&bench);
    bench.stop = LW_STOP_NOT;
    bench_run(&bench);
    assert_int_equal(bench.summary.spooled, 0);
    assert_int_equal(bench.summary.completed, 2);
    assert_int_equal(bench_count_spooled(&bench, ".json"), 0);
    assert_true(bench_result(&bench, 1) == 1);
    bench_close(&bench);
}

static void taking_waits_for_the_store(void **state) {
    (void)state;
    runner_bench bench;
    bench_open(&bench, "faulty:memory:", TEXT);
    make_away(&bench, NULL);
    bench.on_event = come_back_with_time;
    bench_run(&bench);
    assert_int_equal(bench.summary.completed, 3);
    assert_contains(bench.told, "is away");
    assert_contains(bench.told, "is back");
    bench_close(&bench);
}

static void a_result_that_its_store_does_not_take_is_told_of(void **state) {
    (void)state;
    runner_bench bench;
    bench_open(&bench, "faulty:memory:", TEXT);
    make_away(&bench, "run_modify");
    bench.stop = LW_STOP_SOON;
    bench.stop_after_started = 1;
    bench_run(&bench);
    assert_int_equal(bench_count_spooled(&bench, ".json"), 1);
    lw_test_faulty_store_fail(bench.store, 1, LW_TEST_FAIL_BEFORE, LW_ESTORE);
    bench.stop = LW_STOP_NOT;
    bench_run(&bench);
    assert_int_equal(count_told(&bench, "the result of run 1 stays in the spool"), 1);
    assert_int_equal(bench.summary.completed, 2);
    assert_int_equal(bench_count_spooled(&bench, ".json"), 0);
    assert_true(bench_result(&bench, 1) == 1);
    bench_close(&bench);
}

static void a_lost_reply_counts_once(void **state) {
    (void)state;
    runner_bench bench;
    bench_open(&bench, "faulty:memory:", TEXT);
    lw_test_faulty_store_only(bench.store, "run_modify");
    lw_test_faulty_store_fail(bench.store, 1, LW_TEST_FAIL_AFTER, LW_EUNAVAILABLE);
    bench_run(&bench);
    assert_int_equal(bench.summary.completed, 3);
    assert_int_equal(bench.summary.spooled, 0);
    lw_run_counts counts;
    assert_ok(lw_store_run_counts(bench.store, "test", &counts, &bench.error), bench.error);
    assert_int_equal(counts.own, 3);
    assert_int_equal(counts.by_status[LW_STATUS_COMPLETED], 3);
    bench_close(&bench);
}

static void a_damaged_store_ends_it_with_the_results_kept(void **state) {
    (void)state;
    runner_bench bench;
    bench_open(&bench, "faulty:memory:", TEXT);
    lw_test_faulty_store_only(bench.store, "run_modify");
    lw_test_faulty_store_fail(bench.store, 1, LW_TEST_FAIL_BEFORE | LW_TEST_FAIL_FROM_THEN_ON, LW_ESTORE);
    assert_int_equal(lw_runner_run(bench.assistant, &bench.setup, &bench.summary, &bench.error), LW_ESTORE);
    assert_int_equal(bench.started, 1);
    assert_int_equal(bench.summary.spooled, 1);
    assert_int_equal(bench_count_spooled(&bench, ".json"), 1);
    bench_close(&bench);
}

static void a_result_that_nobody_takes_is_an_error(void **state) {
    (void)state;
    runner_bench bench;
    bench_open(&bench, "faulty:memory:", TEXT);
    make_away(&bench, "run_modify");
    FILE *file = fopen(bench.setup.spool, "w"); /* where the folder should be */
    assert_non_null(file);
    (void)fclose(file);
    assert_int_equal(lw_runner_run(bench.assistant, &bench.setup, &bench.summary, &bench.error), LW_EIO);
    assert_contains(bench.error.message, "is lost");
    bench_close(&bench);
}

static void enqueue(runner_bench *bench, int n) {
    lw_wish wish = {.queue = true};
    lw_assignment run;
    for (int i = 0; i < n; i++) {
        assert_ok(lw_assistant_suggest(bench->assistant, &wish, &run, &bench->error), bench->error);
        lw_assignment_release(&run);
    }
}

/** Holds the one result in the spool, as a process that delivers it does. */
static int hold_the_result(const runner_bench *bench) {
    DIR *folder = opendir(bench->setup.spool);
    assert_non_null(folder);
    const struct dirent *entry;
    while ((entry = readdir(folder)) && entry->d_name[0] == '.')
        ;
    assert_non_null(entry);
    int file = open(lw_test_path(bench->setup.spool, entry->d_name), O_RDONLY | O_CLOEXEC);
    (void)closedir(folder);
    assert_int_equal(flock(file, LOCK_EX), 0);
    return file;
}

static void what_others_left_is_not_counted(void **state) {
    (void)state;
    runner_bench bench;
    bench_open(&bench, "faulty:memory:", TEXT);
    enqueue(&bench, 2);
    lw_result result = lw_result_of_value(0.5);
    assert_ok(lw_spool_put(bench.setup.spool, bench.setup.store_url, "test", 1, &result, &bench.error), bench.error);
    int held = hold_the_result(&bench);
    assert_ok(lw_runner_exec(bench.assistant, 2, &bench.setup, &bench.summary, &bench.error), bench.error);
    assert_int_equal(bench.summary.completed, 1);
    assert_int_equal(bench.summary.spooled, 0);
    assert_int_equal(bench_count_spooled(&bench, ".json"), 1);
    (void)close(held);
    bench_close(&bench);
}

/** Every operation fails once, before or after it is done, and the budget is met all the same. */
static void sweep_operations(int n_queued, int last_how) {
    for (int how = LW_TEST_FAIL_BEFORE; how <= last_how; how++) {
        for (uint64_t n = 1;; n++) {
            runner_bench bench;
            bench_open(&bench, "faulty:memory:", TEXT);
            enqueue(&bench, n_queued);
            lw_test_faulty_store_fail(bench.store, n, how, LW_EUNAVAILABLE);
            bench.setup.progress = NULL;
            bench_run(&bench);
            bool enough = lw_test_faulty_store_fail(bench.store, 0, 0, LW_OK) < n;
            lw_run_counts counts;
            assert_ok(lw_store_run_counts(bench.store, "test", &counts, &bench.error), bench.error);
            assert_int_equal(counts.by_status[LW_STATUS_COMPLETED], 3);
            assert_int_equal(counts.budget_used, 3);
            assert_int_equal(bench.summary.spooled, 0);
            bench_close(&bench);
            if (enough)
                break;
        }
    }
}

static void each_operation_may_be_away_once(void **state) {
    (void)state;
    sweep_operations(0, LW_TEST_FAIL_AFTER);
}

static void each_operation_on_queued_runs_may_be_away_once(void **state) {
    (void)state;
    sweep_operations(2, LW_TEST_FAIL_AFTER);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(results_wait_for_their_store),
        cmocka_unit_test(a_store_that_takes_no_results_is_told_of_once),
        cmocka_unit_test(a_later_runner_delivers),
        cmocka_unit_test(taking_waits_for_the_store),
        cmocka_unit_test(a_result_that_its_store_does_not_take_is_told_of),
        cmocka_unit_test(a_lost_reply_counts_once),
        cmocka_unit_test(a_damaged_store_ends_it_with_the_results_kept),
        cmocka_unit_test(a_result_that_nobody_takes_is_an_error),
        cmocka_unit_test(what_others_left_is_not_counted),
        cmocka_unit_test(each_operation_may_be_away_once),
        cmocka_unit_test(each_operation_on_queued_runs_may_be_away_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
