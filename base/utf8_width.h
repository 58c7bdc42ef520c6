/** Which characters a terminal shows in no column or in two. The tables are in utf8_width.c, made by utf8_width.py. */
#ifndef LABWATCH_BASE_UTF8_WIDTH_H
#define LABWATCH_BASE_UTF8_WIDTH_H

#include <stddef.h>
#include <stdint.h>

typedef struct lw_code_range {
    uint32_t first, last;
} lw_code_range;

/** Combining and format characters. Ascending, without overlaps. */
extern const lw_code_range lw_zero_width[];
extern const size_t lw_zero_width_count;

/** East Asian wide and full-width characters, emoji among them. Ascending, without overlaps. */
extern const lw_code_range lw_double_width[];
extern const size_t lw_double_width_count;

#endif
