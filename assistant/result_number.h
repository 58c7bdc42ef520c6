/**
 * Numbers as programs print them, and the reading made of one. Shared by the files that read results.
 */
#ifndef LW_RESULT_NUMBER_H
#define LW_RESULT_NUMBER_H

#include <stdbool.h>
#include <stddef.h>

#include "result_text.h"

/**
 * Reads all of text, without blanks around it, as one number: finite, nan, or infinite (1e999 too). False if it is
 * none.
 */
bool lw_result_number_whole(const char *text, size_t length, double *out);

typedef enum lw_last_number {
    LW_LAST_FOUND,
    LW_LAST_MISSING,
    LW_LAST_HAS_COMMA /**< "1,234.5" or "0,93": nobody can tell which number is meant */
} lw_last_number;

/** Whether a comma with a digit on its other side is at an end of text[start … end-1]: "1,234.5" is one number to who
 * wrote it, and "1" no number. */
bool lw_result_number_is_cut(const char *text, size_t length, size_t start, size_t end);

/** The last number that stands alone in text. */
lw_last_number lw_result_number_last(const char *text, size_t length, double *out);

/**
 * The reading of a number. where says what it was read from, for a sentence: "the last line"; quoted[0 … length-1]
 * that text.
 */
void lw_result_set_number(lw_result_reading *out, double value, const char *where, const char *quoted, size_t length);

/** The reading that there was no number, with a sentence (printf-style). */
void lw_result_set_none(lw_result_reading *out, const char *format, ...) LW_PRINTF(2, 3);

/** LW_QUOTE_SIZE bytes hold any quotation. */
enum { LW_QUOTE_SIZE = 128 };

/** Writes text, printable and shortened, in quotes: "'loss: nan'". Returns out. */
const char *lw_result_quote(char out[LW_QUOTE_SIZE], const char *text, size_t length);

#endif
