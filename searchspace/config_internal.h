/**
 * What a configuration consists of, for this room only.
 */
#ifndef LABWATCH_CONFIG_INTERNAL_H
#define LABWATCH_CONFIG_INTERNAL_H

#include "space_internal.h"

/** One allocation. The slot of an inactive parameter has its default, so that equal configurations have equal slots. */
struct lw_config {
    const lw_space *space;
    uint64_t *active; /**< a bit for each parameter; behind the slots */
    lw_slot slots[];
};

static inline bool lw_config_has(const lw_config *config, size_t i) {
    return (config->active[i / 64] >> (i % 64)) & 1;
}

static inline void lw_config_mark(lw_config *config, size_t i, bool active) {
    uint64_t bit = UINT64_C(1) << (i % 64);
    config->active[i / 64] = active ? config->active[i / 64] | bit : config->active[i / 64] & ~bit;
}

/** A configuration in which nothing is active yet; NULL when out of memory. */
lw_config *lw_config_blank(const lw_space *space);

/** Values of a configuration's parameters and constants for expressions: an lw_slot_fn. */
lw_value lw_config_slot_value(void *config, size_t slot, bool *known);

/** Whether parameter i is active, from the values of those before it in the order. */
bool lw_config_condition_holds(const lw_config *config, size_t i);

/** Works out the activity of all parameters; what becomes inactive gets its default. */
void lw_config_settle(lw_config *config);

/** A constraint holds unless it is false or undefined. */
bool lw_config_satisfies(const lw_config *config, const lw_constraint *constraint);

/** Draws from the prior once, without looking at constraints. */
void lw_config_draw(lw_config *config, lw_stream *stream);

#endif
