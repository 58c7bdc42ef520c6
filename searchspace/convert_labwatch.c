/*
 * A space as part of an experiment file, for people: block style, a parameter a line.
 */
#include <string.h>

#include "convert_internal.h"
#include "space_writer.h"
#include "yaml_quote.h"

static void indent(lw_text *out, unsigned level) {
    for (unsigned i = 0; i < level; i++)
        lw_text_add(out, "  ");
}

/* ---- parameters ---- */

static void add_choices(lw_text *out, const lw_dimension *dimension) {
    const lw_parameter *shown = &dimension->shown;
    if (lw_dimension_is_constant(dimension)) {
        lw_text_add(out, "value: ");
        lw_yaml_add_scalar(out, shown->choices[0].value, shown->choices[0].spelling);
        return;
    }
    lw_text_add(out, "choices: ");
    lw_parameter_add_choices(out, shown);
    if (!lw_dimension_has_weights(dimension))
        return;
    lw_text_add(out, ", weights: ");
    lw_parameter_add_weights(out, shown);
}

static void add_parameter(lw_text *out, const lw_dimension *dimension) {
    lw_attribute attributes[LW_MOST_ATTRIBUTES];
    size_t n = lw_dimension_attributes(dimension, attributes);
    bool first = dimension->shown.n_choices == 0;
    lw_text_format(out, "!%s {", lw_dimension_type_name(dimension));
    if (!first)
        add_choices(out, dimension);
    for (size_t i = 0; i < n; i++) {
        lw_text_format(out, "%s%s: ", first ? "" : ", ", attributes[i].name);
        lw_yaml_add_scalar(out, attributes[i].value, NULL);
        first = false;
    }
    if (dimension->condition) {
        const char *text = lw_expression_text(dimension->condition);
        lw_text_add(out, first ? "when: " : ", when: ");
        lw_yaml_add_text(out, text, strlen(text));
    }
    lw_text_add(out, "}");
}

/* ---- the tree ---- */

static void add_node(lw_text *out, const lw_space *space, const lw_node *node, unsigned level);

static void add_constant(lw_text *out, const lw_node *node) {
    bool wrapped = lw_node_looks_like_type(node);
    lw_text_add(out, wrapped ? "!Constant {value: " : "");
    lw_yaml_add_scalar(out, node->value, node->spelling);
    lw_text_add(out, wrapped ? "}" : "");
}

static void add_children(lw_text *out, const lw_space *space, const lw_node *node, unsigned level) {
    for (size_t i = 0; i < node->n_children; i++) {
        const lw_node *child = node->children[i];
        lw_text_add(out, "\n");
        indent(out, level);
        if (node->kind == LW_NODE_SEQUENCE) {
            lw_text_add(out, "-");
        } else {
            lw_yaml_add_text(out, child->key, strlen(child->key));
            lw_text_add(out, ":");
        }
        add_node(out, space, child, level + 1);
    }
}

/* What stands behind "key:" or "-". */
static void add_node(lw_text *out, const lw_space *space, const lw_node *node, unsigned level) {
    bool leaf = node->kind == LW_NODE_CONSTANT || node->kind == LW_NODE_PARAMETER;
    if (leaf)
        lw_text_add(out, " ");
    if (node->kind == LW_NODE_CONSTANT)
        add_constant(out, node);
    else if (node->kind == LW_NODE_PARAMETER)
        add_parameter(out, &space->dimensions[node->parameter]);
    else if (node->n_children == 0)
        lw_text_add(out, node->kind == LW_NODE_SEQUENCE ? " []" : " {}");
    else
        add_children(out, space, node, level);
}

int lw_labwatch_write(lw_text *out, const lw_space *space, lw_error *error) {
    (void)error;
    bool is_default = strcmp(space->name, "default") == 0;
    lw_text_add(out, is_default ? "space:" : "spaces:\n  ");
    if (!is_default) {
        lw_yaml_add_text(out, space->name, strlen(space->name));
        lw_text_add(out, ":");
    }
    add_node(out, space, space->root, is_default ? 1 : 2);
    lw_text_add(out, space->n_constraints > 0 ? "\nconstraints:" : "");
    for (size_t i = 0; i < space->n_constraints; i++) {
        lw_text_add(out, "\n  - ");
        lw_yaml_add_text(out, space->constraints[i].text, strlen(space->constraints[i].text));
    }
    lw_text_add(out, "\n");
    return LW_OK;
}
