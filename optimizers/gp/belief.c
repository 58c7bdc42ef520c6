#include "belief.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <gsl/gsl_cdf.h>

#include <labwatch/random.h>
#include <labwatch/sys/memory.h>

#include "sobol.h"

enum { N_VALUE_SAMPLES = 64, N_UNCERTAIN = 8, MAX_FEASIBILITY_ROWS = 150 };

/* Above that share of noise the best observed value is itself uncertain. */
static const double NOISY = 0.02;

/*
 * Lengths have their mode at 0.2 sqrt(d), so that a cost of many parameters is taken to be as smooth as one of few (Hvarfner et al., ICML
 * 2024), and vary less than there: with few observations the data cannot tell d lengths apart. Noise may be next to
 * nothing, since most costs have little.
 */
static lw_gp_prior prior_of(const lw_gp_columns *columns, const lw_gp_manner *manner) {
    lw_gp_prior prior = lw_gp_prior_by_dimension(columns->d);
    prior.length_sigma = 0.7;
    prior.length_mu = 0.5 * log((double)columns->d) - 1.1;
    prior.noise_mu = -6;
    prior.noise_sigma = 2;
    prior.noise_lower = log(1e-6);
    if (manner->noise >= 0)
        prior.noise_lower = prior.noise_upper = log(fmax(manner->noise, 1e-10));
    return prior;
}

/* ---- hyperparameters ---- */

static const lw_gp_fit_settings fit_settings = {.n_evaluations = 60, .gradient_tolerance = 1e-2, .value_tolerance = 1e-4};

static int take_over(lw_gp_belief *belief, const lw_gp_found *found) {
    const lw_gp_data *data = &belief->data;
    memcpy(belief->theta, found->theta, lw_gp_n_theta(belief->gps[0].form.G) * sizeof(double));
    int outcome = lw_output_transform_fit(&belief->transform, found->transform, data->n, data->cost, belief->z);
    return outcome == LW_OK ? lw_gp_condition(&belief->gps[0], data->n, data->X, belief->z, belief->theta) : outcome;
}

static int fit(lw_gp_belief *belief, const lw_gp_prior *prior, const lw_gp_found *found) {
    lw_gp *gp = &belief->gps[0];
    const lw_gp_data *data = &belief->data;
    const size_t G = gp->form.G, T = lw_gp_n_theta(G);
    double *starts = lw_malloc(2 * T * sizeof(double));
    if (!starts)
        return LW_ENOMEM;
    size_t n_starts = 1;
    lw_gp_prior_mode(prior, G, starts);
    if (found->n > 0)
        memcpy(starts + T * n_starts++, found->theta, T * sizeof(double));
    int outcome = lw_gp_fit(gp, data->n, data->X, belief->z, prior, &fit_settings, n_starts, starts, belief->theta, NULL);
    if (outcome == LW_ENUMERIC) {
        memcpy(belief->theta, starts, T * sizeof(double));
        outcome = lw_gp_condition(gp, data->n, data->X, belief->z, belief->theta);
    }
    lw_free(starts);
    return outcome;
}

static int compare(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/*
 * How well the better half of the costs is predicted, each without itself: the sum of the logarithms of the predictive densities,
 * of the costs, not of their transforms.
 */
static int score_transform(const lw_gp_belief *belief, double *score) {
    const lw_gp_data *data = &belief->data;
    const size_t n = data->n;
    double *mean = lw_malloc(3 * n * sizeof(double)), *variance = mean + n, *sorted = mean + 2 * n;
    int outcome = mean ? lw_gp_leave_one_out(&belief->gps[0], belief->z, mean, variance) : LW_ENOMEM;
    *score = 0;
    if (outcome == LW_OK) {
        memcpy(sorted, data->cost, n * sizeof(double));
        qsort(sorted, n, sizeof(double), compare);
    }
    for (size_t i = 0; i < n && outcome == LW_OK; i++) {
        if (data->cost[i] > sorted[(n - 1) / 2])
            continue;
        double step = belief->z[i] - mean[i];
        *score += -0.5 * step * step / variance[i] - 0.5 * log(variance[i]) +
                  lw_output_transform_log_slope(&belief->transform, data->cost[i]);
    }
    lw_free(mean);
    return outcome;
}

static int fit_transformed(lw_gp_belief *belief, lw_transform_kind kind, const lw_gp_prior *prior, const lw_gp_found *found) {
    int outcome = lw_output_transform_fit(&belief->transform, kind, belief->data.n, belief->data.cost, belief->z);
    return outcome == LW_OK ? fit(belief, prior, found) : outcome;
}

/* Fits under each transform, and keeps the one that predicts best. */
static int fit_best(lw_gp_belief *belief, const lw_gp_manner *manner, const lw_gp_prior *prior, const lw_gp_found *found) {
    const size_t T = lw_gp_n_theta(belief->gps[0].form.G), n = belief->data.n;
    if (manner->n_transforms == 1 || n < 3)
        return fit_transformed(belief, manner->transforms[0], prior, found);
    lw_transform_kind best = manner->transforms[0];
    double *theta = lw_malloc(T * sizeof(double)), highest = -HUGE_VAL;
    int outcome = theta ? LW_OK : LW_ENOMEM;
    for (size_t k = 0; k < manner->n_transforms && outcome == LW_OK; k++) {
        double score = -HUGE_VAL;
        outcome = fit_transformed(belief, manner->transforms[k], prior, found);
        if (outcome == LW_OK)
            outcome = score_transform(belief, &score);
        if (outcome == LW_OK && (k == 0 || score > highest)) {
            highest = score;
            best = manner->transforms[k];
            memcpy(theta, belief->theta, T * sizeof(double));
        }
    }
    if (outcome == LW_OK)
        outcome = take_over(belief, &(lw_gp_found){n, theta, best});
    lw_free(theta);
    return outcome;
}

static int sample_models(lw_gp_belief *belief, const lw_gp_prior *prior, const lw_gp_manner *manner, uint64_t number) {
    const lw_gp_data *data = &belief->data;
    const size_t T = lw_gp_n_theta(belief->gps[0].form.G), n = belief->n_models;
    double *samples = lw_malloc((n + 1) * T * sizeof(double));
    if (!samples)
        return LW_ENOMEM;
    const size_t thin = data->n <= 300 ? 4 : 1;
    lw_stream stream;
    lw_stream_init(&stream, manner->seed, LW_PURPOSE_MODEL, number, 1);
    memcpy(samples + n * T, belief->theta, T * sizeof(double));
    int outcome = lw_gp_sample(&belief->gps[0], data->n, data->X, belief->z, prior, lw_stream_rng(&stream), 5 * thin, thin, n,
                               samples + n * T, samples);
    for (size_t k = 0; k < n && outcome == LW_OK; k++)
        outcome = lw_gp_condition(&belief->gps[k], data->n, data->X, belief->z, samples + k * T);
    lw_free(samples);
    return outcome;
}

/* ---- values that are not known ---- */

/* Since K alpha = y - m - (noise + jitter) alpha. */
static void find_means(lw_gp_belief *belief) {
    const lw_gp *gp = &belief->gps[0];
    belief->best = 0;
    for (size_t i = 0; i < gp->n; i++) {
        belief->mean[i] = belief->z[i] - (gp->noise + gp->jitter) * gp->alpha[i];
        if (belief->mean[i] < belief->mean[belief->best])
            belief->best = i;
    }
}

static bool is_among(const size_t *chosen, size_t n, size_t i) {
    for (size_t k = 0; k < n; k++)
        if (chosen[k] == i)
            return true;
    return false;
}

/* The observations with the lowest means. */
static size_t choose_uncertain(const lw_gp_belief *belief, size_t *chosen) {
    size_t n = belief->data.n < N_UNCERTAIN ? belief->data.n : N_UNCERTAIN;
    for (size_t k = 0; k < n; k++) {
        chosen[k] = SIZE_MAX;
        for (size_t i = 0; i < belief->data.n; i++)
            if (!is_among(chosen, k, i) && (chosen[k] == SIZE_MAX || belief->mean[i] < belief->mean[chosen[k]]))
                chosen[k] = i;
    }
    return n;
}

static int draw_normals(double *normals, size_t S, size_t q, uint64_t seed, uint64_t number) {
    lw_stream stream;
    lw_sobol sobol;
    lw_stream_init(&stream, seed, LW_PURPOSE_MODEL, number, 0);
    int outcome = lw_sobol_init(&sobol, q, true, lw_stream_bits(&stream));
    for (size_t s = 0; s < S && outcome == LW_OK; s++) {
        outcome = lw_sobol_point(&sobol, s, normals + s * q);
        for (size_t j = 0; j < q && outcome == LW_OK; j++)
            normals[s * q + j] = gsl_cdf_ugaussian_Pinv(normals[s * q + j]);
    }
    lw_sobol_release(&sobol);
    return outcome;
}

/* Appends what is pending, and under noise the best observations, as values to be sampled. */
static int imagine(lw_gp_belief *belief, const lw_gp_manner *manner, uint64_t number) {
    const lw_gp_data *data = &belief->data;
    size_t uncertain[N_UNCERTAIN], n_uncertain = 0;
    if (belief->gps[0].noise > NOISY * belief->gps[0].amplitude)
        n_uncertain = choose_uncertain(belief, uncertain);
    const size_t q = data->n_pending + n_uncertain, S = q > 0 ? N_VALUE_SAMPLES : 1;
    belief->normals = lw_malloc(S * q * sizeof(double));
    belief->bests = lw_malloc(belief->n_models * S * sizeof(double));
    if (!belief->normals || !belief->bests || draw_normals(belief->normals, S, q, manner->seed, number) != LW_OK)
        return LW_ENOMEM;
    double base = n_uncertain > 0 ? HUGE_VAL : data->n > 0 ? belief->mean[belief->best] : 0;
    for (size_t k = 0; k < belief->n_models; k++) {
        lw_gp *gp = &belief->gps[k];
        for (size_t j = 0; j < n_uncertain; j++)
            lw_gp_append(gp, data->X + uncertain[j] * data->D);
        for (size_t j = 0; j < data->n_pending; j++)
            lw_gp_append(gp, data->pending + j * data->D);
        lw_acquisition_best_of_samples(gp, S, belief->normals, base, belief->bests + k * S);
        belief->models[k] = (lw_acquisition_model){gp, S, belief->normals, belief->bests + k * S};
    }
    return LW_OK;
}

/* ---- failures ---- */

/* Worked is 1, failed -1. Of many rows an even share. */
static int believe_feasibility(lw_gp_belief *belief, const lw_gp_form *form, const lw_gp_columns *columns) {
    const lw_gp_data *data = &belief->data;
    const size_t D = data->D, T = lw_gp_n_theta(form->G);
    size_t n_failed = data->n_failed < MAX_FEASIBILITY_ROWS ? data->n_failed : MAX_FEASIBILITY_ROWS;
    size_t n_worked = data->n < MAX_FEASIBILITY_ROWS ? data->n : MAX_FEASIBILITY_ROWS, n = n_failed + n_worked;
    double *X = lw_malloc((n * (D + 1) + 2 * T) * sizeof(double));
    int outcome = lw_gp_init(&belief->feasibility, form, n);
    if (!X || outcome != LW_OK) {
        lw_free(X);
        return LW_ENOMEM;
    }
    double *y = X + n * D, *start = y + n, *theta = start + T;
    memcpy(X, data->failed, n_failed * D * sizeof(double));
    for (size_t k = 0; k < n_worked; k++)
        memcpy(X + (n_failed + k) * D, data->X + k * data->n / n_worked * D, D * sizeof(double));
    for (size_t i = 0; i < n; i++)
        y[i] = i < n_failed ? -1 : 1;
    lw_gp_prior prior = lw_gp_prior_by_dimension(columns->d);
    lw_gp_prior_mode(&prior, form->G, start);
    outcome = lw_gp_fit(&belief->feasibility, n, X, y, &prior, &fit_settings, 1, start, theta, NULL);
    lw_gp_forget_gradient(&belief->feasibility);
    lw_free(X);
    belief->has_feasibility = outcome == LW_OK;
    return outcome == LW_ENUMERIC ? LW_OK : outcome;
}

/* ---- all of it ---- */

static int reserve(lw_gp_belief *belief, const lw_gp_form *form, size_t n_models) {
    const lw_gp_data *data = &belief->data;
    belief->z = lw_malloc(2 * data->n * sizeof(double));
    belief->theta = lw_calloc(lw_gp_n_theta(form->G), sizeof(double));
    belief->gps = lw_calloc(n_models, sizeof *belief->gps);
    belief->models = lw_calloc(n_models, sizeof *belief->models);
    if (!belief->z || !belief->theta || !belief->gps || !belief->models)
        return LW_ENOMEM;
    belief->mean = belief->z + data->n;
    belief->n_models = n_models;
    int outcome = LW_OK;
    for (size_t k = 0; k < n_models && outcome == LW_OK; k++)
        outcome = lw_gp_init(&belief->gps[k], form, data->n + data->n_pending + N_UNCERTAIN);
    return outcome;
}

int lw_gp_believe(lw_gp_belief *belief, lw_gp_data *data, const lw_gp_columns *columns, const lw_gp_manner *manner,
                  const lw_gp_found *start, const lw_gp_found *known, uint64_t number, lw_error *error) {
    memset(belief, 0, sizeof *belief);
    belief->data = *data;
    memset(data, 0, sizeof *data);
    const lw_gp_form form = {.kernel = manner->kernel, .D = columns->D, .G = columns->G, .group = columns->group};
    const lw_gp_prior prior = prior_of(columns, manner);
    int outcome = reserve(belief, &form, manner->n_samples > 0 ? manner->n_samples : 1);
    if (outcome == LW_OK)
        outcome = known ? take_over(belief, known) : fit_best(belief, manner, &prior, start);
    if (outcome == LW_OK)
        lw_gp_forget_gradient(&belief->gps[0]);
    if (outcome == LW_OK && manner->n_samples > 0)
        outcome = sample_models(belief, &prior, manner, number);
    if (outcome == LW_OK) {
        find_means(belief);
        outcome = imagine(belief, manner, number);
    }
    if (outcome == LW_OK && belief->data.n_failed > 0)
        outcome = believe_feasibility(belief, &form, columns);
    if (outcome == LW_ENOMEM)
        return lw_error_no_memory(error);
    if (outcome != LW_OK)
        return lw_error_set(error, outcome, "the model of the costs could not be computed");
    return LW_OK;
}

void lw_gp_belief_release(lw_gp_belief *belief) {
    for (size_t k = 0; k < belief->n_models; k++)
        lw_gp_release(&belief->gps[k]);
    lw_gp_release(&belief->feasibility);
    lw_gp_data_release(&belief->data);
    lw_free(belief->gps);
    lw_free(belief->models);
    lw_free(belief->z);
    lw_free(belief->theta);
    lw_free(belief->normals);
    lw_free(belief->bests);
    memset(belief, 0, sizeof *belief);
}
