/**
 * Checkpoint folders: what a program leaves there for the next attempt at its run.
 *
 *     ROOT/EXPERIMENT-HASH/run-12/attempt-1
 *
 * The hash is of the store, the experiment and when it was made, so that a run of the same number elsewhere has another
 * folder. The next attempt gets the folder by renaming it. So an earlier attempt that still runs somewhere, cut off
 * from its store, cannot write into what is no longer its own.
 */
#ifndef LABWATCH_CHECKPOINT_H
#define LABWATCH_CHECKPOINT_H

#include <labwatch/error.h>
#include <labwatch/store.h>

/** Where the checkpoints of an experiment lie. Zero-initialised there are none. */
typedef struct lw_checkpoints {
    char *folder;     /**< of the experiment; NULL: none */
    bool was_named;   /**< by the user, and not the default: it must work */
} lw_checkpoints;

typedef struct lw_checkpoint_owner {
    const char *identity; /**< of the store */
    const char *experiment;
    int64_t created_ms; /**< of the experiment in the store */
} lw_checkpoint_owner;

/**
 * root: the folder that the user has named, which must be there (LW_EINVAL); NULL: labwatch/checkpoints in the XDG
 * state folder, which is made when it is needed; if there is no place for it, there are none.
 */
int lw_checkpoints_open(lw_checkpoints *out, const char *root, const lw_checkpoint_owner *owner, lw_error *error);
void lw_checkpoints_release(lw_checkpoints *checkpoints);

/**
 * The folder of an attempt, with what the latest attempt before it has left, or empty. *path is yours to lw_free.
 * LW_EIO.
 */
int lw_checkpoints_take(const lw_checkpoints *self, int64_t run, int32_t attempt, char **path, lw_error *error);

/** Removes what this attempt and those before it have left: the run has its outcome. */
void lw_checkpoints_remove(const lw_checkpoints *self, int64_t run, int32_t attempt);

/** Removes what is left of runs that have an outcome, wherever that came from. The store's being away is no failure. */
void lw_checkpoints_tidy(const lw_checkpoints *self, lw_store *store, const char *experiment);

#endif
