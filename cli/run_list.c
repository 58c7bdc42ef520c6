#include "run_list.h"

#include <stdio.h>
#include <string.h>

#include <labwatch/document.h>
#include <labwatch/sys/memory.h>
#include <labwatch/sys/text.h>

#include "config_names.h"
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
    const char **unknown; /* names behind config. that no space and, so far, no run has; NULL where one was found */
    size_t n_unknown;
    run_list *list;
    const lw_experiment *experiment;
    const lw_filter *filter;
    size_t limit;
} run_reading;

static bool space_has(const lw_space *space, const char *name) {
    name_list names;
    bool found = false;
    size_t length = strlen(name);
    config_names_of(&names, space);
    for (size_t i = 0; i < names.n && !found; i++)
        found = strncmp(names.items[i], name, length) == 0 &&
                (!names.items[i][length] || names.items[i][length] == '.');
    config_names_release(&names);
    return found;
}

/* A run of an older version of the space, or of another tool, may have what no space has. */
static void note_unknown(run_reading *reading) {
    enum { MOST = 64 };
    reading->unknown = need(lw_calloc(MOST, sizeof *reading->unknown));
    for (size_t i = 0; i < MOST && lw_filter_name(reading->filter, i); i++) {
        const char *name = lw_filter_name(reading->filter, i);
        bool known = strncmp(name, "config.", 7) != 0 || strcmp(name, "config.seed") == 0;
        for (size_t k = 0; k < reading->experiment->n_spaces && !known; k++)
            known = space_has(reading->experiment->spaces[k], name + 7);
        if (!known)
            reading->unknown[reading->n_unknown++] = name;
    }
}

static void look_for_unknown(run_reading *reading, const lw_run *run) {
    for (size_t i = 0; i < reading->n_unknown; i++) {
        bson_iter_t iter, found;
        const char *name = reading->unknown[i];
        if (name && run->config && bson_iter_init(&iter, run->config) &&
            (bson_has_field(run->config, name + 7) || bson_iter_find_descendant(&iter, name + 7, &found)))
            reading->unknown[i] = NULL;
    }
}

/* Names with other characters stand between backticks in a filter. */
static const char *quote_of(const char *name) {
    return name[strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.")] ? "`" : "'";
}

static int fail_unknown(const run_reading *reading) {
    for (size_t i = 0; i < reading->n_unknown; i++) {
        const char *name = reading->unknown[i];
        if (!name)
            continue;
        name_list names;
        config_names_of(&names, reading->experiment->spaces[0]);
        int nearest = lw_nearest(name + 7, (const char *const *)names.items, names.n);
        if (nearest >= 0)
            say("--where: no run of '%s' has '%s': did you mean %sconfig.%s%s?", reading->experiment->name, name,
                quote_of(names.items[nearest]), names.items[nearest], quote_of(names.items[nearest]));
        else
            say("--where: no run of '%s' has '%s'", reading->experiment->name, name);
        config_names_release(&names);
        return EXIT_WRONG;
    }
    return EXIT_DONE;
}

static int add_run(void *arg, const lw_run *run) {
    run_reading *reading = arg;
    run_list *list = reading->list;
    look_for_unknown(reading, run);
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
    const lw_experiment *experiment = lw_assistant_experiment(assistant);
    if (where && lw_filter_parse(&filter, where, strlen(where), experiment, &error) != LW_OK)
        return lw_error_prefix(&error, "--where"), fail_with(&error);
    run_reading reading = {.list = out, .experiment = experiment, .filter = filter, .limit = wanted->limit};
    if (filter)
        note_unknown(&reading);
    lw_run_query query = {.experiment = experiment->name,
                          .space = wanted->space,
                          .order = wanted->order,
                          .limit = filter ? 0 : wanted->limit};
    int code = lw_store_run_each(lw_assistant_store(assistant), &query, add_run, &reading, &error);
    int status = code == LW_OK ? fail_unknown(&reading) : code == ENOUGH ? EXIT_DONE : fail_with(&error);
    lw_free(reading.unknown);
    lw_filter_free(filter);
    if (status != EXIT_DONE)
        return status;
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
