#include "table.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <labwatch/sys/memory.h>
#include <labwatch/sys/text.h>

#include "quote.h"
#include "say.h"

enum { GAP = 2, NARROWEST = 8 };
#define ELLIPSIS "…"

size_t table_add_column(cli_table *table, const char *title, column_kind kind) {
    if (!lw_array_reserve(&table->columns, &table->columns_capacity, table->n_columns, sizeof *table->columns))
        out_of_memory();
    table->columns[table->n_columns] = (cli_column){need(lw_strdup(title)), kind};
    return table->n_columns++;
}

void table_add(cli_table *table, const char *text) {
    if (!lw_array_reserve(&table->cells, &table->cells_capacity, table->n_cells, sizeof *table->cells))
        out_of_memory();
    table->cells[table->n_cells++] = text && *text ? need(lw_strdup(text)) : NULL;
}

void table_add_integer(cli_table *table, long long value) {
    char text[LW_NUMBER_SIZE];
    snprintf(text, sizeof text, "%lld", value);
    table_add(table, text);
}

void table_add_rounded(cli_table *table, double value) {
    char text[LW_NUMBER_SIZE];
    snprintf(text, sizeof text, "%.6g", value);
    table_add(table, isnan(value) ? NULL : text);
}

void table_release(cli_table *table) {
    for (size_t i = 0; i < table->n_columns; i++)
        lw_free(table->columns[i].title);
    for (size_t i = 0; i < table->n_cells; i++)
        lw_free(table->cells[i]);
    lw_free(table->columns);
    lw_free(table->cells);
    *table = (struct cli_table){0};
}

size_t table_terminal_width(void) {
    const char *columns = getenv("COLUMNS");
    int64_t width;
    if (columns && lw_int64_from_text(columns, strlen(columns), &width) && width > 0 && width < 100000)
        return (size_t)width;
    struct winsize window;
    if (isatty(STDOUT_FILENO) && ioctl(STDOUT_FILENO, TIOCGWINSZ, &window) == 0)
        return window.ws_col;
    return 0;
}

/* ---- for people ---- */

/* The table with everything printable, and how wide each column is. */
typedef struct table_layout {
    const cli_table *table;
    char **titles;
    char **cells;
    size_t *widths;
    size_t n_shown; /* columns; the others are left out */
} table_layout;

static char *printable(const char *text) {
    return need(lw_text_printable(text ? text : "", text ? strlen(text) : 0));
}

static size_t columns_of(const char *text) {
    return lw_utf8_columns(text, strlen(text));
}

static void measure(table_layout *layout) {
    const cli_table *table = layout->table;
    layout->titles = need(lw_calloc(table->n_columns + 1, sizeof *layout->titles));
    layout->cells = need(lw_calloc(table->n_cells + 1, sizeof *layout->cells));
    layout->widths = need(lw_calloc(table->n_columns + 1, sizeof *layout->widths));
    layout->n_shown = table->n_columns;
    for (size_t i = 0; i < table->n_columns; i++) {
        layout->titles[i] = printable(table->columns[i].title);
        layout->widths[i] = columns_of(layout->titles[i]);
    }
    for (size_t i = 0; i < table->n_cells; i++) {
        layout->cells[i] = printable(table->cells[i]);
        size_t width = columns_of(layout->cells[i]), *column = &layout->widths[i % table->n_columns];
        *column = width > *column ? width : *column;
    }
}

static void release_layout(table_layout *layout) {
    for (size_t i = 0; i < layout->table->n_columns; i++)
        lw_free(layout->titles[i]);
    for (size_t i = 0; i < layout->table->n_cells; i++)
        lw_free(layout->cells[i]);
    lw_free(layout->titles);
    lw_free(layout->cells);
    lw_free(layout->widths);
}

static size_t total_width(const table_layout *layout) {
    size_t total = 0;
    for (size_t i = 0; i < layout->n_shown; i++)
        total += layout->widths[i] + (i ? GAP : 0);
    return total + (layout->n_shown < layout->table->n_columns ? GAP + 1 : 0);
}

static bool may_be_cut(const table_layout *layout, size_t i, size_t to) {
    return layout->table->columns[i].kind == COLUMN_TEXT && layout->widths[i] > to;
}

/* How much narrower the table gets if no text is wider than that. */
static size_t gain_of(const table_layout *layout, size_t widest) {
    size_t gain = 0;
    for (size_t i = 0; i < layout->n_shown; i++)
        gain += may_be_cut(layout, i, widest) ? layout->widths[i] - widest : 0;
    return gain;
}

/* Cuts the widest texts to the same width, as little as saves excess; what is saved too much goes to the last ones. */
static void cut_texts(table_layout *layout, size_t excess, size_t widest) {
    size_t low = NARROWEST, high = widest;
    while (low < high) { /* the highest bound that saves enough */
        size_t middle = high - (high - low) / 2;
        if (gain_of(layout, middle) >= excess)
            low = middle;
        else
            high = middle - 1;
    }
    size_t gain = gain_of(layout, low), surplus = gain > excess ? gain - excess : 0;
    for (size_t i = layout->n_shown; i-- > 0;)
        if (may_be_cut(layout, i, low)) {
            layout->widths[i] = low + (surplus > 0);
            surplus -= surplus > 0;
        }
}

/* Cuts texts, the widest first; then leaves columns out from the right, but never the first two. */
static void fit(table_layout *layout, size_t width) {
    size_t widest = width > NARROWEST ? width : NARROWEST;
    for (size_t i = 0; i < layout->n_shown; i++)
        if (may_be_cut(layout, i, widest))
            layout->widths[i] = widest;
    size_t total = total_width(layout);
    if (total <= width)
        return;
    cut_texts(layout, total - width, widest);
    total = total_width(layout);
    while (total > width && layout->n_shown > 2) {
        total += layout->n_shown == layout->table->n_columns ? GAP + 1 : 0; /* the sign for what is left out */
        total -= layout->widths[--layout->n_shown] + GAP;
    }
}

/* Bytes of text that fit into width columns. */
static size_t bytes_within(const char *text, size_t width) {
    size_t length = strlen(text), end = 0;
    while (end < length) {
        size_t next = end + 1;
        while (next < length && ((unsigned char)text[next] & 0xC0) == 0x80)
            next++;
        if (lw_utf8_columns(text, next) > width)
            break;
        end = next;
    }
    return end;
}

static void print_blanks(FILE *out, size_t n) {
    fprintf(out, "%*s", (int)n, "");
}

static void print_cell(FILE *out, const char *text, size_t width, bool right, bool last) {
    size_t columns = columns_of(text);
    if (columns > width) {
        size_t bytes = bytes_within(text, width - 1);
        fwrite(text, 1, bytes, out);
        fputs(ELLIPSIS, out);
        size_t used = lw_utf8_columns(text, bytes) + 1;
        if (!last)
            print_blanks(out, width - used);
        return;
    }
    if (right)
        print_blanks(out, width - columns);
    fputs(text, out);
    if (!right && !last)
        print_blanks(out, width - columns);
}

static void print_row(const table_layout *layout, FILE *out, char *const *row) {
    bool left_out = layout->n_shown < layout->table->n_columns;
    size_t end = layout->n_shown;
    while (!left_out && end > 1 && !*row[end - 1])
        end--; /* no blanks at the end of a line */
    for (size_t i = 0; i < end; i++) {
        if (i)
            print_blanks(out, GAP);
        bool right = layout->table->columns[i].kind == COLUMN_NUMBER;
        print_cell(out, row[i], layout->widths[i], right, i + 1 == end && !left_out);
    }
    if (left_out) {
        print_blanks(out, GAP);
        fputs(ELLIPSIS, out);
    }
    fputc('\n', out);
}

void table_print(const cli_table *table, FILE *out, size_t width) {
    if (table->n_columns == 0)
        return;
    table_layout layout = {.table = table};
    measure(&layout);
    if (width)
        fit(&layout, width);
    print_row(&layout, out, layout.titles);
    for (size_t i = 0; i + table->n_columns <= table->n_cells; i += table->n_columns)
        print_row(&layout, out, layout.cells + i);
    release_layout(&layout);
}

/* ---- for programs ---- */

static void add_field(lw_text *line, const char *text, bool last) {
    if (text)
        quote_for_csv(line, text, strlen(text));
    lw_text_add(line, last ? "\n" : ",");
}

void table_print_csv(const cli_table *table, FILE *out) {
    lw_text line = {0};
    for (size_t i = 0; i < table->n_columns; i++)
        add_field(&line, table->columns[i].title, i + 1 == table->n_columns);
    for (size_t i = 0; i < table->n_cells; i++) {
        add_field(&line, table->cells[i], (i + 1) % table->n_columns == 0);
        if (line.length > 65536 || i + 1 == table->n_cells) {
            fwrite(line.bytes, 1, line.length, out);
            line.length = 0;
        }
    }
    if (line.length)
        fwrite(line.bytes, 1, line.length, out);
    if (line.failed)
        out_of_memory();
    lw_text_release(&line);
}
