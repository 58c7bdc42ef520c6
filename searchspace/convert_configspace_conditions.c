/*
 * Writes conditions for ConfigSpace, which has EQ, NEQ, LT, GT, IN, AND and OR.
 */
#include "configspace_writer.h"

#include <math.h>

enum { MOST_LISTED = 1000 /* values that are written out where the format has no comparison */ };

/* ---- what comparisons mean in values ---- */

const lw_dimension *lw_configspace_searched(const lw_configspace_writer *writer, size_t slot) {
    return slot < writer->space->n_parameters ? &writer->space->dimensions[slot] : NULL;
}

/* Of a comparison, or of what is in none of its values. */
static bool satisfies(const lw_condition *leaf, lw_value value) {
    if (leaf->kind == LW_CONDITION_COMPARE) {
        lw_operand outcome = lw_operate_binary(leaf->op, lw_operand_of_value(value), lw_operand_of_value(leaf->values[0]));
        return outcome.kind == LW_OPERAND_BOOL && outcome.boolean;
    }
    for (size_t i = 0; i < leaf->n_values; i++)
        if (lw_value_equal(leaf->values[i], value))
            return false;
    return true;
}

/* How many values a parameter has, if they can be written out; 0 otherwise. */
static size_t n_listable(const lw_dimension *dimension) {
    if (!dimension)
        return 0;
    uint64_t levels = dimension->shown.n_choices > 0 ? dimension->shown.n_choices : dimension->shown.n_levels;
    bool listable = dimension->shown.n_choices > 0 || dimension->shown.kind == LW_PARAMETER_INTEGER;
    return listable && levels <= MOST_LISTED ? (size_t)levels : 0;
}

static lw_value listed_value(const lw_parameter *shown, size_t i) {
    if (shown->n_choices > 0)
        return shown->choices[i].value;
    return (lw_value){.kind = LW_VALUE_INTEGER, .integer = shown->lower_integer + (int64_t)i * shown->step_integer};
}

bool lw_configspace_is_legal(const lw_configspace_writer *writer, const lw_condition *comparison) {
    const lw_dimension *dimension = lw_configspace_searched(writer, comparison->slot);
    lw_value value = comparison->values[0];
    lw_slot read;
    if (!dimension)
        return lw_value_equal(writer->space->names[comparison->slot].node->value, value);
    return lw_parameter_read_value(&dimension->shown, &dimension->coding, value, &read, NULL) == LW_OK;
}

const lw_value *lw_configspace_list_values(lw_configspace_writer *writer, const lw_condition *leaf, size_t *count) {
    *count = leaf->n_values;
    if (leaf->kind == LW_CONDITION_IN)
        return leaf->values;
    const lw_dimension *dimension = lw_configspace_searched(writer, leaf->slot);
    size_t n = n_listable(dimension);
    lw_value *values = n > 0 ? lw_arena_get(&writer->arena, n, sizeof *values) : NULL;
    *count = 0;
    for (size_t i = 0; values && i < n; i++) {
        lw_value value = listed_value(&dimension->shown, i);
        if (satisfies(leaf, value))
            values[(*count)++] = value;
    }
    return values;
}

const char *lw_configspace_slot_name(const lw_configspace_writer *writer, size_t slot) {
    return writer->space->names[slot].name;
}

bool lw_configspace_is_choice(const lw_configspace_writer *writer, size_t slot) {
    const lw_dimension *dimension = lw_configspace_searched(writer, slot);
    return !dimension || dimension->shown.n_choices > 0;
}

/* ---- conditions ---- */

static void begin_condition(lw_configspace_writer *writer, const char *type, const char *child) {
    lw_text_add(writer->out, "{");
    lw_configspace_add_member(writer, "type", type);
    lw_text_add(writer->out, ", ");
    lw_configspace_add_member(writer, "child", child);
}

static void add_parent(lw_configspace_writer *writer, size_t slot) {
    lw_text_add(writer->out, ", ");
    lw_configspace_add_member(writer, "parent", lw_configspace_slot_name(writer, slot));
}

static void add_simple(lw_configspace_writer *writer, const char *type, const char *child, size_t slot,
                       lw_value value) {
    begin_condition(writer, type, child);
    add_parent(writer, slot);
    lw_configspace_add_value(writer, "value", value);
    lw_text_add(writer->out, "}");
}

static int add_listed(lw_configspace_writer *writer, const char *child, const lw_condition *leaf) {
    size_t count;
    const lw_value *values = lw_configspace_list_values(writer, leaf, &count);
    if (writer->arena.failed)
        return lw_error_no_memory(writer->error);
    if (count == 0)
        return LW_CONFIGSPACE_REFUSE(writer, "a comparison with '%s' is not known there, and the values for which it "
                                     "holds cannot be listed", LW_SHOW(lw_configspace_slot_name(writer, leaf->slot)));
    begin_condition(writer, "IN", child);
    add_parent(writer, leaf->slot);
    lw_configspace_add_values(writer, "values", values, count);
    lw_text_add(writer->out, "}");
    return LW_OK;
}

/* x <= 5 of an integer is x < 6. */
static bool as_strict(lw_operator op, lw_value value, lw_value *moved) {
    bool less = op == LW_OP_LESS_EQUAL;
    double number = value.kind == LW_VALUE_FLOAT ? (less ? floor(value.number) : ceil(value.number)) : 0;
    if ((value.kind != LW_VALUE_FLOAT && value.kind != LW_VALUE_INTEGER) || fabs(number) > 9e15)
        return false;
    int64_t bound = value.kind == LW_VALUE_INTEGER ? value.integer : (int64_t)number;
    moved->kind = LW_VALUE_INTEGER;
    return !__builtin_add_overflow(bound, less ? 1 : -1, &moved->integer);
}

/* What the comparison is called there; NULL if nothing there means the same. */
static const char *comparison_type(const lw_configspace_writer *writer, const lw_condition *leaf) {
    const lw_dimension *parent = lw_configspace_searched(writer, leaf->slot);
    if (leaf->op == LW_OP_EQUAL)
        return "EQ";
    if (leaf->op == LW_OP_NOT_EQUAL) /* there, a parent that is not active differs from every value */
        return parent && parent->condition ? NULL : "NEQ";
    if (lw_configspace_is_choice(writer, leaf->slot)) /* there, order is the order of the list */
        return NULL;
    return leaf->op == LW_OP_LESS ? "LT" : leaf->op == LW_OP_GREATER ? "GT" : NULL;
}

static int add_comparison(lw_configspace_writer *writer, const char *child, const lw_condition *leaf) {
    const lw_dimension *parent = lw_configspace_searched(writer, leaf->slot);
    lw_condition strict = *leaf;
    lw_value moved;
    bool inclusive = leaf->op == LW_OP_LESS_EQUAL || leaf->op == LW_OP_GREATER_EQUAL;
    if (inclusive && parent && parent->shown.kind == LW_PARAMETER_INTEGER &&
        as_strict(leaf->op, leaf->values[0], &moved)) {
        strict.op = leaf->op == LW_OP_LESS_EQUAL ? LW_OP_LESS : LW_OP_GREATER;
        strict.values = &moved;
    }
    const char *type = comparison_type(writer, &strict);
    if (!type || !lw_configspace_is_legal(writer, &strict))
        return add_listed(writer, child, leaf);
    add_simple(writer, type, child, strict.slot, strict.values[0]);
    return LW_OK;
}

static int add_condition(lw_configspace_writer *writer, const char *child, const lw_condition *condition);

/* All operands of a chain of the same kind; a chain leans to the left. */
static int add_chain(lw_configspace_writer *writer, const char *child, const lw_condition *condition,
                     lw_condition_kind kind) {
    if (condition->kind != kind)
        return add_condition(writer, child, condition);
    int rc = add_chain(writer, child, condition->left, kind);
    lw_text_add(writer->out, ", ");
    return rc == LW_OK ? add_chain(writer, child, condition->right, kind) : rc;
}

static int add_condition(lw_configspace_writer *writer, const char *child, const lw_condition *condition) {
    int rc;
    switch (condition->kind) {
    case LW_CONDITION_COMPARE:
        return add_comparison(writer, child, condition);
    case LW_CONDITION_IN:
    case LW_CONDITION_NOT_IN:
        return add_listed(writer, child, condition);
    case LW_CONDITION_RELATION:
        return LW_CONFIGSPACE_REFUSE(writer, "a condition cannot compare two parameters there");
    default:
        begin_condition(writer, condition->kind == LW_CONDITION_AND ? "AND" : "OR", child);
        lw_text_add(writer->out, ", \"conditions\": [");
        rc = add_chain(writer, child, condition, condition->kind);
        lw_text_add(writer->out, "]}");
        return rc;
    }
}

int lw_configspace_add_conditions(lw_configspace_writer *writer) {
    const char *comma = "\n    ";
    int rc = LW_OK;
    lw_text_add(writer->out, ",\n  \"conditions\": [");
    for (size_t i = 0; i < writer->space->n_parameters && rc == LW_OK; i++) {
        const lw_dimension *dimension = &writer->space->dimensions[i];
        const lw_condition *tree;
        if (!dimension->condition)
            continue;
        lw_configspace_set_subject(writer, "the condition of parameter", dimension->shown.name);
        rc = lw_condition_make(&tree, dimension->condition, false, &writer->arena, writer->error);
        if (rc != LW_OK)
            return lw_configspace_refuse(writer, rc);
        lw_text_add(writer->out, comma);
        rc = add_condition(writer, dimension->shown.name, tree);
        comma = ",\n    ";
    }
    lw_text_add(writer->out, "\n  ]");
    return rc;
}
