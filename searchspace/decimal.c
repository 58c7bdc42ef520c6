#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <labwatch/sys/text.h>

#include "decimal.h"

/* 10^22 is the largest power of ten that is a double. */
enum { LARGEST_EXACT_POWER = 22, LARGEST_POWER = 308 };

static const double exact_powers[LARGEST_EXACT_POWER + 1] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                                             1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                                             1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

double lw_power_of_ten(int exponent) {
    if (exponent >= 0 && exponent <= LARGEST_EXACT_POWER)
        return exact_powers[exponent];
    return pow(10.0, exponent);
}

/* One rounding where both are exact; otherwise the text is read, which rounds once too, but takes longer. */
double lw_decimal(double whole, int exponent) {
    if (exponent >= 0 && exponent <= LARGEST_EXACT_POWER)
        return whole * exact_powers[exponent];
    if (exponent < 0 && exponent >= -LARGEST_EXACT_POWER)
        return whole / exact_powers[-exponent];
    char text[64];
    int length = snprintf(text, sizeof text, "%llde%d", (long long)whole, exponent);
    double value;
    if (lw_double_from_text(text, (size_t)length, &value))
        return value;
    return copysign(INFINITY, whole);
}

/* To the nearest, ties to even, for |value| < 2^51: adding this constant leaves no room for a fraction. */
static double round_to_whole(double value) {
    const double no_fraction = 0x1.8p52;
    return (value + no_fraction) - no_fraction;
}

/* value / 10^exponent; in two steps where the power alone is no double. */
static double scaled(double value, int exponent) {
    if (exponent >= 0)
        return value / lw_power_of_ten(exponent);
    if (-exponent <= LARGEST_POWER)
        return value * lw_power_of_ten(-exponent);
    return value * lw_power_of_ten(LARGEST_POWER) * lw_power_of_ten(-exponent - LARGEST_POWER);
}

double lw_decimal_round(double value, int exponent) {
    return lw_decimal(round_to_whole(scaled(value, exponent)), exponent);
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
