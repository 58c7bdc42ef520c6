#include "options.h"

#include <math.h>
#include <string.h>

#include <labwatch/sys/memory.h>
#include <labwatch/sys/text.h>

struct lw_options {
    const lw_option_spec *specs;
    size_t n;
    double values[]; /* in the order of the table, each as its default_number is */
};

static size_t count_specs(const lw_option_spec *specs) {
    size_t n = 0;
    while (specs && specs[n].name)
        n++;
    return n;
}

/* Index of the option, or SIZE_MAX. */
static size_t find_spec(const lw_option_spec *specs, size_t n, const char *name) {
    for (size_t i = 0; i < n; i++)
        if (strcmp(specs[i].name, name) == 0)
            return i;
    return SIZE_MAX;
}

/* ---- what is wrong ---- */

static void add_range(lw_text *text, double low, double high) {
    if (isfinite(low) && isfinite(high))
        lw_text_format(text, " from %.15g to %.15g", low, high);
    else if (isfinite(low))
        lw_text_format(text, " of at least %.15g", low);
    else if (isfinite(high))
        lw_text_format(text, " of at most %.15g", high);
}

static void add_expected(lw_text *text, const lw_option_spec *spec) {
    switch (spec->kind) {
    case LW_OPTION_BOOL:
        lw_text_add(text, "true or false");
        break;
    case LW_OPTION_INTEGER:
        lw_text_add(text, "a whole number");
        add_range(text, spec->lower, spec->upper);
        break;
    case LW_OPTION_NUMBER:
        lw_text_add(text, "a number");
        add_range(text, spec->lower, spec->upper);
        break;
    case LW_OPTION_CHOICE:
        for (size_t i = 0; spec->choices[i]; i++) {
            const char *before = i == 0 ? "" : spec->choices[i + 1] ? ", " : " or ";
            lw_text_format(text, "%s'%s'", before, spec->choices[i]);
        }
        break;
    }
}

static void add_value(lw_text *text, const lw_value *value) {
    switch (value->kind) {
    case LW_VALUE_NULL:
        lw_text_add(text, "null");
        break;
    case LW_VALUE_BOOL:
        lw_text_add(text, value->boolean ? "true" : "false");
        break;
    case LW_VALUE_INTEGER:
        lw_text_format(text, "%lld", (long long)value->integer);
        break;
    case LW_VALUE_FLOAT:
        lw_text_add_double(text, value->number);
        break;
    case LW_VALUE_TEXT:
        lw_text_add_json(text, value->text.bytes, value->text.length);
        break;
    case LW_VALUE_DOCUMENT:
        lw_text_add(text, "a list or mapping");
        break;
    }
}

static int bad_value(const lw_optimizer_type *type, const lw_option_spec *spec, const lw_value *value,
                     lw_error *error) {
    lw_text text = {0};
    lw_text_format(&text, "option '%s' of optimizer '%s' must be ", spec->name, type->name);
    add_expected(&text, spec);
    lw_text_add(&text, ", not ");
    add_value(&text, value);
    char *sentence = lw_text_take(&text);
    if (!sentence)
        return lw_error_no_memory(error);
    lw_error_set(error, LW_EINVAL, "%s", sentence);
    lw_free(sentence);
    return LW_EINVAL;
}

static void add_nearest(lw_text *text, const lw_option_spec *specs, size_t n, const char *name) {
    const char **names = lw_calloc(n, sizeof *names);
    if (!names) {
        text->failed = true;
        return;
    }
    for (size_t i = 0; i < n; i++)
        names[i] = specs[i].name;
    int nearest = lw_nearest(name, names, n);
    if (nearest >= 0)
        lw_text_format(text, ": did you mean '%s'?", names[nearest]);
    lw_text_add(text, nearest >= 0 ? " It has " : "; it has ");
    for (size_t i = 0; i < n; i++)
        lw_text_format(text, "%s%s", i == 0 ? "" : i + 1 < n ? ", " : " and ", names[i]);
    lw_free(names);
}

static int unknown_option(const lw_optimizer_type *type, size_t n, const char *name, lw_error *error) {
    lw_text text = {0};
    lw_text_format(&text, "optimizer '%s' has no option '%s'", type->name, name);
    if (n > 0)
        add_nearest(&text, type->options, n, name);
    else
        lw_text_add(&text, ", nor any other");
    char *sentence = lw_text_take(&text);
    if (!sentence)
        return lw_error_no_memory(error);
    lw_error_set(error, LW_EINVAL, "%s", sentence);
    lw_free(sentence);
    return LW_EINVAL;
}

/* ---- reading ---- */

static bool read_number(const lw_option_spec *spec, const lw_value *value, double *out) {
    if (value->kind != LW_VALUE_INTEGER && value->kind != LW_VALUE_FLOAT)
        return false;
    *out = value->kind == LW_VALUE_INTEGER ? (double)value->integer : value->number;
    if (spec->kind == LW_OPTION_INTEGER && *out != floor(*out))
        return false;
    return isfinite(*out) && *out >= spec->lower && *out <= spec->upper;
}

static bool read_choice(const lw_option_spec *spec, const lw_value *value, double *out) {
    if (value->kind != LW_VALUE_TEXT)
        return false;
    for (size_t i = 0; spec->choices[i]; i++) {
        if (strlen(spec->choices[i]) != value->text.length)
            continue;
        if (memcmp(spec->choices[i], value->text.bytes, value->text.length) == 0) {
            *out = (double)i;
            return true;
        }
    }
    return false;
}

static bool read_value(const lw_option_spec *spec, const lw_value *value, double *out) {
    switch (spec->kind) {
    case LW_OPTION_BOOL:
        *out = value->kind == LW_VALUE_BOOL && value->boolean;
        return value->kind == LW_VALUE_BOOL;
    case LW_OPTION_INTEGER:
    case LW_OPTION_NUMBER:
        return read_number(spec, value, out);
    case LW_OPTION_CHOICE:
        return read_choice(spec, value, out);
    }
    return false;
}

static int read_document(lw_options *options, const lw_optimizer_type *type, const bson_t *document, lw_error *error) {
    bson_iter_t iter;
    if (!bson_iter_init(&iter, document))
        return lw_error_set(error, LW_EINVAL, "the options of optimizer '%s' are no document", type->name);
    while (bson_iter_next(&iter)) {
        const char *name = bson_iter_key(&iter);
        size_t i = find_spec(options->specs, options->n, name);
        if (i == SIZE_MAX)
            return unknown_option(type, options->n, name, error);
        lw_value value = {.kind = LW_VALUE_DOCUMENT};
        if (!lw_value_from_bson(&iter, &value))
            value.kind = LW_VALUE_DOCUMENT;
        if (!read_value(&options->specs[i], &value, &options->values[i]))
            return bad_value(type, &options->specs[i], &value, error);
    }
    return LW_OK;
}

int lw_options_new(lw_options **out, const lw_optimizer_type *type, const bson_t *document, lw_error *error) {
    size_t n = count_specs(type->options);
    lw_options *options = lw_calloc(1, sizeof *options + n * sizeof(double));
    if (!options)
        return lw_error_no_memory(error);
    options->specs = type->options;
    options->n = n;
    for (size_t i = 0; i < n; i++)
        options->values[i] = options->specs[i].default_number;
    int outcome = document ? read_document(options, type, document, error) : LW_OK;
    if (outcome != LW_OK) {
        lw_options_free(options);
        return outcome;
    }
    *out = options;
    return LW_OK;
}

void lw_options_free(lw_options *options) {
    lw_free(options);
}

/* ---- asking: a name that is not in the type's own table is the type's mistake, and gives 0 ---- */

static double value_of(const lw_options *options, const char *name) {
    size_t i = find_spec(options->specs, options->n, name);
    return i == SIZE_MAX ? 0.0 : options->values[i];
}

bool lw_options_bool(const lw_options *options, const char *name) {
    return value_of(options, name) != 0.0;
}

int64_t lw_options_integer(const lw_options *options, const char *name) {
    return (int64_t)value_of(options, name);
}

double lw_options_number(const lw_options *options, const char *name) {
    return value_of(options, name);
}

size_t lw_options_choice(const lw_options *options, const char *name) {
    return (size_t)value_of(options, name);
}
