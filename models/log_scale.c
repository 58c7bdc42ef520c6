#include "log_scale.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <labwatch/error.h>
#include <labwatch/sys/memory.h>

static int compare(const void *a, const void *b) {
    const double *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static double quantile(size_t n, const double *sorted, double share) {
    double place = share * (double)(n - 1);
    size_t k = (size_t)place;
    return k + 1 < n ? sorted[k] + (place - (double)k) * (sorted[k + 1] - sorted[k]) : sorted[n - 1];
}

/* What is added to distances from the lowest. sorted: distances, the last one positive. */
static double find_step(size_t n, const double *sorted) {
    double step = fmax(quantile(n, sorted, 0.05), 0.01 * quantile(n, sorted, 0.5));
    return step > 0 ? step : 0.01 * sorted[n - 1];
}

int lw_log_scale(size_t n, const double *y, double *z) {
    double *sorted = lw_malloc(n * sizeof *sorted);
    if (!sorted)
        return LW_ENOMEM;
    double lowest = y[0], highest = y[0];
    for (size_t i = 1; i < n; i++) {
        lowest = fmin(lowest, y[i]);
        highest = fmax(highest, y[i]);
    }
    /* Distances of doubles have no room at either end of their range. */
    int exponent;
    (void)frexp(fmax(highest / 4 - lowest / 4, 0x1p-1020), &exponent);
    for (size_t i = 0; i < n; i++)
        z[i] = ldexp(y[i] / 4, -exponent) - ldexp(lowest / 4, -exponent);
    memcpy(sorted, z, n * sizeof *z);
    qsort(sorted, n, sizeof *sorted, compare);
    if (sorted[n - 1] > 0) {
        double step = find_step(n, sorted), range = sorted[n - 1] + step;
        for (size_t i = 0; i < n; i++)
            z[i] = log((z[i] + step) / range);
    } else {
        memset(z, 0, n * sizeof *z);
    }
    lw_free(sorted);
    return LW_OK;
}
