#include "builtin_types.h"

#include <labwatch/sys/memory.h>

typedef struct random_state {
    size_t d;
    double *u; /* room for a point */
} random_state;

static int random_init(void *untyped, const lw_optimizer_setup *setup, lw_error *error) {
    random_state *state = untyped;
    state->d = lw_space_n_parameters(setup->space);
    state->u = lw_calloc(state->d, sizeof *state->u);
    return state->u ? LW_OK : lw_error_no_memory(error);
}

static void random_release(void *untyped) {
    random_state *state = untyped;
    lw_free(state->u);
}

/* Coordinates of inactive parameters are drawn, too: those of the others then do not depend on which are active. */
static int random_suggest(void *untyped, const lw_request *request, lw_proposal *proposal, lw_error *error) {
    random_state *state = untyped;
    (void)error;
    for (size_t i = 0; i < state->d; i++)
        state->u[i] = lw_stream_uniform(request->stream);
    lw_config_decode(proposal->config, state->u);
    return LW_OK;
}

const lw_optimizer_type lw_optimizer_random = {
    .name = "random",
    .summary = "independent draws from the prior",
    .source = "Bergstra and Bengio, Random search for hyper-parameter optimization, JMLR 13 (2012)",
    .reads = LW_READS_NUMBER,
    .state_size = sizeof(random_state),
    .init = random_init,
    .suggest_configuration = random_suggest,
    .release = random_release,
};
