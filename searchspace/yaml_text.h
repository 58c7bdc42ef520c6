/**
 * What is checked in a text before YAML is read from it, and what libyaml's complaints mean.
 */
#ifndef LW_YAML_TEXT_H
#define LW_YAML_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "diagnostics.h"
#include "yaml_source.h"

/** Tells one problem and gives false if the text is too large, empty, UTF-16, not UTF-8, or has NUL bytes. */
bool lw_yaml_text_check(const char *text, size_t length, lw_problems *problems);

/** Tells what libyaml's parser, which has failed at this source, found wrong. */
void lw_yaml_text_explain(const yaml_parser_t *parser, const lw_yaml_source *source, lw_problems *problems);

#endif
