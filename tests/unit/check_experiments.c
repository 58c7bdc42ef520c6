/*
 * Reads experiment files, and prints what is wrong with them: 1 if there is anything, even a warning.
 */
#include <stdio.h>

#include <labwatch/experiment.h>

int main(int argc, char **argv) {
    int wrong = 0;
    for (int i = 1; i < argc; i++) {
        lw_experiment *experiment = NULL;
        lw_diagnostics problems = {0};
        lw_error error;
        if (lw_experiment_read(&experiment, argv[i], &problems, &error) != LW_OK && problems.n == 0)
            printf("%s\n", error.message);
        for (size_t k = 0; k < problems.n; k++)
            printf("%s\n", problems.items[k].message);
        wrong |= !experiment || problems.n > 0;
        lw_diagnostics_release(&problems);
        lw_experiment_free(experiment);
    }
    return wrong;
}
