#include "belief.h"

#include <math.h>
#include <string.h>

#include <labwatch/random.h>
#include <labwatch/sys/memory.h>

/*
 * Lengths have their mode at 0.2 sqrt(d), so that a cost of many parameters is taken to be as smooth as one of few
 * (Hvarfner et al., ICML 2024), and vary less than there: with few observations the data cannot tell d lengths apart.
 * Noise may be next to nothing, since most costs have little.
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

const lw_gp_fit_settings lw_gp_belief_fit = {.n_evaluations = 60, .gradient_tolerance = 1e-2, .value_tolerance = 1e-4};

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
    int outcome = lw_gp_fit(gp, data->n, data->X, belief->z, prior, &lw_gp_belief_fit, n_starts, starts,
                            belief->theta, NULL);
    if (outcome == LW_ENUMERIC) {
        memcpy(belief->theta, starts, T * sizeof(double));
        outcome = lw_gp_condition(gp, data->n, data->X, belief->z, belief->theta);
    }
    lw_free(starts);
    return outcome;
}

static int sample_models(lw_gp_belief *belief, const lw_gp_prior *prior, const lw_gp_manner *manner, uint64_t number) {
    const lw_gp_data *data = &belief->data;
    const size_t T = lw_gp_n_theta(belief->gps[0].form.G), n = belief->n_models;
    double *samples = lw_malloc((n + 1) * T * sizeof(double));
    if (!samples)
        return LW_ENOMEM;
    const size_t thin = data->n * T <= 3000 ? 4 : 1; /* a sweep takes a factorisation for each of T, and more */
    lw_stream stream;
    lw_stream_init(&stream, manner->seed, LW_PURPOSE_MODEL, number, 1);
    memcpy(samples + n * T, belief->theta, T * sizeof(double));
    int outcome = lw_gp_sample(&belief->gps[0], data->n, data->X, belief->z, prior, lw_stream_rng(&stream),
                               5 * thin, thin, n,
                               samples + n * T, samples);
    for (size_t k = 0; k < n && outcome == LW_OK; k++)
        outcome = lw_gp_condition(&belief->gps[k], data->n, data->X, belief->z, samples + k * T);
    lw_free(samples);
    return outcome;
}

/* The transformed costs' process: theta as it is known, or fitted. */
static int model_costs(lw_gp_belief *belief, const lw_gp_manner *manner, const lw_gp_prior *prior,
                       const lw_gp_found *start, const lw_gp_found *known) {
    const lw_gp_data *data = &belief->data;
    lw_gp *gp = &belief->gps[0];
    int outcome = lw_output_transform_fit(&belief->transform, manner->transform, data->n, data->cost, belief->z);
    if (outcome != LW_OK)
        return outcome;
    if (known) {
        memcpy(belief->theta, known->theta, lw_gp_n_theta(gp->form.G) * sizeof(double));
        outcome = lw_gp_condition(gp, data->n, data->X, belief->z, belief->theta);
    }
    if (!known || outcome == LW_ENUMERIC)
        outcome = fit(belief, prior, start);
    lw_gp_forget_gradient(gp);
    return outcome;
}

/* Since K alpha = y - m - (noise + jitter) alpha. */
static void find_means(lw_gp_belief *belief) {
    const lw_gp *gp = &belief->gps[0];
    for (size_t i = 0; i < gp->n; i++) {
        belief->mean[i] = belief->z[i] - (gp->noise + gp->jitter) * gp->alpha[i];
        if (belief->mean[i] < belief->mean[belief->best])
            belief->best = i;
    }
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
        outcome = lw_gp_init(&belief->gps[k], form, data->n + data->n_pending + LW_GP_MAX_UNCERTAIN);
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
        outcome = model_costs(belief, manner, &prior, start, known);
    if (outcome == LW_OK && manner->n_samples > 0)
        outcome = sample_models(belief, &prior, manner, number);
    if (outcome == LW_OK) {
        find_means(belief);
        outcome = lw_gp_imagine(belief, manner->seed, number);
    }
    if (outcome == LW_OK && belief->data.n_failed > 0)
        outcome = lw_gp_believe_feasibility(belief, columns->d);
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
