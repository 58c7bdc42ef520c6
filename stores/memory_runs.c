/* The memory store: runs one by one. */
#include <string.h>

#include <labwatch/sys/memory.h>

#include "memory_parts.h"

static void count(memory_run *run, int times) {
    lw_run_counts_add(&run->experiment->counts, (lw_status)run->status, (lw_origin)run->origin, times);
}

/* What the pack is kept with. */
static void describe(memory_run *out, const lw_run *run) {
    out->id = run->id;
    out->config = config_hash(run->digest);
    out->cost = run->cost;
    out->status = (int8_t)run->status;
    out->origin = (int8_t)run->origin;
    out->open = lw_run_is_open(run);
}

/* ---- inserting ---- */

static bool reserve_for_insert(memory_store *store, memory_experiment *experiment) {
    return experiment && run_list_reserve(&store->runs) && run_list_reserve(&experiment->runs) &&
           run_list_reserve(&experiment->open) && config_index_reserve(&store->index, &store->runs);
}

/* Enters the run in all lists, which have room for it. */
static void enter(memory_store *store, memory_run *run) {
    run_list_add(&store->runs, run);
    run_list_add(&run->experiment->runs, run);
    if (run->open)
        run_list_add(&run->experiment->open, run);
    config_index_add(&store->index, run);
    count(run, 1);
    run->experiment->counts.changes++;
}

/* Without its config, which is every run's own. */
static bool need_pattern(memory_experiment *experiment, const lw_run *first) {
    if (experiment->pattern.experiment)
        return true;
    lw_run pattern = *first;
    pattern.config = NULL;
    return lw_run_copy(&experiment->pattern, &pattern, NULL) == LW_OK;
}

static int insert(memory_store *store, const lw_run *run, lw_error *error) {
    memory_experiment *experiment = memory_need_experiment(store, run->experiment);
    bool ready = reserve_for_insert(store, experiment) && need_pattern(experiment, run);
    run_pack *pack = ready ? run_pack_new(run, &experiment->pattern) : NULL;
    memory_run *added = pack ? lw_arena_get(&store->places, 1, sizeof *added) : NULL;
    if (!added) {
        store->places.failed = false; /* the next run may find memory again */
        lw_free(pack);
        return lw_error_no_memory(error);
    }
    describe(added, run);
    added->experiment = experiment;
    added->pack = pack;
    enter(store, added);
    return LW_OK;
}

static int conflict_or_again(const memory_run *there, const lw_run *run, lw_error *error) {
    run_unpacked known;
    memory_unpack(there, &known);
    if (!lw_token_is_none(run->token) && lw_token_equal(known.run.token, run->token))
        return LW_OK;
    return lw_error_set(error, LW_ECONFLICT, "the id %lld is taken by another run", (long long)run->id);
}

int memory_run_insert(lw_store *base, const lw_run *run, lw_error *error) {
    memory_store *store = memory_lock(base);
    const memory_run *there = run_list_find(&store->runs, run->id);
    return memory_unlock(store, there ? conflict_or_again(there, run, error) : insert(store, run, error));
}

/* ---- reading ---- */

void memory_unpack(const memory_run *run, run_unpacked *out) {
    run_unpack(run->pack, &run->experiment->pattern, out);
}

int memory_run_get(lw_store *base, int64_t id, lw_run *out, lw_error *error) {
    memory_store *store = memory_lock(base);
    const memory_run *run = run_list_find(&store->runs, id);
    if (!run)
        return memory_unlock(store, lw_run_not_found(id, error));
    run_unpacked unpacked;
    memory_unpack(run, &unpacked);
    return memory_unlock(store, lw_run_copy(out, &unpacked.run, error));
}

int memory_run_counts(lw_store *base, const char *name, lw_run_counts *out, lw_error *error) {
    (void)error;
    memory_store *store = memory_lock(base);
    const memory_experiment *experiment = memory_find_experiment(store, name);
    if (experiment) {
        *out = experiment->counts;
        out->experiment_revision = experiment->revision;
    }
    out->last_id = store->runs.n ? store->runs.items[store->runs.n - 1]->id : 0;
    return memory_unlock(store, LW_OK);
}

static bool takes_config(const memory_run *run, const char *space, const uint8_t digest[LW_DIGEST_SIZE]) {
    run_unpacked unpacked;
    memory_unpack(run, &unpacked);
    return memcmp(unpacked.run.digest, digest, LW_DIGEST_SIZE) == 0 && unpacked.run.space &&
           strcmp(unpacked.run.space, space) == 0 && lw_run_outcome(&unpacked.run) != LW_VOID;
}

int memory_config_count(lw_store *base, const char *name, const char *space, const uint8_t digest[LW_DIGEST_SIZE],
                        uint64_t *out, int64_t *changes, lw_error *error) {
    (void)error;
    memory_store *store = memory_lock(base);
    const memory_experiment *experiment = memory_find_experiment(store, name);
    uint64_t n = 0;
    const memory_run *run = experiment ? config_index_find(&store->index, config_hash(digest)) : NULL;
    for (; run; run = config_index_next(run))
        n += run->experiment == experiment && takes_config(run, space, digest);
    *out = n;
    *changes = experiment ? experiment->counts.changes : 0;
    return memory_unlock(store, LW_OK);
}

/* ---- changing ---- */

memory_run *memory_changeable_run(memory_store *store, int64_t id, int *code, lw_error *error) {
    memory_run *run = run_list_find(&store->runs, id);
    *code = run ? lw_run_check_changeable(id, (lw_status)run->status, (lw_origin)run->origin, error)
                : lw_run_not_found(id, error);
    return *code == LW_OK ? run : NULL;
}

/* The run becomes what its changed version is, in all lists. */
static void replace(memory_store *store, memory_run *run, const lw_run *changed, run_pack *pack) {
    bool was_open = run->open, other_config = run->config != config_hash(changed->digest);
    if (other_config)
        config_index_remove(&store->index, run);
    count(run, -1);
    lw_free(run->pack);
    run->pack = pack;
    describe(run, changed);
    count(run, 1);
    if (other_config)
        config_index_add(&store->index, run);
    if (was_open && !run->open)
        run_list_remove(&run->experiment->open, run);
    else if (!was_open && run->open)
        run_list_add(&run->experiment->open, run);
}

/* Changes a run through a function; one that is refused leaves no trace. */
static int change(memory_store *store, memory_run *run, lw_run_modify_fn *modify, void *arg, lw_error *error) {
    const lw_run *pattern = &run->experiment->pattern;
    run_unpacked draft;
    if (!run_list_reserve(&run->experiment->open))
        return lw_error_no_memory(error);
    int code = run_unpack_to_change(run->pack, pattern, &draft, error);
    if (code != LW_OK)
        return code;
    code = modify(arg, &draft.run, error);
    run_pack *pack = code == LW_OK ? run_pack_new(&draft.run, pattern) : NULL;
    if (code == LW_OK && !pack)
        code = lw_error_no_memory(error);
    if (code == LW_OK)
        replace(store, run, &draft.run, pack);
    lw_run_release(&draft.run);
    return code;
}

int memory_run_modify(lw_store *base, int64_t id, lw_run_modify_fn *modify, void *arg, lw_error *error) {
    memory_store *store = memory_lock(base);
    memory_run *run = run_list_find(&store->runs, id);
    int code = run ? lw_run_check_modifiable(id, (lw_status)run->status, (lw_origin)run->origin, error)
                   : lw_run_not_found(id, error);
    if (code == LW_OK)
        code = change(store, run, modify, arg, error);
    if (code == LW_OK)
        run->experiment->counts.changes++;
    return memory_unlock(store, code);
}

static int change_beaten(lw_store *base, int64_t id, lw_run_modify_fn *modify, void *arg, lw_error *error) {
    memory_store *store = memory_lock(base);
    int code;
    memory_run *run = memory_changeable_run(store, id, &code, error);
    if (run)
        code = change(store, run, modify, arg, error);
    return memory_unlock(store, code);
}

typedef struct heartbeat {
    lw_token token;
    const char *captured_out;
    const lw_clock *clock;
} heartbeat;

static int beat(void *arg, lw_run *run, lw_error *error) {
    const heartbeat *self = arg;
    if (run->status != LW_STATUS_RUNNING || !lw_token_equal(run->token, self->token))
        return lw_run_not_yours(run->id, error);
    if (self->captured_out) {
        char *copy = lw_strdup(self->captured_out);
        if (!copy)
            return lw_error_no_memory(error);
        lw_free(run->captured_out);
        run->captured_out = copy;
    }
    run->heartbeat_ms = lw_clock_wall_ms(self->clock);
    return LW_OK;
}

int memory_run_beats(lw_store *base, lw_beat *beats, size_t n, lw_error *error) {
    int code = LW_OK;
    for (size_t i = 0; i < n && code == LW_OK; i++) {
        heartbeat sent = {beats[i].token, beats[i].captured_out, ((memory_store *)base)->clock};
        code = lw_beat_settle(&beats[i], change_beaten(base, beats[i].id, beat, &sent, error), error);
    }
    return code;
}

static int entomb(void *arg, lw_run *run, lw_error *error) {
    (void)arg;
    return lw_run_make_tombstone(run, error);
}

int memory_run_remove(lw_store *base, int64_t id, lw_error *error) {
    memory_store *store = memory_lock(base);
    memory_run *run = run_list_find(&store->runs, id);
    if (run && run->status == LW_STATUS_REMOVED)
        return memory_unlock(store, LW_OK);
    int code;
    run = memory_changeable_run(store, id, &code, error);
    if (run)
        code = change(store, run, entomb, NULL, error);
    if (code != LW_OK)
        return memory_unlock(store, code);
    run->experiment->counts.changes++;
    memory_free_attachments(store, run);
    return memory_unlock(store, LW_OK);
}

void memory_free_runs(memory_store *store) {
    for (size_t i = 0; i < store->runs.n; i++) {
        memory_free_attachments(store, store->runs.items[i]);
        lw_free(store->runs.items[i]->pack);
    }
    lw_free(store->runs.slots);
    lw_free(store->index.buckets);
    lw_arena_release(&store->places);
}
