#include "region.h"

#include <math.h>
#include <string.h>

/* What the completed runs have said so far. */
typedef struct region_progress {
    size_t n, n_better, n_worse; /* runs; improvements in a row; runs in a row without one */
    double best, mean, side;
} region_progress;

static const double first_side = 0.8, last_side = 0.1;

/* An improvement that matters is more than a thousandth of what the best is better than the mean. */
static void follow(region_progress *progress, double cost, size_t patience) {
    progress->n++;
    progress->mean += (cost - progress->mean) / (double)progress->n;
    bool is_better = progress->n == 1 || progress->best - cost > 1e-3 * (progress->mean - progress->best);
    progress->best = fmin(cost, progress->best);
    progress->n_better = is_better ? progress->n_better + 1 : 0;
    progress->n_worse = is_better ? 0 : progress->n_worse + 1;
    if (is_better)
        progress->side = progress->side < last_side ? first_side : progress->side;
    if (progress->n_better == 3) {
        progress->side = fmin(2 * progress->side, 2 * first_side);
        progress->n_better = 0;
    } else if (progress->n_worse == patience) {
        progress->side *= 0.5;
        progress->n_worse = 0;
    }
}

double lw_gp_region_side(const lw_history *history, int64_t last_id, size_t d) {
    region_progress progress = {.best = HUGE_VAL, .side = first_side};
    for (size_t k = 0; k < lw_history_n(history); k++) {
        const lw_observation *observation = lw_history_get(history, k);
        if (observation->outcome == LW_COMPLETED && observation->run_id <= last_id)
            follow(&progress, 0.25 * observation->cost, d > 4 ? d : 4); /* so differences are finite */
    }
    return progress.side < last_side ? 0 : progress.side;
}

void lw_gp_region_narrow(const lw_gp_columns *columns, const lw_gp_belief *belief, double side, double *lower,
                         double *upper) {
    const size_t d = columns->d;
    const double *centre = belief->data.u + belief->best * d, *theta = belief->theta;
    double mean = 0;
    size_t n = 0;
    for (size_t i = 0; i < d; i++)
        if (!columns->coordinates[i].levels) {
            mean += fmin(theta[i], log(2));
            n++;
        }
    for (size_t i = 0; i < d; i++) {
        if (isnan(centre[i]) || columns->coordinates[i].levels)
            continue;
        double half = 0.5 * side * exp(fmin(theta[i], log(2)) - mean / (double)n);
        lower[i] = fmax(0, centre[i] - half);
        upper[i] = fmin(1, centre[i] + half);
    }
}

size_t lw_gp_region_centres(const lw_gp_belief *belief, double *centres) {
    const size_t n = belief->data.n, d = belief->data.d;
    size_t chosen[LW_GP_CENTRES], n_chosen = 0;
    for (; n_chosen < LW_GP_CENTRES && n_chosen < n; n_chosen++) {
        size_t best = SIZE_MAX;
        for (size_t i = 0; i < n; i++) {
            bool is_chosen = false;
            for (size_t k = 0; k < n_chosen; k++)
                is_chosen = is_chosen || chosen[k] == i;
            if (!is_chosen && (best == SIZE_MAX || belief->mean[i] < belief->mean[best]))
                best = i;
        }
        chosen[n_chosen] = best;
        memcpy(centres + n_chosen * d, belief->data.u + best * d, d * sizeof(double));
    }
    return n_chosen;
}
