/**
 * The content of a file on its way into the store: in memory while it is small, then in an unnamed temporary file. So
 * its digest is known, and slow sources are read, before the store is locked.
 */
#ifndef LABWATCH_CONTENT_SPOOL_H
#define LABWATCH_CONTENT_SPOOL_H

#include <labwatch/sys/store.h>

/** Bytes of a chunk: GridFS's. */
enum { CHUNK_SIZE = 261120 };

typedef struct content_spool {
    unsigned char *buffer; /**< one chunk */
    int file;              /**< -1 while one chunk holds it all */
    uint64_t size;
    uint8_t digest[LW_DIGEST_SIZE];
} content_spool;

/**
 * Reads everything that read gives. folder is where a temporary file may lie. On success content_spool_release must
 * follow.
 */
int content_spool_fill(content_spool *spool, const char *folder, lw_read_fn *read, void *arg, lw_error *error);
uint64_t content_spool_chunks(const content_spool *spool);
/** The bytes of a chunk in the spool's buffer, and how many. */
int content_spool_chunk(content_spool *spool, uint64_t chunk, size_t *size, lw_error *error);
void content_spool_release(content_spool *spool);

#endif
