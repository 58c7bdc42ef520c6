/*
 * run_ours LABEL OPTIMIZER FOLDER BUDGET SEEDS PROBLEM…
 *
 * Lets one of labwatch's optimizers work on problems (all of them if none is named) for the seeds 1 … SEEDS, or
 * FIRST-LAST, through an assistant and a memory store. OPTIMIZER is what stands behind `optimizer:` in an experiment
 * file: a name, or {name: …, option: …}. Writes a trace for each pair into FOLDER/LABEL/PROBLEM-SEED.json; one that is
 * there is done. `dev` and `test` stand for the problems so marked.
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
    int64_t budget;
    uint64_t first, last;
} settings;

static double cpu_seconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void must(int rc, const lw_error *error) {
    if (rc != LW_OK)
        quality_fail("%s", error->message);
}

/** One trace, as JSON: noiseless values, costs, and the CPU seconds of each suggestion with its observation. */
static void run(const settings *s, const quality_problem *problem, uint64_t seed, lw_text *trace) {
    lw_text header = {0}, costs = {0}, cpu = {0};
    lw_text_format(&header, "optimizer: %s\nseed: %llu\nruns: %lld", s->optimizer, (unsigned long long)seed,
                   (long long)s->budget);
    quality_instance *instance = quality_instance_new(problem, seed, header.bytes);
    lw_error error;
    lw_store *store = NULL;
    lw_assistant *assistant = NULL;
    must(lw_store_open(&store, "memory:", NULL, NULL, &error), &error);
    must(lw_assistant_open(&assistant, store, instance->experiment, NULL, &error), &error);
    lw_text_format(trace, "{\"peer\": \"%s\", \"problem\": \"%s\", \"seed\": %llu, \"suite\": %d, ", s->label,
                   problem->name, (unsigned long long)seed, QUALITY_SUITE);
    lw_text_format(trace, "\"budget\": %lld, \"values\": [", (long long)s->budget);
    for (uint64_t i = 1; i <= (uint64_t)s->budget; i++) {
        lw_assignment assignment;
        double start = cpu_seconds();
        int rc = lw_assistant_suggest(assistant, NULL, &assignment, &error);
        double spent = cpu_seconds() - start;
        if (rc == LW_EXHAUSTED)
            break;
        must(rc, &error);
        double value = quality_value(instance, assignment.config), cost = quality_cost(instance, value, i);
        lw_result result = lw_result_of_value(cost);
        start = cpu_seconds();
        must(lw_assistant_observe(assistant, assignment.id, &result, &error), &error);
        spent += cpu_seconds() - start;
        lw_assignment_release(&assignment);
        const char *comma = i > 1 ? ", " : "";
        lw_text_format(trace, "%s%.9g", comma, value);
        lw_text_format(&costs, "%s%.9g", comma, cost);
        lw_text_format(&cpu, "%s%.3g", comma, spent);
    }
    lw_text_format(trace, "], \"costs\": [%s], \"cpu\": [%s], \"optimum\": ", costs.bytes, cpu.bytes);
    lw_text_format(trace, isnan(instance->optimum) ? "null}\n" : "%.17g}\n", instance->optimum);
    if (trace->failed || costs.failed || cpu.failed)
        quality_fail("no memory");
    lw_assistant_close(assistant);
    lw_store_close(store);
    quality_instance_free(instance);
    lw_text_release(&header);
    lw_text_release(&costs);
    lw_text_release(&cpu);
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
        quality_fail("usage: run_ours LABEL OPTIMIZER FOLDER BUDGET SEEDS [PROBLEM…]");
    settings s = {.label = argv[1], .optimizer = argv[2], .folder = argv[3], .budget = atoll(argv[4])};
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
