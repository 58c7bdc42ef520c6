/* The memory store: opening, closing, experiments, and the type object. */
#include <inttypes.h>
#include <string.h>

#include <labwatch/sys/memory.h>

#include "memory_parts.h"

memory_store *memory_lock(lw_store *store) {
    memory_store *memory = (memory_store *)store;
    pthread_mutex_lock(&memory->lock);
    return memory;
}

int memory_unlock(memory_store *store, int code) {
    pthread_mutex_unlock(&store->lock);
    return code;
}

static int memory_open(lw_store **out, const char *address, const lw_store_setup *setup, lw_error *error) {
    if (address[0])
        return lw_error_set(error, LW_EINVAL,
                            "memory:%.200s has a name, but memory stores have none: each one that is opened with "
                            "memory: is new",
                            address);
    if (setup->must_exist)
        return lw_error_set(error, LW_ENOTFOUND, "memory: is a new store each time, so there is none to be opened");
    memory_store *store = lw_calloc(1, sizeof *store);
    if (!store)
        return lw_error_no_memory(error);
    if (pthread_mutex_init(&store->lock, NULL) != 0) {
        lw_free(store);
        return lw_error_no_memory(error);
    }
    store->clock = setup->clock;
    *out = &store->base;
    return LW_OK;
}

static void free_experiment(memory_experiment *experiment) {
    if (experiment->document)
        bson_destroy(experiment->document);
    lw_free(experiment->name);
    lw_run_release(&experiment->pattern);
    lw_free(experiment->runs.slots);
    lw_free(experiment->open.slots);
    lw_free(experiment);
}

static void memory_close(lw_store *base) {
    memory_store *store = (memory_store *)base;
    memory_free_runs(store);
    for (size_t i = 0; i < store->n_experiments; i++)
        free_experiment(store->experiments[i]);
    memory_free_cache(&store->cache);
    lw_free(store->experiments);
    pthread_mutex_destroy(&store->lock);
    lw_free(store);
}

/* Place of the first experiment whose name is not before name. */
static size_t experiment_at(const memory_store *store, const char *name) {
    size_t low = 0, high = store->n_experiments;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(store->experiments[middle]->name, name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

memory_experiment *memory_find_experiment(const memory_store *store, const char *name) {
    size_t at = experiment_at(store, name);
    bool found = at < store->n_experiments && strcmp(store->experiments[at]->name, name) == 0;
    return found ? store->experiments[at] : NULL;
}

memory_experiment *memory_need_experiment(memory_store *store, const char *name) {
    memory_experiment *found = memory_find_experiment(store, name);
    if (found)
        return found;
    if (!lw_array_reserve(&store->experiments, &store->experiments_capacity, store->n_experiments,
                          sizeof *store->experiments))
        return NULL;
    memory_experiment *experiment = lw_calloc(1, sizeof *experiment);
    if (!experiment)
        return NULL;
    experiment->name = lw_strdup(name);
    if (!experiment->name) {
        lw_free(experiment);
        return NULL;
    }
    size_t at = experiment_at(store, name);
    memmove(&store->experiments[at + 1], &store->experiments[at],
            (store->n_experiments - at) * sizeof *store->experiments);
    store->experiments[at] = experiment;
    store->n_experiments++;
    return experiment;
}

static lw_experiment_record record_of(const memory_experiment *experiment) {
    return (lw_experiment_record){experiment->name, experiment->revision, experiment->document};
}

static int memory_experiment_get(lw_store *base, const char *name, lw_experiment_record_fn *visit, void *arg,
                                 lw_error *error) {
    memory_store *store = memory_lock(base);
    const memory_experiment *experiment = memory_find_experiment(store, name);
    if (!experiment || experiment->revision == 0)
        return memory_unlock(store, lw_error_set(error, LW_ENOTFOUND,
                                                 "there is no experiment '%.200s' in the store", name));
    lw_experiment_record record = record_of(experiment);
    return memory_unlock(store, visit(arg, &record));
}

static int put_experiment(memory_store *store, const lw_experiment_record *record, lw_error *error) {
    memory_experiment *experiment = memory_need_experiment(store, record->name);
    if (!experiment)
        return lw_error_no_memory(error);
    if (experiment->revision != record->revision)
        return lw_error_set(error, LW_ECONFLICT,
                            "experiment '%.200s' is at revision %" PRId64 " in the store, not at %" PRId64, record->name,
                            experiment->revision, record->revision);
    if (experiment->document)
        bson_destroy(experiment->document);
    experiment->document = bson_copy(record->document);
    experiment->revision++;
    return LW_OK;
}

static int memory_experiment_put(lw_store *base, const lw_experiment_record *record, lw_error *error) {
    memory_store *store = memory_lock(base);
    return memory_unlock(store, put_experiment(store, record, error));
}

static int memory_experiment_each(lw_store *base, lw_experiment_record_fn *visit, void *arg, lw_error *error) {
    (void)error;
    memory_store *store = memory_lock(base);
    int code = LW_OK;
    for (size_t i = 0; i < store->n_experiments && code == LW_OK; i++) {
        lw_experiment_record record = record_of(store->experiments[i]);
        if (record.revision > 0)
            code = visit(arg, &record);
    }
    return memory_unlock(store, code);
}

const lw_store_type lw_store_memory = {
    .scheme = "memory",
    .summary = "memory:, in the process that opens it and gone with it",
    .open = memory_open,
    .close = memory_close,
    .experiment_get = memory_experiment_get,
    .experiment_put = memory_experiment_put,
    .experiment_each = memory_experiment_each,
    .run_insert = memory_run_insert,
    .run_get = memory_run_get,
    .run_modify = memory_run_modify,
    .run_beats = memory_run_beats,
    .run_remove = memory_run_remove,
    .run_each = memory_run_each,
    .row_each = memory_row_each,
    .run_counts = memory_run_counts,
    .config_count = memory_config_count,
    .metric_append = memory_metric_append,
    .metric_each = memory_metric_each,
    .file_put = memory_file_put,
    .file_get = memory_file_get,
    .file_each = memory_file_each,
    .cache_put = memory_cache_put,
    .cache_get = memory_cache_get,
    .unreadable_count = lw_store_reads_all,
};
