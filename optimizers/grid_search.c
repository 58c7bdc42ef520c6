#include "builtin_types.h"

#include <math.h>

#include <labwatch/sys/memory.h>

#include "grid_cells.h"
#include "permutation.h"

enum { ORDER_SHUFFLED, ORDER_LEXICOGRAPHIC };

typedef struct grid_state {
    lw_grid_axes axes;
    lw_grid_cells cells;
    size_t order;
    double *u; /* room for a point */
} grid_state;

static const lw_option_spec grid_options[] = {
    {.name = "levels",
     .kind = LW_OPTION_INTEGER,
     .lower = 1,
     .upper = 1000,
     .default_number = 5,
     .help = "Points of a continuous parameter, and of a number with more than max_levels values; evenly spread on its "
             "scale, both ends included."},
    {.name = "max_levels",
     .kind = LW_OPTION_INTEGER,
     .lower = 1,
     .upper = 10000,
     .default_number = 20,
     .help = "Integers and stepped numbers with at most so many values have them all in the grid; choices always do."},
    {.name = "order",
     .kind = LW_OPTION_CHOICE,
     .choices = (const char *const[]){"shuffled", "lexicographic", NULL},
     .default_number = ORDER_SHUFFLED,
     .help = "Shuffled by the seed, so that a part of the grid tells something of all of it; or row by row, the last "
             "parameter changing fastest."},
    {0},
};

static int grid_init(void *untyped, const lw_optimizer_setup *setup, lw_error *error) {
    grid_state *state = untyped;
    size_t n_levels = (size_t)lw_options_integer(setup->options, "levels");
    size_t max_levels = (size_t)lw_options_integer(setup->options, "max_levels");
    state->order = lw_options_choice(setup->options, "order");
    state->u = lw_calloc(lw_space_n_parameters(setup->space), sizeof *state->u);
    if (!state->u)
        return lw_error_no_memory(error);
    int outcome = lw_grid_axes_init(&state->axes, setup->space, n_levels, max_levels, error);
    return outcome == LW_OK ? lw_grid_cells_init(&state->cells, setup->space, &state->axes, error) : outcome;
}

static void grid_release(void *untyped) {
    grid_state *state = untyped;
    lw_grid_cells_release(&state->cells);
    lw_grid_axes_release(&state->axes);
    lw_free(state->u);
}

/*
 * Every number has a cell of its own, round and round. The cell is taken if it came from elsewhere (an import), or if
 * the numbers have gone round (a void run leaves its cell free, not its number): then the next free cell is as good.
 */
static int grid_suggest(void *untyped, const lw_request *request, lw_proposal *proposal, lw_error *error) {
    grid_state *state = untyped;
    (void)error;
    uint64_t n = state->cells.n;
    uint64_t start = (request->number - 1) % n;
    for (uint64_t i = 0; i < n; i++) {
        uint64_t cell = (start + i) % n;
        if (state->order == ORDER_SHUFFLED)
            cell = lw_permutation_at(request->seed, n, cell);
        lw_grid_cell(&state->cells, cell, state->u);
        lw_config_decode(proposal->config, state->u);
        if (!request->is_taken(request->is_taken_self, proposal->config, NAN))
            return LW_OK;
    }
    return LW_EXHAUSTED;
}

const lw_optimizer_type lw_optimizer_grid = {
    .name = "grid",
    .summary = "every combination of levels, once",
    .source = "full factorial design; shuffled by a Feistel network (Black and Rogaway, CT-RSA 2002)",
    .reads = LW_READS_NUMBER,
    .options = grid_options,
    .state_size = sizeof(grid_state),
    .init = grid_init,
    .suggest_configuration = grid_suggest,
    .release = grid_release,
};
