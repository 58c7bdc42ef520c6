/* A run out of a document, labwatch's or Sacred's, which may be damaged or made up. */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include <labwatch/run.h>
#include <labwatch/sys/memory.h>
#include <labwatch/sys/text.h>

#include "document_access.h"
#include "run_fields.h"
#include "run_sound.h"
#include "status_rules.h"

typedef struct reader {
    lw_run *run;
    char name[48]; /* "run 7", for messages */
    lw_error *error;
    bool no_memory;
} reader;

static int wrong(const reader *r, const char *field, const char *expected) {
    return lw_error_set(r->error, LW_ESTORE, "%s: the field %.64s is not %s", r->name, field, expected);
}

static int read_id(reader *r, const bson_iter_t *value) {
    if (BSON_ITER_HOLDS_UTF8(value)) {
        lw_free(r->run->foreign_id);
        r->run->foreign_id = run_text_dup(value);
        r->no_memory |= r->run->foreign_id == NULL;
        r->run->id = 0;
        return LW_OK;
    }
    if (!lw_document_integer(value, &r->run->id) || r->run->id <= 0)
        return wrong(r, "_id", "a positive whole number or text");
    return LW_OK;
}

/* A document of what is left when the named field is taken out; NULL if nothing is. */
static bson_t *without(const bson_iter_t *value, const char *name) {
    uint32_t length;
    const uint8_t *bytes;
    bson_iter_document(value, &length, &bytes);
    bson_t whole;
    bson_t *rest = bson_new();
    if (bson_init_static(&whole, bytes, length))
        bson_copy_to_excluding_noinit(&whole, rest, name, NULL);
    return rest;
}

static void replace_document(bson_t **member, bson_t *document) {
    if (*member)
        bson_destroy(*member);
    *member = document;
}

static int read_experiment(reader *r, const bson_iter_t *value) {
    bson_iter_t name;
    if (!BSON_ITER_HOLDS_DOCUMENT(value) || !bson_iter_recurse(value, &name) || !bson_iter_find(&name, "name") ||
        !BSON_ITER_HOLDS_UTF8(&name))
        return wrong(r, "experiment", "a document with a name");
    lw_free(r->run->experiment);
    r->run->experiment = run_text_dup(&name);
    r->no_memory |= r->run->experiment == NULL;
    replace_document(&r->run->experiment_info, without(value, "name"));
    return LW_OK;
}

static int read_meta(reader *r, const bson_iter_t *value) {
    if (BSON_ITER_HOLDS_NULL(value))
        return LW_OK;
    bson_iter_t time;
    if (!BSON_ITER_HOLDS_DOCUMENT(value) || !bson_iter_recurse(value, &time))
        return wrong(r, "meta", "a document");
    if (bson_iter_find(&time, "queue_time") && BSON_ITER_HOLDS_DATE_TIME(&time)) {
        r->run->queue_ms = bson_iter_date_time(&time);
        replace_document(&r->run->meta, without(value, "queue_time"));
    } else {
        run_field_read(&(run_field){"meta", RUN_DOCUMENT, offsetof(lw_run, meta)}, value, r->run, &r->no_memory);
    }
    return LW_OK;
}

static int read_status(reader *r, const bson_iter_t *value) {
    if (!BSON_ITER_HOLDS_UTF8(value))
        return wrong(r, "status", "text");
    char *word = run_text_dup(value);
    if (!word) {
        r->no_memory = true;
        return LW_OK;
    }
    r->run->status = lw_status_by_name(word);
    lw_free(r->run->status_text);
    r->run->status_text = NULL;
    if (r->run->status == LW_STATUS_OTHER)
        r->run->status_text = word;
    else
        lw_free(word);
    return LW_OK;
}

static int read_result(reader *r, const bson_iter_t *value) {
    if (BSON_ITER_HOLDS_NULL(value))
        return LW_OK;
    bson_t *result = bson_new();
    bson_append_iter(result, "result", -1, value);
    replace_document(&r->run->result, result);
    return LW_OK;
}

static void keep(bson_t **others, const bson_iter_t *value) {
    if (!*others)
        *others = bson_new();
    bson_append_iter(*others, bson_iter_key(value), -1, value);
}

static int read_field(reader *r, const run_field *field, const char *in, const bson_iter_t *value) {
    if (run_field_read(field, value, r->run, &r->no_memory))
        return LW_OK;
    char path[96];
    snprintf(path, sizeof path, "%s%s", in, field->name);
    return wrong(r, path, run_field_expects(field));
}

static int read_repeats(reader *r, const bson_iter_t *value) {
    static const run_field repeats = {"repeats", RUN_INT32, offsetof(lw_run, view.repeats)};
    int code = read_field(r, &repeats, "labwatch.view.", value);
    return code == LW_OK && r->run->view.repeats < 1 ? wrong(r, "labwatch.view.repeats", "1 or more") : code;
}

static int read_view(reader *r, const bson_iter_t *value) {
    bson_iter_t fields;
    if (!BSON_ITER_HOLDS_DOCUMENT(value) || !bson_iter_recurse(value, &fields))
        return wrong(r, "labwatch.view", "a document");
    static const run_field digest = {"digest", RUN_BYTES, offsetof(lw_run, view.digest)};
    int code = LW_OK;
    while (code == LW_OK && bson_iter_next(&fields)) {
        const run_field *field = run_field_find(run_view_fields, bson_iter_key(&fields));
        if (field) {
            code = read_field(r, field, "labwatch.view.", &fields);
        } else if (strcmp(bson_iter_key(&fields), digest.name) == 0) {
            code = read_field(r, &digest, "labwatch.view.", &fields);
            r->run->view.has_digest = true;
        } else if (strcmp(bson_iter_key(&fields), "repeats") == 0) {
            code = read_repeats(r, &fields);
        }
    }
    return code;
}

static int read_failure(reader *r, const bson_iter_t *value) {
    bson_iter_t kind;
    if (!BSON_ITER_HOLDS_DOCUMENT(value) || !bson_iter_recurse(value, &kind) || !bson_iter_find(&kind, "kind") ||
        !BSON_ITER_HOLDS_UTF8(&kind))
        return wrong(r, "labwatch.failure", "a document with a kind");
    r->run->failure = lw_failure_by_name(bson_iter_utf8(&kind, NULL));
    if (r->run->failure == LW_FAILURE_NONE)
        return wrong(r, "labwatch.failure.kind", "one of crash, timeout, nan, memory, died, user");
    return LW_OK;
}

static int read_origin(reader *r, const bson_iter_t *value) {
    const char *word = lw_document_text(value, NULL);
    if (!word || strcmp(word, "imported") != 0)
        return wrong(r, "labwatch.origin", "\"imported\"");
    r->run->origin = LW_ORIGIN_IMPORTED;
    return LW_OK;
}

/* A field that needs more than the table of run_fields.h. */
typedef struct special_field {
    const char *name;
    int (*read)(reader *r, const bson_iter_t *value);
} special_field;

static const special_field *find_special(const special_field *fields, const char *name) {
    for (; fields->name; fields++)
        if (strcmp(fields->name, name) == 0)
            return fields;
    return NULL;
}

static const special_field special_labwatch_fields[] = {
    {"view", read_view}, {"failure", read_failure}, {"origin", read_origin}, {0}};

static int read_labwatch_field(reader *r, const bson_iter_t *value) {
    const char *name = bson_iter_key(value);
    const run_field *field = run_field_find(run_labwatch_fields, name);
    const special_field *special = find_special(special_labwatch_fields, name);
    if (field)
        return read_field(r, field, "labwatch.", value);
    if (special)
        return special->read(r, value);
    keep(&r->run->labwatch_others, value);
    return LW_OK;
}

static int read_labwatch(reader *r, const bson_iter_t *value) {
    bson_iter_t fields;
    if (!BSON_ITER_HOLDS_DOCUMENT(value) || !bson_iter_recurse(value, &fields))
        return wrong(r, "labwatch", "a document");
    r->run->origin = LW_ORIGIN_OWN;
    int code = LW_OK;
    while (code == LW_OK && bson_iter_next(&fields))
        code = read_labwatch_field(r, &fields);
    return code;
}

static const special_field special_sacred_fields[] = {
    {"_id", read_id},        {"experiment", read_experiment}, {"meta", read_meta},
    {"status", read_status}, {"result", read_result},         {"labwatch", read_labwatch},
    {0},
};

static int read_top_field(reader *r, const bson_iter_t *value) {
    const char *name = bson_iter_key(value);
    const run_field *field = run_field_find(run_sacred_fields, name);
    const special_field *special = find_special(special_sacred_fields, name);
    if (field)
        return read_field(r, field, "", value);
    if (special)
        return special->read(r, value);
    keep(&r->run->others, value);
    return LW_OK;
}

bool run_is_sacred_field(const char *name) {
    return run_field_find(run_sacred_fields, name) || find_special(special_sacred_fields, name);
}

bool run_is_labwatch_field(const char *name) {
    return run_field_find(run_labwatch_fields, name) || find_special(special_labwatch_fields, name);
}

static void drop_if_equal(bson_t **member, const bson_t *none) {
    if (*member && bson_equal(*member, none)) {
        bson_destroy(*member);
        *member = NULL;
    }
}

/* Undoes what the writer fills in for viewers. */
static void drop_defaults(lw_run *run) {
    bson_t none = BSON_INITIALIZER;
    drop_if_equal(&run->host, &none);
    drop_if_equal(&run->info, &none);
    drop_if_equal(&run->resources, &none);
    drop_if_equal(&run->artifacts, &none);
    if (run->captured_out && !run->captured_out[0]) {
        lw_free(run->captured_out);
        run->captured_out = NULL;
    }
    run_append_default_experiment(&none);
    drop_if_equal(&run->experiment_info, &none);
    bson_reinit(&none);
    run_append_default_meta(&none, run->command ? run->command : "main");
    drop_if_equal(&run->meta, &none);
    if (run->others) {
        bson_reinit(&none);
        bson_copy_to_excluding_noinit(run->others, &none, "format", NULL);
        bson_destroy(run->others);
        run->others = bson_empty(&none) ? NULL : bson_copy(&none);
    }
    bson_destroy(&none);
}

static int finish(reader *r) {
    lw_run *run = r->run;
    if (r->no_memory)
        return lw_error_no_memory(r->error);
    if (run->id == 0 && !run->foreign_id)
        return wrong(r, "_id", "there");
    if (!run->experiment)
        return wrong(r, "experiment", "there");
    if (run->origin == LW_ORIGIN_FOREIGN) {
        run->failure = lw_status_failure(run->status);
    } else {
        if (run->foreign_id)
            return wrong(r, "_id", "a whole number, as labwatch's own are");
        drop_defaults(run);
        if (!run->config)
            run->config = bson_new();
    }
    return LW_OK;
}

static void name_foreign_run(reader *r, const char *id) {
    char word[33];
    snprintf(word, sizeof word, "%s", id);
    word[lw_utf8_invalid_at(word, strlen(word))] = '\0'; /* half a character at the cut */
    snprintf(r->name, sizeof r->name, "run \"%s\"", word);
}

static void name_run(reader *r, const bson_t *document) {
    bson_iter_t id;
    int64_t number;
    if (!bson_iter_init_find(&id, document, "_id"))
        snprintf(r->name, sizeof r->name, "a run without _id");
    else if (lw_document_integer(&id, &number))
        snprintf(r->name, sizeof r->name, "run %" PRId64, number);
    else if (BSON_ITER_HOLDS_UTF8(&id))
        name_foreign_run(r, bson_iter_utf8(&id, NULL));
    else
        snprintf(r->name, sizeof r->name, "a run");
}

/* A labwatch to come raises the number when something in a run has another meaning than here: that is not to be guessed. */
static int check_format(const reader *r, const bson_t *document) {
    enum { RUN_FORMAT_NUMBER = 1 };
    bson_iter_t top, format;
    int64_t number;
    if (!bson_iter_init(&top, document) || !bson_iter_find_descendant(&top, "labwatch.format", &format) ||
        !lw_document_integer(&format, &number) || number <= RUN_FORMAT_NUMBER)
        return LW_OK;
    return lw_error_set(r->error, LW_ESTORE,
                        "%s was written by a newer labwatch (format %" PRId64 ", this one reads up to %d): update labwatch",
                        r->name, number, RUN_FORMAT_NUMBER);
}

int lw_run_from_document(lw_run *out, const bson_t *document, lw_error *error) {
    lw_run run;
    lw_run_init(&run);
    run.origin = LW_ORIGIN_FOREIGN;
    run.status = LW_STATUS_OTHER;
    reader r = {.run = &run, .error = error};
    bson_iter_t fields;
    if (!run_is_sound(document, 0))
        return lw_error_set(error, LW_ESTORE, "the document of a run is damaged, not UTF-8, or nested deeper than %d",
                            RUN_DEEPEST_NESTING);
    name_run(&r, document);
    bson_iter_init(&fields, document);
    int code = check_format(&r, document);
    while (code == LW_OK && !r.no_memory && bson_iter_next(&fields))
        code = read_top_field(&r, &fields);
    if (code == LW_OK && !r.no_memory && run.status == LW_STATUS_OTHER && !run.status_text)
        code = wrong(&r, "status", "there");
    if (code == LW_OK)
        code = finish(&r);
    if (code != LW_OK) {
        lw_run_release(&run);
        return code;
    }
    *out = run;
    return LW_OK;
}
