#include "forest_belief.h"

#include <math.h>
#include <string.h>

#include <labwatch/sys/memory.h>

#include "log_scale.h"
#include "normal_tail.h"
#include "output_transform.h"

/* Of costs of variance 1: where all trees agree, the lower mean is still the better one. */
static const double LEAST_VARIANCE = 1e-10;

/* Of a pending run, in results. Forests differ between suggestions anyway: more keeps away from what is good. */
static const double PENDING_WEIGHT = 0.1;

static int scale_costs(lw_forest_costs costs, size_t n, const double *y, double *z) {
    static const lw_transform_kind kinds[] = {
        [LW_FOREST_COSTS_NONE] = LW_TRANSFORM_NONE,
        [LW_FOREST_COSTS_WINSORIZE] = LW_TRANSFORM_WINSORIZE,
        [LW_FOREST_COSTS_POWER] = LW_TRANSFORM_POWER,
        [LW_FOREST_COSTS_RANK] = LW_TRANSFORM_RANK,
    };
    lw_output_transform transform;
    if (costs != LW_FOREST_COSTS_LOG)
        return lw_output_transform_fit(&transform, kinds[costs], n, y, z);
    double *logarithms = lw_malloc(n * sizeof *logarithms);
    int outcome = logarithms ? lw_log_scale(n, y, logarithms) : LW_ENOMEM;
    if (outcome == LW_OK) /* a penalty of 1e30 would be all that is seen of logarithms, too */
        outcome = lw_output_transform_fit(&transform, LW_TRANSFORM_WINSORIZE, n, logarithms, z);
    lw_free(logarithms);
    return outcome;
}

/* z of completed and failed runs. */
static int make_targets(const lw_forest_rows *rows, lw_forest_costs costs, double *z) {
    const size_t n = rows->n_completed;
    int outcome = scale_costs(costs, n, rows->cost, z);
    double worst = -HUGE_VAL;
    for (size_t i = 0; i < n && outcome == LW_OK; i++)
        worst = fmax(worst, z[i]);
    for (size_t i = n; i < n + rows->n_failed; i++)
        z[i] = worst;
    return outcome;
}

static void add_pending(lw_forest_belief *belief, const lw_forest_rows *rows) {
    const double *x = rows->x + (rows->n_completed + rows->n_failed) * rows->d;
    for (size_t k = 0; k < rows->n_pending; k++) {
        double mean, variance;
        lw_forest_predict(&belief->forest, 1, x + k * rows->d, &mean, &variance);
        lw_forest_add(&belief->forest, x + k * rows->d, mean, PENDING_WEIGHT);
    }
}

int lw_forest_believe(lw_forest_belief *belief, const lw_forest_columns *columns, const lw_forest_rows *rows,
                      lw_forest_costs costs, const lw_forest_settings *settings, lw_error *error) {
    *belief = (lw_forest_belief){0};
    const size_t n = rows->n_completed + rows->n_failed;
    double *z = lw_malloc(n * sizeof *z);
    belief->mean = lw_malloc(2 * n * sizeof *belief->mean);
    int outcome = z && belief->mean ? make_targets(rows, costs, z) : LW_ENOMEM;
    if (outcome == LW_OK) {
        const lw_forest_features features = {columns->d, columns->n_levels};
        const lw_forest_data data = {.n = n, .X = rows->x, .y = z, .id = rows->run_id};
        outcome = lw_forest_fit(&belief->forest, &features, &data, settings);
    }
    lw_free(z);
    if (outcome != LW_OK)
        return lw_error_no_memory(error);
    belief->variance = belief->mean + n;
    add_pending(belief, rows);
    lw_forest_predict(&belief->forest, rows->n_completed, rows->x, belief->mean, belief->variance);
    belief->best = HUGE_VAL;
    for (size_t i = 0; i < rows->n_completed; i++)
        belief->best = fmin(belief->best, belief->mean[i]);
    return LW_OK;
}

void lw_forest_belief_release(lw_forest_belief *belief) {
    lw_forest_release(&belief->forest);
    lw_free(belief->mean);
    memset(belief, 0, sizeof *belief);
}

void lw_forest_hope(const lw_forest_belief *belief, size_t n, const double *X, double *room, double *value) {
    double *mean = room, *variance = room + n;
    lw_forest_predict(&belief->forest, n, X, mean, variance);
    for (size_t i = 0; i < n; i++) {
        double deviation = sqrt(fmax(variance[i], LEAST_VARIANCE));
        value[i] = log(deviation) + lw_log_improvement((belief->best - belief->xi - mean[i]) / deviation, NULL);
    }
}
