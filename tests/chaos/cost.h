/**
 * What a run costs in these tests: it follows from the configuration and the attempt, so that everybody can tell of any
 * result whose it is.
 */
#ifndef LABWATCH_TESTS_CHAOS_COST_H
#define LABWATCH_TESTS_CHAOS_COST_H

#include <stdio.h>
#include <stdlib.h>

/** x, and the first six hexadecimal digits of the attempt's token as a fraction of 1. */
static inline double chaos_cost(double x, const char *token) {
    char digits[7];
    snprintf(digits, sizeof digits, "%.6s", token);
    return x + (double)strtol(digits, NULL, 16) / (double)(1 << 24);
}

#endif
