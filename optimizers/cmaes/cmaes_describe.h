/**
 * What CMA-ES believes, for `labwatch show --model`: where its distribution is, and how wide.
 */
#ifndef LABWATCH_OPTIMIZERS_CMAES_DESCRIBE_H
#define LABWATCH_OPTIMIZERS_CMAES_DESCRIBE_H

#include "cmaes_path.h"

/** Appends it to out. LW_OK or LW_ENOMEM. */
int lw_cmaes_describe(const lw_cmaes_position *position, const lw_cmaes_layout *layout, bson_t *out, lw_error *error);

#endif
