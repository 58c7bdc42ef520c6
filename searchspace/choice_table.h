/**
 * Finds a value among the choices of a parameter in constant time.
 */
#ifndef LABWATCH_CHOICE_TABLE_H
#define LABWATCH_CHOICE_TABLE_H

#include <labwatch/space.h>

#include "arena.h"

/** Open addressing. */
typedef struct lw_choice_table {
    uint32_t *slots; /**< 1 + the index of a choice; 0: free */
    size_t mask;
} lw_choice_table;

/** Puts all choices in; of equal ones the first. The table lives in the arena. False when out of memory. */
bool lw_choice_table_make(lw_choice_table *table, const lw_choice *choices, size_t count, lw_arena *arena);

/** Index of the choice, among those the table was made of, that equals the value; -1 if none does. */
ptrdiff_t lw_choice_table_find(const lw_choice_table *table, const lw_choice *choices, lw_value value);

#endif
