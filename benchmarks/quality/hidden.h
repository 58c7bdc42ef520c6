/**
 * Problems over spaces of all kinds: whole numbers, logarithms, choices, conditions, constraints. Most hide one
 * configuration and measure how far another is from it.
 */
#ifndef LABWATCH_QUALITY_HIDDEN_H
#define LABWATCH_QUALITY_HIDDEN_H

#include "problems.h"

typedef void quality_make(quality_instance *instance, lw_stream *stream);
typedef double quality_value_fn(const quality_instance *instance, const lw_config *config);

/**
 * A target for each parameter, met by a valid configuration; wrong choices cost something and move the targets of the
 * others; each parameter pulls at the next. The minimum is 0.
 */
quality_make quality_make_hidden;
quality_value_fn quality_hidden;

/** Whole numbers, with the minimum 0 at one of them. */
quality_make quality_make_integers;
quality_value_fn quality_integer_ellipsoid, quality_integer_rosenbrock;

/**
 * Training with too large a step diverges, with too small a one gets nowhere: a curved valley on logarithms. The
 * minimum is 0.
 */
quality_make quality_make_log_valley;
quality_value_fn quality_log_valley;

/**
 * Eight choices of four, each with a price and with another one for each choice of its neighbour. The minimum is found
 * by trying all.
 */
quality_make quality_make_table;
quality_value_fn quality_table;

/**
 * Two levels of choices, a float at each leaf, and one shared by each half: after Jenatton et al., ICML 2017. The
 * minimum is 0.1.
 */
quality_make quality_make_tree;
quality_value_fn quality_tree;

/** A bowl whose bottom is cut off by a constraint. */
quality_make quality_make_constrained_sphere;
quality_value_fn quality_constrained_sphere;

#define QUALITY_BRANIN_SPACE                                                                                           \
    "  x1: !UniformFloat [-5, 10]\n"                                                                                   \
    "  x2: !UniformFloat [0, 15]\n"

#define QUALITY_INTEGER_ELLIPSOID_SPACE                                                                                \
    "  x1: !UniformInt [-20, 20]\n"                                                                                    \
    "  x2: !UniformInt [-20, 20]\n"                                                                                    \
    "  x3: !UniformInt [-20, 20]\n"                                                                                    \
    "  x4: !UniformInt [-20, 20]\n"                                                                                    \
    "  x5: !UniformInt [-20, 20]\n"                                                                                    \
    "  x6: !UniformInt [-20, 20]\n"                                                                                    \
    "  x7: !UniformInt [-20, 20]\n"                                                                                    \
    "  x8: !UniformInt [-20, 20]\n"

#define QUALITY_INTEGER_ROSENBROCK_SPACE                                                                               \
    "  x1: !UniformInt [-10, 10]\n"                                                                                    \
    "  x2: !UniformInt [-10, 10]\n"                                                                                    \
    "  x3: !UniformInt [-10, 10]\n"                                                                                    \
    "  x4: !UniformInt [-10, 10]\n"                                                                                    \
    "  x5: !UniformInt [-10, 10]\n"

#define QUALITY_LOG_VALLEY_SPACE                                                                                       \
    "  rate: !UniformFloat [1e-6, 1, log_scale]\n"                                                                     \
    "  momentum: !UniformFloat [0, 0.99]\n"                                                                            \
    "  decay: !UniformFloat [1e-8, 0.1, log_scale]\n"                                                                  \
    "  batch: !UniformInt [8, 1024, log_scale]\n"                                                                      \
    "  epochs: !UniformInt [1, 100, log_scale]\n"

#define QUALITY_NETWORK_SPACE                                                                                          \
    "  rate: !UniformFloat [1e-5, 1, log_scale]\n"                                                                     \
    "  momentum: !UniformFloat [0, 0.99]\n"                                                                            \
    "  decay: !UniformFloat [1e-8, 1e-2, log_scale]\n"                                                                 \
    "  dropout: !UniformFloat [0, 0.7]\n"                                                                              \
    "  layers: !UniformInt [1, 12]\n"                                                                                  \
    "  width: !UniformInt [16, 2048, log_scale]\n"                                                                     \
    "  batch: !Ordinal [16, 32, 64, 128, 256]\n"                                                                       \
    "  method: !Categorical [sgd, adam, rmsprop]\n"                                                                    \
    "  activation: !Categorical [relu, gelu, tanh]\n"                                                                  \
    "  warmup: !UniformFloat [0, 0.3]\n"

#define QUALITY_BASINS_SPACE                                                                                           \
    "  kind: !Categorical [a, b, c, d, e]\n"                                                                           \
    "  variant: !Categorical [p, q, r, s]\n"                                                                           \
    "  x1: !UniformFloat [0, 1]\n"                                                                                     \
    "  x2: !UniformFloat [0, 1]\n"                                                                                     \
    "  x3: !UniformFloat [0, 1]\n"                                                                                     \
    "  x4: !UniformFloat [0, 1]\n"

#define QUALITY_TABLE_SPACE                                                                                            \
    "  c1: !Categorical [a, b, c, d]\n"                                                                                \
    "  c2: !Categorical [a, b, c, d]\n"                                                                                \
    "  c3: !Categorical [a, b, c, d]\n"                                                                                \
    "  c4: !Categorical [a, b, c, d]\n"                                                                                \
    "  c5: !Categorical [a, b, c, d]\n"                                                                                \
    "  c6: !Categorical [a, b, c, d]\n"                                                                                \
    "  c7: !Categorical [a, b, c, d]\n"                                                                                \
    "  c8: !Categorical [a, b, c, d]\n"

#define QUALITY_TREE_SPACE                                                                                             \
    "  side: !Categorical [left, right]\n"                                                                             \
    "  left: !Categorical {choices: [one, two], when: {side: left}}\n"                                                 \
    "  right: !Categorical {choices: [one, two], when: {side: right}}\n"                                               \
    "  x1: !UniformFloat {lower: -1, upper: 1, when: {left: one}}\n"                                                   \
    "  x2: !UniformFloat {lower: -1, upper: 1, when: {left: two}}\n"                                                   \
    "  x3: !UniformFloat {lower: -1, upper: 1, when: {right: one}}\n"                                                  \
    "  x4: !UniformFloat {lower: -1, upper: 1, when: {right: two}}\n"                                                  \
    "  r1: !UniformFloat {lower: 0, upper: 1, when: {side: left}}\n"                                                   \
    "  r2: !UniformFloat {lower: 0, upper: 1, when: {side: right}}\n"

#define QUALITY_LAYERS_SPACE                                                                                           \
    "  layers: !UniformInt [1, 5]\n"                                                                                   \
    "  rate: !UniformFloat [1e-5, 1, log_scale]\n"                                                                     \
    "  width1: !UniformInt [8, 512, log_scale]\n"                                                                      \
    "  dropout1: !UniformFloat [0, 0.7]\n"                                                                             \
    "  width2: !UniformInt {lower: 8, upper: 512, log_scale: true, when: {layers: [2, 3, 4, 5]}}\n"                    \
    "  dropout2: !UniformFloat {lower: 0, upper: 0.7, when: {layers: [2, 3, 4, 5]}}\n"                                 \
    "  width3: !UniformInt {lower: 8, upper: 512, log_scale: true, when: {layers: [3, 4, 5]}}\n"                       \
    "  dropout3: !UniformFloat {lower: 0, upper: 0.7, when: {layers: [3, 4, 5]}}\n"                                    \
    "  width4: !UniformInt {lower: 8, upper: 512, log_scale: true, when: {layers: [4, 5]}}\n"                          \
    "  dropout4: !UniformFloat {lower: 0, upper: 0.7, when: {layers: [4, 5]}}\n"                                       \
    "  width5: !UniformInt {lower: 8, upper: 512, log_scale: true, when: {layers: 5}}\n"                               \
    "  dropout5: !UniformFloat {lower: 0, upper: 0.7, when: {layers: 5}}\n"

#define QUALITY_CHOICE_SPACE                                                                                           \
    "  decay: !UniformFloat [1e-8, 0.1, log_scale]\n"                                                                  \
    "  method: !Categorical [sgd, adam, lbfgs]\n"                                                                      \
    "  rate: !UniformFloat {lower: 1e-6, upper: 1, log_scale: true, when: {method: [sgd, adam]}}\n"                    \
    "  schedule: !Categorical {choices: [constant, step, cosine], when: {method: [sgd, adam]}}\n"                      \
    "  drop: !UniformFloat {lower: 0.01, upper: 0.9, when: {schedule: step}}\n"                                        \
    "  warmup: !UniformInt {lower: 1, upper: 30, when: {schedule: [step, cosine]}}\n"                                  \
    "  averaging: !Categorical {choices: [none, heavy, nesterov], when: {method: sgd}}\n"                              \
    "  momentum: !UniformFloat {lower: 0, upper: 0.99, when: {averaging: [heavy, nesterov]}}\n"                        \
    "  beta: !UniformFloat {lower: 0.5, upper: 0.999, when: {method: adam}}\n"                                         \
    "  history: !UniformInt {lower: 2, upper: 50, log_scale: true, when: {method: lbfgs}}\n"                           \
    "  tolerance: !UniformFloat {lower: 1e-9, upper: 1e-2, log_scale: true, when: {method: lbfgs}}\n"

#define QUALITY_PIPELINE_SPACE                                                                                         \
    "  reduction: !Categorical [none, pca, select]\n"                                                                  \
    "  components: !UniformInt {lower: 2, upper: 60, log_scale: true, when: {reduction: pca}}\n"                       \
    "  fraction: !UniformFloat {lower: 0.05, upper: 1, when: {reduction: select}}\n"                                   \
    "  model: !Categorical [svm, forest, boosting]\n"                                                                  \
    "  C: !UniformFloat {lower: 1e-3, upper: 1e3, log_scale: true, when: {model: svm}}\n"                              \
    "  kernel: !Categorical {choices: [linear, rbf, poly], when: {model: svm}}\n"                                      \
    "  gamma: !UniformFloat {lower: 1e-5, upper: 10, log_scale: true, when: {kernel: [rbf, poly]}}\n"                  \
    "  degree: !Ordinal {choices: [2, 3, 4, 5], when: {kernel: poly}}\n"                                               \
    "  coefficient: !UniformFloat {lower: 0, upper: 1, when: {degree: [3, 4, 5]}}\n"                                   \
    "  trees: !UniformInt {lower: 10, upper: 500, log_scale: true, when: {model: [forest, boosting]}}\n"               \
    "  depth: !UniformInt {lower: 1, upper: 12, when: {model: [forest, boosting]}}\n"                                  \
    "  features: !UniformFloat {lower: 0.1, upper: 1, when: {model: forest}}\n"                                        \
    "  shrinkage: !UniformFloat {lower: 1e-3, upper: 1, log_scale: true, when: {model: boosting}}\n"                   \
    "  sampling: !Categorical {choices: [all, rows], when: {model: boosting}}\n"                                       \
    "  share: !UniformFloat {lower: 0.3, upper: 1, when: {sampling: rows}}\n"

#define QUALITY_CONSTRAINED_NETWORK_SPACE                                                                              \
    "  layers: !UniformInt [1, 16]\n"                                                                                  \
    "  width: !UniformInt [16, 1024, log_scale]\n"                                                                     \
    "  rate: !UniformFloat [1e-5, 1, log_scale]\n"                                                                     \
    "  batch: !Ordinal [8, 16, 32, 64, 128]\n"                                                                         \
    "  method: !Categorical [sgd, adam, rmsprop]\n"                                                                    \
    "  dropout: !UniformFloat [0, 0.7]\n"                                                                              \
    "constraints:\n"                                                                                                   \
    "  - layers * width <= 1024\n"                                                                                     \
    "  - not (method == adam and batch == 8)\n"

#define QUALITY_CONSTRAINED_SPHERE_SPACE                                                                               \
    "  x1: !UniformFloat [0, 1]\n"                                                                                     \
    "  x2: !UniformFloat [0, 1]\n"                                                                                     \
    "  x3: !UniformFloat [0, 1]\n"                                                                                     \
    "  x4: !UniformFloat [0, 1]\n"                                                                                     \
    "  x5: !UniformFloat [0, 1]\n"                                                                                     \
    "constraints:\n"                                                                                                   \
    "  - x1 + x2 + x3 <= 1\n"                                                                                          \
    "  - x4 <= x5\n"

#endif
