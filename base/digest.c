#include <math.h>
#include <string.h>

#include <labwatch/sys/digest.h>

enum { COMPRESSION_ROUNDS = 2, FINAL_ROUNDS = 4 };

/* The key 00 01 … 0f as two little-endian words. */
static const uint64_t KEY_0 = 0x0706050403020100u;
static const uint64_t KEY_1 = 0x0F0E0D0C0B0A0908u;

static inline uint64_t rotate(uint64_t word, int bits) {
    return word << bits | word >> (64 - bits);
}

/* Two of these, crosswise, and two more make a round of SipHash. */
static inline void mix(uint64_t *a, uint64_t *b, int bits) {
    *a += *b;
    *b = rotate(*b, bits) ^ *a;
}

static inline void rounds(uint64_t v[4], int count) {
    for (int i = 0; i < count; i++) {
        mix(&v[0], &v[1], 13);
        v[0] = rotate(v[0], 32);
        mix(&v[2], &v[3], 16);
        mix(&v[0], &v[3], 21);
        mix(&v[2], &v[1], 17);
        v[2] = rotate(v[2], 32);
    }
}

static inline void compress(uint64_t v[4], uint64_t word) {
    v[3] ^= word;
    rounds(v, COMPRESSION_ROUNDS);
    v[0] ^= word;
}

/* The first up to eight bytes, the lowest first. */
static inline uint64_t load_little_endian(const uint8_t *bytes, size_t n) {
    uint64_t word = 0;
    memcpy(&word, bytes, n);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    word = __builtin_bswap64(word);
#endif
    return word;
}

static void store_little_endian(uint8_t *bytes, uint64_t word) {
    for (int i = 0; i < 8; i++)
        bytes[i] = (uint8_t)(word >> (8 * i));
}

void lw_digest_start(lw_digest *digest) {
    /* "somepseudorandomlygeneratedbytes"; the 0xee tells the longer output from the shorter. */
    digest->v[0] = 0x736F6D6570736575u ^ KEY_0;
    digest->v[1] = 0x646F72616E646F6Du ^ KEY_1 ^ 0xEE;
    digest->v[2] = 0x6C7967656E657261u ^ KEY_0;
    digest->v[3] = 0x7465646279746573u ^ KEY_1;
    digest->word = 0;
    digest->length = 0;
}

/* Adds the n lowest bytes of a word, 0 to 8, whose other bytes are 0. */
static inline void add_word(lw_digest *digest, uint64_t word, size_t n) {
    size_t there = digest->length % 8;
    digest->word |= word << (8 * there);
    digest->length += n;
    if (there + n < 8)
        return;
    compress(digest->v, digest->word);
    digest->word = there > 0 ? word >> (64 - 8 * there) : 0;
}

void lw_digest_add(lw_digest *digest, const void *bytes, size_t length) {
    const uint8_t *at = bytes;
    for (; length >= 8; length -= 8, at += 8)
        add_word(digest, load_little_endian(at, 8), 8);
    if (length > 0)
        add_word(digest, load_little_endian(at, length), length);
}

void lw_digest_add_u64(lw_digest *digest, uint64_t value) {
    add_word(digest, value, 8);
}

void lw_digest_add_double(lw_digest *digest, double value) {
    uint64_t bits = 0x7FF8000000000000u;
    if (!isnan(value))
        memcpy(&bits, &value, sizeof bits);
    lw_digest_add_u64(digest, bits);
}

void lw_digest_add_text(lw_digest *digest, const char *bytes, size_t length) {
    lw_digest_add_u64(digest, length);
    lw_digest_add(digest, bytes, length);
}

void lw_digest_finish(const lw_digest *digest, uint8_t out[LW_DIGEST_SIZE]) {
    uint64_t v[4];
    memcpy(v, digest->v, sizeof v);
    compress(v, digest->word | digest->length << 56);
    v[2] ^= 0xEE;
    rounds(v, FINAL_ROUNDS);
    store_little_endian(out, v[0] ^ v[1] ^ v[2] ^ v[3]);
    v[1] ^= 0xDD;
    rounds(v, FINAL_ROUNDS);
    store_little_endian(out + 8, v[0] ^ v[1] ^ v[2] ^ v[3]);
}

void lw_digest_finish_hex(const lw_digest *digest, char out[LW_DIGEST_HEX_SIZE]) {
    static const char digits[] = "0123456789abcdef";
    uint8_t bytes[LW_DIGEST_SIZE];
    lw_digest_finish(digest, bytes);
    for (int i = 0; i < LW_DIGEST_SIZE; i++) {
        out[2 * i] = digits[bytes[i] >> 4];
        out[2 * i + 1] = digits[bytes[i] & 15];
    }
    out[2 * LW_DIGEST_SIZE] = '\0';
}
