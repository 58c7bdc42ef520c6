/*
 * The MongoDB store: what is new on the server since it was asked last, in one question.
 *
 * An experiment that was not asked about is loaded: the highest id of the store, its rows, its revision. From then on
 * the question is for
 * - ids from the highest known one on, of any experiment: new runs, and the anchor (the highest known, or the first
 * that this store has inserted), to which the experiment's revision is joined;
 * - runs of the experiment that changed since: labwatch.changed is stamped by the server in every update;
 * - runs that nobody stamps: foreign ones that were open, or whose id is a text; and now and then all that are open, in
 * case that the server's clock was set back.
 */
#include <math.h>
#include <string.h>
#include <time.h>

#include <labwatch/sys/memory.h>

#include "mongodb_internal.h"

static const double slack_s = 1;       /* stamps are taken a little before what is stamped can be seen */
static const double look_again_s = 30; /* after so long, all open runs are looked at */
static const double belongs_s = 1;     /* so long rows belong to the counts that the same thread was given */

typedef struct intake {
    mongo_store *store;
    mongo_mirror *mirror;
    int64_t known;  /* highest id that was known to the mirror; 0: none */
    int64_t anchor; /* id of a run that will be in the answer; 0: none is known */
    bool has_revision;
    int64_t born;    /* what the answer says */
    uint64_t newest; /* highest labwatch.changed in the answer */
    bool other_run;  /* the highest known id is another run's */
} intake;

static void note_revision(intake *self, const bson_t *document) {
    bson_iter_t list, first;
    if (mongo_id_of(document) != self->anchor || !bson_iter_init_find(&list, document, "anchor") ||
        !BSON_ITER_HOLDS_ARRAY(&list) || !bson_iter_recurse(&list, &first))
        return;
    self->has_revision = true;
    self->mirror->counts.experiment_revision = bson_iter_next(&first) ? bson_iter_as_int64(&first) : 0;
    if (bson_iter_init_find(&list, document, "born") && BSON_ITER_HOLDS_ARRAY(&list) &&
        bson_iter_recurse(&list, &first) && bson_iter_next(&first))
        self->born = bson_iter_as_int64(&first);
}

/* What shows whether a snapshot is of this database. */
static void note_proof(intake *self, const mongo_row *row) {
    const mongo_row *known = row->row.id == self->known ? mongo_mirror_find(self->mirror, self->known) : NULL;
    self->newest = row->changed > self->newest ? row->changed : self->newest;
    self->other_run |= known && memcmp(known->row.digest, row->row.digest, LW_DIGEST_SIZE) != 0;
}

static bool is_of_experiment(const bson_t *document, const char *experiment) {
    bson_iter_t name;
    return mongo_find_value(document, "experiment.name", &name) && BSON_ITER_HOLDS_UTF8(&name) &&
           strcmp(bson_iter_utf8(&name, NULL), experiment) == 0;
}

static void note_id(mongo_mirror *mirror, const bson_t *document) {
    int64_t id = mongo_id_of(document);
    if (id > mirror->last_id)
        mirror->last_id = id;
}

static int take_document(void *arg, const bson_t *document, lw_error *error) {
    intake *self = arg;
    mongo_row *row;
    note_id(self->mirror, document);
    if (self->anchor > 0)
        note_revision(self, document);
    if (!is_of_experiment(document, self->mirror->experiment))
        return LW_OK;
    int code = mongo_row_new(&row, document, error);
    if (code == LW_OK && row && self->mirror->unproven)
        note_proof(self, row);
    return code == LW_OK && row ? mongo_mirror_take(self->mirror, row, error) : code;
}

/* ---- the whole experiment ---- */

static int take_last_id(void *arg, const bson_t *document, lw_error *error) {
    (void)error;
    note_id(arg, document);
    return LW_OK;
}

static int load_last_id(const intake *self, lw_error *error) {
    bson_t *filter = BCON_NEW("_id", "{", "$gt", BCON_INT32(0), "}");
    bson_t *options = BCON_NEW("projection", "{", "_id", BCON_INT32(1), "}", "sort", "{", "_id", BCON_INT32(-1), "}",
                               "limit", BCON_INT64(1), "singleBatch", BCON_BOOL(true));
    int code = mongo_find(self->store, MONGO_RUNS, filter, options, take_last_id, self->mirror, error);
    bson_destroy(filter);
    bson_destroy(options);
    return code;
}

static int load_rows(intake *self, lw_error *error) {
    bson_t *filter = BCON_NEW("experiment.name", BCON_UTF8(self->mirror->experiment));
    bson_t options = BSON_INITIALIZER, projection;
    bson_append_document_begin(&options, "projection", -1, &projection);
    mongo_append_row_fields(&projection);
    bson_append_document_end(&options, &projection);
    BCON_APPEND(&options, "sort", "{", "_id", BCON_INT32(1), "}");
    int64_t last_id = self->mirror->last_id;
    int code = mongo_find(self->store, MONGO_RUNS, filter, &options, take_document, self, error);
    self->mirror->last_id = last_id; /* others may have come before what was read last */
    bson_destroy(&options);
    bson_destroy(filter);
    return code;
}

static int load_revision(intake *self, lw_error *error) {
    bson_t *filter = BCON_NEW("_id", BCON_UTF8(self->mirror->experiment)), *found;
    bson_t *projection = BCON_NEW("revision", BCON_INT32(1), "born", BCON_INT32(1));
    bson_iter_t revision, born;
    int code = mongo_find_one(self->store, MONGO_EXPERIMENTS, filter, projection, &found, error);
    if (code == LW_OK) {
        bool there = found && bson_iter_init_find(&revision, found, "revision");
        self->mirror->counts.experiment_revision = there ? bson_iter_as_int64(&revision) : 0;
        self->mirror->born = found && bson_iter_init_find(&born, found, "born") ? bson_iter_as_int64(&born) : 0;
        if (found)
            bson_destroy(found);
    }
    bson_destroy(filter);
    bson_destroy(projection);
    return code;
}

/* ---- what is new ---- */

static void append_condition(bson_t *list, int *n, const mongo_mirror *mirror, const char *field,
                             const bson_t *condition) {
    char key[16];
    bson_t document;
    bson_snprintf(key, sizeof key, "%d", (*n)++);
    bson_append_document_begin(list, key, -1, &document);
    if (mirror)
        bson_append_utf8(&document, "experiment.name", -1, mirror->experiment, -1);
    bson_append_document(&document, field, -1, condition);
    bson_append_document_end(list, &document);
}

/* Runs whose changes leave no stamp; and all open ones, when that is due. */
static bool is_looked_at_again(const mongo_row *row, bool all_open) {
    return row->open && row->row.id > 0 && (all_open || row->row.origin == LW_ORIGIN_FOREIGN);
}

/* How many; of very many foreign ones that are open (Sacred leaves those open that were killed), only now and then. */
static uint32_t append_unstamped(bson_t *condition, const mongo_mirror *mirror, bool all_open) {
    const uint32_t many = 1000;
    bson_t ids;
    uint32_t n = 0;
    bson_append_array_begin(condition, "$in", -1, &ids);
    bool any = all_open || (mirror->n_foreign_open > 0 && mirror->n_foreign_open <= many);
    for (size_t i = 0; i < mirror->n && any; i++) {
        if (!is_looked_at_again(mirror->rows[i], all_open))
            continue;
        const char *key;
        char buffer[16];
        bson_uint32_to_string(n++, &key, buffer, sizeof buffer);
        mongo_append_id(&ids, key, mirror->rows[i]->row.id);
    }
    bson_append_array_end(condition, &ids);
    return n;
}

/* Changed lately, but not to what is known already: where runs end quickly, that would be most of the answer. */
static void append_changed(bson_t *list, int *n, const mongo_mirror *mirror) {
    char key[16];
    bson_t document, condition, known;
    bson_snprintf(key, sizeof key, "%d", (*n)++);
    bson_append_document_begin(list, key, -1, &document);
    bson_append_utf8(&document, "experiment.name", -1, mirror->experiment, -1);
    bson_append_document_begin(&document, "labwatch.changed", -1, &condition);
    bson_append_timestamp(&condition, "$gte", -1, (uint32_t)(mirror->asked_since >> 32), 0);
    bson_append_document_end(&document, &condition);
    bson_append_document_begin(&document, "labwatch.revision", -1, &condition);
    bson_append_array_begin(&condition, "$nin", -1, &known);
    size_t kept = mirror->n_heard < MONGO_MOST_HEARD ? mirror->n_heard : MONGO_MOST_HEARD;
    uint32_t n_known = 0;
    for (size_t i = 0; i < kept; i++) {
        const char *index;
        if (mirror->heard[i].changed < mirror->asked_since)
            continue;
        bson_uint32_to_string(n_known++, &index, key, sizeof key);
        bson_append_int64(&known, index, -1, mirror->heard[i].revision);
    }
    bson_append_array_end(&condition, &known);
    bson_append_document_end(&document, &condition);
    bson_append_document_end(list, &document);
}

static void append_conditions(bson_t *list, const intake *self, bool all_open) {
    const mongo_mirror *mirror = self->mirror;
    int n = 0;
    bson_t new_ids = BSON_INITIALIZER, texts = BSON_INITIALIZER, unstamped = BSON_INITIALIZER;
    mongo_append_id(&new_ids, self->known > 0 ? "$gte" : "$gt", self->known);
    append_condition(list, &n, NULL, "_id", &new_ids);
    bson_append_utf8(&texts, "$gte", -1, "", 0);
    append_condition(list, &n, mirror, "_id", &texts);
    append_changed(list, &n, mirror);
    if (append_unstamped(&unstamped, mirror, all_open) > 0)
        append_condition(list, &n, mirror, "_id", &unstamped);
    bson_destroy(&new_ids);
    bson_destroy(&texts);
    bson_destroy(&unstamped);
}

/* The anchor, as an expression: the experiment's name at one run, null at all others. */
static void append_anchor(bson_t *projection, const intake *self) {
    bson_t condition, parts, equal, sides;
    bson_append_document_begin(projection, "anchor", -1, &condition);
    bson_append_array_begin(&condition, "$cond", -1, &parts);
    bson_append_document_begin(&parts, "0", -1, &equal);
    bson_append_array_begin(&equal, "$eq", -1, &sides);
    bson_append_utf8(&sides, "0", -1, "$_id", -1);
    mongo_append_id(&sides, "1", self->anchor);
    bson_append_array_end(&equal, &sides);
    bson_append_document_end(&parts, &equal);
    BCON_APPEND(&parts, "1", "{", "$literal", BCON_UTF8(self->mirror->experiment), "}", "2", BCON_NULL);
    bson_append_array_end(&condition, &parts);
    bson_append_document_end(projection, &condition);
}

static bson_t *question(const intake *self, bool all_open) {
    bson_t *whole = bson_new(), pipeline, stage, match, list, projection;
    bson_append_array_begin(whole, "pipeline", -1, &pipeline);
    bson_append_document_begin(&pipeline, "0", -1, &stage);
    bson_append_document_begin(&stage, "$match", -1, &match);
    bson_append_array_begin(&match, "$or", -1, &list);
    append_conditions(&list, self, all_open);
    bson_append_array_end(&match, &list);
    bson_append_document_end(&stage, &match);
    bson_append_document_end(&pipeline, &stage);
    bson_append_document_begin(&pipeline, "1", -1, &stage);
    bson_append_document_begin(&stage, "$project", -1, &projection);
    mongo_append_row_fields(&projection);
    append_anchor(&projection, self);
    bson_append_document_end(&stage, &projection);
    bson_append_document_end(&pipeline, &stage);
    const char *experiments = self->store->collections[MONGO_EXPERIMENTS];
    BCON_APPEND(&pipeline, "2", "{", "$lookup", "{", "from", BCON_UTF8(experiments), "localField", "anchor",
                "foreignField", "_id", "as", "anchor", "}", "}");
    BCON_APPEND(&pipeline, "3", "{", "$addFields", "{", "born", "$anchor.born", "anchor", "$anchor.revision", "}",
                "}");
    bson_append_array_end(whole, &pipeline);
    return whole;
}

static int ask(intake *self, lw_error *error) {
    double now_s = mongo_now_s();
    bool all_open = !(now_s - self->mirror->looked_s < look_again_s);
    self->known = self->mirror->last_id;
    self->anchor = self->known > 0 ? self->known : self->store->last_id; /* or what this store has inserted */
    bson_t *pipeline = question(self, all_open);
    int code = mongo_aggregate(self->store, MONGO_RUNS, pipeline, take_document, self, error);
    bson_destroy(pipeline);
    if (code == LW_OK && all_open)
        self->mirror->looked_s = now_s;
    if (code != LW_OK)
        self->mirror->last_id = self->known; /* a part of the answer is missing: it is asked for again */
    return code == LW_OK && !self->has_revision && !self->mirror->unproven ? load_revision(self, error) : code;
}

/* ---- both ---- */

/* What was changed while the answer was under way may be stamped later than what was read after it. */
static void set_asked_since(mongo_mirror *mirror, double began_s) {
    uint64_t before = (uint64_t)ceil(mongo_now_s() - began_s + slack_s), seconds = mirror->newest >> 32;
    mirror->asked_since = seconds > before ? (seconds - before) << 32 : 0;
}

static int load(intake *self, lw_error *error) {
    mongo_mirror_clear(self->mirror);
    self->mirror->counts.changes++;
    self->mirror->loaded_at = (int64_t)time(NULL);
    int code = load_last_id(self, error);
    if (code == LW_OK)
        code = load_rows(self, error);
    if (code == LW_OK)
        code = load_revision(self, error);
    self->mirror->loaded = code == LW_OK;
    self->mirror->looked_s = mongo_now_s();
    return code;
}

/*
 * A snapshot is as good as a mirror that has slept since, if it is of this database, and nothing of what it knows was
 * undone there (by a backup that was restored): the highest known run is there, and the one that was changed last has
 * not been changed less since.
 */
static bool is_continued(const intake *self, uint64_t newest) {
    return self->has_revision && self->born == self->mirror->born && self->newest >= newest && !self->other_run;
}

static int ask_first(intake *self, lw_error *error) {
    uint64_t newest = self->mirror->newest;
    int code = ask(self, error);
    if (code != LW_OK)
        return code;
    self->mirror->unproven = false;
    if (is_continued(self, newest))
        return LW_OK;
    *self = (intake){.store = self->store, .mirror = self->mirror};
    return load(self, error);
}

static int ask_or_load(intake *self, lw_error *error) {
    if (!self->mirror->loaded)
        mongo_snapshot_load(self->store, self->mirror);
    if (!self->mirror->loaded)
        return load(self, error);
    return self->mirror->unproven ? ask_first(self, error) : ask(self, error);
}

int mongo_catch_up(mongo_store *store, mongo_mirror *mirror, lw_error *error) {
    intake self = {.store = store, .mirror = mirror};
    double began_s = mongo_now_s();
    pthread_mutex_lock(&store->lock);
    uint64_t n_writes = store->n_writes;
    pthread_mutex_unlock(&store->lock);
    mirror->counted = false;
    mirror->n_writes = UINT64_MAX; /* until it is known to be fresh */
    int code = ask_or_load(&self, error);
    if (code != LW_OK)
        return code;
    set_asked_since(mirror, began_s);
    mirror->n_writes = n_writes;
    mirror->counts.last_id = mirror->last_id;
    if (mirror->last_id > store->last_id)
        store->last_id = mirror->last_id;
    return LW_OK;
}

void mongo_wrote(mongo_store *store) {
    pthread_mutex_lock(&store->lock);
    store->n_writes++;
    pthread_mutex_unlock(&store->lock);
}

static bool is_fresh(mongo_store *store, const mongo_mirror *mirror) {
    pthread_mutex_lock(&store->lock);
    bool fresh = mirror->loaded && mirror->n_writes == store->n_writes;
    pthread_mutex_unlock(&store->lock);
    return fresh;
}

/* ---- the operations that ask ---- */

/* The mirror, which is locked until mongo_leave_mirror, also on failure. */
static int enter_mirror(mongo_store **store, mongo_mirror **out, lw_store *base, const char *experiment,
                        lw_error *error) {
    int code = mongo_enter(store, base, error);
    if (code != LW_OK)
        return code;
    pthread_mutex_lock(&(*store)->mirror_lock);
    *out = mongo_mirror_need(*store, experiment);
    if (*out)
        return LW_OK;
    pthread_mutex_unlock(&(*store)->mirror_lock);
    return lw_error_no_memory(error);
}

static int leave_mirror(mongo_store *store, int code) {
    pthread_mutex_unlock(&store->mirror_lock);
    return code;
}

int mongo_run_counts(lw_store *base, const char *experiment, lw_run_counts *out, lw_error *error) {
    mongo_store *store;
    mongo_mirror *mirror;
    int code = enter_mirror(&store, &mirror, base, experiment, error);
    if (code != LW_OK)
        return code;
    code = mongo_catch_up(store, mirror, error);
    if (code == LW_OK) {
        *out = mirror->counts;
        mirror->counted = true;
        mirror->counted_by = pthread_self();
        mirror->counted_s = mongo_now_s();
    }
    return leave_mirror(store, code);
}

/* As the counts were, if they were asked for: an id above the highest that they told makes what they said invalid
 * anyway. */
int mongo_config_count(lw_store *base, const char *experiment, const char *space, const uint8_t digest[LW_DIGEST_SIZE],
                       uint64_t *out, int64_t *changes, lw_error *error) {
    mongo_store *store;
    mongo_mirror *mirror;
    int code = enter_mirror(&store, &mirror, base, experiment, error);
    if (code != LW_OK)
        return code;
    if (!mirror->counted || !is_fresh(store, mirror))
        code = mongo_catch_up(store, mirror, error);
    uint64_t n = 0;
    const mongo_row *row = code == LW_OK ? mongo_mirror_bucket(mirror, digest) : NULL;
    for (; row; row = row->next_alike)
        n += memcmp(row->row.digest, digest, LW_DIGEST_SIZE) == 0 && row->row.space &&
             strcmp(row->row.space, space) == 0 && !row->is_void;
    if (code == LW_OK) {
        *out = n;
        *changes = mirror->counts.changes;
    }
    return leave_mirror(store, code);
}

/* Rows up to the last id that was counted, or by id: of the moment of the counts, if they are asked for right behind
 * them. */
static bool belongs_to_counts(mongo_store *store, const mongo_mirror *mirror, const lw_run_query *query) {
    return mirror->counted && pthread_equal(mirror->counted_by, pthread_self()) &&
           mongo_now_s() - mirror->counted_s < belongs_s && is_fresh(store, mirror) &&
           (query->ids || (query->up_to_id > 0 && query->up_to_id == mirror->counts.last_id));
}

static int show_mirror(lw_store *base, const lw_run_query *query, lw_run_row_fn *visit, void *arg, lw_error *error) {
    mongo_store *store;
    mongo_mirror *mirror;
    int code = enter_mirror(&store, &mirror, base, query->experiment, error);
    if (code != LW_OK)
        return code;
    if (!belongs_to_counts(store, mirror, query))
        code = mongo_catch_up(store, mirror, error);
    if (code == LW_OK)
        code = mongo_rows_show(mirror->rows, mirror->n, query, visit, arg, error);
    return leave_mirror(store, code);
}

int mongo_row_each(lw_store *base, const lw_run_query *query, lw_run_row_fn *visit, void *arg, lw_error *error) {
    mongo_store *store;
    mongo_row **rows = NULL;
    size_t n = 0;
    if (query->experiment)
        return show_mirror(base, query, visit, arg, error);
    int code = mongo_enter(&store, base, error);
    if (code == LW_OK)
        code = mongo_read_rows(store, query, &rows, &n, error);
    if (code == LW_OK)
        code = mongo_rows_show(rows, n, query, visit, arg, error);
    mongo_rows_free(rows, n);
    return code;
}
