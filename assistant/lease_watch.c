#include <stdlib.h>
#include <string.h>

#include <labwatch/sys/memory.h>
#include <labwatch/sys/text.h>

#include "document_access.h"
#include "lease_watch.h"

void lw_lease_watch_release(lw_lease_watch *watch) {
    lw_free(watch->runs);
    *watch = (lw_lease_watch){0};
}

/* ---- the list ---- */

/* Index of the run, or where it would be. */
static size_t position(const lw_lease_watch *watch, int64_t id) {
    size_t low = 0, high = watch->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (watch->runs[middle].id < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static lw_watched_run *find(lw_lease_watch *watch, int64_t id) {
    size_t at = position(watch, id);
    return at < watch->n && watch->runs[at].id == id ? &watch->runs[at] : NULL;
}

static bool add(lw_lease_watch *watch, const lw_watched_run *run) {
    size_t at = position(watch, run->id);
    if (!lw_array_reserve(&watch->runs, &watch->capacity, watch->n, sizeof *watch->runs))
        return false;
    memmove(&watch->runs[at + 1], &watch->runs[at], (watch->n - at) * sizeof *watch->runs);
    watch->runs[at] = *run;
    watch->n++;
    watch->changed = true;
    return true;
}

bool lw_lease_watch_stood(lw_lease_watch *watch, int64_t id, int32_t attempt, int64_t heartbeat_ms, double now_s,
                          double *stood_s) {
    lw_watched_run *run = find(watch, id);
    *stood_s = 0;
    if (!run) {
        lw_watched_run first = {id, attempt, heartbeat_ms, now_s, true};
        return add(watch, &first);
    }
    run->seen = true;
    /* A since that lies ahead, or is no number, was written by a clock that is not ours. */
    if (run->attempt != attempt || run->heartbeat_ms != heartbeat_ms || !(run->since_s <= now_s)) {
        run->attempt = attempt;
        run->heartbeat_ms = heartbeat_ms;
        run->since_s = now_s;
        watch->changed = true;
        return true;
    }
    *stood_s = now_s - run->since_s;
    return true;
}

void lw_lease_watch_begin_round(lw_lease_watch *watch) {
    for (size_t i = 0; i < watch->n; i++)
        watch->runs[i].seen = false;
}

void lw_lease_watch_end_round(lw_lease_watch *watch) {
    size_t kept = 0;
    for (size_t i = 0; i < watch->n; i++)
        if (watch->runs[i].seen)
            watch->runs[kept++] = watch->runs[i];
    if (kept != watch->n)
        watch->changed = true;
    watch->n = kept;
}

/* ---- in the cache ---- */

/* NULL where nothing can be kept: without the name of the boot, a time means nothing to the next process. */
static char *cache_key(const char *experiment, const lw_worker_identity *self) {
    lw_text key = {0};
    if (self->boot[0] == '\0')
        return NULL;
    lw_text_format(&key, "watch/%s/%s/%s", self->host, self->boot, experiment);
    return lw_text_take(&key);
}

/* {runs: {"7": {attempt, heartbeat, since}, …}} */
static void to_document(const lw_lease_watch *watch, bson_t *out) {
    bson_t runs;
    bson_init(out);
    bson_append_document_begin(out, "runs", 4, &runs);
    for (size_t i = 0; i < watch->n; i++) {
        const lw_watched_run *run = &watch->runs[i];
        char id[LW_NUMBER_SIZE];
        bson_t entry;
        bson_snprintf(id, sizeof id, "%lld", (long long)run->id);
        bson_append_document_begin(&runs, id, -1, &entry);
        bson_append_int32(&entry, "attempt", -1, run->attempt);
        bson_append_int64(&entry, "heartbeat", -1, run->heartbeat_ms);
        bson_append_double(&entry, "since", -1, run->since_s);
        bson_append_document_end(&runs, &entry);
    }
    bson_append_document_end(out, &runs);
}

static bool read_entry(const bson_iter_t *at, lw_watched_run *out) {
    bson_iter_t fields, attempt, heartbeat, since;
    int64_t number;
    const char *key = bson_iter_key(at);
    *out = (lw_watched_run){0};
    if (!lw_int64_from_text(key, strlen(key), &out->id) || !BSON_ITER_HOLDS_DOCUMENT(at))
        return false;
    if (!bson_iter_recurse(at, &fields) || !bson_iter_find_descendant(&fields, "attempt", &attempt) ||
        !lw_document_integer(&attempt, &number))
        return false;
    out->attempt = (int32_t)number;
    return bson_iter_recurse(at, &fields) && bson_iter_find_descendant(&fields, "heartbeat", &heartbeat) &&
           lw_document_integer(&heartbeat, &out->heartbeat_ms) && bson_iter_recurse(at, &fields) &&
           bson_iter_find_descendant(&fields, "since", &since) && lw_document_number(&since, &out->since_s);
}

static void read_document(lw_lease_watch *watch, const void *bytes, size_t size) {
    bson_t document;
    bson_iter_t at, runs;
    if (!bson_init_static(&document, bytes, size) || !bson_validate(&document, BSON_VALIDATE_NONE, NULL) ||
        !bson_iter_init_find(&at, &document, "runs") || !BSON_ITER_HOLDS_DOCUMENT(&at) || !bson_iter_recurse(&at, &runs))
        return;
    while (bson_iter_next(&runs)) {
        lw_watched_run run;
        if (read_entry(&runs, &run) && !find(watch, run.id) && !add(watch, &run))
            return;
    }
}

void lw_lease_watch_load(lw_lease_watch *watch, lw_store *store, const char *experiment, const lw_worker_identity *self) {
    void *bytes = NULL;
    size_t size = 0;
    if (watch->loaded)
        return;
    watch->loaded = true;
    char *key = cache_key(experiment, self);
    if (key && lw_store_cache_get(store, key, &bytes, &size, NULL) == LW_OK) {
        read_document(watch, bytes, size);
        watch->changed = false;
    }
    lw_free(bytes);
    lw_free(key);
}

void lw_lease_watch_save(lw_lease_watch *watch, lw_store *store, const char *experiment, const lw_worker_identity *self) {
    if (!watch->changed)
        return;
    char *key = cache_key(experiment, self);
    if (key) {
        bson_t document;
        to_document(watch, &document);
        if (lw_store_cache_put(store, key, bson_get_data(&document), document.len, NULL) == LW_OK)
            watch->changed = false;
        bson_destroy(&document);
    }
    lw_free(key);
}
