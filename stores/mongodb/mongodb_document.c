/*
 * The MongoDB store: runs as documents. Beside the fields of lw_run_to_document the store keeps some for itself:
 * labwatch.revision, .revisions and .changed, and what it lists for viewers in info.metrics, artifacts and
 * experiment.sources.
 */
#include <math.h>
#include <string.h>
#include <sys/random.h>

#include <labwatch/sys/memory.h>

#include "mongodb_internal.h"

/* ---- looking into documents ---- */

int64_t mongo_id_of(const bson_t *document) {
    bson_iter_t id;
    int64_t number = 0;
    if (!bson_iter_init_find(&id, document, "_id"))
        return 0;
    if (BSON_ITER_HOLDS_INT(&id))
        number = bson_iter_as_int64(&id);
    else if (BSON_ITER_HOLDS_DOUBLE(&id) && fabs(bson_iter_double(&id)) < 9007199254740992.0 &&
             floor(bson_iter_double(&id)) == bson_iter_double(&id))
        number = (int64_t)bson_iter_double(&id);
    return number > 0 && number < INT64_MAX ? number : 0;
}

void mongo_append_id(bson_t *out, const char *key, int64_t id) {
    if (id >= INT32_MIN && id <= INT32_MAX)
        bson_append_int32(out, key, -1, (int32_t)id);
    else
        bson_append_int64(out, key, -1, id);
}

void mongo_append_ids(bson_t *filter, const int64_t *ids, size_t n) {
    bson_t condition, list;
    bson_append_document_begin(filter, "_id", -1, &condition);
    bson_append_array_begin(&condition, "$in", -1, &list);
    for (size_t i = 0; i < n; i++) {
        const char *key;
        char buffer[16];
        bson_uint32_to_string((uint32_t)i, &key, buffer, sizeof buffer);
        mongo_append_id(&list, key, ids[i]);
    }
    bson_append_array_end(&condition, &list);
    bson_append_document_end(filter, &condition);
}

bson_t *mongo_filter_by_id(int64_t id) {
    bson_t *filter = bson_new();
    mongo_append_id(filter, "_id", id);
    return filter;
}

bool mongo_find_value(const bson_t *document, const char *path, bson_iter_t *out) {
    bson_iter_t top;
    return bson_iter_init(&top, document) && bson_iter_find_descendant(&top, path, out);
}

int64_t mongo_revision_of(const bson_t *document) {
    bson_iter_t revision;
    return mongo_find_value(document, "labwatch.revision", &revision) && BSON_ITER_HOLDS_INT64(&revision)
               ? bson_iter_int64(&revision)
               : 0;
}

bool mongo_has_revision(const bson_t *document, int64_t revision) {
    bson_iter_t all, each;
    if (!mongo_find_value(document, "labwatch.revisions", &all) || !BSON_ITER_HOLDS_ARRAY(&all) ||
        !bson_iter_recurse(&all, &each))
        return false;
    while (bson_iter_next(&each))
        if (BSON_ITER_HOLDS_INT64(&each) && bson_iter_int64(&each) == revision)
            return true;
    return false;
}

int64_t mongo_new_revision(void) {
    int64_t number = 0;
    while (number == 0)
        if (getrandom(&number, sizeof number, 0) != (ssize_t)sizeof number)
            number = 0;
    return number;
}

bool mongo_is_own(const bson_t *document) {
    bson_iter_t labwatch;
    return bson_iter_init_find(&labwatch, document, "labwatch") && BSON_ITER_HOLDS_DOCUMENT(&labwatch);
}

/* ---- ObjectIds of labwatch's ---- */

enum { MARK_AT = 4, MARK_SIZE = 4 };
static const uint8_t mark[MARK_SIZE] = {'l', 'w', 0xA7, 0xC4};

void mongo_make_oid(bson_oid_t *out, uint64_t rest) {
    memcpy(out->bytes, &rest, MARK_AT);
    memcpy(out->bytes + MARK_AT, mark, MARK_SIZE);
    memcpy(out->bytes + MARK_AT + MARK_SIZE, (const uint8_t *)&rest + MARK_AT, sizeof rest - MARK_AT);
}

bool mongo_is_own_oid(const bson_oid_t *oid) {
    return memcmp(oid->bytes + MARK_AT, mark, MARK_SIZE) == 0;
}

/* ---- what is listed for viewers ---- */

/* Of {…: id}, where the id is an ObjectId or its text, or of [name, id]. */
static bool is_own_entry(const bson_iter_t *entry) {
    bson_iter_t inside;
    if ((!BSON_ITER_HOLDS_DOCUMENT(entry) && !BSON_ITER_HOLDS_ARRAY(entry)) || !bson_iter_recurse(entry, &inside))
        return false;
    while (bson_iter_next(&inside)) {
        bson_oid_t oid;
        uint32_t length;
        if (BSON_ITER_HOLDS_OID(&inside) && mongo_is_own_oid(bson_iter_oid(&inside)))
            return true;
        if (BSON_ITER_HOLDS_UTF8(&inside) && strcmp(bson_iter_key(&inside), "id") == 0) {
            const char *text = bson_iter_utf8(&inside, &length);
            if (!bson_oid_is_valid(text, length))
                continue;
            bson_oid_init_from_string(&oid, text);
            if (mongo_is_own_oid(&oid))
                return true;
        }
    }
    return false;
}

/* Appends what of the list is, or is not, the store's. */
static void append_entries(mongo_list *out, const bson_iter_t *list, bool own) {
    bson_iter_t each;
    if (!BSON_ITER_HOLDS_ARRAY(list) || !bson_iter_recurse(list, &each))
        return;
    while (bson_iter_next(&each))
        if (is_own_entry(&each) == own)
            mongo_list_append(out, &each);
}

static bool has_own_entry(const bson_iter_t *list) {
    bson_iter_t each;
    if (!BSON_ITER_HOLDS_ARRAY(list) || !bson_iter_recurse(list, &each))
        return false;
    while (bson_iter_next(&each))
        if (is_own_entry(&each))
            return true;
    return false;
}

/* The list inside a field in which the store has entries: NULL: the field is the list. */
static const char *listed_in(const char *field) {
    return strcmp(field, "info") == 0 ? "metrics" : strcmp(field, "experiment") == 0 ? "sources" : NULL;
}

static bool has_lists(const char *field) {
    return strcmp(field, "artifacts") == 0 || listed_in(field) != NULL;
}

/* Whether a run's own info has a list of metrics, too: labwatch.lists_metrics. Otherwise the list is the store's. */
static bool lists_metrics(const bson_t *info) {
    return info && bson_has_field(info, "metrics");
}

/* A document without the store's entries in its list; a list that is the store's goes with the last of them. */
static void append_stripped_document(bson_t *out, const bson_iter_t *field, const char *list_name, bool may_go) {
    bson_t document;
    bson_iter_t each;
    bson_append_document_begin(out, bson_iter_key(field), -1, &document);
    bson_iter_recurse(field, &each);
    while (bson_iter_next(&each)) {
        if (strcmp(bson_iter_key(&each), list_name) != 0 || !has_own_entry(&each)) {
            bson_append_iter(&document, NULL, 0, &each);
            continue;
        }
        mongo_list list = {.array = BSON_INITIALIZER};
        append_entries(&list, &each, false);
        if (!may_go || list.n > 0)
            bson_append_array(&document, list_name, -1, &list.array);
        bson_destroy(&list.array);
    }
    bson_append_document_end(out, &document);
}

static void append_stripped(bson_t *out, const bson_iter_t *field, const bson_t *stored) {
    const char *list_name = listed_in(bson_iter_key(field));
    bson_iter_t list, inside;
    bool whole = list_name ? !BSON_ITER_HOLDS_DOCUMENT(field) || !bson_iter_recurse(field, &inside) ||
                                 !bson_iter_find_descendant(&inside, list_name, &list) || !has_own_entry(&list)
                           : !has_own_entry(field);
    if (whole) {
        bson_append_iter(out, NULL, 0, field);
    } else if (list_name) {
        bson_iter_t marked;
        append_stripped_document(out, field, list_name,
                                 strcmp(list_name, "metrics") == 0 &&
                                     !mongo_find_value(stored, "labwatch.lists_metrics", &marked));
    } else {
        mongo_list entries = {.array = BSON_INITIALIZER};
        append_entries(&entries, field, false);
        bson_append_array(out, bson_iter_key(field), -1, &entries.array);
        bson_destroy(&entries.array);
    }
}

/* A changed field as it is stored: with the entries that the store has in the one that is there. */
static void append_restored(bson_t *out, const char *key, const bson_iter_t *changed, const bson_t *stored) {
    const char *field = bson_iter_key(changed), *list_name = listed_in(field);
    bson_iter_t list;
    char path[32];
    bson_snprintf(path, sizeof path, list_name ? "%s.%s" : "%s", field, list_name);
    if (!has_lists(field) || !mongo_find_value(stored, path, &list) || !has_own_entry(&list)) {
        bson_append_iter(out, key, -1, changed);
        return;
    }
    mongo_list entries = {.array = BSON_INITIALIZER};
    bson_iter_t inside, own = *changed;
    bool there = !list_name || (BSON_ITER_HOLDS_DOCUMENT(changed) && bson_iter_recurse(changed, &inside) &&
                                bson_iter_find_descendant(&inside, list_name, &own));
    if (there)
        append_entries(&entries, &own, false);
    append_entries(&entries, &list, true);
    if (list_name) {
        bson_t document, rest;
        bson_append_document_begin(out, key, -1, &document);
        if (mongo_view_document(changed, &rest))
            bson_copy_to_excluding_noinit(&rest, &document, list_name, NULL);
        bson_append_array(&document, list_name, -1, &entries.array);
        bson_append_document_end(out, &document);
    } else {
        bson_append_array(out, key, -1, &entries.array);
    }
    bson_destroy(&entries.array);
}

bool mongo_lists_anything(const bson_t *stored) {
    static const char *const lists[] = {"artifacts", "info.metrics", "experiment.sources"};
    bson_iter_t list;
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++)
        if (mongo_find_value(stored, lists[i], &list) && has_own_entry(&list))
            return true;
    return false;
}

/* ---- reading and writing runs ---- */

static bool is_kept_for_itself(const char *labwatch_field) {
    return strcmp(labwatch_field, "revision") == 0 || strcmp(labwatch_field, "revisions") == 0 ||
           strcmp(labwatch_field, "changed") == 0 || strcmp(labwatch_field, "lists_metrics") == 0;
}

/* Those of the run, and where a revision is given the store's. */
static void append_labwatch(bson_t *out, const bson_iter_t *labwatch, int64_t revision, bool has_list) {
    bson_t document;
    bson_iter_t each;
    bson_append_document_begin(out, "labwatch", -1, &document);
    bson_iter_recurse(labwatch, &each);
    while (bson_iter_next(&each))
        if (!is_kept_for_itself(bson_iter_key(&each)))
            bson_append_iter(&document, NULL, 0, &each);
    if (revision != 0)
        bson_append_int64(&document, "revision", -1, revision);
    if (has_list)
        bson_append_bool(&document, "lists_metrics", -1, true);
    bson_append_document_end(out, &document);
}

/* Without what the store keeps for itself. */
static void strip(bson_t *out, const bson_t *stored) {
    bson_iter_t field;
    bson_iter_init(&field, stored);
    while (bson_iter_next(&field)) {
        if (strcmp(bson_iter_key(&field), "labwatch") == 0 && BSON_ITER_HOLDS_DOCUMENT(&field))
            append_labwatch(out, &field, 0, false);
        else if (has_lists(bson_iter_key(&field)))
            append_stripped(out, &field, stored);
        else
            bson_append_iter(out, NULL, 0, &field);
    }
}

int mongo_read_run(lw_run *out, const bson_t *document, lw_error *error) {
    if (!mongo_is_own(document))
        return lw_run_from_document(out, document, error);
    bson_t plain = BSON_INITIALIZER;
    strip(&plain, document);
    int code = lw_run_from_document(out, &plain, error);
    bson_destroy(&plain);
    return code;
}

int mongo_document_of(const lw_run *run, int64_t revision, bson_t *out, lw_error *error) {
    bson_t document;
    int code = lw_run_to_document(run, &document, error);
    if (code != LW_OK)
        return code;
    bson_iter_t field;
    bson_init(out);
    bson_iter_init(&field, &document);
    while (bson_iter_next(&field))
        if (strcmp(bson_iter_key(&field), "labwatch") == 0 && run->origin != LW_ORIGIN_FOREIGN)
            append_labwatch(out, &field, revision, lists_metrics(run->info));
        else
            bson_append_iter(out, NULL, 0, &field);
    bson_destroy(&document);
    return LW_OK;
}

/* ---- differences ---- */

void mongo_append_stamp(bson_t *update, const bson_t *set, int64_t revision) {
    bson_t all = BSON_INITIALIZER;
    if (set)
        bson_concat(&all, set);
    bson_append_int64(&all, "labwatch.revision", -1, revision);
    BCON_APPEND(update, "$currentDate", "{", "labwatch.changed", "{", "$type", "timestamp", "}", "}");
    BCON_APPEND(update, "$set", BCON_DOCUMENT(&all));
    BCON_APPEND(update, "$push", "{", "labwatch.revisions", "{", "$each", "[", BCON_INT64(revision), "]", "$slice",
                BCON_INT32(-8), "}", "}");
    bson_destroy(&all);
}

static bool same_value(const bson_iter_t *a, const bson_iter_t *b) {
    bson_t left = BSON_INITIALIZER, right = BSON_INITIALIZER;
    bson_append_iter(&left, "", 0, a);
    bson_append_iter(&right, "", 0, b);
    bool same = bson_equal(&left, &right);
    bson_destroy(&left);
    bson_destroy(&right);
    return same;
}

enum { LONGEST_NAME = 200 };

typedef struct difference {
    const bson_t *stored;
    bson_t set, unset;
    const char *unnamable; /* a changed field whose name an update cannot say */
} difference;

static void note_name(difference *self, const char *name) {
    if (!name[0] || name[0] == '$' || strchr(name, '.') || strlen(name) > LONGEST_NAME)
        self->unnamable = name;
}

static void note_list(difference *self, const bson_iter_t *info) {
    bson_iter_t inside;
    if (BSON_ITER_HOLDS_DOCUMENT(info) && bson_iter_recurse(info, &inside) && bson_iter_find(&inside, "metrics"))
        bson_append_bool(&self->set, "labwatch.lists_metrics", -1, true);
    else
        bson_append_int32(&self->unset, "labwatch.lists_metrics", -1, 1);
}

/* NULL for a document that is not there. */
static bool find_in(const bson_t *document, const char *name, bson_iter_t *out) {
    return document && bson_iter_init_find(out, document, name);
}

/* The fields of two documents; prefix stands before their names. */
static void compare(difference *self, const char *prefix, const bson_t *before, const bson_t *after) {
    bson_iter_t field, other;
    char name[256];
    for (bson_iter_init(&field, after); bson_iter_next(&field);) {
        const char *key = bson_iter_key(&field);
        bool is_labwatch = !prefix[0] && strcmp(key, "labwatch") == 0;
        if (is_labwatch || (find_in(before, key, &other) && same_value(&field, &other)))
            continue;
        note_name(self, key);
        bson_snprintf(name, sizeof name, "%s%s", prefix, key);
        if (prefix[0])
            bson_append_iter(&self->set, name, -1, &field);
        else
            append_restored(&self->set, name, &field, self->stored);
        if (!prefix[0] && strcmp(key, "info") == 0)
            note_list(self, &field);
    }
    for (bson_iter_init(&field, before); bson_iter_next(&field);) {
        const char *key = bson_iter_key(&field);
        if (find_in(after, key, &other))
            continue;
        note_name(self, key);
        bson_snprintf(name, sizeof name, "%s%s", prefix, key);
        bson_append_int32(&self->unset, name, -1, 1);
    }
}

static bool labwatch_of(const bson_t *document, bson_t *out) {
    bson_iter_t labwatch;
    return find_in(document, "labwatch", &labwatch) && mongo_view_document(&labwatch, out);
}

static int difference_of(const bson_t *stored, const bson_t *before, const bson_t *after, int64_t revision, bson_t *out,
                         lw_error *error) {
    difference self = {.stored = stored, .set = BSON_INITIALIZER, .unset = BSON_INITIALIZER};
    bson_t labwatch_before, labwatch_after, none = BSON_INITIALIZER;
    compare(&self, "", before, after);
    compare(&self, "labwatch.", labwatch_of(before, &labwatch_before) ? &labwatch_before : &none,
            labwatch_of(after, &labwatch_after) ? &labwatch_after : &none);
    int code = self.unnamable
                   ? lw_error_set(error, LW_EUNSUPPORTED,
                                  "the field '%.64s' of a run cannot be changed in MongoDB, because of its name",
                                  self.unnamable)
                   : LW_OK;
    if (code == LW_OK) {
        bson_init(out);
        mongo_append_stamp(out, &self.set, revision);
        if (!bson_empty(&self.unset))
            bson_append_document(out, "$unset", -1, &self.unset);
    }
    bson_destroy(&self.set);
    bson_destroy(&self.unset);
    return code;
}

int mongo_difference(const bson_t *stored, const bson_t *before, const lw_run *after, int64_t revision, bson_t *out,
                     lw_error *error) {
    bson_t now;
    int code = lw_run_to_document(after, &now, error);
    if (code != LW_OK)
        return code;
    code = difference_of(stored, before, &now, revision, out, error);
    bson_destroy(&now);
    return code;
}

int mongo_burial(const bson_t *stored, int64_t id, int64_t revision, bson_t *out, lw_error *error) {
    lw_run run;
    bson_iter_t name, origin;
    lw_run_init(&run);
    run.id = id;
    if (mongo_find_value(stored, "labwatch.origin", &origin))
        run.origin = LW_ORIGIN_IMPORTED;
    run.status = LW_STATUS_REMOVED;
    run.config = bson_new();
    bool named = mongo_find_value(stored, "experiment.name", &name) && BSON_ITER_HOLDS_UTF8(&name);
    run.experiment = lw_strdup(named ? bson_iter_utf8(&name, NULL) : "");
    bson_t tombstone, rest = BSON_INITIALIZER;
    int code = run.experiment ? lw_run_to_document(&run, &tombstone, error) : lw_error_no_memory(error);
    if (code == LW_OK) {
        bson_t nothing = BSON_INITIALIZER; /* no entry for viewers is to be kept */
        strip(&rest, stored);
        code = difference_of(&nothing, &rest, &tombstone, revision, out, error);
        bson_destroy(&tombstone);
    }
    bson_destroy(&rest);
    lw_run_release(&run);
    return code;
}
