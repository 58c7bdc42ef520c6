/**
 * The contents of files, in GridFS: equal ones are stored once.
 */
#ifndef LABWATCH_MONGODB_CONTENT_H
#define LABWATCH_MONGODB_CONTENT_H

#include "content_spool.h"
#include "mongodb_internal.h"

/** Finds the content, or uploads it under that name. *shared: it was there. */
int mongo_content_need(mongo_store *store, content_spool *spool, const char *name, bson_oid_t *id, bool *shared,
                       lw_error *error);
/** Uploads it, whatever is there. */
int mongo_content_upload(mongo_store *store, content_spool *spool, const char *name, bson_oid_t *id, lw_error *error);
/** Whether the content is there and stays; to be asked after a file has come to use it. */
int mongo_content_stays(mongo_store *store, const bson_oid_t *id, bool *stays, lw_error *error);
/** Gives all bytes, in order. LW_ESTORE if some are missing. */
int mongo_content_read(mongo_store *store, const bson_oid_t *id, uint64_t size, lw_write_fn *write, void *arg,
                       lw_error *error);
/** Deletes the content if no file uses it any more. */
int mongo_content_release(mongo_store *store, const bson_oid_t *id, lw_error *error);

#endif
