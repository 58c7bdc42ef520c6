#include "sensitivity.h"

#include <math.h>
#include <string.h>

#include <labwatch/sys/memory.h>

#include "blas.h"
#include "sobol.h"

enum { N_POINTS = 256, MAX_TRIES = 4096 };

/* The posterior mean as a function of a configuration. */
typedef struct mean_function {
    const lw_gp_belief *belief;
    const lw_gp_columns *columns;
    lw_config *config;
    double *u, *x;      /* d, D: of the configuration */
    double *scaled, *k; /* D, n */
} mean_function;

static double mean_of_model(const mean_function *self, const lw_gp *gp) {
    double square = 0;
    for (size_t c = 0; c < gp->form.D; c++) {
        self->scaled[c] = (self->x[c] - 0.5) / gp->length[c];
        square += self->scaled[c] * self->scaled[c];
    }
    lw_blas_multiply(gp->n, gp->form.D, gp->A, self->scaled, self->k);
    for (size_t i = 0; i < gp->n; i++)
        self->k[i] = fmax(square + gp->square[i] - 2 * self->k[i], 0);
    lw_kernel_values(gp->form.kernel, gp->amplitude, gp->n, self->k, NULL);
    return gp->mean + lw_blas_dot(gp->n, self->k, gp->alpha);
}

/* At coordinates u (d). False if the configuration there is not valid. */
static bool evaluate(const mean_function *self, const double *u, double *mean) {
    lw_config_decode(self->config, u);
    if (!lw_config_is_valid(self->config))
        return false;
    lw_config_encode(self->config, self->u);
    lw_gp_columns_fill(self->columns, self->config, self->u, self->x);
    *mean = 0;
    for (size_t m = 0; m < self->belief->n_models; m++)
        *mean += mean_of_model(self, &self->belief->gps[m]) / (double)self->belief->n_models;
    return true;
}

/*
 * Jansen's estimator (Computer Physics Communications 117, 1999): half the mean square of what the function changes by
 * when one coordinate alone is drawn anew, over its variance. A parameter that is inactive in both changes nothing.
 */
typedef struct jansen {
    size_t n;
    double mean, squares; /* of the function: Welford's sums */
    size_t *n_pairs;      /* d */
    double *changes;      /* d: sums of squares */
} jansen;

static void add_point(jansen *sums, const mean_function *function, double *u, const double *others) {
    double here, there;
    if (!evaluate(function, u, &here))
        return;
    double step = here - sums->mean;
    sums->mean += step / (double)++sums->n;
    sums->squares += step * (here - sums->mean);
    for (size_t i = 0; i < function->columns->d; i++) {
        double kept = u[i];
        u[i] = others[i];
        if (evaluate(function, u, &there)) {
            sums->changes[i] += (there - here) * (there - here);
            sums->n_pairs[i]++;
        }
        u[i] = kept;
    }
}

static void divide(const jansen *sums, size_t d, double *relevance) {
    double variance = sums->squares / (double)sums->n;
    for (size_t i = 0; i < d; i++) {
        double change = 0.5 * sums->changes[i] / (double)sums->n_pairs[i];
        bool is_flat = variance < 1e-20; /* what is left is rounding: values have a deviation of about 1 */
        relevance[i] = sums->n_pairs[i] == 0 ? (double)NAN : is_flat ? 0 : fmin(change / variance, 1);
    }
}

/* The points of a sequence in 2 d dimensions: where to look, and what each coordinate is exchanged for. */
static int sample(const mean_function *function, uint64_t seed, jansen *sums, double *point) {
    const size_t d = function->columns->d;
    lw_sobol sobol;
    int outcome = lw_sobol_init(&sobol, 2 * d, true, seed);
    for (uint64_t k = 0; k < MAX_TRIES && sums->n < N_POINTS && outcome == LW_OK; k++) {
        outcome = lw_sobol_point(&sobol, k, point);
        if (outcome == LW_OK)
            add_point(sums, function, point, point + d);
    }
    lw_sobol_release(&sobol);
    return outcome;
}

int lw_gp_relevance(const lw_gp_belief *belief, const lw_gp_columns *columns, uint64_t seed, double *relevance) {
    const size_t d = columns->d, D = columns->D, n = belief->data.n;
    double *room = lw_malloc((4 * d + 2 * D + n) * sizeof(double)), *point = room;
    size_t *n_pairs = lw_calloc(d, sizeof *n_pairs);
    mean_function function = {.belief = belief, .columns = columns};
    int outcome = room && n_pairs ? lw_config_new(&function.config, columns->space, NULL) : LW_ENOMEM;
    if (outcome == LW_OK) {
        jansen sums = {.n_pairs = n_pairs, .changes = room + 2 * d};
        memset(sums.changes, 0, d * sizeof(double));
        function.u = sums.changes + d;
        function.x = function.u + d;
        function.scaled = function.x + D;
        function.k = function.scaled + D;
        outcome = sample(&function, seed, &sums, point);
        divide(&sums, d, relevance);
    }
    lw_config_free(function.config);
    lw_free(room);
    lw_free(n_pairs);
    return outcome;
}
