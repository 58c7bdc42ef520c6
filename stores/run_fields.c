#include <math.h>
#include <string.h>

#include <labwatch/sys/memory.h>
#include <labwatch/sys/text.h>

#include "document_access.h"
#include "run_fields.h"

#define MEMBER(member) offsetof(lw_run, member)

const run_field run_sacred_fields[] = {
    {"command", RUN_TEXT, MEMBER(command)},
    {"host", RUN_DOCUMENT, MEMBER(host)},
    {"start_time", RUN_TIME, MEMBER(start_ms)},
    {"config", RUN_DOCUMENT, MEMBER(config)},
    {"resources", RUN_ARRAY, MEMBER(resources)},
    {"artifacts", RUN_ARRAY, MEMBER(artifacts)},
    {"captured_out", RUN_TEXT, MEMBER(captured_out)},
    {"info", RUN_DOCUMENT, MEMBER(info)},
    {"heartbeat", RUN_TIME, MEMBER(heartbeat_ms)},
    {"stop_time", RUN_TIME, MEMBER(stop_ms)},
    {"fail_trace", RUN_ARRAY, MEMBER(fail_trace)},
    {0},
};

const run_field run_labwatch_fields[] = {
    {"space", RUN_TEXT, MEMBER(space)},
    {"space_version", RUN_INT32, MEMBER(space_version)},
    {"digest", RUN_BYTES, MEMBER(digest)},
    {"number", RUN_INT64, MEMBER(number)},
    {"seed", RUN_INT64, MEMBER(seed)},
    {"optimizer", RUN_TEXT, MEMBER(optimizer)},
    {"options", RUN_DOCUMENT, MEMBER(optimizer_options)},
    {"memo", RUN_DOCUMENT, MEMBER(memo)},
    {"fidelity", RUN_NUMBER, MEMBER(fidelity)},
    {"parent", RUN_INT64, MEMBER(parent)},
    {"replicate", RUN_INT32, MEMBER(replicate)},
    {"build", RUN_TEXT, MEMBER(build)},
    {"cost", RUN_NUMBER, MEMBER(cost)},
    {"reason", RUN_TEXT, MEMBER(reason)},
    {"duration", RUN_NUMBER, MEMBER(duration_s)},
    {"attempt", RUN_INT32, MEMBER(attempt)},
    {"token", RUN_BYTES, MEMBER(token)},
    {"lease", RUN_AMOUNT, MEMBER(lease_s)},
    {"worker", RUN_DOCUMENT, MEMBER(worker)},
    {"attempts", RUN_ARRAY, MEMBER(attempts)},
    {"notes", RUN_ARRAY, MEMBER(notes)},
    {"redefined", RUN_INT64, MEMBER(redefined)},
    {0},
};

const run_field run_view_fields[] = {
    {"last_id", RUN_INT64, MEMBER(view.last_id)},
    {"fit_last_id", RUN_INT64, MEMBER(view.fit_last_id)},
    {"epoch", RUN_INT64, MEMBER(view.epoch)},
    {"budget", RUN_INT64, MEMBER(view.budget)},
    {"open", RUN_TEXT, MEMBER(view.open_ids)},
    {"void", RUN_TEXT, MEMBER(view.void_ids)},
    {0},
};

const run_field *run_field_find(const run_field *fields, const char *name) {
    for (const run_field *field = fields; field->name; field++)
        if (strcmp(field->name, name) == 0)
            return field;
    return NULL;
}

static bool write_bytes(const char *name, const uint8_t *bytes, bson_t *out) {
    static const uint8_t none[LW_DIGEST_SIZE];
    return memcmp(bytes, none, sizeof none) == 0 ||
           bson_append_binary(out, name, -1, BSON_SUBTYPE_BINARY, bytes, sizeof none);
}

bool run_field_write(const run_field *field, const lw_run *run, bson_t *out) {
    const void *member = (const char *)run + field->offset;
    const char *name = field->name;
    switch (field->kind) {
    case RUN_TEXT: {
        const char *text = *(char *const *)member;
        return !text || bson_append_utf8(out, name, -1, text, -1);
    }
    case RUN_DOCUMENT: {
        const bson_t *document = *(bson_t *const *)member;
        return !document || bson_append_document(out, name, -1, document);
    }
    case RUN_ARRAY: {
        const bson_t *array = *(bson_t *const *)member;
        return !array || bson_append_array(out, name, -1, array);
    }
    case RUN_TIME: {
        int64_t time = *(const int64_t *)member;
        return time == LW_NO_TIME || bson_append_date_time(out, name, -1, time);
    }
    case RUN_INT32: {
        int32_t number = *(const int32_t *)member;
        return number == 0 || bson_append_int32(out, name, -1, number);
    }
    case RUN_INT64: {
        int64_t number = *(const int64_t *)member;
        return number == 0 || bson_append_int64(out, name, -1, number);
    }
    case RUN_NUMBER: {
        double number = *(const double *)member;
        return isnan(number) || bson_append_double(out, name, -1, number);
    }
    case RUN_AMOUNT: {
        double number = *(const double *)member;
        return number == 0 || bson_append_double(out, name, -1, number);
    }
    case RUN_BYTES:
        return write_bytes(name, member, out);
    }
    return true;
}

char *run_text_dup(const bson_iter_t *value) {
    size_t length;
    const char *bytes = lw_document_text(value, &length);
    lw_text text = {0};
    while (length > 0) {
        const char *zero = memchr(bytes, '\0', length);
        size_t before = zero ? (size_t)(zero - bytes) : length;
        lw_text_append(&text, bytes, before);
        if (zero) {
            lw_text_add(&text, "\xEF\xBF\xBD");
            before++;
        }
        bytes += before;
        length -= before;
    }
    return lw_text_take(&text);
}

static bool read_text(const bson_iter_t *value, char **member, bool *no_memory) {
    if (!BSON_ITER_HOLDS_UTF8(value))
        return false;
    char *text = run_text_dup(value);
    *no_memory |= text == NULL;
    lw_free(*member); /* a damaged document may have the field twice */
    *member = text;
    return true;
}

static bool read_document(const bson_iter_t *value, bson_type_t type, bson_t **member) {
    if (bson_iter_type(value) != type)
        return false;
    uint32_t length;
    const uint8_t *bytes;
    if (type == BSON_TYPE_ARRAY)
        bson_iter_array(value, &length, &bytes);
    else
        bson_iter_document(value, &length, &bytes);
    bson_t *document = bson_new_from_data(bytes, length);
    if (!document)
        return false;
    if (*member)
        bson_destroy(*member);
    *member = document;
    return true;
}

static bool read_time(const bson_iter_t *value, int64_t *member) {
    if (!BSON_ITER_HOLDS_DATE_TIME(value))
        return false;
    *member = bson_iter_date_time(value);
    return true;
}

static bool read_int32(const bson_iter_t *value, int32_t *member) {
    int64_t number;
    if (!lw_document_integer(value, &number) || number < INT32_MIN || number > INT32_MAX)
        return false;
    *member = (int32_t)number;
    return true;
}

static bool read_bytes(const bson_iter_t *value, uint8_t *member) {
    if (!BSON_ITER_HOLDS_BINARY(value))
        return false;
    uint32_t length;
    const uint8_t *bytes;
    bson_iter_binary(value, NULL, &length, &bytes);
    if (length != LW_DIGEST_SIZE)
        return false;
    memcpy(member, bytes, LW_DIGEST_SIZE);
    return true;
}

bool run_field_read(const run_field *field, const bson_iter_t *value, lw_run *run, bool *no_memory) {
    void *member = (char *)run + field->offset;
    if (BSON_ITER_HOLDS_NULL(value))
        return true;
    switch (field->kind) {
    case RUN_TEXT:
        return read_text(value, member, no_memory);
    case RUN_DOCUMENT:
        return read_document(value, BSON_TYPE_DOCUMENT, member);
    case RUN_ARRAY:
        return read_document(value, BSON_TYPE_ARRAY, member);
    case RUN_TIME:
        return read_time(value, member);
    case RUN_INT32:
        return read_int32(value, member);
    case RUN_INT64:
        return lw_document_integer(value, member);
    case RUN_NUMBER:
    case RUN_AMOUNT:
        return lw_document_number(value, member);
    case RUN_BYTES:
        return read_bytes(value, member);
    }
    return false;
}

const char *run_field_expects(const run_field *field) {
    switch (field->kind) {
    case RUN_TEXT:
        return "text";
    case RUN_DOCUMENT:
        return "a document";
    case RUN_ARRAY:
        return "an array";
    case RUN_TIME:
        return "a date";
    case RUN_INT32:
    case RUN_INT64:
        return "a whole number";
    case RUN_NUMBER:
    case RUN_AMOUNT:
        return "a number";
    case RUN_BYTES:
        return "16 bytes";
    }
    return "something else";
}

static bool append_empty(bson_t *out, const char *key, bool array) {
    bson_t empty = BSON_INITIALIZER;
    bool done = array ? bson_append_array(out, key, -1, &empty) : bson_append_document(out, key, -1, &empty);
    bson_destroy(&empty);
    return done;
}

bool run_append_default_meta(bson_t *meta, const char *command) {
    return bson_append_utf8(meta, "command", -1, command, -1) && append_empty(meta, "options", false) &&
           append_empty(meta, "named_configs", true) && append_empty(meta, "config_updates", false);
}

bool run_append_default_experiment(bson_t *experiment) {
    return bson_append_utf8(experiment, "base_dir", -1, "", -1) && append_empty(experiment, "sources", true) &&
           append_empty(experiment, "dependencies", true) && append_empty(experiment, "repositories", true) &&
           bson_append_utf8(experiment, "mainfile", -1, "", -1);
}
