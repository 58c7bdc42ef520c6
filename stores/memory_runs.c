/* The memory store: runs, and the indexes over them. */
#include <string.h>

#include <labwatch/sys/memory.h>

#include "memory_parts.h"
#include "run_draft.h"

size_t run_list_at(const run_list *list, int64_t id) {
    size_t low = 0, high = list->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (list->items[middle]->run.id < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

memory_run *run_list_find(const run_list *list, int64_t id) {
    if (list->n == 0 || id < list->items[0]->run.id || id > list->items[list->n - 1]->run.id)
        return NULL;
    uint64_t guess = (uint64_t)(id - list->items[0]->run.id); /* right where no id is left out */
    if (guess < list->n && list->items[guess]->run.id == id)
        return list->items[guess];
    size_t at = run_list_at(list, id);
    return at < list->n && list->items[at]->run.id == id ? list->items[at] : NULL;
}

/* Makes room for one more run at the end. */
static bool run_list_reserve(run_list *list) {
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

/* There is room. */
static void run_list_add(run_list *list, memory_run *run) {
    bool last = list->n == 0 || list->items[list->n - 1]->run.id < run->run.id;
    size_t at = last ? list->n : run_list_at(list, run->run.id);
    memmove(&list->items[at + 1], &list->items[at], (list->n - at) * sizeof *list->items);
    list->items[at] = run;
    list->n++;
}

static void run_list_remove(run_list *list, const memory_run *run) {
    size_t at = run_list_at(list, run->run.id);
    list->n--;
    if (at > list->n / 2) {
        memmove(&list->items[at], &list->items[at + 1], (list->n - at) * sizeof *list->items);
    } else {
        memmove(&list->items[1], &list->items[0], at * sizeof *list->items);
        list->items++;
    }
}

static memory_run **bucket_of(const config_index *index, const uint8_t digest[LW_DIGEST_SIZE]) {
    uint64_t hash;
    memcpy(&hash, digest, sizeof hash);
    return &index->buckets[hash & (index->n_buckets - 1)];
}

static void index_add(config_index *index, memory_run *run) {
    memory_run **bucket = bucket_of(index, run->run.digest);
    run->next_alike = *bucket;
    *bucket = run;
}

static void index_remove(config_index *index, const memory_run *run) {
    memory_run **link = bucket_of(index, run->run.digest);
    while (*link != run)
        link = &(*link)->next_alike;
    *link = run->next_alike;
}

/* Makes room for one more run. Most questions are about configurations that are not there: they should hit an empty
 * bucket, since a run that is looked at in vain is one that is not in the cache. */
static bool index_reserve(memory_store *store) {
    config_index *index = &store->index;
    if (store->runs.n < index->n_buckets / 2)
        return true;
    config_index larger = {.n_buckets = index->n_buckets ? 2 * index->n_buckets : 128};
    larger.buckets = lw_calloc(larger.n_buckets, sizeof *larger.buckets);
    if (!larger.buckets)
        return false;
    for (size_t i = 0; i < store->runs.n; i++)
        index_add(&larger, store->runs.items[i]);
    lw_free(index->buckets);
    *index = larger;
    return true;
}

static void count(memory_run *run, int times) {
    lw_run_counts_add(&run->experiment->counts, run->run.status, run->run.origin, times);
}

static bool reserve_for_insert(memory_store *store, memory_experiment *experiment) {
    return experiment && run_list_reserve(&store->runs) && run_list_reserve(&experiment->runs) &&
           run_list_reserve(&experiment->open) && index_reserve(store);
}

static void link_run(memory_store *store, memory_experiment *experiment, memory_run *run) {
    run->experiment = experiment;
    run_list_add(&store->runs, run);
    run_list_add(&experiment->runs, run);
    if (lw_run_is_open(&run->run))
        run_list_add(&experiment->open, run);
    index_add(&store->index, run);
    count(run, 1);
    experiment->counts.changes++;
}

static int conflict_or_again(const lw_run *there, const lw_run *run, lw_error *error) {
    if (!lw_token_is_none(run->token) && lw_token_equal(there->token, run->token))
        return LW_OK;
    return lw_error_set(error, LW_ECONFLICT, "the id %lld is taken by another run", (long long)run->id);
}

int memory_run_insert(lw_store *base, const lw_run *run, lw_error *error) {
    memory_store *store = memory_lock(base);
    const memory_run *there = run_list_find(&store->runs, run->id);
    if (there)
        return memory_unlock(store, conflict_or_again(&there->run, run, error));
    memory_experiment *experiment = memory_need_experiment(store, run->experiment);
    memory_run *added = reserve_for_insert(store, experiment) ? memory_keep_run(store, run) : NULL;
    if (added)
        link_run(store, experiment, added);
    return memory_unlock(store, added ? LW_OK : lw_error_no_memory(error));
}

int memory_run_get(lw_store *base, int64_t id, lw_run *out, lw_error *error) {
    memory_store *store = memory_lock(base);
    const memory_run *run = run_list_find(&store->runs, id);
    return memory_unlock(store, run ? lw_run_copy(out, &run->run, error) : lw_run_not_found(id, error));
}

memory_run *memory_changeable_run(memory_store *store, int64_t id, int *code, lw_error *error) {
    memory_run *run = run_list_find(&store->runs, id);
    *code = run ? lw_run_check_changeable(id, run->run.status, run->run.origin, error) : lw_run_not_found(id, error);
    return *code == LW_OK ? run : NULL;
}

/* The list of open runs after the run changed; has room for it. */
static void update_open(memory_run *run, bool was_open) {
    bool is_open = lw_run_is_open(&run->run);
    if (was_open && !is_open)
        run_list_remove(&run->experiment->open, run);
    else if (!was_open && is_open)
        run_list_add(&run->experiment->open, run);
}

/* Changes a run through a function, and all that is kept about it. */
static int change(memory_store *store, memory_run *run, lw_run_modify_fn *modify, void *arg, lw_error *error) {
    if (!run_list_reserve(&run->experiment->open))
        return lw_error_no_memory(error);
    run_draft draft;
    int code = run_draft_begin(&draft, &run->run, error);
    if (code != LW_OK)
        return code;
    code = modify(arg, &draft.run, error);
    if (code != LW_OK) {
        run_draft_drop(&draft);
        return code;
    }
    bool was_open = lw_run_is_open(&run->run);
    index_remove(&store->index, run);
    count(run, -1);
    run_draft_keep(&draft, &run->run);
    count(run, 1);
    index_add(&store->index, run);
    update_open(run, was_open);
    run->experiment->counts.changes++;
    return LW_OK;
}

int memory_run_modify(lw_store *base, int64_t id, lw_run_modify_fn *modify, void *arg, lw_error *error) {
    memory_store *store = memory_lock(base);
    int code;
    memory_run *run = memory_changeable_run(store, id, &code, error);
    return memory_unlock(store, run ? change(store, run, modify, arg, error) : code);
}

static int beat(memory_store *store, lw_run *run, lw_token token, const char *captured_out, lw_error *error) {
    if (run->status != LW_STATUS_RUNNING || !lw_token_equal(run->token, token))
        return lw_error_set(error, LW_ECONFLICT, "run %lld is no longer run by this process", (long long)run->id);
    if (captured_out) {
        char *copy = lw_strdup(captured_out);
        if (!copy)
            return lw_error_no_memory(error);
        lw_free(run->captured_out);
        run->captured_out = copy;
    }
    run->heartbeat_ms = lw_clock_wall_ms(store->clock);
    return LW_OK;
}

int memory_run_beat(lw_store *base, int64_t id, lw_token token, const char *captured_out, lw_error *error) {
    memory_store *store = memory_lock(base);
    int code;
    memory_run *run = memory_changeable_run(store, id, &code, error);
    return memory_unlock(store, run ? beat(store, &run->run, token, captured_out, error) : code);
}

static int entomb(void *arg, lw_run *run, lw_error *error) {
    (void)arg;
    return lw_run_make_tombstone(run, error);
}

int memory_run_remove(lw_store *base, int64_t id, lw_error *error) {
    memory_store *store = memory_lock(base);
    memory_run *run = run_list_find(&store->runs, id);
    if (run && run->run.status == LW_STATUS_REMOVED)
        return memory_unlock(store, LW_OK);
    int code;
    run = memory_changeable_run(store, id, &code, error);
    if (run)
        code = change(store, run, entomb, NULL, error);
    if (code == LW_OK)
        memory_free_attachments(store, run);
    return memory_unlock(store, code);
}

int memory_run_counts(lw_store *base, const char *name, lw_run_counts *out, lw_error *error) {
    (void)error;
    memory_store *store = memory_lock(base);
    const memory_experiment *experiment = memory_find_experiment(store, name);
    if (experiment) {
        *out = experiment->counts;
        out->experiment_revision = experiment->revision;
    }
    out->last_id = store->runs.n ? store->runs.items[store->runs.n - 1]->run.id : 0;
    return memory_unlock(store, LW_OK);
}

int memory_config_count(lw_store *base, const char *name, const char *space, const uint8_t digest[LW_DIGEST_SIZE],
                        uint64_t *out, lw_error *error) {
    (void)error;
    memory_store *store = memory_lock(base);
    const memory_experiment *experiment = memory_find_experiment(store, name);
    uint64_t n = 0;
    for (const memory_run *run = experiment && store->index.n_buckets ? *bucket_of(&store->index, digest) : NULL; run;
         run = run->next_alike)
        n += run->experiment == experiment && memcmp(run->run.digest, digest, LW_DIGEST_SIZE) == 0 && run->run.space &&
             strcmp(run->run.space, space) == 0 && lw_run_outcome(&run->run) != LW_VOID;
    *out = n;
    return memory_unlock(store, LW_OK);
}
