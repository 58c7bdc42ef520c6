/**
 * Text: a growing buffer, numbers that read back the same, UTF-8, and did-you-mean. For the library and
 * for authors of plug-ins. Nothing here depends on the locale.
 */
#ifndef LABWATCH_SYS_TEXT_H
#define LABWATCH_SYS_TEXT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <labwatch/export.h>

LW_BEGIN_DECLS

/**
 * A growing, always 0-terminated buffer. Zero-initialise it: `lw_text text = {0};`. When memory is gone it
 * remembers that, ignores what follows, and lw_text_take gives NULL: one check at the end is enough.
 */
typedef struct lw_text {
    char *bytes;     /**< NULL while empty */
    size_t length;   /**< without the final 0 */
    size_t capacity;
    bool failed;
} lw_text;

LW_EXPORT void lw_text_append(lw_text *text, const char *bytes, size_t length);
LW_EXPORT void lw_text_add(lw_text *text, const char *string);
LW_EXPORT void lw_text_format(lw_text *text, const char *format, ...) LW_PRINTF(2, 3);
/** Appends a double as lw_double_to_text writes it. */
LW_EXPORT void lw_text_add_double(lw_text *text, double value);
/** Appends the string as a JSON string with its quotes; invalid UTF-8 becomes U+FFFD. */
LW_EXPORT void lw_text_add_json(lw_text *text, const char *bytes, size_t length);
/** The buffer, yours to lw_free ("" if nothing was added), or NULL when out of memory. text is empty afterwards. */
LW_EXPORT char *lw_text_take(lw_text *text);
LW_EXPORT void lw_text_release(lw_text *text);

/** Enough for any double or 64-bit integer as text, with its final 0. */
enum { LW_NUMBER_SIZE = 32 };

/**
 * The shortest decimal text that reads back as the same double, with `.` or `e` in it ("1.0", "1e-05", "1e+16", "-0.0",
 * "nan", "inf"): just as Python writes it. Returns its length.
 */
LW_EXPORT size_t lw_double_to_text(double value, char out[LW_NUMBER_SIZE]);

/**
 * Reads all of text as a double, correctly rounded ("." as decimal point; "nan", "inf", "infinity" with sign, in any case,
 * too). What is too small becomes 0. False, and *out as it was, if it is not one number or overflows.
 */
LW_EXPORT bool lw_double_from_text(const char *text, size_t length, double *out);

/** Reads all of text as a decimal integer. False if it is none or does not fit 64 bits. */
LW_EXPORT bool lw_int64_from_text(const char *text, size_t length, int64_t *out);

/** Offset of the first byte that is not valid UTF-8 (no surrogates, no overlong forms, up to U+10FFFF), or length if all is valid. */
LW_EXPORT size_t lw_utf8_invalid_at(const char *bytes, size_t length);

/** Columns a terminal needs for the text (wide characters 2, combining 0). */
LW_EXPORT size_t lw_utf8_columns(const char *text, size_t length);

/**
 * Index of the candidate nearest to word by edit distance in bytes (at most a third of the word's length + 1, and less than
 * the whole word; an exchange of neighbours counts once), the first of several, or -1. Words above 127 bytes have none.
 */
LW_EXPORT int lw_nearest(const char *word, const char *const *candidates, size_t count);

/**
 * Escapes control characters (of both sets), those that reverse the direction of text, and bytes that are not UTF-8, as
 * \xNN, so that hostile text cannot move a terminal's cursor; other UTF-8 stays. Yours to lw_free; NULL when out of memory.
 */
LW_EXPORT char *lw_text_printable(const char *bytes, size_t length);

LW_END_DECLS

#endif
