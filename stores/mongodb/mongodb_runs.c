/* The MongoDB store: runs one by one. */
#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "mongodb_internal.h"

/* ---- what is known of a run without reading all of it ---- */

static lw_token token_of(const bson_t *document) {
    bson_iter_t token;
    lw_token none = {{0}}, found;
    if (!mongo_find_value(document, "labwatch.token", &token) || !BSON_ITER_HOLDS_BINARY(&token))
        return none;
    bson_subtype_t kind;
    uint32_t length;
    const uint8_t *bytes;
    bson_iter_binary(&token, &kind, &length, &bytes);
    if (length != sizeof found)
        return none;
    memcpy(&found, bytes, sizeof found);
    return found;
}

void mongo_read_state(const bson_t *document, mongo_run_state *out) {
    bson_iter_t status;
    *out = (mongo_run_state){.exists = true};
    out->own = mongo_is_own(document);
    out->token = token_of(document);
    bool text = bson_iter_init_find(&status, document, "status") && BSON_ITER_HOLDS_UTF8(&status);
    out->status = text ? lw_status_by_name(bson_iter_utf8(&status, NULL)) : LW_STATUS_OTHER;
}

void mongo_append_state_fields(bson_t *projection) {
    BCON_APPEND(projection, "status", BCON_INT32(1), "labwatch.token", BCON_INT32(1), "labwatch.revision",
                BCON_INT32(1));
}

static int get_state(mongo_store *store, int64_t id, mongo_run_state *out, lw_error *error) {
    bson_t *filter = mongo_filter_by_id(id), *document;
    bson_t projection = BSON_INITIALIZER;
    mongo_append_state_fields(&projection);
    *out = (mongo_run_state){0};
    int code = mongo_find_one(store, MONGO_RUNS, filter, &projection, &document, error);
    if (code == LW_OK && document) {
        mongo_read_state(document, out);
        bson_destroy(document);
    }
    bson_destroy(filter);
    bson_destroy(&projection);
    return code;
}

int mongo_check_state(int64_t id, const mongo_run_state *state, lw_error *error) {
    return state->exists
               ? lw_run_check_changeable(id, state->status, state->own ? LW_ORIGIN_OWN : LW_ORIGIN_FOREIGN, error)
               : lw_run_not_found(id, error);
}

int mongo_check_changeable(mongo_store *store, int64_t id, lw_error *error) {
    mongo_run_state state;
    int code = get_state(store, id, &state, error);
    return code == LW_OK ? mongo_check_state(id, &state, error) : code;
}

int mongo_touch(mongo_store *store, int64_t id, const char *operation, const bson_t *fields, lw_error *error) {
    bson_t *filter = mongo_filter_by_id(id), update = BSON_INITIALIZER;
    BCON_APPEND(filter, "labwatch.revision", "{", "$exists", BCON_BOOL(true), "}", "status", "{", "$ne", "REMOVED",
                "}");
    if (operation) {
        mongo_append_stamp(&update, NULL, mongo_new_revision());
        bson_append_document(&update, operation, -1, fields);
        mongo_known_drop(store, id);
    } else {
        BCON_APPEND(&update, "$currentDate", "{", "labwatch.changed", "{", "$type", "timestamp", "}", "}");
    }
    mongo_outcome outcome;
    int code = mongo_update(store, MONGO_RUNS, filter, &update, false, &outcome, error);
    if (code == LW_OK && outcome.matched == 0)
        code = lw_run_not_found(id, error);
    mongo_wrote(store);
    bson_destroy(filter);
    bson_destroy(&update);
    return code;
}

/* ---- inserting ---- */

/*
 * Others look for new runs above the highest id that they know. A run that is not the next one may lie below: so it is
 * marked as changed. Ids are mostly given out by those who have just looked, so this is rare.
 */
static int announce(mongo_store *store, const lw_run *run, int64_t last_id, lw_error *error) {
    if (run->id == last_id + 1 || run->origin == LW_ORIGIN_FOREIGN)
        return LW_OK;
    int code = mongo_touch(store, run->id, NULL, NULL, error);
    return code == LW_ENOTFOUND ? LW_OK : code; /* it was removed meanwhile, which tells it too */
}

static void note_next(mongo_store *store, int64_t id) {
    pthread_mutex_lock(&store->mirror_lock);
    if (store->last_id >= 0 && id == store->last_id + 1)
        store->last_id = id;
    pthread_mutex_unlock(&store->mirror_lock);
}

/* repeated: the first try may have been done, and then the majority may not have it yet. */
static int conflict_or_again(mongo_store *store, const lw_run *run, bool repeated, lw_error *error) {
    mongo_run_state there;
    int code = get_state(store, run->id, &there, error);
    if (code != LW_OK)
        return code;
    if (!there.exists && repeated)
        return lw_error_set(error, LW_EUNAVAILABLE, "%s does not tell yet who has the id %" PRId64, store->place,
                            run->id);
    if (there.exists && !lw_token_is_none(run->token) && lw_token_equal(there.token, run->token))
        return LW_OK;
    return lw_error_set(error, LW_ECONFLICT, "the id %" PRId64 " is taken by another run", run->id);
}

int mongo_run_insert(lw_store *base, const lw_run *run, lw_error *error) {
    mongo_store *store;
    bson_t document;
    mongo_outcome outcome;
    int code = mongo_enter(&store, base, error);
    if (code == LW_OK)
        code = mongo_document_of(run, mongo_new_revision(), &document, error);
    if (code != LW_OK)
        return code;
    pthread_mutex_lock(&store->mirror_lock);
    int64_t last_id = store->last_id;
    if (run->origin == LW_ORIGIN_FOREIGN) /* nothing tells that it is there, if it is not the next one */
        mongo_mirrors_free(store);
    pthread_mutex_unlock(&store->mirror_lock);
    code = mongo_insert(store, MONGO_RUNS, &document, &outcome, error);
    mongo_wrote(store);
    if (code == LW_OK && outcome.duplicate)
        code = conflict_or_again(store, run, outcome.repeated, error);
    else if (code == LW_OK && run->origin != LW_ORIGIN_FOREIGN)
        mongo_known_put(store, run->id, bson_copy(&document));
    bson_destroy(&document);
    if (code == LW_OK)
        code = announce(store, run, last_id, error);
    if (code == LW_OK)
        note_next(store, run->id);
    return code;
}

/* ---- reading ---- */

static int read_stored(mongo_store *store, int64_t id, bson_t **out, lw_error *error) {
    bson_t *filter = mongo_filter_by_id(id);
    int code = mongo_find_one(store, MONGO_RUNS, filter, NULL, out, error);
    bson_destroy(filter);
    return code == LW_OK && !*out ? lw_run_not_found(id, error) : code;
}

int mongo_run_get(lw_store *base, int64_t id, lw_run *out, lw_error *error) {
    mongo_store *store;
    bson_t *document;
    int code = mongo_enter(&store, base, error);
    if (code == LW_OK)
        code = read_stored(store, id, &document, error);
    if (code != LW_OK)
        return code;
    code = mongo_read_run(out, document, error);
    bson_destroy(document);
    return code;
}

/* ---- modifying: a function is called with the run, and what it made of it replaces the one that it was called with
 * ---- */

typedef struct modification {
    mongo_store *store;
    int64_t id;
    lw_run_modify_fn *modify;
    void *arg;
    bson_t *stored;   /* the document that was read */
    bool known;       /* it was not read now, but written by this store before */
    int64_t revision; /* of the last update that was sent; 0: none */
} modification;

/* Servers are known that keep more of a time than the milliseconds that they tell. */
static void append_moment(bson_t *filter, const char *name, int64_t time_ms) {
    bson_t range;
    bson_append_document_begin(filter, name, -1, &range);
    bson_append_date_time(&range, "$gte", -1, time_ms);
    bson_append_date_time(&range, "$lt", -1, time_ms + 1);
    bson_append_document_end(filter, &range);
}

/* The run as it was when it was read; a beat of another process must not go unnoticed by a function that has seen the
 * heartbeat. */
static bson_t *filter_of(const modification *self) {
    bson_t *filter = mongo_filter_by_id(self->id);
    bson_iter_t value;
    if (mongo_find_value(self->stored, "labwatch.revision", &value))
        bson_append_iter(filter, "labwatch.revision", -1, &value);
    else
        BCON_APPEND(filter, "labwatch.revision", "{", "$exists", BCON_BOOL(false), "}");
    if (bson_iter_init_find(&value, self->stored, "status"))
        bson_append_iter(filter, "status", -1, &value);
    if (!self->known && bson_iter_init_find(&value, self->stored, "heartbeat") && BSON_ITER_HOLDS_DATE_TIME(&value))
        append_moment(filter, "heartbeat", bson_iter_date_time(&value));
    else if (!self->known && bson_iter_init_find(&value, self->stored, "heartbeat"))
        bson_append_iter(filter, "heartbeat", -1, &value);
    return filter;
}

/* What is stored after the update, as far as the next modification needs it. */
static void know(const modification *self, const lw_run *run) {
    bson_t document;
    lw_error error;
    mongo_known_drop(self->store, self->id);
    if (!lw_run_is_open(run) || mongo_lists_anything(self->stored) ||
        mongo_document_of(run, self->revision, &document, &error) != LW_OK)
        return;
    mongo_known_put(self->store, self->id, bson_copy(&document));
    bson_destroy(&document);
}

/* *done: it is stored. Not done without an error: the run is another one by now. */
static int send_change(modification *self, const bson_t *before, const lw_run *run, bool *done, lw_error *error) {
    bson_t update, *filter = filter_of(self);
    mongo_outcome outcome = {0};
    self->revision = mongo_new_revision();
    int code = mongo_difference(self->stored, before, run, self->revision, &update, error);
    if (code == LW_OK) {
        code = mongo_update(self->store, MONGO_RUNS, filter, &update, false, &outcome, error);
        bson_destroy(&update);
        mongo_wrote(self->store);
    }
    *done = outcome.matched > 0;
    bson_destroy(filter);
    return code;
}

static int modify_stored(modification *self, bool *done, lw_error *error) {
    lw_run run;
    bson_t before;
    int code = mongo_read_run(&run, self->stored, error);
    if (code != LW_OK)
        return code;
    code = lw_run_check_modifiable(self->id, run.status, run.origin, error);
    if (code == LW_OK)
        code = lw_run_to_document(&run, &before, error);
    if (code == LW_OK) {
        code = self->modify(self->arg, &run, error);
        if (code == LW_OK)
            code = send_change(self, &before, &run, done, error);
        bson_destroy(&before);
    }
    if (code == LW_OK && *done)
        know(self, &run);
    lw_run_release(&run);
    return code;
}

static int read_again(modification *self, lw_error *error) {
    if (self->stored)
        bson_destroy(self->stored);
    self->stored = NULL;
    self->known = false;
    mongo_known_drop(self->store, self->id);
    return read_stored(self->store, self->id, &self->stored, error);
}

/* A refusal by what this store knew is none before the run was read. */
static int modify_known(modification *self, bool *done, lw_error *error) {
    *done = false;
    self->stored = mongo_known_get(self->store, self->id);
    self->known = self->stored != NULL;
    if (!self->known)
        return LW_OK;
    lw_error refusal;
    int code = modify_stored(self, done, &refusal);
    if (code == LW_EUNAVAILABLE || code == LW_ENOMEM) {
        *error = refusal;
        return code;
    }
    return LW_OK;
}

/*
 * Between two turns: others change the run, or the majority does not have yet what was changed last. Ends with
 * LW_EUNAVAILABLE after about half a minute.
 */
static int take_turn(int64_t id, int turn, lw_error *error) {
    enum { FIRST_TURNS = 3, LONGEST_MS = 50, MOST_TURNS = 1000 };
    if (turn == MOST_TURNS)
        return lw_error_set(error, LW_EUNAVAILABLE,
                            "run %" PRId64 " could not be changed: others change it all the time", id);
    uint64_t longest_ns = (uint64_t)(turn < LONGEST_MS ? turn : LONGEST_MS) * 1000000u;
    if (turn > FIRST_TURNS)
        nanosleep(&(struct timespec){.tv_nsec = (long)((uint64_t)mongo_new_revision() % longest_ns)}, NULL);
    return LW_OK;
}

static int modify_in_turn(modification *self, lw_error *error) {
    bool done;
    int code = modify_known(self, &done, error);
    for (int turn = 0; code == LW_OK && !done; turn++) {
        code = take_turn(self->id, turn, error);
        if (code == LW_OK)
            code = read_again(self, error);
        if (code == LW_OK && self->revision != 0 && mongo_has_revision(self->stored, self->revision))
            return LW_OK; /* only the reply was lost */
        if (code == LW_OK)
            code = modify_stored(self, &done, error);
    }
    return code;
}

int mongo_run_modify(lw_store *base, int64_t id, lw_run_modify_fn *modify, void *arg, lw_error *error) {
    modification self = {.id = id, .modify = modify, .arg = arg};
    int code = mongo_enter(&self.store, base, error);
    if (code != LW_OK)
        return code;
    code = modify_in_turn(&self, error);
    if (self.stored)
        bson_destroy(self.stored);
    return code;
}

/* ---- removing ---- */

static int bury(mongo_store *store, const bson_t *stored, int64_t id, bool *done, lw_error *error) {
    modification self = {.store = store, .id = id, .stored = (bson_t *)stored};
    bson_t update, *filter = filter_of(&self);
    mongo_outcome outcome = {0};
    int code = mongo_burial(stored, id, mongo_new_revision(), &update, error);
    if (code == LW_OK) {
        code = mongo_update(store, MONGO_RUNS, filter, &update, false, &outcome, error);
        bson_destroy(&update);
    }
    *done = outcome.matched > 0;
    bson_destroy(filter);
    return code;
}

/* One that is removed already, or whose reply was lost, is found to be so; one that cannot be read can be removed, too.
 */
static int remove_document(mongo_store *store, int64_t id, lw_error *error) {
    bool done = false;
    int code = LW_OK;
    for (int turn = 0; code == LW_OK && !done; turn++) {
        bson_t *stored;
        mongo_run_state state = {0};
        code = take_turn(id, turn, error);
        if (code == LW_OK)
            code = read_stored(store, id, &stored, error);
        if (code != LW_OK)
            break;
        mongo_read_state(stored, &state);
        if (state.own && state.status == LW_STATUS_REMOVED)
            done = true;
        else
            code = mongo_check_state(id, &state, error);
        if (code == LW_OK && !done)
            code = bury(store, stored, id, &done, error);
        bson_destroy(stored);
    }
    return code;
}

int mongo_run_remove(lw_store *base, int64_t id, lw_error *error) {
    mongo_store *store;
    int code = mongo_enter(&store, base, error);
    if (code != LW_OK)
        return code;
    mongo_known_drop(store, id);
    code = remove_document(store, id, error);
    mongo_wrote(store);
    if (code == LW_OK)
        code = mongo_remove_metrics(store, id, error);
    return code == LW_OK ? mongo_remove_files(store, id, error) : code;
}
