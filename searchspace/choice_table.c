#include <string.h>

#include "choice_table.h"
#include "value_text.h"

/* The same for equal values: 1 and 1.0. */
static size_t hash_of(lw_value value) {
    lw_digest digest;
    uint8_t bytes[LW_DIGEST_SIZE];
    size_t hash;
    lw_digest_start(&digest);
    lw_value_digest(&digest, 0, value);
    lw_digest_finish(&digest, bytes);
    memcpy(&hash, bytes, sizeof hash);
    return hash;
}

/* The slot that has a choice equal to the value, or the free one where it belongs. */
static uint32_t *slot_of(const lw_choice_table *table, const lw_choice *choices, lw_value value) {
    size_t i = hash_of(value) & table->mask;
    while (table->slots[i] > 0 && !lw_value_equal(choices[table->slots[i] - 1].value, value))
        i = (i + 1) & table->mask;
    return &table->slots[i];
}

bool lw_choice_table_make(lw_choice_table *table, const lw_choice *choices, size_t count, lw_arena *arena) {
    size_t size = 4;
    while (size < count * 2)
        size *= 2;
    table->slots = lw_arena_get(arena, size, sizeof *table->slots);
    table->mask = size - 1;
    for (size_t i = 0; table->slots && i < count; i++) {
        uint32_t *slot = slot_of(table, choices, choices[i].value);
        if (*slot == 0)
            *slot = (uint32_t)i + 1;
    }
    return table->slots != NULL;
}

ptrdiff_t lw_choice_table_find(const lw_choice_table *table, const lw_choice *choices, lw_value value) {
    return (ptrdiff_t)*slot_of(table, choices, value) - 1;
}
