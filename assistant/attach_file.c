/*
 * Files of runs: from a path on this machine into the store.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <labwatch/sys/text.h>

#include "assistant_internal.h"

/* What a path names may be anything: no pipe or device is waited for. */
static int open_regular(const char *path, int *out, lw_error *error) {
    struct stat status;
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (file < 0)
        return lw_error_set(error, LW_EIO, "cannot open '%.300s': %s", path, strerror(errno));
    if (fstat(file, &status) == 0 && S_ISREG(status.st_mode)) {
        *out = file;
        return LW_OK;
    }
    (void)close(file);
    return lw_error_set(error, LW_EIO, "'%.300s' is %s", path,
                        S_ISDIR(status.st_mode) ? "a folder: its files can be kept one by one"
                                                : "no regular file, and only these can be kept");
}

typedef struct opened_file {
    const char *path;
    int file;
} opened_file;

static int read_bytes(void *arg, void *buffer, size_t size, size_t *got, lw_error *error) {
    const opened_file *self = arg;
    ssize_t n;
    do
        n = read(self->file, buffer, size);
    while (n < 0 && errno == EINTR);
    *got = n > 0 ? (size_t)n : 0;
    return n < 0 ? lw_error_set(error, LW_EIO, "cannot read '%.300s': %s", self->path, strerror(errno)) : LW_OK;
}

static const char *name_of(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

int lw_assistant_attach(lw_assistant *assistant, int64_t id, lw_file_kind kind, const char *path, const char *name,
                        lw_error *error) {
    if (!assistant || !path || path[0] == '\0')
        return lw_error_set(error, LW_EINVAL, "lw_assistant_attach: assistant and the path of a file are needed");
    opened_file self = {.path = path};
    int code = lw_assistant_check_writable(assistant, error);
    if (code == LW_OK)
        code = lw_assistant_check_has_run(assistant, id, error);
    if (code == LW_OK)
        code = open_regular(path, &self.file, error);
    if (code != LW_OK)
        return code;
    code = lw_store_file_put(assistant->store, id, kind, name ? name : name_of(path), read_bytes, &self, error);
    (void)close(self.file);
    return code;
}
