/* The MongoDB store: beats, all that a process has at once. */
#include <labwatch/sys/memory.h>

#include "mongodb_internal.h"

/* ---- sending ---- */

static void append_token(bson_t *filter, lw_token token) {
    BCON_APPEND(filter, "status", "RUNNING", "labwatch.token",
                BCON_BIN(BSON_SUBTYPE_BINARY, token.bytes, (uint32_t)sizeof token.bytes));
}

static void make_change(mongo_change *out, const lw_beat *beat) {
    out->filter = bson_new();
    out->update = bson_new();
    mongo_append_id(out->filter, "_id", beat->id);
    append_token(out->filter, beat->token);
    BCON_APPEND(out->update, "$currentDate", "{", "heartbeat", BCON_BOOL(true), "labwatch.changed", "{", "$type",
                "timestamp", "}", "}");
    if (beat->captured_out)
        BCON_APPEND(out->update, "$set", "{", "captured_out", BCON_UTF8(beat->captured_out), "}");
}

/* *all: every run was found, and is who beats for it's. What has no token belongs to nobody, and is not sent. */
static int send_all(mongo_store *store, const lw_beat *beats, size_t n, bool *all, lw_error *error) {
    mongo_change *changes = lw_reallocarray(NULL, n, sizeof *changes);
    if (!changes)
        return lw_error_no_memory(error);
    size_t n_changes = 0;
    int64_t matched = 0;
    for (size_t i = 0; i < n; i++)
        if (!lw_token_is_none(beats[i].token))
            make_change(&changes[n_changes++], &beats[i]);
    int code = n_changes > 0 ? mongo_update_each(store, MONGO_RUNS, changes, n_changes, &matched, error) : LW_OK;
    for (size_t i = 0; i < n_changes; i++) {
        bson_destroy(changes[i].filter);
        bson_destroy(changes[i].update);
    }
    lw_free(changes);
    *all = matched == (int64_t)n;
    return code;
}

/* ---- whose beats were refused: the answer says only how many ---- */

typedef struct inquiry {
    const lw_beat *beats;
    size_t n;
    mongo_run_state *states; /* of each */
} inquiry;

static int keep_state(void *arg, const bson_t *document, lw_error *error) {
    (void)error;
    inquiry *self = arg;
    int64_t id = mongo_id_of(document);
    for (size_t i = 0; i < self->n; i++)
        if (self->beats[i].id == id)
            mongo_read_state(document, &self->states[i]);
    return LW_OK;
}

static int read_states(mongo_store *store, const inquiry *self, lw_error *error) {
    bson_t filter = BSON_INITIALIZER, options = BSON_INITIALIZER, projection;
    int64_t *ids = lw_reallocarray(NULL, self->n, sizeof *ids);
    if (!ids)
        return lw_error_no_memory(error);
    for (size_t i = 0; i < self->n; i++)
        ids[i] = self->beats[i].id;
    mongo_append_ids(&filter, ids, self->n);
    bson_append_document_begin(&options, "projection", -1, &projection);
    mongo_append_state_fields(&projection);
    bson_append_document_end(&options, &projection);
    int code = mongo_find(store, MONGO_RUNS, &filter, &options, keep_state, (void *)(uintptr_t)self, error);
    bson_destroy(&filter);
    bson_destroy(&options);
    lw_free(ids);
    return code;
}

static int judge(const lw_beat *beat, const mongo_run_state *state, lw_error *error) {
    int code = mongo_check_state(beat->id, state, error);
    if (code != LW_OK)
        return code;
    bool own = state->status == LW_STATUS_RUNNING && !lw_token_is_none(beat->token) &&
               lw_token_equal(state->token, beat->token);
    return own ? LW_OK : lw_run_not_yours(beat->id, error);
}

static int tell_refusals(mongo_store *store, lw_beat *beats, size_t n, lw_error *error) {
    inquiry self = {beats, n, lw_calloc(n, sizeof *self.states)};
    int code = self.states ? read_states(store, &self, error) : lw_error_no_memory(error);
    for (size_t i = 0; i < n && code == LW_OK; i++)
        code = lw_beat_settle(&beats[i], judge(&beats[i], &self.states[i], error), error);
    lw_free(self.states);
    return code;
}

/* Which of them the server did not want, and why. */
static int send_one_by_one(mongo_store *store, lw_beat *beats, size_t n, lw_error *error) {
    int code = LW_OK;
    for (size_t i = 0; i < n && code == LW_OK; i++) {
        bool all = false;
        code = send_all(store, &beats[i], 1, &all, &beats[i].refusal);
        if (code == LW_EUNAVAILABLE || code == LW_ENOMEM)
            *error = beats[i].refusal;
        else if (code == LW_OK && !all)
            code = tell_refusals(store, &beats[i], 1, error);
        else
            code = LW_OK;
    }
    return code;
}

int mongo_run_beats(lw_store *base, lw_beat *beats, size_t n, lw_error *error) {
    mongo_store *store;
    bool all = false;
    int code = mongo_enter(&store, base, error);
    if (code != LW_OK)
        return code;
    code = send_all(store, beats, n, &all, error);
    if (code == LW_OK)
        return all ? LW_OK : tell_refusals(store, beats, n, error);
    bool of_all = n == 1 || code == LW_EUNAVAILABLE || code == LW_ENOMEM;
    return of_all ? code : send_one_by_one(store, beats, n, error);
}
