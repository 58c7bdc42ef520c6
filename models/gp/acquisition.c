#include "acquisition.h"

#include <math.h>
#include <string.h>

#include <labwatch/error.h>
#include <labwatch/sys/memory.h>

#include "blas.h"
#include "normal_tail.h"

int lw_acquisition_room_init(lw_acquisition_room *room, const lw_acquisition *acquisition, size_t M,
                             bool with_gradient) {
    const size_t n_models = acquisition->n_models;
    size_t largest = 1;
    memset(room, 0, sizeof *room);
    room->batches = lw_calloc(n_models + 1, sizeof *room->batches);
    if (!room->batches)
        return LW_ENOMEM;
    room->M = M;
    room->n_models = n_models;
    int outcome = LW_OK;
    for (size_t k = 0; k < n_models && outcome == LW_OK; k++) {
        const lw_gp *gp = acquisition->models[k].gp;
        largest = acquisition->models[k].S > largest ? acquisition->models[k].S : largest;
        outcome = lw_gp_batch_init(&room->batches[k], M, gp->n + gp->q, gp->form.D, with_gradient);
    }
    const lw_gp *feasibility = acquisition->feasibility;
    if (feasibility && outcome == LW_OK)
        outcome = lw_gp_batch_init(&room->batches[n_models], M, feasibility->n, feasibility->form.D, with_gradient);
    const size_t D = acquisition->models[0].gp->form.D;
    room->values = lw_calloc(n_models * (M + 1) + largest + M * D, sizeof(double));
    if (!room->values)
        return LW_ENOMEM;
    room->weights = room->values + n_models * M;
    room->shares = room->weights + largest;
    room->dX = room->shares + n_models;
    return outcome;
}

void lw_acquisition_room_release(lw_acquisition_room *room) {
    for (size_t k = 0; room->batches && k < room->n_models + 1; k++)
        lw_gp_batch_release(&room->batches[k]);
    lw_free(room->batches);
    lw_free(room->values);
    memset(room, 0, sizeof *room);
}

/* ln of the sum of exp(x), which become their shares of it. */
static double log_sum(size_t n, double *x) {
    double largest = x[0], sum = 0;
    for (size_t i = 1; i < n; i++)
        largest = fmax(largest, x[i]);
    for (size_t i = 0; i < n; i++)
        sum += x[i] = exp(x[i] - largest);
    for (size_t i = 0; i < n; i++)
        x[i] /= sum;
    return largest + log(sum);
}

/* ---- one sample at one point: value, and its derivatives by mean and deviation ---- */

typedef struct value_of_sample {
    double value, by_mean, by_deviation;
} value_of_sample;

static value_of_sample expected_improvement(double mean, double deviation, double best) {
    double slope, z = (best - mean) / deviation, log_h = lw_log_improvement(z, &slope);
    /* phi/h, which is 1 - z Phi/h, too: far out the logarithms have no digits left for their difference */
    double by_deviation = z < 0 ? 1 - z * slope : exp(lw_log_normal_density(z) - log_h);
    return (value_of_sample){
        .value = log_h + log(deviation),
        .by_mean = -slope / deviation,
        .by_deviation = by_deviation / deviation,
    };
}

static value_of_sample probability_of_improvement(double mean, double deviation, double best) {
    double slope, z = (best - mean) / deviation, value = lw_log_normal_cdf(z, &slope);
    return (value_of_sample){value, -slope / deviation, -slope * z / deviation};
}

static value_of_sample evaluate_sample(const lw_acquisition *acquisition, double mean, double deviation, double best) {
    switch (acquisition->kind) {
    case LW_ACQUISITION_EI:
        return expected_improvement(mean, deviation, best);
    case LW_ACQUISITION_PI:
        return probability_of_improvement(mean, deviation, best);
    case LW_ACQUISITION_UCB:
        break;
    }
    return (value_of_sample){acquisition->kappa * deviation - mean, -1, acquisition->kappa};
}

/* ---- one process at one point ---- */

typedef struct prediction {
    const lw_acquisition_model *model;
    const double *v; /* n + q */
    double mean, deviation;
} prediction;

static double mean_of_sample(const prediction *at, size_t s) {
    const lw_gp *gp = at->model->gp;
    if (gp->q == 0)
        return at->mean;
    return at->mean + lw_blas_dot(gp->q, at->v + gp->n, at->model->z + s * gp->q);
}

/* ln of the mean over samples; weights (S) get each sample's share. UCB is no logarithm: there it is the mean. */
static double average_samples(const lw_acquisition *acquisition, const prediction *at, double *weights) {
    const size_t S = at->model->S;
    double sum = 0;
    for (size_t s = 0; s < S; s++) {
        weights[s] = evaluate_sample(acquisition, mean_of_sample(at, s), at->deviation, at->model->best[s]).value;
        sum += weights[s];
    }
    if (acquisition->kind != LW_ACQUISITION_UCB)
        return log_sum(S, weights) - log((double)S);
    for (size_t s = 0; s < S; s++)
        weights[s] = 1 / (double)S;
    return sum / (double)S;
}

/* r gets what the value is by v, times share: see lw_gp_gradient. weights as average_samples left them. */
static void differentiate(const lw_acquisition *acquisition, const prediction *at, const double *weights, double share,
                          double *r) {
    const lw_gp *gp = at->model->gp;
    double by_mean = 0, by_deviation = 0;
    memset(r, 0, (gp->n + gp->q) * sizeof(double));
    for (size_t s = 0; s < at->model->S; s++) {
        value_of_sample sample =
            evaluate_sample(acquisition, mean_of_sample(at, s), at->deviation, at->model->best[s]);
        by_mean += weights[s] * sample.by_mean;
        by_deviation += weights[s] * sample.by_deviation;
        if (gp->q > 0)
            lw_blas_add(gp->q, share * weights[s] * sample.by_mean, at->model->z + s * gp->q, r + gp->n);
    }
    if (gp->n > 0)
        lw_blas_add(gp->n, share * by_mean, gp->w, r);
    /* d deviation = d variance / (2 deviation), d variance = -2 v dv */
    lw_blas_add(gp->n + gp->q, -share * by_deviation / at->deviation, at->v, r);
}

static prediction look_at(const lw_acquisition_model *model, const lw_gp_batch *batch, size_t i) {
    const lw_gp *gp = model->gp;
    prediction at = {.model = model, .v = batch->V + i * batch->N, .mean = gp->mean};
    double known = gp->n + gp->q > 0 ? lw_blas_dot(gp->n + gp->q, at.v, at.v) : 0;
    if (gp->n > 0)
        at.mean += lw_blas_dot(gp->n, at.v, gp->w);
    at.deviation = sqrt(fmax(gp->amplitude - known, 1e-12 * gp->amplitude));
    return at;
}

/* ---- all points ---- */

static void average_models(const lw_acquisition *acquisition, double *values, size_t M, size_t i, double *value,
                           double *share) {
    const size_t n = acquisition->n_models;
    for (size_t k = 0; k < n; k++)
        share[k] = values[k * M + i];
    if (acquisition->kind != LW_ACQUISITION_UCB) {
        *value = log_sum(n, share) - log((double)n);
    } else {
        *value = 0;
        for (size_t k = 0; k < n; k++) {
            *value += share[k] / (double)n;
            share[k] = 1 / (double)n;
        }
    }
    for (size_t k = 0; k < n; k++)
        values[k * M + i] = share[k];
}

/* Adds ln P(feasible) and its gradient. */
static void add_feasibility(const lw_acquisition *acquisition, lw_acquisition_room *room, size_t M, const double *X,
                            double *value, double *gradient) {
    const lw_gp *gp = acquisition->feasibility;
    lw_gp_batch *batch = &room->batches[acquisition->n_models];
    lw_acquisition_model model = {.gp = gp};
    lw_gp_project(gp, batch, M, X);
    for (size_t i = 0; i < M; i++) {
        prediction at = look_at(&model, batch, i);
        double slope, z = at.mean / at.deviation;
        value[i] += lw_log_normal_cdf(z, &slope);
        if (!gradient)
            continue;
        double *r = batch->R + i * batch->N;
        memset(r, 0, gp->n * sizeof(double));
        lw_blas_add(gp->n, slope / at.deviation, gp->w, r);
        lw_blas_add(gp->n, slope * z / (at.deviation * at.deviation), at.v, r);
    }
    if (!gradient)
        return;
    lw_gp_gradient(gp, batch, M, room->dX);
    for (size_t j = 0; j < M * gp->form.D; j++)
        gradient[j] += room->dX[j];
}

static void add_gradient(const lw_acquisition *acquisition, lw_acquisition_room *room, size_t k, size_t M,
                         double *gradient) {
    const lw_acquisition_model *model = &acquisition->models[k];
    lw_gp_batch *batch = &room->batches[k];
    for (size_t i = 0; i < M; i++) {
        prediction at = look_at(model, batch, i);
        average_samples(acquisition, &at, room->weights);
        differentiate(acquisition, &at, room->weights, room->values[k * M + i], batch->R + i * batch->N);
    }
    lw_gp_gradient(model->gp, batch, M, room->dX);
    for (size_t j = 0; j < M * model->gp->form.D; j++)
        gradient[j] += room->dX[j];
}

void lw_acquisition_evaluate(const lw_acquisition *acquisition, lw_acquisition_room *room, size_t M, const double *X,
                             double *value, double *gradient) {
    for (size_t k = 0; k < acquisition->n_models; k++) {
        const lw_acquisition_model *model = &acquisition->models[k];
        lw_gp_project(model->gp, &room->batches[k], M, X);
        for (size_t i = 0; i < M; i++) {
            prediction at = look_at(model, &room->batches[k], i);
            room->values[k * M + i] = average_samples(acquisition, &at, room->weights);
        }
    }
    double *share = room->shares;
    for (size_t i = 0; i < M; i++)
        average_models(acquisition, room->values, M, i, &value[i], share);
    if (gradient) {
        memset(gradient, 0, M * acquisition->models[0].gp->form.D * sizeof(double));
        for (size_t k = 0; k < acquisition->n_models; k++)
            add_gradient(acquisition, room, k, M, gradient);
    }
    if (acquisition->feasibility)
        add_feasibility(acquisition, room, M, X, value, gradient);
}

void lw_acquisition_best_of_samples(const lw_gp *gp, size_t S, const double *z, double base, double *best) {
    const size_t n = gp->n, q = gp->q;
    for (size_t s = 0; s < S; s++) {
        best[s] = base;
        for (size_t j = 0; j < q; j++) {
            const double *row = gp->L + (n + j) * gp->capacity;
            double value = gp->mean + (n > 0 ? lw_blas_dot(n, row, gp->w) : 0) +
                           lw_blas_dot(j + 1, row + n, z + s * q);
            best[s] = fmin(best[s], value);
        }
    }
}
