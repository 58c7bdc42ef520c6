/**
 * Random orders of many things, without a table: where the i-th of n goes.
 */
#ifndef LABWATCH_PERMUTATION_H
#define LABWATCH_PERMUTATION_H

#include <stdint.h>

/**
 * The image of i < n (n <= 2^62) under a permutation of 0 … n-1 that follows from the seed. A Feistel network (Luby
 * and Rackoff, SIAM J. Comput. 17, 1988) with Philox as its round function, walked along its cycle until it comes back
 * into the range (Black and Rogaway, CT-RSA 2002): four steps at most in the mean.
 */
uint64_t lw_permutation_at(uint64_t seed, uint64_t n, uint64_t i);

#endif
