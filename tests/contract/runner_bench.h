/**
 * What the runner's tests share: an experiment in a store of its own, and what the runner told meanwhile.
 */
#ifndef LABWATCH_TESTS_RUNNER_BENCH_H
#define LABWATCH_TESTS_RUNNER_BENCH_H

#include "testing.h"

#include <labwatch/labwatch.h>

typedef struct runner_bench {
    char *folder; /**< empty in the beginning; the spool is in it, too */
    char url[1024];
    lw_store *store;
    lw_assistant *assistant;
    lw_runner_setup setup; /**< to be changed by a test */
    lw_runner_summary summary;
    lw_error error;

    int started, ended, ticks, warnings;
    int most_running;
    bool waited;
    char told[4096]; /**< all warnings, a line each */
    /** what stop gives once so many runs have started, and after so many ticks; LW_STOP_NOT by default */
    lw_stop stop;
    int stop_after_started, stop_after_ticks;
    /** called with each event; may be NULL */
    void (*on_event)(struct runner_bench *bench, const lw_progress *event);
    void *of_test;
} runner_bench;

/** Opens an experiment with that text in a new store: url is "faulty:memory:", "sqlite", … ("sqlite": a file in the
 * folder). */
void bench_open(runner_bench *bench, const char *url, const char *text);
/** Opens the same store a second time (only files), or another assistant to the same one. */
lw_assistant *bench_open_assistant(lw_store *store, const char *text);
void bench_close(runner_bench *bench);

/** Runs it; LW_OK is expected. */
void bench_run(runner_bench *bench);
/** A run as the store has it; to be released. */
void bench_get(runner_bench *bench, int64_t id, lw_run *out);
/** Fails unless run id has that status and failure, and its reason contains part (NULL: has no reason). */
void bench_expect(runner_bench *bench, int64_t id, lw_status status, lw_failure failure, const char *part);
/** The result of a completed run. */
double bench_result(runner_bench *bench, int64_t id);
/** How many files there are in the spool with that ending. */
int bench_count_spooled(const runner_bench *bench, const char *ending);

#endif
