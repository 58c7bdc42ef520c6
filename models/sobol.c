#include "sobol.h"

#include <string.h>

#include <labwatch/error.h>
#include <labwatch/random.h>
#include <labwatch/sys/memory.h>

#include "sobol_numbers.h"

/* Dimensions that a scrambled sequence takes from the table before it repeats them: see sobol.h. */
enum { SCRAMBLED_DIMENSIONS = 32 };

/* Bits of the index in which repetitions differ. The bits above them stay: 2^32 k + i is in the k-th part for all. */
enum { SHUFFLED_BITS = 32 };

static size_t joint_dimensions(const lw_sobol *sobol) {
    return sobol->scramble ? (size_t)SCRAMBLED_DIMENSIONS : (size_t)LW_SOBOL_DIMENSIONS;
}

static size_t n_repetitions(const lw_sobol *sobol) {
    return (sobol->d + joint_dimensions(sobol) - 1) / joint_dimensions(sobol);
}

/* The generating matrix L of one coordinate's scrambling: column k has a one at bit k, random bits behind it. */
static void make_scrambling(uint64_t seed, size_t dimension, unsigned n_bits, uint64_t *L, uint64_t *shift) {
    lw_stream stream;
    lw_stream_init(&stream, seed, LW_PURPOSE_SEQUENCE, 0, dimension);
    *shift = lw_stream_bits(&stream) >> (64 - LW_SOBOL_BITS);
    for (unsigned k = 0; k < n_bits; k++) {
        uint64_t one = UINT64_C(1) << (LW_SOBOL_BITS - 1 - k);
        L[k] = one | (lw_stream_bits(&stream) & (one - 1));
    }
}

/* The product L v over the field of two elements; bit 0 of a vector is its highest. */
static uint64_t scrambled(const uint64_t *L, uint64_t v) {
    uint64_t product = 0;
    while (v) {
        unsigned k = (unsigned)__builtin_clzll(v) - (64 - LW_SOBOL_BITS);
        product ^= L[k];
        v &= ~(UINT64_C(1) << (LW_SOBOL_BITS - 1 - k));
    }
    return product;
}

/*
 * Direction numbers V_1 … V_n of a dimension of the table: V_j = m_j / 2^j as a fraction of LW_SOBOL_BITS bits, where
 * (eq. 2 of Joe and Kuo) m_j = 2 a_1 m_{j-1} + … + 2^{s-1} a_{s-1} m_{j-s+1} + 2^s m_{j-s} + m_{j-s}, + being
 * "exclusive or".
 */
static void make_directions(uint64_t *V, unsigned n, unsigned polynomial, const uint16_t *initial) {
    unsigned s = polynomial ? 31 - (unsigned)__builtin_clz(polynomial) : 0;
    uint64_t m[LW_SOBOL_BITS];
    for (unsigned j = 0; j < n; j++) {
        if (s == 0) {
            m[j] = 1;
        } else if (j < s) {
            m[j] = initial[j];
        } else {
            m[j] = m[j - s] ^ (m[j - s] << s);
            for (unsigned k = 1; k < s; k++)
                if (polynomial >> (s - k) & 1)
                    m[j] ^= m[j - k] << k;
        }
        V[j] = m[j] << (LW_SOBOL_BITS - 1 - j);
    }
}

/* Fills column by column for all dimensions that use the table's dimension k. */
static void fill_dimension(lw_sobol *sobol, size_t k, const uint64_t *V, unsigned n_bits, uint64_t *columns) {
    for (size_t i = k; i < sobol->d; i += joint_dimensions(sobol)) {
        uint64_t L[LW_SOBOL_BITS];
        if (sobol->scramble)
            make_scrambling(sobol->seed, i, n_bits, L, &sobol->shift[i]);
        for (unsigned j = 0; j < n_bits; j++)
            columns[j * sobol->d + i] = sobol->scramble ? scrambled(L, V[j]) : V[j];
    }
}

/* Makes the sequence ready for indices of n_bits bits. */
static int make_columns(lw_sobol *sobol, unsigned n_bits) {
    if (n_bits <= sobol->n_bits)
        return LW_OK;
    uint64_t *columns = lw_calloc(n_bits, sobol->d * sizeof *columns);
    if (!columns)
        return LW_ENOMEM;
    const uint16_t *initial = lw_sobol_initial;
    for (size_t k = 0; k < joint_dimensions(sobol) && k < sobol->d; k++) {
        unsigned polynomial = k == 0 ? 0 : lw_sobol_polynomials[k - 1];
        uint64_t V[LW_SOBOL_BITS];
        make_directions(V, n_bits, polynomial, initial);
        if (polynomial)
            initial += 31 - (unsigned)__builtin_clz(polynomial);
        fill_dimension(sobol, k, V, n_bits, columns);
    }
    lw_free(sobol->columns);
    sobol->columns = columns;
    sobol->n_bits = n_bits;
    return LW_OK;
}

/*
 * The index under which a repetition takes the point: each bit is turned over, or not, by chance that depends on the
 * bits above it. Blocks of 2^m indices that start at a multiple of 2^m thus go to such blocks.
 */
static uint64_t shuffled(uint64_t seed, size_t repetition, uint64_t index) {
    if (repetition == 0)
        return index;
    const uint64_t key[2] = {seed, LW_PURPOSE_SEQUENCE};
    uint64_t flips = 0;
    for (unsigned k = 0; k < SHUFFLED_BITS; k++) {
        /* The last word is 0 in the counters of streams. */
        const uint64_t counter[4] = {(index & UINT32_MAX) >> (k + 1), k, repetition, 1};
        uint64_t random[4];
        lw_philox4x64(counter, key, random);
        flips |= (random[0] & 1) << k;
    }
    return index ^ flips;
}

static unsigned width(uint64_t bits) {
    return bits ? 64 - (unsigned)__builtin_clzll(bits) : 0;
}

int lw_sobol_init(lw_sobol *sobol, size_t d, bool scramble, uint64_t seed) {
    memset(sobol, 0, sizeof *sobol);
    sobol->d = d;
    sobol->scramble = scramble;
    /* what is not scrambled is the same for everyone, also where dimensions are repeated */
    sobol->seed = scramble ? seed : 0;
    sobol->shift = lw_calloc(d, sizeof *sobol->shift);
    sobol->blocks = lw_calloc(n_repetitions(sobol), sizeof *sobol->blocks);
    return sobol->shift && sobol->blocks ? LW_OK : LW_ENOMEM;
}

void lw_sobol_release(lw_sobol *sobol) {
    lw_free(sobol->columns);
    lw_free(sobol->shift);
    lw_free(sobol->blocks);
    memset(sobol, 0, sizeof *sobol);
}

/* The coordinates of one repetition: its columns where the Gray-coded index has ones, added up. */
static void add_columns(const lw_sobol *sobol, uint64_t gray, size_t first, size_t n, double *u) {
    uint64_t x[LW_SOBOL_DIMENSIONS];
    memcpy(x, sobol->shift + first, n * sizeof *x);
    for (; gray; gray &= gray - 1) {
        const uint64_t *column = sobol->columns + (size_t)__builtin_ctzll(gray) * sobol->d + first;
        for (size_t i = 0; i < n; i++)
            x[i] ^= column[i];
    }
    for (size_t i = 0; i < n; i++)
        u[i] = ((double)x[i] + 0.5) * 0x1p-52;
}

int lw_sobol_point(lw_sobol *sobol, uint64_t index, double *u) {
    if (sobol->d == 0)
        return LW_OK;
    index &= (UINT64_C(1) << LW_SOBOL_BITS) - 1;
    uint64_t used = 1; /* the shifts are made together with the columns */
    for (size_t r = 0; r < n_repetitions(sobol); r++) {
        uint64_t i = shuffled(sobol->seed, r, index);
        sobol->blocks[r] = i ^ i >> 1;
        used |= sobol->blocks[r];
    }
    int outcome = make_columns(sobol, width(used));
    if (outcome != LW_OK)
        return outcome;
    size_t joint = joint_dimensions(sobol);
    for (size_t r = 0; r < n_repetitions(sobol); r++) {
        size_t first = r * joint, left = sobol->d - first;
        add_columns(sobol, sobol->blocks[r], first, left < joint ? left : joint, u + first);
    }
    return LW_OK;
}
