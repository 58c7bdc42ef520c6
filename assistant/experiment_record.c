#include <string.h>

#include <labwatch/sys/memory.h>

#include "document_access.h"
#include "experiment_record.h"

enum { RECORD_FORMAT = 1 };

void lw_record_release(lw_record *record) {
    lw_free(record->objective);
    for (size_t i = 0; i < record->n_texts; i++)
        lw_free(record->texts[i]);
    lw_free(record->texts);
    for (size_t i = 0; i < record->n_versions; i++)
        lw_free(record->versions[i].name);
    lw_free(record->versions);
    *record = (lw_record){0};
}

/* ---- to a document ---- */

static void append_texts(const lw_record *record, bson_t *out) {
    bson_t texts;
    bson_append_array_begin(out, "texts", -1, &texts);
    for (size_t i = 0; i < record->n_texts; i++) {
        char key[16];
        const char *spelt;
        size_t length = bson_uint32_to_string((uint32_t)i, &spelt, key, sizeof key);
        bson_append_utf8(&texts, spelt, (int)length, record->texts[i], -1);
    }
    bson_append_array_end(out, &texts);
}

static void append_versions(const lw_record *record, bson_t *out) {
    bson_t spaces;
    bson_append_array_begin(out, "spaces", -1, &spaces);
    for (size_t i = 0; i < record->n_versions; i++) {
        const lw_space_version *version = &record->versions[i];
        char key[16];
        const char *spelt;
        size_t length = bson_uint32_to_string((uint32_t)i, &spelt, key, sizeof key);
        bson_t space;
        bson_append_document_begin(&spaces, spelt, (int)length, &space);
        bson_append_utf8(&space, "name", -1, version->name, -1);
        bson_append_int32(&space, "version", -1, version->version);
        bson_append_binary(&space, "signature", -1, BSON_SUBTYPE_BINARY, version->signature, LW_DIGEST_SIZE);
        bson_append_int64(&space, "since", -1, version->since_id);
        bson_append_int64(&space, "text", -1, (int64_t)version->text);
        bson_append_document_end(&spaces, &space);
    }
    bson_append_array_end(out, &spaces);
}

void lw_record_to_document(const lw_record *record, bson_t *out) {
    bson_init(out);
    bson_append_int32(out, "format", -1, RECORD_FORMAT);
    bson_append_int64(out, "seed", -1, (int64_t)record->seed);
    bson_append_int64(out, "seed_since", -1, record->seed_since);
    bson_append_int64(out, "epoch", -1, record->epoch);
    bson_append_bool(out, "paused", -1, record->paused);
    bson_append_bool(out, "removed", -1, record->removed);
    bson_append_bool(out, "recost", -1, record->recost);
    bson_append_date_time(out, "created", -1, record->created_ms);
    bson_append_int64(out, "runs", -1, record->runs);
    bson_append_utf8(out, "goal", -1, record->goal == LW_MAXIMIZE ? "maximize" : "minimize", -1);
    bson_append_utf8(out, "objective", -1, record->objective, -1);
    append_texts(record, out);
    bson_append_int64(out, "text", -1, (int64_t)record->text);
    append_versions(record, out);
}

/* ---- from a document ---- */

static int damaged(const char *name, const char *field, lw_error *error) {
    return lw_error_set(error, LW_ESTORE, "the stored experiment '%s' is damaged: field '%s' is missing or of the wrong type",
                        name, field);
}

static bool get_integer(const bson_t *document, const char *field, int64_t *out) {
    bson_iter_t at;
    return bson_iter_init_find(&at, document, field) && lw_document_integer(&at, out);
}

static bool get_bool(const bson_t *document, const char *field, bool *out) {
    bson_iter_t at;
    if (!bson_iter_init_find(&at, document, field) || !BSON_ITER_HOLDS_BOOL(&at))
        return false;
    *out = bson_iter_bool(&at);
    return true;
}

static const char *get_text(const bson_t *document, const char *field) {
    bson_iter_t at;
    return bson_iter_init_find(&at, document, field) ? lw_document_text(&at, NULL) : NULL;
}

static bool get_index(const bson_t *document, size_t limit, size_t *out) {
    int64_t index;
    if (!get_integer(document, "text", &index) || index < 0 || (uint64_t)index >= limit)
        return false;
    *out = (size_t)index;
    return true;
}

static int read_plain_fields(lw_record *out, const bson_t *document, const char *name, lw_error *error) {
    int64_t seed;
    if (!get_integer(document, "seed", &seed))
        return damaged(name, "seed", error);
    out->seed = (uint64_t)seed;
    if (!get_integer(document, "seed_since", &out->seed_since))
        return damaged(name, "seed_since", error);
    if (!get_integer(document, "epoch", &out->epoch))
        return damaged(name, "epoch", error);
    if (!get_bool(document, "paused", &out->paused))
        return damaged(name, "paused", error);
    if (!get_bool(document, "removed", &out->removed))
        return damaged(name, "removed", error);
    if (!get_bool(document, "recost", &out->recost))
        return damaged(name, "recost", error);
    if (!get_integer(document, "runs", &out->runs) || out->runs < 0)
        return damaged(name, "runs", error);

    bson_iter_t at;
    if (!bson_iter_init_find(&at, document, "created") || !BSON_ITER_HOLDS_DATE_TIME(&at))
        return damaged(name, "created", error);
    out->created_ms = bson_iter_date_time(&at);

    const char *goal = get_text(document, "goal");
    if (!goal || (strcmp(goal, "maximize") != 0 && strcmp(goal, "minimize") != 0))
        return damaged(name, "goal", error);
    out->goal = strcmp(goal, "maximize") == 0 ? LW_MAXIMIZE : LW_MINIMIZE;
    const char *objective = get_text(document, "objective");
    if (!objective)
        return damaged(name, "objective", error);
    out->objective = lw_strdup(objective);
    return out->objective ? LW_OK : lw_error_no_memory(error);
}

static int read_texts(lw_record *out, const bson_t *document, const char *name, lw_error *error) {
    bson_iter_t at, texts;
    if (!bson_iter_init_find(&at, document, "texts") || !BSON_ITER_HOLDS_ARRAY(&at) || !bson_iter_recurse(&at, &texts))
        return damaged(name, "texts", error);
    while (bson_iter_next(&texts)) {
        const char *text = lw_document_text(&texts, NULL);
        if (!text)
            return damaged(name, "texts", error);
        if (!lw_array_reserve(&out->texts, &out->texts_capacity, out->n_texts, sizeof *out->texts))
            return lw_error_no_memory(error);
        char *copy = lw_strdup(text);
        if (!copy)
            return lw_error_no_memory(error);
        out->texts[out->n_texts++] = copy;
    }
    return get_index(document, out->n_texts, &out->text) ? LW_OK : damaged(name, "text", error);
}

static int read_version(lw_record *out, const bson_t *document, const char *name, lw_error *error) {
    lw_space_version version = {0};
    const char *space = get_text(document, "name");
    int64_t number;
    bson_iter_t at;
    if (!space || !get_integer(document, "version", &number) || number < 1 || number > INT32_MAX ||
        !get_integer(document, "since", &version.since_id) || !get_index(document, out->n_texts, &version.text) ||
        !bson_iter_init_find(&at, document, "signature") || !BSON_ITER_HOLDS_BINARY(&at))
        return damaged(name, "spaces", error);
    bson_subtype_t subtype;
    uint32_t length;
    const uint8_t *bytes;
    bson_iter_binary(&at, &subtype, &length, &bytes);
    if (length != LW_DIGEST_SIZE)
        return damaged(name, "spaces", error);
    memcpy(version.signature, bytes, LW_DIGEST_SIZE);
    version.version = (int32_t)number;
    if (!lw_array_reserve(&out->versions, &out->versions_capacity, out->n_versions, sizeof *out->versions))
        return lw_error_no_memory(error);
    version.name = lw_strdup(space);
    if (!version.name)
        return lw_error_no_memory(error);
    out->versions[out->n_versions++] = version;
    return LW_OK;
}

static int read_versions(lw_record *out, const bson_t *document, const char *name, lw_error *error) {
    bson_iter_t at, spaces;
    if (!bson_iter_init_find(&at, document, "spaces") || !BSON_ITER_HOLDS_ARRAY(&at) || !bson_iter_recurse(&at, &spaces))
        return damaged(name, "spaces", error);
    while (bson_iter_next(&spaces)) {
        uint32_t length;
        const uint8_t *bytes;
        bson_t space;
        if (!BSON_ITER_HOLDS_DOCUMENT(&spaces))
            return damaged(name, "spaces", error);
        bson_iter_document(&spaces, &length, &bytes);
        if (!bson_init_static(&space, bytes, length))
            return damaged(name, "spaces", error);
        int code = read_version(out, &space, name, error);
        if (code != LW_OK)
            return code;
    }
    return LW_OK;
}

int lw_record_from_document(lw_record *out, const bson_t *document, const char *name, lw_error *error) {
    *out = (lw_record){0};
    int64_t format;
    if (!get_integer(document, "format", &format) || format < 1)
        return damaged(name, "format", error);
    if (format > RECORD_FORMAT)
        return lw_error_set(error, LW_ESTORE,
                            "the stored experiment '%s' was written by a newer labwatch (format %lld, this one reads up to %d): "
                            "update labwatch",
                            name, (long long)format, RECORD_FORMAT);
    int code = read_plain_fields(out, document, name, error);
    if (code == LW_OK)
        code = read_texts(out, document, name, error);
    if (code == LW_OK)
        code = read_versions(out, document, name, error);
    if (code != LW_OK)
        lw_record_release(out);
    return code;
}

/* ---- in the store ---- */

typedef struct reading {
    lw_record *out;
    const char *name;
    lw_error *error;
} reading;

static int read_record(void *arg, const lw_experiment_record *stored) {
    reading *self = arg;
    int code = lw_record_from_document(self->out, stored->document, self->name, self->error);
    if (code == LW_OK)
        self->out->revision = stored->revision;
    return code;
}

int lw_record_get(lw_record *out, lw_store *store, const char *name, lw_error *error) {
    *out = (lw_record){0};
    lw_error own = {.code = LW_OK}; /* the store would put a sentence of its own in the place of one in *error */
    reading self = {out, name, &own};
    int code = lw_store_experiment_get(store, name, read_record, &self, error);
    if (code != LW_OK)
        lw_record_release(out);
    if (code != LW_OK && own.code != LW_OK && error)
        *error = own;
    return code;
}

int lw_record_put(lw_record *record, lw_store *store, const char *name, lw_error *error) {
    bson_t document;
    lw_record_to_document(record, &document);
    lw_experiment_record stored = {.name = name, .revision = record->revision, .document = &document};
    int code = lw_store_experiment_put(store, &stored, error);
    if (code == LW_OK)
        record->revision++;
    bson_destroy(&document);
    return code;
}

/* ---- versions ---- */

const lw_space_version *lw_record_version_by_signature(const lw_record *record, const char *space,
                                                       const uint8_t signature[LW_DIGEST_SIZE]) {
    for (size_t i = record->n_versions; i-- > 0;) {
        const lw_space_version *version = &record->versions[i];
        if (strcmp(version->name, space) == 0 && memcmp(version->signature, signature, LW_DIGEST_SIZE) == 0)
            return version;
    }
    return NULL;
}

const lw_space_version *lw_record_version(const lw_record *record, const char *space, int32_t number) {
    for (size_t i = 0; i < record->n_versions; i++)
        if (record->versions[i].version == number && strcmp(record->versions[i].name, space) == 0)
            return &record->versions[i];
    return NULL;
}
