#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <labwatch/sys/text.h>

#include "decimal.h"

enum { LARGEST_POWER = 308 };

double lw_power_of_ten_any(int exponent) {
    return pow(10.0, exponent);
}

/* Where the power is no double, the text is read: that rounds once, as it must, but takes longer. */
double lw_decimal_any(double whole, int exponent) {
    char text[64];
    int length = snprintf(text, sizeof text, "%llde%d", (long long)whole, exponent);
    double value;
    if (lw_double_from_text(text, (size_t)length, &value))
        return value;
    return copysign(INFINITY, whole);
}

/* value / 10^exponent; in two steps where the power alone is no double. */
static double scaled(double value, int exponent) {
    if (exponent >= 0)
        return value / lw_power_of_ten(exponent);
    if (-exponent <= LARGEST_POWER)
        return value * lw_power_of_ten(-exponent);
    return value * lw_power_of_ten(LARGEST_POWER) * lw_power_of_ten(-exponent - LARGEST_POWER);
}

double lw_decimal_round_any(double value, int exponent) {
    return lw_decimal(lw_round_to_whole(scaled(value, exponent)), exponent);
}

bool lw_decimal_parts(double value, int64_t *whole, int *exponent) {
    char text[LW_NUMBER_SIZE];
    lw_double_to_text(value, text);
    int64_t digits = 0;
    int shift = 0;
    bool behind_point = false;
    const char *at = text + (text[0] == '-');
    for (; *at && *at != 'e'; at++) {
        if (*at == '.') {
            behind_point = true;
            continue;
        }
        if (*at < '0' || *at > '9' || __builtin_mul_overflow(digits, 10, &digits) ||
            __builtin_add_overflow(digits, *at - '0', &digits))
            return false; /* "inf", or more digits than 64 bits hold, such as those of 1e20 */
        shift -= behind_point;
    }
    if (*at == 'e')
        shift += atoi(at + 1);
    for (; digits != 0 && digits % 10 == 0; digits /= 10)
        shift++;
    if (digits >= INT64_C(1) << 53)
        return false;
    *whole = text[0] == '-' ? -digits : digits;
    *exponent = digits == 0 ? 0 : shift;
    return true;
}

int lw_decimal_exponent(double value) {
    int exponent = (int)floor(log10(value));
    if (exponent > -LARGEST_POWER && exponent < LARGEST_POWER && lw_power_of_ten(exponent) > value)
        return exponent - 1;
    return exponent;
}
