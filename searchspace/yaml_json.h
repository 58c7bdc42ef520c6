/**
 * YAML values as JSON text and as BSON.
 */
#ifndef LW_YAML_JSON_H
#define LW_YAML_JSON_H

#include <labwatch/sys/text.h>
#include <labwatch/value.h>

#include "arena.h"
#include "yaml_tree.h"

/** JSON of a node and everything below it, aliases followed. False when problems has been told why there is none. The
 * text lives in the arena. */
bool lw_yaml_to_json(const lw_yaml_node *node, lw_arena *arena, const char **json, size_t *length,
                     lw_problems *problems);

/** Appends a value as JSON. */
void lw_json_add_value(lw_text *json, lw_value value);

/** Tells, and gives true, if the tag is one that a plain value cannot have (!UniformFloat, !!binary, …). */
bool lw_yaml_tell_strange_tag(const lw_yaml_node *node, lw_problems *problems);

/** Tells, and gives true, if a number is NaN or infinite. */
bool lw_yaml_tell_not_finite(const lw_yaml_node *node, lw_value value, lw_problems *problems);

#endif
