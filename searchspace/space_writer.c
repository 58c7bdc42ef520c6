#include "space_writer.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "yaml_quote.h"

static bool is_choice(const lw_dimension *dimension) {
    return dimension->shown.kind == LW_PARAMETER_CATEGORICAL || dimension->shown.kind == LW_PARAMETER_ORDINAL;
}

bool lw_dimension_is_constant(const lw_dimension *dimension) {
    return dimension->shown.kind == LW_PARAMETER_CATEGORICAL && dimension->shown.n_choices == 1 && dimension->condition;
}

const char *lw_dimension_type_name(const lw_dimension *dimension) {
    switch (dimension->shown.kind) {
    case LW_PARAMETER_FLOAT:
        return "UniformFloat";
    case LW_PARAMETER_INTEGER:
        return "UniformInt";
    case LW_PARAMETER_GAUSSIAN:
        return "Gaussian";
    case LW_PARAMETER_ORDINAL:
        return "Ordinal";
    default:
        return lw_dimension_is_constant(dimension) ? "Constant" : "Categorical";
    }
}

bool lw_dimension_has_weights(const lw_dimension *dimension) {
    const lw_parameter *shown = &dimension->shown;
    for (size_t i = 1; i < shown->n_choices; i++)
        if (shown->choices[i].weight != shown->choices[0].weight)
            return true;
    return false;
}

void lw_parameter_add_choices(lw_text *out, const lw_parameter *parameter) {
    lw_text_add(out, "[");
    for (size_t i = 0; i < parameter->n_choices; i++) {
        lw_text_add(out, i > 0 ? ", " : "");
        lw_yaml_add_scalar(out, parameter->choices[i].value, parameter->choices[i].spelling);
    }
    lw_text_add(out, "]");
}

void lw_parameter_add_weights(lw_text *out, const lw_parameter *parameter) {
    lw_text_add(out, "[");
    for (size_t i = 0; i < parameter->n_choices; i++) {
        lw_text_add(out, i > 0 ? ", " : "");
        lw_text_add_double(out, parameter->choices[i].weight);
    }
    lw_text_add(out, "]");
}

lw_value lw_dimension_default(const lw_dimension *dimension) {
    return lw_parameter_value(&dimension->shown, dimension->default_slot);
}

static lw_value number(double value) {
    return (lw_value){.kind = LW_VALUE_FLOAT, .number = value};
}

static lw_value integer(int64_t value) {
    return (lw_value){.kind = LW_VALUE_INTEGER, .integer = value};
}

size_t lw_dimension_attributes(const lw_dimension *dimension, lw_attribute out[LW_MOST_ATTRIBUTES]) {
    const lw_parameter *shown = &dimension->shown;
    bool whole = shown->kind == LW_PARAMETER_INTEGER, gaussian = shown->kind == LW_PARAMETER_GAUSSIAN;
    size_t n = 0;
    if (gaussian) {
        out[n++] = (lw_attribute){"mu", number(shown->mu)};
        out[n++] = (lw_attribute){"sigma", number(shown->sigma)};
    }
    if (whole) {
        out[n++] = (lw_attribute){"lower", integer(shown->lower_integer)};
        out[n++] = (lw_attribute){"upper", integer(shown->upper_integer)};
    } else if (!is_choice(dimension)) {
        if (isfinite(shown->lower))
            out[n++] = (lw_attribute){"lower", number(shown->lower)};
        if (isfinite(shown->upper))
            out[n++] = (lw_attribute){"upper", number(shown->upper)};
    }
    if (shown->log_scale)
        out[n++] = (lw_attribute){"log_scale", {.kind = LW_VALUE_BOOL, .boolean = true}};
    if (whole && shown->step_integer > 1)
        out[n++] = (lw_attribute){"step", integer(shown->step_integer)};
    if (shown->kind == LW_PARAMETER_FLOAT && shown->step > 0)
        out[n++] = (lw_attribute){"step", number(shown->step)};
    if (dimension->default_given && !lw_dimension_is_constant(dimension))
        out[n++] = (lw_attribute){"default", lw_dimension_default(dimension)};
    return n;
}

static const char *index_key(size_t i, char out[24]) {
    snprintf(out, 24, "%zu", i);
    return out;
}

static bool append_choices(bson_t *document, const lw_dimension *dimension) {
    const lw_parameter *shown = &dimension->shown;
    bson_t choices, weights;
    char key[24];
    if (lw_dimension_is_constant(dimension))
        return lw_value_append(document, "value", shown->choices[0].value);
    bool good = BSON_APPEND_ARRAY_BEGIN(document, "choices", &choices);
    for (size_t i = 0; good && i < shown->n_choices; i++)
        good = lw_value_append(&choices, index_key(i, key), shown->choices[i].value);
    good = good && bson_append_array_end(document, &choices);
    if (!good || !lw_dimension_has_weights(dimension))
        return good;
    good = BSON_APPEND_ARRAY_BEGIN(document, "weights", &weights);
    for (size_t i = 0; good && i < shown->n_choices; i++)
        good = BSON_APPEND_DOUBLE(&weights, index_key(i, key), shown->choices[i].weight);
    return good && bson_append_array_end(document, &weights);
}

bool lw_dimension_append(bson_t *document, const char *key, const lw_dimension *dimension) {
    bson_t described;
    lw_attribute attributes[LW_MOST_ATTRIBUTES];
    size_t n = lw_dimension_attributes(dimension, attributes);
    bool good = BSON_APPEND_DOCUMENT_BEGIN(document, key, &described) &&
                BSON_APPEND_UTF8(&described, "type", lw_dimension_type_name(dimension));
    if (good && is_choice(dimension))
        good = append_choices(&described, dimension);
    for (size_t i = 0; good && i < n; i++)
        good = lw_value_append(&described, attributes[i].name, attributes[i].value);
    if (good && dimension->condition)
        good = BSON_APPEND_UTF8(&described, "when", lw_expression_text(dimension->condition));
    return good && bson_append_document_end(document, &described);
}

bool lw_node_looks_like_type(const lw_node *node) {
    return node->kind == LW_NODE_CONSTANT && node->value.kind == LW_VALUE_TEXT && strcmp(node->key, "type") == 0;
}

static bool append_wrapped(bson_t *document, const char *key, lw_value value) {
    bson_t wrapped;
    return BSON_APPEND_DOCUMENT_BEGIN(document, key, &wrapped) && BSON_APPEND_UTF8(&wrapped, "type", "Constant") &&
           lw_value_append(&wrapped, "value", value) && bson_append_document_end(document, &wrapped);
}

static bool append_children(bson_t *document, const lw_space *space, const lw_node *node) {
    for (size_t i = 0; i < node->n_children; i++)
        if (!lw_node_append(document, node->children[i]->key, space, node->children[i]))
            return false;
    return true;
}

/* As deep as the file that the space was read from at most. */
bool lw_node_append(bson_t *document, const char *key, const lw_space *space, const lw_node *node) {
    bson_t child;
    switch (node->kind) {
    case LW_NODE_PARAMETER:
        return lw_dimension_append(document, key, &space->dimensions[node->parameter]);
    case LW_NODE_CONSTANT:
        return lw_node_looks_like_type(node) ? append_wrapped(document, key, node->value)
                                             : lw_value_append(document, key, node->value);
    case LW_NODE_MAPPING:
        return BSON_APPEND_DOCUMENT_BEGIN(document, key, &child) && append_children(&child, space, node) &&
               bson_append_document_end(document, &child);
    default:
        return BSON_APPEND_ARRAY_BEGIN(document, key, &child) && append_children(&child, space, node) &&
               bson_append_array_end(document, &child);
    }
}
