#include <string.h>

#include "name_table.h"

bool lw_name_table_make(lw_name_table *table, lw_arena *arena, size_t count) {
    size_t size = 8;
    while (size < count * 2)
        size *= 2;
    table->entries = lw_arena_get(arena, size, sizeof *table->entries);
    table->mask = size - 1;
    return table->entries != NULL;
}

/* FNV-1a, with its upper half folded in. */
static uint32_t hash_of(const char *name, size_t length) {
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < length; i++)
        hash = (hash ^ (unsigned char)name[i]) * UINT64_C(0x100000001b3);
    return (uint32_t)(hash ^ (hash >> 32));
}

/* The entry that has the name, or the free one where it belongs. */
static lw_name_entry *entry_of(const lw_name_table *table, const char *name, size_t length, uint32_t hash) {
    size_t i = hash & table->mask;
    for (;; i = (i + 1) & table->mask) {
        lw_name_entry *entry = &table->entries[i];
        if (!entry->name || (entry->hash == hash && entry->length == length && memcmp(entry->name, name, length) == 0))
            return entry;
    }
}

size_t lw_name_table_put(lw_name_table *table, const char *name, size_t index) {
    size_t length = strlen(name);
    uint32_t hash = hash_of(name, length);
    lw_name_entry *entry = entry_of(table, name, length, hash);
    if (!entry->name)
        *entry = (lw_name_entry){.name = name, .length = length, .hash = hash, .index = (uint32_t)index};
    return entry->index;
}

ptrdiff_t lw_name_table_find(const lw_name_table *table, const char *name, size_t length) {
    if (!table->entries)
        return -1;
    const lw_name_entry *entry = entry_of(table, name, length, hash_of(name, length));
    return entry->name ? (ptrdiff_t)entry->index : -1;
}
