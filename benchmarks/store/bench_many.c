/* Many finished runs: putting them there, and hearing of them. */
#include <string.h>

#include "bench_common.h"
#include "bench_driver.h"
#include "bench_modes.h"
#include "bench_workers.h"

static int64_t runs_wanted;

/* ---- putting them there: made in memory, and inserted by the thousand ---- */

typedef struct filling {
    bench_bare bare;
    mongoc_bulk_operation_t *bulk;
    int64_t n, first_id;
} filling;

static void execute(filling *self) {
    bson_error_t failure;
    if (self->bulk && !mongoc_bulk_operation_execute(self->bulk, NULL, &failure)) {
        fprintf(stderr, "bench_store: %s\n", failure.message);
        exit(1);
    }
    if (self->bulk)
        mongoc_bulk_operation_destroy(self->bulk);
    self->bulk = NULL;
}

/* With what the store keeps in a document for itself; finished one a second, until an hour ago. */
static void append_own_fields(const filling *self, bson_t *labwatch, int64_t id) {
    const int64_t hour_s = 3600, seconds = (int64_t)time(NULL) - hour_s - (self->first_id + runs_wanted - id);
    bson_append_int64(labwatch, "revision", -1, 1000 + id);
    bson_append_timestamp(labwatch, "changed", -1, (uint32_t)seconds, 1);
}

static void append_document(filling *self, bson_t *document, int64_t id) {
    bson_t whole = BSON_INITIALIZER, labwatch, inside;
    bson_iter_t at;
    uint32_t length;
    const uint8_t *bytes;
    bson_append_int32(&whole, "_id", -1, (int32_t)id);
    bson_copy_to_excluding_noinit(document, &whole, "_id", "labwatch", NULL);
    bson_append_document_begin(&whole, "labwatch", -1, &labwatch);
    if (bson_iter_init_find(&at, document, "labwatch")) {
        bson_iter_document(&at, &length, &bytes);
        bson_init_static(&inside, bytes, length);
        bson_concat(&labwatch, &inside);
    }
    append_own_fields(self, &labwatch, id);
    bson_append_document_end(&whole, &labwatch);
    mongoc_bulk_operation_insert(self->bulk, &whole);
    bson_destroy(&whole);
}

static int put_run(void *arg, const lw_run *run) {
    filling *self = arg;
    lw_error error;
    bson_t document;
    must(lw_run_to_document(run, &document, &error), &error);
    if (!self->bulk)
        self->bulk = mongoc_collection_create_bulk_operation_with_opts(self->bare.runs, NULL);
    append_document(self, &document, self->first_id + run->id);
    bson_destroy(&document);
    if (++self->n % 1000 == 0)
        execute(self);
    return LW_OK;
}

static void make_runs(lw_store *memory, const lw_experiment *experiment, int64_t n) {
    static char output[2001];
    lw_error error;
    lw_assistant *assistant = NULL;
    memset(output, 'x', sizeof output - 1);
    must(lw_assistant_open(&assistant, memory, experiment, NULL, &error), &error);
    for (int64_t i = 0; i < n; i++) {
        lw_assignment run;
        must(lw_assistant_suggest(assistant, NULL, &run, &error), &error);
        lw_result result = lw_result_of_value(lw_config_number(run.config, 0));
        result.captured_out = output;
        must(lw_assistant_observe(assistant, run.id, &result, &error), &error);
        lw_assignment_release(&run);
    }
    lw_assistant_close(assistant);
}

/* Behind the runs that are there. */
static void fill_behind(int64_t n) {
    filling self = {0};
    lw_error error;
    lw_store *memory = NULL;
    lw_experiment *experiment = parse_experiment(bench_text(), strlen(bench_text()));
    must(lw_store_open(&memory, "memory:", NULL, NULL, &error), &error);
    make_runs(memory, experiment, n);
    bench_bare_open(&self.bare);
    bench_bare_find(&self.bare);
    self.first_id = self.bare.last_id;
    lw_run_query query = {.experiment = experiment->name};
    must(lw_store_run_each(memory, &query, put_run, &self, &error), &error);
    execute(&self);
    bench_bare_close(&self.bare);
    lw_store_close(memory);
    lw_experiment_free(experiment);
}

static void fill(int worker, void (*start)(void), bench_tally *out) {
    (void)worker;
    (void)out;
    lw_error error;
    lw_experiment *experiment = parse_experiment(bench_text(), strlen(bench_text()));
    lw_store *store = bench_open_store();
    lw_assistant *assistant = NULL;
    start();
    must(lw_assistant_open(&assistant, store, experiment, NULL, &error), &error); /* the experiment and the indexes */
    lw_assistant_close(assistant);
    lw_store_close(store);
    lw_experiment_free(experiment);
    fill_behind(runs_wanted);
}

void bench_fill(int64_t runs) {
    runs_wanted = runs;
    bench_apart(fill);
}

/* ---- hearing of them ---- */

static void hear(int worker, void (*start)(void), bench_tally *out) {
    (void)out;
    (void)worker;
    lw_error error;
    lw_run_counts counts;
    bench_bare bare;
    lw_store *store = bench_open_store();
    bench_bare_open(&bare);
    bench_bare_find(&bare);
    must(lw_store_run_counts(store, "cold", &counts, &error), &error);
    must(lw_store_run_counts(store, "cold", &counts, &error), &error);
    int64_t before = counts.all;
    start();
    fill_behind(runs_wanted);
    double began_s = cpu_seconds();
    must(lw_store_run_counts(store, "cold", &counts, &error), &error);
    double ours_s = cpu_seconds() - began_s;
    began_s = cpu_seconds();
    bench_bare_find(&bare);
    printf("catching up on %lld new runs | %.1f ms of CPU | bare find of the same fields | %.1f ms\n",
           (long long)(counts.all - before), 1e3 * ours_s, 1e3 * (cpu_seconds() - began_s));
    fflush(stdout);
    bench_bare_close(&bare);
    lw_store_close(store);
}

void bench_catch_up(int64_t runs) {
    runs_wanted = runs;
    bench_apart(hear);
}

static void read_all(int worker, void (*start)(void), bench_tally *out) {
    (void)worker;
    bench_bare bare;
    bench_bare_open(&bare);
    start();
    bench_bare_find(&bare);
    out->done = bare.n;
    bench_bare_close(&bare);
}

void bench_read_all(void) {
    bench_tally tally = bench_work(1, read_all);
    printf("bare find of %lld rows | %.1f ms of CPU | %.1f ms\n", (long long)tally.done, 1e3 * tally.cpu_s,
           1e3 * tally.seconds);
}
