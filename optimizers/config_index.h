/**
 * The different configurations of a history, each kept once, and how many runs have it.
 */
#ifndef LABWATCH_CONFIG_INDEX_H
#define LABWATCH_CONFIG_INDEX_H

#include <labwatch/config.h>

/** A configuration at a fidelity. */
typedef struct lw_known_config {
    lw_config *config;
    double fidelity;
    uint64_t hash;
    size_t n_held;  /**< observations that have it */
    size_t n_taken; /**< those of them that are not void; the history's to change */
} lw_known_config;

/** A hash table with open addressing. Zero-initialise it. */
typedef struct lw_config_index {
    lw_known_config **slots;
    size_t n_slots; /**< a power of two, or 0 */
    size_t n;
} lw_config_index;

/** NULL if it is not there. */
lw_known_config *lw_config_index_find(const lw_config_index *index, const lw_config *config, double fidelity);

/** Finds it or copies it in, and counts one more who holds it. NULL when out of memory. */
lw_known_config *lw_config_index_hold(lw_config_index *index, const lw_config *config, double fidelity);

/** Counts one less; forgets it when nobody holds it. */
void lw_config_index_drop(lw_config_index *index, lw_known_config *known);

void lw_config_index_release(lw_config_index *index);

#endif
