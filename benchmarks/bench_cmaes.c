/*
 * bench_cmaes PARAMETERS N: N times suggest and update from the start, on as many parameters. Prints the mean CPU
 * milliseconds of a pair; those that another process takes to hear of all N runs, history included, and for its first
 * suggestion, which is the same; and the largest memory of both together.
 */
#include "bench_common.h"
#include <string.h>
#include <sys/resource.h>

static lw_experiment *floats(size_t d) {
    lw_text text = {0};
    lw_text_add(&text, "experiment: cmaes\nspace:\n");
    for (size_t i = 0; i < d; i++)
        lw_text_format(&text, "  x%zu: !UniformFloat [0, 1]\n", i);
    lw_experiment *experiment = parse_experiment(text.bytes, text.length);
    lw_text_release(&text);
    return experiment;
}

static double cost_of(const lw_config *config, size_t d) {
    double sum = 0;
    for (size_t i = 0; i < d; i++) {
        double x = lw_config_number(config, i) - 0.3;
        sum += (double)(i % 6 + 1) * x * x;
    }
    return sum;
}

static lw_suggestion ask(lw_optimizer *optimizer, int64_t number) {
    lw_error error;
    lw_suggestion suggestion;
    const lw_question question = {.number = (uint64_t)number};
    must(lw_optimizer_suggest_configuration(optimizer, &question, &suggestion, &error), &error);
    return suggestion;
}

static void work(lw_optimizer *optimizer, size_t d, int64_t n) {
    lw_error error;
    for (int64_t id = 1; id <= n; id++) {
        lw_suggestion suggestion = ask(optimizer, id);
        lw_observation observation;
        lw_observation_init(&observation);
        observation.run_id = id;
        observation.outcome = LW_COMPLETED;
        observation.config = suggestion.config;
        observation.memo = suggestion.memo;
        observation.cost = cost_of(suggestion.config, d);
        must(lw_optimizer_update(optimizer, &observation, 1, &error), &error);
        lw_suggestion_release(&suggestion);
    }
}

static void hear_all(lw_optimizer *optimizer, const lw_history *history) {
    lw_error error;
    for (size_t k = 0; k < lw_history_n(history); k++)
        must(lw_optimizer_update(optimizer, lw_history_get(history, k), 1, &error), &error);
}

int main(int argc, char **argv) {
    if (argc < 3) {
        fprintf(stderr, "usage: bench_cmaes PARAMETERS N\n");
        return 2;
    }
    lw_error error;
    const size_t d = strtoul(argv[1], NULL, 10);
    const int64_t n = atoll(argv[2]);
    lw_experiment *experiment = floats(d);
    lw_optimizer *warm = NULL, *cold = NULL;
    must(lw_optimizer_new(&warm, "cmaes", NULL, experiment->spaces[0], 1, NULL, &error), &error);
    must(lw_optimizer_new(&cold, "cmaes", NULL, experiment->spaces[0], 1, NULL, &error), &error);
    const double start = cpu_seconds();
    work(warm, d, n);
    const double worked = cpu_seconds();
    hear_all(cold, lw_optimizer_history(warm));
    const double heard = cpu_seconds();
    lw_suggestion suggestion = ask(cold, n + 1);
    const double asked = cpu_seconds();
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    printf("pair_ms %.4f cold_update_ms %.2f cold_suggest_ms %.2f rss_mb %.1f\n", 1e3 * (worked - start) / (double)n,
           1e3 * (heard - worked), 1e3 * (asked - heard), (double)usage.ru_maxrss / 1024);
    lw_suggestion_release(&suggestion);
    lw_optimizer_free(cold);
    lw_optimizer_free(warm);
    lw_experiment_free(experiment);
    return 0;
}
