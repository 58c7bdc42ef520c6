#include "calibration.h"

#include <math.h>
#include <string.h>

#include <gsl/gsl_statistics_double.h>

#include <labwatch/sys/memory.h>

#include "normal_tail.h"

/* What half and nine tenths of a normal variable are within, in deviations. */
static const double HALF_WIDTH_50 = 0.67448975019608171, HALF_WIDTH_90 = 1.6448536269514722;

/* Mean and variance (n each) of the mixture of the models' predictions; room has 2 n. */
static int predict(const lw_gp_belief *belief, double *mean, double *variance, double *room) {
    const size_t n = belief->data.n;
    const double share = 1 / (double)belief->n_models;
    double *model_mean = room, *model_variance = room + n;
    int outcome = LW_OK;
    memset(mean, 0, n * sizeof(double));
    memset(variance, 0, n * sizeof(double));
    for (size_t k = 0; k < belief->n_models && outcome == LW_OK; k++) {
        outcome = lw_gp_leave_one_out(&belief->gps[k], belief->z, model_mean, model_variance);
        for (size_t i = 0; i < n && outcome == LW_OK; i++) {
            mean[i] += share * model_mean[i];
            variance[i] += share * (model_variance[i] + model_mean[i] * model_mean[i]);
        }
    }
    for (size_t i = 0; i < n; i++)
        variance[i] = fmax(variance[i] - mean[i] * mean[i], 1e-15);
    return outcome;
}

static void compare(size_t n, const double *z, const double *mean, const double *variance, lw_gp_calibration *out) {
    *out = (lw_gp_calibration){0};
    for (size_t i = 0; i < n; i++) {
        double deviation = sqrt(variance[i]), distance = (z[i] - mean[i]) / deviation;
        out->inside_50 += fabs(distance) <= HALF_WIDTH_50;
        out->inside_90 += fabs(distance) <= HALF_WIDTH_90;
        out->log_density += lw_log_normal_density(distance) - log(deviation);
    }
    out->inside_50 /= (double)n;
    out->inside_90 /= (double)n;
    out->log_density /= (double)n;
}

int lw_gp_calibrate(const lw_gp_belief *belief, lw_gp_calibration *out) {
    const size_t n = belief->data.n;
    double *mean = lw_malloc(4 * n * sizeof(double));
    if (!mean)
        return LW_ENOMEM;
    double *variance = mean + n, *room = mean + 2 * n;
    int outcome = predict(belief, mean, variance, room);
    if (outcome == LW_OK) {
        compare(n, belief->z, mean, variance, out);
        out->rank_correlation = gsl_stats_spearman(mean, 1, belief->z, 1, n, room);
    }
    lw_free(mean);
    return outcome;
}
