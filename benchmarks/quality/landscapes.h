/** Landscapes over z in R^d. Where nothing else is said the minimum is 0, at z = 0. */
#ifndef LABWATCH_QUALITY_LANDSCAPES_H
#define LABWATCH_QUALITY_LANDSCAPES_H

#include "problems.h"

typedef double quality_landscape(const quality_instance *instance, const double *z, size_t d);

quality_landscape landscape_sphere, landscape_ellipsoid, landscape_rosenbrock, landscape_rastrigin, landscape_ackley,
    landscape_griewank, landscape_levy, landscape_step_ellipsoid, landscape_sharp_ridge, landscape_attractive_sector,
    landscape_weierstrass;

/** Sum of (z^4 - 16 z^2 + 5 z) / 2: -39.16616570377142 d where all z are -2.9035. */
quality_landscape landscape_styblinski_tang;
/** 418.98288727243374 d - sum of z sin sqrt |z| in [-500, 500]^d: 0 where all z are 420.9687. */
quality_landscape landscape_schwefel;
/** 0.39788735772973816 at (pi, 2.275) and two other places; d = 2. */
quality_landscape landscape_branin;
/** -3.32236801141551 in [0, 1]^6; other coordinates than the first six do nothing. */
quality_landscape landscape_hartmann;
/** The squared distance from 10 to the highest of quality_peaks hills that quality_make_peaks drew: 0. z is x. */
quality_landscape landscape_peaks;
void quality_make_peaks(quality_instance *instance, lw_stream *stream);

#endif
