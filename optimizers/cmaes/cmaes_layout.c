#include "cmaes_layout.h"

#include <math.h>
#include <string.h>

#include <labwatch/sys/memory.h>

static bool has_cells(const lw_parameter *parameter) {
    return parameter->n_levels > 0 && parameter->n_levels <= LW_CMAES_MAX_LEVELS;
}

/* Between level k and the next one, to about 1e-12. */
static double find_edge(const lw_space *space, size_t parameter, uint64_t k) {
    double below = lw_space_level_coordinate(space, parameter, k);
    double above = lw_space_level_coordinate(space, parameter, k + 1);
    for (int i = 0; i < 40; i++) {
        double middle = 0.5 * (below + above);
        if (lw_space_level_at(space, parameter, middle) > k)
            above = middle;
        else
            below = middle;
    }
    return 0.5 * (below + above);
}

/* Numbers and choices are told apart, and counted. */
static void count(lw_cmaes_layout *layout, size_t *n_edges) {
    for (size_t i = 0; i < layout->d; i++) {
        const lw_parameter *parameter = lw_space_parameter(layout->space, i);
        if (parameter->kind == LW_PARAMETER_CATEGORICAL) {
            layout->n_choices++;
            layout->n_p += parameter->n_choices;
        } else {
            layout->n++;
            layout->n_continuous += !has_cells(parameter);
            *n_edges += has_cells(parameter) ? (size_t)parameter->n_levels : 0;
        }
    }
}

/* So that with this probability no parameter gets another choice than the likeliest one (CatCMA). */
static double lowest_of(const lw_cmaes_layout *layout, size_t K) {
    return K > 1 ? (1 - pow(0.73, 1 / (double)layout->n_choices)) / (double)(K - 1) : 1;
}

static void fill_in(lw_cmaes_layout *layout) {
    lw_cmaes_column *column = layout->columns;
    lw_cmaes_choice *choice = layout->choices;
    double *edge = layout->edges;
    size_t first = 0;
    for (size_t i = 0; i < layout->d; i++) {
        const lw_parameter *parameter = lw_space_parameter(layout->space, i);
        if (parameter->kind == LW_PARAMETER_CATEGORICAL) {
            const size_t K = parameter->n_choices;
            *choice++ = (lw_cmaes_choice){.parameter = i, .K = K, .first = first, .lowest = lowest_of(layout, K)};
            first += K;
            continue;
        }
        *column = (lw_cmaes_column){.parameter = i, .n_levels = has_cells(parameter) ? (size_t)parameter->n_levels : 0,
                                    .edge = edge};
        for (size_t k = 0; k + 1 < column->n_levels; k++)
            *edge++ = find_edge(layout->space, i, k);
        column++;
    }
}

int lw_cmaes_layout_init(lw_cmaes_layout *layout, const lw_space *space, lw_error *error) {
    size_t n_edges = 0;
    memset(layout, 0, sizeof *layout);
    layout->space = space;
    layout->d = lw_space_n_parameters(space);
    count(layout, &n_edges);
    layout->columns = lw_calloc(layout->n, sizeof *layout->columns);
    layout->choices = lw_calloc(layout->n_choices, sizeof *layout->choices);
    layout->edges = lw_calloc(n_edges, sizeof *layout->edges);
    if (!layout->columns || !layout->choices || !layout->edges)
        return lw_error_no_memory(error);
    fill_in(layout);
    return LW_OK;
}

void lw_cmaes_layout_release(lw_cmaes_layout *layout) {
    lw_free(layout->columns);
    lw_free(layout->choices);
    lw_free(layout->edges);
    memset(layout, 0, sizeof *layout);
}

void lw_cmaes_cell(const lw_cmaes_column *column, double coordinate, double *lower, double *upper) {
    size_t low = 0, high = column->n_levels > 0 ? column->n_levels - 1 : 0; /* the level is among low … high */
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (coordinate < column->edge[middle])
            high = middle;
        else
            low = middle + 1;
    }
    *lower = low > 0 ? column->edge[low - 1] : -INFINITY;
    *upper = low + 1 < column->n_levels ? column->edge[low] : INFINITY;
}
