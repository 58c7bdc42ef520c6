/**
 * What is said about an experiment's budget.
 */
#ifndef CLI_BUDGET_H
#define CLI_BUDGET_H

#include <labwatch/assistant.h>

#include "arguments.h"

/** As fail_with, for a run that could not be reserved: if the budget is used, it says how to go beyond. */
int fail_to_reserve(lw_assistant *assistant, const cli_arguments *given, const lw_error *error);

#endif
