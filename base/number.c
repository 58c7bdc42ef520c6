/*
 * Numbers as text, in both directions, without the locale: printf and strtod see digits and an exponent only,
 * never a decimal point, which is the one thing that a locale changes.
 */
#include <errno.h>
#include <float.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <labwatch/sys/text.h>

/* A decimal number 0.DIGITS * 10^point; the digits are ASCII, without leading zeros. */
enum {
    /* No double's neighbourhood needs more than 767 digits to be told apart; one more stands for all that follow. */
    SIGNIFICANT_DIGITS = 768,
    /* Beyond this every double is 0 or infinite, whatever the digits. */
    EXPONENT_LIMIT = 1000000
};

typedef struct decimal {
    char digits[SIGNIFICANT_DIGITS + 1];
    int count;
    long point;
} decimal;

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/* ---- reading ---- */

static void add_digit(decimal *number, char digit) {
    if (number->count == 0 && digit == '0')
        return;
    if (number->count < SIGNIFICANT_DIGITS)
        number->digits[number->count++] = digit;
    else if (digit != '0')
        number->digits[SIGNIFICANT_DIGITS] = '1';
}

/* Reads "12.34"; gives how many characters belong to it, 0 if there is no digit. */
static size_t read_digits(decimal *number, const char *text, size_t length) {
    size_t at = 0, seen = 0;
    long point = 0;
    bool after_point = false;
    for (; at < length; at++) {
        if (text[at] == '.' && !after_point) {
            after_point = true;
            continue;
        }
        if (!is_digit(text[at]))
            break;
        seen++;
        add_digit(number, text[at]);
        bool leading_zero = number->count == 0;
        if (!after_point && !leading_zero)
            point++;
        if (after_point && leading_zero)
            point--;
    }
    number->point = point;
    return seen ? at : 0;
}

/* Reads "e-7" at the end of the text and adds it to the point. False if something else stands there. */
static bool read_exponent(decimal *number, const char *text, size_t length) {
    if (length == 0)
        return true;
    if (text[0] != 'e' && text[0] != 'E')
        return false;
    size_t at = 1;
    bool negative = at < length && text[at] == '-';
    if (at < length && (text[at] == '-' || text[at] == '+'))
        at++;
    if (at == length)
        return false;
    long exponent = 0;
    for (; at < length; at++) {
        if (!is_digit(text[at]))
            return false;
        /* No text is long enough for its digits to make up for more than this, nor for their sum to overflow. */
        if (exponent < LONG_MAX / 100)
            exponent = exponent * 10 + (text[at] - '0');
    }
    number->point += negative ? -exponent : exponent;
    return true;
}

/* 10^0 … 10^22 are doubles without rounding. */
static const double exact_powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                      1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

/* At most 15 digits and a small power of ten: both exact, so one multiplication or division rounds correctly. */
static bool value_by_one_operation(const decimal *number, double *out) {
    long exponent = number->point - number->count;
    if (number->count > 15 || exponent < -22 || exponent > 22)
        return false;
    int64_t digits = 0;
    for (int i = 0; i < number->count; i++)
        digits = digits * 10 + (number->digits[i] - '0');
    *out = exponent < 0 ? (double)digits / exact_powers[-exponent] : (double)digits * exact_powers[exponent];
    return true;
}

/* The magnitude nearest to the decimal; HUGE_VAL if none is. */
static double decimal_value(const decimal *number) {
    double value;
    if (number->count == 0)
        return 0.0;
    if (value_by_one_operation(number, &value))
        return value;
    if (number->point > EXPONENT_LIMIT)
        return HUGE_VAL;
    if (number->point < -EXPONENT_LIMIT)
        return 0.0;
    char text[SIGNIFICANT_DIGITS + 1 + LW_NUMBER_SIZE];
    int count = number->count + (number->digits[SIGNIFICANT_DIGITS] != '\0');
    memcpy(text, number->digits, (size_t)count);
    snprintf(text + count, LW_NUMBER_SIZE, "e%ld", number->point - count);
    int kept = errno;
    value = strtod(text, NULL);
    errno = kept;
    return value;
}

static bool equals_word(const char *text, size_t length, const char *word) {
    return length == strlen(word) && strncasecmp(text, word, length) == 0;
}

static bool read_special(const char *text, size_t length, double *out) {
    if (equals_word(text, length, "nan"))
        *out = NAN;
    else if (equals_word(text, length, "inf") || equals_word(text, length, "infinity"))
        *out = INFINITY;
    else
        return false;
    return true;
}

static bool read_magnitude(const char *text, size_t length, double *out) {
    if (read_special(text, length, out))
        return true;
    decimal number = {.count = 0};
    size_t digits = read_digits(&number, text, length);
    if (digits == 0 || !read_exponent(&number, text + digits, length - digits))
        return false;
    *out = decimal_value(&number);
    return !isinf(*out);
}

bool lw_double_from_text(const char *text, size_t length, double *out) {
    bool negative = length > 0 && text[0] == '-';
    size_t sign = length > 0 && (text[0] == '-' || text[0] == '+');
    double magnitude;
    if (!read_magnitude(text + sign, length - sign, &magnitude))
        return false;
    *out = negative ? -magnitude : magnitude;
    return true;
}

bool lw_int64_from_text(const char *text, size_t length, int64_t *out) {
    bool negative = length > 0 && text[0] == '-';
    size_t at = length > 0 && (text[0] == '-' || text[0] == '+');
    if (at == length)
        return false;
    int64_t value = 0; /* counted downwards: there is one more negative number than positive ones */
    for (; at < length; at++) {
        if (!is_digit(text[at]) || __builtin_mul_overflow(value, 10, &value) ||
            __builtin_sub_overflow(value, text[at] - '0', &value))
            return false;
    }
    if (!negative && value == INT64_MIN)
        return false;
    *out = negative ? value : -value;
    return true;
}

/* ---- writing ---- */

/* value, positive and finite, rounded to so many digits. */
static void round_to_digits(double value, int digits, decimal *out) {
    char text[LW_NUMBER_SIZE];
    snprintf(text, sizeof text, "%.*e", digits - 1, value);
    /* "d", the locale's decimal point of one byte or more, "ddd", "e", the exponent. */
    out->count = 0;
    const char *at = text;
    for (; *at != 'e'; at++)
        if (is_digit(*at))
            out->digits[out->count++] = *at;
    out->point = strtol(at + 1, NULL, 10) + 1;
    out->digits[SIGNIFICANT_DIGITS] = '\0';
}

static bool reads_back(const decimal *number, double value) {
    return decimal_value(number) == value;
}

/*
 * Below a power of two the doubles lie closer together than above it, so a decimal above the value may read back
 * where the nearest one of that many digits, below it, does not.
 */
static bool next_decimal_reads_back(decimal *number, double value) {
    int last = number->count - 1;
    if (number->digits[last] == '9')
        return false;
    number->digits[last]++;
    return reads_back(number, value);
}

static void drop_final_zeros(decimal *number) {
    while (number->count > 1 && number->digits[number->count - 1] == '0')
        number->count--;
}

/* value, positive and finite, in as few digits as read back. */
static void shortest_decimal(double value, decimal *out) {
    /* A decimal of up to DBL_DIG digits survives the way into a normal double and back; subnormals know fewer. */
    int digits = value < DBL_MIN ? 1 : DBL_DIG;
    for (; digits < DBL_DECIMAL_DIG; digits++) {
        round_to_digits(value, digits, out);
        if (reads_back(out, value) || next_decimal_reads_back(out, value)) {
            drop_final_zeros(out);
            return;
        }
    }
    round_to_digits(value, DBL_DECIMAL_DIG, out);
    drop_final_zeros(out);
}

static size_t put_zeros(char *out, long count) {
    memset(out, '0', (size_t)count);
    return (size_t)count;
}

static size_t put_digits(char *out, const decimal *number, long from, long to) {
    memcpy(out, number->digits + from, (size_t)(to - from));
    return (size_t)(to - from);
}

/* 1.25e-07 */
static size_t write_scientific(const decimal *number, char *out) {
    size_t length = put_digits(out, number, 0, 1);
    if (number->count > 1) {
        out[length++] = '.';
        length += put_digits(out + length, number, 1, number->count);
    }
    long exponent = number->point - 1;
    length += (size_t)snprintf(out + length, 8, "e%c%02ld", exponent < 0 ? '-' : '+', labs(exponent));
    return length;
}

/* 125000.0, 12.5, 0.00125 */
static size_t write_plain(const decimal *number, char *out) {
    size_t length = 0;
    long whole = number->point;
    if (whole <= 0) {
        length += put_zeros(out, 1);
        out[length++] = '.';
        length += put_zeros(out + length, -whole);
        return length + put_digits(out + length, number, 0, number->count);
    }
    long digits = whole < number->count ? whole : number->count;
    length += put_digits(out, number, 0, digits);
    length += put_zeros(out + length, whole - digits);
    out[length++] = '.';
    if (digits == number->count)
        return length + put_zeros(out + length, 1);
    return length + put_digits(out + length, number, digits, number->count);
}

static size_t write_magnitude(double value, char *out) {
    /* Whole numbers are frequent, and need no search. */
    if (value < 1e15 && value == (double)(int64_t)value)
        return (size_t)snprintf(out, LW_NUMBER_SIZE - 1, "%lld.0", (long long)value);
    decimal number;
    shortest_decimal(value, &number);
    if (number.point < -3 || number.point > 16)
        return write_scientific(&number, out);
    return write_plain(&number, out);
}

size_t lw_double_to_text(double value, char out[LW_NUMBER_SIZE]) {
    if (isnan(value)) {
        memcpy(out, "nan", 4);
        return 3;
    }
    size_t length = 0;
    if (signbit(value))
        out[length++] = '-';
    if (isinf(value)) {
        memcpy(out + length, "inf", 4);
        return length + 3;
    }
    length += write_magnitude(fabs(value), out + length);
    out[length] = '\0';
    return length;
}
