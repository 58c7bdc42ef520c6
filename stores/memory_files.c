/* The memory store: metrics, files and the cache. */
#include <string.h>

#include <labwatch/sys/digest.h>
#include <labwatch/sys/memory.h>

#include "memory_parts.h"

enum { LARGEST_CACHE = 64 << 20, FIRST_READ = 64 << 10 };

/* Most runs have none. NULL when out of memory. */
static memory_attachments *need_attachments(memory_run *run) {
    if (!run->attachments)
        run->attachments = lw_calloc(1, sizeof *run->attachments);
    return run->attachments;
}

/* Those of a run that may not be there. */
static const memory_attachments *find_attachments(const memory_store *store, int64_t run_id) {
    static const memory_attachments none;
    const memory_run *run = run_list_find(&store->runs, run_id);
    return run && run->attachments ? run->attachments : &none;
}

/* Place of the metric, or of the first one behind it. */
static size_t metric_at(const memory_attachments *of, const char *name, bool *found) {
    size_t at = 0;
    while (at < of->n_metrics && strcmp(of->metrics[at].name, name) < 0)
        at++;
    *found = at < of->n_metrics && strcmp(of->metrics[at].name, name) == 0;
    return at;
}

static memory_metric *need_metric(memory_attachments *of, const char *name) {
    bool found;
    size_t at = metric_at(of, name, &found);
    if (found)
        return &of->metrics[at];
    char *copy = lw_strdup(name);
    if (!copy || !lw_array_reserve(&of->metrics, &of->metrics_capacity, of->n_metrics, sizeof *of->metrics)) {
        lw_free(copy);
        return NULL;
    }
    memmove(&of->metrics[at + 1], &of->metrics[at], (of->n_metrics - at) * sizeof *of->metrics);
    of->metrics[at] = (memory_metric){.name = copy};
    of->n_metrics++;
    return &of->metrics[at];
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
    memory_attachments *attachments = need_attachments(run);
    memory_metric *metric = attachments ? need_metric(attachments, name) : NULL;
    if (!metric || !reserve_points(metric, n))
        return memory_unlock(store, lw_error_no_memory(error));
    memcpy(metric->points + metric->n, points, n * sizeof *points);
    metric->n += n;
    return memory_unlock(store, LW_OK);
}

int memory_metric_each(lw_store *base, int64_t run_id, lw_metric_fn *visit, void *arg, lw_error *error) {
    (void)error;
    memory_store *store = memory_lock(base);
    const memory_attachments *of = find_attachments(store, run_id);
    int code = LW_OK;
    for (size_t i = 0; i < of->n_metrics && code == LW_OK; i++)
        if (of->metrics[i].n > 0) /* one whose first points did not find memory has none */
            code = visit(arg, of->metrics[i].name, of->metrics[i].points, of->metrics[i].n);
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
static size_t file_at(const memory_attachments *of, lw_file_kind kind, const char *name, bool *found) {
    size_t at = 0;
    while (at < of->n_files && compare_file(&of->files[at], kind, name) < 0)
        at++;
    *found = at < of->n_files && compare_file(&of->files[at], kind, name) == 0;
    return at;
}

/* Takes the content over, on success only. */
static int put_file(memory_store *store, memory_attachments *of, lw_file_kind kind, const char *name,
                    memory_content *content, lw_error *error) {
    bool found;
    size_t at = file_at(of, kind, name, &found);
    if (!found) {
        char *copy = lw_strdup(name);
        if (!copy || !lw_array_reserve(&of->files, &of->files_capacity, of->n_files, sizeof *of->files)) {
            lw_free(copy);
            return lw_error_no_memory(error);
        }
        memmove(&of->files[at + 1], &of->files[at], (of->n_files - at) * sizeof *of->files);
        of->files[at] = (memory_file){.kind = kind, .name = copy};
        of->n_files++;
    }
    memory_content *replaced = of->files[at].content;
    of->files[at].content = share_content(store, content);
    of->files[at].content->uses++;
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
    memory_attachments *attachments = run ? need_attachments(run) : NULL;
    if (attachments)
        code = put_file(store, attachments, kind, name, content, error);
    else if (run)
        code = lw_error_no_memory(error);
    if (code != LW_OK)
        free_content(content);
    return memory_unlock(store, code);
}

static const memory_file *find_file(const memory_store *store, int64_t run_id, lw_file_kind kind, const char *name) {
    const memory_attachments *of = find_attachments(store, run_id);
    bool found;
    size_t at = file_at(of, kind, name, &found);
    return found ? &of->files[at] : NULL;
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
    const memory_attachments *of = find_attachments(store, run_id);
    int code = LW_OK;
    for (size_t i = 0; i < of->n_files && code == LW_OK; i++) {
        const memory_file *file = &of->files[i];
        lw_file_info info = {.kind = file->kind, .name = file->name, .size = file->content->size};
        memcpy(info.digest, file->content->digest, sizeof info.digest);
        code = visit(arg, &info);
    }
    return memory_unlock(store, code);
}

void memory_free_attachments(memory_store *store, memory_run *run) {
    memory_attachments *of = run->attachments;
    if (!of)
        return;
    for (size_t i = 0; i < of->n_metrics; i++) {
        lw_free(of->metrics[i].name);
        lw_free(of->metrics[i].points);
    }
    for (size_t i = 0; i < of->n_files; i++) {
        lw_free(of->files[i].name);
        release_content(store, of->files[i].content);
    }
    lw_free(of->metrics);
    lw_free(of->files);
    lw_free(of);
    run->attachments = NULL;
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
