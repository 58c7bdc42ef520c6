/* What the measuring programs share. */
#ifndef LABWATCH_BENCH_COMMON_H
#define LABWATCH_BENCH_COMMON_H

#include <labwatch/labwatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static inline double cpu_seconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/** Ends the program with the sentence where rc is an error. */
static inline void must(int rc, const lw_error *error) {
    if (rc == LW_OK)
        return;
    fprintf(stderr, "%s\n", error->message);
    exit(1);
}

/** Ten parameters of every kind, as in a usual tuning task. */
#define TEN_PARAMETERS                                                                                                 \
    "space:\n"                                                                                                         \
    "  learning_rate: !UniformFloat [1e-5, 1, log_scale]\n"                                                            \
    "  momentum: !UniformFloat [0, 0.99]\n"                                                                            \
    "  weight_decay: !UniformFloat [1e-8, 1e-2, log_scale]\n"                                                          \
    "  dropout: !UniformFloat [0, 0.7]\n"                                                                              \
    "  layers: !UniformInt [1, 12]\n"                                                                                  \
    "  width: !UniformInt [16, 2048, log_scale]\n"                                                                     \
    "  batch: !Ordinal [16, 32, 64, 128, 256]\n"                                                                       \
    "  optimizer: !Categorical [sgd, adam, rmsprop]\n"                                                                 \
    "  activation: !Categorical [relu, gelu, tanh]\n"                                                                  \
    "  warmup: !UniformFloat {lower: 0, upper: 0.3, step: 0.01}\n"

static inline lw_experiment *parse_experiment(const char *text, size_t length) {
    lw_experiment *experiment = NULL;
    lw_error error;
    must(lw_experiment_parse(&experiment, text, length, "benchmark", NULL, &error), &error);
    return experiment;
}

#endif
