#include "grid_axes.h"

#include <math.h>
#include <string.h>

#include <labwatch/sys/memory.h>

#include "levels.h"

/* Room for n levels; false when out of memory. */
static bool reserve_levels(lw_grid_axis *axis, size_t n) {
    axis->u = lw_calloc(n, sizeof *axis->u);
    return axis->u;
}

static void add_level(lw_grid_axis *axis, double u) {
    axis->u[axis->n++] = u;
}

static bool add_all_levels(lw_grid_axis *axis, const lw_space *space, uint64_t n) {
    if (!reserve_levels(axis, (size_t)n))
        return false;
    for (uint64_t k = 0; k < n; k++)
        add_level(axis, lw_space_level_coordinate(space, axis->parameter, k));
    return true;
}

static double spread(size_t i, size_t n) {
    return n == 1 ? 0.5 : (double)i / (double)(n - 1);
}

static bool add_some_levels(lw_grid_axis *axis, const lw_space *space, size_t n) {
    if (!reserve_levels(axis, n))
        return false;
    uint64_t next = 0;
    for (size_t i = 0; i < n; i++) {
        uint64_t k = lw_space_level_at(space, axis->parameter, spread(i, n));
        if (k < next)
            continue;
        add_level(axis, lw_space_level_coordinate(space, axis->parameter, k));
        next = k + 1;
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
    if (p->n_levels == 0)
        return add_points(axis, p, n_levels);
    if (p->n_choices > 0 || p->n_levels <= max_levels)
        return add_all_levels(axis, space, p->n_levels);
    return add_some_levels(axis, space, n_levels);
}

int lw_grid_axes_init(lw_grid_axes *axes, const lw_space *space, size_t n_levels, size_t max_levels, lw_error *error) {
    memset(axes, 0, sizeof *axes);
    size_t d = lw_space_n_parameters(space);
    const size_t *order = lw_space_order(space);
    axes->axes = lw_calloc(d, sizeof *axes->axes);
    if (!axes->axes)
        return lw_error_no_memory(error);
    for (; axes->d < d; axes->d++) {
        axes->axes[axes->d].parameter = order[axes->d];
        if (!init_axis(&axes->axes[axes->d], space, n_levels, max_levels))
            return lw_error_no_memory(error);
    }
    return LW_OK;
}

void lw_grid_axes_release(lw_grid_axes *axes) {
    for (size_t k = 0; k < axes->d; k++)
        lw_free(axes->axes[k].u);
    lw_free(axes->axes);
    memset(axes, 0, sizeof *axes);
}
