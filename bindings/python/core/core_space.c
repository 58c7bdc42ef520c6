/* Search spaces, and configurations of them. */
#include "core.h"

#include <math.h>

#include "experiment_text.h"
#include "json.h"

int core_space(lw_space **out, const char *text, size_t length, const char *source, const char *name, lw_error *error) {
    lw_experiment *experiment = NULL;
    core_opening opening = {.text = text, .length = length, .source = source};
    int rc = core_parse(&experiment, &opening, NULL, error);
    if (rc != LW_OK)
        return rc;
    lw_space *space = lw_experiment_space(experiment, name, error);
    *out = space ? lw_space_retain(space) : NULL;
    lw_experiment_free(experiment);
    return space ? LW_OK : LW_ENOTFOUND;
}

char *core_space_document(const lw_space *space, lw_error *error) {
    bson_t document;
    return lw_space_to_document(space, &document, error) == LW_OK ? json_take_document(&document, error) : NULL;
}

static void add_value(lw_text *out, lw_value value) {
    switch (value.kind) {
    case LW_VALUE_NULL: lw_text_add(out, "null"); break;
    case LW_VALUE_BOOL: lw_text_add(out, value.boolean ? "true" : "false"); break;
    case LW_VALUE_INTEGER: lw_text_format(out, "%lld", (long long)value.integer); break;
    case LW_VALUE_FLOAT: json_add_number(out, value.number); break;
    case LW_VALUE_TEXT: lw_text_add_json(out, value.text.bytes, value.text.length); break;
    case LW_VALUE_DOCUMENT: lw_text_append(out, value.text.bytes, value.text.length); break;
    }
}

static void add_parameter(lw_text *out, const lw_space *space, size_t i) {
    static const char *const kinds[] = {"UniformFloat", "UniformInt", "Gaussian", "Categorical", "Ordinal"};
    const lw_parameter *p = lw_space_parameter(space, i);
    lw_text_add(out, "{\"name\": ");
    json_add_string(out, p->name);
    json_add_key_string(out, "kind", kinds[p->kind]);
    json_add_key_bool(out, "log_scale", p->log_scale);
    if (p->kind == LW_PARAMETER_INTEGER) {
        json_add_key_integer(out, "lower", p->lower_integer);
        json_add_key_integer(out, "upper", p->upper_integer);
        json_add_key_integer(out, "step", p->step_integer);
    } else if (p->n_choices == 0) {
        json_add_key_number(out, "lower", p->lower);
        json_add_key_number(out, "upper", p->upper);
        json_add_key_number(out, "step", p->step > 0 ? p->step : (double)NAN);
    }
    if (p->kind == LW_PARAMETER_GAUSSIAN) {
        json_add_key_number(out, "mu", p->mu);
        json_add_key_number(out, "sigma", p->sigma);
    }
    json_add_key(out, "choices");
    lw_text_add(out, "[");
    for (size_t k = 0; k < p->n_choices; k++) {
        lw_text_add(out, k ? ", " : "");
        add_value(out, p->choices[k].value);
    }
    lw_text_add(out, "]");
    json_add_key(out, "default");
    add_value(out, lw_space_default(space, i));
    json_add_key_string(out, "condition", lw_space_condition(space, i));
    lw_text_add(out, "}");
}

char *core_space_parameters(const lw_space *space, lw_error *error) {
    lw_text out = {0};
    lw_text_add(&out, "[");
    for (size_t i = 0; i < lw_space_n_parameters(space); i++) {
        json_begin_item(&out);
        add_parameter(&out, space, i);
    }
    lw_text_add(&out, "]");
    return json_finish(&out, error);
}

char *core_config_json(const lw_config *config, lw_error *error) {
    bson_t document;
    return lw_config_to_document(config, &document, error) == LW_OK ? json_take_document(&document, error) : NULL;
}

static int add_sample(lw_text *out, lw_config *config, uint64_t seed, uint64_t number, lw_error *error) {
    lw_stream stream;
    lw_stream_init(&stream, seed, LW_PURPOSE_SAMPLE, number, 0);
    int rc = lw_config_sample(config, &stream, error);
    if (rc != LW_OK)
        return rc;
    char *json = core_config_json(config, error);
    if (!json)
        return LW_ENOMEM;
    json_begin_item(out);
    json_add_bytes(out, json);
    return LW_OK;
}

char *core_space_sample(const lw_space *space, uint64_t seed, size_t n, lw_error *error) {
    lw_config *config = NULL;
    lw_text out = {0};
    int rc = lw_config_new(&config, space, error);
    lw_text_add(&out, "[");
    for (size_t i = 0; i < n && rc == LW_OK; i++)
        rc = add_sample(&out, config, seed, i + 1, error);
    lw_config_free(config);
    return json_close(&out, rc, "]", error);
}

char *core_space_read_config(const lw_space *space, const char *json, size_t length, bool fill, lw_error *error) {
    json_document document;
    lw_config *config = NULL;
    char *read = NULL;
    int rc = json_read(&document, json, length, error);
    if (rc == LW_OK)
        rc = lw_config_from_document(&config, space, &document.document,
                                     fill ? LW_CONFIG_FILL_DEFAULTS : LW_CONFIG_STRICT, error);
    if (rc == LW_OK)
        read = core_config_json(config, error);
    lw_config_free(config);
    json_document_release(&document);
    return read;
}

int core_config_set_json(lw_config *config, const char *json, size_t length, lw_error *error) {
    json_document document;
    lw_config *read = NULL;
    int rc = json_read(&document, json, length, error);
    if (rc == LW_OK)
        rc = lw_config_from_document(&read, lw_config_space(config), &document.document,
                                     LW_CONFIG_FILL_DEFAULTS, error);
    if (rc == LW_OK)
        lw_config_copy(config, read);
    lw_config_free(read);
    json_document_release(&document);
    return rc;
}
