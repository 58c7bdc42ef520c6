/**
 * Search spaces for tests, from the text that stands under `space:` in an experiment file.
 */
#ifndef LABWATCH_TESTS_SPACES_H
#define LABWATCH_TESTS_SPACES_H

#include <labwatch/config.h>
#include <labwatch/experiment.h>
#include <labwatch/history.h>

#include "testing.h"

/** The (default) space of an experiment with that text; yours to free. The text is put behind `experiment: test`, a
 * line each. */
static inline lw_space *lw_test_space(const char *text) {
    size_t size = strlen(text) + 64;
    char *whole = malloc(size);
    assert_non_null(whole);
    snprintf(whole, size, "experiment: test\n%s", text);
    lw_experiment *experiment = NULL;
    lw_error error;
    assert_ok(lw_experiment_parse(&experiment, whole, strlen(whole), "test.yaml", NULL, &error), error);
    lw_space *space = lw_space_retain(lw_experiment_space(experiment, NULL, &error));
    lw_experiment_free(experiment);
    free(whole);
    return space;
}

/** A configuration drawn with that number; yours to free. */
static inline lw_config *lw_test_config(const lw_space *space, uint64_t number) {
    lw_config *config = NULL;
    lw_error error;
    lw_stream stream;
    lw_stream_init(&stream, 1, LW_PURPOSE_SAMPLE, number, 0);
    assert_ok(lw_config_new(&config, space, &error), error);
    assert_ok(lw_config_sample(config, &stream, &error), error);
    return config;
}

/** An observation of the config, which it borrows; what failed has crashed. */
static inline lw_observation lw_test_observation(int64_t run_id, const lw_config *config, lw_outcome outcome,
                                                 double cost) {
    lw_observation observation;
    lw_observation_init(&observation);
    observation.run_id = run_id;
    observation.outcome = outcome;
    observation.failure = outcome == LW_FAILED ? LW_FAILURE_CRASH : LW_FAILURE_NONE;
    observation.config = config;
    observation.cost = cost;
    return observation;
}

#endif
