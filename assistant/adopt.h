/**
 * Runs that other programs have queued: an offer to whoever executes them.
 */
#ifndef LABWATCH_ADOPT_H
#define LABWATCH_ADOPT_H

#include "assistant_internal.h"
#include "reserve.h"

/** Begins an attempt of this process in a run that has just become the experiment's own. */
typedef void lw_begin_fn(void *arg, lw_run *run);

/**
 * Makes a QUEUED foreign run (as it was read) the experiment's own, as Sacred overwrites what it has queued, in the
 * space of that name (NULL: the first in which its configuration lies), and fills *out but for what begin has set; on
 * failure, too, *out is to be released. LW_EUNSUPPORTED: it is not queued, or its configuration lies in none;
 * LW_ECONFLICT: somebody else was first.
 */
int lw_assistant_adopt(lw_assistant *assistant, const lw_run *queued, const char *space, lw_begin_fn *begin, void *arg,
                       lw_assignment *out, lw_error *error);

/** The first queued foreign run that could be taken so; 0: none. */
int lw_assistant_find_queued_foreign(lw_assistant *assistant, const char *space, int64_t *id, lw_error *error);

#endif
