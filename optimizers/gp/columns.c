#include "columns.h"

#include <math.h>
#include <string.h>

#include <labwatch/sys/memory.h>

enum { MAX_CHOICE_COLUMNS = 64, MAX_LEVELS_TRIED = 16 };

static size_t n_columns_of(const lw_parameter *parameter) {
    if (parameter->kind != LW_PARAMETER_CATEGORICAL)
        return 1;
    return parameter->n_choices < MAX_CHOICE_COLUMNS ? parameter->n_choices : MAX_CHOICE_COLUMNS;
}

/* Of few values all are tried; many numbers are searched as if there were no steps between them. */
static bool has_levels(const lw_parameter *parameter) {
    return parameter->n_choices > 0 || (parameter->n_levels > 0 && parameter->n_levels <= MAX_LEVELS_TRIED);
}

static bool share_condition(const lw_space *space, size_t i, size_t j) {
    const char *a = lw_space_condition(space, i), *b = lw_space_condition(space, j);
    return a && b && strcmp(a, b) == 0;
}

/* The column of parameter i's condition, a new one if no parameter before it has the same. */
static size_t condition_column(lw_gp_columns *columns, size_t i) {
    if (!lw_space_condition(columns->space, i))
        return SIZE_MAX;
    for (size_t j = 0; j < i; j++)
        if (share_condition(columns->space, i, j))
            return columns->condition[j];
    return columns->D++;
}

static int lay_out(lw_gp_columns *columns, lw_error *error) {
    columns->d = lw_space_n_parameters(columns->space);
    columns->first = lw_calloc(2 * columns->d, sizeof *columns->first);
    columns->coordinates = lw_calloc(columns->d, sizeof *columns->coordinates);
    if (!columns->first || !columns->coordinates)
        return lw_error_no_memory(error);
    columns->condition = columns->first + columns->d;
    for (size_t i = 0; i < columns->d; i++) {
        columns->first[i] = columns->D;
        columns->D += n_columns_of(lw_space_parameter(columns->space, i));
    }
    size_t first_condition = columns->D;
    for (size_t i = 0; i < columns->d; i++)
        columns->condition[i] = condition_column(columns, i);
    columns->G = columns->d + columns->D - first_condition;
    columns->group = lw_calloc(columns->D, sizeof *columns->group);
    if (!columns->group)
        return lw_error_no_memory(error);
    for (size_t i = 0; i < columns->d; i++)
        for (size_t c = 0; c < n_columns_of(lw_space_parameter(columns->space, i)); c++)
            columns->group[columns->first[i] + c] = i;
    for (size_t c = first_condition; c < columns->D; c++)
        columns->group[c] = columns->d + c - first_condition;
    return LW_OK;
}

static int make_coordinates(lw_gp_columns *columns, lw_error *error) {
    size_t n = 0;
    for (size_t i = 0; i < columns->d; i++) {
        const lw_parameter *parameter = lw_space_parameter(columns->space, i);
        n += has_levels(parameter) ? (size_t)parameter->n_levels : 0;
    }
    columns->levels = lw_calloc(n, sizeof(double));
    if (!columns->levels)
        return lw_error_no_memory(error);
    columns->is_finite = true;
    double *levels = columns->levels;
    for (size_t i = 0; i < columns->d; i++) {
        const lw_parameter *parameter = lw_space_parameter(columns->space, i);
        lw_coordinate *coordinate = &columns->coordinates[i];
        *coordinate = (lw_coordinate){.column = columns->first[i], .length = 1};
        columns->is_finite = columns->is_finite && parameter->n_levels > 0;
        if (has_levels(parameter)) {
            coordinate->n_levels = (size_t)parameter->n_levels;
            coordinate->levels = levels;
            for (size_t k = 0; k < coordinate->n_levels; k++)
                levels[k] = lw_space_level_coordinate(columns->space, i, k);
            levels += coordinate->n_levels;
        } else if (parameter->n_levels > 0) {
            coordinate->spacing = 1 / (double)parameter->n_levels;
        }
    }
    return LW_OK;
}

int lw_gp_columns_init(lw_gp_columns *columns, const lw_space *space, lw_error *error) {
    memset(columns, 0, sizeof *columns);
    columns->space = space;
    int outcome = lay_out(columns, error);
    return outcome == LW_OK ? make_coordinates(columns, error) : outcome;
}

void lw_gp_columns_release(lw_gp_columns *columns) {
    lw_free(columns->first);
    lw_free(columns->group);
    lw_free(columns->coordinates);
    lw_free(columns->levels);
    memset(columns, 0, sizeof *columns);
}

void lw_gp_columns_fill(const lw_gp_columns *columns, const lw_config *config, const double *u, double *x) {
    memset(x, 0, columns->D * sizeof(double));
    for (size_t i = 0; i < columns->d; i++) {
        const lw_parameter *parameter = lw_space_parameter(columns->space, i);
        bool is_active = !isnan(u[i]);
        if (parameter->kind != LW_PARAMETER_CATEGORICAL)
            x[columns->first[i]] = is_active ? u[i] : 0.5;
        else if (is_active)
            x[columns->first[i] + lw_config_choice(config, i) % MAX_CHOICE_COLUMNS] = M_SQRT1_2;
        if (columns->condition[i] != SIZE_MAX)
            x[columns->condition[i]] = is_active;
    }
}
