/*
 * What an optimizer's model believes. Each type tells what it has, so what is printed follows from what a value is
 * (lw_optimizer_type.describe has the rules), not from its name.
 */
#include "show.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <labwatch/sys/memory.h>
#include <labwatch/sys/text.h>

#include "say.h"
#include "table.h"
#include "yaml_writer.h"

enum { NAME_WIDTH = 20 };

/* "rank_correlation" for people: yours to lw_free. */
static char *title_of(const char *name) {
    char *title = need(lw_text_printable(name, strlen(name)));
    for (char *at = title; *at; at++)
        if (*at == '_')
            *at = ' ';
    return title;
}

static void add_scalar(lw_text *out, const bson_iter_t *value) {
    if (BSON_ITER_HOLDS_UTF8(value))
        lw_text_add(out, bson_iter_utf8(value, NULL));
    else if (BSON_ITER_HOLDS_DOUBLE(value))
        lw_text_format(out, "%.6g", bson_iter_double(value));
    else if (BSON_ITER_HOLDS_INT(value))
        lw_text_format(out, "%" PRId64, bson_iter_as_int64(value));
    else if (BSON_ITER_HOLDS_BOOL(value))
        lw_text_add(out, bson_iter_bool(value) ? "true" : "false");
}

/* A scalar, or a list of them as "0.1 ... 0.3". */
static void add_value(lw_text *out, const bson_iter_t *value) {
    bson_iter_t items;
    if (!BSON_ITER_HOLDS_ARRAY(value)) {
        add_scalar(out, value);
        return;
    }
    for (bool more = bson_iter_recurse(value, &items) && bson_iter_next(&items), first = true; more; first = false) {
        lw_text_add(out, first ? "" : " ... ");
        add_scalar(out, &items);
        more = bson_iter_next(&items);
    }
}

static void show_value(const bson_iter_t *member, int indent) {
    lw_text text = {0};
    add_value(&text, member);
    if (text.failed)
        out_of_memory();
    char *title = title_of(bson_iter_key(member));
    char *printable = need(lw_text_printable(text.bytes ? text.bytes : "", text.length));
    printf("%*s%-*s %s\n", indent, "", NAME_WIDTH - indent, title, printable);
    lw_free(title);
    lw_free(printable);
    lw_text_release(&text);
}

/* ---- lists of documents ---- */

static bool is_list_of_documents(const bson_iter_t *value) {
    bson_iter_t first;
    return BSON_ITER_HOLDS_ARRAY(value) && bson_iter_recurse(value, &first) && bson_iter_next(&first) &&
           BSON_ITER_HOLDS_DOCUMENT(&first);
}

static void add_columns(cli_table *table, bson_iter_t first) {
    bson_iter_t member;
    if (!bson_iter_recurse(&first, &member))
        return;
    while (bson_iter_next(&member)) {
        char *title = title_of(bson_iter_key(&member));
        bool is_text = BSON_ITER_HOLDS_UTF8(&member), is_number = BSON_ITER_HOLDS_NUMBER(&member);
        table_add_column(table, title, is_number ? COLUMN_NUMBER : is_text ? COLUMN_TEXT : COLUMN_WORD);
        lw_free(title);
    }
}

/* The row's values in the order of the first one's names. */
static void add_row(cli_table *table, bson_iter_t first, bson_iter_t row) {
    bson_iter_t name, value;
    if (!bson_iter_recurse(&first, &name))
        return;
    while (bson_iter_next(&name)) {
        lw_text text = {0};
        if (bson_iter_recurse(&row, &value) && bson_iter_find(&value, bson_iter_key(&name)))
            add_value(&text, &value);
        if (text.failed)
            out_of_memory();
        table_add(table, text.bytes);
        lw_text_release(&text);
    }
}

static void show_table(const bson_iter_t *list) {
    bson_iter_t first, row;
    cli_table table = {0};
    if (!bson_iter_recurse(list, &first) || !bson_iter_next(&first))
        return;
    add_columns(&table, first);
    row = first;
    do
        if (BSON_ITER_HOLDS_DOCUMENT(&row))
            add_row(&table, first, row);
    while (bson_iter_next(&row));
    table_print(&table, stdout, table_terminal_width());
    table_release(&table);
}

/* ---- documents ---- */

static void show_config(bson_iter_t value, int indent) {
    uint32_t length;
    const uint8_t *bytes;
    bson_t config;
    lw_text text = {0};
    bson_iter_document(&value, &length, &bytes);
    if (bson_init_static(&config, bytes, length))
        yaml_add_document(&text, &config, (size_t)indent);
    if (text.failed)
        out_of_memory();
    fputs(text.bytes ? text.bytes : "", stdout);
    lw_text_release(&text);
}

static void show_members(bson_iter_t member, int indent);

static void show_document_member(const bson_iter_t *member, int indent) {
    char *title = title_of(bson_iter_key(member));
    bson_iter_t inside;
    printf("%*s%s\n", indent, "", title);
    if (strcmp(bson_iter_key(member), "config") == 0)
        show_config(*member, indent + 2);
    else if (bson_iter_recurse(member, &inside))
        show_members(inside, indent + 2);
    lw_free(title);
}

static void show_members(bson_iter_t member, int indent) {
    while (bson_iter_next(&member)) {
        bool is_document = BSON_ITER_HOLDS_DOCUMENT(&member), is_table = is_list_of_documents(&member);
        if (indent == 0 && (is_document || is_table))
            putchar('\n');
        if (is_table)
            show_table(&member);
        else if (is_document)
            show_document_member(&member, indent);
        else
            show_value(&member, indent);
    }
}

int show_model(lw_assistant *assistant, const cli_arguments *given) {
    const char *format = option_text(given, "format");
    bson_t model;
    bson_iter_t member;
    lw_error error;
    if (lw_assistant_describe_model(assistant, option_text(given, "space"), &model, &error) != LW_OK)
        return fail_with(&error);
    if (format && strcmp(format, "text") != 0)
        show_whole(&model, strcmp(format, "yaml") == 0);
    else if (bson_iter_init(&member, &model))
        show_members(member, 0);
    bson_destroy(&model);
    return EXIT_DONE;
}
