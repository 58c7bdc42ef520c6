/* The MongoDB store: narrow rows. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <labwatch/sys/memory.h>

#include "mongodb_internal.h"

void mongo_append_row_fields(bson_t *projection) {
    static const char *const fields[] = {"experiment.name",
                                         "status",
                                         "start_time",
                                         "stop_time",
                                         "heartbeat",
                                         "config",
                                         "result",
                                         "labwatch.origin",
                                         "labwatch.space",
                                         "labwatch.space_version",
                                         "labwatch.digest",
                                         "labwatch.cost",
                                         "labwatch.failure",
                                         "labwatch.fidelity",
                                         "labwatch.replicate",
                                         "labwatch.attempt",
                                         "labwatch.lease",
                                         "labwatch.duration",
                                         "labwatch.memo",
                                         "labwatch.worker",
                                         "labwatch.format",
                                         "labwatch.revision",
                                         "labwatch.changed"};
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
        bson_append_int32(projection, fields[i], -1, 1);
}

/* ---- packing ---- */

static size_t text_size(const char *text) {
    return text ? strlen(text) + 1 : 0;
}

static size_t document_size(const bson_t *document) {
    return document ? document->len : 0;
}

static const char *put_text(uint8_t **at, const char *text) {
    size_t size = text_size(text);
    if (size == 0)
        return NULL;
    char *copy = memcpy(*at, text, size);
    *at += size;
    return copy;
}

enum { N_DOCUMENTS = 4 };

/* Each behind a byte that says whether it is there. */
static void put_documents(uint8_t *at, const bson_t *const documents[N_DOCUMENTS]) {
    for (int i = 0; i < N_DOCUMENTS; i++) {
        *at++ = documents[i] != NULL;
        if (documents[i])
            memcpy(at, bson_get_data(documents[i]), documents[i]->len);
        at += document_size(documents[i]);
    }
}

static mongo_row *pack(const lw_run *run) {
    lw_run_row row;
    lw_run_row_of(&row, run);
    const bson_t *const documents[N_DOCUMENTS] = {row.config, row.memo, row.result, row.worker};
    size_t size = text_size(row.foreign_id) + text_size(row.experiment) + text_size(row.space) + N_DOCUMENTS;
    for (int i = 0; i < N_DOCUMENTS; i++)
        size += document_size(documents[i]);
    mongo_row *packed = lw_calloc(1, sizeof *packed + size);
    if (!packed)
        return NULL;
    packed->row = row;
    packed->row.config = packed->row.memo = packed->row.result = packed->row.worker = NULL;
    packed->size = size;
    packed->open = lw_run_is_open(run);
    packed->is_void = lw_run_outcome(run) == LW_VOID;
    uint8_t *at = packed->bytes;
    packed->row.foreign_id = put_text(&at, row.foreign_id);
    packed->row.experiment = put_text(&at, row.experiment);
    packed->row.space = put_text(&at, row.space);
    put_documents(at, documents);
    return packed;
}

/* ---- in a file ---- */

size_t mongo_row_size(const mongo_row *row) {
    return (sizeof *row + row->size + MONGO_ROW_UNIT - 1) / MONGO_ROW_UNIT * MONGO_ROW_UNIT;
}

/* Of a pointer it is only told that it is there. */
static const char *mark(const char *text) {
    return text ? "" : NULL;
}

void mongo_row_write(void *room, const mongo_row *row) {
    mongo_row *copy = memset(room, 0, mongo_row_size(row));
    memcpy(copy, row, sizeof *row + row->size);
    copy->next_alike = NULL;
    copy->row.foreign_id = mark(row->row.foreign_id);
    copy->row.experiment = mark(row->row.experiment);
    copy->row.space = mark(row->row.space);
}

static bool revive_text(const char **text, const uint8_t **at, const uint8_t *end) {
    if (!*text)
        return true;
    const uint8_t *last = memchr(*at, 0, (size_t)(end - *at));
    *text = (const char *)*at;
    *at = last ? last + 1 : end;
    return last != NULL;
}

static bool skip_document(const uint8_t **at, const uint8_t *end) {
    uint32_t length;
    if (*at == end)
        return false;
    bool there = *(*at)++ != 0;
    if (!there)
        return true;
    if ((size_t)(end - *at) < sizeof length)
        return false;
    memcpy(&length, *at, sizeof length);
    length = BSON_UINT32_FROM_LE(length);
    if (length < 5 || length > (size_t)(end - *at))
        return false;
    *at += length;
    return true;
}

bool mongo_row_revive(mongo_row *row, size_t size) {
    if (size < sizeof *row || row->size > size - sizeof *row || mongo_row_size(row) > size)
        return false;
    const uint8_t *at = row->bytes, *end = row->bytes + row->size;
    bool sound = revive_text(&row->row.foreign_id, &at, end) && revive_text(&row->row.experiment, &at, end) &&
                 revive_text(&row->row.space, &at, end);
    for (int i = 0; i < N_DOCUMENTS; i++)
        sound = sound && skip_document(&at, end);
    return sound && at == end && (row->row.id > 0) == (row->row.foreign_id == NULL) && row->row.experiment &&
           (unsigned)row->row.status <= LW_STATUS_OTHER;
}

static uint64_t changed_of(const bson_t *document) {
    bson_iter_t changed;
    uint32_t seconds, counter;
    if (!mongo_find_value(document, "labwatch.changed", &changed) || !BSON_ITER_HOLDS_TIMESTAMP(&changed))
        return 0;
    bson_iter_timestamp(&changed, &seconds, &counter);
    return (uint64_t)seconds << 32 | counter;
}

int mongo_row_new(mongo_row **out, const bson_t *document, lw_error *error) {
    lw_run run;
    *out = NULL;
    int code = lw_run_from_document(&run, document, error);
    if (code == LW_ESTORE && !mongo_is_own(document))
        return LW_OK;
    if (code != LW_OK)
        return code;
    *out = pack(&run);
    lw_run_release(&run);
    if (!*out)
        return lw_error_no_memory(error);
    (*out)->revision = mongo_revision_of(document);
    (*out)->changed = changed_of(document);
    return LW_OK;
}

bool mongo_rows_alike(const mongo_row *a, const mongo_row *b) {
    if (a->revision != 0 || b->revision != 0)
        return a->revision == b->revision;
    return a->row.status == b->row.status && a->row.start_ms == b->row.start_ms && a->row.stop_ms == b->row.stop_ms &&
           a->size == b->size && memcmp(a->bytes, b->bytes, a->size) == 0;
}

/* ---- showing ---- */

/* A row with its documents, borrowed from the packed one. */
typedef struct opened_row {
    lw_run_row row;
    bson_t documents[N_DOCUMENTS];
} opened_row;

static void open_row(opened_row *out, const mongo_row *packed) {
    const uint8_t *at = packed->bytes + text_size(packed->row.foreign_id) + text_size(packed->row.experiment) +
                        text_size(packed->row.space);
    const bson_t **const members[N_DOCUMENTS] = {&out->row.config, &out->row.memo, &out->row.result, &out->row.worker};
    out->row = packed->row;
    for (int i = 0; i < N_DOCUMENTS; i++) {
        if (!*at++)
            continue;
        uint32_t length;
        memcpy(&length, at, sizeof length);
        length = BSON_UINT32_FROM_LE(length);
        if (bson_init_static(&out->documents[i], at, length))
            *members[i] = &out->documents[i];
        at += length;
    }
}

/* Ids of text come behind all numbers, and have no place among conditions on them. */
static bool fits(const lw_run_query *query, const mongo_row *row, lw_run *probe) {
    probe->id = row->row.id;
    probe->experiment = (char *)(uintptr_t)row->row.experiment;
    probe->space = (char *)(uintptr_t)row->row.space;
    probe->status = row->row.status;
    probe->failure = row->row.failure;
    probe->origin = row->row.origin;
    probe->cost = row->row.cost;
    if (row->row.id > 0)
        return lw_run_query_matches(query, probe);
    lw_run_query without_ids = *query;
    without_ids.after_id = -1;
    without_ids.up_to_id = 0;
    return !query->ids && query->after_id <= 0 && lw_run_query_matches(&without_ids, probe);
}

static int compare_costs(const void *a, const void *b) {
    const mongo_row *left = *(mongo_row *const *)a, *right = *(mongo_row *const *)b;
    if (left->row.cost != right->row.cost)
        return left->row.cost < right->row.cost ? -1 : 1;
    return left->row.id < right->row.id ? -1 : left->row.id > right->row.id;
}

/* NULL when out of memory; else lw_free it. */
static mongo_row **sorted_by_cost(mongo_row *const *rows, size_t *n) {
    mongo_row **sorted = lw_reallocarray(NULL, *n, sizeof *sorted);
    size_t kept = 0;
    for (size_t i = 0; i < *n && sorted; i++)
        if (!isnan(rows[i]->row.cost))
            sorted[kept++] = rows[i];
    if (sorted && kept > 0)
        qsort(sorted, kept, sizeof(mongo_row *), compare_costs);
    *n = kept;
    return sorted;
}

/* The first row with an id above. */
static size_t place_above(mongo_row *const *rows, size_t n, int64_t id) {
    size_t low = 0, high = n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (rows[middle]->row.id > 0 && rows[middle]->row.id <= id)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static int show(mongo_row *const *rows, size_t n, const lw_run_query *query, lw_run_row_fn *visit, void *arg) {
    lw_run probe;
    lw_run_init(&probe);
    size_t visited = 0;
    int code = LW_OK;
    for (size_t i = 0; i < n && code == LW_OK; i++) {
        const mongo_row *row = rows[query->order == LW_ORDER_ID_DOWN ? n - 1 - i : i];
        if (!fits(query, row, &probe))
            continue;
        opened_row opened;
        open_row(&opened, row);
        code = visit(arg, &opened.row);
        if (++visited == query->limit)
            break;
    }
    return code;
}

int mongo_rows_show(mongo_row *const *rows, size_t n, const lw_run_query *query, lw_run_row_fn *visit, void *arg,
                    lw_error *error) {
    if (n == 0)
        return LW_OK;
    if (query->order != LW_ORDER_COST) {
        size_t first = query->after_id > 0 ? place_above(rows, n, query->after_id) : 0;
        return show(rows + first, n - first, query, visit, arg);
    }
    mongo_row **sorted = sorted_by_cost(rows, &n);
    if (!sorted)
        return lw_error_no_memory(error);
    int code = show(sorted, n, query, visit, arg);
    lw_free(sorted);
    return code;
}

void mongo_rows_free(mongo_row **rows, size_t n) {
    for (size_t i = 0; i < n; i++)
        lw_free(rows[i]);
    lw_free(rows);
}
