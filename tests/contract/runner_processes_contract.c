/* The runner: several processes on one SQLite file share a budget exactly, and die without harm. */
#include <signal.h>
#include <sys/wait.h>

#include "runner_bench.h"

enum { WORKERS = 8, RUNS = 200 };

static const char *own_path;

/* This program, called with words, is a worker. */

static int work(const char *url, const char *text, const char *spool) {
    lw_store *store = NULL;
    lw_experiment *experiment = NULL;
    lw_assistant *assistant = NULL;
    lw_error error;
    lw_runner_summary summary;
    lw_runner_setup setup = {.jobs = 2, .store_url = url, .spool = spool};
    int rc = lw_store_open(&store, url, NULL, NULL, &error);
    if (rc == LW_OK)
        rc = lw_experiment_parse(&experiment, text, strlen(text), "test.yaml", NULL, &error);
    if (rc == LW_OK)
        rc = lw_assistant_open(&assistant, store, experiment, NULL, &error);
    if (rc == LW_OK)
        rc = lw_runner_run(assistant, &setup, &summary, &error);
    if (rc != LW_OK)
        fprintf(stderr, "worker: %s\n", error.message);
    lw_assistant_close(assistant);
    lw_experiment_free(experiment);
    lw_store_close(store);
    return rc == LW_OK && summary.why == LW_BUDGET_REACHED && summary.spooled == 0 ? 0 : 1;
}

static pid_t start_worker(const runner_bench *bench, const char *text) {
    pid_t id = fork();
    if (id == 0) {
        (void)setenv("TMPDIR", bench->folder, 1); /* what a killed worker cannot tidy up goes with it */
        execl(own_path, own_path, "work", bench->url, text, bench->setup.spool, (char *)NULL);
        _exit(127);
    }
    assert_true(id > 0);
    return id;
}

static void expect_success(pid_t worker) {
    int status;
    assert_int_equal(waitpid(worker, &status, 0), worker);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

static void expect_completed(runner_bench *bench, int64_t runs) {
    lw_run_counts counts;
    assert_ok(lw_store_run_counts(bench->store, "test", &counts, &bench->error), bench->error);
    assert_int_equal(counts.budget_used, runs);
    assert_int_equal(counts.by_status[LW_STATUS_COMPLETED], runs);
    assert_int_equal(counts.last_id, counts.own);
}

static void eight_processes_share_a_budget(void **state) {
    (void)state;
    runner_bench bench;
    char text[256];
    pid_t workers[WORKERS];
    snprintf(text, sizeof text, "experiment: test\ncommand: echo {x}\nruns: %d\nspace: {x: !UniformFloat [0, 1]}\n",
             RUNS);
    bench_open(&bench, "sqlite", text);
    for (int i = 0; i < WORKERS; i++)
        workers[i] = start_worker(&bench, text);
    for (int i = 0; i < WORKERS; i++)
        expect_success(workers[i]);
    expect_completed(&bench, RUNS);
    bench_close(&bench);
}

/** Opens the experiment whose runs say that they have started, and then wait for a file "go" in the folder. */
static void open_waiting(runner_bench *bench, char *text, size_t size) {
    bench_open(bench, "sqlite", "experiment: other\nspace: {x: !UniformFloat [0, 1]}\n");
    snprintf(text, size,
             "experiment: test\nruns: 3\nretries: 1\nspace: {x: !UniformFloat [0, 1], folder: '%s'}\n"
             "command: [sh, -c, 'echo > $0/started; until [ -e $0/go ]; do sleep 0.02; done; echo {x}', '{folder}']\n",
             bench->folder);
}

static void touch(const char *path) {
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    (void)fclose(file);
}

static void what_a_killed_process_had_is_tried_again(void **state) {
    (void)state;
    runner_bench bench;
    lw_run run;
    char text[1024];
    open_waiting(&bench, text, sizeof text);
    pid_t worker = start_worker(&bench, text);
    while (access(lw_test_path(bench.folder, "started"), F_OK) != 0)
        usleep(10000);
    assert_int_equal(kill(worker, SIGKILL), 0);
    assert_int_equal(waitpid(worker, NULL, 0), worker);
    touch(lw_test_path(bench.folder, "go"));
    expect_success(start_worker(&bench, text));
    expect_completed(&bench, 3);
    bench_get(&bench, 1, &run);
    assert_int_equal(run.attempt, 2);
    lw_run_release(&run);
    bench_close(&bench);
}

/** Reads as many process ids as the folder's file pids has lines. */
static int read_ids(const runner_bench *bench, pid_t *out, int most) {
    FILE *file = fopen(lw_test_path(bench->folder, "pids"), "r");
    int n = 0, id;
    while (file && n < most && fscanf(file, "%d", &id) == 1)
        out[n++] = id;
    if (file)
        (void)fclose(file);
    return n;
}

/** A zombie, which init may or may not take, has no environment. */
static bool is_running(pid_t id) {
    char path[64];
    (void)snprintf(path, sizeof path, "/proc/%d/environ", (int)id);
    FILE *file = fopen(path, "r");
    bool running = file && fgetc(file) != EOF;
    if (file)
        (void)fclose(file);
    return running;
}

static void what_a_killed_process_left_running_is_ended_before_another_try(void **state) {
    (void)state;
    runner_bench bench;
    lw_run run;
    char text[1024];
    pid_t left[2];
    bench_open(&bench, "sqlite", "experiment: other\nspace: {x: !UniformFloat [0, 1]}\n");
    snprintf(text, sizeof text,
             "experiment: test\nruns: 1\nretries: 1\nspace: {x: !UniformFloat [0, 1], folder: '%s'}\n"
             "command: [sh, -c, 'if [ -e $0/pids ]; then echo 1; exit; fi; trap \"\" TERM; sleep 300 & echo $! > $0/p;"
             " (trap - TERM; exec setsid sleep 300) & echo $! >> $0/p; mv $0/p $0/pids; trap - TERM; sleep 300', '{folder}']\n",
             bench.folder);
    pid_t worker = start_worker(&bench, text);
    while (read_ids(&bench, left, 2) < 2)
        usleep(10000);
    assert_int_equal(kill(worker, SIGKILL), 0);
    assert_int_equal(waitpid(worker, NULL, 0), worker);
    assert_true(is_running(left[0]));
    assert_true(is_running(left[1]));
    expect_success(start_worker(&bench, text));
    assert_false(is_running(left[0]));
    assert_false(is_running(left[1]));
    bench_get(&bench, 1, &run);
    assert_int_equal(run.attempt, 2);
    char *notes = lw_document_to_json(run.notes, false);
    assert_non_null(strstr(notes, "the worker of attempt 1 was gone, but"));
    lw_free(notes);
    lw_run_release(&run);
    bench_close(&bench);
}

int main(int count, char **words) {
    if (count == 5 && strcmp(words[1], "work") == 0)
        return work(words[2], words[3], words[4]);
    own_path = words[0];
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(eight_processes_share_a_budget),
        cmocka_unit_test(what_a_killed_process_had_is_tried_again),
        cmocka_unit_test(what_a_killed_process_left_running_is_ended_before_another_try),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
