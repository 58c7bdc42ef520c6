/* The memory store: lists of runs, and the index by config. */
#include <string.h>

#include <labwatch/sys/memory.h>

#include "memory_parts.h"

size_t run_list_at(const run_list *list, int64_t id) {
    size_t low = 0, high = list->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (list->items[middle]->id < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

memory_run *run_list_find(const run_list *list, int64_t id) {
    if (list->n == 0 || id < list->items[0]->id || id > list->items[list->n - 1]->id)
        return NULL;
    uint64_t guess = (uint64_t)(id - list->items[0]->id); /* right where no id is left out */
    if (guess < list->n && list->items[guess]->id == id)
        return list->items[guess];
    size_t at = run_list_at(list, id);
    return at < list->n && list->items[at]->id == id ? list->items[at] : NULL;
}

bool run_list_reserve(run_list *list) {
    size_t freed = (size_t)(list->items - list->slots);
    if (freed + list->n < list->capacity)
        return true;
    if (freed > list->capacity / 2) {
        memmove(list->slots, list->items, list->n * sizeof *list->items);
        list->items = list->slots;
        return true;
    }
    if (!lw_array_reserve(&list->slots, &list->capacity, freed + list->n, sizeof *list->slots))
        return false;
    list->items = list->slots + freed;
    return true;
}

void run_list_add(run_list *list, memory_run *run) {
    bool last = list->n == 0 || list->items[list->n - 1]->id < run->id;
    size_t at = last ? list->n : run_list_at(list, run->id);
    memmove(&list->items[at + 1], &list->items[at], (list->n - at) * sizeof *list->items);
    list->items[at] = run;
    list->n++;
}

void run_list_remove(run_list *list, const memory_run *run) {
    size_t at = run_list_at(list, run->id);
    list->n--;
    if (at > list->n / 2) {
        memmove(&list->items[at], &list->items[at + 1], (list->n - at) * sizeof *list->items);
    } else {
        memmove(&list->items[1], &list->items[0], at * sizeof *list->items);
        list->items++;
    }
}

uint64_t config_hash(const uint8_t digest[LW_DIGEST_SIZE]) {
    uint64_t hash;
    memcpy(&hash, digest, sizeof hash);
    return hash;
}

static memory_run **bucket_of(const config_index *index, uint64_t hash) {
    return &index->buckets[hash & (index->n_buckets - 1)];
}

void config_index_add(config_index *index, memory_run *run) {
    memory_run **bucket = bucket_of(index, run->config);
    run->next_alike = *bucket;
    *bucket = run;
}

void config_index_remove(config_index *index, const memory_run *run) {
    memory_run **link = bucket_of(index, run->config);
    while (*link != run)
        link = &(*link)->next_alike;
    *link = run->next_alike;
}

/* Most questions are about configurations that are not there: they should hit an empty bucket, since a run that is
 * looked at in vain is one that is not in the cache. */
bool config_index_reserve(config_index *index, const run_list *runs) {
    if (runs->n < index->n_buckets / 2)
        return true;
    config_index larger = {.n_buckets = index->n_buckets ? 2 * index->n_buckets : 128};
    larger.buckets = lw_calloc(larger.n_buckets, sizeof *larger.buckets);
    if (!larger.buckets)
        return false;
    for (size_t i = 0; i < runs->n; i++)
        config_index_add(&larger, runs->items[i]);
    lw_free(index->buckets);
    *index = larger;
    return true;
}

static memory_run *alike_from(memory_run *run, uint64_t hash) {
    while (run && run->config != hash)
        run = run->next_alike;
    return run;
}

memory_run *config_index_find(const config_index *index, uint64_t hash) {
    return index->n_buckets > 0 ? alike_from(*bucket_of(index, hash), hash) : NULL;
}

memory_run *config_index_next(const memory_run *run) {
    return alike_from(run->next_alike, run->config);
}
