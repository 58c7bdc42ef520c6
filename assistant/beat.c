/*
 * Beats: a run goes on.
 */
#include <string.h>

#include <labwatch/sys/memory.h>

#include "assistant_internal.h"
#include "bounded_result.h"
#include "run_outcome.h"

/* ---- with a token ---- */

typedef struct revival {
    const lw_assistant *assistant;
    lw_token token;
} revival;

/* A run that was thought dead, and that nobody took meanwhile, is its worker's again. */
static int revive(void *arg, lw_run *run, lw_error *error) {
    const revival *self = arg;
    int code = lw_assistant_check_run(self->assistant, run, error);
    if (code != LW_OK)
        return code;
    bool died = run->status == LW_STATUS_FAILED && run->failure == LW_FAILURE_DIED;
    if (!died || !lw_token_equal(run->token, self->token))
        return lw_error_set(error, LW_ECONFLICT,
                            "run %lld is no longer yours: it has been finished, released, or given to somebody else", (long long)run->id);
    lw_run_clear_outcome(run);
    run->status = LW_STATUS_RUNNING;
    run->heartbeat_ms = lw_clock_wall_ms(self->assistant->clock);
    return LW_OK;
}

static bool is_long(const lw_beat *beat) {
    return beat->captured_out && strnlen(beat->captured_out, LW_LARGEST_PART + 1) > LW_LARGEST_PART;
}

static void free_beats(lw_beat *copies, const lw_beat *beats, size_t n) {
    for (size_t i = 0; i < n; i++)
        if (copies[i].captured_out != beats[i].captured_out)
            lw_free((char *)(uintptr_t)copies[i].captured_out);
    lw_free(copies);
}

/* Copies, in which outputs that are too long are cut. NULL when out of memory. */
static lw_beat *copy_beats(const lw_beat *beats, size_t n) {
    bool failed = false;
    lw_beat *copies = lw_calloc(n, sizeof *copies);
    for (size_t i = 0; i < n && copies; i++) {
        copies[i] = beats[i];
        if (!is_long(&beats[i]))
            continue;
        copies[i].captured_out = lw_output_cut(beats[i].captured_out);
        failed |= copies[i].captured_out == NULL;
    }
    if (failed) {
        free_beats(copies, beats, n);
        return NULL;
    }
    return copies;
}

/* The caller's outputs stay as they are. */
static int send_beats(lw_assistant *assistant, lw_beat *beats, size_t n, lw_error *error) {
    size_t i = 0;
    while (i < n && !is_long(&beats[i]))
        i++;
    if (i == n)
        return lw_store_run_beats(assistant->store, beats, n, error);
    lw_beat *copies = copy_beats(beats, n);
    if (!copies)
        return lw_error_no_memory(error);
    int code = lw_store_run_beats(assistant->store, copies, n, error);
    for (i = 0; i < n; i++)
        beats[i].refusal = copies[i].refusal;
    free_beats(copies, beats, n);
    return code;
}

static int revive_and_beat(lw_assistant *assistant, lw_beat *beat, lw_error *error) {
    revival self = {assistant, beat->token};
    int code = lw_store_run_modify(assistant->store, beat->id, revive, &self, error);
    if (code == LW_OK)
        code = send_beats(assistant, beat, 1, error);
    if (code == LW_OK && beat->refusal.code != LW_OK)
        *error = beat->refusal;
    return code == LW_OK ? beat->refusal.code : code;
}

static void settle(lw_assistant *assistant, lw_beat *beat) {
    lw_error error = {0};
    if (beat->refusal.code == LW_ECONFLICT && revive_and_beat(assistant, beat, &error) != LW_OK)
        beat->refusal = error;
}

/* The first refusal, if there is one. */
static int tell(const lw_beat *beats, size_t n, lw_error *error) {
    for (size_t i = 0; i < n; i++) {
        if (beats[i].refusal.code == LW_OK)
            continue;
        if (error)
            *error = beats[i].refusal;
        return beats[i].refusal.code;
    }
    return LW_OK;
}

int lw_assistant_beat(lw_assistant *assistant, lw_beat *beats, size_t n, lw_error *error) {
    if (!assistant || (n > 0 && !beats))
        return lw_error_set(error, LW_EINVAL, "lw_assistant_beat: assistant and beats must not be NULL");
    lw_error failure;
    int code = lw_assistant_check_writable(assistant, &failure);
    if (code == LW_OK)
        code = send_beats(assistant, beats, n, &failure);
    for (size_t i = 0; i < n; i++) {
        if (code != LW_OK)
            beats[i].refusal = failure;
        else
            settle(assistant, &beats[i]);
    }
    return tell(beats, n, error);
}

/* ---- without one ---- */

typedef struct renewal {
    lw_assistant *assistant;
    lw_token token; /* of the run */
} renewal;

/* Who beats now and then from a shell is no process that could be looked at: the lease alone counts, from now on. */
static int renew(void *arg, lw_run *run, lw_error *error) {
    renewal *self = arg;
    int code = lw_assistant_check_run(self->assistant, run, error);
    if (code != LW_OK)
        return code;
    if (run->status != LW_STATUS_RUNNING)
        return lw_error_set(error, LW_ECONFLICT, "run %lld is not running: its status is %s", (long long)run->id,
                            lw_status_name(run->status));
    bool process = run->worker && bson_has_field(run->worker, "pid");
    if (!process) {
        int32_t died = lw_worker_died_before(run->worker);
        if (run->worker)
            bson_destroy(run->worker);
        run->worker =
            lw_worker_document(&self->assistant->identity, false, lw_clock_monotonic_s(self->assistant->clock), died);
    }
    if (!(run->lease_s > 0))
        run->lease_s = self->assistant->experiment->lease_s;
    run->heartbeat_ms = lw_clock_wall_ms(self->assistant->clock);
    self->token = run->token;
    return LW_OK;
}

int lw_assistant_beat_run(lw_assistant *assistant, int64_t id, lw_error *error) {
    if (!assistant)
        return lw_error_set(error, LW_EINVAL, "lw_assistant_beat_run: assistant must not be NULL");
    int code = lw_assistant_check_writable(assistant, error);
    if (code != LW_OK)
        return code;
    renewal self = {.assistant = assistant};
    code = lw_store_run_modify(assistant->store, id, renew, &self, error);
    if (code != LW_OK)
        return code;
    lw_beat beat = {.id = id, .token = self.token};
    code = lw_store_run_beats(assistant->store, &beat, 1, error);
    return code == LW_OK ? tell(&beat, 1, error) : code;
}
