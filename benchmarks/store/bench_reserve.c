/* Reservations: catching up, a suggestion of `random`, an insertion; beside a find and an insertion of the driver. */
#include <string.h>

#include "bench_common.h"
#include "bench_driver.h"
#include "bench_modes.h"
#include "bench_workers.h"

/* Given to the workers by the fork. */
static int64_t runs_each;
static bool observes;
static char ours[100], bare_ones[110]; /* databases */

static void reserve_with_labwatch(int worker, void (*start)(void), bench_tally *out) {
    (void)worker;
    lw_error error;
    lw_experiment *experiment = parse_experiment(bench_text(), strlen(bench_text()));
    lw_store *store = bench_open_store();
    lw_assistant *assistant = NULL;
    lw_run_counts counts;
    must(lw_assistant_open(&assistant, store, experiment, NULL, &error), &error);
    must(lw_store_run_counts(store, experiment->name, &counts, &error), &error); /* connected, with a mirror */
    start();
    int64_t before = bench_counted.inserts;
    for (int64_t i = 0; i < runs_each; i++) {
        lw_assignment run;
        must(lw_assistant_suggest(assistant, NULL, &run, &error), &error);
        lw_result result = lw_result_of_value(0.5);
        if (observes)
            must(lw_assistant_observe(assistant, run.id, &result, &error), &error);
        lw_assignment_release(&run);
        out->done++;
    }
    out->tries = bench_counted.inserts - before;
    lw_assistant_close(assistant);
    lw_store_close(store);
    lw_experiment_free(experiment);
}

/* The document that labwatch writes is what the bare driver writes, too. */
static bson_t *take_sample(void) {
    bench_bare bare;
    bench_set_database(ours);
    bench_bare_open(&bare);
    bson_t *sample = bench_bare_sample(&bare);
    bench_bare_close(&bare);
    bench_set_database(bare_ones);
    if (!sample)
        exit(1);
    return sample;
}

static void reserve_barely(int worker, void (*start)(void), bench_tally *out) {
    (void)worker;
    bson_t *sample = take_sample();
    bench_bare bare;
    bench_bare_open(&bare);
    bench_bare_find(&bare);
    start();
    while (out->done < runs_each) {
        bench_bare_find(&bare);
        out->tries++;
        if (!bench_bare_insert(&bare, sample))
            continue;
        out->done++;
        if (observes)
            bench_bare_update(&bare, bare.last_id + 1);
    }
    bench_bare_close(&bare);
    bson_destroy(sample);
}

/* What workers were told is done, and is not there. */
static int64_t told;

static void count_lost(int worker, void (*start)(void), bench_tally *out) {
    (void)worker;
    bench_bare bare;
    bench_bare_open(&bare);
    start();
    out->done = told - bench_bare_count(&bare, observes ? "COMPLETED" : "RUNNING");
    bench_bare_close(&bare);
}

static void drop(int worker, void (*start)(void), bench_tally *out) {
    (void)worker;
    (void)out;
    bench_bare bare;
    bench_bare_open(&bare);
    start();
    bench_bare_drop(&bare);
    bench_bare_close(&bare);
}

void bench_drop(void) {
    bench_apart(drop);
}

static void print(const char *what, int workers, const bench_tally *tally) {
    double each = 1 / (double)tally->done;
    printf("%s | %d | %.0f | %.2f | %.3f | %.3f\n", what, workers, (double)tally->done / tally->seconds,
           each * (double)tally->tries, 1e3 * each * tally->cpu_s, 1e3 * each * tally->server_cpu_s);
    fflush(stdout);
}

/* Prints: what | workers | a second | attempts for each | ms of CPU for each | of the server. */
static void measure(const char *what, int workers, int64_t runs) {
    char bare[64];
    runs_each = runs / workers;
    snprintf(ours, sizeof ours, "%s", bench_database());
    snprintf(bare_ones, sizeof bare_ones, "%s_bare", ours);
    bench_drop();
    bench_tally tally = bench_work(workers, reserve_with_labwatch);
    print(what, workers, &tally);
    told = tally.done;
    int64_t lost = bench_work(1, count_lost).done;
    if (lost != 0)
        printf("%lld runs are lost, or there without a word\n", (long long)lost);
    bench_set_database(bare_ones);
    bench_drop();
    tally = bench_work(workers, reserve_barely);
    snprintf(bare, sizeof bare, "%s, bare driver", what);
    print(bare, workers, &tally);
    bench_drop();
    bench_set_database(ours);
    bench_drop();
}

void bench_reserve(int workers, int64_t runs) {
    measure("reservation", workers, runs);
}

void bench_pairs_of_store(int workers, int64_t runs) {
    observes = true;
    measure("reservation and result", workers, runs);
}
