#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include <labwatch/random.h>

#include "entropy.h"

/* Where the system has no random bytes: what differs between processes and moments, spread by Philox. */
static void improvise(uint8_t *out, size_t length) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    uint64_t counter[4] = {(uint64_t)now.tv_nsec, (uint64_t)now.tv_sec, (uint64_t)clock(), 0};
    const uint64_t key[2] = {(uint64_t)getpid(), (uint64_t)(uintptr_t)out};
    for (size_t at = 0; at < length; at += sizeof counter) {
        uint64_t block[4];
        counter[3]++;
        lw_philox4x64(counter, key, block);
        size_t portion = length - at < sizeof block ? length - at : sizeof block;
        memcpy(out + at, block, portion);
    }
}

static void refill(lw_entropy *entropy) {
    size_t got = 0;
    while (got < sizeof entropy->bytes) {
        ssize_t n = getrandom(entropy->bytes + got, sizeof entropy->bytes - got, 0);
        if (n <= 0)
            break;
        got += (size_t)n;
    }
    if (got < sizeof entropy->bytes)
        improvise(entropy->bytes + got, sizeof entropy->bytes - got);
    entropy->left = sizeof entropy->bytes;
}

void lw_entropy_take(lw_entropy *entropy, void *out, size_t length) {
    if (entropy->left < length)
        refill(entropy);
    uint8_t *from = entropy->bytes + sizeof entropy->bytes - entropy->left;
    memcpy(out, from, length);
    memset(from, 0, length);
    entropy->left -= length;
}

double lw_entropy_uniform(lw_entropy *entropy) {
    uint64_t bits;
    lw_entropy_take(entropy, &bits, sizeof bits);
    return (double)(bits >> 11) * 0x1p-53;
}
