/**
 * A table of names (keys, anchors) to nodes. The names are copied.
 */
#ifndef LW_YAML_NAMES_H
#define LW_YAML_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct lw_yaml_node;

/** Zero-initialise it. */
typedef struct lw_yaml_names {
    struct lw_yaml_named *slots;
    size_t n_slots; /**< 0 or a power of two */
    size_t used;
} lw_yaml_names;

/** The node of a name; NULL if there is none. */
struct lw_yaml_node *lw_yaml_names_get(const lw_yaml_names *names, const char *bytes, size_t length);
/** Adds a name, or gives it another node; the node is borrowed. False when out of memory. */
bool lw_yaml_names_put(lw_yaml_names *names, const char *bytes, size_t length, struct lw_yaml_node *node);
void lw_yaml_names_release(lw_yaml_names *names);

#endif
