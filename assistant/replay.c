/*
 * Replay: a suggestion is made again from the view that its run recorded, by a fresh optimizer in the space version of then, and compared
 * bit for bit.
 */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <labwatch/sys/memory.h>
#include <labwatch/version.h>

#include "assistant_internal.h"
#include "draft.h"

typedef struct replaying {
    lw_assistant *assistant;
    const lw_run *run;
    lw_space *space;
    lw_optimizer *optimizer;
    lw_id_list open, voided; /* of the view */

    bool rows_loaded;        /* for types that read only the number: what was taken then */
    uint8_t (*digests)[LW_DIGEST_SIZE];
    size_t n_digests, digests_capacity;
    int code; /* of loading them */
    lw_replay *out;
    lw_error *error;
} replaying;

static void decide(lw_replay *out, lw_replay_verdict verdict, const char *format, ...) LW_PRINTF(3, 4);

static void decide(lw_replay *out, lw_replay_verdict verdict, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    out->verdict = verdict;
    vsnprintf(out->reason, sizeof out->reason, format, arguments);
    va_end(arguments);
}

/* ---- the view ---- */

static int read_ids(const char *text, lw_id_list *out, lw_error *error) {
    int code = lw_ids_from_text(text, &out->ids, &out->n, error);
    out->capacity = out->n;
    return code;
}

static int read_view(replaying *self) {
    int code = read_ids(self->run->view.open_ids, &self->open, self->error);
    return code == LW_OK ? read_ids(self->run->view.void_ids, &self->voided, self->error) : code;
}

/* ---- the history as it was seen ---- */

typedef struct history_reading {
    replaying *self;
    lw_row_reader reader;
} history_reading;

static void see_as_then(const replaying *self, lw_observation *observation) {
    lw_outcome then = LW_PENDING;
    if (lw_id_list_has(&self->voided, observation->run_id))
        then = LW_VOID;
    else if (!lw_id_list_has(&self->open, observation->run_id))
        return;
    observation->outcome = then;
    observation->failure = LW_FAILURE_NONE;
    observation->cost = (double)NAN;
    observation->duration_s = (double)NAN;
}

static int put_row(void *arg, const lw_run_row *row) {
    history_reading *reading = arg;
    replaying *self = reading->self;
    lw_row_lesson lesson;
    int code = lw_row_read(&reading->reader, row, &lesson, self->error);
    if (code != LW_OK || !lesson.config)
        return code;
    see_as_then(self, &lesson.observation);
    code = lw_optimizer_update(self->optimizer, &lesson.observation, 1, self->error);
    lw_config_free(lesson.config);
    return code;
}

static int rebuild_history(replaying *self) {
    const lw_experiment *experiment = self->assistant->experiment;
    history_reading reading = {self, {experiment, self->space, self->run->space, self->run->space_version}};
    lw_run_query query = {.experiment = experiment->name, .up_to_id = self->run->view.last_id};
    if (self->run->view.last_id == 0)
        return LW_OK; /* and 0 would mean: no upper end */
    return lw_store_row_each(self->assistant->store, &query, put_row, &reading, self->error);
}

static bool history_is_the_same(const replaying *self) {
    uint8_t digest[LW_DIGEST_SIZE];
    if (!self->run->view.has_digest)
        return true;
    lw_history_digest(lw_optimizer_history(self->optimizer), digest);
    return memcmp(digest, self->run->view.digest, sizeof digest) == 0;
}

/* ---- what was taken then, for who read only the number ---- */

static int keep_digest(void *arg, const lw_run_row *row) {
    replaying *self = arg;
    bool counted = row->space && strcmp(row->space, self->run->space) == 0 && !lw_id_list_has(&self->voided, row->id);
    if (!counted)
        return LW_OK;
    if (!lw_array_reserve(&self->digests, &self->digests_capacity, self->n_digests, sizeof *self->digests))
        return LW_ENOMEM;
    memcpy(self->digests[self->n_digests++], row->digest, LW_DIGEST_SIZE);
    return LW_OK;
}

static int load_digests(replaying *self) {
    lw_run_query query = {
        .experiment = self->assistant->experiment->name,
        .space = self->run->space,
        .up_to_id = self->run->view.last_id,
    };
    if (self->run->view.last_id == 0)
        return LW_OK;
    int code = lw_store_row_each(self->assistant->store, &query, keep_digest, self, self->error);
    return code == LW_ENOMEM ? lw_error_no_memory(self->error) : code;
}

static size_t count_then(void *arg, const lw_config *config, double fidelity) {
    replaying *self = arg;
    uint8_t digest[LW_DIGEST_SIZE];
    size_t count = 0;
    (void)fidelity;
    if (!self->rows_loaded) {
        self->rows_loaded = true;
        self->code = load_digests(self);
    }
    lw_config_digest(config, digest);
    for (size_t i = 0; i < self->n_digests; i++)
        count += memcmp(self->digests[i], digest, sizeof digest) == 0;
    return count;
}

/* ---- again ---- */

static int ask_again(replaying *self, lw_suggestion *out) {
    const lw_run *run = self->run;
    bool by_number = lw_optimizer_get_type(self->optimizer)->reads == LW_READS_NUMBER;
    lw_question question = {
        .number = run->number,
        .budget = run->view.budget,
        .fit_last_id = run->view.fit_last_id,
        .repeats = run->view.repeats,
        .count = by_number ? count_then : NULL,
        .count_self = self,
    };
    int code = lw_optimizer_suggest_configuration(self->optimizer, &question, out, self->error);
    if (self->code != LW_OK) {
        if (code == LW_OK)
            lw_suggestion_release(out);
        return self->code;
    }
    return code;
}

static bool same_number(double a, double b) {
    return (isnan(a) && isnan(b)) || a == b;
}

static bool same_memo(const bson_t *a, const bson_t *b) {
    if (!a || !b)
        return a == b;
    return bson_equal(a, b);
}

/* The configuration is read in the space of then, where equal means equal bits. */
static int compare(const replaying *self, const lw_suggestion *again, bool *same) {
    lw_config *recorded = NULL;
    *same = false;
    int code = lw_config_from_document(&recorded, self->space, self->run->config, LW_CONFIG_IGNORE_OTHERS, self->error);
    if (code == LW_ENOMEM)
        return code;
    if (code == LW_OK)
        *same = lw_config_equal(recorded, again->config) && same_number(self->run->fidelity, again->fidelity) &&
                self->run->parent == again->parent && self->run->replicate == again->replicate &&
                same_memo(self->run->memo, again->memo);
    lw_config_free(recorded);
    return LW_OK;
}

static int set_again(lw_replay *out, const lw_config *config, lw_error *error) {
    bson_t document;
    int code = lw_config_to_document(config, &document, error);
    if (code != LW_OK)
        return code;
    out->again = bson_copy(&document);
    bson_destroy(&document);
    return LW_OK;
}

static void judge(replaying *self, bool same, bool same_history, int64_t epoch_now) {
    lw_replay *out = self->out;
    int64_t epoch = self->run->view.epoch;
    if (same)
        decide(out, LW_REPLAY_SAME, "the same configuration, bit for bit");
    else if (epoch != epoch_now)
        decide(out, LW_REPLAY_NOT_COMPARABLE,
               "outcomes were changed by force, removed or reopened since (epoch %lld then, %lld now)", (long long)epoch,
               (long long)epoch_now);
    else if (!same_history)
        decide(out, LW_REPLAY_NOT_COMPARABLE,
               "the history that it was made from cannot be had again: foreign runs have changed since");
    else
        decide(out, LW_REPLAY_DIFFERENT, "another configuration, although build and history are the same");
}

static int make_again(replaying *self, int64_t epoch_now) {
    lw_suggestion again;
    bool same = false;
    int code = read_view(self);
    if (code == LW_OK && lw_optimizer_get_type(self->optimizer)->reads == LW_READS_HISTORY)
        code = rebuild_history(self);
    if (code != LW_OK)
        return code;
    bool same_history = history_is_the_same(self);
    code = ask_again(self, &again);
    if (code == LW_OK) {
        code = compare(self, &again, &same);
        if (code == LW_OK)
            code = set_again(self->out, again.config, self->error);
        lw_suggestion_release(&again);
    }
    if (code != LW_OK && code != LW_EXHAUSTED)
        return code;
    judge(self, same, same_history, epoch_now);
    return LW_OK;
}

/* ---- whether it can be tried ---- */

static bool can_be_compared(const lw_record *record, const lw_run *run, lw_replay *out) {
    out->verdict = LW_REPLAY_SAME;
    if (run->origin != LW_ORIGIN_OWN || run->number == 0 || !run->optimizer || !run->space)
        decide(out, LW_REPLAY_NOT_COMPARABLE, "the run was not suggested by an optimizer of this experiment");
    else if (!run->build || strcmp(run->build, lw_build()) != 0)
        decide(out, LW_REPLAY_NOT_COMPARABLE, "made by labwatch %s, this is %s", run->build ? run->build : "(unknown)",
               lw_build());
    else if (record->seed_since > 0 && run->id <= record->seed_since)
        decide(out, LW_REPLAY_NOT_COMPARABLE, "the experiment has got another seed since");
    else if (!lw_record_version(record, run->space, run->space_version))
        decide(out, LW_REPLAY_NOT_COMPARABLE, "version %d of space '%s' is not known here", (int)run->space_version, run->space);
    return out->verdict == LW_REPLAY_SAME;
}

static int replay_run(lw_assistant *assistant, const lw_run *run, int64_t epoch_now, lw_replay *out, lw_error *error) {
    replaying self = {.assistant = assistant, .run = run, .out = out, .error = error};
    int code = lw_assistant_space_of_version(assistant, run->space, run->space_version, &self.space, error);
    if (code != LW_OK)
        return code;
    lw_error problem;
    code = lw_optimizer_new(&self.optimizer, run->optimizer, run->optimizer_options, self.space, assistant->seed,
                            assistant->extra, &problem);
    if (code == LW_OK) {
        code = make_again(&self, epoch_now);
    } else if (code == LW_ENOTFOUND || code == LW_EINVAL) {
        decide(out, LW_REPLAY_NOT_COMPARABLE, "its optimizer cannot be made: %.200s", problem.message);
        code = LW_OK;
    } else if (error) {
        *error = problem;
    }
    lw_optimizer_free(self.optimizer);
    lw_id_list_release(&self.open);
    lw_id_list_release(&self.voided);
    lw_free(self.digests);
    return code;
}

static bson_t *without_seed(const lw_run *run, const lw_space *space) {
    bson_t *out = bson_new();
    bool own_seed = space && lw_space_has_seed(space);
    bson_iter_t at;
    if (bson_iter_init(&at, run->config))
        while (bson_iter_next(&at))
            if (own_seed || strcmp(bson_iter_key(&at), "seed") != 0)
                bson_append_iter(out, NULL, 0, &at);
    return out;
}

static int replay(lw_assistant *assistant, const lw_run *run, lw_replay *out, lw_error *error) {
    lw_record record;
    lw_space *space = NULL;
    int code = lw_record_get(&record, assistant->store, assistant->experiment->name, error);
    if (code != LW_OK)
        return code;
    bool possible = can_be_compared(&record, run, out);
    int64_t epoch_now = record.epoch;
    lw_record_release(&record);
    if (possible)
        code = replay_run(assistant, run, epoch_now, out, error);
    if (code == LW_OK && possible)
        code = lw_assistant_space_of_version(assistant, run->space, run->space_version, &space, error);
    if (code == LW_OK)
        out->recorded = without_seed(run, space);
    return code;
}

int lw_assistant_replay(lw_assistant *assistant, int64_t id, lw_replay *out, lw_error *error) {
    lw_run run;
    if (!assistant || !out)
        return lw_error_set(error, LW_EINVAL, "lw_assistant_replay: assistant and out must not be NULL");
    int code = lw_store_run_get(assistant->store, id, &run, error);
    if (code != LW_OK)
        return code;
    *out = (lw_replay){0};
    code = lw_assistant_check_run(assistant, &run, error);
    if (code == LW_OK)
        code = replay(assistant, &run, out, error);
    if (code != LW_OK)
        lw_replay_release(out);
    lw_run_release(&run);
    return code;
}

void lw_replay_release(lw_replay *replay) {
    if (!replay)
        return;
    if (replay->recorded)
        bson_destroy(replay->recorded);
    if (replay->again)
        bson_destroy(replay->again);
    *replay = (lw_replay){0};
}
