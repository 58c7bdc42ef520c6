/**
 * Filters over runs, such as `config.C > 1 and status = COMPLETED`: expressions (expression.h) over the fields of a run.
 *
 * Names: id, status, result, cost, experiment, space, attempt, number, duration, start_time, stop_time, failure, reason, host, origin,
 * config.NAME, info.NAME, result.NAME, and any other path in the run's document. A field that a run does not have
 * makes a comparison unknown, and the run is left out. Dates are ISO 8601 text in UTC, which has their order: `start_time >= '2026-11-21'`.
 */
#ifndef LABWATCH_FILTER_H
#define LABWATCH_FILTER_H

#include <labwatch/run.h>

LW_BEGIN_DECLS

typedef struct lw_filter lw_filter;

/** LW_EPARSE says where and what (misspelt names get a did-you-mean; at most 64 different names). *out is yours. */
LW_EXPORT int lw_filter_parse(lw_filter **out, const char *text, size_t length, lw_error *error);
LW_EXPORT void lw_filter_free(lw_filter *filter);
/** Whether a run passes. */
LW_EXPORT bool lw_filter_matches(const lw_filter *filter, const lw_run *run);

LW_END_DECLS

#endif
