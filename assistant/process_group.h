/**
 * What runs on this machine, as /proc shows it, and who of it belongs to a child of ours: its session, and
 * what descends from it.
 */
#ifndef LW_PROCESS_GROUP_H
#define LW_PROCESS_GROUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

typedef struct lw_process_entry {
    pid_t id, parent, group, session;
    char state;
    uint64_t resident_bytes;
    bool member; /**< of the group marked last */
} lw_process_entry;

/** Reused from look to look. Zero-initialise it. */
typedef struct lw_process_table {
    lw_process_entry *entries; /**< in the order of their ids */
    size_t count, capacity;
} lw_process_table;

void lw_process_table_release(lw_process_table *table);

/** Reads all of /proc. False, and the table empty, if it cannot be read or memory is gone. */
bool lw_process_table_read(lw_process_table *table);

/** Marks the group of the child `leader` and returns how many of it live (zombies do not). */
size_t lw_process_table_mark(lw_process_table *table, pid_t leader);

/** Signals each marked process that is in another process group than the leader's, which killpg does not reach. */
void lw_process_table_signal_strays(const lw_process_table *table, pid_t leader, int signal);

/**
 * Memory of the marked processes: their resident sizes, or, if these are more than limit, their shares of it (PSS),
 * which cost a walk through their page tables. A process whose share may not be read counts with its resident size; one
 * that has ended since the table was read has none.
 */
uint64_t lw_process_table_memory(const lw_process_table *table, uint64_t limit);

#endif
