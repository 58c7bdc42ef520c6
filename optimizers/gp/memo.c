#include "memo.h"

#include <math.h>
#include <stdio.h>

/* A logarithm beyond that is none that a fit has left. */
static const double largest_theta = 30;

static void read_theta(const bson_t *memo, size_t T, double *theta, lw_gp_found *found) {
    bson_iter_t iter, values;
    if (!memo || !bson_iter_init_find(&iter, memo, "n") || !BSON_ITER_HOLDS_INT64(&iter) || bson_iter_int64(&iter) <= 0)
        return;
    size_t n = (size_t)bson_iter_int64(&iter);
    if (!bson_iter_init_find(&iter, memo, "theta") || !bson_iter_recurse(&iter, &values))
        return;
    size_t k = 0;
    while (k < T && bson_iter_next(&values) && BSON_ITER_HOLDS_DOUBLE(&values) &&
           fabs(bson_iter_double(&values)) <= largest_theta)
        theta[k++] = bson_iter_double(&values);
    found->n = k == T ? n : 0;
}

lw_gp_found lw_gp_memo_find(const lw_history *history, int64_t last_id, size_t n_theta, double *theta) {
    lw_gp_found found = {.theta = theta};
    for (size_t k = lw_history_n(history); k-- > 0 && found.n == 0;) {
        const lw_observation *observation = lw_history_get(history, k);
        if (observation->run_id <= last_id && !observation->foreign)
            read_theta(observation->memo, n_theta, theta, &found);
    }
    return found;
}

void lw_gp_memo_write(const lw_gp_belief *belief, size_t n_theta, bool is_local, bson_t *memo) {
    if (belief->is_fitted) {
        bson_t theta;
        char key[24];
        BSON_APPEND_INT64(memo, "n", (int64_t)belief->data.n_completed);
        bson_append_array_begin(memo, "theta", -1, &theta);
        for (size_t k = 0; k < n_theta; k++) {
            snprintf(key, sizeof key, "%zu", k);
            bson_append_double(&theta, key, -1, belief->theta[k]);
        }
        bson_append_array_end(memo, &theta);
    }
    if (belief->gps[0].jitter > 0)
        BSON_APPEND_DOUBLE(memo, "jitter", belief->gps[0].jitter);
    if (is_local)
        BSON_APPEND_BOOL(memo, "local", true);
}
