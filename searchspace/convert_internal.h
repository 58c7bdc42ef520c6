/**
 * The formats that lw_space_write and lw_space_read know, one file each.
 */
#ifndef LW_CONVERT_INTERNAL_H
#define LW_CONVERT_INTERNAL_H

#include <labwatch/convert.h>
#include <labwatch/sys/text.h>

#include "arena.h"
#include "space_builder.h"
#include "yaml_tree.h"

/** Append the space's text to *out. LW_OK, or LW_EUNSUPPORTED naming what the format cannot express; running out of
 * memory shows in out->failed. */
int lw_labwatch_write(lw_text *out, const lw_space *space, lw_error *error);
int lw_configspace_write(lw_text *out, const lw_space *space, bool previous, lw_error *error);
int lw_optuna_write(lw_text *out, const lw_space *space, lw_error *error);
int lw_sacred_write(lw_text *out, const lw_space *space, lw_error *error);

/** Give what a text says to the builder, and tell what is wrong with it. */
void lw_configspace_read(lw_space_builder *builder, const lw_yaml_node *root, lw_arena *arena, lw_problems *problems);
void lw_optuna_read(lw_space_builder *builder, const lw_yaml_node *root, lw_arena *arena, lw_problems *problems);

/* ---- for readers ---- */

/** Reads a scalar or document as a value with its place; given is false, and nothing is told, if node is NULL. False
 * when problems has been told. */
bool lw_convert_value(lw_draft_value *out, const lw_yaml_node *node, lw_arena *arena, lw_problems *problems);
/** As lw_convert_value for each item of a list; tells if node is no list. */
bool lw_convert_values(const lw_draft_value **out, size_t *count, const lw_yaml_node *node, const char *what,
                       lw_arena *arena, lw_problems *problems);
/** The text of a scalar member; tells, and gives NULL, if it is missing or no text. */
const char *lw_convert_text(const lw_yaml_node *mapping, const char *key, lw_problems *problems);
/** A member that is null or missing is NULL. */
const lw_yaml_node *lw_convert_member(const lw_yaml_node *mapping, const char *key);
/** True for a member that is `true`. */
bool lw_convert_flag(const lw_yaml_node *mapping, const char *key);

/* ---- for writers ---- */

/** Walks the constants of a space: each scalar, and each list, with its dotted name. Anything but LW_OK ends the walk
 * and is returned. */
typedef int lw_constant_fn(void *arg, const char *name, lw_value value, lw_error *error);
int lw_convert_each_constant(const lw_space *space, lw_constant_fn *fn, void *arg, lw_error *error);

#endif
