/**
 * Values of configurations as fields of CSV, so that every value is told from every other.
 *
 * Numbers, true, false, null, lists and mappings are written as JSON. So is a text that would be taken for one of these or for nothing: "1",
 * "true", "", or one that begins with `"`, `[` or `{`. Every other text stands as it is. An empty field is no value.
 */
#ifndef CLI_CSV_VALUE_H
#define CLI_CSV_VALUE_H

#include <labwatch/space.h>
#include <labwatch/sys/text.h>

/** Appends the value's field (before CSV's own quoting). */
void csv_value_add(lw_text *out, const bson_iter_t *value);

/** Appends name: value to the config, read as a number, else as JSON, else as text. */
void csv_value_read(bson_t *config, const char *name, const char *field);

/**
 * Appends the parameter's choice that the field stands for: the one that is written so, else the only one that has this spelling or this JSON
 * value. LW_EINVAL if there are several. What is no choice is appended as csv_value_read does, for the reader of configs to refuse.
 */
int csv_value_read_choice(bson_t *config, const lw_parameter *parameter, const char *field, lw_error *error);

#endif
