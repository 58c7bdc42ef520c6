/**
 * A result as the user gives it: a number, a JSON object, `-` for either on standard input, or how a run failed.
 */
#ifndef CLI_GIVEN_RESULT_H
#define CLI_GIVEN_RESULT_H

#include <labwatch/assistant.h>

#include "arguments.h"

/** Zero-initialise it; given_result_release frees what result borrows. */
typedef struct given_result {
    lw_result result;
    bool has_document;
    double number;
    bson_t document;
} given_result;

/** Reads text (NULL: there is none), and --status and --reason. The document's objective is looked up by
 * given_result_find. An exit code. */
int given_result_read(given_result *out, const cli_arguments *given, const char *text);
/** Makes out->result, which borrows from *out. An exit code. */
int given_result_find(given_result *out, const cli_arguments *given, const lw_experiment *experiment);
/** Says, once it is recorded, that a result that is not finite has become a failure. */
void given_result_tell_recorded(const given_result *given);
void given_result_release(given_result *given);

#endif
