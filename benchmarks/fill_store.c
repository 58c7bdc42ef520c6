/* fill_store EXPERIMENT.yaml STORE-URL RUNS: puts that many finished runs of the experiment into the store. */
#include "bench_common.h"
#include <string.h>

int main(int argc, char **argv) {
    if (argc != 4) {
        fprintf(stderr, "usage: fill_store EXPERIMENT.yaml STORE-URL RUNS\n");
        return 2;
    }
    lw_error error;
    lw_experiment *experiment = NULL;
    lw_store *store = NULL;
    lw_assistant *assistant = NULL;
    must(lw_experiment_read(&experiment, argv[1], NULL, &error), &error);
    must(lw_store_open(&store, argv[2], NULL, NULL, &error), &error);
    must(lw_assistant_open(&assistant, store, experiment, NULL, &error), &error);
    for (long long i = 0; i < atoll(argv[3]); i++) {
        lw_assignment run;
        must(lw_assistant_suggest(assistant, NULL, &run, &error), &error);
        lw_result result = lw_result_of_value(lw_config_number(run.config, 0));
        result.captured_out = "epoch 1\nepoch 2\nepoch 3\n0.5\n";
        must(lw_assistant_observe(assistant, run.id, &result, &error), &error);
        lw_assignment_release(&run);
    }
    lw_assistant_close(assistant);
    lw_store_close(store);
    lw_experiment_free(experiment);
    return 0;
}
