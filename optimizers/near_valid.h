/**
 * Configurations near those that are known to be allowed: for spaces whose constraints leave so little that draws do not
 * hit it.
 */
#ifndef LABWATCH_NEAR_VALID_H
#define LABWATCH_NEAR_VALID_H

#include "duplicates.h"

/**
 * Steps from the default configuration or one of the history's, one parameter at a time, by steps of all sizes, until a
 * configuration is allowed and free at this fidelity. LW_OK; LW_EUNSATISFIABLE without a sentence if nothing is known
 * to be allowed or no step leads to another; LW_ENOMEM.
 */
int lw_find_near_valid(lw_config *config, const lw_taken *taken, double fidelity, lw_stream *stream, lw_error *error);

#endif
