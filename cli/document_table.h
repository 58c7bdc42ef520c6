/**
 * A list of flat documents as a table, CSV, JSON or YAML.
 */
#ifndef CLI_DOCUMENT_TABLE_H
#define CLI_DOCUMENT_TABLE_H

#include "run_list.h"
#include "table.h"

/** A field of the documents that is a column; ends with a name of NULL. */
typedef struct document_column {
    const char *name;
    column_kind kind;
} document_column;

/** Prints the items as --format (NULL: table) says; table and csv have these columns, json and yaml what is there. */
void document_table_print(const run_list *list, const document_column *columns, const char *format);

#endif
