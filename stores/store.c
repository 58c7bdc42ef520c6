/* The wrappers: arguments are checked here, once, and so no store needs to. */
#include <inttypes.h>
#include <string.h>

#include <labwatch/store.h>
#include <labwatch/sys/memory.h>
#include <labwatch/sys/text.h>

#include "run_sound.h"
#include "run_watch.h"

/* What a type's functions find instead of the caller's lw_error: never NULL, and empty, so that a code without a sentence is noticed. */
static lw_error *prepare(lw_error *own) {
    own->code = LW_OK;
    own->message[0] = '\0';
    return own;
}

/* Tells the caller, whose lw_error is left alone where all went well. A callback may have had no place for a sentence. */
static int report(int code, const lw_error *own, lw_error *given) {
    if (code == LW_OK || !given)
        return code;
    if (own->code == LW_OK)
        return lw_error_set(given, code, "the function that was called back ended it with code %d (%s)", code,
                            lw_code_text(code));
    *given = *own;
    return code;
}

static int missing(const char *what, lw_error *error) {
    return lw_error_set(error, LW_EINVAL, "%s is missing", what);
}

/* Names are text with at least one byte. */
static int check_name(const char *what, const char *name, lw_error *error) {
    if (!name)
        return missing(what, error);
    size_t length = strlen(name);
    if (length == 0)
        return lw_error_set(error, LW_EINVAL, "%s is empty", what);
    if (lw_utf8_invalid_at(name, length) != length)
        return lw_error_set(error, LW_EINVAL, "%s is not valid UTF-8", what);
    return LW_OK;
}

static int check_id(int64_t id, lw_error *error) {
    if (id == INT64_MAX) /* so that there is a next one after each */
        return lw_error_set(error, LW_EINVAL, "run ids end at %" PRId64 ", before %" PRId64, INT64_MAX - 1, id);
    if (id > 0)
        return LW_OK;
    return lw_error_set(error, LW_EINVAL, "run ids are whole numbers from 1, which %" PRId64 " is not", id);
}

static int check_store(const lw_store *store, bool writes, lw_error *error) {
    if (!store)
        return missing("the store", error);
    if (writes && store->read_only)
        return lw_error_set(error, LW_EUNSUPPORTED, "the store was opened to be read only");
    return LW_OK;
}

static int check_visit(const lw_store *store, bool has_visit, lw_error *error) {
    int code = check_store(store, false, error);
    return code != LW_OK || has_visit ? code : missing("the function to call", error);
}

int lw_store_experiment_get(lw_store *store, const char *name, lw_experiment_record_fn *visit, void *arg,
                            lw_error *error) {
    lw_error own, *given = error;
    error = prepare(&own);
    int code = check_visit(store, visit, error);
    if (code == LW_OK)
        code = check_name("the name of the experiment", name, error);
    return report(code == LW_OK ? store->type->experiment_get(store, name, visit, arg, error) : code, error, given);
}

int lw_store_experiment_put(lw_store *store, const lw_experiment_record *record, lw_error *error) {
    lw_error own, *given = error;
    error = prepare(&own);
    int code = check_store(store, true, error);
    if (code == LW_OK && (!record || !record->document))
        code = missing("the experiment's document", error);
    if (code == LW_OK && record->revision < 0)
        code = lw_error_set(error, LW_EINVAL, "the revision %" PRId64 " of an experiment is negative", record->revision);
    if (code == LW_OK)
        code = check_name("the name of the experiment", record->name, error);
    if (code == LW_OK && !run_is_sound(record->document, 0))
        code = lw_error_set(error, LW_EINVAL,
                            "the document of experiment '%.200s' is damaged, not UTF-8, or nested deeper than %d",
                            record->name, RUN_DEEPEST_NESTING);
    return report(code == LW_OK ? store->type->experiment_put(store, record, error) : code, error, given);
}

int lw_store_experiment_each(lw_store *store, lw_experiment_record_fn *visit, void *arg, lw_error *error) {
    lw_error own, *given = error;
    error = prepare(&own);
    int code = check_visit(store, visit, error);
    return report(code == LW_OK ? store->type->experiment_each(store, visit, arg, error) : code, error, given);
}

static int wrong_run(const lw_run *run, const char *what, lw_error *error) {
    return lw_error_set(error, LW_EINVAL, "run %" PRId64 ": %s", run->id, what);
}

/* What holds for every run in a store but tombstones and Sacred's runs under a text. known is run_check's. */
static int check_run(const lw_run *run, unsigned known, lw_error *error) {
    if (run->foreign_id)
        return wrong_run(run, "the id of a run that is put into a store must be a number", error);
    if ((unsigned)run->status >= LW_STATUS_REMOVED && run->status != LW_STATUS_OTHER)
        return wrong_run(run, "a run cannot be made or set REMOVED, only removed", error);
    if ((unsigned)run->origin > LW_ORIGIN_FOREIGN || (unsigned)run->failure > LW_FAILURE_USER)
        return wrong_run(run, "its origin or failure is none of the known ones", error);
    if (!run->config)
        return wrong_run(run, "it has no config", error);
    if (run->origin != LW_ORIGIN_FOREIGN && (!run->space || !run->space[0]))
        return wrong_run(run, "it does not name its space", error);
    return run_check(run, known, error);
}

int lw_store_run_insert(lw_store *store, const lw_run *run, lw_error *error) {
    lw_error own, *given = error;
    error = prepare(&own);
    int code = check_store(store, true, error);
    if (code == LW_OK && !run)
        code = missing("the run", error);
    if (code == LW_OK)
        code = check_id(run->id, error);
    if (code == LW_OK)
        code = check_name("the name of the run's experiment", run->experiment, error);
    if (code == LW_OK)
        code = check_run(run, 0, error);
    return report(code == LW_OK ? store->type->run_insert(store, run, error) : code, error, given);
}

int lw_store_run_get(lw_store *store, int64_t id, lw_run *out, lw_error *error) {
    lw_error own, *given = error;
    error = prepare(&own);
    int code = check_store(store, false, error);
    if (code == LW_OK && !out)
        code = missing("the place for the run", error);
    if (code == LW_OK)
        code = check_id(id, error);
    if (code != LW_OK)
        return report(code, error, given);
    lw_run_init(out);
    return report(store->type->run_get(store, id, out, error), error, given);
}

/* A modification whose outcome is checked before the store sees it. */
typedef struct checked_modification {
    lw_run_modify_fn *modify;
    void *arg;
} checked_modification;

static int modify_checked(void *arg, lw_run *run, lw_error *error) {
    const checked_modification *modification = arg;
    int64_t id = run->id;
    lw_origin origin = run->origin;
    const char *experiment = run->experiment;
    run_watch watch;
    run_watch_begin(&watch, run);
    int code = modification->modify(modification->arg, run, error);
    unsigned unchanged = run_watch_end(&watch, run);
    if (origin == LW_ORIGIN_FOREIGN && (code > LW_OK || (code == LW_OK && run->origin == origin)))
        return lw_run_check_changeable(id, run->status, origin, error);
    if (code != LW_OK)
        return code;
    bool adopted = origin == LW_ORIGIN_FOREIGN && run->origin == LW_ORIGIN_OWN;
    if (run->id != id || (run->origin != origin && !adopted) || run->experiment != experiment)
        return wrong_run(run, "a modification must not change id, origin or experiment", error);
    return check_run(run, unchanged, error);
}

int lw_store_run_modify(lw_store *store, int64_t id, lw_run_modify_fn *modify, void *arg, lw_error *error) {
    lw_error own, *given = error;
    error = prepare(&own);
    int code = check_store(store, true, error);
    if (code == LW_OK && !modify)
        code = missing("the modification", error);
    if (code == LW_OK)
        code = check_id(id, error);
    checked_modification modification = {modify, arg};
    return report(code == LW_OK ? store->type->run_modify(store, id, modify_checked, &modification, error) : code, error, given);
}

static int check_beat(lw_beat *beat, lw_error *error) {
    const char *output = beat->captured_out;
    beat->refusal = (lw_error){0};
    int code = check_id(beat->id, error);
    if (code == LW_OK && output && output[0])
        code = check_name("the captured output", output, error);
    if (code == LW_OK && output && strlen(output) > RUN_LARGEST)
        code = lw_error_set(error, LW_EUNSUPPORTED, "the captured output is too large for a document");
    return code;
}

/* The sound ones are sent, and what became of them is put beside the others' refusals. */
static int send_sound_beats(lw_store *store, lw_beat *beats, size_t n, lw_error *error) {
    lw_beat *sound = lw_reallocarray(NULL, n, sizeof *sound);
    size_t n_sound = 0;
    if (!sound)
        return lw_error_no_memory(error);
    for (size_t i = 0; i < n; i++)
        if (beats[i].refusal.code == LW_OK)
            sound[n_sound++] = beats[i];
    int code = n_sound > 0 ? store->type->run_beats(store, sound, n_sound, error) : LW_OK;
    for (size_t i = n; i > 0; i--)
        if (beats[i - 1].refusal.code == LW_OK)
            beats[i - 1].refusal = sound[--n_sound].refusal;
    lw_free(sound);
    return code;
}

int lw_store_run_beats(lw_store *store, lw_beat *beats, size_t n, lw_error *error) {
    lw_error own, *given = error;
    error = prepare(&own);
    int code = check_store(store, true, error);
    bool all_sound = true;
    if (code == LW_OK && n > 0 && !beats)
        code = missing("the beats", error);
    for (size_t i = 0; i < n && code == LW_OK; i++)
        all_sound &= check_beat(&beats[i], &beats[i].refusal) == LW_OK;
    if (code == LW_OK && n > 0)
        code = all_sound ? store->type->run_beats(store, beats, n, error) : send_sound_beats(store, beats, n, error);
    return report(code, error, given);
}

int lw_store_run_remove(lw_store *store, int64_t id, lw_error *error) {
    lw_error own, *given = error;
    error = prepare(&own);
    int code = check_store(store, true, error);
    if (code == LW_OK)
        code = check_id(id, error);
    return report(code == LW_OK ? store->type->run_remove(store, id, error) : code, error, given);
}

static int check_query(const lw_run_query *query, lw_error *error) {
    if (!query)
        return missing("the query", error);
    if ((unsigned)query->order > LW_ORDER_COST)
        return lw_error_set(error, LW_EINVAL, "the order of a query is none of the known ones");
    for (size_t i = 1; query->ids && i < query->n_ids; i++)
        if (query->ids[i] <= query->ids[i - 1])
            return lw_error_set(error, LW_EINVAL, "the ids of a query must ascend");
    return LW_OK;
}

int lw_store_run_each(lw_store *store, const lw_run_query *query, lw_run_fn *visit, void *arg, lw_error *error) {
    lw_error own, *given = error;
    error = prepare(&own);
    int code = check_visit(store, visit, error);
    if (code == LW_OK)
        code = check_query(query, error);
    return report(code == LW_OK ? store->type->run_each(store, query, visit, arg, error) : code, error, given);
}

int lw_store_row_each(lw_store *store, const lw_run_query *query, lw_run_row_fn *visit, void *arg, lw_error *error) {
    lw_error own, *given = error;
    error = prepare(&own);
    int code = check_visit(store, visit, error);
    if (code == LW_OK)
        code = check_query(query, error);
    return report(code == LW_OK ? store->type->row_each(store, query, visit, arg, error) : code, error, given);
}

int lw_store_run_counts(lw_store *store, const char *experiment, lw_run_counts *out, lw_error *error) {
    lw_error own, *given = error;
    error = prepare(&own);
    int code = check_store(store, false, error);
    if (code == LW_OK && !out)
        code = missing("the place for the counts", error);
    if (code == LW_OK)
        code = check_name("the name of the experiment", experiment, error);
    if (code != LW_OK)
        return report(code, error, given);
    *out = (lw_run_counts){0};
    return report(store->type->run_counts(store, experiment, out, error), error, given);
}

int lw_store_unreadable_count(lw_store *store, const char *experiment, uint64_t *out, lw_error *error) {
    lw_error own, *given = error;
    error = prepare(&own);
    int code = check_store(store, false, error);
    if (code == LW_OK && !out)
        code = missing("the place for the count", error);
    if (code == LW_OK && experiment)
        code = check_name("the name of the experiment", experiment, error);
    return report(code == LW_OK ? store->type->unreadable_count(store, experiment, out, error) : code, error, given);
}

int lw_store_config_count(lw_store *store, const char *experiment, const char *space,
                          const uint8_t digest[LW_DIGEST_SIZE], uint64_t *out, int64_t *changes, lw_error *error) {
    int64_t unwanted;
    lw_error own, *given = error;
    error = prepare(&own);
    int code = check_store(store, false, error);
    if (code == LW_OK && (!digest || !out))
        code = missing("the digest or the place for the count", error);
    if (code == LW_OK)
        code = check_name("the name of the experiment", experiment, error);
    if (code == LW_OK)
        code = check_name("the name of the space", space, error);
    if (code == LW_OK)
        code = store->type->config_count(store, experiment, space, digest, out, changes ? changes : &unwanted, error);
    return report(code, error, given);
}

int lw_store_metric_append(lw_store *store, int64_t run_id, const char *name, const lw_metric_point *points, size_t n,
                           lw_error *error) {
    lw_error own, *given = error;
    error = prepare(&own);
    int code = check_store(store, true, error);
    if (code == LW_OK)
        code = check_id(run_id, error);
    if (code == LW_OK)
        code = check_name("the name of the metric", name, error);
    if (code == LW_OK && n > 0 && !points)
        code = missing("the points of the metric", error);
    return report(code == LW_OK ? store->type->metric_append(store, run_id, name, points, n, error) : code, error, given);
}

int lw_store_metric_each(lw_store *store, int64_t run_id, lw_metric_fn *visit, void *arg, lw_error *error) {
    lw_error own, *given = error;
    error = prepare(&own);
    int code = check_visit(store, visit, error);
    if (code == LW_OK)
        code = check_id(run_id, error);
    return report(code == LW_OK ? store->type->metric_each(store, run_id, visit, arg, error) : code, error, given);
}

static int check_file(int64_t run_id, lw_file_kind kind, const char *name, bool has_function, lw_error *error) {
    if (!has_function)
        return missing("the function to call", error);
    if ((unsigned)kind > LW_FILE_SOURCE)
        return lw_error_set(error, LW_EINVAL, "the kind of a file is none of the known ones");
    int code = check_id(run_id, error);
    return code == LW_OK ? check_name("the name of the file", name, error) : code;
}

int lw_store_file_put(lw_store *store, int64_t run_id, lw_file_kind kind, const char *name, lw_read_fn *read, void *arg,
                      lw_error *error) {
    lw_error own, *given = error;
    error = prepare(&own);
    int code = check_store(store, true, error);
    if (code == LW_OK)
        code = check_file(run_id, kind, name, read, error);
    return report(code == LW_OK ? store->type->file_put(store, run_id, kind, name, read, arg, error) : code, error, given);
}

int lw_store_file_get(lw_store *store, int64_t run_id, lw_file_kind kind, const char *name, lw_write_fn *write,
                      void *arg, lw_error *error) {
    lw_error own, *given = error;
    error = prepare(&own);
    int code = check_store(store, false, error);
    if (code == LW_OK)
        code = check_file(run_id, kind, name, write, error);
    return report(code == LW_OK ? store->type->file_get(store, run_id, kind, name, write, arg, error) : code, error, given);
}

int lw_store_file_each(lw_store *store, int64_t run_id, lw_file_fn *visit, void *arg, lw_error *error) {
    lw_error own, *given = error;
    error = prepare(&own);
    int code = check_visit(store, visit, error);
    if (code == LW_OK)
        code = check_id(run_id, error);
    return report(code == LW_OK ? store->type->file_each(store, run_id, visit, arg, error) : code, error, given);
}

int lw_store_cache_put(lw_store *store, const char *key, const void *bytes, size_t size, lw_error *error) {
    lw_error own, *given = error;
    error = prepare(&own);
    int code = check_store(store, true, error);
    if (code == LW_OK)
        code = check_name("the key", key, error);
    if (code == LW_OK && size > 0 && !bytes)
        code = missing("what is to be kept", error);
    return report(code == LW_OK ? store->type->cache_put(store, key, bytes, size, error) : code, error, given);
}

/* What cache_get hands over, as one piece of memory. */
typedef struct taken_bytes {
    void *bytes;
    size_t size;
} taken_bytes;

static int take_bytes(void *arg, const void *bytes, size_t size, lw_error *error) {
    taken_bytes *taken = arg;
    taken->bytes = lw_malloc(size);
    if (!taken->bytes)
        return lw_error_no_memory(error);
    if (size > 0)
        memcpy(taken->bytes, bytes, size);
    taken->size = size;
    return LW_OK;
}

int lw_store_cache_get(lw_store *store, const char *key, void **out, size_t *size, lw_error *error) {
    lw_error own, *given = error;
    error = prepare(&own);
    int code = check_store(store, false, error);
    if (code == LW_OK && (!out || !size))
        code = missing("the place for what was kept", error);
    if (code == LW_OK)
        code = check_name("the key", key, error);
    if (code != LW_OK)
        return report(code, error, given);
    taken_bytes taken = {0};
    code = store->type->cache_get(store, key, take_bytes, &taken, error);
    if (code != LW_OK) {
        lw_free(taken.bytes);
        return report(code, error, given);
    }
    *out = taken.bytes;
    *size = taken.size;
    return LW_OK;
}
