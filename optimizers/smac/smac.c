/*
 * Bayesian optimization with a random forest. docs/optimizers/smac.md says what it does and what each part is worth.
 */
#include <math.h>

#include <labwatch/sys/memory.h>

#include "builtin_types.h"
#include "forest_belief.h"
#include "forest_describe.h"
#include "forest_search.h"
#include "initial_design.h"

typedef struct smac_state {
    lw_forest_columns columns;
    lw_initial_design design;
    lw_forest_settings forest;
    lw_forest_costs costs;
    double xi, random_probability;
    size_t n_points, n_starts;
    lw_config *config; /* room for a configuration */
    double *u;         /* room for its coordinates */
} smac_state;

static const char *const transforms[] = {
    [LW_FOREST_COSTS_LOG] = "log",     [LW_FOREST_COSTS_NONE] = "none", [LW_FOREST_COSTS_WINSORIZE] = "winsorize",
    [LW_FOREST_COSTS_POWER] = "power", [LW_FOREST_COSTS_RANK] = "rank", [LW_FOREST_COSTS_RANK + 1] = NULL,
};

static const lw_option_spec smac_options[] = {
    LW_INITIAL_OPTIONS("twice as many as there are parameters, but at least 5, and at most a quarter of the budget."),
    {.name = "n_trees", .kind = LW_OPTION_INTEGER, .lower = 1, .upper = 1000, .default_number = 10,
     .help = "How many trees the forest has."},
    {.name = "ratio_features", .kind = LW_OPTION_NUMBER, .lower = 0, .upper = 1, .default_number = 1,
     .help = "Share of the parameters, drawn at random, that a split chooses among."},
    {.name = "min_samples_split", .kind = LW_OPTION_INTEGER, .lower = 2, .upper = 1e6, .default_number = 2,
     .help = "What has fewer results is not split."},
    {.name = "min_samples_leaf", .kind = LW_OPTION_INTEGER, .lower = 1, .upper = 1e6, .default_number = 1,
     .help = "Nor into parts that have fewer."},
    {.name = "max_depth", .kind = LW_OPTION_INTEGER, .lower = 1, .upper = LW_FOREST_MAX_DEPTH,
     .default_number = LW_FOREST_MAX_DEPTH, .help = "How many splits may be above each other."},
    {.name = "bootstrapping", .kind = LW_OPTION_BOOL, .default_number = 1,
     .help = "Each tree sees a random part of the results."},
    {.name = "xi", .kind = LW_OPTION_NUMBER, .lower = 0, .upper = 1e3, .default_number = 0,
     .help = "How much better a result must be, in deviations of all, to count as an improvement."},
    {.name = "challengers", .kind = LW_OPTION_INTEGER, .lower = 1, .upper = 1e5, .default_number = 1000,
     .help = "How many quasi-random configurations are looked at."},
    {.name = "local_search_iterations", .kind = LW_OPTION_INTEGER, .lower = 1, .upper = 1000, .default_number = 10,
     .help = "How many local searches begin at the best results, and as many at the best quasi-random configurations."},
    {.name = "random_probability", .kind = LW_OPTION_NUMBER, .lower = 0, .upper = 1, .default_number = 0.03,
     .help = "Probability of a configuration that is drawn at random instead."},
    {.name = "transform", .kind = LW_OPTION_CHOICE, .choices = transforms,
     .help = "What is done to costs before they are modelled."},
    {0},
};

static void read_options(smac_state *state, const lw_options *options) {
    state->forest = (lw_forest_settings){
        .n_trees = (size_t)lw_options_integer(options, "n_trees"),
        .ratio_features = lw_options_number(options, "ratio_features"),
        .min_samples_split = (double)lw_options_integer(options, "min_samples_split"),
        .min_samples_leaf = (double)lw_options_integer(options, "min_samples_leaf"),
        .max_depth = (size_t)lw_options_integer(options, "max_depth"),
        .bootstrap = lw_options_bool(options, "bootstrapping"),
        .random_thresholds = true,
    };
    state->costs = (lw_forest_costs)lw_options_choice(options, "transform");
    state->xi = lw_options_number(options, "xi");
    state->random_probability = lw_options_number(options, "random_probability");
    state->n_points = (size_t)lw_options_integer(options, "challengers");
    state->n_starts = (size_t)lw_options_integer(options, "local_search_iterations");
}

static int smac_init(void *untyped, const lw_optimizer_setup *setup, lw_error *error) {
    smac_state *state = untyped;
    read_options(state, setup->options);
    state->u = lw_calloc(lw_space_n_parameters(setup->space), sizeof *state->u);
    if (!state->u)
        return lw_error_no_memory(error);
    int outcome = lw_forest_columns_init(&state->columns, setup->space, error);
    if (outcome == LW_OK)
        outcome = lw_initial_design_init(&state->design, setup, error);
    return outcome == LW_OK ? lw_config_new(&state->config, setup->space, error) : outcome;
}

static void smac_release(void *untyped) {
    smac_state *state = untyped;
    lw_forest_columns_release(&state->columns);
    lw_initial_design_release(&state->design);
    lw_config_free(state->config);
    lw_free(state->u);
}

static uint64_t n_initial(const smac_state *state, int64_t budget) {
    if (state->design.n > 0)
        return state->design.n;
    uint64_t n = 2 * state->columns.d;
    if (budget > 0 && n > (uint64_t)budget / 4)
        n = (uint64_t)budget / 4;
    return n > 5 ? n : 5;
}

/* The forest of the request's number and draw. */
static int believe(const smac_state *state, const lw_request *request, const lw_forest_rows *rows,
                   lw_forest_belief *belief, lw_error *error) {
    lw_forest_settings settings = state->forest;
    settings.seed = lw_stream_bits(request->stream);
    int outcome = lw_forest_believe(belief, &state->columns, rows, state->costs, &settings, error);
    belief->xi = state->xi;
    return outcome;
}

static int suggest_by_forest(smac_state *state, const lw_request *request, const lw_forest_rows *rows,
                             lw_proposal *proposal, lw_error *error) {
    lw_forest_belief belief;
    int outcome = believe(state, request, rows, &belief, error);
    const lw_forest_search search = {
        .belief = &belief,
        .columns = &state->columns,
        .rows = rows,
        .request = request,
        .sobol = &state->design.sobol,
        .n_points = state->n_points,
        .n_starts = state->n_starts,
        .config = state->config,
    };
    if (outcome == LW_OK)
        outcome = lw_forest_search_run(&search, state->u);
    lw_forest_belief_release(&belief);
    if (outcome == LW_OK)
        lw_config_decode(proposal->config, state->u);
    if (outcome == LW_ENOTFOUND)
        return lw_config_sample(proposal->config, request->stream, error);
    return outcome == LW_ENOMEM ? lw_error_no_memory(error) : outcome;
}

/* Whether the configuration is one of the first ones, for which nothing is modelled. */
static bool is_initial(const smac_state *state, const lw_request *request) {
    return state->columns.d == 0 || lw_initial_design_has(request, n_initial(state, request->budget));
}

/* Drawn first of all, so that describe comes to the same forest. */
static bool is_random(const smac_state *state, const lw_request *request) {
    return lw_stream_uniform(request->stream) < state->random_probability;
}

static int smac_suggest(void *untyped, const lw_request *request, lw_proposal *proposal, lw_error *error) {
    smac_state *state = untyped;
    if (is_initial(state, request) || is_random(state, request))
        return lw_initial_design_suggest(&state->design, request, proposal, error);
    lw_forest_rows rows;
    int outcome = lw_forest_rows_gather(&rows, &state->columns, request->history, request->fit_last_id, error);
    if (outcome == LW_OK && rows.n_completed == 0)
        outcome = lw_initial_design_suggest(&state->design, request, proposal, error);
    else if (outcome == LW_OK)
        outcome = suggest_by_forest(state, request, &rows, proposal, error);
    lw_forest_rows_release(&rows);
    return outcome;
}

static int smac_describe(void *untyped, const lw_request *request, bson_t *out, lw_error *error) {
    smac_state *state = untyped;
    if (state->columns.d == 0)
        return lw_error_set(error, LW_EUNSUPPORTED, "there is no model of a space without parameters");
    if (is_initial(state, request))
        return lw_error_set(error, LW_ENOTFOUND, "there is no model yet: it is asked after %llu runs",
                            (unsigned long long)n_initial(state, request->budget));
    (void)is_random(state, request);
    lw_forest_rows rows;
    lw_forest_belief belief = {0};
    int outcome = lw_forest_rows_gather(&rows, &state->columns, request->history, request->fit_last_id, error);
    if (outcome == LW_OK && rows.n_completed == 0)
        outcome = lw_error_set(error, LW_ENOTFOUND, "there is no model of the costs yet: no run has a result");
    if (outcome == LW_OK)
        outcome = believe(state, request, &rows, &belief, error);
    if (outcome == LW_OK)
        outcome = lw_forest_describe(&belief, &state->columns, &rows, request, out, error);
    lw_forest_belief_release(&belief);
    lw_forest_rows_release(&rows);
    return outcome;
}

const lw_optimizer_type lw_optimizer_smac = {
    .name = "smac",
    .summary = "Bayesian optimization with a random forest: for spaces with many choices and conditions",
    .source = "Hutter, Hoos and Leyton-Brown, Sequential model-based optimization for general algorithm configuration, "
              "LION 2011; Lindauer et al., SMAC3, JMLR 23 (2022)",
    .reads = LW_READS_HISTORY,
    .options = smac_options,
    .state_size = sizeof(smac_state),
    .init = smac_init,
    .suggest_configuration = smac_suggest,
    .release = smac_release,
    .describe = smac_describe,
};
