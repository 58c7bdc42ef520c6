#include "grid_cells.h"

#include <string.h>

#include <labwatch/sys/memory.h>

/* Digits of all listed cells together: 8 MiB. */
static const size_t MAX_DIGITS = (size_t)1 << 22;

static const uint64_t MAX_CELLS = UINT64_C(1) << 62;

static bool is_plain(const lw_space *space) {
    for (size_t i = 0; i < lw_space_n_parameters(space); i++)
        if (lw_space_parameter(space, i)->conditional)
            return false;
    return lw_space_n_constraints(space) == 0;
}

static int number_cells(lw_grid_cells *cells, lw_error *error) {
    cells->n = 1;
    for (size_t k = 0; k < cells->axes->d; k++)
        if (__builtin_mul_overflow(cells->n, cells->axes->axes[k].n, &cells->n) || cells->n > MAX_CELLS)
            return lw_error_set(error, LW_EUNSUPPORTED,
                                "a grid over %zu parameters has more than 2^62 cells: give fewer 'levels' and "
                                "'max_levels', or use optimizer 'sobol' or 'random'",
                                cells->axes->d);
    return LW_OK;
}

/* ---- listing ---- */

/* A cell on the way through all of them. */
enum { MAX_STEPS = 1 << 22 }; /* a few seconds */

typedef struct walk {
    const lw_grid_axes *axes;
    uint16_t *digits;
    double *u;
    lw_config *config; /* at digits */
} walk;

static void decode_digits(walk *w) {
    for (size_t k = 0; k < w->axes->d; k++)
        w->u[w->axes->axes[k].parameter] = w->axes->axes[k].u[w->digits[k]];
    lw_config_decode(w->config, w->u);
}

/*
 * The next cell. Inactive axes stay at their first level: whether they are active depends only on axes before them,
 * which do not change while theirs is counted up.
 */
static bool advance(walk *w) {
    for (size_t k = w->axes->d; k-- > 0;) {
        const lw_grid_axis *axis = &w->axes->axes[k];
        if (lw_config_is_active(w->config, axis->parameter) && w->digits[k] + 1u < axis->n) {
            w->digits[k]++;
            decode_digits(w);
            return true;
        }
        w->digits[k] = 0;
    }
    return false;
}

static int add_cell(lw_grid_cells *cells, const uint16_t *digits, lw_error *error) {
    size_t d = cells->axes->d;
    if ((cells->n + 1) * d > MAX_DIGITS)
        return lw_error_set(
            error, LW_EUNSUPPORTED,
            "a grid with conditions or constraints is listed, and this one has more than %zu cells: give "
            "fewer 'levels' and 'max_levels', or use optimizer 'sobol' or 'random'",
            MAX_DIGITS / d);
    if (!lw_array_reserve(&cells->digits, &cells->capacity, (size_t)cells->n, d * sizeof *digits))
        return lw_error_no_memory(error);
    memcpy(cells->digits + (size_t)cells->n * d, digits, d * sizeof *digits);
    cells->n++;
    return LW_OK;
}

static int walk_all(lw_grid_cells *cells, walk *w, lw_error *error) {
    int outcome = LW_OK;
    size_t steps = 0;
    decode_digits(w);
    do
        if (lw_config_is_valid(w->config))
            outcome = add_cell(cells, w->digits, error);
    while (outcome == LW_OK && ++steps < MAX_STEPS && advance(w));
    if (outcome == LW_OK && steps == MAX_STEPS)
        return lw_error_set(error, LW_EUNSUPPORTED,
                            "the grid has more than %d cells to look at for its constraints: use another optimizer", MAX_STEPS);
    if (outcome == LW_OK && cells->n == 0)
        return lw_error_set(
            error, LW_EUNSUPPORTED,
            "no cell of the grid satisfies the constraints: give more 'levels', or use optimizer 'sobol'");
    return outcome;
}

static int list_cells(lw_grid_cells *cells, const lw_space *space, lw_error *error) {
    for (size_t k = 0; k < cells->axes->d; k++)
        if (cells->axes->axes[k].n > UINT16_MAX)
            return lw_error_set(error, LW_EUNSUPPORTED, "a grid cannot have more than 65,535 levels of '%s'",
                                lw_space_parameter(space, cells->axes->axes[k].parameter)->name);
    walk w = {
        .axes = cells->axes,
        .digits = lw_calloc(cells->axes->d, sizeof *w.digits),
        .u = lw_calloc(cells->axes->d, sizeof *w.u),
    };
    int outcome = w.digits && w.u ? lw_config_new(&w.config, space, error) : lw_error_no_memory(error);
    if (outcome == LW_OK)
        outcome = walk_all(cells, &w, error);
    lw_config_free(w.config);
    lw_free(w.u);
    lw_free(w.digits);
    return outcome;
}

int lw_grid_cells_init(lw_grid_cells *cells, const lw_space *space, const lw_grid_axes *axes, lw_error *error) {
    memset(cells, 0, sizeof *cells);
    cells->axes = axes;
    return is_plain(space) ? number_cells(cells, error) : list_cells(cells, space, error);
}

void lw_grid_cells_release(lw_grid_cells *cells) {
    lw_free(cells->digits);
    memset(cells, 0, sizeof *cells);
}

void lw_grid_cell(const lw_grid_cells *cells, uint64_t i, double *u) {
    size_t d = cells->axes->d;
    for (size_t k = d; k-- > 0;) {
        const lw_grid_axis *axis = &cells->axes->axes[k];
        size_t digit = cells->digits ? cells->digits[(size_t)i * d + k] : (size_t)(i % axis->n);
        i = cells->digits ? i : i / axis->n;
        u[axis->parameter] = axis->u[digit];
    }
}
