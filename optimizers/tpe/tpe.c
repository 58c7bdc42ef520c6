/*
 * The tree-structured Parzen estimator. docs/optimizers/tpe.md says what it does and what each part is worth.
 */
#include <math.h>

#include <labwatch/sys/memory.h>

#include "builtin_types.h"
#include "density.h"
#include "initial_design.h"
#include "levels.h"

typedef struct tpe_state {
    const lw_space *space;
    lw_initial_design design;
    lw_history_rows rows;
    lw_tpe_groups groups;
    lw_tpe_split split;
    lw_tpe_density good, bad;
    double gamma, prior_weight;
    size_t n_candidates;
    double *u;             /* d: room for a point */
    double *x, *width;     /* candidates: n_candidates x d each */
    double *score, *other; /* n_candidates each */
    bool is_fitted;        /* the estimators are those of the rows up to fitted_last_id */
    int64_t fitted_last_id;
} tpe_state;

static const lw_option_spec tpe_options[] = {
    {.name = "candidates", .kind = LW_OPTION_INTEGER, .lower = 1, .upper = 1000, .default_number = 24,
     .help = "So many configurations are drawn from the good ones' density, and the most promising is suggested."},
    {.name = "gamma", .kind = LW_OPTION_NUMBER, .lower = 0.001, .upper = 0.9, .default_number = 0.12,
     .help = "The share of the results that counts as good, at most 50 of them."},
    LW_INITIAL_OPTIONS("10."),
    {.name = "multivariate", .kind = LW_OPTION_BOOL, .default_number = 1,
     .help = "Look at parameters that are active together; otherwise at each of them alone."},
    {.name = "prior_weight", .kind = LW_OPTION_NUMBER, .lower = 0.001, .upper = 1000, .default_number = 0.5,
     .help = "How many observations the prior counts for."},
    {0},
};

static int tpe_init(void *untyped, const lw_optimizer_setup *setup, lw_error *error) {
    tpe_state *state = untyped;
    state->space = setup->space;
    state->gamma = lw_options_number(setup->options, "gamma");
    state->prior_weight = lw_options_number(setup->options, "prior_weight");
    state->n_candidates = (size_t)lw_options_integer(setup->options, "candidates");
    const size_t d = state->rows.d = lw_space_n_parameters(setup->space), m = state->n_candidates;
    state->u = lw_calloc(d + 2 * m * d + 2 * m, sizeof(double));
    if (!state->u)
        return lw_error_no_memory(error);
    state->x = state->u + d;
    state->width = state->x + m * d;
    state->score = state->width + m * d;
    state->other = state->score + m;
    int outcome = lw_initial_design_init(&state->design, setup, error);
    if (outcome != LW_OK)
        return outcome;
    return lw_tpe_groups_init(&state->groups, setup->space, lw_options_bool(setup->options, "multivariate"), error);
}

static void tpe_release(void *untyped) {
    tpe_state *state = untyped;
    lw_initial_design_release(&state->design);
    lw_history_rows_release(&state->rows);
    lw_tpe_density_release(&state->good);
    lw_tpe_density_release(&state->bad);
    lw_tpe_groups_release(&state->groups);
    lw_tpe_split_release(&state->split);
    lw_free(state->u);
}

static int tpe_update(void *untyped, const lw_history *history, const lw_observation *const *changed, size_t n,
                      lw_error *error) {
    (void)history;
    tpe_state *state = untyped;
    state->is_fitted = false;
    return lw_history_rows_update(&state->rows, changed, n, error);
}

/*
 * How much finer the densities may be with so many runs: otherwise nothing that is much nearer to the best than the
 * narrowest kernel is wide would be found with thousands of them.
 */
static double fineness(const lw_tpe_part *part) {
    return fmax(1, (double)part->n_runs / 400);
}

/* Where it is good is told the finer the more is known. */
static double narrowest_good(const lw_tpe_part *part, size_t n, size_t d) {
    (void)d;
    return 1 / (fmin(100, 2 * ((double)n + 2)) * fineness(part));
}

/* In many dimensions narrow kernels leave nearly all of the space to the prior, and say of nothing that it is bad. */
static double narrowest_bad(const lw_tpe_part *part, size_t n, size_t d) {
    (void)n;
    return 1 / (fmax(20, 100 / (double)d) * fineness(part));
}

static int fit(tpe_state *state, int64_t fit_last_id, lw_error *error) {
    if (state->is_fitted && state->fitted_last_id == fit_last_id)
        return LW_OK;
    state->is_fitted = false;
    const lw_tpe_groups *groups = &state->groups;
    const lw_history_rows *rows = &state->rows;
    const lw_tpe_split *split = &state->split;
    const double prior = state->prior_weight;
    int outcome = lw_tpe_split_rows(&state->split, &state->rows, fit_last_id, state->gamma, error);
    if (outcome == LW_OK)
        outcome = lw_tpe_density_fit(&state->good, groups, rows, &split->good, narrowest_good, prior, error);
    if (outcome == LW_OK)
        outcome = lw_tpe_density_fit(&state->bad, groups, rows, &split->bad, narrowest_bad, prior, error);
    state->is_fitted = outcome == LW_OK;
    state->fitted_last_id = fit_last_id;
    return outcome;
}

/* ---- candidates ---- */

static void draw_candidates(tpe_state *state, size_t g, lw_stream *stream) {
    const lw_tpe_group *group = &state->groups.items[g];
    const lw_parzen *good = lw_tpe_density_given(&state->good, g), *bad = lw_tpe_density_given(&state->bad, g);
    const size_t m = state->n_candidates, d = group->n;
    for (size_t k = 0; k < m; k++) {
        double *x = state->x + k * d;
        lw_parzen_draw(good, lw_stream_rng(stream), x);
        for (size_t j = 0; j < d; j++) {
            bool is_number = group->columns[j].kind == LW_PARZEN_NUMBERS;
            state->width[k * d + j] = is_number ? lw_tpe_cell_width(state->space, group->parameter[j], x[j]) : 0;
        }
    }
    lw_parzen_log_density(good, m, state->x, state->width, state->score);
    lw_parzen_log_density(bad, m, state->x, state->width, state->other);
    for (size_t k = 0; k < m; k++)
        state->score[k] -= state->other[k];
}

/* The most promising candidate that is left, which then is not. */
static size_t take_best(tpe_state *state) {
    size_t best = 0;
    for (size_t k = 1; k < state->n_candidates; k++)
        if (state->score[k] > state->score[best])
            best = k;
    state->score[best] = -INFINITY;
    return best;
}

static void put_candidate(tpe_state *state, const lw_tpe_group *group, size_t k) {
    for (size_t j = 0; j < group->n; j++) {
        const lw_parzen_column *column = &group->columns[j];
        double x = state->x[k * group->n + j];
        size_t level = (size_t)x;
        state->u[group->parameter[j]] =
            column->kind == LW_PARZEN_NUMBERS ? x : 0.5 * (column->ends[level] + column->ends[level + 1]);
    }
}

/* Whether nothing is left to be chosen behind group g. */
static bool is_complete(const tpe_state *state, size_t g, const lw_config *config) {
    for (size_t later = g + 1; later < state->groups.n; later++)
        if (lw_config_is_active(config, state->groups.items[later].parameter[0]))
            return false;
    return true;
}

static bool may_be_suggested(const tpe_state *state, const lw_request *request, size_t g, const lw_config *config) {
    if (!lw_config_is_valid(config))
        return false;
    return !is_complete(state, g, config) || !request->is_taken(request->is_taken_self, config, NAN);
}

/* Among so many of the best one is looked for that may be suggested. */
enum { MAX_TRIES = 64 };

/*
 * Fills in the group's best candidate with which constraints hold, as far as can be told while later parameters have
 * their defaults, and that completes no configuration that is taken; the best of all if there is none.
 */
static void choose(tpe_state *state, const lw_request *request, size_t g, lw_config *config) {
    const lw_tpe_group *group = &state->groups.items[g];
    draw_candidates(state, g, request->stream);
    size_t best = 0, k = 0;
    bool is_good = false;
    for (size_t tries = 0; tries < state->n_candidates && tries < MAX_TRIES && !is_good; tries++) {
        k = take_best(state);
        best = tries == 0 ? k : best;
        put_candidate(state, group, k);
        lw_config_decode(config, state->u);
        is_good = may_be_suggested(state, request, g, config);
    }
    if (!is_good) {
        k = best;
        put_candidate(state, group, k);
        lw_config_decode(config, state->u);
    }
    lw_tpe_density_observe(&state->good, g, state->x + k * group->n, state->width + k * group->n);
    lw_tpe_density_observe(&state->bad, g, state->x + k * group->n, state->width + k * group->n);
}

/* Group by group, each behind those that its condition reads. */
static void suggest_by_model(tpe_state *state, const lw_request *request, lw_config *config) {
    for (size_t i = 0; i < state->groups.d; i++)
        state->u[i] = NAN;
    lw_config_decode(config, state->u);
    lw_tpe_density_begin(&state->good);
    lw_tpe_density_begin(&state->bad);
    for (size_t g = 0; g < state->groups.n; g++)
        if (lw_config_is_active(config, state->groups.items[g].parameter[0]))
            choose(state, request, g, config);
}

static int tpe_suggest(void *untyped, const lw_request *request, lw_proposal *proposal, lw_error *error) {
    tpe_state *state = untyped;
    uint64_t n_initial = state->design.n > 0 ? state->design.n : 10;
    if (state->groups.d == 0 || lw_initial_design_has(request, n_initial))
        return lw_initial_design_suggest(&state->design, request, proposal, error);
    int outcome = fit(state, request->fit_last_id, error);
    if (outcome != LW_OK)
        return outcome;
    if (state->split.good.n == 0)
        return lw_initial_design_suggest(&state->design, request, proposal, error);
    suggest_by_model(state, request, proposal->config);
    return LW_OK;
}

const lw_optimizer_type lw_optimizer_tpe = {
    .name = "tpe",
    .summary = "tree-structured Parzen estimator: cheap, for any space and for many runs",
    .source = "Bergstra, Bardenet, Bengio and Kegl, Algorithms for hyper-parameter optimization, NeurIPS 2011; "
              "Falkner, Klein and Hutter, BOHB, ICML 2018; Watanabe, arXiv 2304.11127 (2023)",
    .reads = LW_READS_HISTORY,
    .options = tpe_options,
    .state_size = sizeof(tpe_state),
    .init = tpe_init,
    .suggest_configuration = tpe_suggest,
    .update = tpe_update,
    .release = tpe_release,
};
