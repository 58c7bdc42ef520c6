/**
 * Documents along the tree of a space.
 */
#ifndef LABWATCH_TREE_DOCUMENT_H
#define LABWATCH_TREE_DOCUMENT_H

#include "space_internal.h"

/** The value of a constant or parameter; false where it has none. */
typedef bool lw_node_value_fn(void *arg, const lw_node *node, lw_value *out);

/**
 * Writes a mapping, or a sequence as a document that stands for an array. In mappings, what has no value is left out,
 * and so is a mapping or sequence of which nothing is left; in sequences it is null. *out is initialised here, on
 * success only.
 */
int lw_tree_to_document(const lw_node *branch, lw_node_value_fn *value, void *arg, bson_t *out, lw_error *error);

/** Whether a list or mapping in a document is the value, of kind LW_VALUE_DOCUMENT. */
bool lw_value_matches(lw_value value, const bson_iter_t *iter);

#endif
