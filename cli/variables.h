/**
 * Names of shell variables for parameters, for `--format env`.
 *
 * Characters that a name cannot have become `_`. What would set a variable that the shell, the loader or a language's
 * interpreter reads is refused, and so are two parameters that would share a variable.
 */
#ifndef CLI_VARIABLES_H
#define CLI_VARIABLES_H

#include "config_names.h"

/** The variables for names, in their order, each behind prefix (may be NULL). An exit code; *out is to be released on
 * success only. */
int variables_of(name_list *out, const name_list *names, const char *prefix);

#endif
