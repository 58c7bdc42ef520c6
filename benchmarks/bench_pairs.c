/*
 * bench_pairs PAIRS: suggest and observe in process, `random` on ten parameters, memory store. Prints pairs a CPU second for the assistant
 * (runs, views, seeds, everything) and for the optimizer alone (suggest_configuration and update).
 */
#include "bench_common.h"
#include <string.h>

static double through_assistant(const lw_experiment *experiment, int64_t pairs) {
    lw_error error;
    lw_store *store = NULL;
    lw_assistant *assistant = NULL;
    must(lw_store_open(&store, "memory:", NULL, NULL, &error), &error);
    must(lw_assistant_open(&assistant, store, experiment, NULL, &error), &error);
    double start = cpu_seconds();
    for (int64_t i = 0; i < pairs; i++) {
        lw_assignment run;
        must(lw_assistant_suggest(assistant, NULL, &run, &error), &error);
        lw_result result = lw_result_of_value(lw_config_number(run.config, 0));
        must(lw_assistant_observe(assistant, run.id, &result, &error), &error);
        lw_assignment_release(&run);
    }
    double rate = (double)pairs / (cpu_seconds() - start);
    lw_assistant_close(assistant);
    lw_store_close(store);
    return rate;
}

static double through_optimizer(const lw_experiment *experiment, int64_t pairs) {
    lw_error error;
    lw_optimizer *optimizer = NULL;
    must(lw_optimizer_new(&optimizer, "random", NULL, experiment->spaces[0], 1, NULL, &error), &error);
    double start = cpu_seconds();
    for (int64_t i = 1; i <= pairs; i++) {
        lw_question question = {.number = (uint64_t)i};
        lw_suggestion suggestion;
        must(lw_optimizer_suggest_configuration(optimizer, &question, &suggestion, &error), &error);
        lw_observation observation;
        lw_observation_init(&observation);
        observation.run_id = i;
        observation.outcome = LW_COMPLETED;
        observation.cost = lw_config_number(suggestion.config, 0);
        observation.config = suggestion.config;
        must(lw_optimizer_update(optimizer, &observation, 1, &error), &error);
        lw_suggestion_release(&suggestion);
    }
    double rate = (double)pairs / (cpu_seconds() - start);
    lw_optimizer_free(optimizer);
    return rate;
}

int main(int argc, char **argv) {
    static const char text[] = "experiment: pairs\noptimizer: random\nseed: 1\n" TEN_PARAMETERS;
    int64_t pairs = argc > 1 ? atoll(argv[1]) : 300000;
    lw_experiment *experiment = parse_experiment(text, strlen(text));
    printf("assistant_pairs_per_s %.0f\n", through_assistant(experiment, pairs));
    printf("optimizer_pairs_per_s %.0f\n", through_optimizer(experiment, pairs));
    lw_experiment_free(experiment);
    return 0;
}
