#!/usr/bin/env python3
"""Writes utf8_width.c from the Unicode character database that Python has: utf8_width.py > utf8_width.c"""

import sys
import unicodedata

SOFT_HYPHEN = 0xAD  # a format character that terminals show


def is_zero_width(code):
    in_hangul_tail = 0x1160 <= code <= 0x11FF  # vowels and finals, joined to the initial before them
    return in_hangul_tail or (unicodedata.category(chr(code)) in ("Mn", "Me", "Cf") and code != SOFT_HYPHEN)


def is_double_width(code):
    wide = unicodedata.east_asian_width(chr(code)) in ("W", "F")
    return wide and is_assigned(code) and not is_zero_width(code)


def is_assigned(code):
    return unicodedata.category(chr(code)) != "Cn"


def ranges(belongs):
    """Ranges of the code points that belong; unassigned ones between two of them are counted in."""
    found = []
    joined = False  # only unassigned code points since the last range
    for code in range(sys.maxunicode + 1):
        if belongs(code):
            if found and joined:
                found[-1][1] = code
            else:
                found.append([code, code])
            joined = True
        elif is_assigned(code):
            joined = False
    return found


def table(name, belongs):
    rows = ["{0x%X, 0x%X}," % tuple(pair) for pair in ranges(belongs)]
    lines = ["    " + " ".join(rows[i : i + 5]) for i in range(0, len(rows), 5)]
    return (
        f"const lw_code_range {name}[] = {{\n" + "\n".join(lines) + "\n};\n"
        f"const size_t {name}_count = sizeof {name} / sizeof {name}[0];\n"
    )


print(f"/* Made by utf8_width.py from Unicode {unicodedata.unidata_version}. */")
print('#include "utf8_width.h"\n')
print("/* clang-format off */")
print(table("lw_zero_width", is_zero_width))
print(table("lw_double_width", is_double_width), end="")
