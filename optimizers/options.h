/**
 * Options of an optimizer: checked against its table, with the defaults filled in (sys/optimizer.h).
 */
#ifndef LABWATCH_OPTIONS_H
#define LABWATCH_OPTIONS_H

#include <labwatch/sys/optimizer.h>

/**
 * Checks the document (may be NULL) against the type's table. LW_EINVAL with a sentence that names the option and what
 * would be right. A whole number written as 3.0 is good for an integer. *out is yours.
 */
int lw_options_new(lw_options **out, const lw_optimizer_type *type, const bson_t *document, lw_error *error);

/** Accepts NULL. */
void lw_options_free(lw_options *options);

#endif
