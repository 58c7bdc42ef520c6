/**
 * The result of a run, read from what the program printed or wrote.
 *
 * A number is decimal, with "." and perhaps an exponent; "nan", "inf", "infinity" with or without a sign count
 * as numbers too, 1e999 as infinite. There are no thousands separators and no decimal commas: a
 * last number such as "1,234.5" or "0,93" is none, rather than a wrong one.
 *
 *     lw_result_reading reading;
 *     const lw_capture *output = lw_process_output(child, LW_OUTPUT_STDOUT);
 *     int code = lw_result_from_file(path, "accuracy", &reading, &error);
 *     if (code == LW_ENOTFOUND && pattern)               // nothing was written to LABWATCH_RESULT
 *         code = lw_result_from_pattern(pattern, output, &reading, &error);
 *     else if (code == LW_ENOTFOUND)
 *         lw_result_from_last_line(output, "accuracy", true, &reading), code = LW_OK;
 *     if (code != LW_OK)
 *         … error.message …                              // the file cannot be read, or memory is gone
 *     else if (reading.kind != LW_RESULT_NUMBER)
 *         … the run failed: reading.message …
 */
#ifndef LW_RESULT_TEXT_H
#define LW_RESULT_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include <labwatch/error.h>

#include "capture.h"

typedef enum lw_result_kind {
    LW_RESULT_NUMBER,   /**< value is finite */
    LW_RESULT_NAN,
    LW_RESULT_INFINITE, /**< value is +inf or -inf */
    LW_RESULT_NONE      /**< there was no number; value is NaN */
} lw_result_kind;

typedef struct lw_result_reading {
    lw_result_kind kind;
    double value;      /**< as written: with the user's sign */
    bool from_object;  /**< it was looked for in a JSON object, and there it is, number or not */
    char message[256]; /**< if kind is not NUMBER, what was read instead, quoted, printable and shortened; else "" */
} lw_result_reading;

/** A compiled regular expression; may be used by one thread at a time. */
typedef struct lw_result_pattern lw_result_pattern;

/**
 * POSIX extended; `^` and `$` are a line's, and no match goes beyond a line. *out is yours to free. LW_EPARSE with
 * regcomp's own words. Nothing bounds the time of a hostile expression: it is the user's own.
 */
int lw_result_pattern_new(lw_result_pattern **out, const char *expression, lw_error *error);
/** Accepts NULL. */
void lw_result_pattern_free(lw_result_pattern *pattern);

/**
 * The first group of the last match, which must be one number as a whole; without a group in the expression, the last
 * number in the last match. Where output was left out, the end is searched first, then the beginning; the line cut in
 * two counts as two. LW_ENOMEM; everything else is a reading.
 */
int lw_result_from_pattern(const lw_result_pattern *pattern, const lw_capture *output, lw_result_reading *out,
                           lw_error *error);

/**
 * The last line that is not blank: the objective in it, as lw_result_from_text, if it is a JSON object and has the objective, or must have it
 * since somebody named it; else its last number. A number stands alone: not in "v2", "12ms", "1.2.3" or "2024-01-05", but in "loss=0.5,",
 * "(0.5)" and "84.4%". Without memory the reading is NONE and says so.
 */
void lw_result_from_last_line(const lw_capture *output, const char *objective, bool named, lw_result_reading *out);

/**
 * A number, or a JSON object with the objective in it as a number (also null, NaN and Infinity, as Python writes them,
 * and a number in quotes). For a result file, standard input, or the command line. objective NULL: only a number will
 * do. Text that is neither is a reading of kind NONE.
 */
void lw_result_from_text(const char *text, size_t length, const char *objective, lw_result_reading *out);

/**
 * lw_result_from_text on a file of at most 64 MiB. LW_ENOTFOUND: there is no file, or it is empty: nothing was written.
 * LW_EIO: it cannot be read, or is no regular file. LW_ENOMEM.
 */
int lw_result_from_file(const char *path, const char *objective, lw_result_reading *out, lw_error *error);

#endif
