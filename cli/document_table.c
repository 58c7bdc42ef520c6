#include "document_table.h"

#include <string.h>

#include <labwatch/document.h>
#include <labwatch/sys/memory.h>

#include "say.h"

static void add_cell(cli_table *table, const bson_t *item, const char *name, bool csv) {
    bson_iter_t iter;
    if (!bson_iter_init_find(&iter, item, name)) {
        table_add(table, NULL);
    } else if (BSON_ITER_HOLDS_UTF8(&iter)) {
        table_add(table, bson_iter_utf8(&iter, NULL));
    } else if (BSON_ITER_HOLDS_DOUBLE(&iter) && !csv) {
        table_add_rounded(table, bson_iter_double(&iter));
    } else {
        char *json = need(lw_document_value_to_json(&iter, false));
        table_add(table, json);
        lw_free(json);
    }
}

static void print_table(const run_list *list, const document_column *columns, bool csv) {
    cli_table table = {0};
    for (const document_column *column = columns; column->name; column++)
        table_add_column(&table, column->name, column->kind);
    for (size_t i = 0; i < list->n; i++)
        for (const document_column *column = columns; column->name; column++)
            add_cell(&table, list->items[i], column->name, csv);
    if (csv)
        table_print_csv(&table, stdout);
    else
        table_print(&table, stdout, table_terminal_width());
    table_release(&table);
}

void document_table_print(const run_list *list, const document_column *columns, const char *format) {
    bool table = !format || strcmp(format, "table") == 0, csv = format && strcmp(format, "csv") == 0;
    if (table || csv)
        print_table(list, columns, csv);
    else
        documents_print(list, format);
}
