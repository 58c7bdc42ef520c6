/**
 * Runs for tests, and their comparison. Built on the public headers alone.
 */
#ifndef LABWATCH_TESTS_RUNS_H
#define LABWATCH_TESTS_RUNS_H

#include <labwatch/run.h>

/**
 * A RUNNING own run of that experiment (space "default") with a small config, a digest of its id and a token. Release
 * it.
 */
void lw_test_run(lw_run *run, int64_t id, const char *experiment);

/** A run in which every member has an unusual value. Release it. */
void lw_test_full_run(lw_run *run, int64_t id, const char *experiment);

/** The token that lw_test_run gives to a run. */
lw_token lw_test_token(int64_t id);

/** The digest that lw_test_run gives to a run. */
void lw_test_digest(int64_t id, uint8_t out[LW_DIGEST_SIZE]);

/** A document from JSON; bson_destroy it. Aborts on wrong JSON. */
bson_t *lw_test_document(const char *json);

/** Fails unless both runs have the same members. */
void lw_test_assert_runs_equal(const lw_run *a, const lw_run *b);

#endif
