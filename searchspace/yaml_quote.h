/**
 * Text as YAML reads it back.
 */
#ifndef LW_YAML_QUOTE_H
#define LW_YAML_QUOTE_H

#include <labwatch/sys/text.h>
#include <labwatch/value.h>

/** Appends text: plain if it reads back as this text, else in double quotes. */
void lw_yaml_add_text(lw_text *out, const char *bytes, size_t length);

/** Appends a scalar: as it was spelt if that means the same, else in its usual form. spelling may be NULL. */
void lw_yaml_add_scalar(lw_text *out, lw_value value, const char *spelling);

/**
 * Appends JSON so that libyaml reads the same from it: JSON allows some characters in strings that YAML does not, and
 * pairs of \u escapes for one character.
 */
void lw_yaml_add_json(lw_text *out, const char *json, size_t length);

/** True if lw_yaml_add_json would change something. */
bool lw_yaml_differs_from_json(const char *json, size_t length);

#endif
