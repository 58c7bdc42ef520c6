#include "grid_axes.h"

#include <math.h>
#include <string.h>

#include <labwatch/sys/memory.h>

#include "dependencies.h"

/* Room for n levels; false when out of memory. */
static bool reserve_levels(lw_grid_axis *axis, size_t n) {
    axis->u = lw_calloc(n, sizeof *axis->u);
    return axis->u;
}

static void add_level(lw_grid_axis *axis, double u) {
    axis->u[axis->n++] = u;
}

static bool add_choices(lw_grid_axis *axis, const lw_parameter *p) {
    if (!reserve_levels(axis, p->n_choices))
        return false;
    double below = 0;
    for (size_t i = 0; i < p->n_choices; i++) {
        double weight = p->choices[i].weight;
        if (weight > 0)
            add_level(axis, below + weight / 2);
        below += weight;
    }
    return true;
}

/* A finite number's levels are lower + k step, k = 0 … n-1; the cell of level k goes half a step to either side. */
typedef struct number_levels {
    double lower, step, n;
    bool log_scale;
} number_levels;

static number_levels levels_of(const lw_parameter *p) {
    bool integer = p->kind == LW_PARAMETER_INTEGER;
    return (number_levels){
        .lower = integer ? (double)p->lower_integer : p->lower,
        .step = integer ? (double)p->step_integer : p->step,
        .n = (double)p->n_levels,
        .log_scale = p->log_scale,
    };
}

/*
 * Where the cell of level k begins, on the scale of the coordinate. On logarithms the first cell is as wide below its
 * value as above it if half a step below would not be positive.
 */
static double cell_start(const number_levels *levels, double k) {
    if (!levels->log_scale)
        return k;
    double start = levels->lower + (k - 0.5) * levels->step;
    if (k == 0 && levels->lower < levels->step)
        start = levels->lower * (levels->lower / (levels->lower + levels->step / 2));
    return log(start);
}

/* The middle of level k's cell. */
static double coordinate(const number_levels *levels, double k) {
    double low = cell_start(levels, 0), high = cell_start(levels, levels->n);
    return ((cell_start(levels, k) + cell_start(levels, k + 1)) / 2 - low) / (high - low);
}

/* The level whose cell has u. */
static double level_at(const number_levels *levels, double u) {
    double low = cell_start(levels, 0), high = cell_start(levels, levels->n);
    double x = low + u * (high - low);
    double k = floor(levels->log_scale ? (exp(x) - levels->lower) / levels->step + 0.5 : x);
    return fmin(fmax(k, 0), levels->n - 1);
}

static bool add_all_levels(lw_grid_axis *axis, const lw_parameter *p) {
    number_levels levels = levels_of(p);
    if (!reserve_levels(axis, (size_t)p->n_levels))
        return false;
    for (uint64_t k = 0; k < p->n_levels; k++)
        add_level(axis, coordinate(&levels, (double)k));
    return true;
}

static double spread(size_t i, size_t n) {
    return n == 1 ? 0.5 : (double)i / (double)(n - 1);
}

static bool add_some_levels(lw_grid_axis *axis, const lw_parameter *p, size_t n) {
    number_levels levels = levels_of(p);
    if (!reserve_levels(axis, n))
        return false;
    double last = -1;
    for (size_t i = 0; i < n; i++) {
        double k = level_at(&levels, spread(i, n));
        if (k > last)
            add_level(axis, coordinate(&levels, k));
        last = k;
    }
    return true;
}

static bool add_points(lw_grid_axis *axis, const lw_parameter *p, size_t n) {
    bool has_ends = isfinite(p->lower) && isfinite(p->upper);
    if (!reserve_levels(axis, n))
        return false;
    for (size_t i = 0; i < n; i++)
        add_level(axis, has_ends ? spread(i, n) : ((double)i + 0.5) / (double)n);
    return true;
}

static bool init_axis(lw_grid_axis *axis, const lw_space *space, size_t n_levels, size_t max_levels) {
    const lw_parameter *p = lw_space_parameter(space, axis->parameter);
    if (p->n_choices > 0)
        return add_choices(axis, p);
    if (p->n_levels == 0)
        return add_points(axis, p, n_levels);
    if (p->n_levels <= max_levels)
        return add_all_levels(axis, p);
    return add_some_levels(axis, p, n_levels);
}

int lw_grid_axes_init(lw_grid_axes *axes, const lw_space *space, size_t n_levels, size_t max_levels, lw_error *error) {
    memset(axes, 0, sizeof *axes);
    size_t d = lw_space_n_parameters(space);
    size_t *order = lw_calloc(d, sizeof *order);
    axes->axes = lw_calloc(d, sizeof *axes->axes);
    int outcome = order && axes->axes ? lw_parents_first(space, order, error) : lw_error_no_memory(error);
    for (size_t k = 0; outcome == LW_OK && k < d; k++) {
        axes->axes[k].parameter = order[k];
        axes->d++;
        if (!init_axis(&axes->axes[k], space, n_levels, max_levels))
            outcome = lw_error_no_memory(error);
    }
    lw_free(order);
    return outcome;
}

void lw_grid_axes_release(lw_grid_axes *axes) {
    for (size_t k = 0; k < axes->d; k++)
        lw_free(axes->axes[k].u);
    lw_free(axes->axes);
    memset(axes, 0, sizeof *axes);
}
