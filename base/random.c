#include <string.h>

#include <labwatch/random.h>

/* ---- Philox4x64-10 ---- */

static const uint64_t MULTIPLIER_0 = 0xD2E7470EE14C6C93u;
static const uint64_t MULTIPLIER_1 = 0xCA5A826395121157u;
static const uint64_t KEY_STEP_0 = 0x9E3779B97F4A7C15u; /* the golden ratio */
static const uint64_t KEY_STEP_1 = 0xBB67AE8584CAA73Bu; /* the square root of 3, less 1 */
enum { ROUNDS = 10 };

static inline uint64_t multiply(uint64_t a, uint64_t b, uint64_t *high) {
    unsigned __int128 product = (unsigned __int128)a * b;
    *high = (uint64_t)(product >> 64);
    return (uint64_t)product;
}

static inline void philox(const uint64_t counter[4], const uint64_t key[2], uint64_t out[4]) {
    uint64_t x0 = counter[0], x1 = counter[1], x2 = counter[2], x3 = counter[3];
    uint64_t k0 = key[0], k1 = key[1];
    for (int round = 0; round < ROUNDS; round++) {
        uint64_t high_0, high_1;
        uint64_t low_0 = multiply(MULTIPLIER_0, x0, &high_0);
        uint64_t low_1 = multiply(MULTIPLIER_1, x2, &high_1);
        x0 = high_1 ^ x1 ^ k0;
        x2 = high_0 ^ x3 ^ k1;
        x1 = low_1;
        x3 = low_0;
        k0 += KEY_STEP_0;
        k1 += KEY_STEP_1;
    }
    out[0] = x0;
    out[1] = x1;
    out[2] = x2;
    out[3] = x3;
}

void lw_philox4x64(const uint64_t counter[4], const uint64_t key[2], uint64_t out[4]) {
    philox(counter, key, out);
}

/* ---- a stream of words ---- */

static void start(lw_philox_state *state, uint64_t seed, uint64_t purpose, uint64_t number, uint64_t draw) {
    memset(state, 0, sizeof *state);
    state->key[0] = seed;
    state->key[1] = purpose;
    state->counter[1] = number;
    state->counter[2] = draw;
    state->used = 4;
}

static inline uint64_t next_word(lw_philox_state *state) {
    state->half = 0;
    if (state->used == 4) {
        philox(state->counter, state->key, state->block);
        state->counter[0]++;
        state->used = 0;
    }
    return state->block[state->used++];
}

/* One of 0, 1, … 2^53 - 1, as a multiple of 2^-53. */
static inline double next_double(lw_philox_state *state) {
    return (double)(next_word(state) >> 11) * 0x1p-53;
}

/* ---- the generator as GSL sees it ---- */

static void rng_set(void *state, unsigned long seed) {
    start(state, seed, 0, 0, 0);
}

static unsigned long rng_get(void *untyped) {
    lw_philox_state *state = untyped;
    if (state->half) {
        state->half = 0;
        return (unsigned long)(state->block[state->used - 1] >> 32);
    }
    uint64_t word = next_word(state);
    state->half = 1;
    return (unsigned long)(word & 0xFFFFFFFFu);
}

static double rng_get_double(void *state) {
    return next_double(state);
}

static const gsl_rng_type philox_type = {
    .name = "philox",
    .max = 0xFFFFFFFFu,
    .min = 0,
    .size = sizeof(lw_philox_state),
    .set = rng_set,
    .get = rng_get,
    .get_double = rng_get_double,
};

const gsl_rng_type *lw_rng_philox = &philox_type;

/* ---- streams ---- */

void lw_stream_init(lw_stream *stream, uint64_t seed, lw_purpose purpose, uint64_t number, uint64_t draw) {
    stream->rng.type = &philox_type;
    stream->rng.state = &stream->state;
    start(&stream->state, seed, (uint64_t)purpose, number, draw);
}

gsl_rng *lw_stream_rng(lw_stream *stream) {
    return &stream->rng;
}

double lw_stream_uniform(lw_stream *stream) {
    double value;
    do
        value = next_double(&stream->state);
    while (value == 0.0); /* once in 2^53 draws */
    return value;
}

/* The upper word of bits * n is uniform if the lower words below 2^64 mod n are drawn again (Lemire, 2019). */
uint64_t lw_stream_below(lw_stream *stream, uint64_t n) {
    uint64_t high;
    uint64_t low = multiply(next_word(&stream->state), n, &high);
    if (low < n) {
        uint64_t surplus = (0 - n) % n;
        while (low < surplus)
            low = multiply(next_word(&stream->state), n, &high);
    }
    return high;
}

uint64_t lw_stream_bits(lw_stream *stream) {
    return next_word(&stream->state);
}
