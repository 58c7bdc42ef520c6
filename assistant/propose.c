#include <math.h>
#include <string.h>

#include <labwatch/sys/memory.h>

#include "propose.h"

static void release_view(lw_view *view) {
    lw_free(view->open_ids);
    lw_free(view->void_ids);
    *view = (lw_view){0};
}

void lw_idea_release(lw_idea *idea) {
    lw_suggestion_release(&idea->suggestion);
    release_view(&idea->view);
    *idea = (lw_idea){0};
}

static int need_optimizer(const lw_assistant *assistant, lw_desk *desk, lw_error *error) {
    const lw_experiment *experiment = assistant->experiment;
    if (desk->optimizer)
        return LW_OK;
    int code = lw_optimizer_new(&desk->optimizer, experiment->optimizer, experiment->optimizer_options, desk->space,
                                assistant->seed, assistant->extra, error);
    if (code == LW_ENOTFOUND)
        return lw_error_set(error, LW_EUNSUPPORTED,
                            "the optimizer '%s' of the experiment '%s' is not part of labwatch: only the program that brings it "
                            "can suggest",
                            experiment->optimizer, experiment->name);
    return code;
}

static int explain(int code, const lw_assistant *assistant, const lw_desk *desk, lw_error *error) {
    if (code == LW_EXHAUSTED)
        lw_error_set(error, LW_EXHAUSTED, "space '%s' of experiment '%s' has no configuration left to suggest", desk->name,
                     assistant->experiment->name);
    return code;
}

static int ids_as_text(const lw_id_list *list, char **out, lw_error *error) {
    *out = lw_ids_to_text(list->ids, list->n);
    return *out ? LW_OK : lw_error_no_memory(error);
}

/* ---- optimizers that read only the number ---- */

/* Answers from the store's index, so that no history is loaded. */
typedef struct taken_query {
    lw_assistant *assistant;
    const lw_desk *desk;
    const lw_config *asked;
    uint8_t digest[LW_DIGEST_SIZE]; /* of the last question, which is often asked twice */
    uint64_t count;                 /* its answer */
    bool any;                       /* some config was there already */
    int64_t changes;                /* of the experiment's runs, when the last question was answered */
    int code;                       /* of the first question that failed */
    lw_error *error;
} taken_query;

static size_t count_config(void *arg, const lw_config *config, double fidelity) {
    taken_query *self = arg;
    uint8_t digest[LW_DIGEST_SIZE];
    (void)fidelity; /* who reads only the number knows of no fidelities */
    if (self->code != LW_OK)
        return 0;
    lw_config_digest(config, digest);
    if (self->asked && memcmp(digest, self->digest, sizeof digest) == 0) {
        self->asked = config;
        return self->count;
    }
    memcpy(self->digest, digest, sizeof digest);
    self->asked = config;
    self->count = 0;
    self->code = lw_store_config_count(self->assistant->store, self->assistant->experiment->name, self->desk->name, digest,
                                       &self->count, &self->changes, self->error);
    self->any = self->any || self->count > 0;
    return self->count;
}

int lw_config_is_taken(lw_assistant *assistant, const lw_desk *desk, const lw_config *config, bool *taken, lw_error *error) {
    taken_query query = {.assistant = assistant, .desk = desk, .error = error};
    *taken = count_config(&query, config, (double)NAN) >= (size_t)assistant->experiment->repeats;
    return query.code;
}

static int collect_id(void *arg, const lw_run_row *row) {
    return lw_id_list_add(arg, row->id) ? LW_OK : LW_ENOMEM;
}

/* Interrupted runs, whose configurations are free; mostly there are none. */
static int read_void_ids(const lw_assistant *assistant, const lw_run_counts *counts, lw_view *view, lw_error *error) {
    lw_id_list list = {0};
    if (counts->by_status[LW_STATUS_INTERRUPTED] == 0)
        return LW_OK;
    lw_run_query query = {
        .experiment = assistant->experiment->name,
        .statuses = 1u << LW_STATUS_INTERRUPTED,
        .up_to_id = counts->last_id,
    };
    int code = lw_store_row_each(assistant->store, &query, collect_id, &list, error);
    if (code == LW_OK)
        code = ids_as_text(&list, &view->void_ids, error);
    else if (code == LW_ENOMEM)
        lw_error_no_memory(error);
    lw_id_list_release(&list);
    return code;
}

static int propose_by_number(lw_assistant *assistant, lw_desk *desk, const lw_run_counts *counts, lw_idea *idea, bool *again,
                             lw_error *error) {
    taken_query query = {.assistant = assistant, .desk = desk, .error = error};
    lw_question question = {
        .number = idea->number,
        .budget = idea->view.budget,
        .fit_last_id = idea->view.fit_last_id,
        .repeats = idea->view.repeats,
        .count = count_config,
        .count_self = &query,
    };
    int code = read_void_ids(assistant, counts, &idea->view, error);
    if (code != LW_OK)
        return code;
    code = lw_optimizer_suggest_configuration(desk->optimizer, &question, &idea->suggestion, error);
    if (query.code != LW_OK) {
        if (code == LW_OK)
            lw_suggestion_release(&idea->suggestion);
        return query.code;
    }
    if (code == LW_OK && query.asked == idea->suggestion.config) { /* the last question is about what is given out */
        idea->has_digest = true;
        memcpy(idea->digest, query.digest, sizeof idea->digest);
    }
    /* What is taken is told of the moment of the question; where it can matter that this is not the one of the counts: */
    bool may_matter = desk->finite || query.any || counts->by_status[LW_STATUS_INTERRUPTED] > 0;
    *again = may_matter && query.asked && query.changes != counts->changes;
    return explain(code, assistant, desk, error);
}

/* ---- optimizers that read the history ---- */

static int look(lw_assistant *assistant, lw_desk *desk, const lw_live *live, const lw_run_counts *counts, lw_effort effort,
                lw_error *error) {
    lw_catch_up catch_up = {
        .store = assistant->store,
        .reader = {assistant->experiment, desk->space, desk->name, desk->version},
        .optimizer = desk->optimizer,
        .sight = &desk->sight,
        .epoch = live->epoch,
        .counts = counts,
    };
    return effort == LW_EFFORT_WHOLE ? lw_catch_up_all(&catch_up, error) : lw_catch_up_pending(&catch_up, error);
}

static int describe_view(const lw_desk *desk, lw_view *view, lw_error *error) {
    int code = ids_as_text(&desk->sight.open, &view->open_ids, error);
    if (code == LW_OK)
        code = ids_as_text(&desk->sight.voided, &view->void_ids, error);
    if (code == LW_OK) {
        lw_history_digest(lw_optimizer_history(desk->optimizer), view->digest);
        view->has_digest = true;
    }
    return code;
}

static int propose_by_history(lw_assistant *assistant, lw_desk *desk, lw_idea *idea, lw_error *error) {
    lw_question question = {
        .number = idea->number,
        .budget = idea->view.budget,
        .fit_last_id = idea->view.fit_last_id,
        .repeats = idea->view.repeats,
    };
    int code = describe_view(desk, &idea->view, error);
    if (code == LW_OK)
        code = lw_optimizer_suggest_configuration(desk->optimizer, &question, &idea->suggestion, error);
    return explain(code, assistant, desk, error);
}

/* ---- both ---- */

int lw_desk_catch_up(lw_assistant *assistant, lw_desk *desk, const lw_live *live, const lw_run_counts *counts,
                     lw_effort effort, lw_error *error) {
    int code = need_optimizer(assistant, desk, error);
    return code == LW_OK && desk->reads_history ? look(assistant, desk, live, counts, effort, error) : code;
}

int lw_propose(lw_assistant *assistant, lw_desk *desk, const lw_live *live, const lw_run_counts *counts, lw_effort effort,
               lw_idea *idea, bool *again, lw_error *error) {
    bool fits_anew = effort == LW_EFFORT_WHOLE || !desk->reads_history;
    int64_t fit_last_id = fits_anew ? counts->last_id : idea->view.fit_last_id;
    *again = false;
    int code = lw_desk_catch_up(assistant, desk, live, counts, effort, error);
    if (code != LW_OK)
        return code;
    lw_idea_release(idea);
    idea->number = (uint64_t)counts->own + 1;
    idea->view.last_id = counts->last_id;
    idea->view.fit_last_id = fit_last_id;
    idea->view.epoch = live->epoch;
    idea->view.budget = live->budget;
    idea->view.repeats = assistant->experiment->repeats;
    if (desk->reads_history)
        return propose_by_history(assistant, desk, idea, error);
    return propose_by_number(assistant, desk, counts, idea, again, error);
}
