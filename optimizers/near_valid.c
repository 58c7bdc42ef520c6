#include "near_valid.h"

#include <math.h>

#include <labwatch/sys/memory.h>

enum { MAX_STEPS_TRIED = 50000 };

/* The shortest step, as a power of ten of a parameter's range. */
static const double SHORTEST = -9;

/* One of the history's configurations, or the default one, which may be allowed. */
static bool put_known(lw_config *config, const lw_history *history, bool default_is_valid, lw_stream *stream) {
    size_t n = lw_history_n(history), k = (size_t)lw_stream_below(stream, n + default_is_valid);
    if (k == n)
        return lw_config_set_default(config, NULL) == LW_OK;
    lw_config_copy(config, lw_history_get(history, k)->config);
    return lw_config_is_valid(config);
}

static void step(lw_config *config, double *u, size_t d, lw_stream *stream) {
    lw_config_encode(config, u);
    size_t i = (size_t)lw_stream_below(stream, d);
    double length = pow(10, SHORTEST * lw_stream_uniform(stream));
    u[i] = fmin(fmax(u[i] + length * (2 * lw_stream_uniform(stream) - 1), 0), 1); /* of inactive ones NaN becomes 0 */
    lw_config_decode(config, u);
}

int lw_find_near_valid(lw_config *config, const lw_taken *taken, double fidelity, lw_stream *stream, lw_error *error) {
    const size_t d = lw_space_n_parameters(lw_config_space(config));
    double *u = lw_malloc(d * sizeof *u);
    if (!u)
        return lw_error_no_memory(error);
    const bool default_is_valid = lw_config_set_default(config, NULL) == LW_OK;
    const bool is_any_known = d > 0 && (default_is_valid || lw_history_n(taken->history) > 0);
    bool is_found = false;
    for (int tries = 0; tries < MAX_STEPS_TRIED && is_any_known && !is_found; tries++) {
        if (!put_known(config, taken->history, default_is_valid, stream))
            continue;
        step(config, u, d, stream);
        is_found = lw_config_is_valid(config) && !lw_taken_is(taken, config, fidelity);
    }
    lw_free(u);
    return is_found ? LW_OK : LW_EUNSATISFIABLE;
}
