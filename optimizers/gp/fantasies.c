/*
 * Values that are not known: those of pending runs, and under noise those of the best observations. They are appended
 * to the processes as rows, and sampled.
 */
#include "belief.h"

#include <math.h>

#include <gsl/gsl_cdf.h>

#include <labwatch/random.h>
#include <labwatch/sys/memory.h>

#include "sobol.h"

enum { N_SAMPLES = 64 };

/* Above that share of noise the best observed value is itself uncertain. */
static const double NOISY = 0.02;

static bool is_among(const size_t *chosen, size_t n, size_t i) {
    for (size_t k = 0; k < n; k++)
        if (chosen[k] == i)
            return true;
    return false;
}

/* The observations with the lowest means. */
static size_t choose_uncertain(const lw_gp_belief *belief, size_t *chosen) {
    size_t n = belief->data.n < LW_GP_MAX_UNCERTAIN ? belief->data.n : LW_GP_MAX_UNCERTAIN;
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

int lw_gp_imagine(lw_gp_belief *belief, uint64_t seed, uint64_t number) {
    const lw_gp_data *data = &belief->data;
    size_t uncertain[LW_GP_MAX_UNCERTAIN], n_uncertain = 0;
    if (belief->gps[0].noise > NOISY * belief->gps[0].amplitude)
        n_uncertain = choose_uncertain(belief, uncertain);
    const size_t q = data->n_pending + n_uncertain, S = q > 0 ? N_SAMPLES : 1;
    belief->normals = lw_malloc(S * q * sizeof(double));
    belief->bests = lw_malloc(belief->n_models * S * sizeof(double));
    if (!belief->normals || !belief->bests || draw_normals(belief->normals, S, q, seed, number) != LW_OK)
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
