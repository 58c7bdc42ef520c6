/*
 * Which configurations fail: a process on 1 for what worked and -1 for what failed. Of many rows it sees an even share.
 */
#include "belief.h"

#include <string.h>

#include <labwatch/sys/memory.h>

int lw_gp_believe_feasibility(lw_gp_belief *belief, size_t d) {
    const lw_gp_form *form = &belief->gps[0].form;
    const lw_gp_data *data = &belief->data;
    const size_t D = data->D, T = lw_gp_n_theta(form->G);
    size_t n_failed = data->n_failed < LW_GP_MAX_FEASIBILITY_ROWS ? data->n_failed : LW_GP_MAX_FEASIBILITY_ROWS;
    size_t n_worked = data->n < LW_GP_MAX_FEASIBILITY_ROWS ? data->n : LW_GP_MAX_FEASIBILITY_ROWS;
    size_t n = n_failed + n_worked;
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
    lw_gp_prior prior = lw_gp_prior_by_dimension(d);
    lw_gp_prior_mode(&prior, form->G, start);
    outcome = lw_gp_fit(&belief->feasibility, n, X, y, &prior, &lw_gp_belief_fit, 1, start, theta, NULL);
    lw_gp_forget_gradient(&belief->feasibility);
    lw_free(X);
    belief->has_feasibility = outcome == LW_OK;
    return outcome == LW_ENUMERIC ? LW_OK : outcome;
}
