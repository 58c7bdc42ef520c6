/**
 * Random bytes that nobody can foresee or repeat, for tokens, pauses and new seeds: never for suggestions.
 */
#ifndef LABWATCH_ENTROPY_H
#define LABWATCH_ENTROPY_H

#include <stddef.h>
#include <stdint.h>

/** A portion of the system's random bytes, so that not every token costs a system call. Zero-initialise it. */
typedef struct lw_entropy {
    uint8_t bytes[512];
    size_t left; /**< unused, at the end of bytes */
} lw_entropy;

/** length at most 64. */
void lw_entropy_take(lw_entropy *entropy, void *out, size_t length);
/** Uniform in [0, 1). */
double lw_entropy_uniform(lw_entropy *entropy);

#endif
