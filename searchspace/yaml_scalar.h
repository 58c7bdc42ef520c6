/**
 * What a YAML scalar means, by the core schema of YAML 1.2: `1e-5` and `.5` are numbers, `0o17` and `0x1F` integers,
 * `true` and `false` booleans, `~`, `null` and nothing at all null; `on`, `off`, `yes`, `no`, dates and whatever is
 * quoted are text.
 */
#ifndef LW_YAML_SCALAR_H
#define LW_YAML_SCALAR_H

#include <labwatch/value.h>

#include "yaml_tree.h"

/**
 * The meaning of a scalar node. False when problems has been told why there is none: an integer beyond 64 bits, a
 * number that no double holds, a tag (!!int, …) that does not fit. .inf and .nan are floats here; who cannot use them
 * says so. Text borrows from the node.
 */
bool lw_yaml_scalar_value(const lw_yaml_node *node, lw_value *out, lw_problems *problems);

/** The meaning of a text that stands without quotes or tag; false for a number that does not fit. */
bool lw_yaml_plain_value(const char *text, size_t length, lw_value *out);

/** True if text, written plainly, would mean something else than this text, or would not be read as one plain scalar:
 * it needs quotes. */
bool lw_yaml_needs_quotes(const char *text, size_t length);

/** "the integer 3", "the text 'abc'", "true", "a list": a node as a message shows it. */
const char *lw_yaml_describe(lw_shown *shown, const lw_yaml_node *node);
#define LW_DESCRIBE(node) lw_yaml_describe(&(lw_shown){{0}}, (node))

#endif
