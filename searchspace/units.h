/**
 * Durations and sizes as people write them.
 */
#ifndef LW_UNITS_H
#define LW_UNITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** "90", "90s", "1.5h", "1h30m", "2d", "500ms": seconds. False if it is no duration, or not finite. */
bool lw_duration_from_text(const char *text, size_t length, double *seconds);

/**
 * "4G", "512M", "1.5 GiB", "1000": bytes. K, M, G, T and KiB, MiB, … count in 1024s, KB, MB, … in 1000s; capitals or
 * not. False if it is no size, or needs more than 63 bits.
 */
bool lw_size_from_text(const char *text, size_t length, uint64_t *bytes);

#endif
