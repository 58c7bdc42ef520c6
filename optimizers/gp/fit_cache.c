#include "fit_cache.h"

#include <string.h>

#include <labwatch/sys/memory.h>

/* What a fit follows from, one piece after the other. */
typedef struct piece {
    const double *values;
    size_t n;
} piece;

enum { N_PIECES = 4 };

static void list_input(const lw_gp_data *data, const lw_gp_found *start, size_t n_theta, const double *shape,
                       piece pieces[N_PIECES]) {
    pieces[0] = (piece){shape, 2};
    pieces[1] = (piece){data->X, data->n * data->D};
    pieces[2] = (piece){data->cost, data->n};
    pieces[3] = (piece){start->theta, start->n > 0 ? n_theta : 0};
}

bool lw_gp_fit_cache_has(const lw_gp_fit_cache *cache, const lw_gp_data *data, const lw_gp_found *start, size_t n_theta,
                         lw_gp_found *found) {
    piece pieces[N_PIECES];
    const double shape[2] = {(double)data->n, (double)start->n}, *input = cache->input;
    size_t n_input = 0;
    list_input(data, start, n_theta, shape, pieces);
    for (size_t k = 0; k < N_PIECES; k++)
        n_input += pieces[k].n;
    if (!cache->theta || cache->n_input != n_input)
        return false;
    for (size_t k = 0; k < N_PIECES; k++) {
        if (pieces[k].n > 0 && memcmp(input, pieces[k].values, pieces[k].n * sizeof(double)) != 0)
            return false;
        input += pieces[k].n;
    }
    *found = (lw_gp_found){.n = data->n_completed, .theta = cache->theta};
    return true;
}

static bool reserve(lw_gp_fit_cache *cache, size_t n_input, size_t n_theta) {
    if (n_input > cache->capacity) {
        double *input = lw_reallocarray(cache->input, n_input + n_input / 4, sizeof *input);
        if (!input)
            return false;
        cache->input = input;
        cache->capacity = n_input + n_input / 4;
    }
    if (!cache->theta)
        cache->theta = lw_malloc(n_theta * sizeof(double));
    return cache->theta;
}

void lw_gp_fit_cache_put(lw_gp_fit_cache *cache, const lw_gp_belief *belief, const lw_gp_found *start, size_t n_theta) {
    piece pieces[N_PIECES];
    const double shape[2] = {(double)belief->data.n, (double)start->n};
    list_input(&belief->data, start, n_theta, shape, pieces);
    cache->n_input = 0;
    for (size_t k = 0; k < N_PIECES; k++)
        cache->n_input += pieces[k].n;
    if (!reserve(cache, cache->n_input, n_theta)) {
        lw_gp_fit_cache_release(cache);
        return;
    }
    double *input = cache->input;
    for (size_t k = 0; k < N_PIECES; k++) {
        if (pieces[k].n > 0)
            memcpy(input, pieces[k].values, pieces[k].n * sizeof(double));
        input += pieces[k].n;
    }
    memcpy(cache->theta, belief->theta, n_theta * sizeof(double));
}

void lw_gp_fit_cache_release(lw_gp_fit_cache *cache) {
    lw_free(cache->input);
    lw_free(cache->theta);
    memset(cache, 0, sizeof *cache);
}
