/**
 * An experiment from the text of its file.
 */
#ifndef LABWATCH_PYTHON_EXPERIMENT_TEXT_H
#define LABWATCH_PYTHON_EXPERIMENT_TEXT_H

#include "core.h"

/**
 * As lw_experiment_parse; *error has all that is wrong, a line each. *warnings (may be NULL) gets what the reader warned of, likewise, yours to
 * lw_free, or NULL.
 */
int core_parse(lw_experiment **out, const core_opening *opening, char **warnings, lw_error *error);

#endif
