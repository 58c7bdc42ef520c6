/*
 * The MongoDB store: metrics, as Sacred has them: {_id, run_id, name, steps, values, timestamps}. A metric that would
 * not fit into one document has several. What labwatch appends goes to documents whose _id follows from run, name and
 * part, so that there is one of each.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <labwatch/sys/memory.h>

#include "mongodb_internal.h"

enum {
    LARGEST_PART = 200000, /* points: far below 16 MB */
    MOST_AT_ONCE = 50000,  /* points in one statement: about 2 MB */
    PARTS_ASKED = 32       /* at a time */
};

static void part_oid(bson_oid_t *out, int64_t run_id, const char *name, uint64_t part) {
    lw_digest digest;
    uint8_t bytes[LW_DIGEST_SIZE];
    uint64_t rest;
    lw_digest_start(&digest);
    lw_digest_add_text(&digest, "metric", strlen("metric"));
    lw_digest_add_u64(&digest, (uint64_t)run_id);
    lw_digest_add_text(&digest, name, strlen(name));
    lw_digest_add_u64(&digest, part);
    lw_digest_finish(&digest, bytes);
    memcpy(&rest, bytes, sizeof rest);
    mongo_make_oid(out, rest);
}

/* ---- where the next point goes ---- */

typedef struct end_of_metric {
    int64_t run_id;
    const char *name;
    uint64_t first_asked, part; /* the last part that is there, or that is to be made */
    int64_t n;                  /* points in it; -1: it is not there */
} end_of_metric;

static int note_part(void *arg, const bson_t *document, lw_error *error) {
    (void)error;
    end_of_metric *self = arg;
    bson_iter_t id, n;
    bson_oid_t oid;
    if (!bson_iter_init_find(&id, document, "_id") || !BSON_ITER_HOLDS_OID(&id) ||
        !bson_iter_init_find(&n, document, "n"))
        return LW_OK;
    for (uint64_t part = self->first_asked; part < self->first_asked + PARTS_ASKED; part++) {
        part_oid(&oid, self->run_id, self->name, part);
        if (bson_oid_equal(&oid, bson_iter_oid(&id)) && (self->n < 0 || part >= self->part)) {
            self->part = part;
            self->n = bson_iter_as_int64(&n);
        }
    }
    return LW_OK;
}

static int ask_for_parts(mongo_store *store, end_of_metric *self, lw_error *error) {
    bson_t *pipeline = bson_new(), list, stage, match, condition, ids;
    bson_append_array_begin(pipeline, "pipeline", -1, &list);
    bson_append_document_begin(&list, "0", -1, &stage);
    bson_append_document_begin(&stage, "$match", -1, &match);
    bson_append_document_begin(&match, "_id", -1, &condition);
    bson_append_array_begin(&condition, "$in", -1, &ids);
    for (uint64_t i = 0; i < PARTS_ASKED; i++) {
        char key[16];
        bson_oid_t oid;
        bson_snprintf(key, sizeof key, "%u", (unsigned)i);
        part_oid(&oid, self->run_id, self->name, self->first_asked + i);
        bson_append_oid(&ids, key, -1, &oid);
    }
    bson_append_array_end(&condition, &ids);
    bson_append_document_end(&match, &condition);
    bson_append_document_end(&stage, &match);
    bson_append_document_end(&list, &stage);
    BCON_APPEND(&list, "1", "{", "$project", "{", "n", "{", "$size", "$steps", "}", "}", "}");
    bson_append_array_end(pipeline, &list);
    int code = mongo_aggregate(store, MONGO_METRICS, pipeline, note_part, self, error);
    bson_destroy(pipeline);
    return code;
}

static int find_end(mongo_store *store, end_of_metric *self, lw_error *error) {
    int code;
    self->first_asked = self->part = 0;
    self->n = -1;
    do
        code = ask_for_parts(store, self, error);
    while (code == LW_OK && self->n >= 0 && self->part + 1 == self->first_asked + PARTS_ASKED &&
           (self->first_asked += PARTS_ASKED) > 0);
    if (self->n >= LARGEST_PART) {
        self->part++;
        self->n = -1;
    }
    return code;
}

/* ---- appending ---- */

static void append_step(bson_t *list, const char *key, int64_t step) {
    if (step >= INT32_MIN && step <= INT32_MAX) /* Sacred's are int32 */
        bson_append_int32(list, key, -1, (int32_t)step);
    else
        bson_append_int64(list, key, -1, step);
}

static void append_lists(bson_t *to, bool each, const lw_metric_point *points, size_t n) {
    static const char *const names[] = {"steps", "values", "timestamps"};
    for (int which = 0; which < 3; which++) {
        bson_t inside, list;
        if (each)
            bson_append_document_begin(to, names[which], -1, &inside);
        bson_append_array_begin(each ? &inside : to, each ? "$each" : names[which], -1, &list);
        for (size_t i = 0; i < n; i++) {
            const char *key;
            char buffer[16];
            bson_uint32_to_string((uint32_t)i, &key, buffer, sizeof buffer);
            if (which == 0)
                append_step(&list, key, points[i].step);
            else if (which == 1)
                bson_append_double(&list, key, -1, points[i].value);
            else
                bson_append_date_time(&list, key, -1, points[i].time_ms);
        }
        bson_append_array_end(each ? &inside : to, &list);
        if (each)
            bson_append_document_end(to, &inside);
    }
}

static int make_part(mongo_store *store, const end_of_metric *end, const bson_oid_t *oid, const lw_metric_point *points,
                     size_t n, mongo_outcome *outcome, lw_error *error) {
    bson_t document = BSON_INITIALIZER;
    bson_append_oid(&document, "_id", -1, oid);
    mongo_append_id(&document, "run_id", end->run_id);
    bson_append_utf8(&document, "name", -1, end->name, -1);
    append_lists(&document, false, points, n);
    int code = mongo_insert(store, MONGO_METRICS, &document, outcome, error);
    outcome->matched = !outcome->duplicate;
    bson_destroy(&document);
    return code;
}

static int lengthen_part(mongo_store *store, const end_of_metric *end, const bson_oid_t *oid,
                         const lw_metric_point *points, size_t n, mongo_outcome *outcome, lw_error *error) {
    bson_t filter = BSON_INITIALIZER, update = BSON_INITIALIZER, push;
    bson_append_oid(&filter, "_id", -1, oid);
    BCON_APPEND(&filter, "steps", "{", "$size", BCON_INT64(end->n), "}");
    bson_append_document_begin(&update, "$push", -1, &push);
    append_lists(&push, true, points, n);
    bson_append_document_end(&update, &push);
    int code = mongo_update(store, MONGO_METRICS, &filter, &update, false, outcome, error);
    bson_destroy(&filter);
    bson_destroy(&update);
    return code;
}

/* A metric that has just been made is listed in its run, where viewers look for it. */
static int list_metric(mongo_store *store, const end_of_metric *end, const bson_oid_t *oid, lw_error *error) {
    char id[25];
    bson_oid_to_string(oid, id);
    bson_t *fields = BCON_NEW("info.metrics", "{", "name", BCON_UTF8(end->name), "id", BCON_UTF8(id), "}");
    int code = mongo_touch(store, end->run_id, "$addToSet", fields, error);
    bson_destroy(fields);
    return code;
}

/* Some of the points, in one statement: how many in *added. None: somebody else has appended meanwhile. */
static int append_some(mongo_store *store, const end_of_metric *end, const lw_metric_point *points, size_t n,
                       size_t *added, bool *repeated, lw_error *error) {
    size_t room = end->n < 0 ? LARGEST_PART : (size_t)(LARGEST_PART - end->n);
    size_t some = n < MOST_AT_ONCE ? n : MOST_AT_ONCE;
    some = some < room ? some : room;
    bson_oid_t oid;
    mongo_outcome outcome = {0};
    part_oid(&oid, end->run_id, end->name, end->part);
    int code = end->n < 0 ? make_part(store, end, &oid, points, some, &outcome, error)
                          : lengthen_part(store, end, &oid, points, some, &outcome, error);
    *added = code == LW_OK && outcome.matched > 0 ? some : 0;
    *repeated = outcome.repeated;
    if (*added > 0 && end->n < 0 && end->part == 0)
        code = list_metric(store, end, &oid, error);
    return code;
}

/* After a reply was lost: the part is as long as the points would have made it. */
static size_t added_after_all(const end_of_metric *before, const end_of_metric *now, size_t n) {
    int64_t then = before->n < 0 ? 0 : before->n;
    size_t some = n < MOST_AT_ONCE ? n : MOST_AT_ONCE;
    if (some > (size_t)(LARGEST_PART - then))
        some = (size_t)(LARGEST_PART - then);
    bool full = then + (int64_t)some == LARGEST_PART && now->part == before->part + 1 && now->n < 0;
    return full || (now->part == before->part && now->n == then + (int64_t)some) ? some : 0;
}

static int append_all(mongo_store *store, end_of_metric *end, const lw_metric_point *points, size_t n,
                      lw_error *error) {
    int code = find_end(store, end, error);
    while (code == LW_OK && n > 0) {
        size_t added;
        bool repeated;
        end_of_metric before = *end;
        code = append_some(store, end, points, n, &added, &repeated, error);
        if (code == LW_OK && (added == 0 || added < n))
            code = find_end(store, end, error);
        if (code == LW_OK && added == 0 && repeated) {
            added = added_after_all(&before, end, n);
            bson_oid_t oid;
            part_oid(&oid, end->run_id, end->name, 0);
            if (added > 0 && before.n < 0 && before.part == 0)
                code = list_metric(store, end, &oid, error);
        }
        points += added;
        n -= added;
    }
    return code;
}

int mongo_metric_append(lw_store *base, int64_t run_id, const char *name, const lw_metric_point *points, size_t n,
                        lw_error *error) {
    mongo_store *store;
    int code = mongo_enter(&store, base, error);
    if (code == LW_OK)
        code = mongo_check_changeable(store, run_id, error);
    end_of_metric end = {.run_id = run_id, .name = name};
    return code == LW_OK && n > 0 ? append_all(store, &end, points, n, error) : code;
}

/* ---- reading ---- */

typedef struct metric {
    char *name;
    lw_metric_point *points;
    size_t n, capacity;
} metric;

typedef struct metric_list {
    metric *items;
    size_t n, capacity;
    int64_t run_id;
    mongo_list parts; /* documents of one run */
} metric_list;

static int keep_part(void *arg, const bson_t *document, lw_error *error) {
    metric_list *self = arg;
    return mongo_list_append_document(&self->parts, document)
               ? LW_OK
               : lw_error_set(error, LW_EUNSUPPORTED, "the metrics of run %lld are too large", (long long)self->run_id);
}

static metric *need_metric(metric_list *self, const char *name) {
    for (size_t i = 0; i < self->n; i++)
        if (strcmp(self->items[i].name, name) == 0)
            return &self->items[i];
    char *copy = lw_strdup(name);
    if (!copy || !lw_array_reserve(&self->items, &self->capacity, self->n, sizeof *self->items)) {
        lw_free(copy);
        return NULL;
    }
    self->items[self->n] = (metric){.name = copy};
    return &self->items[self->n++];
}

static bool open_list(const bson_t *document, const char *name, bson_iter_t *out) {
    bson_iter_t list;
    return bson_iter_init_find(&list, document, name) && BSON_ITER_HOLDS_ARRAY(&list) && bson_iter_recurse(&list, out);
}

static double number_at(const bson_iter_t *value) {
    return BSON_ITER_HOLDS_NUMBER(value) && !BSON_ITER_HOLDS_DECIMAL128(value) ? bson_iter_as_double(value)
                                                                               : (double)NAN;
}

/* Lists of different lengths, as Sacred's never are, are read as far as all go. */
static int add_points(metric_list *self, const bson_t *part, lw_error *error) {
    bson_iter_t name, steps, values, times;
    if (!bson_iter_init_find(&name, part, "name") || !BSON_ITER_HOLDS_UTF8(&name) ||
        !open_list(part, "steps", &steps) || !open_list(part, "values", &values) ||
        !open_list(part, "timestamps", &times))
        return LW_OK;
    metric *to = need_metric(self, bson_iter_utf8(&name, NULL));
    if (!to)
        return lw_error_no_memory(error);
    while (bson_iter_next(&steps) && bson_iter_next(&values) && bson_iter_next(&times)) {
        if (!lw_array_reserve(&to->points, &to->capacity, to->n, sizeof *to->points))
            return lw_error_no_memory(error);
        to->points[to->n++] = (lw_metric_point){
            .step = BSON_ITER_HOLDS_NUMBER(&steps) ? bson_iter_as_int64(&steps) : 0,
            .value = number_at(&values),
            .time_ms = BSON_ITER_HOLDS_DATE_TIME(&times) ? bson_iter_date_time(&times) : 0,
        };
    }
    return LW_OK;
}

static bool is_part(const bson_t *part, int64_t run_id, uint64_t number) {
    bson_iter_t id, name;
    bson_oid_t oid;
    if (!bson_iter_init_find(&id, part, "_id") || !BSON_ITER_HOLDS_OID(&id) ||
        !bson_iter_init_find(&name, part, "name") || !BSON_ITER_HOLDS_UTF8(&name))
        return false;
    part_oid(&oid, run_id, bson_iter_utf8(&name, NULL), number);
    return bson_oid_equal(&oid, bson_iter_oid(&id));
}

/* Sacred's own first, then labwatch's, part by part. */
static int join_parts(metric_list *self, lw_error *error) {
    bson_iter_t each;
    bson_t part;
    int code = LW_OK;
    for (bson_iter_init(&each, &self->parts.array); code == LW_OK && bson_iter_next(&each);) {
        bson_iter_t id;
        bool own = mongo_view_document(&each, &part) && bson_iter_init_find(&id, &part, "_id") && BSON_ITER_HOLDS_OID(&id) &&
                   mongo_is_own_oid(bson_iter_oid(&id));
        if (!own)
            code = add_points(self, &part, error);
    }
    for (uint64_t number = 0; number < self->parts.n && code == LW_OK; number++)
        for (bson_iter_init(&each, &self->parts.array); code == LW_OK && bson_iter_next(&each);)
            if (mongo_view_document(&each, &part) && is_part(&part, self->run_id, number))
                code = add_points(self, &part, error);
    return code;
}

static int compare_names(const void *a, const void *b) {
    return strcmp(((const metric *)a)->name, ((const metric *)b)->name);
}

int mongo_metric_each(lw_store *base, int64_t run_id, lw_metric_fn *visit, void *arg, lw_error *error) {
    mongo_store *store;
    int code = mongo_enter(&store, base, error);
    if (code != LW_OK)
        return code;
    metric_list list = {.run_id = run_id, .parts = {.array = BSON_INITIALIZER}};
    bson_t filter = BSON_INITIALIZER;
    mongo_append_id(&filter, "run_id", run_id);
    code = mongo_find(store, MONGO_METRICS, &filter, NULL, keep_part, &list, error);
    if (code == LW_OK)
        code = join_parts(&list, error);
    if (list.n > 0)
        qsort(list.items, list.n, sizeof *list.items, compare_names);
    for (size_t i = 0; i < list.n; i++) {
        if (code == LW_OK)
            code = visit(arg, list.items[i].name, list.items[i].points, list.items[i].n);
        lw_free(list.items[i].name);
        lw_free(list.items[i].points);
    }
    lw_free(list.items);
    bson_destroy(&list.parts.array);
    bson_destroy(&filter);
    return code;
}

int mongo_remove_metrics(mongo_store *store, int64_t run_id, lw_error *error) {
    bson_t filter = BSON_INITIALIZER;
    mongo_append_id(&filter, "run_id", run_id);
    int code = mongo_delete(store, MONGO_METRICS, &filter, error);
    bson_destroy(&filter);
    return code;
}
