#include "builtin_types.h"

#include <labwatch/sys/memory.h>

#include "sobol.h"

typedef struct sobol_state {
    lw_sobol sobol;
    bool scramble;
    double *u; /* room for a point */
} sobol_state;

static const lw_option_spec sobol_options[] = {
    {.name = "scramble",
     .kind = LW_OPTION_BOOL,
     .default_number = 1,
     .help = "Scramble the sequence by the experiment's seed; without it every experiment gets the same points, the "
             "centre first."},
    {0},
};

static int sobol_init(void *untyped, const lw_optimizer_setup *setup, lw_error *error) {
    sobol_state *state = untyped;
    size_t d = lw_space_n_parameters(setup->space);
    state->scramble = lw_options_bool(setup->options, "scramble");
    state->u = lw_calloc(d, sizeof *state->u);
    if (!state->u || lw_sobol_init(&state->sobol, d, state->scramble, setup->seed) != LW_OK)
        return lw_error_no_memory(error);
    return LW_OK;
}

static void sobol_release(void *untyped) {
    sobol_state *state = untyped;
    lw_sobol_release(&state->sobol);
    lw_free(state->u);
}

/*
 * Each number has a point of its own, and its further draws lie 2^32 points apart: no other number, on whatever worker,
 * comes to them. The plain sequence begins at its second point, the centre, since the first is a corner.
 */
static int sobol_suggest(void *untyped, const lw_request *request, lw_proposal *proposal, lw_error *error) {
    sobol_state *state = untyped;
    uint64_t index = (request->number - (state->scramble ? 1 : 0)) + (request->draw << 32);
    if (lw_sobol_point(&state->sobol, index, state->u) != LW_OK)
        return lw_error_no_memory(error);
    lw_config_decode(proposal->config, state->u);
    return LW_OK;
}

const lw_optimizer_type lw_optimizer_sobol = {
    .name = "sobol",
    .summary = "points of Sobol's scrambled sequence: like random, but more even",
    .source = "Joe and Kuo, Constructing Sobol sequences with better two-dimensional projections, SIAM J. Sci. "
              "Comput. 30 (2008); scrambling: Matousek, J. Complexity 14 (1998)",
    .reads = LW_READS_NUMBER,
    .options = sobol_options,
    .state_size = sizeof(sobol_state),
    .init = sobol_init,
    .suggest_configuration = sobol_suggest,
    .release = sobol_release,
};
