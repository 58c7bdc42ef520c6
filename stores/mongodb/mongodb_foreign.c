/* The MongoDB store: documents of other programs among the runs that are no runs, or none that can be read. */
#include <labwatch/sys/memory.h>

#include "mongodb_internal.h"

/* Where the field is of none of the types; NULL among them: not there. */
static void append_not_type(bson_t *any, uint32_t *n, const char *field, const char *const types[], size_t n_types) {
    char key[16];
    bson_t one, not_any, inside, list;
    bson_snprintf(key, sizeof key, "%u", (*n)++);
    bson_append_document_begin(any, key, -1, &one);
    bson_append_array_begin(&one, "$nor", -1, &list);
    for (size_t i = 0; i < n_types; i++) {
        bson_snprintf(key, sizeof key, "%u", (unsigned)i);
        bson_append_document_begin(&list, key, -1, &not_any);
        bson_append_document_begin(&not_any, field, -1, &inside);
        if (types[i])
            bson_append_utf8(&inside, "$type", -1, types[i], -1);
        else
            bson_append_bool(&inside, "$exists", -1, false);
        bson_append_document_end(&not_any, &inside);
        bson_append_document_end(&list, &not_any);
    }
    bson_append_array_end(&one, &list);
    bson_append_document_end(any, &one);
}

/* Ids of runs are above 0. */
static void append_low_id(bson_t *any, uint32_t n) {
    char key[16];
    bson_t one;
    bson_snprintf(key, sizeof key, "%u", n);
    bson_append_document_begin(any, key, -1, &one);
    BCON_APPEND(&one, "_id", "{", "$lte", BCON_INT32(0), "}");
    bson_append_document_end(any, &one);
}

/* What may be no run, as far as a server can tell: all that are none, but for damaged texts, and not many more. */
static void append_suspicion(bson_t *filter) {
    static const char *const text[] = {"string"}, *const id[] = {"string", "int", "long"},
                             *const time[] = {"date", "null", NULL}, *const document[] = {"object", "null", NULL};
    bson_t any;
    uint32_t n = 0;
    bson_append_array_begin(filter, "$or", -1, &any);
    append_not_type(&any, &n, "_id", id, 3);
    append_not_type(&any, &n, "experiment.name", text, 1);
    append_not_type(&any, &n, "status", text, 1);
    append_not_type(&any, &n, "start_time", time, 3);
    append_not_type(&any, &n, "stop_time", time, 3);
    append_not_type(&any, &n, "heartbeat", time, 3);
    append_not_type(&any, &n, "config", document, 3);
    append_not_type(&any, &n, "labwatch", document, 3);
    append_low_id(&any, n);
    bson_append_array_end(filter, &any);
}

static int count_unreadable(void *arg, const bson_t *document, lw_error *error) {
    uint64_t *n = arg;
    mongo_row *row;
    int code = mongo_row_new(&row, document, error);
    if (code == LW_OK)
        *n += row == NULL;
    lw_free(row);
    return code == LW_ESTORE ? LW_OK : code; /* a run of labwatch's that is damaged: it is said elsewhere */
}

int mongo_unreadable_count(lw_store *base, const char *experiment, uint64_t *out, lw_error *error) {
    mongo_store *store;
    int code = mongo_enter(&store, base, error);
    if (code != LW_OK)
        return code;
    bson_t filter = BSON_INITIALIZER, options = BSON_INITIALIZER, projection;
    if (experiment)
        bson_append_utf8(&filter, "experiment.name", -1, experiment, -1);
    append_suspicion(&filter);
    bson_append_document_begin(&options, "projection", -1, &projection);
    mongo_append_row_fields(&projection);
    bson_append_document_end(&options, &projection);
    *out = 0;
    code = mongo_find(store, MONGO_RUNS, &filter, &options, count_unreadable, out, error);
    bson_destroy(&filter);
    bson_destroy(&options);
    return code;
}
