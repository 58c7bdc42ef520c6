/**
 * How suggestions are printed: as documents for people and programs, or as words for a shell or xargs.
 */
#ifndef CLI_SUGGESTION_FORMAT_H
#define CLI_SUGGESTION_FORMAT_H

#include <labwatch/assistant.h>

#include "arguments.h"
#include "config_names.h"

typedef enum suggestion_kind { AS_YAML, AS_JSON, AS_ENV, AS_ARGS, AS_TEMPLATE, AS_TEMPLATE_WORDS } suggestion_kind;

typedef struct suggestion_format {
    suggestion_kind kind;
    const char *template;
    name_list names;     /**< of the configuration */
    name_list variables; /**< for AS_ENV: the same in the shell */
    size_t n_printed;
} suggestion_format;

/** Reads --format, --prefix and --template, and checks that all configurations of the space can be printed so. An exit
 * code. */
int suggestion_format_init(suggestion_format *out, const cli_arguments *given, const lw_space *space);
void suggestion_format_release(suggestion_format *format);

/** Prints one to standard output, and flushes it. An exit code. */
int suggestion_print(suggestion_format *format, const lw_assignment *run);

#endif
