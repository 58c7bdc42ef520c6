#include "initial_design.h"

#include <labwatch/sys/memory.h>

enum { FIRST_DEFAULT, FIRST_CENTRE, FIRST_NONE };

const char *const lw_initial_kinds[] = {"sobol", "random", NULL};
const char *const lw_initial_firsts[] = {
    [FIRST_DEFAULT] = "default", [FIRST_CENTRE] = "centre", [FIRST_NONE] = "none", [FIRST_NONE + 1] = NULL};

int lw_initial_design_init(lw_initial_design *design, const lw_optimizer_setup *setup, lw_error *error) {
    design->n = (uint64_t)lw_options_integer(setup->options, "initial");
    design->is_random = lw_options_choice(setup->options, "initial_kind") == 1;
    design->first = lw_options_choice(setup->options, "first");
    design->d = lw_space_n_parameters(setup->space);
    design->u = lw_calloc(design->d, sizeof(double));
    if (!design->u || lw_sobol_init(&design->sobol, design->d, true, setup->seed) != LW_OK)
        return lw_error_no_memory(error);
    return LW_OK;
}

void lw_initial_design_release(lw_initial_design *design) {
    lw_sobol_release(&design->sobol);
    lw_free(design->u);
    design->u = NULL;
}

/* Whether n runs up to the last one that is fitted to have a result. */
static bool has_results(const lw_request *request, uint64_t n) {
    for (size_t k = 0; k < lw_history_n(request->history) && n > 0; k++) {
        const lw_observation *observation = lw_history_get(request->history, k);
        n -= observation->outcome == LW_COMPLETED && observation->run_id <= request->fit_last_id;
    }
    return n == 0;
}

bool lw_initial_design_has(const lw_request *request, uint64_t n) {
    return request->number <= n && !has_results(request, n);
}

/* Whether a configuration could be put first. A proposal begins as the default one. */
static bool put_first(lw_initial_design *design, lw_config *config) {
    if (design->first == FIRST_DEFAULT)
        return lw_config_is_valid(config);
    for (size_t i = 0; i < design->d; i++)
        design->u[i] = 0.5;
    lw_config_decode(config, design->u);
    return design->first == FIRST_CENTRE && lw_config_is_valid(config);
}

/* Each number has a point of its own; further draws lie 2^32 points apart. */
int lw_initial_design_suggest(lw_initial_design *design, const lw_request *request, lw_proposal *proposal,
                              lw_error *error) {
    if (request->number == 1 && request->draw == 0 && put_first(design, proposal->config))
        return LW_OK;
    if (design->is_random)
        return lw_config_sample(proposal->config, request->stream, error);
    if (lw_sobol_point(&design->sobol, request->number - 1 + (request->draw << 32), design->u) != LW_OK)
        return lw_error_no_memory(error);
    lw_config_decode(proposal->config, design->u);
    return LW_OK;
}
