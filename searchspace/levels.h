/**
 * The levels of a space's parameters, for optimizers that go through them.
 */
#ifndef LABWATCH_LEVELS_H
#define LABWATCH_LEVELS_H

#include <stddef.h>
#include <stdint.h>

#include <labwatch/space.h>

/** The d parameters in the order of the file, but each behind those its condition reads. Borrowed. */
const size_t *lw_space_order(const lw_space *space);

/** A coordinate of level k < n_levels of parameter i: decoding it gives the level. */
double lw_level_coordinate(const lw_space *space, size_t i, uint64_t k);

/** The level of parameter i, which has levels, at coordinate u in [0, 1]. */
uint64_t lw_level_at(const lw_space *space, size_t i, double u);

#endif
