/*
 * Suggesting: look, ask the optimizer, reserve; and again, if somebody else reserved first.
 */
#include <math.h>

#include <labwatch/version.h>

#include "propose.h"
#include "reserve.h"

enum {
    REPEATED_LOSSES = 5, /* so often the cheap half is done again; then the idea is kept, if nobody else had it */
    MOST_ROUNDS = 1000,  /* as some of those who race always win, this is a store that is out of order */
    RESTLESS = 20        /* so often an answer is thrown away because the store has changed meanwhile */
};

/* ---- a config that the caller gives ---- */

static int given_config(const lw_desk *desk, const lw_wish *wish, lw_config **out, lw_error *error) {
    if (wish->config)
        return lw_config_from_document(out, desk->space, wish->config, LW_CONFIG_FILL_DEFAULTS, error);
    int code = lw_config_new(out, desk->space, error);
    if (code == LW_OK)
        code = lw_config_set_default(*out, error);
    if (code != LW_OK) {
        lw_config_free(*out);
        *out = NULL;
    }
    return code;
}

static int may_add(lw_assistant *assistant, const lw_moment *moment, const lw_wish *wish, lw_error *error) {
    int code = LW_OK;
    if (!wish->queue)
        code = lw_assistant_may_work(assistant, &moment->live, error);
    return code == LW_OK ? lw_moment_check_budget(assistant, moment, error) : code;
}

static int lost_too_often(const lw_assistant *assistant, lw_error *error) {
    return lw_error_set(error, LW_EUNAVAILABLE, "no run id could be reserved for experiment '%s': each one tried was taken",
                        assistant->experiment->name);
}

static int reserve_given(lw_assistant *assistant, lw_draft *draft, const lw_config *config, const lw_wish *wish,
                         lw_error *error) {
    for (int losses = 1;; losses++) {
        lw_moment moment;
        int code = lw_moment_take(assistant, &moment, error);
        if (code == LW_OK)
            code = may_add(assistant, &moment, wish, error);
        if (code == LW_OK)
            code = lw_draft_set_config(draft, assistant, config, NULL, (uint64_t)moment.counts.own + 1, error);
        if (code == LW_OK)
            code = lw_reserve(assistant, draft, &moment, error);
        if (code != LW_ECONFLICT || moment.live.redefined)
            return code;
        if (losses == MOST_ROUNDS)
            return lost_too_often(assistant, error);
        lw_assistant_pause(assistant, losses, moment.insertion_s);
    }
}

static int suggest_given(lw_assistant *assistant, lw_desk *desk, const lw_wish *wish, lw_assignment *out, lw_error *error) {
    lw_config *config = NULL;
    uint8_t digest[LW_DIGEST_SIZE];
    bool found;
    int code = given_config(desk, wish, &config, error);
    if (code != LW_OK)
        return code;
    lw_config_digest(config, digest);
    lw_want want = {.space = desk->name, .wish = wish, .digest = digest};
    code = lw_doubts_settle(assistant, &want, out, &found, error);
    if (code != LW_OK || found) {
        lw_config_free(config);
        return code;
    }
    lw_draft draft;
    lw_draft_begin(&draft, assistant, desk, wish);
    code = reserve_given(assistant, &draft, config, wish, error);
    if (code == LW_OK) {
        lw_draft_assign(&draft, config, out);
        return LW_OK;
    }
    lw_draft_release(&draft);
    lw_config_free(config);
    return code;
}

/* ---- a config that the optimizer finds ---- */

/* Everything about one suggestion while it is fought for. */
typedef struct struggle {
    lw_assistant *assistant;
    lw_desk *desk;
    const lw_wish *wish;
    lw_moment moment;
    lw_idea idea;
    int64_t own_then; /* the experiment's own runs in the idea's view */
    int losses;       /* to runs of this experiment, with this idea's model */
    int restless;
} struggle;

/* Whether the idea is as good as new in this moment. *effort says how it is to be renewed if not. */
static int judge_idea(struggle *self, bool *keep, lw_effort *effort, lw_error *error) {
    *keep = false;
    *effort = LW_EFFORT_WHOLE;
    if (!self->idea.suggestion.config || !self->desk->reads_history)
        return LW_OK;
    *effort = LW_EFFORT_CHEAP;
    if (self->moment.live.epoch != self->idea.view.epoch) {
        *effort = LW_EFFORT_WHOLE;
        self->losses = 0;
        return LW_OK;
    }
    if (self->losses <= REPEATED_LOSSES)
        return LW_OK;
    bool taken;
    int code = lw_config_is_taken(self->assistant, self->desk, self->idea.suggestion.config, &taken, error);
    *keep = code == LW_OK && !taken;
    return code;
}

/* A run that is not the experiment's own took the id: it changes the id alone. */
static bool only_id_changed(const struggle *self) {
    return self->idea.suggestion.config && self->moment.counts.own == self->own_then &&
           self->moment.live.epoch == self->idea.view.epoch;
}

static int have_idea(struggle *self, lw_error *error) {
    bool keep, again;
    lw_effort effort;
    if (only_id_changed(self))
        return LW_OK;
    if (self->idea.suggestion.config)
        self->losses++;
    int code = judge_idea(self, &keep, &effort, error);
    while (code == LW_OK && !keep) {
        code = lw_propose(self->assistant, self->desk, &self->moment.live, &self->moment.counts, effort, &self->idea, &again,
                          error);
        self->own_then = self->moment.counts.own;
        keep = !again || self->restless++ >= RESTLESS;
        if (!keep) /* also where the space seemed exhausted */
            code = lw_moment_take(self->assistant, &self->moment, error);
        if (code == LW_OK && !keep)
            code = may_add(self->assistant, &self->moment, self->wish, error);
    }
    return code;
}

static void describe_origin(lw_draft *draft, const struggle *self) {
    const lw_experiment *experiment = self->assistant->experiment;
    lw_run *run = &draft->run;
    run->number = self->idea.number;
    run->optimizer = (char *)lw_optimizer_get_type(self->desk->optimizer)->name;
    run->optimizer_options = (bson_t *)experiment->optimizer_options;
    run->view = self->idea.view;
    run->memo = self->idea.suggestion.memo;
    run->fidelity = self->idea.suggestion.fidelity;
    run->parent = self->idea.suggestion.parent;
    run->replicate = self->idea.suggestion.replicate;
    run->build = (char *)lw_build();
}

static int try_once(struggle *self, lw_draft *draft, lw_error *error) {
    int code = have_idea(self, error);
    if (code != LW_OK)
        return code;
    describe_origin(draft, self);
    code = lw_draft_set_config(draft, self->assistant, self->idea.suggestion.config,
                               self->idea.has_digest ? self->idea.digest : NULL, self->idea.number, error);
    return code == LW_OK ? lw_reserve(self->assistant, draft, &self->moment, error) : code;
}

static int fight(struggle *self, lw_draft *draft, lw_error *error) {
    for (int rounds = 1;; rounds++) {
        int code = lw_moment_take(self->assistant, &self->moment, error);
        if (code == LW_OK)
            code = may_add(self->assistant, &self->moment, self->wish, error);
        if (code != LW_OK)
            return code;
        code = try_once(self, draft, error);
        if (code != LW_ECONFLICT)
            return code;
        if (rounds == MOST_ROUNDS)
            return lost_too_often(self->assistant, error);
        lw_assistant_pause(self->assistant, rounds, self->moment.insertion_s);
    }
}

static int suggest_new(lw_assistant *assistant, lw_desk *desk, const lw_wish *wish, lw_assignment *out, lw_error *error) {
    struggle self = {.assistant = assistant, .desk = desk, .wish = wish};
    lw_draft draft;
    lw_draft_begin(&draft, assistant, desk, wish);
    int code = fight(&self, &draft, error);
    if (code == LW_OK) {
        lw_draft_assign(&draft, self.idea.suggestion.config, out);
        self.idea.suggestion.config = NULL; /* the caller's now */
    } else {
        lw_draft_release(&draft);
    }
    lw_idea_release(&self.idea);
    return code;
}

/* ---- both ---- */

static int check_wish(const lw_wish *wish, lw_error *error) {
    if (wish->default_config && wish->config)
        return lw_error_set(error, LW_EINVAL, "either the default configuration is wanted, or a given one, not both");
    if (wish->queue && (wish->worker || wish->lease_s != 0))
        return lw_error_set(error, LW_EINVAL, "a queued run has no lease: who takes it gets one");
    if (!(wish->lease_s >= 0) || isinf(wish->lease_s))
        return lw_error_set(error, LW_EINVAL, "a lease of %g seconds: expected a positive number, or 0 for none", wish->lease_s);
    return LW_OK;
}

int lw_assistant_suggest(lw_assistant *assistant, const lw_wish *wish, lw_assignment *out, lw_error *error) {
    static const lw_wish plain = {0};
    if (!assistant || !out)
        return lw_error_set(error, LW_EINVAL, "lw_assistant_suggest: assistant and out must not be NULL");
    if (!wish)
        wish = &plain;
    int code = lw_assistant_check_writable(assistant, error);
    if (code == LW_OK)
        code = check_wish(wish, error);
    if (code != LW_OK)
        return code;
    lw_desk *desk = lw_assistant_desk(assistant, wish->space, error);
    if (!desk)
        return LW_ENOTFOUND;
    if (wish->config || wish->default_config)
        return suggest_given(assistant, desk, wish, out, error);
    bool found;
    lw_want want = {.space = desk->name, .wish = wish};
    code = lw_doubts_settle(assistant, &want, out, &found, error);
    if (code != LW_OK || found)
        return code;
    code = lw_assistant_begin_suggesting(assistant, error);
    if (code != LW_OK)
        return code;
    code = suggest_new(assistant, desk, wish, out, error);
    lw_assistant_end_suggesting(assistant);
    return code;
}

void lw_assignment_release(lw_assignment *assignment) {
    if (!assignment)
        return;
    lw_config_free(assignment->config);
    if (assignment->document)
        bson_destroy(assignment->document);
    *assignment = (lw_assignment){0};
}
