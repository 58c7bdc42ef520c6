/**
 * The content of a file on its way into the store: in memory while it is small, then in an unnamed temporary file. So
 * its digest is known, and slow sources are read, before the store is locked.
 */
#ifndef LABWATCH_SQLITE_SPOOL_H
#define LABWATCH_SQLITE_SPOOL_H

#include <labwatch/sys/digest.h>

#include "sqlite_internal.h"

/** Bytes of a chunk: GridFS's. */
enum { CHUNK_SIZE = 261120 };

typedef struct sqlite_spool {
    unsigned char *buffer; /**< one chunk */
    int file;              /**< -1 while one chunk holds it all */
    uint64_t size;
    uint8_t digest[LW_DIGEST_SIZE];
} sqlite_spool;

/**
 * Reads everything that read gives. folder is where a temporary file may lie. On success sqlite_spool_release must
 * follow.
 */
int sqlite_spool_fill(sqlite_spool *spool, const char *folder, lw_read_fn *read, void *arg, lw_error *error);
uint64_t sqlite_spool_chunks(const sqlite_spool *spool);
/** The bytes of a chunk in the spool's buffer, and how many. */
int sqlite_spool_chunk(sqlite_spool *spool, uint64_t chunk, size_t *size, lw_error *error);
void sqlite_spool_release(sqlite_spool *spool);

#endif
