#include "spool_folder.h"
#include "state_folder.h"
#include "write_all.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <labwatch/sys/memory.h>

/* Where it is. */

int lw_spool_folder_path(char **out, const char *folder, lw_error *error) {
    const char *set = getenv("LABWATCH_SPOOL");
    const char *own = folder && *folder ? folder : set && *set ? set : NULL;
    if (!own)
        return lw_state_folder_path(out, "spool", "LABWATCH_SPOOL", error);
    *out = lw_strdup(own);
    return *out ? LW_OK : lw_error_no_memory(error);
}

static int make_folder(const char *path, lw_error *error) {
    errno = 0;
    if (lw_folders_make(path, 0700))
        return LW_OK;
    return errno == ENOMEM ? lw_error_no_memory(error)
                           : lw_error_set(error, LW_EIO, "cannot make the spool folder '%s': %s", path, strerror(errno));
}

static char *path_in(const char *folder, const char *name, const char *ending) {
    lw_text path = {0};
    lw_text_format(&path, "%s/%s%s", folder, name, ending);
    return lw_text_take(&path);
}

/* Adding. */

static uint64_t any_number(void) {
    uint64_t number;
    struct timespec now;
    if (getrandom(&number, sizeof number, GRND_NONBLOCK) == (ssize_t)sizeof number)
        return number;
    (void)clock_gettime(CLOCK_REALTIME, &now); /* names are only made with O_EXCL */
    return (uint64_t)now.tv_sec << 32 ^ (uint64_t)now.tv_nsec << 2 ^ (uint64_t)getpid() << 48;
}

static bool write_durably(const char *path, const char *text) {
    int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (file < 0)
        return false;
    bool written = lw_write_all(file, text, strlen(text)) && lw_write_all(file, "\n", 1) && fsync(file) == 0;
    int problem = errno;
    written = close(file) == 0 && written;
    if (!written)
        (void)unlink(path);
    errno = problem;
    return written;
}

/** The temporary name begins with a dot: lw_spool_folder_list passes it over. */
static bool add_under(const char *folder, const char *temporary, const char *path, const char *text) {
    if (!write_durably(temporary, text))
        return false;
    if (rename(temporary, path) == 0)
        return lw_folder_sync(folder);
    int problem = errno;
    (void)unlink(temporary);
    errno = problem;
    return false;
}

int lw_spool_folder_add(const char *folder, int64_t run_id, const char *text, lw_error *error) {
    char name[64], hidden[80];
    int rc = make_folder(folder, error);
    if (rc != LW_OK)
        return rc;
    (void)snprintf(name, sizeof name, "%" PRId64 "-%016" PRIx64 ".json", run_id, any_number());
    (void)snprintf(hidden, sizeof hidden, ".%s", name);
    char *path = path_in(folder, name, ""), *temporary = path_in(folder, hidden, ".new");
    if (!path || !temporary)
        rc = lw_error_no_memory(error);
    else if (!add_under(folder, temporary, path, text))
        rc = lw_error_set(error, LW_EIO, "cannot write '%s': %s", path, strerror(errno));
    lw_free(path);
    lw_free(temporary);
    return rc;
}

/* Listing. */

void lw_spool_names_release(lw_spool_names *names) {
    for (size_t i = 0; i < names->n; i++)
        lw_free(names->items[i]);
    lw_free(names->items);
    *names = (lw_spool_names){0};
}

static bool is_result(const char *name) {
    const char *ending = ".json";
    size_t length = strlen(name);
    return name[0] != '.' && length > strlen(ending) && strcmp(name + length - strlen(ending), ending) == 0;
}

static bool add_name(lw_spool_names *names, const char *name) {
    if (!lw_array_reserve(&names->items, &names->capacity, names->n, sizeof *names->items))
        return false;
    names->items[names->n] = lw_strdup(name);
    return names->items[names->n++] != NULL;
}

static int compare_names(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

int lw_spool_folder_list(const char *folder, lw_spool_names *out, lw_error *error) {
    DIR *listing = opendir(folder);
    const struct dirent *entry;
    bool added = true;
    *out = (lw_spool_names){0};
    if (!listing)
        return errno == ENOENT ? LW_OK
                               : lw_error_set(error, LW_EIO, "cannot look into '%s': %s", folder, strerror(errno));
    while (added && (entry = readdir(listing)))
        if (is_result(entry->d_name))
            added = add_name(out, entry->d_name);
    (void)closedir(listing);
    if (!added) {
        lw_spool_names_release(out);
        return lw_error_no_memory(error);
    }
    if (out->n > 0)
        qsort(out->items, out->n, sizeof *out->items, compare_names);
    return LW_OK;
}

/* Files. */

static int read_all(int file, lw_text *out, lw_error *error) {
    char chunk[16384];
    for (;;) {
        ssize_t got = read(file, chunk, sizeof chunk);
        if (got == 0)
            return out->failed ? lw_error_no_memory(error) : LW_OK;
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return lw_error_set(error, LW_EIO, "cannot be read: %s", strerror(errno));
        lw_text_append(out, chunk, (size_t)got);
        if (out->length > LW_SPOOL_LARGEST)
            return lw_error_set(error, LW_EPARSE, "it is larger than 64 MiB");
    }
}

static int read_regular(int file, lw_text *text, lw_error *error) {
    struct stat status;
    if (fstat(file, &status) != 0)
        return lw_error_set(error, LW_EIO, "cannot be read: %s", strerror(errno));
    if (!S_ISREG(status.st_mode))
        return lw_error_set(error, LW_EPARSE, "it is no regular file");
    return read_all(file, text, error);
}

int lw_spool_file_open(lw_spool_file *out, const char *folder, const char *name, lw_text *text, lw_error *error) {
    char *path = path_in(folder, name, "");
    if (!path)
        return lw_error_no_memory(error);
    int rc, file = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
    if (file >= 0)
        rc = read_regular(file, text, error);
    else if (errno == ENOENT)
        rc = lw_error_set(error, LW_ENOTFOUND, "it has gone");
    else
        rc = lw_error_set(error, errno == ELOOP || errno == ENXIO ? LW_EPARSE : LW_EIO, "it cannot be opened: %s",
                          strerror(errno));
    *out = (lw_spool_file){file, path};
    if (rc != LW_OK)
        lw_spool_file_close(out);
    return rc;
}

bool lw_spool_file_claim(const lw_spool_file *file) {
    /* Without locks (some network file systems) two may deliver it: the store then knows the second one already. */
    return flock(file->file, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK;
}

bool lw_spool_file_is_gone(const lw_spool_file *file) {
    struct stat status;
    return fstat(file->file, &status) == 0 && status.st_nlink == 0;
}

void lw_spool_file_remove(const lw_spool_file *file) {
    (void)unlink(file->path);
}

void lw_spool_file_close(lw_spool_file *file) {
    if (file->file >= 0)
        (void)close(file->file);
    lw_free(file->path);
    *file = (lw_spool_file){.file = -1};
}

bool lw_spool_folder_set_aside(const char *folder, const char *name) {
    char *path = path_in(folder, name, ""), *aside = path_in(folder, name, ".bad");
    bool renamed = path && aside && rename(path, aside) == 0;
    lw_free(path);
    lw_free(aside);
    return renamed;
}
