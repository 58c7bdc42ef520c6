#include <stdalign.h>
#include <stdint.h>
#include <string.h>

#include <labwatch/sys/memory.h>

#include "arena.h"

enum { SMALLEST_CHUNK = 512, LARGEST_CHUNK = 1 << 20 };

struct lw_arena_chunk {
    struct lw_arena_chunk *next;
    alignas(max_align_t) char bytes[];
};

static bool add_chunk(lw_arena *arena, size_t needed) {
    size_t size = arena->size < SMALLEST_CHUNK ? SMALLEST_CHUNK : arena->size * 2;
    if (size > LARGEST_CHUNK)
        size = LARGEST_CHUNK;
    if (size < needed)
        size = needed;
    struct lw_arena_chunk *chunk =
        size <= SIZE_MAX / 2 ? lw_calloc(1, offsetof(struct lw_arena_chunk, bytes) + size) : NULL;
    if (!chunk) {
        arena->failed = true;
        return false;
    }
    chunk->next = arena->chunks;
    arena->chunks = chunk;
    arena->size = size;
    arena->used = 0;
    return true;
}

void *lw_arena_get(lw_arena *arena, size_t count, size_t size) {
    size_t total;
    if (arena->failed || __builtin_mul_overflow(count, size, &total) || total > SIZE_MAX / 2) {
        arena->failed = true;
        return NULL;
    }
    total = (total + alignof(max_align_t) - 1) / alignof(max_align_t) * alignof(max_align_t);
    if ((!arena->chunks || arena->size - arena->used < total) && !add_chunk(arena, total))
        return NULL;
    void *given = arena->chunks->bytes + arena->used;
    arena->used += total;
    return given;
}

char *lw_arena_text(lw_arena *arena, const char *bytes, size_t length) {
    char *copy = lw_arena_get(arena, length + 1, 1);
    if (copy && length > 0)
        memcpy(copy, bytes, length);
    return copy;
}

void lw_arena_release(lw_arena *arena) {
    while (arena->chunks) {
        struct lw_arena_chunk *chunk = arena->chunks;
        arena->chunks = chunk->next;
        lw_free(chunk);
    }
    *arena = (lw_arena){0};
}
