#include <inttypes.h>
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

static int check_text(const lw_run *run, const char *text, const char *field, size_t *size, lw_error *error) {
    size_t length = strlen(text), invalid = lw_utf8_invalid_at(text, length);
    if (invalid == length)
        return add_size(run, size, length, error);
    return lw_error_set(error, LW_EINVAL, "run %" PRId64 ": byte %zu of %s is not valid UTF-8", run->id, invalid + 1,
                        field);
}

static int check_document(const lw_run *run, const bson_t *document, const char *field, int depth, bool known,
                          size_t *size, lw_error *error) {
    int code = add_size(run, size, document->len, error);
    if (code != LW_OK || known || run_is_sound(document, depth))
        return code;
    return lw_error_set(error, LW_EINVAL,
                        "run %" PRId64 ": the field %s is damaged, not UTF-8, or nested deeper than %d", run->id, field,
                        RUN_DEEPEST_NESTING);
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

int run_check(const lw_run *run, unsigned known, lw_error *error) {
    size_t size = 0;
    int code = LW_OK;
#define CHECK_TEXT(member, field)                                                                                      \
    if (run->member && code == LW_OK)                                                                                  \
        code = check_text(run, run->member, field, &size, error);
#define CHECK_DOCUMENT(member, field, depth)                                                                           \
    if (run->member && code == LW_OK)                                                                                  \
        code = check_document(run, run->member, field, depth, known & 1u, &size, error);                               \
    known >>= 1;
    RUN_TEXTS(CHECK_TEXT)
    RUN_DOCUMENTS(CHECK_DOCUMENT)
#undef CHECK_DOCUMENT
#undef CHECK_TEXT
    if (code == LW_OK)
        code = check_further(run, run->others, run_is_sacred_field, error);
    if (code == LW_OK)
        code = check_further(run, run->labwatch_others, run_is_labwatch_field, error);
    return code;
}

int run_too_large(const lw_run *run, lw_error *error) {
    return lw_error_set(error, LW_EUNSUPPORTED, "run %" PRId64 " is too large for a document", run->id);
}
