/**
 * Folders of labwatch's own that outlive a process: where they are, and how they are made and removed.
 */
#ifndef LABWATCH_STATE_FOLDER_H
#define LABWATCH_STATE_FOLDER_H

#include <stdbool.h>
#include <sys/types.h>

#include <labwatch/error.h>

/**
 * The folder of that name in labwatch's XDG state folder. Yours to lw_free. LW_EIO if nothing says where that is; the
 * sentence then names variable as one that could.
 */
int lw_state_folder_path(char **out, const char *name, const char *variable, lw_error *error);

/** Makes a folder and those above it, durably, where they are missing. False: errno says why. */
bool lw_folders_make(const char *path, mode_t mode);

/** Makes a folder's entries last, as fsync does it for a file. */
bool lw_folder_sync(const char *path);

/** Empties an open folder as lw_folder_remove does. It stays open. */
void lw_folder_empty(int folder);

/**
 * Removes a folder of this user's with all that is in it; links are removed, not followed, and other file systems that
 * were mounted in it stay. What cannot be removed is left.
 */
void lw_folder_remove(const char *path);

#endif
