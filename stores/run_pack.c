/*
 * A pack is a mask with a bit for each member, in the order of run_members.h, and behind it those members whose bit is
 * set: values as they are, texts with their 0 behind their size (0: NULL), documents as their bytes, which begin with
 * their size (0: NULL).
 */
#include <string.h>

#include <labwatch/sys/memory.h>

#include "run_pack.h"

typedef uint64_t member_mask;
_Static_assert(RUN_N_VALUES + RUN_N_TEXTS + RUN_N_DOCUMENTS <= 64, "a mask has a bit for each member");

/* ---- what differs ---- */

static bool same_text(const char *a, const char *b) {
    return a == b || (a && b && strcmp(a, b) == 0);
}

static bool same_document(const bson_t *a, const bson_t *b) {
    return a == b || (a && b && a->len == b->len && memcmp(bson_get_data(a), bson_get_data(b), a->len) == 0);
}

static size_t size_of_text(const char *text) {
    return sizeof(uint32_t) + (text ? strlen(text) + 1 : 0);
}

static size_t size_of_document(const bson_t *document) {
    return document ? document->len : sizeof(uint32_t);
}

/* The members that differ, and how many bytes they take. */
static member_mask compare(const lw_run *run, const lw_run *pattern, size_t *size) {
    member_mask mask = 0, bit = 1;
    *size = 0;
#define COMPARE(same, bytes)                                                                                           \
    if (!(same)) {                                                                                                     \
        mask |= bit;                                                                                                   \
        *size += (bytes);                                                                                              \
    }                                                                                                                  \
    bit <<= 1;
#define COMPARE_VALUE(member)                                                                                          \
    COMPARE(memcmp(&run->member, &pattern->member, sizeof run->member) == 0, sizeof run->member)
#define COMPARE_TEXT(member, ...) COMPARE(same_text(run->member, pattern->member), size_of_text(run->member))
#define COMPARE_DOCUMENT(member, ...)                                                                                  \
    COMPARE(same_document(run->member, pattern->member), size_of_document(run->member))
    RUN_VALUES(COMPARE_VALUE)
    RUN_TEXTS(COMPARE_TEXT)
    RUN_DOCUMENTS(COMPARE_DOCUMENT)
#undef COMPARE_DOCUMENT
#undef COMPARE_TEXT
#undef COMPARE_VALUE
#undef COMPARE
    return mask;
}

/* ---- in ---- */

static unsigned char *put(unsigned char *at, const void *bytes, size_t size) {
    memcpy(at, bytes, size);
    return at + size;
}

static unsigned char *put_text(unsigned char *at, const char *text) {
    uint32_t size = text ? (uint32_t)strlen(text) + 1 : 0; /* runs that are too large for a document come to no store */
    at = put(at, &size, sizeof size);
    return text ? put(at, text, size) : at;
}

static unsigned char *put_document(unsigned char *at, const bson_t *document) {
    const uint32_t none = 0;
    return document ? put(at, bson_get_data(document), document->len) : put(at, &none, sizeof none);
}

run_pack *run_pack_new(const lw_run *run, const lw_run *pattern) {
    size_t size;
    member_mask mask = compare(run, pattern, &size), bit = 1;
    unsigned char *pack = lw_malloc(sizeof mask + size);
    if (!pack)
        return NULL;
    unsigned char *at = put(pack, &mask, sizeof mask);
#define PUT(put_it)                                                                                                    \
    if (mask & bit)                                                                                                    \
        at = put_it;                                                                                                   \
    bit <<= 1;
#define PUT_VALUE(member) PUT(put(at, &run->member, sizeof run->member))
#define PUT_TEXT(member, ...) PUT(put_text(at, run->member))
#define PUT_DOCUMENT(member, ...) PUT(put_document(at, run->member))
    RUN_VALUES(PUT_VALUE)
    RUN_TEXTS(PUT_TEXT)
    RUN_DOCUMENTS(PUT_DOCUMENT)
#undef PUT_DOCUMENT
#undef PUT_TEXT
#undef PUT_VALUE
#undef PUT
    return (run_pack *)pack;
}

/* ---- out ---- */

static const unsigned char *get(const unsigned char *at, void *out, size_t size) {
    memcpy(out, at, size);
    return at + size;
}

/* The cast is safe: what is only to be read is not written. */
static const unsigned char *get_text(const unsigned char *at, char **out) {
    uint32_t size;
    at = get(at, &size, sizeof size);
    *out = size > 0 ? (char *)at : NULL;
    return at + size;
}

static const unsigned char *get_document(const unsigned char *at, bson_t *view, bson_t **out) {
    uint32_t size;
    memcpy(&size, at, sizeof size);
    size = BSON_UINT32_FROM_LE(size);
    *out = size > 0 && bson_init_static(view, at, size) ? view : NULL;
    return at + (size > 0 ? size : sizeof size);
}

void run_unpack(const run_pack *pack, const lw_run *pattern, run_unpacked *out) {
    member_mask mask, bit = 1;
    lw_run *run = &out->run;
    bson_t *view = out->views;
    const unsigned char *at = get((const unsigned char *)pack, &mask, sizeof mask);
    *run = *pattern;
#define GET(get_it)                                                                                                    \
    if (mask & bit)                                                                                                    \
        at = get_it;                                                                                                   \
    bit <<= 1;
#define GET_VALUE(member) GET(get(at, &run->member, sizeof run->member))
#define GET_TEXT(member, ...) GET(get_text(at, &run->member))
#define GET_DOCUMENT(member, ...)                                                                                      \
    GET(get_document(at, view, &run->member))                                                                          \
    view++;
    RUN_VALUES(GET_VALUE)
    RUN_TEXTS(GET_TEXT)
    RUN_DOCUMENTS(GET_DOCUMENT)
#undef GET_DOCUMENT
#undef GET_TEXT
#undef GET_VALUE
#undef GET
}

/* A document that is the pattern's, as a view, which bson_destroy leaves as it is. */
static bson_t *view_of(bson_t *view, bson_t *document) {
    if (document && document != view)
        bson_init_static(view, bson_get_data(document), document->len);
    return document ? view : NULL;
}

int run_unpack_to_change(const run_pack *pack, const lw_run *pattern, run_unpacked *out, lw_error *error) {
    bson_t *view = out->views;
    lw_run *run = &out->run;
    bool whole = true;
    run_unpack(pack, pattern, out);
#define COPY_TEXT(member, ...)                                                                                         \
    if (run->member)                                                                                                   \
        whole &= (run->member = lw_strdup(run->member)) != NULL;
#define VIEW_DOCUMENT(member, ...) run->member = view_of(view++, run->member);
    RUN_TEXTS(COPY_TEXT)
    RUN_DOCUMENTS(VIEW_DOCUMENT)
#undef VIEW_DOCUMENT
#undef COPY_TEXT
    if (run->attempts) /* may be appended to, as may the notes */
        run->attempts = bson_copy(run->attempts);
    if (run->notes)
        run->notes = bson_copy(run->notes);
    if (whole)
        return LW_OK;
    lw_run_release(run);
    return lw_error_no_memory(error);
}
