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

#endif
