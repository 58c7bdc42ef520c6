/**
 * A run in short.
 */
#ifndef CLI_RUN_SUMMARY_H
#define CLI_RUN_SUMMARY_H

#include <labwatch/assistant.h>
#include <labwatch/sys/text.h>

/** {run, status, result, failure, …, config}: what is not known is not in it. The result is in the user's sign. Yours
 * to bson_destroy. */
bson_t *run_summary(const lw_run *run, const lw_experiment *experiment);

/** "2026-11-21T10:00:00.000Z"; "" for LW_NO_TIME. */
void format_time(int64_t ms, char out[32]);

/** Seconds for people: to the millisecond, below 0.1 s to three digits ("12.346", "0.0105"). "" for NaN. */
void format_duration(double seconds, char out[LW_NUMBER_SIZE]);

#endif
