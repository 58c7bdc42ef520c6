/**
 * Experiments as they happen: suggestions, runs that end late, fail or never end, and runs that come from elsewhere.
 */
#ifndef LABWATCH_TESTS_OPTIMIZER_SIMULATION_H
#define LABWATCH_TESTS_OPTIMIZER_SIMULATION_H

#include <labwatch/optimizer.h>

#include "spaces.h"

/** A run, with what the history needs of it. */
typedef struct simulated_run {
    lw_observation observation; /**< config and memo are owned */
    lw_config *config;
    bson_t *memo;
} simulated_run;

typedef struct simulation {
    lw_space *space;
    simulated_run *runs; /**< in the order of their ids */
    size_t n, capacity;
    lw_stream stream; /**< what happens */
} simulation;

void simulation_start(simulation *simulation, lw_space *space, uint64_t seed);
void simulation_release(simulation *simulation);

/** A smooth cost with several scales; a choice of a categorical parameter moves its minimum. */
double simulated_cost(const lw_config *config);

/** Adds a pending run of the suggestion, which it takes over. Its id leaves a hole now and then. */
const lw_observation *simulation_reserve(simulation *simulation, lw_suggestion *suggestion);

/** Adds a run of a config from the prior, foreign, in some state. */
const lw_observation *simulation_import(simulation *simulation);

/** Ends a pending run, if there is one: mostly completed, sometimes failed, dead or void. NULL if there is none. */
const lw_observation *simulation_end_some_run(simulation *simulation);

/** The number of the next suggestion: 1 and how many runs are not foreign. */
uint64_t simulation_next_number(const simulation *simulation);

/** Tells an optimizer all runs, in a random order and in random portions. */
void simulation_tell_all(simulation *simulation, lw_optimizer *optimizer);

#endif
