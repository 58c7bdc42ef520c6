/**
 * What a space's version is told by.
 */
#ifndef LABWATCH_SPACE_DIGEST_H
#define LABWATCH_SPACE_DIGEST_H

#include "space_internal.h"

/** Works out the space's digests and the order of its names. False when out of memory. */
bool lw_space_make_digests(lw_space *space);

#endif
