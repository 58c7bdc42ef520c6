/**
 * Reads one searched parameter: a value with a tag, or a mapping with a `type`.
 */
#ifndef LW_PARAMETER_READER_H
#define LW_PARAMETER_READER_H

#include <stdbool.h>

#include "arena.h"
#include "space_builder.h"
#include "yaml_tree.h"

typedef struct lw_parameter_type lw_parameter_type;

/** What a value in a space is. */
typedef enum lw_entry {
    LW_ENTRY_PLAIN,     /**< a constant, or a mapping or list with more in it */
    LW_ENTRY_PARAMETER, /**< described by its tag or `type` */
    LW_ENTRY_WRONG      /**< an unknown tag or type: problems has been told */
} lw_entry;

/** Says what a value is; *type is set for LW_ENTRY_PARAMETER. */
lw_entry lw_parameter_entry(const lw_yaml_node *node, const lw_parameter_type **type, lw_problems *problems);

/** The type that has this name, such as "UniformFloat"; NULL if there is none. */
const lw_parameter_type *lw_parameter_type_by_name(const char *name);

/**
 * Reads what lw_parameter_entry has found to be of that type. A !Constant without a condition is no parameter:
 * *constant is then its value, and NULL otherwise. False when problems has been told what is wrong. Lists in the draft
 * live as long as the arena, texts as long as the tree.
 */
bool lw_parameter_read(const lw_yaml_node *node, const lw_parameter_type *type, lw_arena *arena,
                       lw_parameter_draft *draft, const lw_yaml_node **constant, lw_problems *problems);

#endif
