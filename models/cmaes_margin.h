/**
 * What keeps CMA-ES moving among whole numbers: a cell of the mean is never so much wider than the distribution that no
 * point falls into another one (Hamano, Saito, Nomura and Shirakawa, CMA-ES with margin, GECCO 2022).
 */
#ifndef LABWATCH_CMAES_MARGIN_H
#define LABWATCH_CMAES_MARGIN_H

/**
 * One coordinate: normal with the mean *mean and the deviation *factor * deviation. lower and upper are the ends of
 * the mean's cell, infinite where there is no further one (both: nothing is done). Afterwards about margin of the
 * probability or more lies beyond the cell, on both sides if there are cells on both. margin < 1/2, deviation > 0.
 */
void lw_cmaes_keep_margin(double lower, double upper, double margin, double deviation, double *mean, double *factor);

/**
 * The value at share (in (0, 1)) of the probability that N(mean, deviation^2) has between lower and upper (one of
 * which may be infinite): a draw from the cell, if share is one from the unit interval. A cell out of reach gives its
 * nearest end.
 */
double lw_cmaes_within_cell(double lower, double upper, double mean, double deviation, double share);

#endif
