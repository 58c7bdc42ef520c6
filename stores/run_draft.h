/**
 * A run that is being changed, beside the one that it was: a change that is refused in the end leaves no trace.
 */
#ifndef LABWATCH_RUN_DRAFT_H
#define LABWATCH_RUN_DRAFT_H

#include <labwatch/run.h>

enum { RUN_DOCUMENTS_IN_ALL = 16 };

/** Not to be moved: the run's documents may lie in it. */
typedef struct run_draft {
    lw_run run;                         /**< as a lw_run_modify_fn gets it */
    bson_t views[RUN_DOCUMENTS_IN_ALL]; /**< of the original's documents, until a change replaces them */
} run_draft;

/** Begins with a run that outlives the draft. Cheap: only texts, attempts and notes are copied. */
int run_draft_begin(run_draft *draft, const lw_run *original, lw_error *error);
/** The original becomes what the draft is; documents that were not replaced stay where they are. Ends the draft. */
void run_draft_keep(run_draft *draft, lw_run *original);
/** Ends the draft; the original is as it was. */
void run_draft_drop(run_draft *draft);

#endif
