#include "state_folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <labwatch/sys/memory.h>
#include <labwatch/sys/text.h>

/* ---- where they are ---- */

int lw_state_folder_path(char **out, const char *name, const char *variable, lw_error *error) {
    const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
    lw_text path = {0};
    if (state && state[0] == '/')
        lw_text_format(&path, "%s/labwatch/%s", state, name);
    else if (home && *home)
        lw_text_format(&path, "%s/.local/state/labwatch/%s", home, name);
    else
        return lw_error_set(error, LW_EIO, "there is no place for the %s: set %s, XDG_STATE_HOME or HOME to a folder",
                            name, variable);
    *out = lw_text_take(&path);
    return *out ? LW_OK : lw_error_no_memory(error);
}

/* ---- making ---- */

bool lw_folder_sync(const char *path) {
    int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0)
        return false;
    bool synced = fsync(folder) == 0 || errno == EINVAL; /* some file systems cannot, and need not */
    (void)close(folder);
    return synced;
}

/* A folder whose parent is there. */
static bool make_one(char *path, mode_t mode) {
    if (mkdir(path, mode) != 0)
        return errno == EEXIST;
    char *slash = strrchr(path, '/');
    if (!slash)
        return lw_folder_sync(".");
    if (slash == path)
        return lw_folder_sync("/");
    *slash = 0;
    bool synced = lw_folder_sync(path);
    *slash = '/';
    return synced;
}

bool lw_folders_make(const char *path, mode_t mode) {
    char *copy = lw_strdup(path);
    if (!copy) {
        errno = ENOMEM;
        return false;
    }
    bool made = true;
    for (char *at = copy + 1; made && *at; at++) {
        if (*at != '/' || at[-1] == '/')
            continue;
        *at = 0;
        made = make_one(copy, mode);
        *at = '/';
    }
    made = made && make_one(copy, mode);
    int problem = errno;
    lw_free(copy);
    errno = problem;
    return made;
}

/* ---- removing ---- */

static int open_folder(int parent, const char *name) {
    return openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

static bool is_dots(const char *name) {
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

static void empty_folder(int folder, dev_t device, int depth);

/* Other file systems that were mounted in it are left alone. */
static void remove_entry(int folder, const char *name, dev_t device, int depth) {
    enum { DEEPEST = 32 };
    struct stat status;
    if (unlinkat(folder, name, 0) == 0 || depth == DEEPEST)
        return;
    int inner = open_folder(folder, name);
    if (inner < 0)
        return;
    if (fstat(inner, &status) == 0 && status.st_dev == device)
        empty_folder(inner, device, depth + 1);
    (void)close(inner);
    (void)unlinkat(folder, name, AT_REMOVEDIR);
}

static void empty_folder(int folder, dev_t device, int depth) {
    int copy = open_folder(folder, ".");
    DIR *entries = copy < 0 ? NULL : fdopendir(copy);
    if (!entries) {
        if (copy >= 0)
            (void)close(copy);
        return;
    }
    for (const struct dirent *entry; (entry = readdir(entries));)
        if (!is_dots(entry->d_name))
            remove_entry(folder, entry->d_name, device, depth);
    (void)closedir(entries);
}

void lw_folder_empty(int folder) {
    struct stat status;
    if (fstat(folder, &status) == 0)
        empty_folder(folder, status.st_dev, 0);
}

void lw_folder_remove(const char *path) {
    struct stat status;
    int folder = open_folder(AT_FDCWD, path);
    if (folder < 0)
        return;
    if (fstat(folder, &status) == 0 && status.st_uid == geteuid())
        empty_folder(folder, status.st_dev, 0);
    (void)close(folder);
    (void)rmdir(path);
}
