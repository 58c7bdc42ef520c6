#include "forest_columns.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <labwatch/sys/memory.h>

static bool is_categorical(const lw_space *space, size_t i) {
    return lw_space_parameter(space, i)->kind == LW_PARAMETER_CATEGORICAL;
}

static size_t n_choices(const lw_space *space, size_t i) {
    return lw_space_parameter(space, i)->n_choices;
}

static bool is_large(const lw_forest_columns *columns, size_t i) {
    return columns->level[i] && n_choices(columns->space, i) > LW_FOREST_MAX_LEVELS;
}

int lw_forest_columns_init(lw_forest_columns *columns, const lw_space *space, lw_error *error) {
    memset(columns, 0, sizeof *columns);
    columns->space = space;
    columns->d = lw_space_n_parameters(space);
    columns->n_levels = lw_calloc(columns->d, 1);
    columns->level = lw_calloc(columns->d, sizeof *columns->level);
    if (!columns->n_levels || !columns->level)
        return lw_error_no_memory(error);
    for (size_t i = 0; i < columns->d; i++) {
        if (!is_categorical(space, i))
            continue;
        size_t n = n_choices(space, i);
        columns->n_levels[i] = (uint8_t)(n < LW_FOREST_MAX_LEVELS ? n : LW_FOREST_MAX_LEVELS);
        columns->level[i] = lw_calloc(n, 1);
        if (!columns->level[i])
            return lw_error_no_memory(error);
        for (size_t k = 0; k < n && n <= LW_FOREST_MAX_LEVELS; k++)
            columns->level[i][k] = (uint8_t)k;
    }
    return LW_OK;
}

void lw_forest_columns_release(lw_forest_columns *columns) {
    for (size_t i = 0; i < columns->d && columns->level; i++)
        lw_free(columns->level[i]);
    lw_free(columns->level);
    lw_free(columns->n_levels);
    memset(columns, 0, sizeof *columns);
}

/* A choice, and how often it was seen. */
typedef struct counted {
    size_t count;
    size_t choice;
} counted;

static int compare_counted(const void *a, const void *b) {
    const counted *x = a, *y = b;
    if (x->count != y->count)
        return x->count > y->count ? -1 : 1;
    return (x->choice > y->choice) - (x->choice < y->choice);
}

static int adapt_one(lw_forest_columns *columns, size_t i, size_t n, const double *u, lw_error *error) {
    const size_t n_all = n_choices(columns->space, i);
    counted *seen = lw_calloc(n_all, sizeof *seen);
    if (!seen)
        return lw_error_no_memory(error);
    for (size_t k = 0; k < n_all; k++)
        seen[k].choice = k;
    for (size_t row = 0; row < n; row++)
        if (!isnan(u[row * columns->d + i]))
            seen[lw_space_level_at(columns->space, i, u[row * columns->d + i])].count++;
    size_t n_seen = 0;
    for (size_t k = 0; k < n_all; k++)
        if (seen[k].count > 0)
            seen[n_seen++] = seen[k];
    qsort(seen, n_seen, sizeof *seen, compare_counted);
    memset(columns->level[i], LW_FOREST_MAX_LEVELS - 1, n_all);
    for (size_t k = 0; k < n_seen && k < LW_FOREST_MAX_LEVELS - 1; k++)
        columns->level[i][seen[k].choice] = (uint8_t)k;
    lw_free(seen);
    return LW_OK;
}

int lw_forest_columns_adapt(lw_forest_columns *columns, size_t n, const double *u, lw_error *error) {
    int outcome = LW_OK;
    for (size_t i = 0; i < columns->d && outcome == LW_OK; i++)
        if (is_large(columns, i))
            outcome = adapt_one(columns, i, n, u, error);
    return outcome;
}

void lw_forest_columns_fill(const lw_forest_columns *columns, const double *u, double *x) {
    for (size_t i = 0; i < columns->d; i++)
        if (columns->level[i] && !isnan(u[i]))
            x[i] = columns->level[i][lw_space_level_at(columns->space, i, u[i])];
        else
            x[i] = u[i];
}
