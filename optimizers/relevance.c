#include "relevance.h"

#include <math.h>
#include <stdlib.h>

#include <labwatch/sys/memory.h>

#include "sobol.h"

enum { N_POINTS = 256, MAX_TRIES = 4096 };

/*
 * Jansen's estimator (Computer Physics Communications 117, 1999): half the mean square of what the function changes by
 * when one coordinate alone is drawn anew, over its variance. A parameter that is inactive in both changes nothing.
 */
typedef struct jansen {
    lw_model_mean *function;
    void *model;
    lw_config *config;
    size_t d, n;
    double mean, squares; /* of the function: Welford's sums */
    double *u;            /* d: coordinates of config */
    double *changes;      /* d: sums of squares */
    size_t *n_pairs;      /* d */
} jansen;

/* At coordinates point (d). False if the configuration there is not valid. */
static bool evaluate(const jansen *self, const double *point, double *mean) {
    lw_config_decode(self->config, point);
    if (!lw_config_is_valid(self->config))
        return false;
    lw_config_encode(self->config, self->u);
    *mean = self->function(self->model, self->config, self->u);
    return true;
}

static void add_point(jansen *self, double *point, const double *others) {
    double here, there;
    if (!evaluate(self, point, &here))
        return;
    double step = here - self->mean;
    self->mean += step / (double)++self->n;
    self->squares += step * (here - self->mean);
    for (size_t i = 0; i < self->d; i++) {
        double kept = point[i];
        point[i] = others[i];
        if (evaluate(self, point, &there)) {
            self->changes[i] += (there - here) * (there - here);
            self->n_pairs[i]++;
        }
        point[i] = kept;
    }
}

/* The points of a sequence in 2 d dimensions: where to look, and what each coordinate is exchanged for. */
static int sample(jansen *self, uint64_t seed, double *point) {
    lw_sobol sobol;
    int outcome = lw_sobol_init(&sobol, 2 * self->d, true, seed);
    for (uint64_t k = 0; k < MAX_TRIES && self->n < N_POINTS && outcome == LW_OK; k++) {
        outcome = lw_sobol_point(&sobol, k, point);
        if (outcome == LW_OK)
            add_point(self, point, point + self->d);
    }
    lw_sobol_release(&sobol);
    return outcome;
}

static double relevance_of(const jansen *self, size_t i) {
    double variance = self->squares / (double)self->n, change = 0.5 * self->changes[i] / (double)self->n_pairs[i];
    if (self->n_pairs[i] == 0)
        return NAN;
    if (variance < 1e-20) /* what is left is rounding */
        return 0;
    return round(100 * fmin(change / variance, 1)) / 100;
}

static int compare(const void *left, const void *right) {
    const lw_ranked_parameter *a = left, *b = right;
    if (a->relevance > b->relevance || (isnan(b->relevance) && !isnan(a->relevance)))
        return -1;
    if (b->relevance > a->relevance || (isnan(a->relevance) && !isnan(b->relevance)))
        return 1;
    return (a->parameter > b->parameter) - (a->parameter < b->parameter);
}

int lw_relevance_rank(const lw_space *space, lw_model_mean *mean, void *model, uint64_t seed,
                      lw_ranked_parameter *order) {
    const size_t d = lw_space_n_parameters(space);
    double *numbers = lw_calloc(4 * d, sizeof *numbers);
    jansen self = {.function = mean, .model = model, .d = d, .n_pairs = lw_calloc(d, sizeof *self.n_pairs)};
    int outcome = numbers && self.n_pairs ? lw_config_new(&self.config, space, NULL) : LW_ENOMEM;
    if (outcome == LW_OK) {
        self.u = numbers + 2 * d;
        self.changes = numbers + 3 * d;
        outcome = sample(&self, seed, numbers);
    }
    for (size_t i = 0; i < d && outcome == LW_OK; i++)
        order[i] = (lw_ranked_parameter){relevance_of(&self, i), i};
    if (outcome == LW_OK)
        qsort(order, d, sizeof *order, compare);
    lw_config_free(self.config);
    lw_free(self.n_pairs);
    lw_free(numbers);
    return outcome;
}
