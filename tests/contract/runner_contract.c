/* The runner: results, failures, placeholders, the environment, the budget. */
#include <sys/stat.h>

#include "runner_bench.h"

#define ONE_RUN "runs: 1\nspace: {x: !UniformFloat [1, 2]}\n"

/** Executes one run of `sh -c script` under further lines of the experiment file. */
static void run_script(runner_bench *bench, const char *lines, const char *script) {
    char text[1024];
    const char *const command[] = {"sh", "-c", script, NULL};
    snprintf(text, sizeof text, "experiment: test\n%s%s", lines, ONE_RUN);
    bench_open(bench, "memory:", text);
    bench->setup.command = command;
    bench_run(bench);
    bench->setup.command = NULL;
    assert_int_equal(bench->summary.why, LW_BUDGET_REACHED);
    assert_int_equal(bench->started, 1);
    assert_int_equal(bench->ended, 1);
    assert_int_equal(bench->warnings, 0);
}

static void expect_result(const char *lines, const char *script, double result) {
    runner_bench bench;
    run_script(&bench, lines, script);
    assert_int_equal(bench.summary.completed, 1);
    assert_true(bench_result(&bench, 1) == result);
    bench_close(&bench);
}

static void expect_failure(const char *lines, const char *script, lw_failure failure, const char *part) {
    runner_bench bench;
    run_script(&bench, lines, script);
    assert_int_equal(bench.summary.failed, 1);
    bench_expect(&bench, 1, failure == LW_FAILURE_TIMEOUT ? LW_STATUS_TIMEOUT : LW_STATUS_FAILED, failure, part);
    bench_close(&bench);
}

static void three_runs_one_after_the_other(void **state) {
    (void)state;
    runner_bench bench;
    bench_open(&bench, "memory:", "experiment: test\ncommand: echo {x}\nruns: 3\nspace: {x: !UniformInt [1, 100]}\n");
    bench_run(&bench);
    assert_int_equal(bench.summary.completed, 3);
    assert_int_equal(bench.summary.why, LW_BUDGET_REACHED);
    assert_int_equal(bench.started, 3);
    assert_int_equal(bench.most_running, 1);
    for (int64_t id = 1; id <= 3; id++) {
        lw_run run;
        bson_iter_t x;
        bench_get(&bench, id, &run);
        assert_true(bson_iter_init_find(&x, run.config, "x"));
        assert_close(run.cost, bson_iter_as_double(&x), 0);
        assert_true(run.duration_s >= 0);
        assert_true(bson_has_field(run.info, "cpu_s"));
        lw_run_release(&run);
    }
    bench_run(&bench); /* again: there is nothing left to do, which is no failure */
    assert_int_equal(bench.summary.completed, 0);
    assert_int_equal(bench.summary.why, LW_BUDGET_REACHED);
    bench_close(&bench);
}

static void processor_time_is_whole_microseconds(void **state) {
    (void)state;
    runner_bench bench;
    bench_open(&bench, "memory:", "experiment: test\ncommand: echo {x}\nruns: 10\nspace: {x: !UniformFloat [1, 100]}\n");
    bench_run(&bench);
    for (int64_t id = 1; id <= 10; id++) {
        lw_run run;
        bson_iter_t cpu;
        char digits[32];
        bench_get(&bench, id, &run);
        assert_true(bson_iter_init_find(&cpu, run.info, "cpu_s"));
        snprintf(digits, sizeof digits, "%.6f", bson_iter_double(&cpu));
        assert_true(strtod(digits, NULL) == bson_iter_double(&cpu));
        lw_run_release(&run);
    }
    bench_close(&bench);
}

static void numbers_become_results(void **state) {
    (void)state;
    expect_result("", "echo 1; echo loss 0.25", 0.25);
    expect_result("cost: {regex: 'a=([0-9.]+)', goal: maximize}\n", "echo a=0.5; echo a=0.75; echo 9", 0.75);
    expect_result("", "echo 3 > \"$LABWATCH_RESULT\"; echo 4", 3);
    expect_result("cost: {name: loss}\n", "echo '{{\"loss\": 0.5, \"epochs\": 3}}' > \"$LABWATCH_RESULT\"", 0.5);
    expect_result("cost: {name: loss}\n", "echo '{{\"loss\": \"0.5\"}}' > \"$LABWATCH_RESULT\"", 0.5);
    expect_result("cost: {name: loss}\n", "echo '{{\"loss\": 2, \"other\": NaN}}' > \"$LABWATCH_RESULT\"", 2);
    expect_result("", ": > \"$LABWATCH_RESULT\"; echo 7", 7);
}

static void a_result_object_is_kept_whole(void **state) {
    (void)state;
    runner_bench bench;
    lw_run run;
    bson_iter_t at, result;
    run_script(&bench, "cost: {name: loss}\n", "echo '{{\"loss\": 0.5, \"epochs\": 3}}' > \"$LABWATCH_RESULT\"");
    bench_get(&bench, 1, &run);
    assert_true(bson_iter_init(&at, run.result) && bson_iter_find_descendant(&at, "result.epochs", &result));
    assert_int_equal(bson_iter_int32(&result), 3);
    lw_run_release(&run);
    bench_close(&bench);
}

static void each_failure_has_its_kind_and_sentence(void **state) {
    (void)state;
    expect_failure("", "echo out of luck >&2; exit 3", LW_FAILURE_CRASH, "exit code 3: out of luck");
    expect_failure("", "kill -SEGV $$", LW_FAILURE_CRASH, "SIGSEGV");
    expect_failure("", "kill -KILL $$", LW_FAILURE_CRASH, "SIGKILL");
    expect_failure("timeout: 0.2s\n", "exec sleep 60", LW_FAILURE_TIMEOUT, "time limit");
    expect_failure("", "echo nan", LW_FAILURE_NAN, "not a number");
    expect_failure("", "echo -inf", LW_FAILURE_NAN, "infinite");
    expect_failure("", "echo 1e999", LW_FAILURE_NAN, "infinite");
    expect_failure("", "echo done", LW_FAILURE_CRASH, "no number");
    expect_failure("", "true", LW_FAILURE_CRASH, "nothing was printed");
    expect_failure("cost: {regex: 'a=([0-9]+)'}\n", "echo b=1", LW_FAILURE_CRASH, "no result");
    expect_failure("", "mkfifo \"$LABWATCH_RESULT\"", LW_FAILURE_CRASH, "not a regular file");
    expect_failure("cost: {name: loss}\n", "echo '{{\"los\": 1}}' > \"$LABWATCH_RESULT\"", LW_FAILURE_CRASH, "loss");
    expect_failure("cost: {name: loss}\n", "echo '{{\"loss\": NaN}}' > \"$LABWATCH_RESULT\"", LW_FAILURE_NAN,
                   "not a number");
}

static void too_much_memory_is_a_failure_of_its_kind(void **state) {
    (void)state;
    expect_failure("memory: 30M\n", "x=$(head -c 100000000 /dev/zero | tr '\\0' x); sleep 60; echo $x",
                   LW_FAILURE_MEMORY, "memory");
}

static void output_is_kept_in_bounds(void **state) {
    (void)state;
    runner_bench bench;
    lw_run run;
    run_script(&bench, "", "echo first; head -c 3000000 /dev/zero | tr '\\0' x; echo; echo 5");
    bench_get(&bench, 1, &run);
    assert_true(run.cost == 5);
    assert_true(strncmp(run.captured_out, "first\n", 6) == 0);
    assert_contains(run.captured_out, "left out");
    assert_true(strlen(run.captured_out) < 300000);
    lw_run_release(&run);
    bench_close(&bench);
}

static void the_environment_tells_the_run(void **state) {
    (void)state;
    runner_bench bench;
    lw_run run;
    struct stat status;
    char script[512], shown[1024];
    run_script(&bench, "",
               "echo $LABWATCH_EXPERIMENT $LABWATCH_RUN $LABWATCH_SLOT $LABWATCH_STORE; echo $LABWATCH_SEED;"
               "cat $LABWATCH_CONFIG; stat -c %a $(dirname $LABWATCH_CONFIG); echo $LABWATCH_CONFIG; echo 1");
    bench_get(&bench, 1, &run);
    assert_true(strncmp(run.captured_out, "test 1 0 memory:\n", 17) == 0);
    snprintf(script, sizeof script, "\n%llu\n{\n  \"x\": ", (unsigned long long)run.seed);
    assert_contains(run.captured_out, script);
    assert_contains(run.captured_out, "\n700\n/");
    /* Everything is tidied up. */
    const char *path = strstr(run.captured_out, "\n700\n") + 5;
    snprintf(shown, sizeof shown, "%.*s", (int)(strstr(path, "/run-1") - path), path);
    assert_int_equal(stat(shown, &status), -1);
    lw_run_release(&run);
    bench_close(&bench);
}

static void placeholders_are_filled_in_without_a_shell(void **state) {
    (void)state;
    runner_bench bench;
    lw_run run;
    bench_open(&bench, "memory:",
               "experiment: test\n"
               "command: [printf, '%s|', '{quote}', '{semi}', '{dollar}', '{lines}', '{net}', '{net.layers}', "
               "'{sizes.1}', 'x{x}y', '{run}',\n"
               "  '{slot}', '{seed}', '{experiment}', \"\\n1 \"]\n"
               "runs: 1\n"
               "space:\n  quote: \"it's \\\"\"\n  semi: '; exit 1'\n  dollar: $(exit 1)\n  lines: \"a\\nb\"\n"
               "  net: {layers: 3, name: deep}\n  sizes: [4, 5]\n  x: !Categorical [a b, a b c]\n  seed: mine\n");
    bench_run(&bench);
    assert_true(bench_result(&bench, 1) == 1);
    bench_get(&bench, 1, &run);
    assert_contains(run.captured_out, "it's \"|; exit 1|$(exit 1)|a\nb|{\"layers\": 3, \"name\": \"deep\"}|3|5|xa b");
    assert_contains(run.captured_out, "y|1|0|mine|test|\n1 |");
    lw_run_release(&run);
    bench_close(&bench);
}

static void a_command_that_cannot_be_run_is_an_error(void **state) {
    (void)state;
    runner_bench bench;
    const char *const unknown[] = {"echo", "{learning_rte}", NULL};
    const char *const missing[] = {"./no-such-program", "{learning_rate}", NULL};
    bench_open(&bench, "memory:", "experiment: test\nruns: 5\nspace: {learning_rate: !UniformFloat [1, 2]}\n");
    assert_int_equal(lw_runner_run(bench.assistant, &bench.setup, &bench.summary, &bench.error), LW_EINVAL);
    assert_contains(bench.error.message, "no command");
    bench.setup.command = unknown;
    assert_int_equal(lw_runner_run(bench.assistant, &bench.setup, &bench.summary, &bench.error), LW_EINVAL);
    assert_contains(bench.error.message, "learning_rate");
    assert_int_equal(bench.started, 0);
    /* It is not the configuration's fault: its run waits for the next try. */
    bench.setup.command = missing;
    bench.setup.jobs = 3;
    assert_int_equal(lw_runner_run(bench.assistant, &bench.setup, &bench.summary, &bench.error), LW_EINVAL);
    assert_contains(bench.error.message, "no-such-program");
    assert_int_equal(bench.summary.requeued, 1);
    bench_expect(&bench, 1, LW_STATUS_QUEUED, LW_FAILURE_NONE, NULL);
    const char *const good[] = {"echo", "{learning_rate}", NULL};
    bench.setup.command = good;
    bench_run(&bench);
    assert_int_equal(bench.summary.completed, 5);
    bench_close(&bench);
}

static void a_program_chosen_by_the_configuration_fails_alone(void **state) {
    (void)state;
    runner_bench bench;
    bench_open(&bench, "memory:",
               "experiment: test\ncommand: '{program} 1'\nruns: 2\noptimizer: grid\nspace: {program: !Categorical "
               "[echo, no-such-program]}\n");
    bench_run(&bench);
    assert_int_equal(bench.summary.completed, 1);
    assert_int_equal(bench.summary.failed, 1);
    bench_close(&bench);
}

static void what_never_works_does_not_use_up_the_budget(void **state) {
    (void)state;
    runner_bench bench;
    bench_open(
        &bench, "memory:",
        "experiment: test\ncommand: sh -c 'echo no data >&2; exit 1'\nruns: 1000\nspace: {x: !UniformFloat [1, 2]}\n");
    assert_int_equal(lw_runner_run(bench.assistant, &bench.setup, &bench.summary, &bench.error), LW_EINVAL);
    assert_int_equal(bench.summary.failed, 20);
    assert_contains(bench.error.message, "no data");
    bench_close(&bench);
}

static void jobs_run_at_once_in_slots_of_their_own(void **state) {
    (void)state;
    runner_bench bench;
    /* Each waits until all four have begun. */
    bench_open(&bench, "memory:", "experiment: test\nruns: 8\nspace: {x: !UniformFloat [1, 2]}\n");
    const char *const command[] = {
        "sh",
        "-c",
        "mkdir -p $0; : > $0/$1; while [ $(ls $0 | wc -l) -lt 4 ]; do sleep 0.01; done; echo $1",
        strdup(lw_test_path(bench.folder, "here")),
        "{slot}",
        NULL};
    bench.setup.command = command;
    bench.setup.jobs = 4;
    bench_run(&bench);
    free((char *)(uintptr_t)command[3]);
    assert_int_equal(bench.summary.completed, 8);
    assert_int_equal(bench.most_running, 4);
    unsigned slots = 0;
    for (int64_t id = 1; id <= 8; id++)
        slots |= 1u << (int)bench_result(&bench, id);
    assert_int_equal(slots, 0xf);
    bench_close(&bench);
}

static void one_run_is_executed_by_its_id(void **state) {
    (void)state;
    runner_bench bench;
    lw_assignment run;
    const char *const failing[] = {"sh", "-c", "exit 4", NULL};
    bench_open(&bench, "memory:", "experiment: test\ncommand: echo {x}\nruns: 9\nspace: {x: !UniformInt [1, 100]}\n");
    for (int i = 0; i < 2; i++) {
        assert_ok(lw_assistant_suggest(bench.assistant, NULL, &run, &bench.error), bench.error);
        lw_assignment_release(&run);
    }
    assert_ok(lw_runner_exec(bench.assistant, 2, &bench.setup, &bench.summary, &bench.error), bench.error);
    assert_int_equal(bench.summary.completed, 1);
    assert_true(bench_result(&bench, 2) >= 1);
    bench.setup.command = failing;
    assert_ok(lw_runner_exec(bench.assistant, 1, &bench.setup, &bench.summary, &bench.error), bench.error);
    assert_int_equal(bench.summary.failed, 1);
    assert_contains(bench.error.message, "exit code 4");
    assert_int_equal(lw_runner_exec(bench.assistant, 1, &bench.setup, &bench.summary, &bench.error), LW_ECONFLICT);
    assert_int_equal(lw_runner_exec(bench.assistant, 77, &bench.setup, &bench.summary, &bench.error), LW_ENOTFOUND);
    bench_close(&bench);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(three_runs_one_after_the_other),
        cmocka_unit_test(processor_time_is_whole_microseconds),
        cmocka_unit_test(numbers_become_results),
        cmocka_unit_test(a_result_object_is_kept_whole),
        cmocka_unit_test(each_failure_has_its_kind_and_sentence),
        cmocka_unit_test(too_much_memory_is_a_failure_of_its_kind),
        cmocka_unit_test(output_is_kept_in_bounds),
        cmocka_unit_test(the_environment_tells_the_run),
        cmocka_unit_test(placeholders_are_filled_in_without_a_shell),
        cmocka_unit_test(a_command_that_cannot_be_run_is_an_error),
        cmocka_unit_test(a_program_chosen_by_the_configuration_fails_alone),
        cmocka_unit_test(what_never_works_does_not_use_up_the_budget),
        cmocka_unit_test(jobs_run_at_once_in_slots_of_their_own),
        cmocka_unit_test(one_run_is_executed_by_its_id),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
