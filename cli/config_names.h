/**
 * The names of everything in a space's configurations: parameters in their order, then constants, dotted where nested.
 */
#ifndef CLI_CONFIG_NAMES_H
#define CLI_CONFIG_NAMES_H

#include <labwatch/space.h>

typedef struct name_list {
    char **items;
    size_t n, capacity;
} name_list;

/** Lists are one name, unless a parameter is in them: then each of their elements. */
void config_names_of(name_list *out, const lw_space *space);
void config_names_release(name_list *names);

#endif
