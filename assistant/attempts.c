#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <labwatch/document.h>
#include <labwatch/sys/text.h>

#include "attempts.h"
#include "document_access.h"

lw_token lw_token_new(lw_entropy *entropy) {
    lw_token token;
    do
        lw_entropy_take(entropy, token.bytes, sizeof token.bytes);
    while (lw_token_is_none(token));
    return token;
}

/* ---- reading the list ---- */

/* Whether entries is at another entry; *entry then is that document. */
static bool next_entry(bson_iter_t *entries, bson_t *entry) {
    while (bson_iter_next(entries)) {
        uint32_t length;
        const uint8_t *bytes;
        if (!BSON_ITER_HOLDS_DOCUMENT(entries))
            continue;
        bson_iter_document(entries, &length, &bytes);
        if (bson_init_static(entry, bytes, length))
            return true;
    }
    return false;
}

static bool how_is(const bson_t *entry, const char *how) {
    bson_iter_t at;
    if (!bson_iter_init_find(&at, entry, "how"))
        return false;
    const char *text = lw_document_text(&at, NULL);
    return text && strcmp(text, how) == 0;
}

static int32_t attempt_of(const bson_t *entry) {
    bson_iter_t at;
    int64_t number;
    if (!bson_iter_init_find(&at, entry, "attempt") || !lw_document_integer(&at, &number))
        return 0;
    return number > 0 && number < INT32_MAX ? (int32_t)number : 0;
}

static bool token_is(const bson_t *entry, lw_token token) {
    bson_iter_t at;
    if (!bson_iter_init_find(&at, entry, "token") || !BSON_ITER_HOLDS_BINARY(&at))
        return false;
    bson_subtype_t subtype;
    uint32_t length;
    const uint8_t *bytes;
    bson_iter_binary(&at, &subtype, &length, &bytes);
    return length == sizeof token.bytes && memcmp(bytes, token.bytes, sizeof token.bytes) == 0;
}

static lw_failure failure_of(const bson_t *entry) {
    bson_iter_t at;
    const char *name = bson_iter_init_find(&at, entry, "failure") ? lw_document_text(&at, NULL) : NULL;
    return name ? lw_failure_by_name(name) : LW_FAILURE_NONE;
}

/* What it ended with, and what came late. */
static void read_results(const bson_t *entry, lw_attempt_entry *out) {
    out->interrupted = out->interrupted || how_is(entry, "interrupted");
    if (how_is(entry, "failed")) {
        out->failed = true;
        out->failure = failure_of(entry);
    }
    if (how_is(entry, "late")) {
        out->late = true;
        out->late_failure = failure_of(entry);
        out->has_late_result = bson_iter_init_find(&out->late_result, entry, "result");
    }
}

int32_t lw_attempt_next(const lw_run *run) {
    int32_t highest = run->attempt;
    bson_iter_t entries;
    bson_t entry;
    if (run->attempts && bson_iter_init(&entries, run->attempts))
        while (next_entry(&entries, &entry))
            if (attempt_of(&entry) > highest)
                highest = attempt_of(&entry);
    return highest + 1;
}

bool lw_attempts_find(const lw_run *run, lw_token token, lw_attempt_entry *out) {
    bool found = false;
    bson_iter_t entries, at;
    bson_t entry;
    *out = (lw_attempt_entry){.start_ms = LW_NO_TIME};
    if (!run->attempts || !bson_iter_init(&entries, run->attempts))
        return false;
    while (next_entry(&entries, &entry)) {
        if (!token_is(&entry, token))
            continue;
        found = true;
        out->attempt = attempt_of(&entry);
        read_results(&entry, out);
        out->released = out->released || how_is(&entry, "released");
        if (bson_iter_init_find(&at, &entry, "worker") && BSON_ITER_HOLDS_DOCUMENT(&at)) {
            out->worker = at;
            out->has_worker = true;
        }
        if (bson_iter_init_find(&at, &entry, "start") && BSON_ITER_HOLDS_DATE_TIME(&at))
            out->start_ms = bson_iter_date_time(&at);
    }
    return found;
}

lw_token lw_run_first_token(const lw_run *run) {
    lw_token token = run->token;
    bson_iter_t entries, at;
    bson_t entry;
    if (!run->attempts || !bson_iter_init(&entries, run->attempts) || !next_entry(&entries, &entry))
        return token;
    if (!bson_iter_init_find(&at, &entry, "token") || !BSON_ITER_HOLDS_BINARY(&at))
        return token;
    bson_subtype_t subtype;
    uint32_t length;
    const uint8_t *bytes;
    bson_iter_binary(&at, &subtype, &length, &bytes);
    if (length == sizeof token.bytes)
        memcpy(token.bytes, bytes, sizeof token.bytes);
    return token;
}

int32_t lw_attempts_died(const lw_run *run) {
    int32_t died = run->status == LW_STATUS_FAILED && run->failure == LW_FAILURE_DIED;
    bson_iter_t entries;
    bson_t entry;
    if (run->attempts && bson_iter_init(&entries, run->attempts))
        while (next_entry(&entries, &entry))
            died += how_is(&entry, "died");
    return died;
}

/* ---- writing it ---- */

static const char *next_key(const bson_t *array, char buffer[16]) {
    const char *key;
    bson_uint32_to_string(bson_count_keys(array), &key, buffer, 16);
    return key;
}

static void append_time(bson_t *entry, const char *field, int64_t time_ms) {
    if (time_ms != LW_NO_TIME)
        bson_append_date_time(entry, field, -1, time_ms);
}

/* Of a long reason the beginning: many attempts must fit into one document. */
static void append_failure(bson_t *entry, lw_failure failure, const char *reason) {
    enum { LONGEST = 1024 };
    if (failure != LW_FAILURE_NONE)
        bson_append_utf8(entry, "failure", -1, lw_failure_name(failure), -1);
    if (reason)
        bson_append_utf8(entry, "reason", -1, reason, (int)lw_utf8_invalid_at(reason, strnlen(reason, LONGEST)));
}

/* Of a large object its numbers, likewise. */
static void append_numbers(bson_t *entry, const bson_iter_t *object) {
    enum { MOST = 100 };
    bson_iter_t at;
    bson_t numbers;
    int n = 0;
    bson_append_document_begin(entry, "result", -1, &numbers);
    if (bson_iter_recurse(object, &at))
        while (n < MOST && bson_iter_next(&at))
            if (BSON_ITER_HOLDS_NUMBER(&at) && strlen(bson_iter_key(&at)) < MOST) {
                bson_append_iter(&numbers, NULL, 0, &at);
                n++;
            }
    bson_append_document_end(entry, &numbers);
}

static void append_result(bson_t *entry, const bson_t *result) {
    enum { LARGEST = 4096 };
    bson_iter_t at;
    if (!result || !bson_iter_init_find(&at, result, "result"))
        return;
    if (result->len > LARGEST && BSON_ITER_HOLDS_DOCUMENT(&at))
        append_numbers(entry, &at);
    else
        bson_append_iter(entry, "result", -1, &at);
}

bool lw_attempt_has_late_result(const lw_attempt_entry *entry, const bson_t *result) {
    bson_t kept = BSON_INITIALIZER;
    bson_iter_t at, late = entry->late_result;
    append_result(&kept, result);
    bool same = entry->has_late_result && bson_iter_init_find(&at, &kept, "result") &&
                lw_document_values_equal(&late, &at);
    bson_destroy(&kept);
    return same;
}

static void begin_entry(lw_run *run, bson_t *entry, int32_t attempt, lw_token token, const char *how) {
    char buffer[16];
    if (!run->attempts)
        run->attempts = bson_new();
    bson_append_document_begin(run->attempts, next_key(run->attempts, buffer), -1, entry);
    bson_append_int32(entry, "attempt", -1, attempt);
    bson_append_binary(entry, "token", -1, BSON_SUBTYPE_BINARY, token.bytes, sizeof token.bytes);
    bson_append_utf8(entry, "how", -1, how, -1);
}

void lw_attempts_archive(lw_run *run, const char *how) {
    bson_t entry;
    begin_entry(run, &entry, run->attempt, run->token, how);
    append_time(&entry, "start", run->start_ms);
    append_time(&entry, "stop", run->stop_ms);
    if (run->worker)
        bson_append_document(&entry, "worker", -1, run->worker);
    append_failure(&entry, run->failure, run->reason);
    append_result(&entry, run->result);
    bson_append_document_end(run->attempts, &entry);
}

void lw_attempts_add_late(lw_run *run, const lw_late_result *late) {
    bson_t entry;
    begin_entry(run, &entry, late->attempt, late->token, "late");
    append_time(&entry, "stop", late->now_ms);
    append_failure(&entry, late->failure, late->reason);
    append_result(&entry, late->result);
    bson_append_document_end(run->attempts, &entry);
}

void lw_run_add_note(lw_run *run, const char *format, ...) {
    char note[512];
    char buffer[16];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(note, sizeof note, format, arguments);
    va_end(arguments);
    note[lw_utf8_invalid_at(note, strlen(note))] = '\0'; /* cut at a whole character */
    if (!run->notes)
        run->notes = bson_new();
    bson_append_utf8(run->notes, next_key(run->notes, buffer), -1, note, -1);
}
