/**
 * The spaces that every optimizer is tried on, and what may be expected of each optimizer.
 *
 * A new optimizer needs no line here, unless it cannot do something, or promises more than all must.
 */
#ifndef LABWATCH_TESTS_OPTIMIZER_EXPECTATIONS_H
#define LABWATCH_TESTS_OPTIMIZER_EXPECTATIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct contract_space {
    const char *name;
    const char *text; /**< behind `experiment:`; NULL: made by the suite, with `n_floats` floats */
    size_t n_floats;
    uint64_t n_configs; /**< 0: not finite */
    int n_suggestions;  /**< how long sequences are */
} contract_space;

static const contract_space contract_spaces[] = {
    {.name = "one float",
     .n_suggestions = 30,
     .text = "space:\n  x: !UniformFloat {lower: 1e-3, upper: 1e3, log_scale: true}\n"},
    {.name = "mixed",
     .n_suggestions = 40,
     .text = "space:\n"
             "  lr: !UniformFloat [1e-5, 1, log_scale]\n"
             "  momentum: !UniformFloat {lower: 0, upper: 0.99, step: 0.01}\n"
             "  layers: !UniformInt [1, 8]\n"
             "  width: !UniformInt {lower: 16, upper: 4096, log_scale: true}\n"
             "  init: !Gaussian {mu: 0, sigma: 1}\n"
             "  size: !Ordinal [small, medium, large]\n"
             "  kind: !Categorical {choices: [a, b, c], weights: [1, 2, 7]}\n"},
    {.name = "conditional",
     .n_suggestions = 40,
     .text = "space:\n"
             "  kernel: !Categorical [linear, poly, rbf]\n"
             "  C: !UniformFloat [1e-3, 1e3, log_scale]\n"
             "  gamma: !UniformFloat {lower: 1e-5, upper: 10, log_scale: true, when: {kernel: [poly, rbf]}}\n"
             "  degree: !UniformInt {lower: 2, upper: 5, when: {kernel: poly}}\n"
             "  coef0: !UniformFloat {lower: 0, upper: 1, when: 'degree >= 4'}\n"},
    {.name = "constrained",
     .n_suggestions = 40,
     .text = "space:\n"
             "  layers: !UniformInt [1, 16]\n"
             "  width: !UniformInt {lower: 8, upper: 512, log_scale: true}\n"
             "  dropout: !UniformFloat [0, 0.5]\n"
             "constraints: ['layers * width <= 1024', 'not (layers == 1 and dropout > 0.25)']\n"},
    {.name = "one constant", .n_suggestions = 1, .n_configs = 1, .text = "space:\n  data: heart_scale\n"},
    {.name = "small finite",
     .n_suggestions = 40,
     .n_configs = 21,
     .text = "space:\n"
             "  a: !Categorical [x, y, z]\n"
             "  n: !UniformInt {lower: 1, upper: 10, when: {a: [x, y]}}\n"},
    {.name = "all categorical",
     .n_suggestions = 72,
     .n_configs = 66,
     .text = "space:\n"
             "  a: !Categorical [x, y, z]\n"
             "  b: !Categorical {choices: [1, 2, 3, 4], weights: [1, 1, 1, 5]}\n"
             "  c: !Ordinal [low, middle, high]\n"
             "  d: !Categorical [on, off]\n"
             "constraints: ['not (a == x and b == 2)']\n"},
    {.name = "200 floats", .n_suggestions = 12, .n_floats = 200},
};
enum { N_CONTRACT_SPACES = sizeof contract_spaces / sizeof *contract_spaces };

/** What differs from what is expected of all. */
typedef struct contract_exception {
    const char *optimizer;
    const char *refuses; /**< name of a space that it refuses with LW_EUNSUPPORTED; NULL: none */
    bool ends;           /**< LW_EXHAUSTED is right also where the space has more */
    int n_histories;     /**< of random histories so many must do, since suggestions are dear; 0: as many as for others */
    const char *options; /**< JSON, for the same reason; NULL: the default ones */
} contract_exception;

static const contract_exception contract_exceptions[] = {
    {.optimizer = "grid", .refuses = "200 floats", .ends = true},
    {.optimizer = "gp", .n_histories = 12},
    {.optimizer = "gp-mcmc", .n_histories = 4, .options = "{\"samples\": 2}"},
};
enum { N_CONTRACT_EXCEPTIONS = sizeof contract_exceptions / sizeof *contract_exceptions };

/** How much better than random search an optimizer must be. */
typedef struct contract_margin {
    const char *optimizer;
    const char *space; /**< one of those above; the cost is that of the simulation, without noise */
    int budget;        /**< runs */
    double quantile;   /**< its median best cost is one that random search has at this quantile over seeds, or better */
} contract_margin;

static const contract_margin contract_margins[] = {
    {.optimizer = "sobol", .space = "mixed", .budget = 64, .quantile = 0.5},
    {.optimizer = "sobol", .space = "one float", .budget = 32, .quantile = 0.5},
    {.optimizer = "smac", .space = "mixed", .budget = 60, .quantile = 0.1},
    {.optimizer = "smac", .space = "one float", .budget = 20, .quantile = 0.1},
    {.optimizer = "cmaes", .space = "mixed", .budget = 80, .quantile = 0.1},
    {.optimizer = "cmaes", .space = "one float", .budget = 60, .quantile = 0.1},
    {.optimizer = "gp", .space = "mixed", .budget = 30, .quantile = 0.1},
    {.optimizer = "gp", .space = "one float", .budget = 12, .quantile = 0.1},
    {.optimizer = "tpe", .space = "mixed", .budget = 40, .quantile = 0.1},
    {.optimizer = "tpe", .space = "one float", .budget = 30, .quantile = 0.25},
    {.optimizer = "tpe", .space = "conditional", .budget = 60, .quantile = 0.25},
};
enum { N_CONTRACT_MARGINS = sizeof contract_margins / sizeof *contract_margins };

#endif
