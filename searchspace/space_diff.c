/*
 * What two spaces differ in, a line each: `- name` for what is only in the first, `~ name: …` for what changed, `+
 * name: …` for what is new.
 */
#include <labwatch/convert.h>

#include <string.h>

#include <labwatch/sys/memory.h>
#include <labwatch/sys/text.h>

#include "space_writer.h"
#include "yaml_quote.h"

/* ---- descriptions ---- */

/* "[1e-05, 10.0]", or "[0.0, 1.0]" for mu and sigma: the first two attributes. */
static void add_range(lw_text *out, const lw_attribute *attributes) {
    lw_text_add(out, "[");
    lw_yaml_add_scalar(out, attributes[0].value, NULL);
    lw_text_add(out, ", ");
    lw_yaml_add_scalar(out, attributes[1].value, NULL);
    lw_text_add(out, "]");
}

static void add_attribute(lw_text *out, const lw_attribute *attribute) {
    lw_text_format(out, " %s", attribute->name);
    if (attribute->value.kind == LW_VALUE_BOOL && strcmp(attribute->name, "log_scale") == 0)
        return;
    lw_text_add(out, " ");
    lw_yaml_add_scalar(out, attribute->value, NULL);
}

static void add_parameter(lw_text *out, const lw_dimension *dimension) {
    lw_attribute attributes[LW_MOST_ATTRIBUTES];
    size_t n = lw_dimension_attributes(dimension, attributes);
    bool choices = dimension->shown.n_choices > 0;
    lw_text_format(out, "%s ", lw_dimension_type_name(dimension));
    if (choices)
        lw_parameter_add_choices(out, &dimension->shown);
    else
        add_range(out, attributes);
    if (choices && lw_dimension_has_weights(dimension)) {
        lw_text_add(out, " weights ");
        lw_parameter_add_weights(out, &dimension->shown);
    }
    for (size_t i = choices ? 0 : 2; i < n; i++)
        add_attribute(out, &attributes[i]);
    if (dimension->condition)
        lw_text_format(out, " when %s", lw_expression_text(dimension->condition));
}

static void add_description(lw_text *out, const lw_space *space, const lw_node *node) {
    switch (node->kind) {
    case LW_NODE_PARAMETER:
        add_parameter(out, &space->dimensions[node->parameter]);
        break;
    case LW_NODE_CONSTANT:
        lw_yaml_add_scalar(out, node->value, node->spelling);
        break;
    case LW_NODE_MAPPING:
        lw_text_add(out, node->n_children > 0 ? "a mapping" : "{}");
        break;
    case LW_NODE_SEQUENCE:
        lw_text_add(out, node->n_children > 0 ? "a list" : "[]");
        break;
    }
}

/* ---- changes ---- */

typedef struct differ {
    lw_text *out;
    const lw_space *a, *b;
} differ;

static void add_arrow(differ *d) {
    lw_text_add(d->out, " -> ");
}

static void add_value_or_none(lw_text *out, const lw_attribute *attribute) {
    if (attribute)
        lw_yaml_add_scalar(out, attribute->value, NULL);
    else
        lw_text_add(out, "none");
}

/* "~ C: " before the first change of a parameter, ", " before the others. */
static void begin_change(differ *d, const char *name, bool *changed) {
    if (*changed)
        lw_text_add(d->out, ", ");
    else
        lw_text_format(d->out, "~ %s: ", name);
    *changed = true;
}

static const lw_attribute *find_attribute(const lw_attribute *attributes, size_t n, const char *name) {
    for (size_t i = 0; i < n; i++)
        if (strcmp(attributes[i].name, name) == 0)
            return &attributes[i];
    return NULL;
}

static bool same_attribute(const lw_attribute *a, const lw_attribute *b) {
    return a && b ? lw_value_equal(a->value, b->value) : a == b;
}

static void compare_attributes(differ *d, const lw_dimension *a, const lw_dimension *b, bool *changed) {
    static const char *const names[] = {"mu", "sigma", "lower", "upper", "step"};
    lw_attribute of_a[LW_MOST_ATTRIBUTES], of_b[LW_MOST_ATTRIBUTES];
    size_t n_a = lw_dimension_attributes(a, of_a), n_b = lw_dimension_attributes(b, of_b);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const lw_attribute *before = find_attribute(of_a, n_a, names[i]), *after = find_attribute(of_b, n_b, names[i]);
        if (same_attribute(before, after))
            continue;
        begin_change(d, a->shown.name, changed);
        lw_text_format(d->out, "%s ", names[i]);
        add_value_or_none(d->out, before);
        add_arrow(d);
        add_value_or_none(d->out, after);
    }
}

static void compare_log_scale(differ *d, const lw_dimension *a, const lw_dimension *b, bool *changed) {
    if (a->shown.log_scale == b->shown.log_scale)
        return;
    begin_change(d, a->shown.name, changed);
    lw_text_add(d->out, b->shown.log_scale ? "log_scale false -> true" : "log_scale true -> false");
}

static bool same_choices(const lw_parameter *a, const lw_parameter *b) {
    bool same = a->n_choices == b->n_choices;
    for (size_t i = 0; same && i < a->n_choices; i++)
        same = lw_value_equal(a->choices[i].value, b->choices[i].value);
    return same;
}

static bool same_weights(const lw_parameter *a, const lw_parameter *b) {
    bool same = a->n_choices == b->n_choices;
    for (size_t i = 0; same && i < a->n_choices; i++)
        same = a->choices[i].weight == b->choices[i].weight;
    return same;
}

static void compare_choices(differ *d, const lw_dimension *a, const lw_dimension *b, bool *changed) {
    bool choices_differ = !same_choices(&a->shown, &b->shown);
    if (choices_differ) {
        begin_change(d, a->shown.name, changed);
        lw_text_add(d->out, "choices ");
        lw_parameter_add_choices(d->out, &a->shown);
        add_arrow(d);
        lw_parameter_add_choices(d->out, &b->shown);
    }
    bool weighted = lw_dimension_has_weights(a) || lw_dimension_has_weights(b);
    if (!weighted || same_weights(&a->shown, &b->shown))
        return;
    begin_change(d, a->shown.name, changed);
    lw_text_add(d->out, "weights ");
    lw_parameter_add_weights(d->out, &a->shown);
    add_arrow(d);
    lw_parameter_add_weights(d->out, &b->shown);
}

/* Also where it was not given: the middle of a range moves with its bounds, which is no change of its own. */
static void compare_defaults(differ *d, const lw_dimension *a, const lw_dimension *b, bool *changed) {
    lw_value before = lw_dimension_default(a), after = lw_dimension_default(b);
    bool follows = *changed && !a->default_given && !b->default_given;
    if (follows || lw_value_equal(before, after))
        return;
    begin_change(d, a->shown.name, changed);
    lw_text_add(d->out, "default ");
    lw_yaml_add_scalar(d->out, before, NULL);
    add_arrow(d);
    lw_yaml_add_scalar(d->out, after, NULL);
}

/* The form in which expressions of the same meaning are the same; "" for none. NULL without memory. */
static char *canonical(const lw_expression *expression) {
    return expression ? lw_expression_canonical(expression) : lw_strdup("");
}

static bool same_expression(differ *d, const lw_expression *a, const lw_expression *b) {
    char *of_a = canonical(a), *of_b = canonical(b);
    bool same = of_a && of_b && strcmp(of_a, of_b) == 0;
    d->out->failed |= !of_a || !of_b;
    lw_free(of_a);
    lw_free(of_b);
    return same;
}

static void compare_conditions(differ *d, const lw_dimension *a, const lw_dimension *b, bool *changed) {
    if (same_expression(d, a->condition, b->condition))
        return;
    begin_change(d, a->shown.name, changed);
    lw_text_format(d->out, "when %s -> %s", a->condition ? lw_expression_text(a->condition) : "always",
                   b->condition ? lw_expression_text(b->condition) : "always");
}

static void compare_parameters(differ *d, const lw_dimension *a, const lw_dimension *b) {
    bool changed = false;
    compare_attributes(d, a, b, &changed);
    compare_log_scale(d, a, b, &changed);
    compare_choices(d, a, b, &changed);
    compare_defaults(d, a, b, &changed);
    compare_conditions(d, a, b, &changed);
    if (changed)
        lw_text_add(d->out, "\n");
}

static void add_replacement(differ *d, const lw_node *a, const lw_node *b) {
    lw_text_format(d->out, "~ %s: ", a->name);
    add_description(d->out, d->a, a);
    add_arrow(d);
    add_description(d->out, d->b, b);
    lw_text_add(d->out, "\n");
}

static bool is_container(const lw_node *node) {
    return node->kind == LW_NODE_MAPPING || node->kind == LW_NODE_SEQUENCE;
}

static bool is_filled(const lw_node *node) {
    return is_container(node) && node->n_children > 0;
}

/* Nodes that both have, of which at most one has something below it. */
static void compare_nodes(differ *d, const lw_node *a, const lw_node *b) {
    bool parameters = a->kind == LW_NODE_PARAMETER && b->kind == LW_NODE_PARAMETER;
    bool constants = a->kind == LW_NODE_CONSTANT && b->kind == LW_NODE_CONSTANT;
    const lw_dimension *of_a = parameters ? &d->a->dimensions[a->parameter] : NULL,
                       *of_b = parameters ? &d->b->dimensions[b->parameter] : NULL;
    if (parameters && of_a->shown.kind == of_b->shown.kind)
        compare_parameters(d, of_a, of_b);
    else if (constants ? !lw_value_equal(a->value, b->value)
                       : parameters || a->kind != b->kind || is_filled(a) != is_filled(b))
        add_replacement(d, a, b);
}

/* What is gone or different. */
static void compare_tree(differ *d, const lw_node *node) {
    const lw_node *other = lw_space_node(d->b, node->name);
    bool root = !*node->name;
    if (!root && !other)
        lw_text_format(d->out, "- %s\n", node->name);
    else if (!root && !(is_filled(node) && is_filled(other) && node->kind == other->kind))
        compare_nodes(d, node, other);
    else
        for (size_t i = 0; i < node->n_children; i++)
            compare_tree(d, node->children[i]);
}

/* What is new: a mapping that is new altogether is shown by what is in it. */
static void add_new(differ *d, const lw_node *node) {
    if (is_filled(node) || !*node->name) {
        for (size_t i = 0; i < node->n_children; i++)
            add_new(d, node->children[i]);
        return;
    }
    if (lw_space_node(d->a, node->name))
        return;
    lw_text_format(d->out, "+ %s: ", node->name);
    add_description(d->out, d->b, node);
    lw_text_add(d->out, "\n");
}

/* The constraints of one space that the other has not. */
static void add_constraints(differ *d, char sign, const lw_space *space, const lw_space *other) {
    for (size_t i = 0; i < space->n_constraints; i++) {
        bool found = false;
        for (size_t k = 0; k < other->n_constraints && !found; k++)
            found = same_expression(d, space->constraints[i].expression, other->constraints[k].expression);
        if (!found)
            lw_text_format(d->out, "%c constraint: %s\n", sign, space->constraints[i].text);
    }
}

int lw_space_diff(char **out, const lw_space *a, const lw_space *b, lw_error *error) {
    lw_text text = {0};
    differ d = {&text, a, b};
    compare_tree(&d, a->root);
    add_new(&d, b->root);
    add_constraints(&d, '-', a, b);
    add_constraints(&d, '+', b, a);
    char *taken = lw_text_take(&text);
    if (!taken)
        return lw_error_no_memory(error);
    *out = taken;
    return LW_OK;
}
