#!/usr/bin/env python3
"""Writes sobol_numbers.c: the direction numbers of Joe and Kuo for the first dimensions of Sobol's sequence.

The numbers are those of new-joe-kuo-6.21201 (S. Joe and F. Y. Kuo, "Constructing Sobol sequences with better
two-dimensional projections", SIAM J. Sci. Comput. 30, 2008; https://web.maths.unsw.edu.au/~fkuo/sobol/). SciPy
carries them as scipy/stats/_sobol_direction_numbers.npz, which this script reads: `poly` holds the primitive
polynomials, a bit for each coefficient, and `vinit` the initial m of each dimension.

    python3 -m venv v && v/bin/pip install scipy && v/bin/python make_sobol_numbers.py > sobol_numbers.c
"""

import os

import numpy
import scipy.stats

DIMENSIONS = 1111
WIDTH = 120


def table(kind, name, values):
    lines, line = [], "   "
    for value in values:
        word = f" {value},"
        if len(line) + len(word) > WIDTH:
            lines.append(line)
            line = "   "
        line += word
    lines.append(line)
    return f"const {kind} {name}[] = {{\n" + "\n".join(lines) + "\n};\n"


path = os.path.join(os.path.dirname(scipy.stats.__file__), "_sobol_direction_numbers.npz")
with numpy.load(path) as numbers:
    # The first dimension, van der Corput's, has no polynomial: every m is 1.
    polynomials = [int(p) for p in numbers["poly"][1:DIMENSIONS]]
    initial = [[int(m) for m in row] for row in numbers["vinit"][1:DIMENSIONS]]

flat = []
for polynomial, row in zip(polynomials, initial):
    degree = polynomial.bit_length() - 1
    assert all(m % 2 == 1 and m < 2 ** (k + 1) for k, m in enumerate(row[:degree]))
    flat += row[:degree]

print("/* Made by make_sobol_numbers.py from the numbers of Joe and Kuo (2008); not to be changed by hand. */")
print("/* clang-format off */")
print('#include "sobol_numbers.h"\n')
print(table("uint16_t", "lw_sobol_polynomials", polynomials))
print(table("uint16_t", "lw_sobol_initial", flat), end="")
