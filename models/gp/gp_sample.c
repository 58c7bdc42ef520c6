#include "gp_fit.h"

#include <math.h>
#include <string.h>

#include <gsl/gsl_randist.h>

#include <labwatch/error.h>
#include <labwatch/sys/memory.h>

enum { MAX_STEPS_OUT = 10, MAX_SHRINKS = 60 };

typedef struct slice_chain {
    lw_gp *gp;
    size_t n;
    const double *X, *y;
    const lw_gp_prior *prior;
    gsl_rng *rng;
    double *theta;
    double value; /* ln density at theta */
} slice_chain;

static void bounds(const slice_chain *chain, size_t i, double *lower, double *upper) {
    const lw_gp_prior *prior = chain->prior;
    const size_t G = chain->gp->form.G;
    *lower = i < G ? prior->length_lower : i == G ? prior->noise_lower : prior->amplitude_lower;
    *upper = i < G ? prior->length_upper : i == G ? prior->noise_upper : prior->amplitude_upper;
}

/* ln density of the logarithms: that of the quantities, and the Jacobian. */
static double density(const slice_chain *chain) {
    const size_t G = chain->gp->form.G;
    if (lw_gp_condition(chain->gp, chain->n, chain->X, chain->y, chain->theta) != LW_OK)
        return -HUGE_VAL;
    double sum = chain->gp->log_likelihood + lw_gp_log_prior(chain->prior, G, chain->theta, NULL);
    for (size_t i = 0; i < G + 2; i++) {
        double lower, upper;
        bounds(chain, i, &lower, &upper);
        sum += upper > lower ? chain->theta[i] : 0;
    }
    return sum;
}

static double density_at(slice_chain *chain, size_t i, double t) {
    double lower, upper;
    bounds(chain, i, &lower, &upper);
    if (t < lower || t > upper)
        return -HUGE_VAL;
    chain->theta[i] = t;
    return density(chain);
}

static void step_out(slice_chain *chain, size_t i, double level, double *left, double *right) {
    double here = chain->theta[i];
    *left = here - gsl_rng_uniform(chain->rng);
    *right = *left + 1;
    int to_the_left = (int)gsl_rng_uniform_int(chain->rng, MAX_STEPS_OUT);
    int to_the_right = MAX_STEPS_OUT - 1 - to_the_left;
    while (to_the_left-- > 0 && density_at(chain, i, *left) > level)
        *left -= 1;
    while (to_the_right-- > 0 && density_at(chain, i, *right) > level)
        *right += 1;
    chain->theta[i] = here;
}

static void slice(slice_chain *chain, size_t i) {
    double lower, upper, left, right, here = chain->theta[i];
    bounds(chain, i, &lower, &upper);
    if (!(upper > lower))
        return;
    double level = chain->value + log(gsl_rng_uniform_pos(chain->rng));
    step_out(chain, i, level, &left, &right);
    for (int tries = 0; tries < MAX_SHRINKS; tries++) {
        double t = left + (right - left) * gsl_rng_uniform(chain->rng);
        double value = density_at(chain, i, t);
        if (value > level) {
            chain->value = value;
            return;
        }
        *(t < here ? &left : &right) = t;
    }
    chain->theta[i] = here;
}

int lw_gp_sample(lw_gp *gp, size_t n, const double *X, const double *y, const lw_gp_prior *prior, gsl_rng *rng,
                 size_t burn, size_t thin, size_t n_samples, double *theta, double *samples) {
    const size_t T = lw_gp_n_theta(gp->form.G);
    slice_chain chain = {gp, n, X, y, prior, rng, theta, 0};
    chain.value = density(&chain);
    if (!isfinite(chain.value))
        return LW_ENUMERIC;
    size_t n_sweeps = burn + thin * n_samples;
    for (size_t sweep = 1; sweep <= n_sweeps; sweep++) {
        for (size_t i = 0; i < T; i++)
            slice(&chain, i);
        if (sweep > burn && (sweep - burn) % thin == 0)
            memcpy(samples + (sweep - burn) / thin * T - T, theta, T * sizeof(double));
    }
    return LW_OK;
}
