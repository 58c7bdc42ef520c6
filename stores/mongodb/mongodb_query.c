/* The MongoDB store: runs that fit a query, of all experiments, or whole. */
#include <string.h>

#include <labwatch/sys/memory.h>

#include "mongodb_internal.h"

/* ---- rows that are in no mirror ---- */

typedef struct row_list {
    mongo_row **rows;
    size_t n, capacity;
} row_list;

static int collect_row(void *arg, const bson_t *document, lw_error *error) {
    row_list *list = arg;
    mongo_row *row;
    int code = mongo_row_new(&row, document, error);
    if (code != LW_OK || !row)
        return code;
    if (!lw_array_reserve(&list->rows, &list->capacity, list->n, sizeof *list->rows)) {
        lw_free(row);
        return lw_error_no_memory(error);
    }
    list->rows[list->n++] = row;
    return LW_OK;
}

/* What the server can leave out; the rest is left out afterwards. */
static void append_conditions(bson_t *filter, const lw_run_query *query) {
    bson_t condition;
    if (query->space)
        bson_append_utf8(filter, "labwatch.space", -1, query->space, -1);
    if (query->ids)
        mongo_append_ids(filter, query->ids, query->n_ids);
    else if (query->after_id > 0) {
        bson_append_document_begin(filter, "_id", -1, &condition);
        mongo_append_id(&condition, "$gt", query->after_id);
        if (query->up_to_id > 0)
            mongo_append_id(&condition, "$lte", query->up_to_id);
        bson_append_document_end(filter, &condition);
    }
    if (query->order == LW_ORDER_COST)
        bson_append_utf8(filter, "status", -1, lw_status_name(LW_STATUS_COMPLETED), -1);
}

int mongo_read_rows(mongo_store *store, const lw_run_query *query, mongo_row ***rows, size_t *n, lw_error *error) {
    bson_t filter = BSON_INITIALIZER, options = BSON_INITIALIZER, projection;
    row_list list = {0};
    append_conditions(&filter, query);
    bson_append_document_begin(&options, "projection", -1, &projection);
    mongo_append_row_fields(&projection);
    bson_append_document_end(&options, &projection);
    BCON_APPEND(&options, "sort", "{", "_id", BCON_INT32(1), "}");
    int code = mongo_find(store, MONGO_RUNS, &filter, &options, collect_row, &list, error);
    *rows = list.rows;
    *n = list.n;
    bson_destroy(&filter);
    bson_destroy(&options);
    return code;
}

/* ---- whole runs: which they are is told by their rows, and then they are read a portion at a time ---- */

enum { PORTION = 16 };

typedef struct id_list {
    int64_t *ids; /* 0: the next of the strings */
    size_t n, capacity;
    mongo_list strings;
} id_list;

static int collect_id(void *arg, const lw_run_row *row) {
    id_list *list = arg;
    if (!lw_array_reserve(&list->ids, &list->capacity, list->n, sizeof *list->ids))
        return LW_ENOMEM;
    list->ids[list->n++] = row->id;
    return row->id > 0 || mongo_list_append_text(&list->strings, row->foreign_id) ? LW_OK : LW_ENOMEM;
}

typedef struct portion {
    const int64_t *ids;
    size_t n;
    bson_t *documents[PORTION]; /* NULL: not there any more */
} portion;

static int keep_document(void *arg, const bson_t *document, lw_error *error) {
    (void)error;
    portion *self = arg;
    int64_t id = mongo_id_of(document);
    for (size_t i = 0; i < self->n; i++)
        if (self->ids[i] == id && id > 0 && !self->documents[i])
            self->documents[i] = bson_copy(document);
    return LW_OK;
}

/* Foreign documents may not be readable as a whole, though their rows are. */
static int show_run(const bson_t *document, const lw_run_query *query, lw_run_fn *visit, void *arg, lw_error *error) {
    lw_run run;
    int code = mongo_read_run(&run, document, error);
    if (code == LW_ESTORE && !mongo_is_own(document))
        return LW_OK;
    if (code != LW_OK)
        return code;
    if (run.id == 0 || lw_run_query_matches(query, &run)) /* it may have changed meanwhile */
        code = visit(arg, &run);
    lw_run_release(&run);
    return code;
}

static int show_portion(mongo_store *store, const int64_t *ids, size_t n, const lw_run_query *query, lw_run_fn *visit,
                        void *arg, lw_error *error) {
    portion self = {.ids = ids, .n = n};
    bson_t filter = BSON_INITIALIZER;
    mongo_append_ids(&filter, ids, n);
    int code = mongo_find(store, MONGO_RUNS, &filter, NULL, keep_document, &self, error);
    for (size_t i = 0; i < n; i++) {
        if (self.documents[i] && code == LW_OK)
            code = show_run(self.documents[i], query, visit, arg, error);
        if (self.documents[i])
            bson_destroy(self.documents[i]);
    }
    bson_destroy(&filter);
    return code;
}

static int show_string(mongo_store *store, bson_iter_t *string, const lw_run_query *query, lw_run_fn *visit, void *arg,
                       lw_error *error) {
    bson_t filter = BSON_INITIALIZER, *document;
    if (!bson_iter_next(string))
        return LW_OK;
    bson_append_iter(&filter, "_id", -1, string);
    int code = mongo_find_one(store, MONGO_RUNS, &filter, NULL, &document, error);
    bson_destroy(&filter);
    if (code != LW_OK || !document)
        return code;
    code = show_run(document, query, visit, arg, error);
    bson_destroy(document);
    return code;
}

static int show_runs(mongo_store *store, const id_list *list, const lw_run_query *query, lw_run_fn *visit, void *arg,
                     lw_error *error) {
    bson_iter_t string;
    bson_iter_init(&string, &list->strings.array);
    int code = LW_OK;
    for (size_t i = 0; i < list->n && code == LW_OK;) {
        size_t n = 0;
        while (n < PORTION && i + n < list->n && list->ids[i + n] > 0)
            n++;
        code = n > 0 ? show_portion(store, list->ids + i, n, query, visit, arg, error)
                     : show_string(store, &string, query, visit, arg, error);
        i += n > 0 ? n : 1;
    }
    return code;
}

int mongo_run_each(lw_store *base, const lw_run_query *query, lw_run_fn *visit, void *arg, lw_error *error) {
    mongo_store *store;
    int code = mongo_enter(&store, base, error);
    if (code != LW_OK)
        return code;
    id_list list = {.strings = {.array = BSON_INITIALIZER}};
    code = mongo_row_each(base, query, collect_id, &list, error);
    if (code == LW_ENOMEM)
        lw_error_no_memory(error);
    if (code == LW_OK)
        code = show_runs(store, &list, query, visit, arg, error);
    lw_free(list.ids);
    bson_destroy(&list.strings.array);
    return code;
}
