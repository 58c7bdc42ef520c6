/**
 * What a forest believes, as a document: `labwatch show --model`. docs/optimizers/smac.md explains its members.
 */
#ifndef LABWATCH_FOREST_DESCRIBE_H
#define LABWATCH_FOREST_DESCRIBE_H

#include <labwatch/sys/optimizer.h>

#include "forest_belief.h"

/**
 * Appends to out what is believed of the request's history (lw_optimizer_type.describe), which the belief and the rows
 * are of. Draws from the request's stream. LW_OK, or LW_ENOMEM with a sentence.
 */
int lw_forest_describe(const lw_forest_belief *belief, const lw_forest_columns *columns, const lw_forest_rows *rows,
                       const lw_request *request, bson_t *out, lw_error *error);

#endif
