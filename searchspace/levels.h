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

/** The prior probability of level k of parameter i, which has levels: how wide its cell is, in coordinates. */
double lw_space_level_share(const lw_space *space, size_t i, uint64_t k);

#endif
