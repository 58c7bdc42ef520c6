#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <labwatch/sys/memory.h>
#include <labwatch/sys/text.h>

#include "content_spool.h"

/* Disks run full. */
static int cannot_write(lw_error *error) {
    char buffer[128];
    return lw_error_set(error, LW_EUNAVAILABLE, "a temporary file for the content cannot be written: %s",
                        strerror_r(errno, buffer, sizeof buffer));
}

/* A file that has no name, or will have none in a moment. */
static int open_unnamed(const char *folder) {
    int file = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (file >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL))
        return file;
    lw_text name = {0};
    lw_text_format(&name, "%s/.labwatch-XXXXXX", folder);
    if (name.failed)
        return errno = ENOMEM, -1;
    file = mkostemp(name.bytes, O_CLOEXEC);
    if (file >= 0)
        unlink(name.bytes);
    lw_text_release(&name);
    return file;
}

static int write_all(int file, const unsigned char *bytes, size_t size, lw_error *error) {
    while (size > 0) {
        ssize_t written = write(file, bytes, size);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return cannot_write(error);
        bytes += written;
        size -= (size_t)written;
    }
    return LW_OK;
}

/* Fills the buffer as far as there are bytes. */
static int read_chunk(content_spool *spool, lw_read_fn *read, void *arg, size_t *size, lw_error *error) {
    *size = 0;
    while (*size < CHUNK_SIZE) {
        size_t got = 0;
        int code = read(arg, spool->buffer + *size, CHUNK_SIZE - *size, &got, error);
        if (code != LW_OK)
            return code;
        if (got == 0)
            break;
        *size += got;
    }
    return LW_OK;
}

/* A full first chunk goes into the file, and so does all behind it. */
static int keep_chunk(content_spool *spool, const char *folder, size_t size, lw_error *error) {
    if (spool->file < 0 && size < CHUNK_SIZE)
        return LW_OK;
    if (spool->file < 0)
        spool->file = open_unnamed(folder);
    return spool->file < 0 ? cannot_write(error) : write_all(spool->file, spool->buffer, size, error);
}

int content_spool_fill(content_spool *spool, const char *folder, lw_read_fn *read, void *arg, lw_error *error) {
    *spool = (content_spool){.file = -1, .buffer = lw_malloc(CHUNK_SIZE)};
    if (!spool->buffer)
        return lw_error_no_memory(error);
    lw_digest digest;
    lw_digest_start(&digest);
    size_t size;
    int code;
    do {
        code = read_chunk(spool, read, arg, &size, error);
        if (code == LW_OK)
            code = keep_chunk(spool, folder, size, error);
        if (code == LW_OK) {
            lw_digest_add(&digest, spool->buffer, size);
            spool->size += size;
        }
    } while (code == LW_OK && size == CHUNK_SIZE);
    lw_digest_finish(&digest, spool->digest);
    if (code != LW_OK)
        content_spool_release(spool);
    return code;
}

uint64_t content_spool_chunks(const content_spool *spool) {
    return (spool->size + CHUNK_SIZE - 1) / CHUNK_SIZE;
}

int content_spool_chunk(content_spool *spool, uint64_t chunk, size_t *size, lw_error *error) {
    uint64_t rest = spool->size - chunk * CHUNK_SIZE;
    *size = rest < CHUNK_SIZE ? (size_t)rest : CHUNK_SIZE;
    if (spool->file < 0)
        return LW_OK; /* it is in the buffer */
    size_t there = 0;
    while (there < *size) {
        ssize_t got = pread(spool->file, spool->buffer + there, *size - there,
                            (off_t)(chunk * CHUNK_SIZE + there));
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return lw_error_set(error, LW_EIO, "a temporary file cannot be read again");
        there += (size_t)got;
    }
    return LW_OK;
}

void content_spool_release(content_spool *spool) {
    if (spool->file >= 0)
        close(spool->file);
    lw_free(spool->buffer);
    *spool = (content_spool){.file = -1};
}
