/*
 * CMA-ES. docs/optimizers/cmaes.md says what it does and what each part is worth.
 */
#include "builtin_types.h"

#include <math.h>

#include <labwatch/sys/memory.h>

#include "cmaes_describe.h"
#include "initial_design.h"

typedef struct cmaes_state {
    lw_cmaes_layout layout;
    lw_cmaes_manner manner;
    lw_cmaes_path path;
    lw_initial_design design;
    double *u;    /* d */
    double *room; /* 2 n */
} cmaes_state;

static const char *const covariances[] = {"auto", "full", "diagonal", NULL};

static const lw_option_spec cmaes_options[] = {
    LW_INITIAL_OPTIONS("10."),
    {.name = "population", .kind = LW_OPTION_INTEGER, .lower = 0, .upper = 1e5,
     .help = "How many results make a generation; 0: 2 + 3 ln d for d parameters, at least 4."},
    {.name = "sigma", .kind = LW_OPTION_NUMBER, .lower = 1e-3, .upper = 1, .default_number = 0.2,
     .help = "The first deviation, in shares of each parameter's range, of a start that knows nothing."},
    {.name = "restarts", .kind = LW_OPTION_BOOL, .default_number = 1,
     .help = "Where nothing more is learned, begin again elsewhere with twice the population."},
    {.name = "adapt", .kind = LW_OPTION_BOOL,
     .help = "Learn the more slowly the more results are noise: for noisy costs, and for many runs."},
    {.name = "covariance", .kind = LW_OPTION_CHOICE, .choices = covariances,
     .help = "What is learned: how far each parameter has to go (diagonal), or also how they go together (full); auto: "
             "first the one and then the other, with up to 60 numbers."},
    {0},
};

enum { MAX_FULL = 60 };

static lw_cmaes_covariance choose_covariance(const lw_options *options, size_t n) {
    size_t choice = lw_options_choice(options, "covariance");
    return choice == 2 || (choice == 0 && n > MAX_FULL) ? LW_CMAES_DIAGONAL : LW_CMAES_FULL;
}

static size_t choose_population(const lw_options *options, size_t d) {
    size_t population = (size_t)lw_options_integer(options, "population");
    if (population == 0)
        population = 2 + (size_t)(3 * log(d > 3 ? (double)d : 2));
    return population < 2 ? 2 : population;
}

static int cmaes_init(void *untyped, const lw_optimizer_setup *setup, lw_error *error) {
    cmaes_state *state = untyped;
    int outcome = lw_cmaes_layout_init(&state->layout, setup->space, error);
    if (outcome == LW_OK)
        outcome = lw_initial_design_init(&state->design, setup, error);
    if (outcome != LW_OK)
        return outcome;
    const lw_options *options = setup->options;
    state->manner = (lw_cmaes_manner){
        .seed = setup->seed,
        .population = choose_population(options, state->layout.d),
        .sigma = lw_options_number(options, "sigma"),
        .restarts = lw_options_bool(options, "restarts"),
        .adapts = lw_options_bool(options, "adapt"),
        .covariance = choose_covariance(options, state->layout.n),
        .n_diagonal = lw_options_choice(options, "covariance") == 0 ? 10 * state->layout.n : 0,
    };
    state->u = lw_calloc(state->layout.d, sizeof(double));
    state->room = lw_calloc(2 * state->layout.n, sizeof(double));
    if (!state->u || !state->room || lw_cmaes_path_init(&state->path, &state->layout, &state->manner) != LW_OK)
        return lw_error_no_memory(error);
    return LW_OK;
}

static void cmaes_release(void *untyped) {
    cmaes_state *state = untyped;
    lw_cmaes_path_release(&state->path);
    lw_initial_design_release(&state->design);
    lw_cmaes_layout_release(&state->layout);
    lw_free(state->u);
    lw_free(state->room);
}

static int cmaes_update(void *untyped, const lw_history *history, const lw_observation *const *changed, size_t n,
                        lw_error *error) {
    cmaes_state *state = untyped;
    (void)history;
    for (size_t k = 0; k < n; k++)
        if (lw_cmaes_path_note(&state->path, changed[k]) != LW_OK)
            return lw_error_no_memory(error);
    return LW_OK;
}

static uint64_t n_initial(const cmaes_state *state) {
    return state->design.n > 0 ? state->design.n : 10;
}

/*
 * What was taken or forbidden is drawn again, and farther and farther out: among few values the rest may be far away.
 */
static double width_of(uint64_t draw) {
    return draw < 8 ? 1 : pow(1.1, (double)(draw - 7));
}

/*
 * Each number has a point of the sequence of its own, as in the initial design, which it continues. Numbers that went
 * to another optimizer are not counted: every other point of the sequence lies in one half of the second coordinate.
 */
static uint64_t point_of(uint64_t number, uint64_t n_elsewhere) {
    return number > n_elsewhere ? number - 1 - n_elsewhere : 0;
}

static int cmaes_suggest(void *untyped, const lw_request *request, lw_proposal *proposal, lw_error *error) {
    cmaes_state *state = untyped;
    lw_cmaes_position position;
    if (state->layout.d == 0 || lw_initial_design_has(request, n_initial(state)))
        return lw_initial_design_suggest(&state->design, request, proposal, error);
    if (lw_cmaes_path_follow(&state->path, request->history, request->fit_last_id, &position) != LW_OK)
        return lw_error_no_memory(error);
    uint64_t index = point_of(request->number, state->path.generations.n_elsewhere);
    if (lw_sobol_point(&state->design.sobol, index + (request->draw << 32), state->u) != LW_OK)
        return lw_error_no_memory(error);
    lw_cmaes_stage_draw(position.stage, &state->layout, width_of(request->draw), state->u, state->room);
    lw_config_decode(proposal->config, state->u);
    lw_generations_write(proposal->memo, position.restart, position.generation);
    return LW_OK;
}

static int cmaes_describe(void *untyped, const lw_request *request, bson_t *out, lw_error *error) {
    cmaes_state *state = untyped;
    lw_cmaes_position position;
    if (state->layout.d == 0)
        return lw_error_set(error, LW_EUNSUPPORTED, "there is no distribution of a space without parameters");
    if (lw_initial_design_has(request, n_initial(state)))
        return lw_error_set(error, LW_ENOTFOUND, "there is no distribution yet: it begins after %llu runs",
                            (unsigned long long)n_initial(state));
    if (lw_cmaes_path_follow(&state->path, request->history, request->fit_last_id, &position) != LW_OK)
        return lw_error_no_memory(error);
    return lw_cmaes_describe(&position, &state->layout, out, error);
}

const lw_optimizer_type lw_optimizer_cmaes = {
    .name = "cmaes",
    .summary = "CMA-ES: a normal distribution that moves, turns and narrows: for hundreds of runs and more",
    .source = "Hansen, The CMA evolution strategy: a tutorial, arXiv 1604.00772; Hamano et al., CMA-ES with margin, "
              "GECCO 2022; Auger and Hansen, CEC 2005; Nomura et al., AAAI 2021 and GECCO 2023",
    .reads = LW_READS_HISTORY,
    .options = cmaes_options,
    .state_size = sizeof(cmaes_state),
    .init = cmaes_init,
    .update = cmaes_update,
    .suggest_configuration = cmaes_suggest,
    .release = cmaes_release,
    .describe = cmaes_describe,
};
