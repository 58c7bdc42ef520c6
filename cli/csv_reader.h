/**
 * CSV as RFC 4180 has it: fields with commas, quotes or line ends stand in quotes; lines end with LF or CRLF.
 */
#ifndef CLI_CSV_READER_H
#define CLI_CSV_READER_H

#include <stdbool.h>
#include <stddef.h>

#include <labwatch/error.h>

typedef struct csv_record {
    char **fields; /**< 0-terminated */
    size_t n, capacity;
    size_t line; /**< on which it begins, from 1 */
} csv_record;

/** A text that is being read. Begin with {text, length, .line = 1}. */
typedef struct csv_reader {
    const char *text;
    size_t length, at, line;
} csv_reader;

/**
 * Reads the next record that is not an empty line; *out is replaced (zero-initialise it before the first). *end is true
 * behind the last one. LW_EPARSE names the line of a quote that is not closed, or of text behind one, and 0 bytes.
 */
int csv_read(csv_reader *reader, csv_record *out, bool *end, lw_error *error);
void csv_record_release(csv_record *record);

#endif
