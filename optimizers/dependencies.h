/**
 * Which parameters' conditions read which parameters.
 */
#ifndef LABWATCH_DEPENDENCIES_H
#define LABWATCH_DEPENDENCIES_H

#include <labwatch/space.h>

/** Fills order[0 … d-1] with the parameters, each behind those that its condition reads, else as the space has them. */
int lw_parents_first(const lw_space *space, size_t *order, lw_error *error);

#endif
