#include "space_table.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include <labwatch/config.h>
#include <labwatch/sys/memory.h>
#include <labwatch/sys/text.h>

#include "config_names.h"
#include "say.h"
#include "table.h"

static const char *kind_name(const lw_parameter *parameter) {
    switch (parameter->kind) {
    case LW_PARAMETER_FLOAT:
        return "UniformFloat";
    case LW_PARAMETER_INTEGER:
        return "UniformInt";
    case LW_PARAMETER_GAUSSIAN:
        return "Gaussian";
    case LW_PARAMETER_CATEGORICAL:
        return "Categorical";
    default:
        return "Ordinal";
    }
}

static void add_number(lw_text *out, double value) {
    lw_text_format(out, "%.12g", value);
}

static void add_range(lw_text *out, const lw_parameter *parameter) {
    if (parameter->kind == LW_PARAMETER_INTEGER) {
        lw_text_format(out, "%" PRId64 " ... %" PRId64, parameter->lower_integer, parameter->upper_integer);
        if (parameter->step_integer != 1)
            lw_text_format(out, ", step %" PRId64, parameter->step_integer);
        return;
    }
    if (isfinite(parameter->lower) || isfinite(parameter->upper)) {
        add_number(out, parameter->lower);
        lw_text_add(out, " ... ");
        add_number(out, parameter->upper);
    }
    if (parameter->step > 0) {
        lw_text_add(out, ", step ");
        add_number(out, parameter->step);
    }
}

static void add_prior(lw_text *out, const lw_parameter *parameter) {
    if (parameter->kind == LW_PARAMETER_GAUSSIAN) {
        lw_text_add(out, "mu ");
        add_number(out, parameter->mu);
        lw_text_add(out, ", sigma ");
        add_number(out, parameter->sigma);
        if (isfinite(parameter->lower) || isfinite(parameter->upper))
            lw_text_add(out, ", ");
    }
}

static void add_choices(lw_text *out, const lw_parameter *parameter) {
    double even = 1.0 / (double)parameter->n_choices;
    for (size_t i = 0; i < parameter->n_choices; i++) {
        lw_text_add(out, i ? ", " : "");
        lw_text_add(out, parameter->choices[i].spelling);
        if (fabs(parameter->choices[i].weight - even) > 1e-9)
            lw_text_format(out, " (%.3g)", parameter->choices[i].weight);
    }
}

static void add_values(cli_table *table, const lw_parameter *parameter) {
    lw_text text = {0};
    if (parameter->n_choices) {
        add_choices(&text, parameter);
    } else {
        add_prior(&text, parameter);
        add_range(&text, parameter);
        if (parameter->log_scale)
            lw_text_add(&text, ", log scale");
    }
    table_add(table, need(text.bytes));
    lw_text_release(&text);
}

/* As commands get it. */
static void add_default(cli_table *table, const lw_space *space, size_t i) {
    const lw_parameter *parameter = lw_space_parameter(space, i);
    lw_value value = lw_space_default(space, i);
    lw_text text = {0};
    for (size_t k = 0; k < parameter->n_choices; k++)
        if (lw_value_equal(parameter->choices[k].value, value))
            lw_text_add(&text, parameter->choices[k].spelling);
    if (parameter->kind == LW_PARAMETER_INTEGER)
        lw_text_format(&text, "%" PRId64, value.integer);
    else if (parameter->n_choices == 0)
        lw_text_add_double(&text, value.number);
    if (text.failed)
        out_of_memory();
    table_add(table, text.bytes);
    lw_text_release(&text);
}

static void print_parameters(const lw_space *space, FILE *out) {
    cli_table table = {0};
    bool conditional = false;
    for (size_t i = 0; i < lw_space_n_parameters(space); i++)
        conditional |= lw_space_condition(space, i) != NULL;
    table_add_column(&table, "parameter", COLUMN_TEXT);
    table_add_column(&table, "type", COLUMN_WORD);
    table_add_column(&table, "values", COLUMN_TEXT);
    table_add_column(&table, "default", COLUMN_TEXT);
    if (conditional)
        table_add_column(&table, "active when", COLUMN_TEXT);
    for (size_t i = 0; i < lw_space_n_parameters(space); i++) {
        const lw_parameter *parameter = lw_space_parameter(space, i);
        table_add(&table, parameter->name);
        table_add(&table, kind_name(parameter));
        add_values(&table, parameter);
        add_default(&table, space, i);
        if (conditional)
            table_add(&table, lw_space_condition(space, i));
    }
    table_print(&table, out, table_terminal_width());
    table_release(&table);
}

static void print_constants(const lw_space *space, const lw_config *config, FILE *out) {
    name_list names;
    config_names_of(&names, space);
    cli_table table = {0};
    table_add_column(&table, "constant", COLUMN_TEXT);
    table_add_column(&table, "value", COLUMN_TEXT);
    for (size_t i = lw_space_n_parameters(space); i < names.n; i++) {
        lw_text value = {0};
        lw_config_spell(config, names.items[i], &value, NULL);
        table_add(&table, names.items[i]);
        table_add(&table, value.bytes);
        lw_text_release(&value);
    }
    if (table.n_cells) {
        fputc('\n', out);
        table_print(&table, out, table_terminal_width());
    }
    table_release(&table);
    config_names_release(&names);
}

static void print_constraints(const lw_space *space, FILE *out) {
    for (size_t i = 0; i < lw_space_n_constraints(space); i++) {
        const char *text = lw_space_constraint(space, i);
        char *printable = need(lw_text_printable(text, strlen(text)));
        fprintf(out, "%s%s\n", i ? "" : "\nconstraints\n", printable);
        lw_free(printable);
    }
}

void space_table_print(const lw_space *space, FILE *out) {
    lw_config *config = NULL;
    lw_error error;
    if (lw_config_new(&config, space, &error) != LW_OK) {
        fail_with(&error);
        return;
    }
    print_parameters(space, out);
    print_constants(space, config, out);
    print_constraints(space, out);
    lw_config_free(config);
}
