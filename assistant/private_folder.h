/**
 * A folder that only this process's user may look into, for the files that a runner shares with its programs. A file `lock` in it is locked
 * as long as the process lives, so that what a killed one left behind can be told from what is in use.
 */
#ifndef LABWATCH_PRIVATE_FOLDER_H
#define LABWATCH_PRIVATE_FOLDER_H

#include <labwatch/error.h>

/** Zero-initialised it is none. */
typedef struct lw_private_folder {
    char *path; /**< NULL: none */
    int lock;   /**< open while there is a path, unless -1: the place knows no locks */
} lw_private_folder;

/**
 * Makes a new one in $TMPDIR or /tmp, in place of what *folder was (which is let go, as somebody else must have removed it), and tidies up there:
 * what is left of processes of this user that are gone. LW_EIO, LW_ENOMEM: *folder is as it was.
 */
int lw_private_folder_make(lw_private_folder *folder, lw_error *error);

/** Removes it with everything in it. */
void lw_private_folder_remove(lw_private_folder *folder);

#endif
