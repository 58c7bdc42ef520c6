/**
 * One beat, for tests. Built on the public headers alone.
 */
#ifndef LABWATCH_TESTS_BEATS_H
#define LABWATCH_TESTS_BEATS_H

#include <labwatch/assistant.h>

/** What became of a beat at a store: the code of its refusal, or of the failure. */
static inline int lw_test_store_beat(lw_store *store, int64_t id, lw_token token, const char *output, lw_error *error) {
    lw_beat beat = {.id = id, .token = token, .captured_out = output};
    int code = lw_store_run_beats(store, &beat, 1, error);
    if (code == LW_OK && beat.refusal.code != LW_OK && error)
        *error = beat.refusal;
    return code == LW_OK ? beat.refusal.code : code;
}

/** The same, at an assistant. */
static inline int lw_test_beat(lw_assistant *assistant, int64_t id, lw_token token, const char *output,
                               lw_error *error) {
    lw_beat beat = {.id = id, .token = token, .captured_out = output};
    return lw_assistant_beat(assistant, &beat, 1, error);
}

#endif
