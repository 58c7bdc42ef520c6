/*
 * Writes ConfigSpace's JSON: the hyperparameters, and the whole. Conditions and forbidden clauses have files of their
 * own.
 */
#include "configspace_writer.h"

#include <math.h>
#include <string.h>

#include "convert_internal.h"
#include "space_writer.h"
#include "yaml_json.h"

/* Puts before a message what it is about. */
int lw_configspace_refuse(const lw_configspace_writer *writer, int rc) {
    if (writer->subject)
        lw_error_prefix(writer->error, "%s cannot be written for ConfigSpace", writer->subject);
    return rc;
}

/* "key": "text" */
void lw_configspace_add_member(lw_configspace_writer *writer, const char *key, const char *text) {
    lw_text_format(writer->out, "\"%s\": ", key);
    lw_text_add_json(writer->out, text, strlen(text));
}

void lw_configspace_add_value(lw_configspace_writer *writer, const char *key, lw_value value) {
    lw_text_format(writer->out, ", \"%s\": ", key);
    lw_json_add_value(writer->out, value);
}

void lw_configspace_add_values(lw_configspace_writer *writer, const char *key, const lw_value *values, size_t count) {
    lw_text_format(writer->out, ", \"%s\": [", key);
    for (size_t i = 0; i < count; i++) {
        lw_text_add(writer->out, i > 0 ? ", " : "");
        lw_json_add_value(writer->out, values[i]);
    }
    lw_text_add(writer->out, "]");
}

void lw_configspace_set_subject(lw_configspace_writer *writer, const char *what, const char *name) {
    lw_arena_release(&writer->arena);
    lw_text text = {0};
    lw_text_format(&text, "%s '%s'", what, LW_SHOW(name));
    writer->subject = text.failed ? NULL : lw_arena_text(&writer->arena, text.bytes, text.length);
    lw_text_release(&text);
}

/* ---- hyperparameters ---- */

static int check_value(lw_configspace_writer *writer, lw_value value) {
    if (value.kind == LW_VALUE_DOCUMENT)
        return LW_CONFIGSPACE_REFUSE(writer, "it has a list or mapping as a value");
    if (value.kind == LW_VALUE_NULL)
        return LW_CONFIGSPACE_REFUSE(writer, "it has null as a value");
    return LW_OK;
}

/* ConfigSpace is written in Python, for which 1, 1.0 and true are the same. */
static double python_number(lw_value value) {
    return value.kind == LW_VALUE_BOOL      ? value.boolean
           : value.kind == LW_VALUE_INTEGER ? (double)value.integer
           : value.kind == LW_VALUE_FLOAT   ? value.number
                                            : (double)NAN;
}

static int check_choices(lw_configspace_writer *writer, const lw_parameter *shown) {
    for (size_t i = 0; i < shown->n_choices; i++) {
        int rc = check_value(writer, shown->choices[i].value);
        if (rc != LW_OK)
            return rc;
        for (size_t k = 0; k < i; k++)
            if (python_number(shown->choices[i].value) == python_number(shown->choices[k].value))
                return LW_CONFIGSPACE_REFUSE(writer, "two of its choices are the same in Python");
    }
    return LW_OK;
}

static void add_choices(lw_configspace_writer *writer, const char *key, const lw_parameter *shown) {
    lw_text_format(writer->out, ", \"%s\": [", key);
    for (size_t i = 0; i < shown->n_choices; i++) {
        lw_text_add(writer->out, i > 0 ? ", " : "");
        lw_json_add_value(writer->out, shown->choices[i].value);
    }
    lw_text_add(writer->out, "]");
}

static void add_weights(lw_configspace_writer *writer, const lw_dimension *dimension) {
    const lw_parameter *shown = &dimension->shown;
    if (!lw_dimension_has_weights(dimension)) {
        lw_text_add(writer->out, ", \"weights\": null");
        return;
    }
    lw_text_add(writer->out, ", \"weights\": [");
    for (size_t i = 0; i < shown->n_choices; i++) {
        lw_text_add(writer->out, i > 0 ? ", " : "");
        lw_text_add_double(writer->out, shown->choices[i].weight);
    }
    lw_text_add(writer->out, "]");
}

static void add_default(lw_configspace_writer *writer, const lw_dimension *dimension) {
    lw_configspace_add_value(writer, writer->previous ? "default" : "default_value", lw_dimension_default(dimension));
}

static int add_choice_parameter(lw_configspace_writer *writer, const lw_dimension *dimension) {
    const lw_parameter *shown = &dimension->shown;
    bool ordinal = shown->kind == LW_PARAMETER_ORDINAL;
    int rc = check_choices(writer, shown);
    if (rc != LW_OK)
        return rc;
    if (ordinal && lw_dimension_has_weights(dimension))
        return LW_CONFIGSPACE_REFUSE(writer, "an ordinal hyperparameter has no weights there");
    if (lw_dimension_is_constant(dimension)) {
        lw_configspace_add_member(writer, "type", "constant");
        lw_configspace_add_value(writer, "value", shown->choices[0].value);
        return LW_OK;
    }
    lw_configspace_add_member(writer, "type", ordinal ? "ordinal" : "categorical");
    add_choices(writer, ordinal ? "sequence" : "choices", shown);
    if (!ordinal)
        add_weights(writer, dimension);
    add_default(writer, dimension);
    return LW_OK;
}

/* Only the previous format has steps, and only those that divide the range. */
static int add_step(lw_configspace_writer *writer, const lw_parameter *shown) {
    bool whole = shown->kind == LW_PARAMETER_INTEGER, stepped = whole ? shown->step_integer > 1 : shown->step > 0;
    if (!stepped) {
        lw_text_add(writer->out, writer->previous ? ", \"q\": null" : "");
        return LW_OK;
    }
    if (!writer->previous)
        return LW_CONFIGSPACE_REFUSE(writer, "'step' is not known there");
    double steps = whole ? 0 : (shown->upper - shown->lower) / shown->step;
    bool divides = whole ? (uint64_t)(shown->upper_integer - shown->lower_integer) % (uint64_t)shown->step_integer == 0
                         : fabs(steps - round(steps)) <= 1e-9 * fabs(steps);
    if (!divides || shown->log_scale)
        return LW_CONFIGSPACE_REFUSE(writer, "its step must divide the range, on a linear scale");
    lw_text_add(writer->out, ", \"q\": ");
    if (whole)
        lw_text_format(writer->out, "%lld", (long long)shown->step_integer);
    else
        lw_text_add_double(writer->out, shown->step);
    return LW_OK;
}

static void add_bound(lw_configspace_writer *writer, const char *key, double bound) {
    if (isfinite(bound))
        lw_configspace_add_value(writer, key, (lw_value){.kind = LW_VALUE_FLOAT, .number = bound});
    else
        lw_text_format(writer->out, ", \"%s\": null", key);
}

static int add_number_parameter(lw_configspace_writer *writer, const lw_dimension *dimension) {
    const lw_parameter *shown = &dimension->shown;
    bool whole = shown->kind == LW_PARAMETER_INTEGER, gaussian = shown->kind == LW_PARAMETER_GAUSSIAN;
    if (gaussian && shown->log_scale)
        return LW_CONFIGSPACE_REFUSE(writer, "a Gaussian on a log scale means something else there");
    if (gaussian && !writer->previous && !(isfinite(shown->lower) && isfinite(shown->upper)))
        return LW_CONFIGSPACE_REFUSE(writer, "a normal hyperparameter needs 'lower' and 'upper' there");
    lw_configspace_add_member(writer, "type", whole ? "uniform_int" : gaussian ? "normal_float" : "uniform_float");
    if (gaussian) {
        add_bound(writer, "mu", shown->mu);
        add_bound(writer, "sigma", shown->sigma);
    }
    if (whole) {
        lw_configspace_add_value(writer, "lower",
                                 (lw_value){.kind = LW_VALUE_INTEGER, .integer = shown->lower_integer});
        lw_configspace_add_value(writer, "upper",
                                 (lw_value){.kind = LW_VALUE_INTEGER, .integer = shown->upper_integer});
    } else {
        add_bound(writer, "lower", shown->lower);
        add_bound(writer, "upper", shown->upper);
    }
    lw_text_add(writer->out, shown->log_scale ? ", \"log\": true" : ", \"log\": false");
    add_default(writer, dimension);
    if (gaussian)
        lw_text_add(writer->out, writer->previous ? ", \"q\": null" : "");
    return gaussian ? LW_OK : add_step(writer, shown);
}

static void begin_item(lw_configspace_writer *writer, bool *first) {
    lw_text_add(writer->out, *first ? "\n    {" : ",\n    {");
    *first = false;
}

static void end_hyperparameter(lw_configspace_writer *writer, const char *name) {
    lw_text_add(writer->out, ", ");
    lw_configspace_add_member(writer, "name", name);
    lw_text_add(writer->out, writer->previous ? "}" : ", \"meta\": null}");
}

typedef struct constant_list {
    lw_configspace_writer *writer;
    bool *first;
} constant_list;

static int add_constant(void *arg, const char *name, lw_value value, lw_error *error) {
    constant_list *list = arg;
    lw_configspace_writer *writer = list->writer;
    (void)error;
    lw_configspace_set_subject(writer, "constant", name);
    int rc = check_value(writer, value);
    if (rc != LW_OK)
        return rc;
    begin_item(writer, list->first);
    lw_configspace_add_member(writer, "type", "constant");
    lw_configspace_add_value(writer, "value", value);
    end_hyperparameter(writer, name);
    return LW_OK;
}

static int add_hyperparameters(lw_configspace_writer *writer) {
    bool first = true;
    constant_list constants = {writer, &first};
    int rc = LW_OK;
    lw_text_add(writer->out, "  \"hyperparameters\": [");
    for (size_t i = 0; i < writer->space->n_parameters && rc == LW_OK; i++) {
        const lw_dimension *dimension = &writer->space->dimensions[i];
        lw_configspace_set_subject(writer, "parameter", dimension->shown.name);
        begin_item(writer, &first);
        rc = dimension->shown.n_choices > 0 ? add_choice_parameter(writer, dimension)
                                            : add_number_parameter(writer, dimension);
        end_hyperparameter(writer, dimension->shown.name);
    }
    if (rc == LW_OK)
        rc = lw_convert_each_constant(writer->space, add_constant, &constants, writer->error);
    lw_text_add(writer->out, "\n  ]");
    return rc;
}

/* ---- the whole ---- */

/* There, a space without an allowed default configuration cannot be. */
static int check_default(const lw_space *space, lw_error *error) {
    lw_config *config;
    int rc = lw_config_new(&config, space, error);
    if (rc != LW_OK)
        return rc;
    bool allowed = lw_config_is_valid(config);
    lw_config_free(config);
    return allowed ? LW_OK
                   : lw_error_set(error, LW_EUNSUPPORTED,
                                  "this cannot be written for ConfigSpace: its constraints forbid the default "
                                  "configuration; give the parameters a `default`");
}

int lw_configspace_write(lw_text *out, const lw_space *space, bool previous, lw_error *error) {
    lw_configspace_writer writer = {.out = out, .space = space, .previous = previous, .error = error};
    int rc = check_default(space, error);
    if (rc != LW_OK)
        return rc;
    lw_text_add(out, "{\n  ");
    lw_configspace_add_member(&writer, "name", space->name);
    lw_text_add(out, ",\n");
    rc = add_hyperparameters(&writer);
    if (rc == LW_OK)
        rc = lw_configspace_add_conditions(&writer);
    if (rc == LW_OK)
        rc = lw_configspace_add_forbiddens(&writer);
    lw_text_add(out, previous ? ",\n  \"python_module_version\": \"0.7.1\",\n  \"json_format_version\": 0.4\n}\n"
                              : ",\n  \"python_module_version\": \"1.2.0\",\n  \"format_version\": 0.4\n}\n");
    lw_arena_release(&writer.arena);
    return rc;
}
