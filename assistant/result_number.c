#include "result_number.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <labwatch/sys/memory.h>

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

static size_t count_digits(const char *text, size_t length, size_t at) {
    size_t start = at;
    while (at < length && is_digit(text[at]))
        at++;
    return at - start;
}

static size_t skip_sign(const char *text, size_t length, size_t at) {
    return at < length && (text[at] == '+' || text[at] == '-') ? at + 1 : at;
}

/** Digits with perhaps a point and an exponent, whether or not a double can hold the number. */
static bool is_decimal(const char *text, size_t length) {
    size_t at = skip_sign(text, length, 0);
    size_t whole = count_digits(text, length, at), fraction = 0;
    at += whole;
    if (at < length && text[at] == '.') {
        fraction = count_digits(text, length, at + 1);
        at += 1 + fraction;
    }
    if (whole + fraction == 0)
        return false;
    if (at < length && (text[at] == 'e' || text[at] == 'E')) {
        at = skip_sign(text, length, at + 1);
        size_t exponent = count_digits(text, length, at);
        if (exponent == 0)
            return false;
        at += exponent;
    }
    return at == length;
}

static bool is_word(const char *text, size_t length, const char *word) {
    return strlen(word) == length && strncasecmp(text, word, length) == 0;
}

/** nan, inf and infinity, in any case and with a sign (printf writes -nan). */
static bool read_name(const char *text, size_t length, double *out) {
    size_t sign = skip_sign(text, length, 0);
    const char *name = text + sign;
    length -= sign;
    if (is_word(name, length, "nan"))
        *out = NAN;
    else if (is_word(name, length, "inf") || is_word(name, length, "infinity"))
        *out = sign && text[0] == '-' ? -INFINITY : INFINITY;
    else
        return false;
    return true;
}

bool lw_result_number_whole(const char *text, size_t length, double *out) {
    if (length == 0)
        return false;
    if (read_name(text, length, out))
        return true;
    if (!is_decimal(text, length))
        return false;
    if (text[0] == '+') {
        text++;
        length--;
    }
    if (!lw_double_from_text(text, length, out))
        *out = text[0] == '-' ? -INFINITY : INFINITY;
    return true;
}

/**
 * What a word is made of, so that "v2", "1.2.3" and "2024-01-05" are words and not numbers; other scripts' letters
 * too.
 */
static bool is_word_byte(char c) {
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '.' || c == '+' ||
           c == '-' || ((unsigned char)c & 0x80);
}

static bool read_word(const char *word, size_t length, double *out) {
    if (lw_result_number_whole(word, length, out))
        return true;
    while (length > 0 && word[length - 1] == '.') /* the end of a sentence */
        length--;
    return lw_result_number_whole(word, length, out);
}

bool lw_result_number_is_cut(const char *text, size_t length, size_t start, size_t end) {
    bool before = start > 1 && text[start - 1] == ',' && is_digit(text[start - 2]);
    bool behind = end + 1 < length && text[end] == ',' && is_digit(text[end + 1]);
    return before || behind;
}

lw_last_number lw_result_number_last(const char *text, size_t length, double *out) {
    size_t end = length;
    while (end > 0) {
        if (!is_word_byte(text[end - 1])) {
            end--;
            continue;
        }
        size_t start = end;
        while (start > 0 && is_word_byte(text[start - 1]))
            start--;
        if (read_word(text + start, end - start, out))
            return lw_result_number_is_cut(text, length, start, end) ? LW_LAST_HAS_COMMA : LW_LAST_FOUND;
        end = start;
    }
    return LW_LAST_MISSING;
}

/** Length of at most limit bytes of text, ending with a whole character. */
static size_t whole_characters(const char *text, size_t length, size_t limit) {
    if (length <= limit)
        return length;
    while (limit > 0 && ((unsigned char)text[limit] & 0xC0) == 0x80)
        limit--;
    return limit;
}

const char *lw_result_quote(char out[LW_QUOTE_SIZE], const char *text, size_t length) {
    enum { LIMIT = 80 };
    char *printable = lw_text_printable(text, whole_characters(text, length, LIMIT));
    const char *shown = printable ? printable : "(out of memory)";
    size_t kept = whole_characters(shown, strlen(shown), LIMIT);
    bool whole = length <= LIMIT && kept == strlen(shown);
    (void)snprintf(out, LW_QUOTE_SIZE, "'%.*s%s'", (int)kept, shown, whole ? "" : "…");
    lw_free(printable);
    return out;
}

/** Cut sentences end with a whole character. */
static void mend_end(char message[256]) {
    message[lw_utf8_invalid_at(message, strlen(message))] = 0;
}

void lw_result_set_none(lw_result_reading *out, const char *format, ...) {
    *out = (lw_result_reading){.kind = LW_RESULT_NONE, .value = NAN};
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(out->message, sizeof out->message, format, arguments);
    va_end(arguments);
    mend_end(out->message);
}

void lw_result_set_number(lw_result_reading *out, double value, const char *where, const char *quoted, size_t length) {
    *out = (lw_result_reading){.kind = LW_RESULT_NUMBER, .value = value};
    if (isfinite(value))
        return;
    char quote[LW_QUOTE_SIZE];
    out->kind = isnan(value) ? LW_RESULT_NAN : LW_RESULT_INFINITE;
    (void)snprintf(out->message, sizeof out->message, "the result is %s: %s is %s",
                   isnan(value) ? "not a number (NaN)" : "infinite", where,
                   lw_result_quote(quote, quoted, length));
    mend_end(out->message);
}
