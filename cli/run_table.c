#include "run_table.h"

#include <string.h>

#include <labwatch/document.h>
#include <labwatch/sys/memory.h>
#include <labwatch/sys/text.h>

#include "config_columns.h"
#include "csv_value.h"
#include "run_summary.h"
#include "say.h"

/* ---- the fields before the configuration ---- */

typedef struct run_field {
    const char *name;
    column_kind kind;
    run_detail from; /* shown at this detail and above */
    bool always;     /* also where no run has it */
} run_field;

static const run_field fields[] = {
    {"run", COLUMN_NUMBER, DETAIL_BEST, true},       {"status", COLUMN_WORD, DETAIL_LIST, true},
    {"result", COLUMN_NUMBER, DETAIL_BEST, true},    {"failure", COLUMN_WORD, DETAIL_LIST, false},
    {"reason", COLUMN_TEXT, DETAIL_ALL, false},      {"space", COLUMN_TEXT, DETAIL_BEST, false},
    {"origin", COLUMN_WORD, DETAIL_LIST, false},     {"attempt", COLUMN_NUMBER, DETAIL_LIST, false},
    {"start_time", COLUMN_WORD, DETAIL_ALL, false},  {"stop_time", COLUMN_WORD, DETAIL_ALL, false},
    {"duration", COLUMN_NUMBER, DETAIL_LIST, false}, {"seed", COLUMN_NUMBER, DETAIL_ALL, false},
};
enum { N_FIELDS = sizeof fields / sizeof *fields };

typedef struct table_making {
    cli_table *table;
    const run_list *list;
    config_columns columns;
    run_detail detail;
    bool csv;
    bool fields[N_FIELDS]; /* shown */
    char **row;            /* a cell for each of the columns */
} table_making;

static bool any_has(const run_list *list, const char *name) {
    for (size_t i = 0; i < list->n; i++)
        if (bson_has_field(list->items[i], name))
            return true;
    return false;
}

static void add_field_columns(table_making *m) {
    for (size_t f = 0; f < N_FIELDS; f++) {
        const run_field *field = &fields[f];
        m->fields[f] = m->csv || (m->detail >= field->from && (field->always || any_has(m->list, field->name)));
        if (m->fields[f])
            table_add_column(m->table, field->name, field->kind);
    }
}

/* Plain text and numbers; these rounded for people. */
static void add_field(table_making *m, const bson_t *item, const char *name) {
    bson_iter_t iter;
    bool found = bson_iter_init_find(&iter, item, name);
    if (found && BSON_ITER_HOLDS_DOUBLE(&iter) && !m->csv) {
        char duration[LW_NUMBER_SIZE];
        format_duration(bson_iter_double(&iter), duration);
        if (strcmp(name, "duration") == 0)
            table_add(m->table, duration);
        else
            table_add_rounded(m->table, bson_iter_double(&iter));
    } else if (found && BSON_ITER_HOLDS_UTF8(&iter)) {
        table_add(m->table, bson_iter_utf8(&iter, NULL));
    } else {
        char *json = found ? need(lw_document_value_to_json(&iter, false)) : NULL;
        table_add(m->table, json);
        lw_free(json);
    }
}

/* ---- the configuration ---- */

static void note_value(void *arg, size_t column, const bson_iter_t *value) {
    config_columns *columns = arg;
    columns->items[column].used = true;
    columns->items[column].unequal |= !BSON_ITER_HOLDS_NUMBER(value);
}

static void walk_config(table_making *m, size_t i, config_value_fn *visit, void *arg) {
    bson_iter_t config;
    if (bson_iter_init_find(&config, m->list->items[i], "config"))
        config_columns_walk(&m->columns, &config, visit, arg);
}

/* People see constants, and parameters that no run has, only if they want all. */
static bool is_shown(const table_making *m, const config_column *column) {
    if (!column->is_column)
        return false;
    return m->csv || m->detail == DETAIL_ALL || (column->used && !column->is_constant);
}

static void add_config_columns(table_making *m) {
    for (size_t k = 0; k < m->columns.n; k++) {
        const config_column *column = &m->columns.items[k];
        lw_text title = {0};
        if (!is_shown(m, column))
            continue;
        lw_text_add(&title, m->csv ? "config." : "");
        lw_text_add(&title, column->name);
        table_add_column(m->table, need(title.bytes),
                         column->used && !column->unequal ? COLUMN_NUMBER : COLUMN_TEXT);
        lw_text_release(&title);
    }
}

static void fill_cell(void *arg, size_t column, const bson_iter_t *value) {
    table_making *m = arg;
    lw_text text = {0};
    if (m->csv)
        csv_value_add(&text, value);
    else if (BSON_ITER_HOLDS_DOUBLE(value))
        lw_text_format(&text, "%.6g", bson_iter_double(value));
    else if (BSON_ITER_HOLDS_UTF8(value))
        lw_text_add(&text, bson_iter_utf8(value, NULL));
    else
        csv_value_add(&text, value);
    lw_free(m->row[column]);
    m->row[column] = need(lw_text_take(&text));
}

static void add_row(table_making *m, size_t i) {
    for (size_t f = 0; f < N_FIELDS; f++)
        if (m->fields[f])
            add_field(m, m->list->items[i], fields[f].name);
    walk_config(m, i, fill_cell, m);
    for (size_t k = 0; k < m->columns.n; k++) {
        if (is_shown(m, &m->columns.items[k]))
            table_add(m->table, m->row[k]);
        lw_free(m->row[k]);
        m->row[k] = NULL;
    }
}

void run_table_make(cli_table *table, const run_list *list, const lw_experiment *experiment, const char *space,
                    run_detail detail, bool csv) {
    table_making m = {.table = table, .list = list, .detail = detail, .csv = csv};
    for (size_t i = 0; i < experiment->n_spaces; i++)
        if (!space || strcmp(space, lw_space_name(experiment->spaces[i])) == 0)
            config_columns_add_space(&m.columns, experiment->spaces[i]);
    for (size_t i = 0; i < list->n; i++)
        walk_config(&m, i, note_value, &m.columns);
    add_field_columns(&m);
    add_config_columns(&m);
    m.row = need(lw_calloc(m.columns.n + 1, sizeof *m.row));
    for (size_t i = 0; i < list->n; i++)
        add_row(&m, i);
    lw_free(m.row);
    config_columns_release(&m.columns);
}
