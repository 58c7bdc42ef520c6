#include "parzen_width.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

static double inverse_of(double deviation, double largest) {
    double inverse = 1 / deviation;
    return inverse < 1 ? 1 : inverse < largest ? inverse : largest;
}

/* ---- the order of numbers ---- */

enum { FEW = 32, DIGIT_BITS = 11, N_DIGITS = 1 << DIGIT_BITS };

static void order_few(size_t n, const double *x, uint32_t *order) {
    for (size_t i = 0; i < n; i++) {
        size_t at = i;
        for (; at > 0 && x[order[at - 1]] > x[i]; at--)
            order[at] = order[at - 1];
        order[at] = (uint32_t)i;
    }
}

static uint32_t key_of(double x) {
    double scaled = x * (double)(1u << 2 * DIGIT_BITS);
    return scaled < (double)((1u << 2 * DIGIT_BITS) - 1) ? (uint32_t)scaled : (1u << 2 * DIGIT_BITS) - 1;
}

/* One pass of a radix sort. from: NULL for 0 ... n - 1. */
static void order_by_digit(size_t n, const double *x, int shift, const uint32_t *from, uint32_t *to) {
    uint32_t start[N_DIGITS + 1] = {0};
    for (size_t i = 0; i < n; i++)
        start[(key_of(x[i]) >> shift) % N_DIGITS + 1]++;
    for (size_t k = 0; k < N_DIGITS; k++)
        start[k + 1] += start[k];
    for (size_t i = 0; i < n; i++) {
        uint32_t which = from ? from[i] : (uint32_t)i;
        to[start[(key_of(x[which]) >> shift) % N_DIGITS]++] = which;
    }
}

static void order_many(size_t n, const double *x, uint32_t *order, uint32_t *room) {
    order_by_digit(n, x, 0, NULL, room);
    order_by_digit(n, x, DIGIT_BITS, room, order);
}

/* ---- widths ---- */

void lw_parzen_widths(size_t n, const double *x, double largest, double *inverse, double *room) {
    uint32_t *order = (uint32_t *)room;
    if (n == 1)
        inverse[0] = inverse_of(fmax(x[0], 1 - x[0]), largest);
    if (n < 2)
        return;
    if (n <= FEW)
        order_few(n, x, order);
    else
        order_many(n, x, order, order + n);
    double left = 0;
    for (size_t k = 0; k < n; k++) {
        /* What differs in later bits only may be the other way round. */
        double right = k + 1 < n ? fmax(x[order[k + 1]] - x[order[k]], 0) : 0;
        inverse[order[k]] = inverse_of(left > right ? left : right, largest);
        left = right;
    }
}

void lw_parzen_level_widths(size_t n, const double *level, size_t n_levels, const double *ends, double largest,
                            double *inverse) {
    bool there[LW_PARZEN_MAX_LEVELS] = {false};
    double known[LW_PARZEN_MAX_LEVELS];
    size_t n_there = 0;
    for (size_t i = 0; i < n; i++) {
        n_there += !there[(size_t)level[i]];
        there[(size_t)level[i]] = true;
    }
    double last = -1, only = 0;
    size_t last_level = 0;
    for (size_t k = 0; k < n_levels; k++) {
        if (!there[k])
            continue;
        double centre = 0.5 * (ends[k] + ends[k + 1]);
        only = fmax(centre, 1 - centre);
        known[k] = last < 0 ? 0 : centre - last;
        if (last >= 0)
            known[last_level] = fmax(known[last_level], centre - last);
        last = centre;
        last_level = k;
    }
    for (size_t i = 0; i < n; i++)
        inverse[i] = inverse_of(n_there == 1 ? only : known[(size_t)level[i]], largest);
}
