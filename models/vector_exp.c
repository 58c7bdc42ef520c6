#include "vector_exp.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

/* Adding it rounds to a whole number, which is then in the lowest bits. */
static const double rounder = 0x1.8p52;
/* ln 2 in two parts: products of the first with whole numbers below 2^11 are exact. */
static const double ln2_high = 0x1.62e42fefa3800p-1, ln2_low = 0x1.ef35793c76730p-45;

/* exp(x) = 2^k exp(r), |r| <= ln(2) / 2: Taylor's series to r^12, in parts that do not wait for each other. */
static inline double exp_of(double x) {
    double shifted = x * M_LOG2E + rounder, k = shifted - rounder;
    double r = x - k * ln2_high - k * ln2_low;
    double r2 = r * r, r4 = r2 * r2;
    double low = (1 + r) + r2 * (0.5 + r * (1.0 / 6));
    double middle = (1.0 / 24 + r * (1.0 / 120)) + r2 * (1.0 / 720 + r * (1.0 / 5040));
    double high = (1.0 / 40320 + r * (1.0 / 362880)) + r2 * (1.0 / 3628800 + r * (1.0 / 39916800)) +
                  r4 * (1.0 / 479001600);
    double sum = low + r4 * (middle + r4 * high);
    uint64_t bits;
    memcpy(&bits, &shifted, sizeof bits);
    bits = (bits + 1023) << 52;
    double power;
    memcpy(&power, &bits, sizeof power);
    return sum * power;
}

void lw_exp_all(size_t n, const double *x, double *y) {
    for (size_t i = 0; i < n; i++)
        y[i] = exp_of(x[i]);
}

enum { LANES = 4 };

static double largest_of(size_t n, const double *x) {
    double lane[LANES] = {x[0], x[0], x[0], x[0]};
    size_t i = 0;
    for (; i + LANES <= n; i += LANES)
        for (size_t l = 0; l < LANES; l++)
            lane[l] = x[i + l] > lane[l] ? x[i + l] : lane[l];
    for (; i < n; i++)
        lane[0] = x[i] > lane[0] ? x[i] : lane[0];
    return fmax(fmax(lane[0], lane[1]), fmax(lane[2], lane[3]));
}

static double sum_of(size_t n, const double *x) {
    double lane[LANES] = {0};
    size_t i = 0;
    for (; i + LANES <= n; i += LANES)
        for (size_t l = 0; l < LANES; l++)
            lane[l] += x[i + l];
    for (; i < n; i++)
        lane[0] += x[i];
    return (lane[0] + lane[1]) + (lane[2] + lane[3]);
}

/* ln(2^-53) and a margin: relative to the largest such terms are lost in its last digit. */
static const double negligible = -44;

/* Differences from the largest, of those that count, moved to the front. Returns how many there are. */
static size_t keep_what_counts(size_t n, double *x, double largest) {
    size_t n_kept = 0;
    for (size_t i = 0; i < n; i++) {
        double difference = x[i] - largest;
        x[n_kept] = difference;
        n_kept += difference > negligible;
    }
    return n_kept;
}

double lw_log_sum_exp(size_t n, double *x) {
    double largest = largest_of(n, x);
    size_t n_kept = keep_what_counts(n, x, largest);
    lw_exp_all(n_kept, x, x);
    return largest + log(sum_of(n_kept, x));
}
