/* The MongoDB store: the folder in which this user's snapshots lie. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <labwatch/sys/memory.h>
#include <labwatch/sys/text.h>

#include "mongodb_internal.h"

static bool make_folders(char *path) {
    for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        bool made = mkdir(path, 0700) == 0 || errno == EEXIST;
        *slash = '/';
        if (!made)
            return false;
    }
    return mkdir(path, 0700) == 0 || errno == EEXIST;
}

static bool is_private(const char *path) {
    struct stat there;
    return lstat(path, &there) == 0 && S_ISDIR(there.st_mode) && there.st_uid == geteuid() &&
           (there.st_mode & (S_IRWXG | S_IRWXO)) == 0;
}

char *mongo_cache_folder(void) {
    const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    lw_text path = {0};
    if (cache && cache[0] == '/')
        lw_text_format(&path, "%s/labwatch/mongodb", cache);
    else if (home && home[0] == '/')
        lw_text_format(&path, "%s/.cache/labwatch/mongodb", home);
    char *folder = lw_text_take(&path);
    if (folder && folder[0] && make_folders(folder) && is_private(folder))
        return folder;
    lw_free(folder);
    return NULL;
}

void mongo_cache_tidy(const char *folder) {
    const time_t longest_s = (time_t)30 * 24 * 3600, oldest = time(NULL) - longest_s;
    DIR *entries = opendir(folder);
    if (!entries)
        return;
    for (const struct dirent *entry = readdir(entries); entry; entry = readdir(entries)) {
        struct stat there;
        int at = dirfd(entries);
        if (fstatat(at, entry->d_name, &there, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(there.st_mode) &&
            there.st_mtime < oldest)
            (void)unlinkat(at, entry->d_name, 0);
    }
    closedir(entries);
}
