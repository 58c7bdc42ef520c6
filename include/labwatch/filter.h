/**
 * Filters over runs, such as `config.C > 1 and status = COMPLETED`: expressions (expression.h) over the fields of a run.
 *
 * Names: id (or run), seed, status, result, cost, experiment, space, attempt, number, duration, start_time, stop_time, failure, reason, host, origin,
 * config.NAME, info.NAME, result.NAME, and any other path in the run's document. A field that a run does not have
 * makes a comparison unknown, and the run is left out. Dates are ISO 8601 text in UTC, which has their order: `start_time >= '2026-11-21'`.
 */
#ifndef LABWATCH_FILTER_H
#define LABWATCH_FILTER_H

#include <labwatch/experiment.h>
#include <labwatch/run.h>

LW_BEGIN_DECLS

typedef struct lw_filter lw_filter;

/**
 * LW_EPARSE says where and what (misspelt names get a did-you-mean; at most 64 different names). experiment: whose runs they are, so that a
 * parameter without `config.` is told; may be NULL. *out is yours.
 */
LW_EXPORT int lw_filter_parse(lw_filter **out, const char *text, size_t length, const lw_experiment *experiment, lw_error *error);
/** The i-th name in it, NULL behind the last. Borrowed. */
LW_EXPORT const char *lw_filter_name(const lw_filter *filter, size_t i);
LW_EXPORT void lw_filter_free(lw_filter *filter);
/** Whether a run passes. */
LW_EXPORT bool lw_filter_matches(const lw_filter *filter, const lw_run *run);

LW_END_DECLS

#endif
