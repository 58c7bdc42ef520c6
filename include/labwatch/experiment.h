/**
 * Experiments as a file describes them.
 *
 *     lw_experiment *experiment = NULL;
 *     lw_diagnostics problems = {0};
 *     if (lw_experiment_read(&experiment, "svm.yaml", &problems, &error) != LW_OK)
 *         for (size_t i = 0; i < problems.n; i++)
 *             fprintf(stderr, "%s\n", problems.items[i].message);   // file:line:column: what is wrong
 *     lw_diagnostics_release(&problems);
 *
 * An experiment is made from text; a program may write it as JSON, which is YAML. The whole form, of which only `experiment` and a space are
 * needed (docs/experiment-file.md explains each key):
 *
 *     experiment: digits
 *     command: python train.py --lr {lr} --layers {net.layers}
 *     cost: {name: accuracy, goal: maximize}      # or regex: 'Accuracy = ([0-9.]+)'
 *     optimizer: {name: sobol, scramble: true}
 *     runs: 100                                   # also timeout, retries, lease, memory, target, max_time, repeats
 *     seed: 1
 *     space:
 *       lr: !UniformFloat {lower: 1e-5, upper: 1, log_scale: true, default: 0.01}
 *       method: !Categorical [sgd, adam]
 *       momentum: !UniformFloat {lower: 0, upper: 0.99, when: {method: sgd}}
 *       net: {layers: !UniformInt [1, 8], width: {type: UniformInt, lower: 16, upper: 512}}
 *       batch: 64                                # a constant
 *     constraints: ["net.layers * net.width <= 1024"]
 */
#ifndef LABWATCH_EXPERIMENT_H
#define LABWATCH_EXPERIMENT_H

#include <labwatch/error.h>
#include <labwatch/space.h>

LW_BEGIN_DECLS

typedef struct lw_diagnostic {
    size_t line, column; /**< from 1; 0 where the file as a whole is meant */
    bool warning;        /**< the file can be used all the same */
    char *message;       /**< "svm.yaml:12:7: …": complete, ready to print */
} lw_diagnostic;

/** Everything that is wrong with a file, in its order. Zero-initialise it. */
typedef struct lw_diagnostics {
    lw_diagnostic *items;
    size_t n, capacity;
} lw_diagnostics;

LW_EXPORT void lw_diagnostics_release(lw_diagnostics *diagnostics);

typedef enum lw_goal { LW_MINIMIZE, LW_MAXIMIZE } lw_goal;

/** An experiment; never changes once it is made. Its members are read-only, and borrowed from it. */
typedef struct lw_experiment {
    const char *name;
    const char *source;     /**< path it was read from, or what the caller called it */
    const char *text;       /**< the whole text it was read from: what a store keeps */

    const char *const *command; /**< words with {placeholders}, NULL-terminated; NULL without a command */
    size_t n_command;
    const char *const *artifacts; /**< patterns of the files that a run leaves, with {placeholders}; NULL-terminated, or NULL */
    const char *const *sources;   /**< patterns of the files that are kept with each run; likewise, without placeholders */

    const char *cost_regex; /**< NULL: the last line of standard output: a JSON object with the objective, or its last number */
    const char *objective;  /**< name of the cost in result objects; "result" if the file gives none (`cost: {name: …}`) */
    bool has_objective;     /**< the file gives its name */
    lw_goal goal;

    const char *optimizer;  /**< NULL: the default one */
    const bson_t *optimizer_options; /**< as written; lw_optimizer_check knows whether they are right */
    size_t optimizer_line, optimizer_column; /**< where it is named, from 1; 0: nowhere */

    int64_t runs;           /**< budget; 0: none */
    double timeout_s;       /**< of one run; 0: none */
    double max_time_s;      /**< `max_time:` of the whole experiment's wall time in one `run`; 0: none */
    int retries;            /**< of machine failures */
    double lease_s;         /**< default 120 */
    uint64_t memory_bytes;  /**< of one run's process group; 0: no limit */
    double target;          /**< in the user's sign; NaN: none */
    uint64_t seed;
    bool has_seed;          /**< false: one is chosen when the experiment is first stored */
    int repeats;            /**< how often one configuration may be run; 1 unless the file says so (`repeats:`) */

    size_t n_spaces;        /**< at least 1; the first is the default */
    lw_space *const *spaces;

    const char *checkpoints; /**< folder for the checkpoints of runs, as written; NULL: none given */
} lw_experiment;

/** Reads an experiment file (YAML, or JSON). *diagnostics (may be NULL) gets all errors and warnings; *error the first, and how many more there are. */
LW_EXPORT int lw_experiment_read(lw_experiment **out, const char *path, lw_diagnostics *diagnostics, lw_error *error);

/** As lw_experiment_read, from text; source is what messages call it. */
LW_EXPORT int lw_experiment_parse(lw_experiment **out, const char *text, size_t length, const char *source,
                                  lw_diagnostics *diagnostics, lw_error *error);

LW_EXPORT void lw_experiment_free(lw_experiment *experiment);

/** The space of that name, the first one for NULL; NULL with LW_ENOTFOUND (did-you-mean) if there is none. Borrowed. */
LW_EXPORT lw_space *lw_experiment_space(const lw_experiment *experiment, const char *name, lw_error *error);

/** The cost (to be minimised) of a result in the user's sign, and back: it is its own inverse. */
LW_EXPORT double lw_experiment_cost(const lw_experiment *experiment, double result);

LW_END_DECLS

#endif
