/**
 * Other programs' documents among the runs.
 */
#ifndef CLI_UNREADABLE_H
#define CLI_UNREADABLE_H

#include <labwatch/store.h>

/** Says how many there are that are no runs, if any; experiment NULL: in the whole store. An exit code. */
int tell_unreadable(lw_store *store, const char *experiment);

#endif
