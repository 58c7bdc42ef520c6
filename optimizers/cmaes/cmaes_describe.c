#include "cmaes_describe.h"

#include <math.h>

#include <labwatch/sys/memory.h>

#include "model_document.h"

static size_t likeliest(const lw_cmaes_stage *stage, const lw_cmaes_choice *choice) {
    const double *p = stage->p + choice->first;
    size_t best = 0;
    for (size_t k = 1; k < choice->K; k++)
        best = p[k] > p[best] ? k : best;
    return best;
}

/* The configuration in the middle of the distribution. */
static int find_centre(const lw_cmaes_stage *stage, const lw_cmaes_layout *layout, lw_config *centre,
                       lw_error *error) {
    double *u = lw_calloc(layout->d, sizeof *u);
    if (!u)
        return lw_error_no_memory(error);
    for (size_t j = 0; j < layout->n; j++)
        u[layout->columns[j].parameter] = fmin(fmax(stage->normal.mean[j], 0), 1);
    for (size_t c = 0; c < layout->n_choices; c++) {
        const lw_cmaes_choice *choice = &layout->choices[c];
        u[choice->parameter] = lw_space_level_coordinate(layout->space, choice->parameter, likeliest(stage, choice));
    }
    lw_config_decode(centre, u);
    lw_free(u);
    return LW_OK;
}

/* A row of a table; its end is the caller's. */
static bson_t *begin_row(lw_listing *table, const lw_cmaes_layout *layout, const lw_config *centre, size_t parameter) {
    bson_t *row = lw_listing_begin_row(table);
    BSON_APPEND_UTF8(row, "parameter", lw_space_parameter(layout->space, parameter)->name);
    if (lw_config_is_active(centre, parameter))
        lw_value_append(row, "centre", lw_config_value(centre, parameter));
    return row;
}

static void tell_numbers(const lw_cmaes_stage *stage, const lw_cmaes_layout *layout, const lw_config *centre,
                         bson_t *out) {
    lw_listing table;
    lw_listing_begin(&table, out, "parameters");
    for (size_t j = 0; j < layout->n; j++) {
        bson_t *row = begin_row(&table, layout, centre, layout->columns[j].parameter);
        BSON_APPEND_DOUBLE(row, "deviation", stage->factor[j] * lw_cmaes_deviation(&stage->normal, j));
        lw_listing_end_row(&table);
    }
    lw_listing_end(&table);
}

static void tell_choices(const lw_cmaes_stage *stage, const lw_cmaes_layout *layout, const lw_config *centre,
                         bson_t *out) {
    lw_listing table;
    lw_listing_begin(&table, out, "choices");
    for (size_t c = 0; c < layout->n_choices; c++) {
        const lw_cmaes_choice *choice = &layout->choices[c];
        bson_t *row = begin_row(&table, layout, centre, choice->parameter);
        BSON_APPEND_DOUBLE(row, "probability", stage->p[choice->first + likeliest(stage, choice)]);
        lw_listing_end_row(&table);
    }
    lw_listing_end(&table);
}

int lw_cmaes_describe(const lw_cmaes_position *position, const lw_cmaes_layout *layout, bson_t *out, lw_error *error) {
    lw_config *centre = NULL;
    int outcome = lw_config_new(&centre, layout->space, error);
    if (outcome == LW_OK)
        outcome = find_centre(position->stage, layout, centre, error);
    if (outcome == LW_OK) {
        BSON_APPEND_INT32(out, "restart", position->restart);
        BSON_APPEND_INT64(out, "generation", position->generation);
        BSON_APPEND_INT64(out, "population", (int64_t)position->population);
        if (layout->n > 0)
            tell_numbers(position->stage, layout, centre, out);
        if (layout->n_choices > 0)
            tell_choices(position->stage, layout, centre, out);
    }
    lw_config_free(centre);
    return outcome;
}
