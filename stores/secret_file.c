/* Files that hold a secret: the URL of a store, or a password. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <labwatch/store.h>
#include <labwatch/sys/memory.h>
#include <labwatch/sys/text.h>

enum { LARGEST = 65536 };

static int check(int file, const char *path, lw_error *error) {
    struct stat status;
    if (fstat(file, &status) != 0)
        return lw_error_set(error, LW_EINVAL, "cannot read '%.200s': %s", path, strerror(errno));
    if (!S_ISREG(status.st_mode))
        return lw_error_set(error, LW_EINVAL, "'%.200s' is no regular file", path);
    if ((status.st_mode & (S_IRWXG | S_IRWXO)) != 0)
        return lw_error_set(error, LW_EINVAL,
                            "the file '%.200s' may hold a password, but others can read or change it (mode %03o): "
                            "chmod 600 it",
                            path, (unsigned)(status.st_mode & 0777));
    return LW_OK;
}

static int read_all(int file, const char *path, lw_text *out, lw_error *error) {
    char chunk[4096];
    ssize_t got;
    while ((got = read(file, chunk, sizeof chunk)) != 0 && out->length <= LARGEST) {
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return lw_error_set(error, LW_EINVAL, "cannot read '%.200s': %s", path, strerror(errno));
        lw_text_append(out, chunk, (size_t)got);
    }
    return out->failed ? lw_error_no_memory(error) : LW_OK;
}

/* The one line that there must be. */
static int take_line(lw_text *text, const char *path, char **out, lw_error *error) {
    size_t length = text->length;
    while (length > 0 && strchr("\r\n", text->bytes[length - 1]))
        length--;
    if (length == 0 || length > LARGEST || strlen(text->bytes) != text->length || strcspn(text->bytes, "\r\n") < length ||
        lw_utf8_invalid_at(text->bytes, length) != length)
        return lw_error_set(error, LW_EINVAL, "the file '%.200s' must have one line of text, and nothing else", path);
    *out = lw_strndup(text->bytes, length);
    return *out ? LW_OK : lw_error_no_memory(error);
}

static void forget(lw_text *text) {
    if (text->bytes)
        explicit_bzero(text->bytes, text->length);
    lw_text_release(text);
}

int lw_secret_from_file(char **out, const char *path, lw_error *error) {
    lw_text text = {0};
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (file < 0)
        return lw_error_set(error, LW_EINVAL, "cannot read '%.200s': %s", path, strerror(errno));
    int code = check(file, path, error);
    if (code == LW_OK)
        code = read_all(file, path, &text, error);
    if (code == LW_OK)
        code = take_line(&text, path, out, error);
    forget(&text);
    (void)close(file);
    return code;
}

int lw_store_url_from(char **out, const char *url, lw_error *error) {
    if (!out || !url)
        return lw_error_set(error, LW_EINVAL, "lw_store_url_from: out and url must be given");
    if (url[0] == '@')
        return lw_secret_from_file(out, url + 1, error);
    *out = lw_strdup(url);
    return *out ? LW_OK : lw_error_no_memory(error);
}
