#include <inttypes.h>
#include <stddef.h>
#include <string.h>

#include <labwatch/sys/text.h>

#include "run_fields.h"
#include "run_members.h"
#include "run_sound.h"

/* Adds what a part takes. */
static int add_size(const lw_run *run, size_t *size, size_t part, lw_error *error) {
    *size += part;
    return *size > RUN_LARGEST ? run_too_large(run, error) : LW_OK;
}

static int check_text(const lw_run *run, const char *field, const char *text, size_t *size, lw_error *error) {
    size_t length = strlen(text), invalid = lw_utf8_invalid_at(text, length);
    if (invalid == length)
        return add_size(run, size, length, error);
    return lw_error_set(error, LW_EINVAL, "run %" PRId64 ": byte %zu of %s is not valid UTF-8", run->id, invalid + 1,
                        field);
}

/* A member of a run with the name of its field. */
typedef struct member {
    const char *name;
    size_t offset;
    int depth; /* of a document's fields in the run's document */
} member;

static const member texts[] = {
    {"experiment", offsetof(lw_run, experiment), 0},
    {"command", offsetof(lw_run, command), 0},
    {"status", offsetof(lw_run, status_text), 0},
    {"captured_out", offsetof(lw_run, captured_out), 0},
    {"space", offsetof(lw_run, space), 0},
    {"optimizer", offsetof(lw_run, optimizer), 0},
    {"reason", offsetof(lw_run, reason), 0},
    {"build", offsetof(lw_run, build), 0},
    {"_id", offsetof(lw_run, foreign_id), 0},
    {"open", offsetof(lw_run, view.open_ids), 0},
    {"void", offsetof(lw_run, view.void_ids), 0},
};
_Static_assert(sizeof texts / sizeof texts[0] == RUN_N_TEXTS, "every text is checked");

static const member documents[] = {
    {"experiment", offsetof(lw_run, experiment_info), 1},
    {"host", offsetof(lw_run, host), 1},
    {"config", offsetof(lw_run, config), 1},
    {"meta", offsetof(lw_run, meta), 1},
    {"resources", offsetof(lw_run, resources), 1},
    {"artifacts", offsetof(lw_run, artifacts), 1},
    {"info", offsetof(lw_run, info), 1},
    {"result", offsetof(lw_run, result), 0},
    {"fail_trace", offsetof(lw_run, fail_trace), 1},
    {"others", offsetof(lw_run, others), 0},
    {"labwatch", offsetof(lw_run, labwatch_others), 1},
    {"labwatch.options", offsetof(lw_run, optimizer_options), 2},
    {"labwatch.memo", offsetof(lw_run, memo), 2},
    {"labwatch.worker", offsetof(lw_run, worker), 2},
    {"labwatch.attempts", offsetof(lw_run, attempts), 2},
    {"labwatch.notes", offsetof(lw_run, notes), 2},
};
_Static_assert(sizeof documents / sizeof documents[0] == RUN_N_DOCUMENTS, "every document is checked");

static int check_texts(const lw_run *run, size_t *size, lw_error *error) {
    int code = LW_OK;
    for (size_t i = 0; i < RUN_N_TEXTS && code == LW_OK; i++) {
        const char *text = *(char *const *)((const char *)run + texts[i].offset);
        if (text)
            code = check_text(run, texts[i].name, text, size, error);
    }
    return code;
}

static int check_document(const lw_run *run, const member *of, const bson_t *document, size_t *size, lw_error *error) {
    int code = add_size(run, size, document->len, error);
    if (code != LW_OK || run_is_sound(document, of->depth))
        return code;
    return lw_error_set(error, LW_EINVAL,
                        "run %" PRId64 ": the field %s is damaged, not UTF-8, or nested deeper than %d", run->id,
                        of->name, RUN_DEEPEST_NESTING);
}

static int check_documents(const lw_run *run, size_t *size, lw_error *error) {
    int code = LW_OK;
    for (size_t i = 0; i < RUN_N_DOCUMENTS && code == LW_OK; i++) {
        const bson_t *document = *(bson_t *const *)((const char *)run + documents[i].offset);
        if (document)
            code = check_document(run, &documents[i], document, size, error);
    }
    return code;
}

/* What lies beside the known fields. */
static int check_further(const lw_run *run, const bson_t *further, bool is_known(const char *name), lw_error *error) {
    bson_iter_t fields;
    if (!further || !bson_iter_init(&fields, further))
        return LW_OK;
    while (bson_iter_next(&fields))
        if (is_known(bson_iter_key(&fields)))
            return lw_error_set(error, LW_EINVAL,
                                "run %" PRId64 ": %s is among its further fields, but has its own place", run->id,
                                bson_iter_key(&fields));
    return LW_OK;
}

int run_check(const lw_run *run, lw_error *error) {
    size_t size = 0;
    int code = check_texts(run, &size, error);
    if (code == LW_OK)
        code = check_documents(run, &size, error);
    if (code == LW_OK)
        code = check_further(run, run->others, run_is_sacred_field, error);
    if (code == LW_OK)
        code = check_further(run, run->labwatch_others, run_is_labwatch_field, error);
    return code;
}

int run_too_large(const lw_run *run, lw_error *error) {
    return lw_error_set(error, LW_EUNSUPPORTED, "run %" PRId64 " is too large for a document", run->id);
}
