/**
 * When and how a run of a file took place: the fields start_time, stop_time, duration, seed and attempt, as export
 * writes them.
 */
#ifndef CLI_IMPORT_PAST_H
#define CLI_IMPORT_PAST_H

#include "import_rows.h"

/** Reads a field of that name into the row; the text is not empty. LW_EINVAL with a sentence. */
int import_past_read(import_row *row, const char *name, const char *text, lw_error *error);

/** Milliseconds since 1970 of a date and time in UTC, such as 2026-11-21T13:38:42.178Z; false if it is none. */
bool time_from_text(const char *text, int64_t *ms);

#endif
