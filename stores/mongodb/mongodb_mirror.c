/* The MongoDB store: the rows of an experiment, in memory. */
#include <string.h>
#include <time.h>

#include <labwatch/sys/memory.h>

#include "mongodb_internal.h"

double mongo_now_s(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

mongo_mirror *mongo_mirror_need(mongo_store *store, const char *experiment) {
    for (mongo_mirror *mirror = store->mirrors; mirror; mirror = mirror->next)
        if (strcmp(mirror->experiment, experiment) == 0)
            return mirror;
    mongo_mirror *made = lw_calloc(1, sizeof *made);
    if (!made)
        return NULL;
    made->experiment = lw_strdup(experiment);
    if (!made->experiment) {
        lw_free(made);
        return NULL;
    }
    made->next = store->mirrors;
    store->mirrors = made;
    return made;
}

static void free_row(const mongo_mirror *mirror, mongo_row *row) {
    const uint8_t *block = mirror->block, *at = (const uint8_t *)row;
    if (!block || at < block || at >= block + mirror->block_size)
        lw_free(row);
}

void mongo_mirror_clear(mongo_mirror *mirror) {
    for (size_t i = 0; i < mirror->n; i++)
        free_row(mirror, mirror->rows[i]);
    lw_free(mirror->rows);
    lw_free(mirror->block);
    lw_free(mirror->buckets);
    int64_t changes = mirror->counts.changes; /* goes on: what was seen before is not what will be seen */
    *mirror = (mongo_mirror){.next = mirror->next, .experiment = mirror->experiment};
    mirror->counts.changes = changes;
}

void mongo_mirrors_free(mongo_store *store) {
    while (store->mirrors) {
        mongo_mirror *mirror = store->mirrors;
        store->mirrors = mirror->next;
        mongo_mirror_clear(mirror);
        lw_free(mirror->experiment);
        lw_free(mirror);
    }
}

/* ---- the index by config ---- */

static size_t bucket_of(const mongo_mirror *mirror, const uint8_t digest[LW_DIGEST_SIZE]) {
    uint64_t hash;
    memcpy(&hash, digest, sizeof hash);
    return (size_t)(hash * 0x9E3779B97F4A7C15u >> 20) & (mirror->n_buckets - 1);
}

static void enter(mongo_mirror *mirror, mongo_row *row) {
    mongo_row **bucket = &mirror->buckets[bucket_of(mirror, row->row.digest)];
    row->next_alike = *bucket;
    *bucket = row;
}

static void leave(mongo_mirror *mirror, const mongo_row *row) {
    mongo_row **link = &mirror->buckets[bucket_of(mirror, row->row.digest)];
    while (*link != row)
        link = &(*link)->next_alike;
    *link = row->next_alike;
}

/* For so many rows, and some more. */
static bool reserve_buckets(mongo_mirror *mirror, size_t n_rows) {
    size_t n = 64;
    if (mirror->n_buckets > n_rows)
        return true;
    while (n <= n_rows)
        n *= 4;
    mongo_row **buckets = lw_calloc(n, sizeof *buckets);
    if (!buckets)
        return false;
    lw_free(mirror->buckets);
    mirror->buckets = buckets;
    mirror->n_buckets = n;
    for (size_t i = 0; i < mirror->n; i++)
        enter(mirror, mirror->rows[i]);
    return true;
}

const mongo_row *mongo_mirror_bucket(const mongo_mirror *mirror, const uint8_t digest[LW_DIGEST_SIZE]) {
    return mirror->n_buckets ? mirror->buckets[bucket_of(mirror, digest)] : NULL;
}

/* ---- rows ---- */

/* Numbers, then texts. */
static int compare(const mongo_row *a, const mongo_row *b) {
    if (a->row.id > 0 && b->row.id > 0)
        return a->row.id < b->row.id ? -1 : a->row.id > b->row.id;
    if (a->row.id > 0 || b->row.id > 0)
        return a->row.id > 0 ? -1 : 1;
    return strcmp(a->row.foreign_id, b->row.foreign_id);
}

static size_t place(const mongo_mirror *mirror, const mongo_row *row, bool *found) {
    size_t low = 0, high = mirror->n;
    if (high > 0 && compare(mirror->rows[high - 1], row) < 0)
        low = high; /* mostly it is the last one */
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare(mirror->rows[middle], row) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    *found = low < mirror->n && compare(mirror->rows[low], row) == 0;
    return low;
}

static void count(mongo_mirror *mirror, const mongo_row *row, int times) {
    bool unstamped = row->open && row->row.id > 0 && row->row.origin == LW_ORIGIN_FOREIGN;
    mirror->n_foreign_open += unstamped ? (size_t)times : 0; /* -1 wraps around as it should */
    lw_run_counts_add(&mirror->counts, row->row.status, row->row.origin, times);
}

static void replace(mongo_mirror *mirror, size_t at, mongo_row *row) {
    mongo_row *old = mirror->rows[at];
    if (!mongo_rows_alike(old, row))
        mirror->counts.changes++;
    count(mirror, old, -1);
    leave(mirror, old);
    free_row(mirror, old);
    mirror->rows[at] = row;
    enter(mirror, row);
    count(mirror, row, 1);
}

/* An open run changes without another revision, by its beats. */
static void hear(mongo_mirror *mirror, const mongo_row *row) {
    if (!row->open && row->revision != 0 && row->changed != 0)
        mirror->heard[mirror->n_heard++ % MONGO_MOST_HEARD] = (mongo_heard){row->revision, row->changed};
}

int mongo_mirror_take(mongo_mirror *mirror, mongo_row *row, lw_error *error) {
    bool found;
    size_t at = place(mirror, row, &found);
    mirror->n_taken++;
    hear(mirror, row);
    if (row->changed > mirror->newest)
        mirror->newest = row->changed;
    if (found) {
        replace(mirror, at, row);
        return LW_OK;
    }
    if (!reserve_buckets(mirror, mirror->n) ||
        !lw_array_reserve(&mirror->rows, &mirror->capacity, mirror->n, sizeof *mirror->rows)) {
        lw_free(row);
        return lw_error_no_memory(error);
    }
    memmove(&mirror->rows[at + 1], &mirror->rows[at], (mirror->n - at) * sizeof(mongo_row *));
    mirror->rows[at] = row;
    mirror->n++;
    mirror->n_strings += row->row.id == 0;
    enter(mirror, row);
    count(mirror, row, 1);
    mirror->counts.changes++;
    return LW_OK;
}

const mongo_row *mongo_mirror_find(const mongo_mirror *mirror, int64_t id) {
    bool found;
    const mongo_row probe = {.row = {.id = id}};
    size_t at = place(mirror, &probe, &found);
    return found ? mirror->rows[at] : NULL;
}

/* ---- of a snapshot ---- */

/* At the end: in a snapshot they are in order. */
static bool adopt(mongo_mirror *mirror, mongo_row *row) {
    if (mirror->n > 0 && compare(mirror->rows[mirror->n - 1], row) >= 0)
        return false;
    if (!lw_array_reserve(&mirror->rows, &mirror->capacity, mirror->n, sizeof *mirror->rows))
        return false;
    mirror->rows[mirror->n++] = row;
    mirror->n_strings += row->row.id == 0;
    enter(mirror, row);
    count(mirror, row, 1);
    mirror->counts.changes++;
    return true;
}

bool mongo_mirror_adopt(mongo_mirror *mirror, void *block, size_t block_size, size_t first, uint64_t n) {
    size_t at = first;
    mirror->block = block;
    mirror->block_size = block_size;
    bool sound = n <= (block_size - first) / MONGO_ROW_UNIT && reserve_buckets(mirror, (size_t)n);
    for (uint64_t i = 0; i < n && sound; i++) {
        mongo_row *row = (mongo_row *)(void *)((uint8_t *)block + at);
        sound = mongo_row_revive(row, block_size - at) && strcmp(row->row.experiment, mirror->experiment) == 0 &&
                adopt(mirror, row);
        at += sound ? mongo_row_size(row) : 0;
    }
    if (sound && at == block_size)
        return true;
    for (size_t i = 0; i < mirror->n; i++)
        mirror->rows[i] = NULL; /* they lie in the block */
    mirror->block = NULL;
    mongo_mirror_clear(mirror);
    return false;
}
