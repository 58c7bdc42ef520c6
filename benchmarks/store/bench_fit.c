/* A model that takes a second to fit: how often it is fitted, and how often only the cheap half is repeated. */
#include <string.h>

#include "bench_common.h"
#include "bench_driver.h"
#include "bench_modes.h"
#include "bench_workers.h"

static int64_t runs_each;
static int64_t n_fits, n_repeats;

typedef struct slow {
    int64_t fitted_to;
} slow;

static int slow_init(void *state, const lw_optimizer_setup *setup, lw_error *error) {
    (void)setup;
    (void)error;
    ((slow *)state)->fitted_to = -1;
    return LW_OK;
}

/* Asked again after a lost race, the last run that the model is of is the same. */
static int slow_suggest(void *state, const lw_request *request, lw_proposal *proposal, lw_error *error) {
    slow *self = state;
    if (self->fitted_to != request->fit_last_id) {
        nanosleep(&(struct timespec){.tv_sec = 1}, NULL);
        self->fitted_to = request->fit_last_id;
        n_fits++;
    } else {
        n_repeats++;
    }
    return lw_config_sample(proposal->config, request->stream, error);
}

static const lw_optimizer_type slow_type = {
    .name = "slow",
    .summary = "A model that takes a second",
    .source = "benchmarks/store",
    .reads = LW_READS_HISTORY,
    .state_size = sizeof(slow),
    .init = slow_init,
    .suggest_configuration = slow_suggest,
};

static void work(int worker, void (*start)(void), bench_tally *out) {
    (void)worker;
    static const lw_optimizer_type *const types[] = {&slow_type, NULL};
    static const char text[] = "experiment: slow\noptimizer: slow\n" TEN_PARAMETERS;
    const lw_assistant_setup setup = {.optimizers = types};
    lw_error error;
    lw_experiment *experiment = parse_experiment(text, sizeof text - 1);
    lw_store *store = bench_open_store();
    lw_assistant *assistant = NULL;
    must(lw_assistant_open(&assistant, store, experiment, &setup, &error), &error);
    start();
    int64_t before = bench_counted.inserts;
    for (int64_t i = 0; i < runs_each; i++) {
        lw_assignment run;
        must(lw_assistant_suggest(assistant, NULL, &run, &error), &error);
        lw_assignment_release(&run);
        out->done++;
    }
    out->tries = bench_counted.inserts - before;
    out->fits = n_fits;
    out->repeats = n_repeats;
    lw_assistant_close(assistant);
    lw_store_close(store);
    lw_experiment_free(experiment);
}

void bench_fits(int workers, int64_t runs) {
    runs_each = runs / workers;
    bench_drop();
    bench_tally tally = bench_work(workers, work);
    printf("%d workers, a model of 1 s | %lld reservations | %lld fits | %lld cheap repeats | %.2f attempts | %.1f s\n",
           workers, (long long)tally.done, (long long)tally.fits, (long long)tally.repeats,
           (double)tally.tries / (double)tally.done, tally.seconds);
    bench_drop();
}
