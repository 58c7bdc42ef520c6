/**
 * The parts of a space as the long form of an experiment file has them.
 */
#ifndef LW_SPACE_WRITER_H
#define LW_SPACE_WRITER_H

#include <labwatch/sys/text.h>

#include "space_internal.h"

/** True for a !Constant that has a condition: a choice of one. Without a condition, a choice of one is searched all the
 * same. */
bool lw_dimension_is_constant(const lw_dimension *dimension);

/** "UniformFloat", "Categorical", …, "Constant". */
const char *lw_dimension_type_name(const lw_dimension *dimension);

/** True if the choices do not all weigh the same. */
bool lw_dimension_has_weights(const lw_dimension *dimension);

/** Appends the choices, or their weights, as a list in YAML: "[a, b]". */
void lw_parameter_add_choices(lw_text *out, const lw_parameter *parameter);
void lw_parameter_add_weights(lw_text *out, const lw_parameter *parameter);

/** The default in the user's type. */
lw_value lw_dimension_default(const lw_dimension *dimension);

/**
 * The bounds, step, mu, … of a parameter that an experiment file needs: name and value, in the order in which people
 * write them. log_scale is among them as a boolean, the default if the user gave one.
 */
typedef struct lw_attribute {
    const char *name;
    lw_value value;
} lw_attribute;
enum { LW_MOST_ATTRIBUTES = 8 };
size_t lw_dimension_attributes(const lw_dimension *dimension, lw_attribute out[LW_MOST_ATTRIBUTES]);

/** Appends key: {type: UniformFloat, …}. False if the document would be too large. */
bool lw_dimension_append(bson_t *document, const char *key, const lw_dimension *dimension);

/** True for a constant that a reader would take for the type of a parameter: it must be written as {type: Constant,
 * value: …}. */
bool lw_node_looks_like_type(const lw_node *node);

/** Appends key: what the node is, with everything below it. */
bool lw_node_append(bson_t *document, const char *key, const lw_space *space, const lw_node *node);

#endif
