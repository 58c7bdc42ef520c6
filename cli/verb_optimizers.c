/* labwatch optimizers: what there is, and the options of one. */
#include <stdio.h>
#include <string.h>

#include <labwatch/optimizer.h>
#include <labwatch/sys/text.h>

#include "arguments.h"
#include "say.h"
#include "table.h"

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

static void print_types(void) {
    cli_table table = {0};
    table_add_column(&table, "name", COLUMN_WORD);
    table_add_column(&table, "summary", COLUMN_TEXT);
    table_add_column(&table, "source", COLUMN_TEXT);
    for (const lw_optimizer_type *const *type = lw_optimizer_types(); *type; type++) {
        lw_text name = {0};
        bool is_default = strcmp((*type)->name, lw_optimizer_default()) == 0;
        lw_text_format(&name, "%s%s", (*type)->name, is_default ? " (default)" : "");
        table_add(&table, name.bytes);
        table_add(&table, (*type)->summary);
        table_add(&table, (*type)->source);
        lw_text_release(&name);
    }
    table_print(&table, stdout, table_terminal_width());
    table_release(&table);
}

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

static void print_json(const lw_optimizer_type *type, const char *indent, const char *end) {
    lw_text text = {0};
    lw_text_format(&text, "%s{", indent);
    add_json_text(&text, "name", type->name);
    lw_text_add(&text, ", ");
    add_json_text(&text, "summary", type->summary);
    lw_text_add(&text, ", ");
    add_json_text(&text, "source", type->source);
    lw_text_add(&text, ", \"options\": [");
    for (const lw_option_spec *spec = type->options; has_options(type) && spec->name; spec++) {
        lw_text_add(&text, spec == type->options ? "" : ", ");
        add_json_option(&text, spec);
    }
    printf("%s]}%s\n", (char *)need(text.bytes), end);
    lw_text_release(&text);
}

static void print_all_json(void) {
    printf("[\n");
    for (const lw_optimizer_type *const *type = lw_optimizer_types(); *type; type++)
        print_json(*type, "  ", type[1] ? "," : "");
    printf("]\n");
}

int verb_optimizers(const cli_arguments *given) {
    const char *format = option_text(given, "format");
    bool json = format && strcmp(format, "json") == 0;
    if (given->n_operands == 0) {
        if (json)
            print_all_json();
        else
            print_types();
        return EXIT_DONE;
    }
    lw_error error;
    const lw_optimizer_type *type = lw_optimizer_type_by_name(given->operands[0], NULL, &error);
    if (!type)
        return fail_with(&error), EXIT_WRONG;
    if (json)
        print_json(type, "", "");
    else
        print_type(type);
    return EXIT_DONE;
}
