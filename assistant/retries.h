/**
 * Which runs that died may be tried again.
 */
#ifndef LABWATCH_RETRIES_H
#define LABWATCH_RETRIES_H

#include <labwatch/store.h>

#include "worker_identity.h"

/**
 * Whether a run that died may be tried again: only failures of machines count against the retries. The row's worker says how
 * many attempts died before this one.
 */
static inline bool lw_row_may_retry(const lw_run_row *row, int retries) {
    return row->status == LW_STATUS_FAILED && row->failure == LW_FAILURE_DIED &&
           lw_worker_died_before(row->worker) + 1 <= retries;
}

#endif
