/**
 * From what the kernel says of an ended child to an outcome with its sentence.
 */
#ifndef LW_PROCESS_OUTCOME_H
#define LW_PROCESS_OUTCOME_H

#include <sys/resource.h>

#include "process.h"

/**
 * Fills in what a wait status and its usage tell. kind is EXITED or SIGNALLED unless labwatch had ended it (ended_as).
 */
void lw_outcome_from_status(lw_process_outcome *out, int status, const struct rusage *usage, lw_process_kind ended_as);

/**
 * Writes out->message for out->kind and the limits that were set. Not for EXEC_FAILED, whose reason only lw_spawn
 * knows.
 */
void lw_outcome_explain(lw_process_outcome *out, double timeout_s, uint64_t memory_limit_bytes);

#endif
