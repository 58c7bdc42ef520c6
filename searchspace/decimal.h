/**
 * Short decimals: doubles that are whole multiples of a power of ten, as near as doubles come.
 */
#ifndef LABWATCH_DECIMAL_H
#define LABWATCH_DECIMAL_H

#include <stdbool.h>
#include <stdint.h>

enum {
    LW_EXACT_POWERS = 22 /**< 10^22 is the largest power of ten that is a double */
};

static const double lw_exact_powers[LW_EXACT_POWERS + 1] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                                            1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                                            1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

/** What follows here inline, for any exponent. */
double lw_power_of_ten_any(int exponent);
double lw_decimal_any(double whole, int exponent);
double lw_decimal_round_any(double value, int exponent);

/** 10^exponent, or nearly so where that is no double's exact value. */
static inline double lw_power_of_ten(int exponent) {
    if (exponent >= 0 && exponent <= LW_EXACT_POWERS)
        return lw_exact_powers[exponent];
    if (exponent < 0 && exponent >= -LW_EXACT_POWERS)
        return 1 / lw_exact_powers[-exponent];
    return lw_power_of_ten_any(exponent);
}

/** To the nearest, ties to even, for |value| < 2^51: adding this constant leaves no room for a fraction. */
static inline double lw_round_to_whole(double value) {
    const double no_fraction = 0x1.8p52;
    return (value + no_fraction) - no_fraction;
}

/** The double nearest to whole * 10^exponent; |whole| < 2^53 and without fraction. Infinite where no double is as
 * large. */
static inline double lw_decimal(double whole, int exponent) {
    if (exponent >= 0 && exponent <= LW_EXACT_POWERS)
        return whole * lw_exact_powers[exponent];
    if (exponent < 0 && exponent >= -LW_EXACT_POWERS)
        return whole / lw_exact_powers[-exponent];
    return lw_decimal_any(whole, exponent);
}

/** The decimal with that exponent that is nearest to value, whose quotient by 10^exponent is below 2^51. */
static inline double lw_decimal_round(double value, int exponent) {
    if (exponent < 0 && exponent >= -LW_EXACT_POWERS) /* by far the most frequent */
        return lw_round_to_whole(value * lw_exact_powers[-exponent]) / lw_exact_powers[-exponent];
    return lw_decimal_round_any(value, exponent);
}

/** The shortest decimal that reads back as value: *whole * 10^*exponent. False if *whole would not be below 2^53. */
bool lw_decimal_parts(double value, int64_t *whole, int *exponent);

/** floor(log10(value)) of a positive value, also where log10 rounds up to the next power of ten. */
int lw_decimal_exponent(double value);

#endif
