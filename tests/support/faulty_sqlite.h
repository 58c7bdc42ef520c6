/**
 * SQLite in which the next file operation, or the next allocation, can be made to fail.
 */
#ifndef LABWATCH_TESTS_FAULTY_SQLITE_H
#define LABWATCH_TESTS_FAULTY_SQLITE_H

#include <stdbool.h>
#include <stdint.h>

typedef enum faulty_kind { FAULTY_FILES, FAULTY_MEMORY } faulty_kind;

/** Before anything else of SQLite. Nothing is written through to the disk from then on: tests need not wait for it. */
void faulty_sqlite_install(void);

/**
 * The n-th operation of that kind from now on fails, and with then_on all behind it; 0: none. Gives how many there were
 * since the call before.
 */
uint64_t faulty_sqlite_fail_at(faulty_kind kind, uint64_t n, bool then_on);

#endif
