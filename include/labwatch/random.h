/**
 * Random streams that are addressed, not advanced: the stream of suggestion number k of seed s is the
 * same in every process, thread and language, whatever was drawn before.
 *
 * The generator is Philox4x64-10 (Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as
 * 1, 2, 3", SC 2011): the key is (seed, purpose), the counter (block, number, draw, 0). It is a gsl_rng_type, so
 * every distribution of GSL draws from it.
 *
 *     lw_stream stream;
 *     lw_stream_init(&stream, seed, LW_PURPOSE_SUGGESTION, number, 0);
 *     double u = lw_stream_uniform(&stream);              // in (0, 1)
 *     double z = gsl_ran_gaussian(lw_stream_rng(&stream), 1.0);
 */
#ifndef LABWATCH_RANDOM_H
#define LABWATCH_RANDOM_H

#include <stddef.h>
#include <stdint.h>

#include <gsl/gsl_rng.h>

#include <labwatch/export.h>

LW_BEGIN_DECLS

/** Philox4x64-10 as a GSL generator: `get` gives 32 bits, `get_double` 53. gsl_rng_set(r, s) starts the stream (s, 0, 0, 0). */
LW_EXPORT extern const gsl_rng_type *lw_rng_philox;

/** Keeps streams with different uses apart, even for equal seeds and numbers. */
typedef enum lw_purpose {
    LW_PURPOSE_SUGGESTION = 1, /**< suggest_configuration; number is the number of the suggestion */
    LW_PURPOSE_SEQUENCE = 2,   /**< scrambling of a quasi-random sequence; number is 0 */
    LW_PURPOSE_RUN_SEED = 3,   /**< LABWATCH_SEED; number is the number of the suggestion */
    LW_PURPOSE_SAMPLE = 4,     /**< `space sample`; number is the sample's */
    LW_PURPOSE_MODEL = 5       /**< fitting a model; number is what the optimizer likes */
} lw_purpose;

/** State of Philox; its members belong to random.c. */
typedef struct lw_philox_state {
    uint64_t counter[4];
    uint64_t key[2];
    uint64_t block[4]; /**< output for the counter before this one */
    unsigned used;     /**< 64-bit words of block that are used, 0 … 4 */
    unsigned half;     /**< 1 if the upper 32 bits of block[used - 1] are still to be given by `get` */
} lw_philox_state;

/** A stream; needs no freeing, may lie on the stack, is not shared between threads, must not be copied once made. */
typedef struct lw_stream {
    gsl_rng rng;
    lw_philox_state state;
} lw_stream;

/** Starts the stream (seed, purpose, number, draw). draw tells several proposals for one number apart. */
LW_EXPORT void lw_stream_init(lw_stream *stream, uint64_t seed, lw_purpose purpose, uint64_t number, uint64_t draw);

/** For GSL's functions. Borrowed from the stream. */
LW_EXPORT gsl_rng *lw_stream_rng(lw_stream *stream);

/** Uniform in the open interval (0, 1): 53 bits, never 0, never 1. */
LW_EXPORT double lw_stream_uniform(lw_stream *stream);

/** Uniform among 0 … n-1 without bias; n > 0. */
LW_EXPORT uint64_t lw_stream_below(lw_stream *stream, uint64_t n);

/** 64 uniform bits. */
LW_EXPORT uint64_t lw_stream_bits(lw_stream *stream);

/** One block of Philox4x64-10: out[4] from counter[4] and key[2]. The test vectors are of this function. */
LW_EXPORT void lw_philox4x64(const uint64_t counter[4], const uint64_t key[2], uint64_t out[4]);

LW_END_DECLS

#endif
