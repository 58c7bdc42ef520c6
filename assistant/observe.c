/*
 * Observing: what becomes of a run when a result arrives. Everything is decided inside one modification of the run, and without the
 * optimizer, so that nobody who has a result waits for somebody who wants a suggestion.
 */
#include <string.h>

#include <labwatch/sys/memory.h>

#include "assistant_internal.h"
#include "attempts.h"
#include "bounded_result.h"
#include "recost.h"
#include "run_outcome.h"

typedef struct arrival {
    const lw_assistant *assistant;
    const lw_finding *finding;
    const lw_token *token; /* NULL: of the current attempt */
    bool force;
    lw_attempt_entry entry;   /* what the run's list says of the token, if the attempt is not the current one */
    int64_t known_revision;            /* of the experiment, whose goal and objective the finding is under */
    const lw_experiment *redefinition; /* if those are others than the assistant's; NULL */
    bool outdated;            /* they were changed since, so that nothing was decided */
    int acceptance;           /* what became of it, if it changed the run: LW_OK or LW_LATE */
    bool replaced;            /* an outcome that taught was replaced */
} arrival;

static int accept(arrival *self, lw_run *run, lw_error *error) {
    self->acceptance = LW_OK;
    return lw_run_set_finding(run, self->finding, error);
}

static int replace(arrival *self, lw_run *run, lw_error *error) {
    char before[128], now[128];
    lw_run_describe_outcome(run, before, sizeof before);
    lw_finding_describe(self->finding, now, sizeof now);
    int code = accept(self, run, error);
    if (code != LW_OK)
        return code;
    lw_run_add_note(run, "by force: it had %s, and now has %s", before, now);
    self->replaced = true;
    return LW_OK;
}

static int refuse(const arrival *self, const lw_run *run, lw_error *error) {
    char before[128], now[128];
    lw_run_describe_outcome(run, before, sizeof before);
    lw_finding_describe(self->finding, now, sizeof now);
    if (run->status == LW_STATUS_INTERRUPTED)
        return lw_error_set(error, LW_ECONFLICT,
                            "run %lld has been interrupted, %s is refused: retry the run first, or say --force", (long long)run->id,
                            now);
    return lw_error_set(error, LW_ECONFLICT, "run %lld has %s already, %s is refused; --force replaces it", (long long)run->id, before,
                        now);
}

/* ---- of another attempt than the current one ---- */

static bool is_late_one(const lw_attempt_entry *entry, const lw_finding *finding) {
    if (entry->late_failure != finding->failure || entry->has_late_result != finding->has_result)
        return false;
    return !finding->has_result || lw_attempt_has_late_result(entry, &finding->result);
}

static int refuse_of_attempt(const arrival *self, const lw_run *run, lw_error *error) {
    char now[128];
    lw_finding_describe(self->finding, now, sizeof now);
    return lw_error_set(error, LW_ECONFLICT, "attempt %d at run %lld has another result already, %s is refused",
                        (int)self->entry.attempt, (long long)run->id, now);
}

/* Of an attempt whose result does not count: kept, unless one of it is kept already or there is nothing to keep. */
static int keep_beside(arrival *self, lw_run *run, lw_error *error) {
    if (!lw_finding_settles(self->finding))
        return lw_error_set(error, LW_LATE, "attempt %d at run %lld was given up before: that it ended changes nothing",
                            (int)self->entry.attempt, (long long)run->id);
    if (self->entry.late && !is_late_one(&self->entry, self->finding))
        return refuse_of_attempt(self, run, error);
    if (self->entry.late)
        return lw_error_set(error, LW_LATE, "run %lld has another attempt's result, and this one beside it", (long long)run->id);
    lw_late_result late = {
        .attempt = self->entry.attempt,
        .token = *self->token,
        .now_ms = self->finding->now_ms,
        .failure = self->finding->failure,
        .reason = self->finding->reason,
        .result = self->finding->has_result ? &self->finding->result : NULL,
    };
    lw_attempts_add_late(run, &late);
    self->acceptance = LW_LATE;
    return LW_OK;
}

static const char *how_it_ended(const lw_run *run) {
    return run->status == LW_STATUS_RUNNING ? "superseded" : run->status == LW_STATUS_FAILED ? "died" : "interrupted";
}

static bson_t *worker_of(const lw_attempt_entry *entry) {
    uint32_t length;
    const uint8_t *bytes;
    if (!entry->has_worker)
        return NULL;
    bson_iter_document(&entry->worker, &length, &bytes);
    return bson_new_from_data(bytes, length);
}

/* The current attempt goes into the list, and the other one takes its place. */
static void exchange_attempts(lw_run *run, const lw_attempt_entry *other, lw_token token) {
    int32_t number = other->attempt > 0 ? other->attempt : lw_attempt_next(run);
    bson_t *worker = worker_of(other); /* before the list grows */
    if (run->status != LW_STATUS_QUEUED)
        lw_attempts_archive(run, how_it_ended(run));
    if (run->worker)
        bson_destroy(run->worker);
    run->worker = worker;
    run->attempt = number;
    run->token = token;
    if (other->start_ms != LW_NO_TIME)
        run->start_ms = other->start_ms;
}

/* The result of another attempt than the current one is the first to come: that attempt is the one that counts. */
static int accept_from_other(arrival *self, lw_run *run, lw_error *error) {
    lw_finding_texts texts;
    int code = lw_finding_copy_texts(&texts, self->finding, error);
    if (code != LW_OK)
        return code;
    exchange_attempts(run, &self->entry, *self->token);
    lw_run_take_finding(run, self->finding, &texts);
    self->acceptance = LW_OK;
    return LW_OK;
}

/* A result that was meant for another run, or another store, must not become this one's. */
static int refuse_stranger(const lw_run *run, lw_error *error) {
    return lw_error_set(error, LW_ECONFLICT, "run %lld never had the attempt that this result is of: it is another run's result",
                        (long long)run->id);
}

/*
 * An attempt that was given up. What it ended with before the run was tried again is its result: the same, delivered once more, must
 * not undo that.
 */
static int decide_of_other(arrival *self, lw_run *run, lw_error *error) {
    const lw_attempt_entry *entry = &self->entry;
    bool settled = lw_run_is_settled(run);
    if ((entry->failed && self->finding->status != LW_STATUS_COMPLETED && entry->failure == self->finding->failure) ||
        (entry->interrupted && self->finding->status == LW_STATUS_INTERRUPTED))
        return lw_error_set(error, LW_KNOWN, "attempt %d at run %lld has this result already", (int)entry->attempt,
                            (long long)run->id);
    if (settled && self->force)
        return replace(self, run, error);
    if (lw_finding_settles(self->finding) && (entry->failed || entry->interrupted))
        return refuse_of_attempt(self, run, error);
    if (settled || !lw_finding_settles(self->finding))
        return keep_beside(self, run, error);
    return accept_from_other(self, run, error);
}

/* Whether the result is of the current attempt. A queued run still has the token of the attempt that was given up. */
static bool is_current(arrival *self, const lw_run *run, bool *listed) {
    *listed = false;
    if (!self->token)
        return true;
    bool same = lw_token_equal(*self->token, run->token);
    if (same && run->status != LW_STATUS_QUEUED)
        return true;
    *listed = lw_attempts_find(run, *self->token, &self->entry);
    return same && !*listed;
}

static int decide_known(arrival *self, lw_run *run, lw_error *error) {
    bool listed;
    if (!is_current(self, run, &listed))
        return listed ? decide_of_other(self, run, error) : refuse_stranger(run, error);
    if (lw_run_has_finding(run, self->finding))
        return lw_error_set(error, LW_KNOWN, "run %lld has this result already", (long long)run->id);
    if (!lw_run_is_settled(run) && run->status != LW_STATUS_INTERRUPTED)
        return accept(self, run, error);
    return self->force ? replace(self, run, error) : refuse(self, run, error);
}

static int decide(void *arg, lw_run *run, lw_error *error) {
    arrival *self = arg;
    int code = lw_assistant_check_run(self->assistant, run, error);
    if (code != LW_OK)
        return code;
    self->outdated = run->redefined > self->known_revision;
    if (self->outdated)
        return lw_error_set(error, LW_ECONFLICT, "goal or objective of experiment '%s' are changed all the time",
                            self->assistant->experiment->name);
    code = decide_known(self, run, error);
    if (code == LW_OK && self->redefinition)
        lw_run_recost(run, self->redefinition);
    return code;
}

/* ---- under a goal or objective that somebody else has given to the experiment since it was opened ---- */

/* borrows is what the redefinition borrows from: an empty record at first, to be released. */
static int read_redefinition(arrival *self, lw_experiment *redefinition, lw_record *borrows, lw_error *error) {
    lw_record_release(borrows);
    const lw_experiment *experiment = self->assistant->experiment;
    int code = lw_record_get(borrows, self->assistant->store, experiment->name, error);
    if (code != LW_OK)
        return code;
    *redefinition = *experiment;
    redefinition->goal = borrows->goal;
    redefinition->objective = borrows->objective;
    self->redefinition = redefinition;
    self->known_revision = borrows->revision;
    return LW_OK;
}

static int modify(lw_assistant *assistant, int64_t id, arrival *self, lw_error *error) {
    enum { TRIES = 100 };
    lw_experiment redefinition;
    lw_record record = {0};
    pthread_mutex_lock(&assistant->record_lock);
    self->outdated = assistant->live.redefined;
    self->known_revision = assistant->live.revision;
    pthread_mutex_unlock(&assistant->record_lock);
    int code = LW_ECONFLICT;
    for (int tries = 0; tries < TRIES && code == LW_ECONFLICT; tries++) {
        code = self->outdated ? read_redefinition(self, &redefinition, &record, error) : LW_OK;
        if (code == LW_OK)
            code = lw_store_run_modify(assistant->store, id, decide, self, error);
        if (!self->outdated)
            break;
    }
    lw_record_release(&record);
    return code;
}

/* Whether the run has an outcome that a forced result would replace. */
static int foresee_force(lw_assistant *assistant, int64_t id, bool *replaces, lw_error *error) {
    lw_run run;
    int code = lw_store_run_get(assistant->store, id, &run, error);
    if (code != LW_OK)
        return code;
    code = lw_assistant_check_run(assistant, &run, error);
    *replaces = lw_run_is_settled(&run) || run.status == LW_STATUS_INTERRUPTED;
    lw_run_release(&run);
    return code;
}

static int observe(lw_assistant *assistant, int64_t id, const lw_result *result, lw_finding *finding, lw_error *error) {
    arrival self = {
        .assistant = assistant,
        .finding = finding,
        .token = result->token && !lw_token_is_none(*result->token) ? result->token : NULL,
        .force = result->force,
    };
    /*
     * Others must notice a replaced outcome. The epoch is raised before, so that nothing is replaced unnoticed if this fails later, and
     * after, for those who looked in between.
     */
    bool replaces = false;
    int code = result->force ? foresee_force(assistant, id, &replaces, error) : LW_OK;
    if (code == LW_OK && replaces)
        code = lw_assistant_raise_epoch(assistant, error);
    if (code != LW_OK)
        return code;
    code = modify(assistant, id, &self, error);
    if (code != LW_OK)
        return code;
    if (self.replaced)
        (void)lw_assistant_raise_epoch(assistant, NULL);
    if (self.acceptance == LW_LATE)
        return lw_error_set(error, LW_LATE, "run %lld has another attempt's result, which stands; this one is kept beside it",
                            (long long)id);
    return LW_OK;
}

static int observe_bounded(lw_assistant *assistant, int64_t id, const lw_result *result, lw_error *error) {
    lw_finding finding;
    int code = lw_finding_init(&finding, assistant->experiment, result, lw_clock_wall_ms(assistant->clock), error);
    if (code != LW_OK)
        return code;
    code = observe(assistant, id, result, &finding, error);
    lw_finding_release(&finding);
    return code;
}

/* The number first. Whoever repeats this, as the files could not be kept, finds the result known. */
int lw_assistant_observe(lw_assistant *assistant, int64_t id, const lw_result *result, lw_error *error) {
    lw_bounded_result bounded;
    if (!assistant || !result)
        return lw_error_set(error, LW_EINVAL, "lw_assistant_observe: assistant and result must not be NULL");
    int code = lw_assistant_check_writable(assistant, error);
    if (code == LW_OK)
        code = lw_bounded_result_init(&bounded, result, assistant->experiment->objective, error);
    if (code != LW_OK)
        return code;
    code = observe_bounded(assistant, id, &bounded.result, error);
    if (code == LW_OK || code == (int)LW_KNOWN) {
        int kept = lw_bounded_result_keep(&bounded, assistant, id, error);
        code = kept == LW_OK ? code : kept;
    }
    lw_bounded_result_release(&bounded);
    return code;
}
