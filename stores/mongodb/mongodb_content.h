/**
 * The contents of files, in GridFS: equal ones of one name are stored once. Viewers take a file's name, and Sacred's the
 * run's number with it, from there: an artifact is its run's alone, which some viewers delete with it; a source is there
 * once for all runs.
 */
#ifndef LABWATCH_MONGODB_CONTENT_H
#define LABWATCH_MONGODB_CONTENT_H

#include "content_spool.h"
#include "mongodb_internal.h"

/** What a content is stored as. */
typedef struct content_label {
    char *filename;
    const char *type; /**< NULL: none, as Sacred's sources have none */
} content_label;

/** What viewers take a file of that name for: "image/png". Static. */
const char *mongo_content_type(const char *name);
/** Finds the content of that name, or uploads it. *shared: it was there. */
int mongo_content_need(mongo_store *store, content_spool *spool, const content_label *label, bson_oid_t *id,
                       bool *shared, lw_error *error);
/** Uploads it, whatever is there. */
int mongo_content_upload(mongo_store *store, content_spool *spool, const content_label *label, bson_oid_t *id,
                         lw_error *error);
/** Whether the content is there and stays; to be asked after a file has come to use it. */
int mongo_content_stays(mongo_store *store, const bson_oid_t *id, bool *stays, lw_error *error);
/** Gives all bytes, in order. LW_ESTORE if some are missing. */
int mongo_content_read(mongo_store *store, const bson_oid_t *id, uint64_t size, lw_write_fn *write, void *arg,
                       lw_error *error);
/** Deletes the content if no file uses it any more. */
int mongo_content_release(mongo_store *store, const bson_oid_t *id, lw_error *error);

#endif
