/* The memory store: metrics, files and the cache. */
#include <string.h>

#include <labwatch/sys/digest.h>
#include <labwatch/sys/memory.h>

#include "memory_parts.h"

enum { LARGEST_CACHE = 64 << 20, FIRST_READ = 64 << 10 };

/* Place of the metric, or of the first one behind it. */
static size_t metric_at(const memory_run *run, const char *name, bool *found) {
    size_t at = 0;
    while (at < run->n_metrics && strcmp(run->metrics[at].name, name) < 0)
        at++;
    *found = at < run->n_metrics && strcmp(run->metrics[at].name, name) == 0;
    return at;
}

static memory_metric *need_metric(memory_run *run, const char *name) {
    bool found;
    size_t at = metric_at(run, name, &found);
    if (found)
        return &run->metrics[at];
    char *copy = lw_strdup(name);
    if (!copy || !lw_array_reserve(&run->metrics, &run->metrics_capacity, run->n_metrics, sizeof *run->metrics)) {
        lw_free(copy);
        return NULL;
    }
    memmove(&run->metrics[at + 1], &run->metrics[at], (run->n_metrics - at) * sizeof *run->metrics);
    run->metrics[at] = (memory_metric){.name = copy};
    run->n_metrics++;
    return &run->metrics[at];
}

static bool reserve_points(memory_metric *metric, size_t n) {
    if (metric->capacity - metric->n >= n)
        return true;
    size_t grown = metric->capacity + metric->capacity / 2;
    if (grown - metric->n < n || grown < metric->capacity)
        grown = metric->n + n;
    lw_metric_point *larger = lw_reallocarray(metric->points, grown, sizeof *larger);
    if (!larger)
        return false;
    metric->points = larger;
    metric->capacity = grown;
    return true;
}

int memory_metric_append(lw_store *base, int64_t run_id, const char *name, const lw_metric_point *points, size_t n,
                         lw_error *error) {
    memory_store *store = memory_lock(base);
    int code;
    memory_run *run = memory_changeable_run(store, run_id, &code, error);
    if (!run || n == 0)
        return memory_unlock(store, code);
    memory_metric *metric = need_metric(run, name);
    if (!metric || !reserve_points(metric, n))
        return memory_unlock(store, lw_error_no_memory(error));
    memcpy(metric->points + metric->n, points, n * sizeof *points);
    metric->n += n;
    return memory_unlock(store, LW_OK);
}

int memory_metric_each(lw_store *base, int64_t run_id, lw_metric_fn *visit, void *arg, lw_error *error) {
    (void)error;
    memory_store *store = memory_lock(base);
    const memory_run *run = run_list_find(&store->runs, run_id);
    int code = LW_OK;
    for (size_t i = 0; run && i < run->n_metrics && code == LW_OK; i++)
        if (run->metrics[i].n > 0) /* one whose first points did not find memory has none */
            code = visit(arg, run->metrics[i].name, run->metrics[i].points, run->metrics[i].n);
    return memory_unlock(store, code);
}

/* Everything that read gives; its own memory. */
static memory_content *read_content(lw_read_fn *read, void *arg, int *code, lw_error *error) {
    memory_content *content = lw_calloc(1, sizeof *content);
    lw_digest digest;
    lw_digest_start(&digest);
    size_t capacity = 0, got = 1;
    *code = content ? LW_OK : lw_error_no_memory(error);
    while (*code == LW_OK && got > 0) {
        if (content->size == capacity) {
            size_t larger = capacity ? 2 * capacity : FIRST_READ;
            unsigned char *bytes = lw_reallocarray(content->bytes, larger, 1);
            if (!bytes) {
                *code = lw_error_no_memory(error);
                break;
            }
            content->bytes = bytes;
            capacity = larger;
        }
        got = 0;
        *code = read(arg, content->bytes + content->size, capacity - content->size, &got, error);
        if (*code == LW_OK)
            lw_digest_add(&digest, content->bytes + content->size, got);
        content->size += *code == LW_OK ? got : 0;
    }
    if (content)
        lw_digest_finish(&digest, content->digest);
    return content;
}

static void free_content(memory_content *content) {
    if (!content)
        return;
    lw_free(content->bytes);
    lw_free(content);
}

/* The one that the store keeps of that content, which may be the given one. */
static memory_content *share_content(memory_store *store, memory_content *content) {
    for (memory_content *kept = store->contents; kept; kept = kept->next)
        if (kept->size == content->size && memcmp(kept->digest, content->digest, LW_DIGEST_SIZE) == 0) {
            free_content(content);
            return kept;
        }
    content->next = store->contents;
    store->contents = content;
    return content;
}

static void release_content(memory_store *store, memory_content *content) {
    if (--content->uses > 0)
        return;
    memory_content **link = &store->contents;
    while (*link != content)
        link = &(*link)->next;
    *link = content->next;
    free_content(content);
}

static int compare_file(const memory_file *file, lw_file_kind kind, const char *name) {
    if (file->kind != kind)
        return file->kind < kind ? -1 : 1;
    return strcmp(file->name, name);
}

/* Place of the file, or of the first one behind it. */
static size_t file_at(const memory_run *run, lw_file_kind kind, const char *name, bool *found) {
    size_t at = 0;
    while (at < run->n_files && compare_file(&run->files[at], kind, name) < 0)
        at++;
    *found = at < run->n_files && compare_file(&run->files[at], kind, name) == 0;
    return at;
}

/* Takes the content over, on success only. */
static int put_file(memory_store *store, memory_run *run, lw_file_kind kind, const char *name, memory_content *content,
                    lw_error *error) {
    bool found;
    size_t at = file_at(run, kind, name, &found);
    if (!found) {
        char *copy = lw_strdup(name);
        if (!copy || !lw_array_reserve(&run->files, &run->files_capacity, run->n_files, sizeof *run->files)) {
            lw_free(copy);
            return lw_error_no_memory(error);
        }
        memmove(&run->files[at + 1], &run->files[at], (run->n_files - at) * sizeof *run->files);
        run->files[at] = (memory_file){.kind = kind, .name = copy};
        run->n_files++;
    }
    memory_content *replaced = run->files[at].content;
    run->files[at].content = share_content(store, content);
    run->files[at].content->uses++;
    if (replaced)
        release_content(store, replaced);
    return LW_OK;
}

int memory_file_put(lw_store *base, int64_t run_id, lw_file_kind kind, const char *name, lw_read_fn *read, void *arg,
                    lw_error *error) {
    int code;
    memory_store *store = memory_lock(base);
    memory_changeable_run(store, run_id, &code, error);
    memory_unlock(store, code);
    if (code != LW_OK)
        return code;
    memory_content *content = read_content(read, arg, &code, error);
    if (code != LW_OK) {
        free_content(content);
        return code;
    }
    memory_lock(base);
    memory_run *run = memory_changeable_run(store, run_id, &code, error); /* it may be gone meanwhile */
    if (run)
        code = put_file(store, run, kind, name, content, error);
    if (code != LW_OK)
        free_content(content);
    return memory_unlock(store, code);
}

static const memory_file *find_file(const memory_store *store, int64_t run_id, lw_file_kind kind, const char *name) {
    const memory_run *run = run_list_find(&store->runs, run_id);
    bool found = false;
    size_t at = run ? file_at(run, kind, name, &found) : 0;
    return found ? &run->files[at] : NULL;
}

int memory_file_get(lw_store *base, int64_t run_id, lw_file_kind kind, const char *name, lw_write_fn *write, void *arg,
                    lw_error *error) {
    memory_store *store = memory_lock(base);
    const memory_file *file = find_file(store, run_id, kind, name);
    int code = LW_OK;
    if (!file)
        code = lw_error_set(error, LW_ENOTFOUND, "run %lld has no file '%.200s'", (long long)run_id, name);
    else if (file->content->size > 0)
        code = write(arg, file->content->bytes, file->content->size, error);
    return memory_unlock(store, code);
}

int memory_file_each(lw_store *base, int64_t run_id, lw_file_fn *visit, void *arg, lw_error *error) {
    (void)error;
    memory_store *store = memory_lock(base);
    const memory_run *run = run_list_find(&store->runs, run_id);
    int code = LW_OK;
    for (size_t i = 0; run && i < run->n_files && code == LW_OK; i++) {
        const memory_file *file = &run->files[i];
        lw_file_info info = {.kind = file->kind, .name = file->name, .size = file->content->size};
        memcpy(info.digest, file->content->digest, sizeof info.digest);
        code = visit(arg, &info);
    }
    return memory_unlock(store, code);
}

void memory_free_attachments(memory_store *store, memory_run *run) {
    for (size_t i = 0; i < run->n_metrics; i++) {
        lw_free(run->metrics[i].name);
        lw_free(run->metrics[i].points);
    }
    for (size_t i = 0; i < run->n_files; i++) {
        lw_free(run->files[i].name);
        release_content(store, run->files[i].content);
    }
    lw_free(run->metrics);
    lw_free(run->files);
    run->metrics = NULL;
    run->files = NULL;
    run->n_metrics = run->metrics_capacity = run->n_files = run->files_capacity = 0;
}

static void drop_entry(memory_cache *cache, size_t at) {
    cache->size -= cache->items[at].size;
    lw_free(cache->items[at].key);
    lw_free(cache->items[at].bytes);
    cache->n--;
    memmove(&cache->items[at], &cache->items[at + 1], (cache->n - at) * sizeof *cache->items);
}

static size_t find_entry(const memory_cache *cache, const char *key) {
    size_t at = 0;
    while (at < cache->n && strcmp(cache->items[at].key, key) != 0)
        at++;
    return at;
}

static int put_entry(memory_cache *cache, const char *key, const void *bytes, size_t size, lw_error *error) {
    cache_entry entry = {.key = lw_strdup(key), .bytes = lw_malloc(size), .size = size};
    if (!entry.key || !entry.bytes || !lw_array_reserve(&cache->items, &cache->capacity, cache->n, sizeof *cache->items)) {
        lw_free(entry.key);
        lw_free(entry.bytes);
        return lw_error_no_memory(error);
    }
    if (size > 0)
        memcpy(entry.bytes, bytes, size);
    size_t replaced = find_entry(cache, key);
    if (replaced < cache->n)
        drop_entry(cache, replaced);
    cache->items[cache->n++] = entry;
    cache->size += size;
    while (cache->size > LARGEST_CACHE)
        drop_entry(cache, 0);
    return LW_OK;
}

int memory_cache_put(lw_store *base, const char *key, const void *bytes, size_t size, lw_error *error) {
    memory_store *store = memory_lock(base);
    return memory_unlock(store, put_entry(&store->cache, key, bytes, size, error));
}

int memory_cache_get(lw_store *base, const char *key, lw_write_fn *write, void *arg, lw_error *error) {
    memory_store *store = memory_lock(base);
    size_t at = find_entry(&store->cache, key);
    int code = at < store->cache.n ? write(arg, store->cache.items[at].bytes, store->cache.items[at].size, error)
                                   : lw_error_set(error, LW_ENOTFOUND, "nothing is kept under '%.200s'", key);
    return memory_unlock(store, code);
}

void memory_free_cache(memory_cache *cache) {
    while (cache->n > 0)
        drop_entry(cache, cache->n - 1);
    lw_free(cache->items);
}
