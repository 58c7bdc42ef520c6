#include "groups.h"

#include <math.h>
#include <string.h>

#include <labwatch/sys/memory.h>

#include "levels.h"

static lw_parzen_kind kind_of(const lw_parameter *parameter) {
    if (parameter->kind == LW_PARAMETER_CATEGORICAL)
        return LW_PARZEN_CHOICES;
    bool has_levels = parameter->n_levels > 0 && parameter->n_levels <= LW_PARZEN_MAX_LEVELS;
    return has_levels ? LW_PARZEN_LEVELS : LW_PARZEN_NUMBERS;
}

static size_t n_cells(const lw_parameter *parameter) {
    return kind_of(parameter) == LW_PARZEN_NUMBERS ? 0 : (size_t)parameter->n_levels;
}

/* What no weight falls below: its logarithm is a number. */
static const double least_share = 1e-12;

static void fill_ends(const lw_space *space, size_t i, size_t n, double *ends) {
    double sum = 0;
    ends[0] = 0;
    for (size_t k = 0; k < n; k++)
        ends[k + 1] = sum += fmax(lw_space_level_share(space, i, k), least_share);
    for (size_t k = 1; k < n; k++)
        ends[k] /= sum;
    ends[n] = 1;
}

static bool share_condition(const lw_space *space, size_t i, size_t j) {
    const char *a = lw_space_condition(space, i), *b = lw_space_condition(space, j);
    return a == b || (a && b && strcmp(a, b) == 0);
}

/* ---- putting parameters into groups ---- */

/* The group of parameter i, if it has one. */
static lw_tpe_group *find_group(lw_tpe_groups *groups, const lw_space *space, const size_t *first, size_t i) {
    for (size_t g = 0; g < groups->n; g++)
        if (share_condition(space, first[g], i))
            return &groups->items[g];
    return NULL;
}

/* Counts the members of each group: first (d) gets a parameter of each, group_of (d) the group of each parameter. */
static void count_members(lw_tpe_groups *groups, const lw_space *space, size_t *first, size_t *group_of) {
    const size_t *order = lw_space_order(space);
    for (size_t k = 0; k < groups->d; k++) {
        lw_tpe_group *group = groups->together ? find_group(groups, space, first, order[k]) : NULL;
        if (!group) {
            first[groups->n] = order[k];
            group = &groups->items[groups->n++];
            group->is_conditional = lw_space_condition(space, order[k]) != NULL;
        }
        group->n++;
        group_of[order[k]] = (size_t)(group - groups->items);
    }
}

static void place_members(lw_tpe_groups *groups, const lw_space *space, const size_t *group_of) {
    size_t place = 0;
    for (size_t g = 0; g < groups->n; g++) {
        lw_tpe_group *group = &groups->items[g];
        group->parameter = groups->parameters + place;
        group->columns = groups->columns + place;
        place += group->n;
        group->n = 0;
    }
    double *ends = groups->ends;
    for (size_t i = 0; i < groups->d; i++) {
        const lw_parameter *parameter = lw_space_parameter(space, i);
        lw_tpe_group *group = &groups->items[group_of[i]];
        size_t n = n_cells(parameter);
        group->parameter[group->n] = i;
        group->columns[group->n++] = (lw_parzen_column){.kind = kind_of(parameter), .n_levels = n, .ends = ends};
        if (n > 0) {
            fill_ends(space, i, n, ends);
            ends += n + 1;
        }
    }
}

int lw_tpe_groups_init(lw_tpe_groups *groups, const lw_space *space, bool together, lw_error *error) {
    memset(groups, 0, sizeof *groups);
    groups->together = together;
    const size_t d = groups->d = lw_space_n_parameters(space);
    size_t n_ends = 0;
    for (size_t i = 0; i < d; i++)
        n_ends += n_cells(lw_space_parameter(space, i)) + 1;
    groups->items = lw_calloc(d, sizeof *groups->items);
    groups->parameters = lw_calloc(d, sizeof *groups->parameters);
    groups->columns = lw_calloc(d, sizeof *groups->columns);
    groups->ends = lw_calloc(n_ends, sizeof *groups->ends);
    size_t *room = lw_calloc(2 * d, sizeof *room);
    bool has_room = groups->items && groups->parameters && groups->columns && groups->ends && room;
    if (has_room) {
        count_members(groups, space, room, room + d);
        place_members(groups, space, room + d);
    }
    lw_free(room);
    return has_room ? LW_OK : lw_error_no_memory(error);
}

void lw_tpe_groups_release(lw_tpe_groups *groups) {
    lw_free(groups->items);
    lw_free(groups->parameters);
    lw_free(groups->columns);
    lw_free(groups->ends);
    memset(groups, 0, sizeof *groups);
}

double lw_tpe_cell_width(const lw_space *space, size_t parameter, double u) {
    if (lw_space_parameter(space, parameter)->n_levels == 0)
        return 0;
    return lw_space_level_share(space, parameter, lw_space_level_at(space, parameter, u));
}
