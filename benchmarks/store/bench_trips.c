/* Round trips of a connected process, with documents and bytes returned. */
#include <string.h>

#include "bench_common.h"
#include "bench_driver.h"
#include "bench_modes.h"
#include "bench_workers.h"

static bench_traffic before;

static void begin(void) {
    before = bench_counted;
}

static void tell(const char *what) {
    printf("%s | %lld | %lld | %lld\n", what, (long long)(bench_counted.commands - before.commands),
           (long long)(bench_counted.documents - before.documents), (long long)(bench_counted.bytes - before.bytes));
    fflush(stdout);
}

static void tell_of(const char *optimizer, const char *space, const char *name) {
    enum { N_BEATS = 32 };
    char text[2000], what[100];
    lw_error error;
    lw_assistant *assistant = NULL;
    lw_assignment runs[N_BEATS];
    lw_beat beats[N_BEATS];
    lw_wish wish = {.worker = true};
    snprintf(text, sizeof text, "experiment: trips-%s-%s\noptimizer: %s\n%s", optimizer, name, optimizer, space);
    lw_experiment *experiment = parse_experiment(text, strlen(text));
    lw_store *store = bench_open_store();
    must(lw_assistant_open(&assistant, store, experiment, NULL, &error), &error);
    for (int i = 0; i < N_BEATS; i++) {
        begin();
        must(lw_assistant_suggest(assistant, &wish, &runs[i], &error), &error);
        beats[i] = (lw_beat){.id = runs[i].id, .token = runs[i].token};
    }
    snprintf(what, sizeof what, "suggest (%s, %s)", optimizer, name);
    tell(what);
    begin();
    must(lw_assistant_beat(assistant, beats, N_BEATS, &error), &error);
    tell("beats of 32 runs");
    for (int i = 0; i < N_BEATS; i++) {
        lw_result result = lw_result_of_value(i);
        begin();
        must(lw_assistant_observe(assistant, runs[i].id, &result, &error), &error);
        lw_assignment_release(&runs[i]);
    }
    tell("observe");
    lw_assistant_close(assistant);
    lw_store_close(store);
    lw_experiment_free(experiment);
}

static void work(int worker, void (*start)(void), bench_tally *out) {
    (void)worker;
    (void)out;
    start();
    tell_of("random", TEN_PARAMETERS, "ten parameters");
    tell_of("tpe", TEN_PARAMETERS, "ten parameters");
    tell_of("random", "space: {n: !UniformInt [1, 100]}\n", "a finite space");
}

/* Prints: what | round trips | documents returned | bytes returned. */
void bench_trips(void) {
    bench_drop();
    bench_apart(work);
    bench_drop();
}
