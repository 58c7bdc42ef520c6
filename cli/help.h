/**
 * Help, made from the table of verbs.
 */
#ifndef CLI_HELP_H
#define CLI_HELP_H

#include <stdio.h>

#include "verbs.h"

/** "usage: labwatch suggest EXPERIMENT [options]" */
void help_usage(const cli_verb *verb, FILE *out);
/** The first of the ways to give operands, "EXPERIMENT [options]", into out; the rest behind it, or NULL. */
const char *help_next_operands(const char *operands, char *out, size_t size);
/** Usage, description, options, an example. */
void help_verb(const cli_verb *verb, FILE *out);
/** What --help prints: every verb with its summary. */
void help_overview(FILE *out);
/** The verbs of a group such as "space". */
void help_group(const char *group, FILE *out);
/** "-n, --number=N" */
void help_option_heading(const cli_option *option, char *out, size_t size);

#endif
