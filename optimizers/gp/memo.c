#include "memo.h"

#include <math.h>
#include <stdio.h>

/* A logarithm beyond that is none that a fit has left. */
static const double largest_theta = 30;

enum { N_MANNER = 3 };

static void list_manner(const lw_gp_manner *manner, double list[N_MANNER]) {
    list[0] = manner->kernel;
    list[1] = manner->transform;
    list[2] = manner->noise;
}

/* Exactly n numbers. */
static bool read_numbers(const bson_t *memo, const char *key, size_t n, double *numbers) {
    bson_iter_t iter, values;
    if (!bson_iter_init_find(&iter, memo, key) || !BSON_ITER_HOLDS_ARRAY(&iter) || !bson_iter_recurse(&iter, &values))
        return false;
    for (size_t k = 0; k < n; k++) {
        if (!bson_iter_next(&values) || !BSON_ITER_HOLDS_DOUBLE(&values) ||
            !(fabs(bson_iter_double(&values)) <= largest_theta))
            return false;
        numbers[k] = bson_iter_double(&values);
    }
    return !bson_iter_next(&values);
}

static void write_numbers(bson_t *memo, const char *key, size_t n, const double *numbers) {
    bson_t array;
    char index[24];
    bson_append_array_begin(memo, key, -1, &array);
    for (size_t k = 0; k < n; k++) {
        snprintf(index, sizeof index, "%zu", k);
        bson_append_double(&array, index, -1, numbers[k]);
    }
    bson_append_array_end(memo, &array);
}

/* 0 if the memo has none of the same manner. */
static size_t read_theta(const bson_t *memo, const lw_gp_manner *manner, size_t n_theta, double *theta) {
    bson_iter_t iter;
    double wanted[N_MANNER], there[N_MANNER];
    if (!memo || !bson_iter_init_find(&iter, memo, "n") || !BSON_ITER_HOLDS_INT64(&iter) || bson_iter_int64(&iter) <= 0)
        return 0;
    list_manner(manner, wanted);
    bool is_same = read_numbers(memo, "manner", N_MANNER, there);
    for (size_t k = 0; k < N_MANNER; k++)
        is_same = is_same && there[k] == wanted[k];
    return is_same && read_numbers(memo, "theta", n_theta, theta) ? (size_t)bson_iter_int64(&iter) : 0;
}

lw_gp_found lw_gp_memo_find(const lw_history *history, int64_t last_id, const lw_gp_manner *manner, size_t n_theta,
                            double *theta) {
    lw_gp_found found = {.theta = theta};
    for (size_t k = lw_history_n(history); k-- > 0 && found.n == 0;) {
        const lw_observation *observation = lw_history_get(history, k);
        if (observation->run_id <= last_id && !observation->foreign)
            found.n = read_theta(observation->memo, manner, n_theta, theta);
    }
    return found;
}

void lw_gp_memo_write(const lw_gp_belief *belief, const lw_gp_manner *manner, size_t n_theta, bool is_local,
                      bson_t *memo) {
    if (belief->is_fitted) {
        double list[N_MANNER];
        list_manner(manner, list);
        BSON_APPEND_INT64(memo, "n", (int64_t)belief->data.n_completed);
        write_numbers(memo, "manner", N_MANNER, list);
        write_numbers(memo, "theta", n_theta, belief->theta);
    }
    if (belief->gps[0].jitter > 0)
        BSON_APPEND_DOUBLE(memo, "jitter", belief->gps[0].jitter);
    if (is_local)
        BSON_APPEND_BOOL(memo, "local", true);
}
