/*
 * An experiment inside a program of one's own: the parameters of Branin's function (its minimum is 0.397887), kept in a
 * database beside it. Also valid C++. Compile with: cc embed.c $(pkg-config --cflags --libs labwatch) -lm
 */
#include <labwatch/labwatch.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static const char description[] = "experiment: branin\n"
                                  "runs: 100\n"
                                  "seed: 1\n"
                                  "space:\n"
                                  "  x: !UniformFloat [-5, 10]\n"
                                  "  y: !UniformFloat [0, 15]\n";

static double branin(double x, double y) {
    const double pi = 3.14159265358979323846, valley = y - 5.1 / (4 * pi * pi) * x * x + 5 / pi * x - 6;
    return valley * valley + 10 * (1 - 1 / (8 * pi)) * cos(x) + 10;
}

int main(int argc, char **argv) {
    lw_error error;
    lw_experiment *experiment = NULL;
    lw_store *store = NULL;
    lw_assistant *assistant = NULL;
    lw_assignment run;
    lw_standing standing;
    int rc = lw_experiment_parse(&experiment, description, strlen(description), "embed.c", NULL, &error);
    if (rc == LW_OK) rc = lw_store_open(&store, argc > 1 ? argv[1] : "sqlite:embed.db", NULL, NULL, &error);
    if (rc == LW_OK) rc = lw_assistant_open(&assistant, store, experiment, NULL, &error);
    while (rc == LW_OK && (rc = lw_assistant_suggest(assistant, NULL, &run, &error)) == LW_OK) {
        lw_result result = lw_result_of_value(branin(lw_config_number(run.config, 0), lw_config_number(run.config, 1)));
        rc = lw_assistant_observe(assistant, run.id, &result, &error);
        lw_assignment_release(&run);
    }
    if (rc == LW_BUDGET_REACHED) rc = lw_assistant_standing(assistant, &standing, &error);
    if (rc == LW_OK) printf("best of %lld runs: %g\n", (long long)standing.finished, standing.best_result);
    else fprintf(stderr, "%s\n", error.message);
    lw_assistant_close(assistant);
    lw_store_close(store);
    lw_experiment_free(experiment);
    return rc == LW_OK ? 0 : 1;
}
