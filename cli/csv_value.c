#include "csv_value.h"

#include <string.h>

#include <labwatch/document.h>
#include <labwatch/sys/memory.h>
#include <labwatch/value.h>

#include "say.h"

static bool is_json(const char *text, size_t length) {
    bson_t value;
    if (lw_document_value_from_json(&value, text, length, NULL) != LW_OK)
        return false;
    bson_destroy(&value);
    return true;
}

/* Whether the text as it is would be read as something else. */
static bool is_mistakable(const char *text, size_t length) {
    double number;
    return length == 0 || strchr("\"[{", text[0]) || memchr(text, '\0', length) ||
           lw_double_from_text(text, length, &number) || is_json(text, length);
}

void csv_value_add(lw_text *out, const bson_iter_t *value) {
    if (BSON_ITER_HOLDS_UTF8(value)) {
        uint32_t length;
        const char *text = bson_iter_utf8(value, &length);
        if (is_mistakable(text, length))
            lw_text_add_json(out, text, length);
        else
            lw_text_append(out, text, length);
        return;
    }
    char *json = need(lw_document_value_to_json(value, false));
    lw_text_add(out, json);
    lw_free(json);
}

void csv_value_read(bson_t *config, const char *name, const char *field) {
    int64_t integer;
    double number;
    bson_t value;
    bson_iter_t iter;
    if (lw_int64_from_text(field, strlen(field), &integer)) {
        bson_append_int64(config, name, -1, integer);
    } else if (lw_double_from_text(field, strlen(field), &number)) {
        bson_append_double(config, name, -1, number);
    } else if (lw_document_value_from_json(&value, field, strlen(field), NULL) == LW_OK) {
        if (bson_iter_init_find(&iter, &value, "value"))
            bson_append_iter(config, name, -1, &iter);
        bson_destroy(&value);
    } else {
        bson_append_utf8(config, name, -1, field, -1);
    }
}

/* ---- choices ---- */

/* The choice as the field "value" of *out, which is yours to destroy. */
static void document_of_choice(bson_t *out, lw_value choice, bson_iter_t *iter) {
    bool parsed = choice.kind == LW_VALUE_DOCUMENT &&
                  lw_document_value_from_json(out, choice.text.bytes, choice.text.length, NULL) == LW_OK;
    if (!parsed) {
        bson_init(out);
        lw_value_append(out, "value", choice);
    }
    if (!bson_iter_init_find(iter, out, "value"))
        out_of_memory();
}

typedef enum choice_match { NO_MATCH, MATCHES, IS_WRITTEN_SO } choice_match;

static choice_match match(const lw_choice *choice, const char *field, const bson_iter_t *value) {
    bson_t document;
    bson_iter_t own;
    lw_text written = {0};
    document_of_choice(&document, choice->value, &own);
    csv_value_add(&written, &own);
    bool exact = strcmp(need(written.bytes), field) == 0, spelt = strcmp(choice->spelling, field) == 0;
    bool same = value && lw_document_values_equal(&own, value);
    lw_text_release(&written);
    bson_destroy(&document);
    return exact ? IS_WRITTEN_SO : spelt || same ? MATCHES : NO_MATCH;
}

static int fail_ambiguous(const lw_parameter *parameter, const char *field, lw_error *error) {
    return lw_error_set(error, LW_EINVAL,
                        "'%s' may be several of the choices of %s: write a number, true, false or null as it is, and a "
                        "text between double quotes",
                        field, parameter->name);
}

/* Index of the choice; n_choices if it is none, SIZE_MAX if it may be several. */
static size_t find_choice(const lw_parameter *parameter, const char *field, const bson_iter_t *value) {
    size_t found = parameter->n_choices;
    bool several = false;
    for (size_t i = 0; i < parameter->n_choices; i++) {
        choice_match how = match(&parameter->choices[i], field, value);
        if (how == IS_WRITTEN_SO)
            return i;
        several |= how == MATCHES && found < parameter->n_choices;
        found = how == MATCHES ? i : found;
    }
    return several ? SIZE_MAX : found;
}

int csv_value_read_choice(bson_t *config, const lw_parameter *parameter, const char *field, lw_error *error) {
    bson_t parsed, chosen;
    bson_iter_t value, own;
    bool is_value = lw_document_value_from_json(&parsed, field, strlen(field), NULL) == LW_OK;
    bool has_value = is_value && bson_iter_init_find(&value, &parsed, "value");
    size_t i = find_choice(parameter, field, has_value ? &value : NULL);
    if (is_value)
        bson_destroy(&parsed);
    if (i == SIZE_MAX)
        return fail_ambiguous(parameter, field, error);
    if (i == parameter->n_choices) {
        csv_value_read(config, parameter->name, field);
        return LW_OK;
    }
    document_of_choice(&chosen, parameter->choices[i].value, &own);
    bson_append_iter(config, parameter->name, -1, &own);
    bson_destroy(&chosen);
    return LW_OK;
}
