#include "run_list.h"

#include <stdio.h>
#include <string.h>

#include <labwatch/document.h>
#include <labwatch/sys/memory.h>
#include <labwatch/sys/text.h>

#include "run_summary.h"
#include "say.h"
#include "table.h"
#include "yaml_writer.h"

void run_list_release(run_list *list) {
    for (size_t i = 0; i < list->n; i++)
        bson_destroy(list->items[i]);
    lw_free(list->items);
    *list = (run_list){0};
}

/* ---- reading ---- */

/* Ends a walk that has seen enough; no code of the library. */
enum { ENOUGH = 1000 };

typedef struct run_reading {
    run_list *list;
    const lw_experiment *experiment;
    const lw_filter *filter;
    size_t limit;
} run_reading;

static int add_run(void *arg, const lw_run *run) {
    run_reading *reading = arg;
    run_list *list = reading->list;
    if (reading->filter && !lw_filter_matches(reading->filter, run))
        return LW_OK;
    if (!lw_array_reserve(&list->items, &list->capacity, list->n, sizeof *list->items))
        out_of_memory();
    list->items[list->n++] = run_summary(run, reading->experiment);
    return reading->limit && list->n == reading->limit ? ENOUGH : LW_OK;
}

static void reverse(run_list *list) {
    for (size_t i = 0; i < list->n / 2; i++) {
        bson_t *item = list->items[i];
        list->items[i] = list->items[list->n - 1 - i];
        list->items[list->n - 1 - i] = item;
    }
}

int run_list_read(run_list *out, lw_assistant *assistant, const cli_arguments *given, const run_wanted *wanted) {
    lw_error error;
    lw_filter *filter = NULL;
    const char *where = option_text(given, "where");
    if (where && lw_filter_parse(&filter, where, strlen(where), &error) != LW_OK)
        return lw_error_prefix(&error, "--where"), fail_with(&error);
    const lw_experiment *experiment = lw_assistant_experiment(assistant);
    run_reading reading = {out, experiment, filter, wanted->limit};
    lw_run_query query = {.experiment = experiment->name,
                          .space = wanted->space,
                          .order = wanted->order,
                          .limit = filter ? 0 : wanted->limit};
    int code = lw_store_run_each(lw_assistant_store(assistant), &query, add_run, &reading, &error);
    lw_filter_free(filter);
    if (code != LW_OK && code != ENOUGH)
        return fail_with(&error);
    if (wanted->order == LW_ORDER_ID_DOWN)
        reverse(out);
    return EXIT_DONE;
}

/* ---- printing ---- */

/* The names in the configurations of all items, in order of appearance. */
typedef struct column_names {
    char **items;
    size_t n, capacity;
} column_names;

static bool names_have(const column_names *names, const char *name, size_t hint) {
    if (hint < names->n && strcmp(names->items[hint], name) == 0)
        return true; /* nearly always: configurations have their names in the same order */
    for (size_t i = 0; i < names->n; i++)
        if (strcmp(names->items[i], name) == 0)
            return true;
    return false;
}

static size_t collect_names(column_names *names, const bson_iter_t *document, const char *prefix, size_t hint) {
    bson_iter_t iter;
    if (!bson_iter_recurse(document, &iter))
        return hint;
    while (bson_iter_next(&iter)) {
        lw_text name = {0};
        lw_text_add(&name, prefix);
        lw_text_add(&name, bson_iter_key(&iter));
        need(name.bytes);
        if (BSON_ITER_HOLDS_DOCUMENT(&iter)) {
            lw_text_add(&name, ".");
            hint = collect_names(names, &iter, need(name.bytes), hint);
        } else if (!names_have(names, name.bytes, hint++)) {
            if (!lw_array_reserve(&names->items, &names->capacity, names->n, sizeof *names->items))
                out_of_memory();
            names->items[names->n++] = need(lw_strdup(name.bytes));
        }
        lw_text_release(&name);
    }
    return hint;
}

static void names_release(column_names *names) {
    for (size_t i = 0; i < names->n; i++)
        lw_free(names->items[i]);
    lw_free(names->items);
}

/* Finds a name with dots: also one whose key has dots in it, as Sacred's may. */
static bool find_dotted(const bson_iter_t *document, const char *name, bson_iter_t *out) {
    bson_iter_t iter;
    if (!bson_iter_recurse(document, &iter))
        return false;
    while (bson_iter_next(&iter)) {
        size_t length = bson_iter_key_len(&iter);
        if (strncmp(bson_iter_key(&iter), name, length) != 0)
            continue;
        if (!name[length]) {
            *out = iter;
            return true;
        }
        if (name[length] == '.' && BSON_ITER_HOLDS_DOCUMENT(&iter) && find_dotted(&iter, name + length + 1, out))
            return true;
    }
    return false;
}

static void add_cell(cli_table *table, const bson_iter_t *value, bool rounded) {
    if (BSON_ITER_HOLDS_DOUBLE(value) && rounded) {
        table_add_rounded(table, bson_iter_double(value));
    } else if (BSON_ITER_HOLDS_UTF8(value)) {
        table_add(table, bson_iter_utf8(value, NULL));
    } else {
        char *json = need(lw_document_value_to_json(value, false));
        table_add(table, json);
        lw_free(json);
    }
}

static void add_field(cli_table *table, const bson_t *item, const char *name, bool rounded) {
    bson_iter_t iter;
    if (bson_iter_init_find(&iter, item, name))
        add_cell(table, &iter, rounded);
    else
        table_add(table, NULL);
}

static void add_config_value(cli_table *table, const bson_t *item, const char *name, bool rounded) {
    bson_iter_t config, iter;
    if (bson_iter_init_find(&config, item, "config") && find_dotted(&config, name, &iter))
        add_cell(table, &iter, rounded);
    else
        table_add(table, NULL);
}

typedef struct run_field {
    const char *name;
    column_kind kind;
    run_detail from; /* shown at this detail and above */
} run_field;

static const run_field fields[] = {
    {"run", COLUMN_NUMBER, DETAIL_BEST},      {"status", COLUMN_WORD, DETAIL_LIST},
    {"result", COLUMN_NUMBER, DETAIL_BEST},   {"failure", COLUMN_WORD, DETAIL_LIST},
    {"reason", COLUMN_TEXT, DETAIL_ALL},      {"space", COLUMN_TEXT, DETAIL_BEST},
    {"origin", COLUMN_WORD, DETAIL_LIST},     {"attempt", COLUMN_NUMBER, DETAIL_LIST},
    {"start_time", COLUMN_WORD, DETAIL_ALL},  {"stop_time", COLUMN_WORD, DETAIL_ALL},
    {"duration", COLUMN_NUMBER, DETAIL_LIST}, {"seed", COLUMN_NUMBER, DETAIL_ALL},
};
enum { N_FIELDS = sizeof fields / sizeof *fields };

static bool any_has(const run_list *list, const char *name) {
    for (size_t i = 0; i < list->n; i++)
        if (bson_has_field(list->items[i], name))
            return true;
    return false;
}

static bool is_number_column(const run_list *list, const char *name) {
    bool any = false;
    for (size_t i = 0; i < list->n; i++) {
        bson_iter_t config, iter;
        if (!bson_iter_init_find(&config, list->items[i], "config") || !find_dotted(&config, name, &iter))
            continue;
        if (!BSON_ITER_HOLDS_NUMBER(&iter))
            return false;
        any = true;
    }
    return any;
}

static void make_table(cli_table *table, const run_list *list, run_detail detail) {
    bool all = detail == DETAIL_ALL, shown[N_FIELDS];
    column_names names = {0};
    for (size_t i = 0; i < list->n; i++) {
        bson_iter_t config;
        if (bson_iter_init_find(&config, list->items[i], "config"))
            collect_names(&names, &config, "", 0);
    }
    for (size_t i = 0; i < N_FIELDS; i++) {
        bool always = all || i == 0 || strcmp(fields[i].name, "result") == 0 || strcmp(fields[i].name, "status") == 0;
        shown[i] = detail >= fields[i].from && (always || any_has(list, fields[i].name));
        if (shown[i])
            table_add_column(table, fields[i].name, fields[i].kind);
    }
    for (size_t i = 0; i < names.n; i++) {
        lw_text title = {0};
        lw_text_add(&title, all ? "config." : "");
        lw_text_add(&title, names.items[i]);
        table_add_column(table, need(title.bytes),
                         !all && is_number_column(list, names.items[i]) ? COLUMN_NUMBER : COLUMN_TEXT);
        lw_text_release(&title);
    }
    for (size_t i = 0; i < list->n; i++) {
        for (size_t f = 0; f < N_FIELDS; f++)
            if (shown[f])
                add_field(table, list->items[i], fields[f].name, !all && strcmp(fields[f].name, "result") != 0);
        for (size_t k = 0; k < names.n; k++)
            add_config_value(table, list->items[i], names.items[k], !all);
    }
    names_release(&names);
}

static void print_json(const run_list *list) {
    fputs("[", stdout);
    for (size_t i = 0; i < list->n; i++) {
        char *json = need(lw_document_to_json(list->items[i], false));
        printf("%s\n  %s", i ? "," : "", json);
        lw_free(json);
    }
    fputs(list->n ? "\n]\n" : "]\n", stdout);
}

static void print_yaml(const run_list *list) {
    if (list->n == 0)
        fputs("[]\n", stdout);
    for (size_t i = 0; i < list->n; i++) {
        lw_text text = {0};
        yaml_add_document(&text, list->items[i], 2);
        need(text.bytes);
        text.bytes[0] = '-';
        fwrite(text.bytes, 1, text.length, stdout);
        lw_text_release(&text);
    }
}

void run_list_print(const run_list *list, const char *format, run_detail detail) {
    if (format && strcmp(format, "json") == 0) {
        print_json(list);
    } else if (format && strcmp(format, "yaml") == 0) {
        print_yaml(list);
    } else {
        bool csv = format && strcmp(format, "csv") == 0;
        cli_table table = {0};
        make_table(&table, list, csv ? DETAIL_ALL : detail);
        if (csv)
            table_print_csv(&table, stdout);
        else
            table_print(&table, stdout, table_terminal_width());
        table_release(&table);
    }
}
