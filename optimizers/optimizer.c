#include <math.h>
#include <string.h>

#include <labwatch/optimizer.h>
#include <labwatch/sys/memory.h>

#include "duplicates.h"
#include "history_internal.h"
#include "options.h"
#include "type_state.h"

struct lw_optimizer {
    bson_t memo; /* of the proposal that is being made; first, since it needs the largest alignment */
    const lw_optimizer_type *type;
    lw_space *space;
    lw_options *options;
    uint64_t seed;
    lw_history *history;
    lw_history *nothing; /* an empty history, for types that read only the number */
    lw_config *blank;    /* what a proposal's configuration is before the type fills it in */
    lw_space_size size;
    void *state;
    bool stale; /* the state must be made anew: something failed while it was brought up to date */
};

/* ---- the type's state ---- */

static int update_state(lw_optimizer *optimizer, const lw_observation *const *changed, size_t n, lw_error *error) {
    int outcome = lw_type_tell(optimizer->type, optimizer->state, optimizer->history, changed, n, error);
    if (outcome != LW_OK)
        optimizer->stale = true;
    return outcome;
}

static int init_state(lw_optimizer *optimizer, lw_error *error) {
    if (!optimizer->type->init)
        return LW_OK;
    lw_optimizer_setup setup = {.space = optimizer->space, .options = optimizer->options, .seed = optimizer->seed};
    return optimizer->type->init(optimizer->state, &setup, error);
}

/* Makes the state anew from the history. Until that succeeds the optimizer stays stale. */
static int renew_state(lw_optimizer *optimizer, lw_error *error) {
    optimizer->stale = true;
    if (optimizer->type->release)
        optimizer->type->release(optimizer->state);
    memset(optimizer->state, 0, optimizer->type->state_size);
    int outcome = init_state(optimizer, error);
    if (outcome == LW_OK)
        outcome = lw_type_tell_all(optimizer->type, optimizer->state, optimizer->history, error);
    optimizer->stale = outcome != LW_OK;
    return outcome;
}

/* ---- life ---- */

static int prepare(lw_optimizer *optimizer, const bson_t *options, const lw_space *space, lw_error *error) {
    int outcome = lw_options_new(&optimizer->options, optimizer->type, options, error);
    if (outcome != LW_OK)
        return outcome;
    optimizer->space = lw_space_retain(space);
    outcome = lw_history_new(&optimizer->history, space, error);
    if (outcome == LW_OK)
        outcome = lw_history_new(&optimizer->nothing, space, error);
    if (outcome == LW_OK)
        outcome = lw_config_new(&optimizer->blank, space, error);
    if (outcome != LW_OK)
        return outcome;
    optimizer->state = lw_calloc(1, optimizer->type->state_size);
    if (!optimizer->state)
        return lw_error_no_memory(error);
    return init_state(optimizer, error);
}

int lw_optimizer_new(lw_optimizer **out, const char *name, const bson_t *options, const lw_space *space, uint64_t seed,
                     const lw_optimizer_type *const *extra, lw_error *error) {
    if (!out || !space)
        return lw_error_set(error, LW_EINVAL, "an optimizer needs a space, and a place to be put");
    lw_error looked_up; /* its code is the answer even if the caller does not want the sentence */
    const lw_optimizer_type *type = lw_optimizer_type_by_name(name, extra, &looked_up);
    if (!type)
        return lw_error_set(error, looked_up.code, "%s", looked_up.message);
    lw_optimizer *optimizer = lw_calloc(1, sizeof *optimizer);
    if (!optimizer)
        return lw_error_no_memory(error);
    bson_init(&optimizer->memo);
    optimizer->type = type;
    optimizer->seed = seed;
    int outcome = prepare(optimizer, options, space, error);
    if (outcome != LW_OK) {
        lw_optimizer_free(optimizer);
        return outcome;
    }
    *out = optimizer;
    return LW_OK;
}

int lw_optimizer_check(const char *name, const bson_t *options, const lw_optimizer_type *const *extra,
                       lw_error *error) {
    lw_error looked_up;
    const lw_optimizer_type *type = lw_optimizer_type_by_name(name, extra, &looked_up);
    if (!type)
        return lw_error_set(error, looked_up.code, "%s", looked_up.message);
    lw_options *checked = NULL;
    int outcome = lw_options_new(&checked, type, options, error);
    lw_options_free(checked);
    return outcome;
}

void lw_optimizer_free(lw_optimizer *optimizer) {
    if (!optimizer)
        return;
    if (optimizer->state && optimizer->type->release)
        optimizer->type->release(optimizer->state);
    lw_free(optimizer->state);
    lw_config_free(optimizer->blank);
    lw_history_free(optimizer->nothing);
    lw_history_free(optimizer->history);
    lw_options_free(optimizer->options);
    lw_space_free(optimizer->space);
    bson_destroy(&optimizer->memo);
    lw_free(optimizer);
}

const lw_optimizer_type *lw_optimizer_get_type(const lw_optimizer *optimizer) {
    return optimizer->type;
}

const lw_history *lw_optimizer_history(const lw_optimizer *optimizer) {
    return optimizer->history;
}

/* ---- update ---- */

enum { PORTION = 64 };

/* Puts up to PORTION observations, and tells the type of those that were put even if one could not be. */
static int update_portion(lw_optimizer *optimizer, const lw_observation *observations, size_t n, lw_error *error) {
    int outcome = LW_OK;
    size_t n_put = 0;
    while (n_put < n && (outcome = lw_history_put(optimizer->history, &observations[n_put], error)) == LW_OK)
        n_put++;
    if (!optimizer->type->update || optimizer->stale)
        return outcome;
    const lw_observation *changed[PORTION];
    for (size_t i = 0; i < n_put; i++)
        changed[i] = lw_history_find(optimizer->history, observations[i].run_id);
    int updated = update_state(optimizer, changed, n_put, outcome == LW_OK ? error : NULL);
    return outcome == LW_OK ? updated : outcome;
}

int lw_optimizer_update(lw_optimizer *optimizer, const lw_observation *observations, size_t n, lw_error *error) {
    if (!optimizer || (!observations && n > 0))
        return lw_error_set(error, LW_EINVAL, "update needs an optimizer and observations");
    int outcome = LW_OK;
    for (size_t i = 0; i < n && outcome == LW_OK; i++)
        outcome = lw_history_check(optimizer->history, &observations[i], error);
    for (size_t i = 0; i < n && outcome == LW_OK; i += PORTION)
        outcome = update_portion(optimizer, observations + i, n - i < PORTION ? n - i : PORTION, error);
    return outcome;
}

void lw_optimizer_reset(lw_optimizer *optimizer) {
    lw_history_clear(optimizer->history);
    (void)renew_state(optimizer, NULL); /* if that fails it is tried again, and reported, at the next suggestion */
}

/* ---- questions ---- */

static int check_question(const lw_optimizer *optimizer, const lw_question *question, const void *out,
                          lw_error *error) {
    if (!optimizer || !question || !out)
        return lw_error_set(error, LW_EINVAL, "who asks needs an optimizer, a question and a place for the answer");
    if (question->number == 0)
        return lw_error_set(error, LW_EINVAL, "suggestions are numbered from 1");
    if (question->budget < 0 || question->fit_last_id < 0 || question->repeats < 0)
        return lw_error_set(error, LW_EINVAL, "budget, fit_last_id and repeats of a question cannot be negative");
    return LW_OK;
}

static bool request_is_taken(void *self, const lw_config *config, double fidelity) {
    return lw_taken_is(self, config, fidelity);
}

/* A question as a type gets it. The request points to the other members. */
typedef struct asking {
    lw_request request;
    lw_stream stream;
    lw_taken taken;
} asking;

/* Fills *out in, after making the state anew if it is stale. */
static int begin_asking(lw_optimizer *optimizer, const lw_question *question, asking *out, lw_error *error) {
    int outcome = optimizer->stale ? renew_state(optimizer, error) : LW_OK;
    bool reads_history = optimizer->type->reads == LW_READS_HISTORY;
    out->taken = (lw_taken){.history = optimizer->history, .question = question};
    out->request = (lw_request){
        .number = question->number,
        .seed = optimizer->seed,
        .budget = question->budget,
        .stream = &out->stream,
        .history = reads_history ? optimizer->history : optimizer->nothing,
        .fit_last_id = question->fit_last_id > 0 ? question->fit_last_id : INT64_MAX,
        .is_taken = request_is_taken,
        .is_taken_self = &out->taken,
        .maximize = question->maximize,
    };
    return outcome;
}

/* Addresses the stream of a draw. */
static void begin_draw(lw_optimizer *optimizer, lw_request *request, uint64_t draw) {
    lw_stream_init(request->stream, optimizer->seed, LW_PURPOSE_SUGGESTION, request->number, draw);
    request->draw = draw;
}

/* ---- suggest ---- */

static void start_proposal(lw_optimizer *optimizer, lw_proposal *proposal) {
    lw_config_copy(proposal->config, optimizer->blank);
    proposal->fidelity = NAN;
    proposal->parent = 0;
    proposal->memo = &optimizer->memo;
    bson_reinit(&optimizer->memo);
}

/* Members that no constraint of a space sees. NaN is the full fidelity, 0 no parent. */
static int check_proposal(const lw_optimizer *optimizer, const lw_proposal *proposal, lw_error *error) {
    const char *name = optimizer->type->name;
    if (proposal->fidelity <= 0 || isinf(proposal->fidelity))
        return lw_error_set(error, LW_EINVAL, "the optimizer '%s' proposed the fidelity %g: expected a number above 0", name,
                            proposal->fidelity);
    bool sees_runs = optimizer->type->reads == LW_READS_HISTORY;
    if (proposal->parent != 0 && sees_runs && !lw_history_find(optimizer->history, proposal->parent))
        return lw_error_set(error, LW_EINVAL, "the optimizer '%s' proposed to continue run %lld, which is not in its history",
                            name, (long long)proposal->parent);
    return LW_OK;
}

/* Lets the type propose until it hits a configuration that is valid and free; *found says whether it did. *count is how
 * many runs have it. */
static int propose(lw_optimizer *optimizer, lw_request *request, lw_proposal *proposal, bool *found, size_t *count,
                   lw_error *error) {
    lw_taken *taken = request->is_taken_self;
    for (uint64_t draw = 0; draw < LW_MAX_DRAWS && !*found; draw++) {
        begin_draw(optimizer, request, draw);
        start_proposal(optimizer, proposal);
        int outcome = optimizer->type->suggest_configuration(optimizer->state, request, proposal, error);
        if (outcome == LW_EUNSATISFIABLE)
            return LW_OK; /* its draws hit nothing that is allowed: what comes behind may know of something */
        if (outcome == LW_OK)
            outcome = check_proposal(optimizer, proposal, error);
        if (outcome != LW_OK)
            return outcome;
        if (!lw_config_is_valid(proposal->config))
            continue;
        *count = lw_taken_count(taken, proposal->config, proposal->fidelity);
        *found = lw_taken_allows(taken, *count);
    }
    return LW_OK;
}

/* The type's proposals were all refused. What comes now is nobody's continuation, and no optimizer's idea. */
static int fall_back(lw_optimizer *optimizer, lw_request *request, lw_proposal *proposal, size_t *count,
                     lw_error *error) {
    lw_taken *taken = request->is_taken_self;
    lw_stream_init(request->stream, optimizer->seed, LW_PURPOSE_SUGGESTION, request->number, LW_MAX_DRAWS);
    double fidelity = proposal->fidelity;
    start_proposal(optimizer, proposal);
    proposal->fidelity = fidelity;
    int outcome = lw_free_config(proposal->config, taken, fidelity, &optimizer->size, request->stream, error);
    if (outcome == LW_OK)
        *count = lw_taken_count(taken, proposal->config, fidelity);
    return outcome;
}

static int fill_suggestion(const lw_proposal *proposal, size_t replicate, lw_suggestion *out, lw_error *error) {
    out->config = proposal->config;
    out->fidelity = proposal->fidelity;
    out->parent = proposal->parent;
    out->replicate = replicate < INT32_MAX ? (int32_t)replicate : INT32_MAX;
    out->memo = NULL;
    if (bson_empty(proposal->memo))
        return LW_OK;
    out->memo = lw_malloc(sizeof *out->memo);
    if (!out->memo)
        return lw_error_no_memory(error);
    bson_copy_to(proposal->memo, out->memo);
    return LW_OK;
}

int lw_optimizer_suggest_configuration(lw_optimizer *optimizer, const lw_question *question, lw_suggestion *out,
                                       lw_error *error) {
    asking ask;
    lw_proposal proposal = {0};
    int outcome = check_question(optimizer, question, out, error);
    if (outcome == LW_OK)
        outcome = begin_asking(optimizer, question, &ask, error);
    if (outcome == LW_OK)
        outcome = lw_config_dup(&proposal.config, optimizer->blank, error);
    if (outcome != LW_OK)
        return outcome;
    if (error)
        error->code = LW_OK; /* it may be new, or have a sentence of another call */
    bool found = false;
    size_t count = 0;
    outcome = propose(optimizer, &ask.request, &proposal, &found, &count, error);
    if (outcome == LW_OK && !found)
        outcome = fall_back(optimizer, &ask.request, &proposal, &count, error);
    lw_suggestion suggestion;
    if (outcome == LW_OK)
        outcome = fill_suggestion(&proposal, count, &suggestion, error);
    if (outcome == LW_OK)
        *out = suggestion;
    else
        lw_config_free(proposal.config);
    if (outcome == LW_EXHAUSTED && error && error->code != LW_EXHAUSTED)
        lw_error_set(error, LW_EXHAUSTED, "%s", lw_code_text(LW_EXHAUSTED));
    return outcome;
}

void lw_suggestion_release(lw_suggestion *suggestion) {
    lw_config_free(suggestion->config);
    if (suggestion->memo)
        bson_destroy(suggestion->memo);
    lw_free(suggestion->memo);
    memset(suggestion, 0, sizeof *suggestion);
}

/* ---- describe ---- */

int lw_optimizer_describe(lw_optimizer *optimizer, const lw_question *question, bson_t *out, lw_error *error) {
    asking ask;
    int outcome = check_question(optimizer, question, out, error);
    if (outcome != LW_OK)
        return outcome;
    const lw_optimizer_type *type = optimizer->type;
    if (!type->describe)
        return lw_error_set(error, LW_EUNSUPPORTED, "%s does not model the costs: there is nothing that it believes",
                            type->name);
    outcome = begin_asking(optimizer, question, &ask, error);
    if (outcome != LW_OK)
        return outcome;
    begin_draw(optimizer, &ask.request, 0);
    bson_t document;
    bson_init(&document);
    BSON_APPEND_UTF8(&document, "optimizer", type->name);
    outcome = type->describe(optimizer->state, &ask.request, &document, error);
    if (outcome == LW_OK)
        bson_steal(out, &document);
    else
        bson_destroy(&document);
    return outcome;
}
