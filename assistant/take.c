/*
 * Workers take runs: queued ones first, then those that died and may be tried again, and only then new ones.
 */
#include <string.h>

#include <labwatch/sys/memory.h>

#include "adopt.h"
#include "assistant_internal.h"
#include "attempts.h"
#include "reserve.h"
#include "retries.h"
#include "run_outcome.h"

/* ---- giving a run to this process ---- */

typedef struct taking {
    lw_assistant *assistant;
    lw_token token;
    const bson_t *host;
    bool retry_died;  /* within the retries of the experiment */
    bool by_name;     /* asked for by its id: what `suggest` gave may be taken, too */
    size_t leftovers; /* of the attempt that died, found on this host */
    /* What was made of it: */
    lw_token taken; /* none: nothing */
    int32_t attempt;
    double lease_s;
} taking;

/* died: how many attempts at the run died before. */
static void begin_attempt(const taking *self, lw_run *run, int32_t number, lw_token token, int32_t died) {
    lw_assistant *assistant = self->assistant;
    int64_t now_ms = lw_clock_wall_ms(assistant->clock);
    lw_run_clear_outcome(run);
    run->status = LW_STATUS_RUNNING;
    run->attempt = number;
    run->token = token;
    run->lease_s = assistant->experiment->lease_s;
    run->start_ms = now_ms;
    run->heartbeat_ms = now_ms;
    if (run->worker)
        bson_destroy(run->worker);
    run->worker = lw_worker_document(&assistant->identity, true, 0.0, died);
    if (run->host)
        bson_destroy(run->host);
    run->host = bson_copy(self->host);
}

/* What `suggest` gave is nobody's as long as nobody beats for it. */
static int check_running(const lw_run *run, lw_error *error) {
    bool beaten = run->lease_s > 0 && (lw_worker_has_process(run->worker) || run->heartbeat_ms != run->start_ms);
    if (beaten)
        return lw_error_set(error, LW_ECONFLICT, "run %lld is being worked on by another process, which beats for it",
                            (long long)run->id);
    return LW_OK;
}

static int check_outcome(const lw_run *run, lw_error *error) {
    char outcome[128];
    if (!lw_run_is_settled(run) && run->status != LW_STATUS_INTERRUPTED)
        return LW_OK;
    return lw_error_set(error, LW_ECONFLICT, "run %lld has %s already: %s", (long long)run->id,
                        lw_run_describe_outcome(run, outcome, sizeof outcome),
                        run->status == LW_STATUS_COMPLETED ? "queue its configuration to run that once more"
                                                           : "retry it to run it again");
}

static int may_retry(const taking *self, const lw_run *run) {
    return self->by_name || lw_attempts_died(run) <= self->assistant->experiment->retries ? LW_OK : LW_ECONFLICT;
}

static int take_it(taking *self, lw_run *run, lw_error *error) {
    int code = LW_OK;
    int32_t died = lw_attempts_died(run);
    switch (run->status) {
    case LW_STATUS_QUEUED:
        if (run->attempt == 0) /* the run is known by the first token that it ever had */
            lw_attempts_archive(run, "queued");
        begin_attempt(self, run, lw_attempt_next(run), self->token, died);
        return LW_OK;
    case LW_STATUS_RUNNING:
        code = self->by_name ? check_running(run, error) : LW_ECONFLICT;
        if (code == LW_OK) /* the same attempt, in other hands */
            begin_attempt(self, run, run->attempt, run->token, died);
        return code;
    default:
        code = self->retry_died ? check_outcome(run, error) : LW_ECONFLICT;
        if (code == LW_OK)
            code = may_retry(self, run);
        if (code == LW_OK) {
            lw_run_note_leftovers(run, run->attempt, self->leftovers);
            lw_attempts_archive(run, "died");
            begin_attempt(self, run, lw_attempt_next(run), self->token, died);
        }
        return code;
    }
}

static void note_taken(taking *self, const lw_run *run) {
    self->taken = run->token;
    self->attempt = run->attempt;
    self->lease_s = run->lease_s;
}

static int take(void *arg, lw_run *run, lw_error *error) {
    taking *self = arg;
    int code = lw_assistant_check_run(self->assistant, run, error);
    if (code == LW_OK)
        code = take_it(self, run, error);
    if (code != LW_OK)
        return code;
    note_taken(self, run);
    return LW_OK;
}

/* ---- what is given out ---- */

static int read_config(const lw_run *run, const lw_space *space, lw_assignment *out, lw_error *error) {
    bson_t document;
    int code = lw_config_from_document(&out->config, space, run->config, LW_CONFIG_FILL_DEFAULTS | LW_CONFIG_IGNORE_OTHERS, error);
    if (code != LW_OK) {
        out->config = NULL;
        return code == LW_ENOMEM ? code : lw_error_prefix(error, "run %lld", (long long)run->id);
    }
    code = lw_config_to_document(out->config, &document, error);
    if (code == LW_OK) {
        out->document = bson_copy(&document);
        bson_destroy(&document);
    }
    return code;
}

int lw_assistant_assign(lw_assistant *assistant, const lw_run *run, lw_assignment *out, lw_error *error) {
    lw_space *space;
    lw_assignment made = {
        .id = run->id,
        .token = run->status == LW_STATUS_QUEUED ? (lw_token){{0}} : run->token, /* nobody has it yet */
        .attempt = run->attempt,
        .seed = run->seed,
        .lease_s = run->lease_s,
        .number = run->number,
        .fidelity = run->fidelity,
        .parent = run->parent,
        .replicate = run->replicate,
    };
    int code = lw_assistant_space_of_version(assistant, run->space, run->space_version, &space, error);
    if (code == LW_OK)
        code = read_config(run, space, &made, error);
    if (code == LW_OK)
        *out = made;
    else
        lw_assignment_release(&made);
    return code;
}

/* The store went away while the run was being taken: it may have been done. */
static void doubt_loss(lw_assistant *assistant, int64_t id, const taking *self, int code) {
    if (code == LW_EUNAVAILABLE && !lw_token_is_none(self->taken))
        lw_doubts_add(&assistant->doubts, (lw_doubt){.id = id, .token = self->taken, .worker = true, .attempt = self->attempt});
}

static void begin_adopted(void *arg, lw_run *run) {
    taking *self = arg;
    begin_attempt(self, run, 1, self->token, 0);
    note_taken(self, run);
}

static int take_own(taking *self, const lw_run *before, lw_assignment *made, lw_error *error) {
    int code = lw_assistant_assign(self->assistant, before, made, error);
    if (code == LW_OK && before->status == LW_STATUS_FAILED) /* another host may have found that it died */
        self->leftovers = lw_assistant_end_leftovers(self->assistant, before);
    return code == LW_OK ? lw_store_run_modify(self->assistant->store, before->id, take, self, error) : code;
}

/* Everything that can fail is made before the run is taken, so that no run is taken that cannot be given out. */
static int take_one(lw_assistant *assistant, int64_t id, const char *space, bool retry_died, bool by_name,
                    lw_assignment *out, lw_error *error) {
    taking self = {
        .assistant = assistant,
        .token = lw_assistant_token(assistant),
        .host = lw_assistant_host(assistant),
        .retry_died = retry_died,
        .by_name = by_name,
    };
    lw_run before;
    lw_assignment made = {0};
    int code = lw_store_run_get(assistant->store, id, &before, error);
    if (code != LW_OK)
        return code;
    code = lw_assistant_check_run(assistant, &before, error);
    if (code == LW_OK && before.origin == LW_ORIGIN_FOREIGN)
        code = lw_assistant_adopt(assistant, &before, space, begin_adopted, &self, &made, error);
    else if (code == LW_OK)
        code = take_own(&self, &before, &made, error);
    lw_run_release(&before);
    if (code == LW_OK) {
        made.token = self.taken;
        made.attempt = self.attempt;
        made.lease_s = self.lease_s;
        *out = made;
    } else {
        lw_assignment_release(&made);
        doubt_loss(assistant, id, &self, code);
    }
    return code;
}

/* ---- choosing one ---- */

typedef struct candidates {
    int retries;
    lw_id_list ids;
} candidates;

static int collect(void *arg, const lw_run_row *row) {
    candidates *self = arg;
    bool takes = row->status == LW_STATUS_QUEUED || lw_row_may_retry(row, self->retries);
    if (row->origin != LW_ORIGIN_OWN || !takes)
        return LW_OK;
    return lw_id_list_add(&self->ids, row->id) ? LW_OK : LW_ENOMEM;
}

/* The first of them that nobody else takes first; *found tells whether there was one. */
static int take_first(lw_assistant *assistant, const lw_wish *wish, lw_status status, lw_assignment *out, bool *found,
                      lw_error *error) {
    candidates self = {.retries = assistant->experiment->retries};
    lw_run_query query = {
        .experiment = assistant->experiment->name,
        .space = wish->space,
        .statuses = 1u << status,
        .open_only = true,
    };
    *found = false;
    int code = lw_store_row_each(assistant->store, &query, collect, &self, error);
    if (code == LW_ENOMEM)
        lw_error_no_memory(error);
    for (size_t i = 0; i < self.ids.n && code == LW_OK && !*found; i++) {
        code = take_one(assistant, self.ids.ids[i], wish->space, true, false, out, error);
        *found = code == LW_OK;
        if (code == LW_ECONFLICT || code == LW_ENOTFOUND) /* somebody took it, or removed it */
            code = LW_OK;
    }
    lw_id_list_release(&self.ids);
    return code;
}

/* What another program has queued counts in the budget once it is taken, and not before. */
static int take_foreign(lw_assistant *assistant, const lw_wish *wish, const lw_moment *moment, lw_assignment *out,
                        bool *found, lw_error *error) {
    int64_t id = 0;
    if (moment->counts.all == moment->counts.own || lw_moment_check_budget(assistant, moment, NULL) != LW_OK)
        return LW_OK;
    int code = lw_assistant_find_queued_foreign(assistant, wish->space, &id, error);
    if (code != LW_OK || id == 0)
        return code;
    code = take_one(assistant, id, wish->space, false, false, out, error);
    *found = code == LW_OK;
    return code == LW_ECONFLICT || code == LW_ENOTFOUND || code == LW_EUNSUPPORTED || code == LW_ESTORE ? LW_OK : code;
}

static int take_waiting(lw_assistant *assistant, const lw_wish *wish, const lw_moment *moment, lw_assignment *out, bool *found,
                        lw_error *error) {
    int code = LW_OK;
    *found = false;
    if (moment->counts.by_status[LW_STATUS_QUEUED] > 0)
        code = take_first(assistant, wish, LW_STATUS_QUEUED, out, found, error);
    if (code == LW_OK && !*found)
        code = take_foreign(assistant, wish, moment, out, found, error);
    if (code == LW_OK && !*found)
        code = lw_assistant_recover_when_due(assistant, error);
    if (code == LW_OK && !*found && assistant->experiment->retries > 0)
        code = take_first(assistant, wish, LW_STATUS_FAILED, out, found, error);
    return code;
}

int lw_assistant_take(lw_assistant *assistant, const lw_wish *wish, lw_assignment *out, lw_error *error) {
    lw_moment moment;
    bool found;
    if (!assistant || !out)
        return lw_error_set(error, LW_EINVAL, "lw_assistant_take: assistant and out must not be NULL");
    lw_wish work = wish ? *wish : (lw_wish){0};
    if (work.queue || work.config || work.default_config)
        return lw_error_set(error, LW_EINVAL, "a worker takes what is queued, or what is suggested, not a given configuration");
    work.worker = true;
    int code = lw_assistant_check_writable(assistant, error);
    if (code == LW_OK && work.space && !lw_assistant_desk(assistant, work.space, error))
        code = LW_ENOTFOUND;
    if (code == LW_OK)
        code = lw_moment_take(assistant, &moment, error);
    if (code == LW_OK)
        code = lw_assistant_may_work(assistant, &moment.live, error);
    lw_want want = {.space = work.space, .wish = &work, .queued_before = true};
    if (code == LW_OK)
        code = lw_doubts_settle(assistant, &want, out, &found, error);
    if (code == LW_OK && !found)
        code = take_waiting(assistant, &work, &moment, out, &found, error);
    if (code != LW_OK || found)
        return code;
    return lw_assistant_suggest(assistant, &work, out, error);
}

int lw_assistant_take_run(lw_assistant *assistant, int64_t id, lw_assignment *out, lw_error *error) {
    if (!assistant || !out)
        return lw_error_set(error, LW_EINVAL, "lw_assistant_take_run: assistant and out must not be NULL");
    int code = lw_assistant_check_writable(assistant, error);
    if (code == LW_OK)
        code = lw_assistant_recover(assistant, NULL, error); /* so that nobody who is gone still has it */
    bool found = false;
    if (code == LW_OK)
        code = lw_doubts_settle_run(assistant, id, out, &found, error);
    return code == LW_OK && !found ? take_one(assistant, id, NULL, true, true, out, error) : code;
}
