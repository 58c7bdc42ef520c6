/* labwatch optimizers: what there is, and the options of one. */
#include <stdio.h>
#include <string.h>

#include <labwatch/optimizer.h>
#include <labwatch/sys/text.h>

#include "arguments.h"
#include "say.h"
#include "table.h"

/* ---- one ---- */

static void add_limits(cli_table *table, const lw_option_spec *spec) {
    lw_text text = {0};
    if (spec->kind == LW_OPTION_BOOL)
        lw_text_add(&text, "true, false");
    else if (spec->kind == LW_OPTION_CHOICE)
        for (size_t i = 0; spec->choices[i]; i++)
            lw_text_format(&text, "%s%s", i ? ", " : "", spec->choices[i]);
    else
        lw_text_format(&text, "%.12g ... %.12g", spec->lower, spec->upper);
    table_add(table, text.bytes);
    lw_text_release(&text);
}

static void add_default(cli_table *table, const lw_option_spec *spec) {
    char number[LW_NUMBER_SIZE];
    snprintf(number, sizeof number, "%.12g", spec->default_number);
    if (spec->kind == LW_OPTION_BOOL)
        table_add(table, spec->default_number != 0 ? "true" : "false");
    else if (spec->kind == LW_OPTION_CHOICE)
        table_add(table, spec->choices[(size_t)spec->default_number]);
    else
        table_add(table, number);
}

static bool has_options(const lw_optimizer_type *type) {
    return type->options && type->options->name;
}

static void print_options(const lw_optimizer_type *type) {
    cli_table table = {0};
    table_add_column(&table, "option", COLUMN_WORD);
    table_add_column(&table, "values", COLUMN_WORD);
    table_add_column(&table, "default", COLUMN_WORD);
    table_add_column(&table, "", COLUMN_TEXT);
    for (const lw_option_spec *spec = type->options; spec->name; spec++) {
        table_add(&table, spec->name);
        add_limits(&table, spec);
        add_default(&table, spec);
        table_add(&table, spec->help);
    }
    table_print(&table, stdout, table_terminal_width());
    table_release(&table);
}

static void print_type(const lw_optimizer_type *type) {
    printf("%s: %s\nsource: %s\n", type->name, type->summary, type->source);
    if (has_options(type)) {
        printf("\n");
        print_options(type);
    } else {
        printf("no options\n");
    }
}

/* ---- all of them ---- */

static void add_type(cli_table *table, const lw_optimizer_type *type) {
    lw_text name = {0};
    bool is_default = strcmp(type->name, lw_optimizer_default()) == 0;
    lw_text_format(&name, "%s%s", type->name, is_default ? " (default)" : "");
    table_add(table, name.bytes);
    table_add(table, type->summary);
    table_add(table, type->source);
    lw_text_release(&name);
}

static void add_module(void *arg, const char *name, const lw_optimizer_type *type, const lw_error *why) {
    cli_table *table = arg;
    if (type) {
        add_type(table, type);
        return;
    }
    table_add(table, name);
    table_add(table, why->message);
    table_add(table, NULL);
}

static int print_types(void) {
    cli_table table = {0};
    lw_error error;
    table_add_column(&table, "name", COLUMN_WORD);
    table_add_column(&table, "summary", COLUMN_TEXT);
    table_add_column(&table, "source", COLUMN_TEXT);
    for (const lw_optimizer_type *const *type = lw_optimizer_types(); *type; type++)
        add_type(&table, *type);
    int code = lw_optimizer_module_each(add_module, &table, &error) == LW_OK ? EXIT_DONE : fail_with(&error);
    table_print(&table, stdout, table_terminal_width());
    table_release(&table);
    return code;
}

/* ---- as JSON ---- */

static void add_json_text(lw_text *out, const char *name, const char *value) {
    lw_text_format(out, "\"%s\": ", name);
    lw_text_add_json(out, value, strlen(value));
}

static void add_json_option(lw_text *out, const lw_option_spec *spec) {
    static const char *const kinds[] = {"bool", "integer", "number", "choice"};
    lw_text_add(out, "{");
    add_json_text(out, "name", spec->name);
    lw_text_format(out, ", \"kind\": \"%s\", ", kinds[spec->kind]);
    if (spec->kind == LW_OPTION_CHOICE) {
        lw_text_add(out, "\"choices\": [");
        for (size_t i = 0; spec->choices[i]; i++) {
            lw_text_add(out, i ? ", " : "");
            lw_text_add_json(out, spec->choices[i], strlen(spec->choices[i]));
        }
        lw_text_add(out, "], ");
        add_json_text(out, "default", spec->choices[(size_t)spec->default_number]);
    } else if (spec->kind == LW_OPTION_BOOL) {
        lw_text_format(out, "\"default\": %s", spec->default_number != 0 ? "true" : "false");
    } else {
        lw_text_format(out, "\"lower\": %.17g, \"upper\": %.17g, \"default\": %.17g", spec->lower, spec->upper,
                       spec->default_number);
    }
    lw_text_add(out, ", ");
    add_json_text(out, "help", spec->help);
    lw_text_add(out, "}");
}

static void add_json(lw_text *out, const lw_optimizer_type *type) {
    lw_text_add(out, "{");
    add_json_text(out, "name", type->name);
    lw_text_add(out, ", ");
    add_json_text(out, "summary", type->summary);
    lw_text_add(out, ", ");
    add_json_text(out, "source", type->source);
    lw_text_add(out, ", \"options\": [");
    for (const lw_option_spec *spec = type->options; has_options(type) && spec->name; spec++) {
        lw_text_add(out, spec == type->options ? "" : ", ");
        add_json_option(out, spec);
    }
    lw_text_add(out, "]}");
}

static void add_json_module(void *arg, const char *name, const lw_optimizer_type *type, const lw_error *why) {
    lw_text *out = arg;
    lw_text_add(out, ",\n  ");
    if (type) {
        add_json(out, type);
        return;
    }
    lw_text_add(out, "{");
    add_json_text(out, "name", name);
    lw_text_add(out, ", ");
    add_json_text(out, "error", why->message);
    lw_text_add(out, "}");
}

static void print_json(const lw_optimizer_type *type) {
    lw_text text = {0};
    add_json(&text, type);
    puts(need(text.bytes));
    lw_text_release(&text);
}

static int print_all_json(void) {
    lw_text text = {0};
    lw_error error;
    const lw_optimizer_type *const *types = lw_optimizer_types();
    for (size_t i = 0; types[i]; i++) {
        lw_text_add(&text, i ? ",\n  " : "[\n  ");
        add_json(&text, types[i]);
    }
    int code = lw_optimizer_module_each(add_json_module, &text, &error) == LW_OK ? EXIT_DONE : fail_with(&error);
    printf("%s\n]\n", (char *)need(text.bytes));
    lw_text_release(&text);
    return code;
}

int verb_optimizers(const cli_arguments *given) {
    const char *format = option_text(given, "format");
    bool json = format && strcmp(format, "json") == 0;
    if (given->n_operands == 0)
        return json ? print_all_json() : print_types();
    lw_error error;
    const lw_optimizer_type *type = lw_optimizer_type_by_name(given->operands[0], NULL, &error);
    if (!type)
        return fail_with(&error), EXIT_WRONG;
    if (json)
        print_json(type);
    else
        print_type(type);
    return EXIT_DONE;
}
