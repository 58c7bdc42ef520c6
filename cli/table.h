/**
 * Tables: columns with titles, and cells, printed to fit a terminal or as CSV.
 */
#ifndef CLI_TABLE_H
#define CLI_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

typedef enum column_kind {
    COLUMN_TEXT,   /**< left; cut where the terminal is too narrow */
    COLUMN_NUMBER, /**< right; never cut */
    COLUMN_WORD    /**< left; never cut */
} column_kind;

typedef struct cli_column {
    char *title;
    column_kind kind;
} cli_column;

/** Zero-initialise it; table_release frees it. Cells are given row by row, the cells of a row in the order of the
 * columns. */
typedef struct cli_table {
    cli_column *columns;
    size_t n_columns, columns_capacity;
    char **cells; /**< NULL: nothing */
    size_t n_cells, cells_capacity;
} cli_table;

/** Index of the new column. All columns come before the first cell. */
size_t table_add_column(cli_table *table, const char *title, column_kind kind);
/** Adds a copy of the text; NULL is an empty cell. */
void table_add(cli_table *table, const char *text);
void table_add_integer(cli_table *table, long long value);
/** Six significant digits, for people; NaN is an empty cell. */
void table_add_rounded(cli_table *table, double value);
void table_release(cli_table *table);

/** Prints it within width columns (0: no limit): long text is cut, and what still has no room left out, with `…` for
 * it. */
void table_print(const cli_table *table, FILE *out, size_t width);
/** Prints it as CSV, uncut. */
void table_print_csv(const cli_table *table, FILE *out);

/** $COLUMNS, or the width of the terminal behind standard output; 0 if there is none. */
size_t table_terminal_width(void);

#endif
