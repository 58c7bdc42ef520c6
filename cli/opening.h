/**
 * Opens what the user names: a store, an experiment in it, a run's experiment.
 */
#ifndef CLI_OPENING_H
#define CLI_OPENING_H

#include <labwatch/assistant.h>

#include "arguments.h"

/** A store and an experiment in it. Zero-initialise it; opened_close closes what there is. */
typedef struct cli_opened {
    lw_store *store;
    lw_assistant *assistant;
} cli_opened;

typedef enum opening {
    OPEN_TO_LOOK,   /**< change nothing, and make no store */
    OPEN_TO_CHANGE, /**< the store must be there */
    OPEN_OR_MAKE,   /**< an experiment file makes the store and the experiment, if they are not there */
    OPEN_TO_WORK    /**< as OPEN_OR_MAKE, and warnings about the file are told */
} opening;

void opened_close(cli_opened *what);

/** Says what is wrong with the optimizer that a file names, with its place. An exit code. */
int check_optimizer(const lw_experiment *experiment);

/** In a store that is open: the experiment of a run. An exit code. */
int open_experiment_of(cli_opened *out, const cli_arguments *given, int64_t id, opening how);

/** Opens the store alone. An exit code. */
int open_store(cli_opened *out, const cli_arguments *given, opening how);

/** Opens the store and the experiment that word names: a file, or an experiment of the store. runs: budget in place of
 * the file's, or 0. An exit code. */
int open_experiment(cli_opened *out, const cli_arguments *given, const char *word, opening how, int64_t runs);

/** Opens the store and the experiment of the run that word numbers, and checks --experiment. An exit code. */
int open_run(cli_opened *out, const cli_arguments *given, const char *word, opening how, int64_t *id);

/** Reads a run's number. An exit code. */
int read_run_id(const char *word, int64_t *id);

/** Whether word is a path: such a file exists, or it contains /, .yaml or .yml. */
bool is_path(const char *word);

/** Reads an experiment file, or standard input for "-", and says what is wrong with it; warnings only if they are
 * wanted. An exit code. */
int read_experiment(lw_experiment **out, const char *path, bool warnings);

/** Reads all of a file, or of standard input for "-". *bytes is yours to lw_free. An exit code. */
int read_whole_file(const char *path, char **bytes, size_t *length);

/** The space that --space names, or the first; NULL if there is none of that name, which has been said. */
lw_space *chosen_space(const lw_experiment *experiment, const cli_arguments *given, int *code);

#endif
