/*
 * run_ours LABEL OPTIMIZER FOLDER BUDGET[/OUTSTANDING] SEEDS PROBLEM…
 *
 * Lets one of labwatch's optimizers work on problems (all of them if none is named) for the seeds 1 … SEEDS, or
 * FIRST-LAST, through an assistant and a memory store. OPTIMIZER is what stands behind `optimizer:` in an experiment
 * file: a name, or {name: …, option: …}. Writes a trace for each pair into FOLDER/LABEL/PROBLEM-SEED.json; one that is
 * there is done. `dev` and `test` stand for the problems so marked. OUTSTANDING suggestions (1) are under way at any
 * time, and end in the order in which they began, as with so many workers and evaluations that take equally long.
 */
#include "problems.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

typedef struct settings {
    const char *label, *optimizer, *folder;
    uint64_t budget, outstanding;
    uint64_t first, last; /* seeds */
} settings;

/* An optimizer at work on an instance. */
typedef struct bench {
    const settings *s;
    quality_instance *instance;
    lw_store *store;
    lw_assistant *assistant;
    lw_assignment *begun; /* outstanding: a ring */
    double *cpu;          /* budget: seconds for the suggestion, later with its observation */
    uint64_t n_begun, n_ended;
    lw_text values, costs, seconds; /* lists */
} bench;

static double cpu_seconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void must(int rc, const lw_error *error) {
    if (rc != LW_OK)
        quality_fail("%s", error->message);
}

static void open_bench(bench *b, const settings *s, const quality_problem *problem, uint64_t seed) {
    *b = (bench){.s = s};
    lw_text header = {0};
    lw_text_format(&header, "optimizer: %s\nseed: %llu\nruns: %llu", s->optimizer, (unsigned long long)seed,
                   (unsigned long long)s->budget);
    b->instance = quality_instance_new(problem, seed, header.bytes);
    lw_text_release(&header);
    b->begun = calloc(s->outstanding, sizeof *b->begun);
    b->cpu = calloc(s->budget, sizeof *b->cpu);
    if (b->begun == NULL || b->cpu == NULL)
        quality_fail("no memory");
    lw_error error;
    must(lw_store_open(&b->store, "memory:", NULL, NULL, &error), &error);
    must(lw_assistant_open(&b->assistant, b->store, b->instance->experiment, NULL, &error), &error);
}

static void close_bench(bench *b) {
    lw_assistant_close(b->assistant);
    lw_store_close(b->store);
    quality_instance_free(b->instance);
    free(b->begun);
    free(b->cpu);
    lw_text_release(&b->values);
    lw_text_release(&b->costs);
    lw_text_release(&b->seconds);
}

/** False if the space has no more. */
static bool begin_run(bench *b) {
    lw_error error;
    double start = cpu_seconds();
    int rc = lw_assistant_suggest(b->assistant, NULL, &b->begun[b->n_begun % b->s->outstanding], &error);
    if (rc == LW_EXHAUSTED)
        return false;
    must(rc, &error);
    b->cpu[b->n_begun++] = cpu_seconds() - start;
    return true;
}

static void end_run(bench *b) {
    lw_error error;
    lw_assignment *assignment = &b->begun[b->n_ended % b->s->outstanding];
    double value = quality_value(b->instance, assignment->config);
    double cost = quality_cost(b->instance, value, b->n_ended + 1);
    lw_result result = lw_result_of_value(cost);
    double start = cpu_seconds();
    must(lw_assistant_observe(b->assistant, assignment->id, &result, &error), &error);
    b->cpu[b->n_ended] += cpu_seconds() - start;
    lw_assignment_release(assignment);
    const char *comma = b->n_ended > 0 ? ", " : "";
    lw_text_format(&b->values, "%s%.9g", comma, value);
    lw_text_format(&b->costs, "%s%.9g", comma, cost);
    lw_text_format(&b->seconds, "%s%.3g", comma, b->cpu[b->n_ended]);
    b->n_ended++;
}

/** One trace, as JSON: noiseless values, costs, and the CPU seconds of each suggestion with its observation. */
static void run(const settings *s, const quality_problem *problem, uint64_t seed, lw_text *trace) {
    bench b;
    open_bench(&b, s, problem, seed);
    bool has_more = true;
    while (has_more || b.n_ended < b.n_begun) {
        while (has_more && b.n_begun < b.n_ended + s->outstanding)
            has_more = b.n_begun < s->budget && begin_run(&b);
        if (b.n_ended < b.n_begun)
            end_run(&b);
    }
    lw_text_format(trace, "{\"peer\": \"%s\", \"problem\": \"%s\", \"seed\": %llu, \"suite\": %d, ", s->label,
                   problem->name, (unsigned long long)seed, QUALITY_SUITE);
    lw_text_format(trace, "\"budget\": %llu, \"outstanding\": %llu, \"values\": [%s], ", (unsigned long long)s->budget,
                   (unsigned long long)s->outstanding, b.values.bytes);
    lw_text_format(trace, "\"costs\": [%s], \"cpu\": [%s], \"optimum\": ", b.costs.bytes, b.seconds.bytes);
    lw_text_format(trace, isnan(b.instance->optimum) ? "null}\n" : "%.17g}\n", b.instance->optimum);
    if (trace->failed || b.values.failed || b.costs.failed || b.seconds.failed)
        quality_fail("no memory");
    close_bench(&b);
}

/** Writes the trace beside its place, then moves it there: a trace that is there is complete. */
static void keep(const char *path, const lw_text *trace) {
    lw_text part = {0};
    lw_text_format(&part, "%s.part", path);
    FILE *file = fopen(part.bytes, "w");
    if (file == NULL || fwrite(trace->bytes, 1, trace->length, file) != trace->length || fclose(file) != 0 ||
        rename(part.bytes, path) != 0)
        quality_fail("%s cannot be written", path);
    lw_text_release(&part);
}

static void run_if_new(const settings *s, const quality_problem *problem, uint64_t seed) {
    lw_text path = {0}, trace = {0};
    lw_text_format(&path, "%s/%s/%s-%llu.json", s->folder, s->label, problem->name, (unsigned long long)seed);
    struct stat there;
    if (stat(path.bytes, &there) != 0) {
        run(s, problem, seed, &trace);
        keep(path.bytes, &trace);
    }
    lw_text_release(&path);
    lw_text_release(&trace);
}

static bool is_wanted(const quality_problem *problem, char **names, int n) {
    for (int i = 0; i < n; i++)
        if (strcmp(names[i], problem->name) == 0 || strcmp(names[i], problem->test ? "test" : "dev") == 0)
            return true;
    return n == 0;
}

static void check_names(char **names, int n) {
    for (int i = 0; i < n; i++)
        if (strcmp(names[i], "dev") != 0 && strcmp(names[i], "test") != 0 && quality_problem_by_name(names[i]) == NULL)
            quality_fail("there is no problem '%s'", names[i]);
}

int main(int argc, char **argv) {
    if (argc < 6)
        quality_fail("usage: run_ours LABEL OPTIMIZER FOLDER BUDGET[/OUTSTANDING] SEEDS [PROBLEM…]");
    settings s = {.label = argv[1], .optimizer = argv[2], .folder = argv[3], .budget = strtoull(argv[4], NULL, 10)};
    const char *slash = strchr(argv[4], '/');
    s.outstanding = slash != NULL ? strtoull(slash + 1, NULL, 10) : 1;
    if (s.budget == 0 || s.outstanding == 0)
        quality_fail("BUDGET and OUTSTANDING are numbers from 1");
    const char *dash = strchr(argv[5], '-');
    s.first = dash != NULL ? strtoull(argv[5], NULL, 10) : 1;
    s.last = strtoull(dash != NULL ? dash + 1 : argv[5], NULL, 10);
    check_names(argv + 6, argc - 6);
    lw_text folder = {0};
    lw_text_format(&folder, "%s/%s", s.folder, s.label);
    mkdir(s.folder, 0777);
    mkdir(folder.bytes, 0777);
    lw_text_release(&folder);
    for (uint64_t seed = s.first; seed <= s.last; seed++)
        for (const quality_problem *p = quality_problems; p->name != NULL; p++)
            if (is_wanted(p, argv + 6, argc - 6))
                run_if_new(&s, p, seed);
    return 0;
}
