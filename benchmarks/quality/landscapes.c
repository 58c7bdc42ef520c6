#include "landscapes.h"
#include <float.h>
#include <math.h>

#define UNUSED(x) (void)(x)

static double square(double x) {
    return x * x;
}

/** i / (d - 1): 0 for the first coordinate, 1 for the last. */
static double place(size_t i, size_t d) {
    return d > 1 ? (double)i / (double)(d - 1) : 0;
}

double landscape_sphere(const quality_instance *instance, const double *z, size_t d) {
    UNUSED(instance);
    double sum = 0;
    for (size_t i = 0; i < d; i++)
        sum += square(z[i]);
    return sum;
}

/* Condition 10^3: what remains of a badly scaled problem after its author has thought about the scales. */
double landscape_ellipsoid(const quality_instance *instance, const double *z, size_t d) {
    UNUSED(instance);
    double sum = 0;
    for (size_t i = 0; i < d; i++)
        sum += pow(1e3, place(i, d)) * square(z[i]);
    return sum;
}

double landscape_rosenbrock(const quality_instance *instance, const double *z, size_t d) {
    UNUSED(instance);
    double sum = 0;
    for (size_t i = 0; i + 1 < d; i++)
        sum += 100 * square(square(z[i] + 1) - (z[i + 1] + 1)) + square(z[i]);
    return sum;
}

double landscape_rastrigin(const quality_instance *instance, const double *z, size_t d) {
    UNUSED(instance);
    double sum = 0;
    for (size_t i = 0; i < d; i++)
        sum += square(z[i]) + 10 * (1 - cos(2 * M_PI * z[i]));
    return sum;
}

double landscape_ackley(const quality_instance *instance, const double *z, size_t d) {
    UNUSED(instance);
    double squares = 0, waves = 0;
    for (size_t i = 0; i < d; i++) {
        squares += square(z[i]);
        waves += cos(2 * M_PI * z[i]);
    }
    return 20 * (1 - exp(-0.2 * sqrt(squares / (double)d))) + M_E - exp(waves / (double)d);
}

double landscape_griewank(const quality_instance *instance, const double *z, size_t d) {
    UNUSED(instance);
    double sum = 0, product = 1;
    for (size_t i = 0; i < d; i++) {
        sum += square(z[i]);
        product *= cos(z[i] / sqrt((double)(i + 1)));
    }
    return sum / 4000 + 1 - product;
}

double landscape_levy(const quality_instance *instance, const double *z, size_t d) {
    UNUSED(instance);
    double sum = square(sin(M_PI * (1 + z[0] / 4)));
    for (size_t i = 0; i + 1 < d; i++)
        sum += square(z[i] / 4) * (1 + 10 * square(sin(M_PI * (1 + z[i] / 4) + 1)));
    return sum + square(z[d - 1] / 4) * (1 + square(sin(2 * M_PI * (1 + z[d - 1] / 4))));
}

/* An ellipsoid of condition 100 on stairs: flat almost everywhere. */
double landscape_step_ellipsoid(const quality_instance *instance, const double *z, size_t d) {
    UNUSED(instance);
    double sum = 0;
    for (size_t i = 0; i < d; i++) {
        double stair = fabs(z[i]) > 0.5 ? round(z[i]) : round(10 * z[i]) / 10;
        sum += pow(100, place(i, d)) * square(stair);
    }
    return 0.1 * fmax(fabs(z[0]) * 1e-4, sum);
}

double landscape_sharp_ridge(const quality_instance *instance, const double *z, size_t d) {
    UNUSED(instance);
    double sum = 0;
    for (size_t i = 1; i < d; i++)
        sum += square(z[i]);
    return square(z[0]) + 100 * sqrt(sum);
}

/* Steep in one orthant, a hundred times flatter away from it. */
double landscape_attractive_sector(const quality_instance *instance, const double *z, size_t d) {
    UNUSED(instance);
    double sum = 0;
    for (size_t i = 0; i < d; i++)
        sum += square(pow(10, place(i, d) / 2) * (z[i] > 0 ? 10 : 1) * z[i]);
    return pow(sum, 0.9);
}

/* Rough on every scale; z repeats itself after 1. */
double landscape_weierstrass(const quality_instance *instance, const double *z, size_t d) {
    UNUSED(instance);
    double sum = 0, amplitude = 1, frequency = 1;
    for (int k = 0; k < 12; k++) {
        for (size_t i = 0; i < d; i++)
            sum += amplitude * (1 - cos(2 * M_PI * frequency * z[i]));
        amplitude *= 0.5;
        frequency *= 3;
    }
    double bowl = landscape_sphere(instance, z, d);
    return sum / (double)d + bowl / (double)d;
}

double landscape_styblinski_tang(const quality_instance *instance, const double *z, size_t d) {
    UNUSED(instance);
    double sum = 0;
    for (size_t i = 0; i < d; i++)
        sum += (square(square(z[i])) - 16 * square(z[i]) + 5 * z[i]) / 2;
    return sum;
}

double landscape_schwefel(const quality_instance *instance, const double *z, size_t d) {
    UNUSED(instance);
    double sum = 0;
    for (size_t i = 0; i < d; i++)
        sum += 418.98288727243374 - z[i] * sin(sqrt(fabs(z[i])));
    return sum;
}

double landscape_branin(const quality_instance *instance, const double *z, size_t d) {
    UNUSED(instance);
    UNUSED(d);
    double b = 5.1 / (4 * M_PI * M_PI), c = 5 / M_PI, t = 1 / (8 * M_PI);
    return square(z[1] - b * square(z[0]) + c * z[0] - 6) + 10 * (1 - t) * cos(z[0]) + 10;
}

double landscape_hartmann(const quality_instance *instance, const double *z, size_t d) {
    UNUSED(instance);
    UNUSED(d);
    static const double alpha[4] = {1.0, 1.2, 3.0, 3.2};
    static const double A[4][6] = {{10, 3, 17, 3.5, 1.7, 8},
                                   {0.05, 10, 17, 0.1, 8, 14},
                                   {3, 3.5, 1.7, 10, 17, 8},
                                   {17, 8, 0.05, 10, 0.1, 14}};
    static const double P[4][6] = {{0.1312, 0.1696, 0.5569, 0.0124, 0.8283, 0.5886},
                                   {0.2329, 0.4135, 0.8307, 0.3736, 0.1004, 0.9991},
                                   {0.2348, 0.1451, 0.3522, 0.2883, 0.3047, 0.6650},
                                   {0.4047, 0.8828, 0.8732, 0.5743, 0.1091, 0.0381}};
    double sum = 0;
    for (size_t i = 0; i < 4; i++) {
        double exponent = 0;
        for (size_t j = 0; j < 6; j++)
            exponent += A[i][j] * square(z[j] - P[i][j]);
        sum -= alpha[i] * exp(-exponent);
    }
    return sum;
}

#define N_PEAKS 21

/* For each peak: height, d centres, d widths. */
void quality_make_peaks(quality_instance *instance, lw_stream *stream) {
    const quality_problem *p = instance->problem;
    double *peak = quality_numbers(instance, N_PEAKS * (1 + 2 * p->d));
    double range = p->upper - p->lower;
    for (size_t k = 0; k < N_PEAKS; k++, peak += 1 + 2 * p->d) {
        peak[0] = k == 0 ? 10 : 1.1 + 8 * (double)(k - 1) / (N_PEAKS - 2);
        double condition = k == 0 ? 10 : pow(10, 2 * lw_stream_uniform(stream));
        for (size_t i = 0; i < p->d; i++) {
            peak[1 + i] = p->lower + range * (0.1 + 0.8 * lw_stream_uniform(stream));
            peak[1 + p->d + i] = pow(condition, lw_stream_uniform(stream) - 0.5);
        }
    }
}

double landscape_peaks(const quality_instance *instance, const double *z, size_t d) {
    const double *peak = instance->numbers, *R = instance->rotation;
    double highest = 0;
    for (size_t k = 0; k < N_PEAKS; k++, peak += 1 + 2 * d) {
        double exponent = 0;
        for (size_t i = 0; i < d; i++) {
            double turned = 0;
            for (size_t j = 0; j < d; j++)
                turned += R[i * d + j] * (z[j] - peak[1 + j]);
            exponent += peak[1 + d + i] * square(turned);
        }
        highest = fmax(highest, peak[0] * exp(-exponent / (2 * (double)d)));
    }
    return square(10 - highest);
}
