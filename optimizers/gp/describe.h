/**
 * What the model believes, as a document: `labwatch show --model`. docs/optimizers/gp.md explains its members.
 */
#ifndef LABWATCH_OPTIMIZERS_GP_DESCRIBE_H
#define LABWATCH_OPTIMIZERS_GP_DESCRIBE_H

#include <labwatch/sys/optimizer.h>

#include "belief.h"

/**
 * Appends to out what is believed of the request's history (lw_optimizer_type.describe). The belief, which has
 * observations, loses the samples of pending values. LW_OK, or LW_ENOMEM or LW_ENUMERIC with a sentence. Costs what
 * lw_gp_calibrate and lw_gp_relevance do.
 */
int lw_gp_describe(lw_gp_belief *belief, const lw_gp_columns *columns, const lw_request *request, bson_t *out,
                   lw_error *error);

#endif
