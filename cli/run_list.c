#include "run_list.h"

#include <stdio.h>
#include <string.h>

#include <labwatch/document.h>
#include <labwatch/sys/memory.h>
#include <labwatch/sys/text.h>

#include "run_summary.h"
#include "run_table.h"
#include "say.h"
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

void documents_print(const run_list *list, const char *format) {
    if (strcmp(format, "json") == 0)
        print_json(list);
    else
        print_yaml(list);
}

void run_list_print(const run_list *list, const lw_experiment *experiment, const cli_arguments *given,
                    const run_look *look) {
    const char *format = option_text(given, "format") ? option_text(given, "format") : look->format;
    bool csv = strcmp(format, "csv") == 0;
    if (!csv && strcmp(format, "table") != 0) {
        documents_print(list, format);
        return;
    }
    cli_table table = {0};
    run_table_make(&table, list, experiment, option_text(given, "space"),
                   option_given(given, "all") ? DETAIL_ALL : look->detail, csv);
    if (csv)
        table_print_csv(&table, stdout);
    else
        table_print(&table, stdout, table_terminal_width());
    table_release(&table);
}
