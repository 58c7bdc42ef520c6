/*
 * Bayesian optimization with a Gaussian process. docs/optimizers/gp.md says what it does and what each part is worth.
 */
#include <math.h>

#include <labwatch/sys/memory.h>
#include <labwatch/sys/module.h>
#include <labwatch/sys/optimizer.h>

#include "belief.h"
#include "blas.h"
#include "describe.h"
#include "fit_cache.h"
#include "initial_design.h"
#include "maximizer.h"
#include "memo.h"
#include "region.h"

typedef struct gp_state {
    const lw_space *space;
    lw_gp_columns columns;
    lw_gp_manner manner;
    lw_acquisition_kind acquisition;
    double kappa;
    lw_initial_design design;
    int64_t refit;
    size_t max_observations;
    bool has_trust_region;
    double *theta;     /* G + 2: of an earlier run */
    lw_gp_fit_cache cache;
    lw_config *config; /* room for a configuration */
} gp_state;

static const char *const acquisitions[] = {"ei", "pi", "ucb", NULL};
static const char *const kernels[] = {"matern52", "matern32", "rbf", NULL};
static const char *const transforms[] = {"winsorize", "none", "power", "rank", NULL};
/* In the order of the option. */
static const lw_transform_kind transform_kinds[] = {LW_TRANSFORM_WINSORIZE, LW_TRANSFORM_NONE, LW_TRANSFORM_POWER,
                                                    LW_TRANSFORM_RANK};

/* What both types have. */
#define COMMON_OPTIONS \
    {.name = "acquisition", .kind = LW_OPTION_CHOICE, .choices = acquisitions, \
     .help = "What is maximised: expected improvement, probability of improvement, or a confidence bound."}, \
    {.name = "kappa", .kind = LW_OPTION_NUMBER, .lower = 0, .upper = 100, .default_number = 1.8, \
     .help = "For ucb: how many deviations below the mean it looks."}, \
    LW_INITIAL_OPTIONS("5, or 3 of a budget below 20."), \
    {.name = "kernel", .kind = LW_OPTION_CHOICE, .choices = kernels, .help = "How smooth the cost is taken to be."}, \
    {.name = "noise", .kind = LW_OPTION_NUMBER, .lower = -1, .upper = 1, .default_number = -1, \
     .help = "Variance of the noise as a share of that of the costs; 0 interpolates; -1: learned."}, \
    {.name = "observations", .kind = LW_OPTION_INTEGER, .lower = 10, .upper = 10000, .default_number = 1000, \
     .help = "How many results the model sees at most: of more, the best, those near to the best, and an even share."}, \
    {.name = "refit", .kind = LW_OPTION_INTEGER, .lower = 0, .upper = 1e6, \
     .help = "The lengthscales are fitted anew after so many results; 0: after each up to 100, later after every 50th " \
             "part."}, \
    {.name = "transform", .kind = LW_OPTION_CHOICE, .choices = transforms, \
     .help = "What is done to costs before they are modelled."}, \
    {.name = "trust_region", .kind = LW_OPTION_BOOL, .default_number = 1, \
     .help = "Search every other time near the best configuration only."},

static const lw_option_spec gp_options[] = {COMMON_OPTIONS {0}};

static const lw_option_spec gp_mcmc_options[] = {
    COMMON_OPTIONS
    {.name = "samples", .kind = LW_OPTION_INTEGER, .lower = 1, .upper = 50, .default_number = 10,
     .help = "How many samples of the hyperparameters the acquisition function is averaged over."},
    {0},
};

static int init(gp_state *state, const lw_optimizer_setup *setup, size_t n_samples, lw_error *error) {
    const lw_options *options = setup->options;
    lw_blas_one_thread();
    state->space = setup->space;
    state->acquisition = (lw_acquisition_kind)lw_options_choice(options, "acquisition");
    state->kappa = lw_options_number(options, "kappa");
    state->refit = lw_options_integer(options, "refit");
    state->max_observations = (size_t)lw_options_integer(options, "observations");
    state->has_trust_region = lw_options_bool(options, "trust_region");
    state->manner = (lw_gp_manner){
        .kernel = (lw_kernel)lw_options_choice(options, "kernel"),
        .transform = transform_kinds[lw_options_choice(options, "transform")],
        .noise = lw_options_number(options, "noise"),
        .n_samples = n_samples,
        .seed = setup->seed,
    };
    int outcome = lw_gp_columns_init(&state->columns, setup->space, error);
    if (outcome != LW_OK)
        return outcome;
    state->theta = lw_calloc(lw_gp_n_theta(state->columns.G), sizeof(double));
    if (!state->theta)
        return lw_error_no_memory(error);
    outcome = lw_initial_design_init(&state->design, setup, error);
    return outcome != LW_OK ? outcome : lw_config_new(&state->config, setup->space, error);
}

static int gp_init(void *untyped, const lw_optimizer_setup *setup, lw_error *error) {
    return init(untyped, setup, 0, error);
}

static int gp_mcmc_init(void *untyped, const lw_optimizer_setup *setup, lw_error *error) {
    return init(untyped, setup, (size_t)lw_options_integer(setup->options, "samples"), error);
}

static void gp_release(void *untyped) {
    gp_state *state = untyped;
    lw_gp_columns_release(&state->columns);
    lw_initial_design_release(&state->design);
    lw_gp_fit_cache_release(&state->cache);
    lw_config_free(state->config);
    lw_free(state->theta);
}

/* ---- the first ones ---- */

static uint64_t n_initial(const gp_state *state, int64_t budget) {
    if (state->design.n > 0)
        return state->design.n;
    return budget > 0 && budget < 20 ? 3 : 5;
}

static bool needs_fit(const gp_state *state, size_t n_completed, const lw_gp_found *found) {
    if (found->n == 0 || n_completed < found->n)
        return true;
    size_t interval = state->refit > 0 ? (size_t)state->refit : n_completed <= 100 ? 1 : (n_completed + 49) / 50;
    return n_completed - found->n >= interval;
}

/* ---- the search ---- */

typedef struct gp_asking {
    gp_state *state;
    const lw_request *request;
} gp_asking;

static bool place(void *untyped, double *u, double *x) {
    const gp_asking *asking = untyped;
    gp_state *state = asking->state;
    lw_config_decode(state->config, u);
    if (!lw_config_is_valid(state->config))
        return false;
    lw_config_encode(state->config, u);
    const lw_request *request = asking->request;
    if (request->is_taken(request->is_taken_self, state->config, NAN))
        return false;
    lw_gp_columns_fill(&state->columns, state->config, u, x);
    return true;
}

enum { N_WANTED = 64 };

/* ln 100: the neighbourhood of the best is exhausted where the hope there is so much smaller than elsewhere. */
static const double MAX_LOSS_OF_HOPE = 4.6;

/* In the trust region of that side; side 0: everywhere. */
static int search(gp_state *state, const lw_request *request, const lw_gp_belief *belief, double side,
                  lw_maxima *maxima, lw_error *error) {
    const size_t d = state->columns.d, n = belief->data.n;
    double *room = lw_malloc((2 + LW_GP_CENTRES) * d * sizeof(double));
    if (!room)
        return lw_error_no_memory(error);
    double *lower = room, *upper = room + d;
    for (size_t i = 0; i < d; i++) {
        lower[i] = 0;
        upper[i] = 1;
        state->columns.coordinates[i].length = fmin(exp(belief->theta[i]), 10);
    }
    if (side > 0)
        lw_gp_region_narrow(&state->columns, belief, side, lower, upper);
    gp_asking asking = {state, request};
    const lw_domain domain = {d, state->columns.D, state->columns.coordinates, place, &asking};
    const lw_acquisition acquisition = {
        .kind = state->acquisition,
        .kappa = state->kappa,
        .n_models = belief->n_models,
        .models = belief->models,
        .feasibility = belief->has_feasibility ? &belief->feasibility : NULL,
    };
    const lw_search_region region = {
        .lower = lower,
        .upper = upper,
        .centres = room + 2 * d,
        .n_centres = lw_gp_region_centres(belief, room + 2 * d),
        .is_local = side > 0 && n > 0,
    };
    const lw_maximizer_settings settings = {
        .n_global = 512,
        .n_local = 256,
        .n_starts = n <= 300 ? 10 : 6,
        .n_steps = n <= 300 ? 60 : 25,
        .n_rounds = 2,
    };
    uint64_t sobol_seed = lw_stream_bits(request->stream);
    int outcome = lw_maximize(&domain, &acquisition, &region, &settings, lw_stream_rng(request->stream), sobol_seed,
                              N_WANTED, maxima);
    lw_free(room);
    return outcome == LW_OK ? LW_OK : lw_error_no_memory(error);
}

/*
 * Takes what a search of the trust region finds instead, unless the neighbourhood is exhausted: then there is far more
 * hope elsewhere.
 */
static int search_near_best(gp_state *state, const lw_request *request, const lw_gp_belief *belief, double side,
                            lw_maxima *maxima, bool *is_local, lw_error *error) {
    lw_maxima near;
    int outcome = search(state, request, belief, side, &near, error);
    *is_local = outcome == LW_OK && near.n > 0 &&
                (maxima->n == 0 || near.value[0] > maxima->value[0] - MAX_LOSS_OF_HOPE);
    if (*is_local) {
        lw_maxima elsewhere = *maxima;
        *maxima = near;
        near = elsewhere;
    }
    lw_maxima_release(&near);
    return outcome;
}

/* The model of the costs, fitted if that is due; what this process fitted last is used if it would be the same. */
static int believe(gp_state *state, const lw_request *request, lw_gp_data *data, lw_gp_belief *belief,
                   lw_error *error) {
    const size_t n_theta = lw_gp_n_theta(state->columns.G);
    const lw_gp_found start = lw_gp_memo_find(request->history, request->fit_last_id, &state->manner,
                                              n_theta, state->theta);
    lw_gp_found known = start;
    bool is_due = needs_fit(state, data->n_completed, &start);
    bool is_cached = is_due && lw_gp_fit_cache_has(&state->cache, data, &start, n_theta, &known);
    int outcome = lw_gp_believe(belief, data, &state->columns, &state->manner, &start,
                                is_due && !is_cached ? NULL : &known, request->number, error);
    if (outcome == LW_OK && is_due && !is_cached)
        lw_gp_fit_cache_put(&state->cache, belief, &start, n_theta);
    belief->is_fitted = is_due;
    return outcome;
}

/* Every other suggestion is searched for in the trust region, once there is something to be near to. */
static double region_side(const gp_state *state, const lw_request *request, size_t n_completed) {
    const size_t d = state->columns.d, n_from = 3 * d > 20 ? 3 * d : 20;
    if (!state->has_trust_region || n_completed < n_from || request->number % 2 != 0)
        return 0;
    return lw_gp_region_side(request->history, request->fit_last_id, d);
}

static int suggest_by_model(gp_state *state, const lw_request *request, lw_gp_data *data, lw_proposal *proposal,
                            lw_error *error) {
    double side = region_side(state, request, data->n_completed);
    bool is_local = false;
    lw_gp_belief belief;
    lw_maxima maxima = {0};
    int outcome = believe(state, request, data, &belief, error);
    if (outcome == LW_OK)
        outcome = search(state, request, &belief, 0, &maxima, error);
    if (outcome == LW_OK && side > 0)
        outcome = search_near_best(state, request, &belief, side, &maxima, &is_local, error);
    if (outcome == LW_OK && request->draw < maxima.n) {
        lw_config_decode(proposal->config, maxima.u + request->draw * state->columns.d);
        lw_gp_memo_write(&belief, &state->manner, lw_gp_n_theta(state->columns.G), is_local, proposal->memo);
    } else if (outcome == LW_OK) {
        outcome = lw_config_sample(proposal->config, request->stream, error);
    }
    lw_maxima_release(&maxima);
    lw_gp_belief_release(&belief);
    if (outcome != LW_ENUMERIC)
        return outcome;
    /* Costs that no process fits are no reason to stop: the search goes on as it began, and the run says so. */
    BSON_APPEND_BOOL(proposal->memo, "no_model", true);
    return lw_initial_design_suggest(&state->design, request, proposal, error);
}

/* Whether the configuration is one of the first ones, for which nothing is modelled. */
static bool is_initial(const gp_state *state, const lw_request *request) {
    return state->columns.d == 0 || lw_initial_design_has(request, n_initial(state, request->budget));
}

static int gp_suggest(void *untyped, const lw_request *request, lw_proposal *proposal, lw_error *error) {
    gp_state *state = untyped;
    if (is_initial(state, request))
        return lw_initial_design_suggest(&state->design, request, proposal, error);
    lw_gp_data data;
    int outcome = lw_gp_data_gather(&data, &state->columns, request->history, request->fit_last_id,
                                    state->max_observations, error);
    if (outcome == LW_OK && data.n == 0 && data.n_failed == 0)
        outcome = lw_initial_design_suggest(&state->design, request, proposal, error);
    else if (outcome == LW_OK)
        outcome = suggest_by_model(state, request, &data, proposal, error);
    lw_gp_data_release(&data);
    return outcome;
}

static int gp_describe(void *untyped, const lw_request *request, bson_t *out, lw_error *error) {
    gp_state *state = untyped;
    if (state->columns.d == 0)
        return lw_error_set(error, LW_EUNSUPPORTED, "there is no model of a space without parameters");
    size_t n_completed = lw_history_n_outcome(request->history, LW_COMPLETED);
    if (is_initial(state, request))
        return lw_error_set(error, LW_ENOTFOUND, "there is no model yet: it is asked after %llu runs, of which %zu %s a "
                            "result", (unsigned long long)n_initial(state, request->budget), n_completed,
                            n_completed == 1 ? "has" : "have");
    lw_gp_data data;
    lw_gp_belief belief = {0};
    int outcome = lw_gp_data_gather(&data, &state->columns, request->history, request->fit_last_id,
                                    state->max_observations, error);
    if (outcome == LW_OK && data.n == 0)
        outcome = lw_error_set(error, LW_ENOTFOUND, "there is no model of the costs yet: no run has a result");
    if (outcome == LW_OK)
        outcome = believe(state, request, &data, &belief, error);
    if (outcome == LW_OK)
        outcome = lw_gp_describe(&belief, &state->columns, request, out, error);
    lw_gp_data_release(&data);
    lw_gp_belief_release(&belief);
    return outcome;
}

static const lw_optimizer_type gp_type = {
    .name = "gp",
    .summary = "Bayesian optimization with a Gaussian process: for evaluations that cost minutes or days",
    .source = "Rasmussen and Williams, Gaussian Processes for Machine Learning (2006); Hvarfner et al., ICML 2024; Ament et "
              "al., NeurIPS 2023; Eriksson et al., NeurIPS 2019",
    .reads = LW_READS_HISTORY,
    .options = gp_options,
    .state_size = sizeof(gp_state),
    .init = gp_init,
    .suggest_configuration = gp_suggest,
    .release = gp_release,
    .describe = gp_describe,
};

static const lw_optimizer_type gp_mcmc_type = {
    .name = "gp-mcmc",
    .summary = "as gp, averaged over samples of its hyperparameters: for few and very dear evaluations",
    .source = "Snoek, Larochelle and Adams, Practical Bayesian optimization of machine learning algorithms, NeurIPS 2012; "
              "Neal, Slice sampling, Ann. Statist. 31 (2003); and those of gp",
    .reads = LW_READS_HISTORY,
    .options = gp_mcmc_options,
    .state_size = sizeof(gp_state),
    .init = gp_mcmc_init,
    .suggest_configuration = gp_suggest,
    .release = gp_release,
    .describe = gp_describe,
};

static const lw_optimizer_type *const types[] = {&gp_type, &gp_mcmc_type, NULL};
LW_MODULE(types, NULL);
