/* The store `mongodb://HOST/DB`: the type objects, and experiments. */
#include <inttypes.h>

#include <labwatch/sys/module.h>

#include "mongodb_internal.h"

/*
 * {_id: name, revision, document, writer, born}: writer is a number of who put this revision, born one of this
 * document, which another database with an experiment of this name does not have.
 */
typedef struct experiment_visit {
    const mongo_store *store;
    lw_experiment_record_fn *visit;
    void *arg;
    size_t n;
} experiment_visit;

static int show_experiment(void *arg, const bson_t *found, lw_error *error) {
    experiment_visit *self = arg;
    bson_iter_t name, revision, document;
    bson_t inside;
    if (!bson_iter_init_find(&name, found, "_id") || !BSON_ITER_HOLDS_UTF8(&name) ||
        !bson_iter_init_find(&revision, found, "revision") || !BSON_ITER_HOLDS_INT64(&revision) ||
        !bson_iter_init_find(&document, found, "document") || !mongo_view_document(&document, &inside))
        return lw_error_set(error, LW_ESTORE, "an experiment in %s is damaged and cannot be read", self->store->place);
    self->n++;
    lw_experiment_record record = {bson_iter_utf8(&name, NULL), bson_iter_int64(&revision), &inside};
    return self->visit(self->arg, &record);
}

static int mongo_experiment_get(lw_store *base, const char *name, lw_experiment_record_fn *visit, void *arg,
                                lw_error *error) {
    mongo_store *store;
    int code = mongo_enter(&store, base, error);
    if (code != LW_OK)
        return code;
    bson_t *filter = BCON_NEW("_id", BCON_UTF8(name)), *found;
    experiment_visit self = {store, visit, arg, 0};
    code = mongo_find_one(store, MONGO_EXPERIMENTS, filter, NULL, &found, error);
    bson_destroy(filter);
    if (code != LW_OK)
        return code;
    if (!found)
        return lw_error_set(error, LW_ENOTFOUND, "there is no experiment '%.200s' in the store", name);
    code = show_experiment(&self, found, error);
    bson_destroy(found);
    return code;
}

static int mongo_experiment_each(lw_store *base, lw_experiment_record_fn *visit, void *arg, lw_error *error) {
    mongo_store *store;
    int code = mongo_enter(&store, base, error);
    if (code != LW_OK)
        return code;
    bson_t filter = BSON_INITIALIZER, *options = BCON_NEW("sort", "{", "_id", BCON_INT32(1), "}");
    mongo_list all = {.array = BSON_INITIALIZER};
    experiment_visit self = {store, visit, arg, 0};
    code = mongo_find(store, MONGO_EXPERIMENTS, &filter, options, mongo_list_keep, &all, error);
    bson_iter_t each;
    bson_iter_init(&each, &all.array);
    while (code == LW_OK && bson_iter_next(&each)) {
        bson_t one;
        if (mongo_view_document(&each, &one))
            code = show_experiment(&self, &one, error);
    }
    bson_destroy(options);
    bson_destroy(&all.array);
    bson_destroy(&filter);
    return code;
}

static bool is_written_by(const bson_t *found, int64_t revision, int64_t writer) {
    bson_iter_t there, by;
    return bson_iter_init_find(&there, found, "revision") && bson_iter_as_int64(&there) == revision &&
           bson_iter_init_find(&by, found, "writer") && bson_iter_as_int64(&by) == writer;
}

/* The record is not the one that was meant to be replaced: was it this put, whose reply was lost? */
static int settle_put(mongo_store *store, const lw_experiment_record *record, int64_t writer, lw_error *error) {
    bson_t *filter = BCON_NEW("_id", BCON_UTF8(record->name));
    bson_t *projection = BCON_NEW("revision", BCON_INT32(1), "writer", BCON_INT32(1)), *found;
    int code = mongo_find_one(store, MONGO_EXPERIMENTS, filter, projection, &found, error);
    bson_destroy(filter);
    bson_destroy(projection);
    if (code != LW_OK)
        return code;
    bson_iter_t revision;
    int64_t there = found && bson_iter_init_find(&revision, found, "revision") ? bson_iter_as_int64(&revision) : 0;
    bool own = found && is_written_by(found, record->revision + 1, writer);
    if (found)
        bson_destroy(found);
    return own ? LW_OK
               : lw_error_set(error, LW_ECONFLICT,
                              "experiment '%.200s' is at revision %" PRId64 " in the store, not at %" PRId64,
                              record->name, there, record->revision);
}

static int put_first(mongo_store *store, const lw_experiment_record *record, int64_t writer, bool *done,
                     lw_error *error) {
    bson_t *document = BCON_NEW("_id", BCON_UTF8(record->name), "revision", BCON_INT64(1), "document",
                                BCON_DOCUMENT(record->document), "writer", BCON_INT64(writer), "born",
                                BCON_INT64(mongo_new_revision()));
    mongo_outcome outcome;
    int code = mongo_make_indexes(store, error);
    if (code == LW_OK)
        code = mongo_insert(store, MONGO_EXPERIMENTS, document, &outcome, error);
    *done = code == LW_OK && !outcome.duplicate;
    bson_destroy(document);
    return code;
}

static int put_next(mongo_store *store, const lw_experiment_record *record, int64_t writer, bool *done,
                    lw_error *error) {
    bson_t *filter = BCON_NEW("_id", BCON_UTF8(record->name), "revision", BCON_INT64(record->revision));
    bson_t *update = BCON_NEW("$set", "{", "revision", BCON_INT64(record->revision + 1), "document",
                              BCON_DOCUMENT(record->document), "writer", BCON_INT64(writer), "}");
    mongo_outcome outcome;
    int code = mongo_update(store, MONGO_EXPERIMENTS, filter, update, false, &outcome, error);
    *done = code == LW_OK && outcome.matched > 0;
    bson_destroy(filter);
    bson_destroy(update);
    return code;
}

static int mongo_experiment_put(lw_store *base, const lw_experiment_record *record, lw_error *error) {
    mongo_store *store;
    int code = mongo_enter(&store, base, error);
    if (code != LW_OK)
        return code;
    bool done;
    int64_t writer = mongo_new_revision();
    code = record->revision == 0 ? put_first(store, record, writer, &done, error)
                                 : put_next(store, record, writer, &done, error);
    return code == LW_OK && !done ? settle_put(store, record, writer, error) : code;
}

#define MONGO_OPERATIONS                                                                                               \
    .open = mongo_open, .close = mongo_close, .experiment_get = mongo_experiment_get,                                  \
    .experiment_put = mongo_experiment_put, .experiment_each = mongo_experiment_each, .run_insert = mongo_run_insert,  \
    .run_get = mongo_run_get, .run_modify = mongo_run_modify, .run_beats = mongo_run_beats,                            \
    .run_remove = mongo_run_remove, .run_each = mongo_run_each, .row_each = mongo_row_each,                            \
    .run_counts = mongo_run_counts, .config_count = mongo_config_count, .metric_append = mongo_metric_append,          \
    .metric_each = mongo_metric_each, .file_put = mongo_file_put, .file_get = mongo_file_get,                          \
    .file_each = mongo_file_each, .cache_put = mongo_cache_put, .cache_get = mongo_cache_get,                          \
    .unreadable_count = mongo_unreadable_count

static const lw_store_type mongodb_type = {
    .scheme = "mongodb",
    .summary = "mongodb://HOST/DB, a server, for all processes of all machines, in Sacred's collections",
    MONGO_OPERATIONS,
};

static const lw_store_type mongodb_srv_type = {
    .scheme = "mongodb+srv",
    .summary = "mongodb+srv://NAME/DB, the same, with the servers' names from the DNS",
    MONGO_OPERATIONS,
};

static const lw_store_type *const stores[] = {&mongodb_type, &mongodb_srv_type, NULL};

LW_MODULE(NULL, stores);
