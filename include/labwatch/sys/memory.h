/**
 * The library's own allocations, for the library and for authors of plug-ins.
 *
 * They count, so that a test can make the n-th one fail; they never abort. What they return is freed by
 * lw_free. (libbson's own allocations abort when memory is gone; that is documented and cannot be changed here.)
 *
 * lw_malloc and lw_calloc align what has a multiple of 128 bytes at 128 bytes: so a struct may contain a bson_t or
 * bson_iter_t, which libbson aligns so. Arrays that grow (lw_reallocarray, lw_array_reserve) have malloc's alignment
 * only, and a bson_t must not be moved: keep pointers in them.
 *
 * NULL always means that memory is gone: zero bytes are given as one.
 */
#ifndef LABWATCH_SYS_MEMORY_H
#define LABWATCH_SYS_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <labwatch/export.h>

LW_BEGIN_DECLS

LW_EXPORT void *lw_malloc(size_t size);
/** Zeroed; NULL also when count * size overflows. */
LW_EXPORT void *lw_calloc(size_t count, size_t size);
/** Resizes an array; NULL (and the old array kept) also when count * size overflows. */
LW_EXPORT void *lw_reallocarray(void *array, size_t count, size_t size);
/** Copies text; NULL stays NULL. */
LW_EXPORT char *lw_strdup(const char *text);
/** Copies length bytes and adds a 0. */
LW_EXPORT char *lw_strndup(const char *text, size_t length);
/** Accepts NULL. */
LW_EXPORT void lw_free(void *pointer);

/**
 * Makes room for one more element: *array has *capacity elements of size bytes, used of them used. Grows
 * geometrically. False when out of memory, with everything as it was.
 */
LW_EXPORT bool lw_array_reserve(void *array_pointer, size_t *capacity, size_t used, size_t size);

/**
 * For tests: the n-th allocation of this thread from now on fails (once, or from then on all of them), n = 1, 2, …;
 * n = 0 switches it off. Returns how many allocations were counted since the last call. Does nothing in a release build.
 */
LW_EXPORT uint64_t lw_memory_fail_at(uint64_t n, bool from_then_on);

LW_END_DECLS

#endif
