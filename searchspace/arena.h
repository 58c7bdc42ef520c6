/**
 * Memory that is given piece by piece and freed at once.
 */
#ifndef LABWATCH_ARENA_H
#define LABWATCH_ARENA_H

#include <stdbool.h>
#include <stddef.h>

struct lw_arena_chunk;

/** Zero-initialise it. An arena that ran out of memory remembers so. */
typedef struct lw_arena {
    struct lw_arena_chunk *chunks;
    size_t used, size; /**< of the first chunk */
    bool failed;
} lw_arena;

/** Zeroed memory for count elements of size bytes, aligned for any type but libbson's; NULL when out of memory. */
void *lw_arena_get(lw_arena *arena, size_t count, size_t size);

/** A copy with a 0 behind it; NULL when out of memory. */
char *lw_arena_text(lw_arena *arena, const char *bytes, size_t length);

void lw_arena_release(lw_arena *arena);

#endif
