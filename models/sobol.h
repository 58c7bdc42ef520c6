/**
 * Sobol's sequence: points that fill the unit cube more evenly than random ones.
 *
 *     lw_sobol sobol;
 *     if (lw_sobol_init(&sobol, d, true, seed) == LW_OK && lw_sobol_point(&sobol, index, u) == LW_OK)
 *         …
 *     lw_sobol_release(&sobol);
 *
 * A point follows from (d, seed, index) alone, and costs the same wherever it lies in the sequence. The first
 * coordinates of a point do not depend on d.
 *
 * Plain, the sequence is that of Joe and Kuo (SIAM J. Sci. Comput. 30, 2008), for 1,111 dimensions. Scrambled, each
 * coordinate goes through a random linear matrix and a random shift (Matousek, J. Complexity 14, 1998): every
 * set of 2^m points that starts at a multiple of 2^m stays as even as it was, and each point alone is uniform.
 *
 * High dimensions of any Sobol' sequence come in pairs that look alike for thousands of points: among the first 1,111,
 * 4,402 pairs have a correlation above 1/2 over 256 points; among the first 32 no pair has one above 0.2. So a
 * scrambled sequence repeats its first 32 dimensions, each time with the points in another order (an Owen-shuffled
 * index: Burley, J. Computer Graphics Techniques 9 (4), 2020): two dimensions of different repetitions are paired at
 * random. The plain sequence is continued in the same way behind dimension 1,111.
 */
#ifndef LABWATCH_SOBOL_H
#define LABWATCH_SOBOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Bits of a coordinate, and of an index: higher bits of an index are ignored. */
enum { LW_SOBOL_BITS = 52 };

typedef struct lw_sobol {
    size_t d;
    bool scramble;
    uint64_t seed;
    unsigned n_bits;   /**< bits of the index that columns is ready for */
    uint64_t *columns; /**< n_bits x d: what bit j of the (Gray-coded) index adds to coordinate i */
    uint64_t *shift;   /**< d: what is added to each point */
    uint64_t *blocks;  /**< Gray-coded index of each repetition; room for one point */
} lw_sobol;

/** LW_OK or LW_ENOMEM. Release it in either case. */
int lw_sobol_init(lw_sobol *sobol, size_t d, bool scramble, uint64_t seed);

/** Accepts a zeroed one. */
void lw_sobol_release(lw_sobol *sobol);

/**
 * Point number index (from 0) of the sequence, in the open interval (0, 1): the midpoints of cells 2^-52 wide.
 * LW_OK or LW_ENOMEM. O(d log index); the first call for a larger index takes O(d log^2 index).
 */
int lw_sobol_point(lw_sobol *sobol, uint64_t index, double *u);

#endif
