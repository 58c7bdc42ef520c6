#include "cmaes_choices.h"

#include <math.h>

void lw_cmaes_choices_keep(size_t K, double lowest, double *p) {
    double above = 0, missing = 1; /* what is above the lowest, and how much of it is wanted */
    for (size_t k = 0; k < K; k++) {
        above += fmax(p[k] - lowest, 0);
        missing -= lowest;
    }
    for (size_t k = 0; k < K; k++)
        p[k] = lowest + (above > 0 ? fmax(p[k] - lowest, 0) * fmax(missing, 0) / above : missing / (double)K);
}

void lw_cmaes_choices_update(size_t K, double rate, size_t N, const size_t *choice, const double *weights, double *p) {
    double sum = 0;
    for (size_t k = 0; k < N; k++)
        sum += choice[k] < K ? weights[k] : 0;
    for (size_t c = 0; c < K; c++)
        p[c] *= 1 - rate * sum;
    for (size_t k = 0; k < N; k++)
        if (choice[k] < K)
            p[choice[k]] += rate * weights[k];
}

size_t lw_cmaes_choices_draw(size_t K, const double *p, double u) {
    double sum = 0;
    for (size_t k = 0; k + 1 < K; k++) {
        sum += p[k];
        if (u < sum)
            return k;
    }
    return K - 1;
}
