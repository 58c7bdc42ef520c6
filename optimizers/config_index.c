#include "config_index.h"

#include <math.h>
#include <string.h>

#include <labwatch/sys/memory.h>

/* Odd numbers with about as many ones as zeros: the fractions of the square roots of 2 and 3. */
static const uint64_t ROOT_2 = 0x6A09E667F3BCC909u;
static const uint64_t ROOT_3 = 0xBB67AE8584CAA73Bu;

static uint64_t fold(uint64_t a, uint64_t b) {
    unsigned __int128 product = (unsigned __int128)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static uint64_t bits_of(double x) {
    if (isnan(x))
        return 0x7FF8000000000000u;
    x += 0.0; /* -0.0 becomes 0.0 */
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static uint64_t hash_of(const lw_config *config, double fidelity) {
    size_t d = lw_space_n_parameters(lw_config_space(config));
    uint64_t hash = fold(bits_of(fidelity) ^ ROOT_2, ROOT_3);
    for (size_t i = 0; i < d; i++)
        hash = fold(hash ^ bits_of(lw_config_number(config, i)), ROOT_2 + lw_config_choice(config, i)) + i;
    return fold(hash, ROOT_3);
}

static bool same_fidelity(double a, double b) {
    return a == b || (isnan(a) && isnan(b));
}

/* The slot that has it, or the empty one where it belongs. There are slots, and some are empty. */
static size_t slot_of(const lw_config_index *index, const lw_config *config, double fidelity, uint64_t hash) {
    size_t mask = index->n_slots - 1, slot = hash & mask;
    for (; index->slots[slot]; slot = (slot + 1) & mask) {
        const lw_known_config *known = index->slots[slot];
        if (known->hash == hash && same_fidelity(known->fidelity, fidelity) && lw_config_equal(known->config, config))
            break;
    }
    return slot;
}

lw_known_config *lw_config_index_find(const lw_config_index *index, const lw_config *config, double fidelity) {
    if (index->n == 0)
        return NULL;
    return index->slots[slot_of(index, config, fidelity, hash_of(config, fidelity))];
}

static void place(lw_config_index *index, lw_known_config *known) {
    size_t mask = index->n_slots - 1, slot = known->hash & mask;
    while (index->slots[slot])
        slot = (slot + 1) & mask;
    index->slots[slot] = known;
}

/* Room for one more: at most five slots in eight are used. */
static bool reserve(lw_config_index *index) {
    if ((index->n + 1) * 8 <= index->n_slots * 5)
        return true;
    size_t n_slots = index->n_slots ? 2 * index->n_slots : 16;
    lw_config_index larger = {.slots = lw_calloc(n_slots, sizeof *larger.slots), .n_slots = n_slots, .n = index->n};
    if (!larger.slots)
        return false;
    for (size_t slot = 0; slot < index->n_slots; slot++)
        if (index->slots[slot])
            place(&larger, index->slots[slot]);
    lw_free(index->slots);
    *index = larger;
    return true;
}

static lw_known_config *known_new(const lw_config *config, double fidelity, uint64_t hash) {
    lw_known_config *known = lw_calloc(1, sizeof *known);
    if (!known)
        return NULL;
    if (lw_config_dup(&known->config, config, NULL) != LW_OK) {
        lw_free(known);
        return NULL;
    }
    known->fidelity = fidelity;
    known->hash = hash;
    return known;
}

static void known_free(lw_known_config *known) {
    if (!known)
        return;
    lw_config_free(known->config);
    lw_free(known);
}

lw_known_config *lw_config_index_hold(lw_config_index *index, const lw_config *config, double fidelity) {
    if (!reserve(index))
        return NULL;
    uint64_t hash = hash_of(config, fidelity);
    size_t slot = slot_of(index, config, fidelity, hash);
    if (!index->slots[slot]) {
        index->slots[slot] = known_new(config, fidelity, hash);
        if (!index->slots[slot])
            return NULL;
        index->n++;
    }
    index->slots[slot]->n_held++;
    return index->slots[slot];
}

/* Empties a slot, and moves up what could not be in its own slot because of it (Knuth, volume 3, 6.4, algorithm R). */
static void empty_slot(lw_config_index *index, size_t hole) {
    size_t mask = index->n_slots - 1;
    for (size_t slot = (hole + 1) & mask; index->slots[slot]; slot = (slot + 1) & mask) {
        size_t home = index->slots[slot]->hash & mask;
        if (((slot - home) & mask) >= ((slot - hole) & mask)) {
            index->slots[hole] = index->slots[slot];
            hole = slot;
        }
    }
    index->slots[hole] = NULL;
}

void lw_config_index_drop(lw_config_index *index, lw_known_config *known) {
    if (--known->n_held > 0)
        return;
    size_t mask = index->n_slots - 1, slot = known->hash & mask;
    while (index->slots[slot] != known)
        slot = (slot + 1) & mask;
    empty_slot(index, slot);
    index->n--;
    known_free(known);
}

void lw_config_index_release(lw_config_index *index) {
    for (size_t slot = 0; slot < index->n_slots; slot++)
        known_free(index->slots[slot]);
    lw_free(index->slots);
    memset(index, 0, sizeof *index);
}
