/**
 * A table of names (keys, anchors, parameters) and what they stand for. The names are copied.
 */
#ifndef LW_YAML_NAMES_H
#define LW_YAML_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Zero-initialise it. */
typedef struct lw_yaml_names {
    struct lw_yaml_named *slots;
    size_t n_slots; /**< 0 or a power of two */
    size_t used;
} lw_yaml_names;

/** What a name stands for; NULL if there is none. */
void *lw_yaml_names_get(const lw_yaml_names *names, const char *bytes, size_t length);
/** Adds a name, or gives it another meaning; thing is borrowed, and not NULL. False when out of memory. */
bool lw_yaml_names_put(lw_yaml_names *names, const char *bytes, size_t length, void *thing);
void lw_yaml_names_release(lw_yaml_names *names);

#endif
