/** What happened to whom, and when: a line of JSON for each event, on the disk before anything else is done. */
#ifndef LABWATCH_TESTS_CHAOS_JOURNAL_H
#define LABWATCH_TESTS_CHAOS_JOURNAL_H

#include <labwatch/export.h>

typedef struct chaos_journal {
    int file;
} chaos_journal;

/** Appends to the file, which several processes may do at once. Ends the process on failure, as all others here do. */
void chaos_journal_open(chaos_journal *journal, const char *path);
/** {"t": nanoseconds of the machine's monotonic clock, MEMBERS}. */
void chaos_journal_add(const chaos_journal *journal, const char *members, ...) LW_PRINTF(2, 3);

#endif
