#include "kernel.h"

#include <math.h>

static void matern52(double scale, size_t n, double *r2, double *slope) {
    for (size_t i = 0; i < n; i++) {
        double s2 = 5 * r2[i], s = sqrt(s2), e = scale * exp(-s);
        r2[i] = (1 + s + s2 / 3) * e;
        if (slope)
            slope[i] = (5.0 / 3) * (1 + s) * e;
    }
}

static void matern32(double scale, size_t n, double *r2, double *slope) {
    for (size_t i = 0; i < n; i++) {
        double s = sqrt(3 * r2[i]), e = scale * exp(-s);
        r2[i] = (1 + s) * e;
        if (slope)
            slope[i] = 3 * e;
    }
}

static void rbf(double scale, size_t n, double *r2, double *slope) {
    for (size_t i = 0; i < n; i++) {
        r2[i] = scale * exp(-0.5 * r2[i]);
        if (slope)
            slope[i] = r2[i];
    }
}

void lw_kernel_values(lw_kernel kernel, double scale, size_t n, double *r2, double *slope) {
    switch (kernel) {
    case LW_KERNEL_MATERN52:
        matern52(scale, n, r2, slope);
        break;
    case LW_KERNEL_MATERN32:
        matern32(scale, n, r2, slope);
        break;
    case LW_KERNEL_RBF:
        rbf(scale, n, r2, slope);
        break;
    }
}
