/*
 * What is no longer used is deleted in two steps, so that it is not lost to a file that comes to use it meanwhile: it
 * is marked, looked at again, and deleted. Who uses a content that was there looks for the mark afterwards, and uploads
 * the content anew if it is there. As both write first and then read what the other has written, at least one of them
 * sees the other.
 */
#include <string.h>

#include "mongodb_content.h"

#define DYING "metadata.dying"

static int append_content(mongo_store *store, const bson_t *document, mongo_collection into, lw_error *error) {
    mongo_outcome outcome; /* a duplicate is the same one, whose reply was lost */
    return mongo_insert(store, into, document, &outcome, error);
}

static int upload_chunks(mongo_store *store, content_spool *spool, const bson_oid_t *id, lw_error *error) {
    int code = LW_OK;
    for (uint64_t i = 0; i < content_spool_chunks(spool) && code == LW_OK; i++) {
        size_t size;
        bson_oid_t chunk;
        code = content_spool_chunk(spool, i, &size, error);
        if (code != LW_OK)
            break;
        mongo_make_oid(&chunk, (uint64_t)mongo_new_revision());
        bson_t *document = BCON_NEW("_id", BCON_OID(&chunk), "files_id", BCON_OID(id), "n", BCON_INT32((int32_t)i),
                                    "data", BCON_BIN(BSON_SUBTYPE_BINARY, spool->buffer, (uint32_t)size));
        code = append_content(store, document, MONGO_CHUNKS, error);
        bson_destroy(document);
    }
    return code;
}

/* A file is there when its document is: that comes last. */
int mongo_content_upload(mongo_store *store, content_spool *spool, const content_label *label, bson_oid_t *id,
                         lw_error *error) {
    mongo_make_oid(id, (uint64_t)mongo_new_revision());
    int code = upload_chunks(store, spool, id, error);
    if (code != LW_OK)
        return code;
    bson_t document = BSON_INITIALIZER;
    bson_append_oid(&document, "_id", -1, id);
    bson_append_utf8(&document, "filename", -1, label->filename, -1);
    BCON_APPEND(&document, "metadata", "{", "labwatch", BCON_BIN(BSON_SUBTYPE_BINARY, spool->digest, LW_DIGEST_SIZE),
                "}");
    if (label->type)
        bson_append_utf8(&document, "contentType", -1, label->type, -1);
    bson_append_int32(&document, "chunkSize", -1, CHUNK_SIZE);
    bson_append_int64(&document, "length", -1, (int64_t)spool->size);
    bson_append_now_utc(&document, "uploadDate", -1);
    code = append_content(store, &document, MONGO_FILES, error);
    bson_destroy(&document);
    return code;
}

int mongo_content_need(mongo_store *store, content_spool *spool, const content_label *label, bson_oid_t *id,
                       bool *shared, lw_error *error) {
    bson_t *filter = BCON_NEW("metadata.labwatch", BCON_BIN(BSON_SUBTYPE_BINARY, spool->digest, LW_DIGEST_SIZE),
                              "length", BCON_INT64((int64_t)spool->size), "filename", BCON_UTF8(label->filename),
                              DYING, "{", "$exists", BCON_BOOL(false), "}");
    bson_t *projection = BCON_NEW("_id", BCON_INT32(1)), *found;
    bson_iter_t there;
    int code = mongo_find_one(store, MONGO_FILES, filter, projection, &found, error);
    bson_destroy(filter);
    bson_destroy(projection);
    if (code != LW_OK)
        return code;
    *shared = found && bson_iter_init_find(&there, found, "_id") && BSON_ITER_HOLDS_OID(&there);
    if (*shared)
        bson_oid_copy(bson_iter_oid(&there), id);
    if (found)
        bson_destroy(found);
    return *shared ? LW_OK : mongo_content_upload(store, spool, label, id, error);
}

static int is_there(mongo_store *store, mongo_collection in, const bson_t *filter, bool *there, lw_error *error) {
    bson_t *projection = BCON_NEW("_id", BCON_INT32(1)), *found;
    int code = mongo_find_one(store, in, filter, projection, &found, error);
    *there = found != NULL;
    if (found)
        bson_destroy(found);
    bson_destroy(projection);
    return code;
}

int mongo_content_stays(mongo_store *store, const bson_oid_t *id, bool *stays, lw_error *error) {
    bson_t *filter = BCON_NEW("_id", BCON_OID(id), DYING, "{", "$exists", BCON_BOOL(false), "}");
    int code = is_there(store, MONGO_FILES, filter, stays, error);
    bson_destroy(filter);
    return code;
}

/* ---- reading ---- */

typedef struct chunk_reader {
    const mongo_store *store;
    uint64_t rest;
    int64_t next;
    lw_write_fn *write;
    void *arg;
} chunk_reader;

static int write_chunk(void *arg, const bson_t *chunk, lw_error *error) {
    chunk_reader *self = arg;
    bson_iter_t number, data;
    bson_subtype_t kind;
    uint32_t size = 0;
    const uint8_t *bytes = NULL;
    if (bson_iter_init_find(&data, chunk, "data") && BSON_ITER_HOLDS_BINARY(&data))
        bson_iter_binary(&data, &kind, &size, &bytes);
    if (!bytes || !bson_iter_init_find(&number, chunk, "n") || bson_iter_as_int64(&number) != self->next ||
        size > self->rest)
        return lw_error_set(error, LW_ESTORE, "%s is damaged: a piece of a file is missing", self->store->place);
    self->next++;
    self->rest -= size;
    return self->write(self->arg, bytes, size, error);
}

int mongo_content_read(mongo_store *store, const bson_oid_t *id, uint64_t size, lw_write_fn *write, void *arg,
                       lw_error *error) {
    bson_t *filter = BCON_NEW("files_id", BCON_OID(id)), *options = BCON_NEW("sort", "{", "n", BCON_INT32(1), "}");
    chunk_reader self = {store, size, 0, write, arg};
    int code = size > 0 ? mongo_find(store, MONGO_CHUNKS, filter, options, write_chunk, &self, error) : LW_OK;
    if (code == LW_OK && self.rest > 0)
        code = lw_error_set(error, LW_ESTORE, "%s is damaged: the end of a file is missing", store->place);
    bson_destroy(filter);
    bson_destroy(options);
    return code;
}

/* ---- deleting ---- */

static int is_used(mongo_store *store, const bson_oid_t *id, bool *used, lw_error *error) {
    bson_t *filter = BCON_NEW("file_id", BCON_OID(id));
    int code = is_there(store, MONGO_ATTACHMENTS, filter, used, error);
    bson_destroy(filter);
    return code;
}

static int mark(mongo_store *store, const bson_oid_t *id, bool dying, lw_error *error) {
    bson_t *filter = BCON_NEW("_id", BCON_OID(id));
    bson_t *update = BCON_NEW(dying ? "$set" : "$unset", "{", DYING, BCON_BOOL(true), "}");
    mongo_outcome outcome;
    int code = mongo_update(store, MONGO_FILES, filter, update, false, &outcome, error);
    bson_destroy(filter);
    bson_destroy(update);
    return code;
}

static int delete_content(mongo_store *store, const bson_oid_t *id, lw_error *error) {
    bson_t *file = BCON_NEW("_id", BCON_OID(id), DYING, BCON_BOOL(true)), *chunks = BCON_NEW("files_id", BCON_OID(id));
    bson_t *only_id = BCON_NEW("_id", BCON_OID(id));
    bool stays = true; /* somebody else has looked at it at the same time, and taken the mark off */
    int code = mongo_delete(store, MONGO_FILES, file, error);
    if (code == LW_OK)
        code = is_there(store, MONGO_FILES, only_id, &stays, error);
    if (code == LW_OK && !stays)
        code = mongo_delete(store, MONGO_CHUNKS, chunks, error);
    bson_destroy(file);
    bson_destroy(chunks);
    bson_destroy(only_id);
    return code;
}

int mongo_content_release(mongo_store *store, const bson_oid_t *id, lw_error *error) {
    bool used;
    int code = is_used(store, id, &used, error);
    if (code != LW_OK || used)
        return code;
    code = mark(store, id, true, error);
    if (code == LW_OK)
        code = is_used(store, id, &used, error);
    if (code != LW_OK)
        return code;
    return used ? mark(store, id, false, error) : delete_content(store, id, error);
}
