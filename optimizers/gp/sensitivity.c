#include "sensitivity.h"

#include <math.h>

#include <labwatch/sys/memory.h>

#include "blas.h"

/* The posterior mean as a function of a configuration. */
typedef struct mean_function {
    const lw_gp_belief *belief;
    const lw_gp_columns *columns;
    double *x, *scaled, *k; /* D, D, n: room */
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

static double mean_at(void *untyped, const lw_config *config, const double *u) {
    const mean_function *self = untyped;
    double mean = 0;
    lw_gp_columns_fill(self->columns, config, u, self->x);
    for (size_t m = 0; m < self->belief->n_models; m++)
        mean += mean_of_model(self, &self->belief->gps[m]) / (double)self->belief->n_models;
    return mean;
}

int lw_gp_relevance(const lw_gp_belief *belief, const lw_gp_columns *columns, uint64_t seed,
                    lw_ranked_parameter *order) {
    const size_t D = columns->D;
    double *room = lw_malloc((2 * D + belief->data.n) * sizeof(double));
    if (!room)
        return LW_ENOMEM;
    mean_function function = {belief, columns, room, room + D, room + 2 * D};
    int outcome = lw_relevance_rank(columns->space, mean_at, &function, seed, order);
    lw_free(room);
    return outcome;
}
