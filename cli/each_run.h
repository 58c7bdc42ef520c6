/**
 * Verbs that do the same to each of several runs.
 */
#ifndef CLI_EACH_RUN_H
#define CLI_EACH_RUN_H

#include <labwatch/assistant.h>

#include "arguments.h"

/** What is done to one run. A code of the library. */
typedef int run_action(lw_assistant *assistant, int64_t id, lw_error *error);

/** Does it to each operand in turn, going on after a failure. The first exit code that is not EXIT_DONE. */
int each_run(const cli_arguments *given, run_action *action);

#endif
