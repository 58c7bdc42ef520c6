/**
 * Which documents of a run a modification leaves alone. Meanwhile the run has views in their place, so that no other
 * document can come to lie where they do.
 */
#ifndef LABWATCH_RUN_WATCH_H
#define LABWATCH_RUN_WATCH_H

#include "run_members.h"

/** Not to be moved. */
typedef struct run_watch {
    bson_t *documents[RUN_N_DOCUMENTS]; /**< the run's; NULL: none, or not watched */
    bson_t views[RUN_N_DOCUMENTS];
} run_watch;

/** Attempts and notes are not watched: they may be appended to. */
void run_watch_begin(run_watch *watch, lw_run *run);

/**
 * Gives back the documents that were left alone and frees the others. A bit for each, in the order of RUN_DOCUMENTS: set
 * if it was given back.
 */
unsigned run_watch_end(run_watch *watch, lw_run *run);

#endif
