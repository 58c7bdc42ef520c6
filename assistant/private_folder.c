/*
 * Others may write to the parent folder. So nothing in it is reached by its path twice: a folder is opened without following links, must
 * belong to this user and be writable for nobody else, and what is in it is removed through that descriptor.
 */
#include "private_folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <labwatch/sys/memory.h>
#include <labwatch/sys/text.h>

#include "state_folder.h"

static const char lock_name[] = "lock";

static const char *parent_path(void) {
    const char *path = getenv("TMPDIR");
    return path && path[0] == '/' ? path : "/tmp";
}

static int open_folder(int parent, const char *name) {
    return openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* The folder of that name is removed only if it is empty: whatever has taken its place meanwhile stays. */
static void remove_folder(int parent, const char *name, int folder) {
    lw_folder_empty(folder);
    (void)unlinkat(parent, name, AT_REMOVEDIR);
}

/* ---- what killed processes left ---- */

static bool is_own(int folder) {
    struct stat status;
    return fstat(folder, &status) == 0 && status.st_uid == geteuid() && (status.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

/* The kernel lets go of the lock with the process, however that ends. */
static bool is_abandoned(int folder) {
    int lock = openat(folder, lock_name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (lock < 0)
        return false; /* just being made, or not of this kind */
    struct stat status;
    bool abandoned = fstat(lock, &status) == 0 && S_ISREG(status.st_mode) && flock(lock, LOCK_EX | LOCK_NB) == 0;
    (void)close(lock);
    return abandoned;
}

static void tidy(int parent, const char *name) {
    int folder = open_folder(parent, name);
    if (folder < 0)
        return;
    if (is_own(folder) && is_abandoned(folder))
        remove_folder(parent, name, folder);
    (void)close(folder);
}

static void name_prefix(char *out, size_t size) {
    (void)snprintf(out, size, "labwatch-%lu-", (unsigned long)geteuid());
}

/* No more than so many entries are looked at: a start must not take long because of what others leave in the folder. */
static void tidy_parent(void) {
    enum { MOST_ENTRIES = 100000 };
    char prefix[48];
    DIR *entries = opendir(parent_path());
    if (!entries)
        return;
    name_prefix(prefix, sizeof prefix);
    const struct dirent *entry;
    for (int n = 0; n < MOST_ENTRIES && (entry = readdir(entries)); n++)
        if (strncmp(entry->d_name, prefix, strlen(prefix)) == 0)
            tidy(dirfd(entries), entry->d_name);
    (void)closedir(entries);
}

/* ---- making ---- */

/*
 * The file gets its name when it is locked already: nobody sees one that is not. Where there are no locks there is no such file, and the
 * folder is never taken for abandoned.
 */
static int make_lock(const char *path) {
    static const char unnamed[] = ".lock";
    int folder = open_folder(AT_FDCWD, path);
    if (folder < 0)
        return -1;
    int lock = openat(folder, unnamed, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    bool locked = lock >= 0 && flock(lock, LOCK_EX | LOCK_NB) == 0 && renameat(folder, unnamed, folder, lock_name) == 0;
    if (lock >= 0 && !locked) {
        (void)unlinkat(folder, unnamed, 0);
        (void)close(lock);
        lock = -1;
    }
    (void)close(folder);
    return lock;
}

static void let_go(lw_private_folder *folder) {
    if (folder->path && folder->lock >= 0)
        (void)close(folder->lock);
    lw_free(folder->path);
    *folder = (lw_private_folder){0};
}

int lw_private_folder_make(lw_private_folder *folder, lw_error *error) {
    char prefix[48];
    lw_text text = {0};
    name_prefix(prefix, sizeof prefix);
    lw_text_format(&text, "%s/%sXXXXXX", parent_path(), prefix);
    char *path = lw_text_take(&text);
    if (!path)
        return lw_error_no_memory(error);
    if (!mkdtemp(path)) {
        int rc =
            lw_error_set(error, LW_EIO,
                         "cannot make a folder for the configurations of runs, '%s': %s; TMPDIR may name another place",
                         path, strerror(errno));
        lw_free(path);
        return rc;
    }
    let_go(folder);
    *folder = (lw_private_folder){.path = path, .lock = make_lock(path)};
    tidy_parent();
    return LW_OK;
}

void lw_private_folder_remove(lw_private_folder *folder) {
    if (!folder->path)
        return;
    int opened = open_folder(AT_FDCWD, folder->path);
    if (opened >= 0 && is_own(opened))
        remove_folder(AT_FDCWD, folder->path, opened);
    if (opened >= 0)
        (void)close(opened);
    let_go(folder);
}
