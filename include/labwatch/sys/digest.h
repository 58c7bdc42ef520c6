/**
 * A 128-bit digest of what was read, to see later whether it was the same: not against forgers, since its
 * key is known.
 *
 * The algorithm is SipHash-2-4 with 128 bits of output (Aumasson and Bernstein, "SipHash: a fast short-input
 * PRF", INDOCRYPT 2012, and their reference implementation for the longer output) under the key of its
 * published test vectors, the bytes 00 01 … 0f. It is the same on every machine.
 *
 *     lw_digest digest;
 *     lw_digest_start(&digest);
 *     lw_digest_add_text(&digest, name, strlen(name));
 *     lw_digest_add_double(&digest, cost);
 *     uint8_t bytes[LW_DIGEST_SIZE];
 *     lw_digest_finish(&digest, bytes);
 */
#ifndef LABWATCH_SYS_DIGEST_H
#define LABWATCH_SYS_DIGEST_H

#include <stddef.h>
#include <stdint.h>

#include <labwatch/export.h>

LW_BEGIN_DECLS

/** Bytes of a digest, and of its hexadecimal text with the final 0. */
enum { LW_DIGEST_SIZE = 16, LW_DIGEST_HEX_SIZE = 33 };

/** A digest in the making; needs no freeing and may be copied, to go on from one beginning in two ways. */
typedef struct lw_digest {
    uint64_t v[4];
    uint64_t word;   /**< bytes that do not fill a word yet */
    uint64_t length; /**< bytes so far */
} lw_digest;

LW_EXPORT void lw_digest_start(lw_digest *digest);

/** Adds bytes as they are: in one portion or in several gives the same digest. */
LW_EXPORT void lw_digest_add(lw_digest *digest, const void *bytes, size_t length);

/** Adds eight bytes, the lowest first. */
LW_EXPORT void lw_digest_add_u64(lw_digest *digest, uint64_t value);

/** Adds a double by its bits. Every NaN counts as the same; 0.0 and -0.0 differ. */
LW_EXPORT void lw_digest_add_double(lw_digest *digest, double value);

/** Adds the length, then the bytes, so that "ab", "c" and "a", "bc" differ. */
LW_EXPORT void lw_digest_add_text(lw_digest *digest, const char *bytes, size_t length);

/** Gives the digest of all that was added; digest itself stays as it is, and more may be added. */
LW_EXPORT void lw_digest_finish(const lw_digest *digest, uint8_t out[LW_DIGEST_SIZE]);

/** As lw_digest_finish, in 32 hexadecimal digits of lower case. */
LW_EXPORT void lw_digest_finish_hex(const lw_digest *digest, char out[LW_DIGEST_HEX_SIZE]);

LW_END_DECLS

#endif
