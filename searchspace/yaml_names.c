#include "yaml_names.h"

#include <string.h>

#include <labwatch/sys/memory.h>

typedef struct lw_yaml_named {
    char *bytes; /* NULL: a free slot */
    size_t length;
    uint64_t hash;
    void *thing;
} lw_yaml_named;

/* FNV-1a, and a last stir. Experiment files are their users' own: no one gains by making keys collide. */
static uint64_t hash_of(const char *bytes, size_t length) {
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < length; i++)
        hash = (hash ^ (unsigned char)bytes[i]) * UINT64_C(0x100000001b3);
    return hash ^ hash >> 29;
}

static lw_yaml_named *find(const lw_yaml_names *names, uint64_t hash, const char *bytes, size_t length) {
    for (size_t i = hash & (names->n_slots - 1);; i = (i + 1) & (names->n_slots - 1)) {
        lw_yaml_named *slot = &names->slots[i];
        bool same =
            slot->hash == hash && slot->length == length && slot->bytes && memcmp(slot->bytes, bytes, length) == 0;
        if (!slot->bytes || same)
            return slot;
    }
}

void *lw_yaml_names_get(const lw_yaml_names *names, const char *bytes, size_t length) {
    return names->n_slots ? find(names, hash_of(bytes, length), bytes, length)->thing : NULL;
}

static bool grow(lw_yaml_names *names) {
    lw_yaml_names larger = {.n_slots = names->n_slots ? 2 * names->n_slots : 16, .used = names->used};
    larger.slots = lw_calloc(larger.n_slots, sizeof *larger.slots);
    if (!larger.slots)
        return false;
    for (size_t i = 0; i < names->n_slots; i++)
        if (names->slots[i].bytes)
            *find(&larger, names->slots[i].hash, names->slots[i].bytes, names->slots[i].length) = names->slots[i];
    lw_free(names->slots);
    *names = larger;
    return true;
}

bool lw_yaml_names_put(lw_yaml_names *names, const char *bytes, size_t length, void *thing) {
    if (2 * (names->used + 1) > names->n_slots && !grow(names))
        return false;
    uint64_t hash = hash_of(bytes, length);
    lw_yaml_named *slot = find(names, hash, bytes, length);
    if (!slot->bytes) {
        char *copy = lw_strndup(bytes, length);
        if (!copy)
            return false;
        *slot = (lw_yaml_named){.bytes = copy, .length = length, .hash = hash};
        names->used++;
    }
    slot->thing = thing;
    return true;
}

void lw_yaml_names_release(lw_yaml_names *names) {
    for (size_t i = 0; i < names->n_slots; i++)
        lw_free(names->slots[i].bytes);
    lw_free(names->slots);
    *names = (lw_yaml_names){0};
}
