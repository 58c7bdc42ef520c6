#include "runner_bench.h"

#include <dirent.h>

#include "faulty_store.h"

static lw_stop tell_stop(void *self) {
    const runner_bench *bench = self;
    bool due = bench->started >= bench->stop_after_started && bench->ticks >= bench->stop_after_ticks;
    return due ? bench->stop : LW_STOP_NOT;
}

static void note_progress(void *self, const lw_progress *event) {
    runner_bench *bench = self;
    if (event->run_id == 0)
        bench->ticks++;
    else if (event->started)
        bench->started++;
    else
        bench->ended++;
    if (event->running > bench->most_running)
        bench->most_running = event->running;
    bench->waited |= event->waiting;
    if (bench->on_event)
        bench->on_event(bench, event);
}

static void note_warning(void *self, const char *sentence) {
    runner_bench *bench = self;
    size_t length = strlen(bench->told);
    bench->warnings++;
    snprintf(bench->told + length, sizeof bench->told - length, "%s\n", sentence);
}

lw_assistant *bench_open_assistant(lw_store *store, const char *text) {
    lw_experiment *experiment = NULL;
    lw_assistant *assistant = NULL;
    lw_error error;
    assert_ok(lw_experiment_parse(&experiment, text, strlen(text), "test.yaml", NULL, &error), error);
    assert_ok(lw_assistant_open(&assistant, store, experiment, NULL, &error), error);
    lw_experiment_free(experiment);
    return assistant;
}

void bench_open(runner_bench *bench, const char *url, const char *text) {
    *bench = (runner_bench){.folder = lw_test_make_folder()};
    if (strcmp(url, "sqlite") == 0)
        snprintf(bench->url, sizeof bench->url, "sqlite:%s/runs.db", bench->folder);
    else
        snprintf(bench->url, sizeof bench->url, "%s", url);
    assert_ok(lw_store_open(&bench->store, bench->url, NULL, lw_test_faulty_types, &bench->error), bench->error);
    bench->assistant = bench_open_assistant(bench->store, text);
    bench->setup = (lw_runner_setup){.store_url = bench->url,
                                     .spool = strdup(lw_test_path(bench->folder, "spool")),
                                     .checkpoints = bench->folder,
                                     .stop = tell_stop,
                                     .progress = note_progress,
                                     .warn = note_warning,
                                     .self = bench};
}

void bench_close(runner_bench *bench) {
    lw_assistant_close(bench->assistant);
    lw_store_close(bench->store);
    free((char *)(uintptr_t)bench->setup.spool);
    lw_test_remove_folder(bench->folder);
}

void bench_run(runner_bench *bench) {
    assert_ok(lw_runner_run(bench->assistant, &bench->setup, &bench->summary, &bench->error), bench->error);
}

void bench_get(runner_bench *bench, int64_t id, lw_run *out) {
    assert_ok(lw_store_run_get(bench->store, id, out, &bench->error), bench->error);
}

void bench_expect(runner_bench *bench, int64_t id, lw_status status, lw_failure failure, const char *part) {
    lw_run run;
    bench_get(bench, id, &run);
    if (run.status != status || run.failure != failure)
        fail_msg("run %d is %s, failure '%s' (%s)", (int)id, lw_status_name(run.status), lw_failure_name(run.failure),
                 run.reason ? run.reason : "no reason");
    if (part) {
        assert_non_null(run.reason);
        assert_contains(run.reason, part);
    } else {
        assert_null(run.reason);
    }
    lw_run_release(&run);
}

double bench_result(runner_bench *bench, int64_t id) {
    lw_run run;
    bench_get(bench, id, &run);
    if (run.status != LW_STATUS_COMPLETED)
        fail_msg("run %d is %s: %s", (int)id, lw_status_name(run.status), run.reason ? run.reason : "no reason");
    double value = run.cost;
    lw_run_release(&run);
    return lw_experiment_cost(lw_assistant_experiment(bench->assistant), value);
}

int bench_count_spooled(const runner_bench *bench, const char *ending) {
    DIR *folder = opendir(bench->setup.spool);
    int count = 0;
    for (const struct dirent *entry; folder && (entry = readdir(folder));) {
        size_t length = strlen(entry->d_name);
        count += length > strlen(ending) && strcmp(entry->d_name + length - strlen(ending), ending) == 0;
    }
    if (folder)
        (void)closedir(folder);
    return count;
}
