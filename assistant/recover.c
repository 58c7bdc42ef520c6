/*
 * Finding runs whose worker is gone, or whose lease has ended, and marking them died.
 */
#include <math.h>
#include <stdio.h>

#include <labwatch/sys/memory.h>

#include "assistant_internal.h"
#include "attempts.h"
#include "leftovers.h"
#include "run_outcome.h"

/* A run as it was when it was judged. */
typedef struct suspect {
    int64_t id;
    int32_t attempt;
    int64_t heartbeat_ms;
    char reason[160];
} suspect;

typedef struct inspection {
    lw_assistant *assistant;
    double now_s;
    suspect *suspects;
    size_t n, capacity;
} inspection;

/* ---- judging ---- */

static int accuse(inspection *self, const lw_run_row *row, const char *reason) {
    if (!lw_array_reserve(&self->suspects, &self->capacity, self->n, sizeof *self->suspects))
        return LW_ENOMEM;
    suspect *added = &self->suspects[self->n++];
    *added = (suspect){.id = row->id, .attempt = row->attempt, .heartbeat_ms = row->heartbeat_ms};
    snprintf(added->reason, sizeof added->reason, "%s", reason);
    return LW_OK;
}

static int accuse_of_silence(inspection *self, const lw_run_row *row) {
    char reason[160];
    double stood_s;
    if (!lw_lease_watch_stood(&self->assistant->watch, row->id, row->attempt, row->heartbeat_ms, self->now_s, &stood_s))
        return LW_ENOMEM;
    if (stood_s < row->lease_s)
        return LW_OK;
    snprintf(reason, sizeof reason, "died: no beat for its whole lease of %g s", row->lease_s);
    return accuse(self, row, reason);
}

/* An explicit lease that began on this boot ends by this boot's clock; only elsewhere it must be watched. */
static int accuse_of_ended_lease(inspection *self, const lw_run_row *row) {
    char reason[160];
    double held_s = self->now_s - lw_worker_held_from(row->worker);
    if (isnan(held_s) || held_s < 0)
        return accuse_of_silence(self, row);
    if (held_s < row->lease_s)
        return LW_OK;
    snprintf(reason, sizeof reason, "died: its lease of %g s ended without a result", row->lease_s);
    return accuse(self, row, reason);
}

static int inspect(void *arg, const lw_run_row *row) {
    inspection *self = arg;
    if (row->status != LW_STATUS_RUNNING || row->origin != LW_ORIGIN_OWN || !(row->lease_s > 0))
        return LW_OK;
    switch (lw_worker_look(&self->assistant->identity, row->worker)) {
    case LW_WORKER_HERE:
        return LW_OK;
    case LW_WORKER_GONE:
        return accuse(self, row, "died: the process that worked on it is gone");
    case LW_WORKER_HOLDER:
        return accuse_of_ended_lease(self, row);
    case LW_WORKER_UNKNOWN:
        return accuse_of_silence(self, row);
    }
    return LW_OK;
}

/* ---- marking ---- */

typedef struct marking {
    const suspect *suspect;
    const lw_finding *finding;
    size_t leftovers;
} marking;

size_t lw_assistant_end_leftovers(const lw_assistant *assistant, const lw_run *run) {
    const double GRACE_S = 2;
    if (!lw_worker_has_process(run->worker) || lw_worker_look(&assistant->identity, run->worker) != LW_WORKER_GONE)
        return 0;
    return lw_leftovers_end(run->token, fmin(GRACE_S, assistant->experiment->lease_s / 4));
}

void lw_run_note_leftovers(lw_run *run, int32_t attempt, size_t n) {
    if (n > 0)
        lw_run_add_note(run, "the worker of attempt %d was gone, but %zu process%s of it still ran: ended", (int)attempt, n,
                        n == 1 ? "" : "es");
}

/* Before the run is marked: afterwards it may be tried again at once. */
static size_t end_leftovers_of(const inspection *self, const suspect *one) {
    lw_run run;
    if (lw_store_run_get(self->assistant->store, one->id, &run, NULL) != LW_OK)
        return 0;
    bool unchanged = run.status == LW_STATUS_RUNNING && run.attempt == one->attempt;
    size_t n = unchanged ? lw_assistant_end_leftovers(self->assistant, &run) : 0;
    lw_run_release(&run);
    return n;
}

/* A beat, a result or another watcher may have come in between. */
static int mark(void *arg, lw_run *run, lw_error *error) {
    const marking *self = arg;
    if (run->status != LW_STATUS_RUNNING || run->attempt != self->suspect->attempt ||
        run->heartbeat_ms != self->suspect->heartbeat_ms)
        return LW_ECONFLICT;
    int code = lw_run_set_finding(run, self->finding, error);
    if (code == LW_OK)
        lw_run_note_leftovers(run, run->attempt, self->leftovers);
    return code;
}

static int mark_one(const inspection *self, const suspect *one, lw_error *error) {
    const lw_assistant *assistant = self->assistant;
    lw_finding finding;
    lw_result died = lw_result_of_failure(LW_FAILURE_DIED, one->reason);
    size_t leftovers = end_leftovers_of(self, one);
    int code = lw_finding_init(&finding, assistant->experiment, &died, lw_clock_wall_ms(assistant->clock), error);
    if (code != LW_OK)
        return code;
    marking marks = {one, &finding, leftovers};
    code = lw_store_run_modify(assistant->store, one->id, mark, &marks, error);
    lw_finding_release(&finding);
    return code;
}

static int mark_all(const inspection *self, size_t *n, lw_error *error) {
    for (size_t i = 0; i < self->n; i++) {
        int code = mark_one(self, &self->suspects[i], error);
        if (code == LW_OK)
            (*n)++;
        else if (code != LW_ECONFLICT && code != LW_ENOTFOUND)
            return code;
    }
    return LW_OK;
}

/* ---- a round ---- */

static int recover_round(lw_assistant *assistant, size_t *n, lw_error *error) {
    const char *name = assistant->experiment->name;
    inspection self = {.assistant = assistant, .now_s = lw_clock_monotonic_s(assistant->clock)};
    lw_run_query query = {.experiment = name, .statuses = 1u << LW_STATUS_RUNNING, .open_only = true};
    lw_lease_watch_load(&assistant->watch, assistant->store, name, &assistant->identity);
    lw_lease_watch_begin_round(&assistant->watch);
    int code = lw_store_row_each(assistant->store, &query, inspect, &self, error);
    if (code == LW_ENOMEM)
        lw_error_no_memory(error);
    if (code == LW_OK)
        code = mark_all(&self, n, error);
    if (code == LW_OK) {
        lw_lease_watch_end_round(&assistant->watch);
        lw_lease_watch_save(&assistant->watch, assistant->store, name, &assistant->identity);
        assistant->recovered_at_s = self.now_s;
    }
    lw_free(self.suspects);
    return code;
}

int lw_assistant_recover(lw_assistant *assistant, size_t *n, lw_error *error) {
    size_t found = 0;
    if (!assistant)
        return lw_error_set(error, LW_EINVAL, "lw_assistant_recover: assistant must not be NULL");
    int code = lw_assistant_check_writable(assistant, error);
    if (code != LW_OK)
        return code;
    pthread_mutex_lock(&assistant->watch_lock);
    code = recover_round(assistant, &found, error);
    pthread_mutex_unlock(&assistant->watch_lock);
    if (n)
        *n = found;
    return code;
}

int lw_assistant_recover_when_due(lw_assistant *assistant, lw_error *error) {
    const double longest_s = 5.0;
    double pause_s = assistant->experiment->lease_s / 4;
    if (pause_s > longest_s)
        pause_s = longest_s;
    pthread_mutex_lock(&assistant->watch_lock);
    double since_s = lw_clock_monotonic_s(assistant->clock) - assistant->recovered_at_s;
    bool due = isnan(since_s) || since_s < 0 || since_s >= pause_s;
    pthread_mutex_unlock(&assistant->watch_lock);
    return due ? lw_assistant_recover(assistant, NULL, error) : LW_OK;
}
