/**
 * Finds a name's number in constant time.
 */
#ifndef LABWATCH_NAME_TABLE_H
#define LABWATCH_NAME_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arena.h"

typedef struct lw_name_entry {
    const char *name; /**< NULL: free */
    size_t length;
    uint32_t hash;
    uint32_t index;
} lw_name_entry;

/** Open addressing; names are borrowed. */
typedef struct lw_name_table {
    lw_name_entry *entries;
    size_t mask;
} lw_name_table;

/** Room for count names. False when out of memory. */
bool lw_name_table_make(lw_name_table *table, lw_arena *arena, size_t count);

/** Puts a name in. If it is there already, nothing changes. Returns the index that it has. */
size_t lw_name_table_put(lw_name_table *table, const char *name, size_t index);

/** Index of a name, or -1. */
ptrdiff_t lw_name_table_find(const lw_name_table *table, const char *name, size_t length);

#endif
