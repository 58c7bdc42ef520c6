/*
 * The MongoDB store: files. Which file of which run is which content of GridFS stands in a collection of labwatch's;
 * for viewers it is also listed where Sacred would, in the run's artifacts and sources.
 */
#include <stdlib.h>
#include <string.h>

#include <labwatch/sys/memory.h>
#include <labwatch/sys/text.h>

#include "mongodb_content.h"

static const char *kind_name(lw_file_kind kind) {
    return kind == LW_FILE_SOURCE ? "source" : "artifact"; /* sorted as the kinds are */
}

typedef struct file {
    mongo_store *store;
    int64_t run_id;
    lw_file_kind kind;
    const char *name;
} file;

static char *key_of(const file *self, lw_error *error) {
    lw_text text = {0};
    lw_text_format(&text, "%lld/%s/", (long long)self->run_id, kind_name(self->kind));
    lw_text_add(&text, self->name);
    char *key = lw_text_take(&text);
    if (!key)
        lw_error_no_memory(error);
    return key;
}

/* As Sacred names them. */
static char *filename_of(const file *self, lw_error *error) {
    lw_text text = {0};
    if (self->kind == LW_FILE_ARTIFACT)
        lw_text_format(&text, "artifact://runs/%lld/", (long long)self->run_id);
    lw_text_add(&text, self->name);
    char *name = lw_text_take(&text);
    if (!name)
        lw_error_no_memory(error);
    return name;
}

/* ---- which content it is ---- */

typedef struct content {
    bool there;
    bson_oid_t id;
    uint64_t size;
} content;

static void read_content(const bson_t *document, content *out) {
    bson_iter_t id, size;
    out->there = bson_iter_init_find(&id, document, "file_id") && BSON_ITER_HOLDS_OID(&id) &&
                 bson_iter_init_find(&size, document, "size") && BSON_ITER_HOLDS_INT64(&size);
    if (!out->there)
        return;
    bson_oid_copy(bson_iter_oid(&id), &out->id);
    out->size = (uint64_t)bson_iter_int64(&size);
}

static int get_content(const file *self, const char *key, content *out, lw_error *error) {
    bson_t *filter = BCON_NEW("_id", BCON_UTF8(key)), *found;
    *out = (content){0};
    int code = mongo_find_one(self->store, MONGO_ATTACHMENTS, filter, NULL, &found, error);
    if (code == LW_OK && found) {
        read_content(found, out);
        bson_destroy(found);
    }
    bson_destroy(filter);
    return code;
}

static int attach(const file *self, const char *key, const content_spool *spool, const bson_oid_t *id,
                  lw_error *error) {
    bson_t *filter = BCON_NEW("_id", BCON_UTF8(key));
    bson_t *update =
        BCON_NEW("$set", "{", "run", BCON_INT64(self->run_id), "kind", BCON_UTF8(kind_name(self->kind)), "name",
                 BCON_UTF8(self->name), "file_id", BCON_OID(id), "size", BCON_INT64((int64_t)spool->size), "digest",
                 BCON_BIN(BSON_SUBTYPE_BINARY, spool->digest, LW_DIGEST_SIZE), "}");
    int code = mongo_upsert(self->store, MONGO_ATTACHMENTS, filter, update, error);
    bson_destroy(filter);
    bson_destroy(update);
    return code;
}

static int detach(const file *self, const char *key, const bson_oid_t *id, lw_error *error) {
    bson_t *filter = BCON_NEW("_id", BCON_UTF8(key), "file_id", BCON_OID(id));
    int code = mongo_delete(self->store, MONGO_ATTACHMENTS, filter, error);
    bson_destroy(filter);
    return code == LW_OK ? mongo_content_release(self->store, id, error) : code;
}

/* ---- putting ---- */

/* In the run's document, for viewers: {name, file_id} in artifacts, [name, file_id] in experiment.sources. */
static int list_file(const file *self, const char *operation, const bson_oid_t *id, lw_error *error) {
    bson_t *fields = self->kind == LW_FILE_ARTIFACT
                         ? BCON_NEW("artifacts", "{", "name", BCON_UTF8(self->name), "file_id", BCON_OID(id), "}")
                         : BCON_NEW("experiment.sources", "[", BCON_UTF8(self->name), BCON_OID(id), "]");
    int code = mongo_touch(self->store, self->run_id, operation, fields, error);
    bson_destroy(fields);
    return code;
}

static int use_content_of(const file *self, const char *key, const content_label *label, content_spool *spool,
                          bson_oid_t *id, lw_error *error) {
    bool shared, stays = true;
    int code = mongo_content_need(self->store, spool, label, id, &shared, error);
    if (code == LW_OK)
        code = attach(self, key, spool, id, error);
    if (code == LW_OK && shared)
        code = mongo_content_stays(self->store, id, &stays, error);
    if (code == LW_OK && !stays)
        code = mongo_content_upload(self->store, spool, label, id, error);
    if (code == LW_OK && !stays)
        code = attach(self, key, spool, id, error);
    return code;
}

static int use_content(const file *self, const char *key, content_spool *spool, bson_oid_t *id, lw_error *error) {
    content_label label = {.filename = filename_of(self, error)};
    if (!label.filename)
        return LW_ENOMEM;
    if (self->kind == LW_FILE_ARTIFACT)
        label.type = mongo_content_type(self->name);
    int code = use_content_of(self, key, &label, spool, id, error);
    lw_free(label.filename);
    return code;
}

static int put(const file *self, const char *key, content_spool *spool, lw_error *error) {
    content before;
    bson_oid_t id;
    int code = get_content(self, key, &before, error);
    if (code == LW_OK)
        code = use_content(self, key, spool, &id, error);
    if (code != LW_OK)
        return code;
    bool replaced = before.there && !bson_oid_equal(&before.id, &id);
    code = list_file(self, "$addToSet", &id, error);
    if (code == LW_ENOTFOUND) /* the run was removed meanwhile */
        (void)detach(self, key, &id, &(lw_error){0});
    if (code == LW_OK && replaced)
        code = list_file(self, "$pull", &before.id, error);
    return code == LW_OK && replaced ? mongo_content_release(self->store, &before.id, error) : code;
}

static const char *temporary_folder(void) {
    const char *folder = secure_getenv("TMPDIR");
    return folder && folder[0] == '/' ? folder : "/tmp";
}

int mongo_file_put(lw_store *base, int64_t run_id, lw_file_kind kind, const char *name, lw_read_fn *read, void *arg,
                   lw_error *error) {
    file self = {.run_id = run_id, .kind = kind, .name = name};
    int code = mongo_enter(&self.store, base, error);
    if (code == LW_OK)
        code = mongo_check_changeable(self.store, run_id, error);
    if (code != LW_OK)
        return code;
    char *key = key_of(&self, error);
    if (!key)
        return LW_ENOMEM;
    content_spool spool;
    code = content_spool_fill(&spool, temporary_folder(), read, arg, error);
    if (code == LW_OK) {
        code = put(&self, key, &spool, error);
        content_spool_release(&spool);
    }
    lw_free(key);
    return code;
}

/* ---- reading ---- */

int mongo_file_get(lw_store *base, int64_t run_id, lw_file_kind kind, const char *name, lw_write_fn *write, void *arg,
                   lw_error *error) {
    file self = {.run_id = run_id, .kind = kind, .name = name};
    content found;
    int code = mongo_enter(&self.store, base, error);
    if (code != LW_OK)
        return code;
    char *key = key_of(&self, error);
    if (!key)
        return LW_ENOMEM;
    code = get_content(&self, key, &found, error);
    lw_free(key);
    if (code == LW_OK && !found.there)
        code = lw_error_set(error, LW_ENOTFOUND, "run %lld has no file '%.200s'", (long long)run_id, name);
    return code == LW_OK ? mongo_content_read(self.store, &found.id, found.size, write, arg, error) : code;
}

/* All of a run, by kind and name. */
static int read_attachments(mongo_store *store, int64_t run_id, mongo_list *all, lw_error *error) {
    bson_t *filter = BCON_NEW("run", BCON_INT64(run_id));
    bson_t *options = BCON_NEW("sort", "{", "kind", BCON_INT32(1), "name", BCON_INT32(1), "}");
    int code = mongo_find(store, MONGO_ATTACHMENTS, filter, options, mongo_list_keep, all, error);
    bson_destroy(filter);
    bson_destroy(options);
    return code;
}

static bool next_attachment(bson_iter_t *each, bson_t *out) {
    return bson_iter_next(each) && mongo_view_document(each, out);
}

static bool read_name(const bson_t *attachment, lw_file_kind *kind, const char **name) {
    bson_iter_t word, text;
    if (!bson_iter_init_find(&word, attachment, "kind") || !BSON_ITER_HOLDS_UTF8(&word) ||
        !bson_iter_init_find(&text, attachment, "name") || !BSON_ITER_HOLDS_UTF8(&text))
        return false;
    *kind = strcmp(bson_iter_utf8(&word, NULL), kind_name(LW_FILE_SOURCE)) == 0 ? LW_FILE_SOURCE : LW_FILE_ARTIFACT;
    *name = bson_iter_utf8(&text, NULL);
    return true;
}

static int show_attachment(const mongo_store *store, const bson_t *attachment, lw_file_fn *visit, void *arg,
                           lw_error *error) {
    lw_file_info info = {0};
    content found;
    bson_iter_t digest;
    bson_subtype_t kind;
    uint32_t length = 0;
    const uint8_t *bytes = NULL;
    read_content(attachment, &found);
    if (bson_iter_init_find(&digest, attachment, "digest") && BSON_ITER_HOLDS_BINARY(&digest))
        bson_iter_binary(&digest, &kind, &length, &bytes);
    if (!found.there || length != LW_DIGEST_SIZE || !read_name(attachment, &info.kind, &info.name))
        return lw_error_set(error, LW_ESTORE, "%s is damaged: a file of a run cannot be read", store->place);
    info.size = found.size;
    memcpy(info.digest, bytes, LW_DIGEST_SIZE);
    return visit(arg, &info);
}

int mongo_file_each(lw_store *base, int64_t run_id, lw_file_fn *visit, void *arg, lw_error *error) {
    mongo_store *store;
    int code = mongo_enter(&store, base, error);
    if (code != LW_OK)
        return code;
    mongo_list all = {.array = BSON_INITIALIZER};
    bson_t one;
    bson_iter_t each;
    code = read_attachments(store, run_id, &all, error);
    for (bson_iter_init(&each, &all.array); code == LW_OK && next_attachment(&each, &one);)
        code = show_attachment(store, &one, visit, arg, error);
    bson_destroy(&all.array);
    return code;
}

int mongo_remove_files(mongo_store *store, int64_t run_id, lw_error *error) {
    mongo_list all = {.array = BSON_INITIALIZER};
    bson_t one;
    bson_iter_t each, id;
    int code = read_attachments(store, run_id, &all, error);
    for (bson_iter_init(&each, &all.array); code == LW_OK && next_attachment(&each, &one);) {
        content found;
        file self = {.store = store, .run_id = run_id};
        read_content(&one, &found);
        if (found.there && bson_iter_init_find(&id, &one, "_id") && BSON_ITER_HOLDS_UTF8(&id))
            code = detach(&self, bson_iter_utf8(&id, NULL), &found.id, error);
    }
    bson_destroy(&all.array);
    return code;
}
