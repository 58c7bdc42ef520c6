/**
 * Text with {name} placeholders, for `--template`. {{ and }} are braces.
 */
#ifndef CLI_TEMPLATE_H
#define CLI_TEMPLATE_H

#include <stdbool.h>

#include <labwatch/config.h>
#include <labwatch/sys/text.h>

/** What placeholders mean beside the configuration's own names. */
typedef struct template_values {
    const lw_config *config;
    int64_t run_id;
    uint64_t seed;
} template_values;

/** Checks that every placeholder is run, seed, or a name in names (NULL-terminated). An exit code. */
int template_check(const char *text, char *const *names, size_t n);

/** Appends text with its placeholders filled in; as_words: split at blanks first, and each word quoted for xargs. An
 * exit code. */
int template_fill(lw_text *out, const char *text, const template_values *values, bool as_words);

#endif
