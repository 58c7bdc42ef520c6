/**
 * Short decimals: doubles that are whole multiples of a power of ten, as near as doubles come.
 */
#ifndef LABWATCH_DECIMAL_H
#define LABWATCH_DECIMAL_H

#include <stdbool.h>
#include <stdint.h>

/** 10^exponent, also where that is no double's exact value. */
double lw_power_of_ten(int exponent);

/** The double nearest to whole * 10^exponent; |whole| < 2^53 and without fraction. Infinite where no double is as large. */
double lw_decimal(double whole, int exponent);

/** The decimal with that exponent that is nearest to value, whose quotient by 10^exponent is below 2^51. */
double lw_decimal_round(double value, int exponent);

/** The shortest decimal that reads back as value: *whole * 10^*exponent. False if *whole would not be below 2^53. */
bool lw_decimal_parts(double value, int64_t *whole, int *exponent);

/** floor(log10(value)) of a positive value, also where log10 rounds up to the next power of ten. */
int lw_decimal_exponent(double value);

#endif
