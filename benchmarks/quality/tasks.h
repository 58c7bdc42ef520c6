/**
 * Real tuning tasks: small data sets, and the commands svm-train, liblinear-train and xgboost. The data is what
 * make_data.sh has put into the folder that LABWATCH_QUALITY_DATA names. An instance is an order of the rows, and with
 * it the folds. What a command has not done in 20 seconds of CPU time counts as failed, and costs as much as guessing.
 */
#ifndef LABWATCH_QUALITY_TASKS_H
#define LABWATCH_QUALITY_TASKS_H

#include "hidden.h"

/** One file of shuffled rows for commands that cross-validate themselves. */
quality_make quality_make_heart, quality_make_cancer, quality_make_diabetes;
/** Three pairs of files, for xgboost. */
quality_make quality_make_heart_folds, quality_make_diabetes_folds;

/** Errors in 100 of a 5-fold cross-validation. */
quality_value_fn quality_svm, quality_liblinear;
/** Mean squared error of a 5-fold cross-validation, in units of the variance. */
quality_value_fn quality_svr;
/** Mean of the logarithmic loss, or of the root of the mean squared error (in deviations), over 3 folds. */
quality_value_fn quality_xgboost, quality_xgboost_regression;

void quality_remove_folder(quality_instance *instance);

#define QUALITY_SVM_SPACE                                                                                              \
    "  kernel: !Categorical [linear, polynomial, rbf, sigmoid]\n"                                                      \
    "  C: !UniformFloat [1e-3, 1e3, log_scale]\n"                                                                      \
    "  gamma: !UniformFloat {lower: 1e-5, upper: 10, log_scale: true, when: {kernel: [polynomial, rbf, sigmoid]}}\n"   \
    "  degree: !UniformInt {lower: 2, upper: 5, when: {kernel: polynomial}}\n"                                         \
    "  shift: !UniformFloat {lower: 0, upper: 2, when: {kernel: [polynomial, sigmoid]}}\n"                             \
    "  weight: !UniformFloat [0.3, 3, log_scale]\n"

#define QUALITY_SVR_SPACE                                                                                              \
    "  type: !Categorical [epsilon, nu]\n"                                                                             \
    "  epsilon: !UniformFloat {lower: 1e-3, upper: 1, log_scale: true, when: {type: epsilon}}\n"                       \
    "  nu: !UniformFloat {lower: 0.05, upper: 1, when: {type: nu}}\n"                                                  \
    "  kernel: !Categorical [linear, rbf, sigmoid]\n"                                                                  \
    "  C: !UniformFloat [1e-3, 100, log_scale]\n"                                                                      \
    "  gamma: !UniformFloat {lower: 1e-5, upper: 10, log_scale: true, when: {kernel: [rbf, sigmoid]}}\n"               \
    "  shift: !UniformFloat {lower: -2, upper: 2, when: {kernel: sigmoid}}\n"

#define QUALITY_LIBLINEAR_SPACE                                                                                        \
    "  solver: !Categorical [0, 1, 3, 5, 6, 7]\n"                                                                      \
    "  C: !UniformFloat [1e-5, 1e3, log_scale]\n"                                                                      \
    "  tolerance: !UniformFloat [1e-4, 1, log_scale]\n"                                                                \
    "  bias: !Categorical [without, with]\n"                                                                           \
    "  intercept: !UniformFloat {lower: 0.1, upper: 10, log_scale: true, when: {bias: with}}\n"                        \
    "  weight: !UniformFloat [0.2, 5, log_scale]\n"

#define QUALITY_TREES_SPACE                                                                                            \
    "  rounds: !UniformInt [5, 200, log_scale]\n"                                                                      \
    "  eta: !UniformFloat [0.01, 1, log_scale]\n"                                                                      \
    "  max_depth: !UniformInt [1, 10]\n"                                                                               \
    "  min_child_weight: !UniformFloat [0.1, 30, log_scale]\n"                                                         \
    "  subsample: !UniformFloat [0.3, 1]\n"                                                                            \
    "  colsample_bytree: !UniformFloat [0.2, 1]\n"                                                                     \
    "  lambda: !UniformFloat [1e-3, 100, log_scale]\n"                                                                 \
    "  alpha: !UniformFloat [1e-3, 30, log_scale]\n"

#define QUALITY_XGBOOST_REGRESSION_SPACE QUALITY_TREES_SPACE "  gamma: !UniformFloat [1e-3, 10, log_scale]\n"

#define QUALITY_XGBOOST_SPACE                                                                                          \
    "  booster: !Categorical [gbtree, dart, gblinear]\n"                                                               \
    "  rounds: !UniformInt [5, 100, log_scale]\n"                                                                      \
    "  eta: !UniformFloat [0.01, 1, log_scale]\n"                                                                      \
    "  lambda: !UniformFloat [1e-3, 100, log_scale]\n"                                                                 \
    "  alpha: !UniformFloat [1e-3, 30, log_scale]\n"                                                                   \
    "  max_depth: !UniformInt {lower: 1, upper: 10, when: {booster: [gbtree, dart]}}\n"                                \
    "  min_child_weight: !UniformFloat {lower: 0.1, upper: 30, log_scale: true, when: {booster: [gbtree, dart]}}\n"    \
    "  subsample: !UniformFloat {lower: 0.3, upper: 1, when: {booster: [gbtree, dart]}}\n"                             \
    "  colsample_bytree: !UniformFloat {lower: 0.2, upper: 1, when: {booster: [gbtree, dart]}}\n"                      \
    "  normalize_type: !Categorical {choices: [tree, forest], when: {booster: dart}}\n"                                \
    "  rate_drop: !UniformFloat {lower: 0, upper: 0.5, when: {booster: dart}}\n"                                       \
    "  skip_drop: !UniformFloat {lower: 0, upper: 0.9, when: {booster: dart}}\n"

#endif
