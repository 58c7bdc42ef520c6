/**
 * Direction numbers of Sobol's sequence, as Joe and Kuo (2008) chose them: new-joe-kuo-6.21201.
 */
#ifndef LABWATCH_SOBOL_NUMBERS_H
#define LABWATCH_SOBOL_NUMBERS_H

#include <stdint.h>

enum { LW_SOBOL_DIMENSIONS = 1111 };

/**
 * The primitive polynomial of dimensions 1, 2, … (counted from 0; dimension 0 has none): bit k is the coefficient of
 * x^k. Its degree, the place of its highest bit, is s.
 */
extern const uint16_t lw_sobol_polynomials[];

/** The initial m_1 … m_s of dimensions 1, 2, …, one behind the other. */
extern const uint16_t lw_sobol_initial[];

#endif
