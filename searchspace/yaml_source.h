/**
 * The text that libyaml reads, and where in the file its pieces stand.
 *
 * JSON is YAML, nearly: strings that libyaml would not read as JSON means them are written differently before it gets
 * them. Places are those of the file all the same.
 */
#ifndef LW_YAML_SOURCE_H
#define LW_YAML_SOURCE_H

#include <stdbool.h>
#include <stddef.h>

#include <yaml.h>

#include <labwatch/sys/text.h>

#include "space_builder.h"

typedef struct lw_yaml_source {
    const char *text; /**< what libyaml gets: borrowed, or that of changed */
    size_t length;
    lw_text changed;
    struct lw_yaml_edit *edits; /**< strings that were written differently, in the order of the text */
    size_t n_edits, edits_capacity;
    size_t at, line, column; /**< how far lw_yaml_source_has has gone */
} lw_yaml_source;

/** Adapts JSON. text is UTF-8, borrowed. False when out of memory; release it in either case. */
bool lw_yaml_source_init(lw_yaml_source *source, const char *text, size_t length);
void lw_yaml_source_release(lw_yaml_source *source);

/** Where in the file something stands that libyaml places there: lines and columns from 0. */
lw_place lw_yaml_source_place(const lw_yaml_source *source, size_t line, size_t column);

/** Whether these bytes stand in the text as they are, n_behind bytes before a mark. Asked for marks in their order. */
bool lw_yaml_source_has(lw_yaml_source *source, const char *bytes, size_t length, size_t n_behind, yaml_mark_t mark);

#endif
