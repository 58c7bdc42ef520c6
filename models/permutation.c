#include "permutation.h"

#include <labwatch/random.h>

enum { ROUNDS = 4 };

static uint64_t encipher(const uint64_t key[2], uint64_t n, unsigned half_bits, uint64_t i) {
    const uint64_t mask = (UINT64_C(1) << half_bits) - 1;
    uint64_t left = i >> half_bits, right = i & mask;
    for (unsigned round = 0; round < ROUNDS; round++) {
        /* The last word keeps these apart from streams (0) and from Sobol's orders (1). */
        const uint64_t counter[4] = {right, round, n, 2};
        uint64_t random[4];
        lw_philox4x64(counter, key, random);
        uint64_t next = left ^ (random[0] & mask);
        left = right;
        right = next;
    }
    return left << half_bits | right;
}

uint64_t lw_permutation_at(uint64_t seed, uint64_t n, uint64_t i) {
    if (n < 2)
        return 0;
    unsigned bits = 64 - (unsigned)__builtin_clzll(n - 1);
    const uint64_t key[2] = {seed, LW_PURPOSE_SEQUENCE};
    do
        i = encipher(key, n, (bits + 1) / 2, i);
    while (i >= n);
    return i;
}
