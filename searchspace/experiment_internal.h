/**
 * What an experiment owns, and the parts of its reader.
 */
#ifndef LW_EXPERIMENT_INTERNAL_H
#define LW_EXPERIMENT_INTERNAL_H

#include <labwatch/experiment.h>

#include "arena.h"
#include "command_words.h"
#include "yaml_tree.h"

typedef struct lw_owned_experiment {
    lw_experiment shown; /**< first: what callers hold a pointer to */
    lw_arena arena;      /**< of its texts */
    lw_words command;
    lw_words artifacts, sources; /**< patterns */
    bson_t *options;
    lw_space **spaces; /**< an array of n_spaces; NULL elements only while it is read */
} lw_owned_experiment;

/** Frees an experiment that may be read only in part; accepts NULL. */
void lw_owned_experiment_free(lw_owned_experiment *owned);

/** What is asked of a file. */
typedef enum lw_file_kind {
    LW_FILE_EXPERIMENT,
    LW_FILE_SPACE /**< nothing but a space need be in it */
} lw_file_kind;

/** As lw_experiment_parse. */
int lw_experiment_reader_parse(lw_experiment **out, const char *text, size_t length, const char *source,
                               lw_file_kind kind, lw_diagnostics *diagnostics, lw_error *error);

/** Reads the settings of an experiment (all keys but those of its spaces) into owned->shown. Tells problems what is
 * wrong. */
void lw_experiment_settings_read(lw_owned_experiment *owned, const lw_yaml_node *root, lw_problems *problems);

/** Reads `command:` into owned->command. Tells problems what is wrong. */
void lw_experiment_command_read(lw_owned_experiment *owned, const lw_yaml_node *node, lw_problems *problems);
/** Reads `artifacts:` or `sources:`, one pattern or a list of them. Tells problems what is wrong. */
void lw_experiment_patterns_read(lw_words *out, const char *key, const lw_yaml_node *node, lw_problems *problems);
/** Once there are spaces: every placeholder of `artifacts:` must stand for something in each. */
void lw_experiment_artifacts_check(const lw_owned_experiment *owned, const lw_yaml_node *node, lw_problems *problems);
/** Once there are spaces: every placeholder must stand for something in each, and what is searched should be used. */
void lw_experiment_command_check(const lw_owned_experiment *owned, const lw_yaml_node *node, lw_problems *problems);

#endif
