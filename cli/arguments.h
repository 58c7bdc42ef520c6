/**
 * The words of a command line, sorted into operands, options and a command behind `--`, as a verb's table says.
 *
 * Options may stand anywhere, as `--name value` or `--name=value`, those with a letter also as `-n 5` or `-n5`. A word
 * that begins like a negative number is an operand, and so is `-`. Behind `--` everything is an operand, or the command
 * of a verb that takes one.
 */
#ifndef CLI_ARGUMENTS_H
#define CLI_ARGUMENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "verbs.h"

struct cli_arguments {
    const cli_verb *verb;
    const char **operands; /**< ends with NULL */
    size_t n_operands;
    const char *const *command; /**< the words behind `--`, ends with NULL; NULL without `--` */
    const char **values; /**< of verb->options in their order, then of the common options; NULL where not given */
    bool help;
};

/** Fills *out from words (argv behind the verb). An exit code; what is wrong has been said. */
int arguments_parse(cli_arguments *out, const cli_verb *verb, char *const *words, size_t n);
void arguments_release(cli_arguments *given);

/** The value of an option of the verb, by its long name; NULL if it was not given; "" for a switch. */
const char *option_text(const cli_arguments *given, const char *name);
bool option_given(const cli_arguments *given, const char *name);

/** The option as a whole number of at least least; *out stays as it was if it was not given. An exit code. */
int option_integer(const cli_arguments *given, const char *name, int64_t least, int64_t *out);
/** The option as a time such as 90, 90s, 10m, 1h30m, 2d, in seconds, above 0. An exit code. */
int option_duration(const cli_arguments *given, const char *name, double *seconds);

#endif
