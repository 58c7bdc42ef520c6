/**
 * A YAML document as a tree that remembers where everything stood.
 *
 * Reading is bounded: 64 MiB of text, 64 levels, 2,000,000 nodes and 64 MiB of scalars once aliases are followed. An
 * alias gives the very node that it names, so a tree takes no more memory than its text warrants. Keys are scalars, and
 * differ;
 * `<<` (merge) belongs to YAML 1.1 and is refused.
 */
#ifndef LW_YAML_TREE_H
#define LW_YAML_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "diagnostics.h"

enum { LW_YAML_LARGEST_FILE = 64 * 1024 * 1024, LW_YAML_DEEPEST = 64, LW_YAML_MOST_NODES = 2000000 };

typedef enum lw_yaml_kind { LW_YAML_SCALAR, LW_YAML_SEQUENCE, LW_YAML_MAPPING } lw_yaml_kind;

typedef struct lw_yaml_node {
    lw_yaml_kind kind;
    bool plain;   /**< a scalar without quotes, neither `|` nor `>` */
    bool literal; /**< the text stands in the file character by character, beginning at content_place */
    lw_place place;
    lw_place content_place; /**< of a scalar's text: behind its quote */
    const char *tag;        /**< as written ("!UniformFloat"), or "tag:yaml.org,2002:str" for !!str; NULL without one */

    bool unusable; /**< a key that was complained about (given twice, `<<`, no scalar): pass it over */

    const char *text; /**< of a scalar, with a 0 behind it (and none in it) */
    size_t length;

    struct lw_yaml_node *const *children; /**< of a sequence its items; of a mapping key, value, key, value, … */
    size_t n_children;

    /* Of the node with everything below it, aliases followed. */
    size_t n_nodes, n_bytes;
    unsigned depth;
} lw_yaml_node;

typedef struct lw_yaml_tree lw_yaml_tree;

/**
 * Reads text that holds one document. LW_OK; LW_EPARSE when problems has been told what is wrong; LW_ENOMEM. A tree is
 * given with LW_EPARSE too if the document could be read and only has keys that are given twice: so that more can be
 * checked. *out is NULL otherwise.
 */
int lw_yaml_tree_read(lw_yaml_tree **out, const char *text, size_t length, lw_problems *problems);
void lw_yaml_tree_free(lw_yaml_tree *tree);

/** The document. Borrowed. */
const lw_yaml_node *lw_yaml_tree_root(const lw_yaml_tree *tree);

size_t lw_yaml_n_pairs(const lw_yaml_node *mapping);
const lw_yaml_node *lw_yaml_key(const lw_yaml_node *mapping, size_t i);
const lw_yaml_node *lw_yaml_value(const lw_yaml_node *mapping, size_t i);

/** The value of a key; NULL if there is none, or if the node is no mapping. */
const lw_yaml_node *lw_yaml_get(const lw_yaml_node *mapping, const char *key);

/** "a list", "a mapping", "text" …: what a message calls a node. */
const char *lw_yaml_kind_text(const lw_yaml_node *node);

#endif
