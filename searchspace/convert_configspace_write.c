/*
 * Writes ConfigSpace's JSON. Conditions become its EQ, NEQ, LT, GT, IN, AND, OR; constraints become forbidden clauses: what they forbid, as
 * a list of conjunctions.
 */
#include <math.h>
#include <string.h>

#include <labwatch/sys/memory.h>

#include "condition_tree.h"
#include "convert_internal.h"
#include "space_writer.h"
#include "yaml_json.h"

enum {
    MOST_LISTED = 1000, /* values that are written out where a format has no comparison */
    MOST_CLAUSES = 1000
};

typedef struct configspace_writer {
    lw_text *out;
    const lw_space *space;
    bool previous; /* ConfigSpace 0.4 to 0.7 */
    lw_arena arena; /* of the condition that is being written */
    const char *subject; /* "parameter 'C'": what an error is about */
    lw_error *error;
} configspace_writer;

#define REFUSE(writer, ...) refuse_with((writer), lw_error_set((writer)->error, LW_EUNSUPPORTED, __VA_ARGS__))

/* Puts before a message what it is about. */
static int refuse_with(const configspace_writer *writer, int rc) {
    if (writer->subject)
        lw_error_prefix(writer->error, "%s cannot be written for ConfigSpace", writer->subject);
    return rc;
}

static void add_text(configspace_writer *writer, const char *text) {
    lw_text_add_json(writer->out, text, strlen(text));
}

/* "key": "text" */
static void add_member(configspace_writer *writer, const char *key, const char *text) {
    lw_text_format(writer->out, "\"%s\": ", key);
    add_text(writer, text);
}

static void add_value(configspace_writer *writer, const char *key, lw_value value) {
    lw_text_format(writer->out, ", \"%s\": ", key);
    lw_json_add_value(writer->out, value);
}

static void add_values(configspace_writer *writer, const char *key, const lw_value *values, size_t count) {
    lw_text_format(writer->out, ", \"%s\": [", key);
    for (size_t i = 0; i < count; i++) {
        lw_text_add(writer->out, i > 0 ? ", " : "");
        lw_json_add_value(writer->out, values[i]);
    }
    lw_text_add(writer->out, "]");
}

/* ---- hyperparameters ---- */

static int check_value(configspace_writer *writer, lw_value value) {
    if (value.kind == LW_VALUE_DOCUMENT)
        return REFUSE(writer, "it has a list or mapping as a value");
    if (value.kind == LW_VALUE_NULL)
        return REFUSE(writer, "it has null as a value");
    return LW_OK;
}

/* ConfigSpace is written in Python, for which 1, 1.0 and true are the same. */
static double python_number(lw_value value) {
    return value.kind == LW_VALUE_BOOL ? value.boolean : value.kind == LW_VALUE_INTEGER ? (double)value.integer
           : value.kind == LW_VALUE_FLOAT ? value.number : (double)NAN;
}

static int check_choices(configspace_writer *writer, const lw_parameter *shown) {
    for (size_t i = 0; i < shown->n_choices; i++) {
        int rc = check_value(writer, shown->choices[i].value);
        if (rc != LW_OK)
            return rc;
        for (size_t k = 0; k < i; k++)
            if (python_number(shown->choices[i].value) == python_number(shown->choices[k].value))
                return REFUSE(writer, "two of its choices are the same in Python");
    }
    return LW_OK;
}

static void add_choices(configspace_writer *writer, const char *key, const lw_parameter *shown) {
    lw_text_format(writer->out, ", \"%s\": [", key);
    for (size_t i = 0; i < shown->n_choices; i++) {
        lw_text_add(writer->out, i > 0 ? ", " : "");
        lw_json_add_value(writer->out, shown->choices[i].value);
    }
    lw_text_add(writer->out, "]");
}

static void add_weights(configspace_writer *writer, const lw_dimension *dimension) {
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

static void add_default(configspace_writer *writer, const lw_dimension *dimension) {
    add_value(writer, writer->previous ? "default" : "default_value", lw_dimension_default(dimension));
}

static int add_choice_parameter(configspace_writer *writer, const lw_dimension *dimension) {
    const lw_parameter *shown = &dimension->shown;
    bool ordinal = shown->kind == LW_PARAMETER_ORDINAL;
    int rc = check_choices(writer, shown);
    if (rc != LW_OK)
        return rc;
    if (ordinal && lw_dimension_has_weights(dimension))
        return REFUSE(writer, "an ordinal hyperparameter has no weights there");
    if (!ordinal && shown->n_choices == 1) {
        add_member(writer, "type", "constant");
        add_value(writer, "value", shown->choices[0].value);
        return LW_OK;
    }
    add_member(writer, "type", ordinal ? "ordinal" : "categorical");
    add_choices(writer, ordinal ? "sequence" : "choices", shown);
    if (!ordinal)
        add_weights(writer, dimension);
    add_default(writer, dimension);
    return LW_OK;
}

/* Only the previous format has steps, and only those that divide the range. */
static int add_step(configspace_writer *writer, const lw_parameter *shown) {
    bool whole = shown->kind == LW_PARAMETER_INTEGER, stepped = whole ? shown->step_integer > 1 : shown->step > 0;
    if (!stepped) {
        lw_text_add(writer->out, writer->previous ? ", \"q\": null" : "");
        return LW_OK;
    }
    if (!writer->previous)
        return REFUSE(writer, "'step' is not known there");
    double steps = whole ? 0 : (shown->upper - shown->lower) / shown->step;
    bool divides = whole ? (uint64_t)(shown->upper_integer - shown->lower_integer) % (uint64_t)shown->step_integer == 0
                         : fabs(steps - round(steps)) <= 1e-9 * fabs(steps);
    if (!divides || shown->log_scale)
        return REFUSE(writer, "its step must divide the range, on a linear scale");
    lw_text_add(writer->out, ", \"q\": ");
    if (whole)
        lw_text_format(writer->out, "%lld", (long long)shown->step_integer);
    else
        lw_text_add_double(writer->out, shown->step);
    return LW_OK;
}

static void add_bound(configspace_writer *writer, const char *key, double bound) {
    if (isfinite(bound))
        add_value(writer, key, (lw_value){.kind = LW_VALUE_FLOAT, .number = bound});
    else
        lw_text_format(writer->out, ", \"%s\": null", key);
}

static int add_number_parameter(configspace_writer *writer, const lw_dimension *dimension) {
    const lw_parameter *shown = &dimension->shown;
    bool whole = shown->kind == LW_PARAMETER_INTEGER, gaussian = shown->kind == LW_PARAMETER_GAUSSIAN;
    if (gaussian && shown->log_scale)
        return REFUSE(writer, "a Gaussian on a log scale means something else there");
    if (gaussian && !writer->previous && !(isfinite(shown->lower) && isfinite(shown->upper)))
        return REFUSE(writer, "a normal hyperparameter needs 'lower' and 'upper' there");
    add_member(writer, "type", whole ? "uniform_int" : gaussian ? "normal_float" : "uniform_float");
    if (gaussian) {
        add_bound(writer, "mu", shown->mu);
        add_bound(writer, "sigma", shown->sigma);
    }
    if (whole) {
        add_value(writer, "lower", (lw_value){.kind = LW_VALUE_INTEGER, .integer = shown->lower_integer});
        add_value(writer, "upper", (lw_value){.kind = LW_VALUE_INTEGER, .integer = shown->upper_integer});
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

static void begin_item(configspace_writer *writer, bool *first) {
    lw_text_add(writer->out, *first ? "\n    {" : ",\n    {");
    *first = false;
}

static void end_hyperparameter(configspace_writer *writer, const char *name) {
    lw_text_add(writer->out, ", ");
    add_member(writer, "name", name);
    lw_text_add(writer->out, writer->previous ? "}" : ", \"meta\": null}");
}

/* "parameter 'C'", or, shortened, the constraint; lives in the arena until the next. */
static void set_subject(configspace_writer *writer, const char *what, const char *name) {
    lw_arena_release(&writer->arena);
    lw_text text = {0};
    lw_text_format(&text, "%s '%s'", what, LW_SHOW(name));
    writer->subject = text.failed ? NULL : lw_arena_text(&writer->arena, text.bytes, text.length);
    lw_text_release(&text);
}

typedef struct constant_list {
    configspace_writer *writer;
    bool *first;
} constant_list;

static int add_constant(void *arg, const char *name, lw_value value, lw_error *error) {
    constant_list *list = arg;
    configspace_writer *writer = list->writer;
    (void)error;
    set_subject(writer, "constant", name);
    int rc = check_value(writer, value);
    if (rc != LW_OK)
        return rc;
    begin_item(writer, list->first);
    add_member(writer, "type", "constant");
    add_value(writer, "value", value);
    end_hyperparameter(writer, name);
    return LW_OK;
}

static int add_hyperparameters(configspace_writer *writer) {
    bool first = true;
    constant_list constants = {writer, &first};
    int rc = LW_OK;
    lw_text_add(writer->out, "  \"hyperparameters\": [");
    for (size_t i = 0; i < writer->space->n_parameters && rc == LW_OK; i++) {
        const lw_dimension *dimension = &writer->space->dimensions[i];
        set_subject(writer, "parameter", dimension->shown.name);
        begin_item(writer, &first);
        rc = dimension->shown.n_choices > 0 ? add_choice_parameter(writer, dimension) : add_number_parameter(writer, dimension);
        end_hyperparameter(writer, dimension->shown.name);
    }
    if (rc == LW_OK)
        rc = lw_convert_each_constant(writer->space, add_constant, &constants, writer->error);
    lw_text_add(writer->out, "\n  ]");
    return rc;
}

/* ---- what comparisons mean in values ---- */

static const lw_dimension *searched(const configspace_writer *writer, size_t slot) {
    return slot < writer->space->n_parameters ? &writer->space->dimensions[slot] : NULL;
}

static lw_operand operand_of(lw_value value) {
    switch (value.kind) {
    case LW_VALUE_BOOL:
        return (lw_operand){.kind = LW_OPERAND_BOOL, .boolean = value.boolean};
    case LW_VALUE_INTEGER:
        return (lw_operand){.kind = LW_OPERAND_INTEGER, .integer = value.integer};
    case LW_VALUE_FLOAT:
        return (lw_operand){.kind = LW_OPERAND_FLOAT, .number = value.number};
    case LW_VALUE_TEXT:
        return (lw_operand){.kind = LW_OPERAND_TEXT, .text = {value.text.bytes, value.text.length}};
    default:
        return (lw_operand){.kind = LW_OPERAND_NULL};
    }
}

static bool satisfies(const lw_condition *leaf, lw_value value) {
    bool listed = false;
    if (leaf->kind == LW_CONDITION_COMPARE) {
        lw_operand outcome = lw_operate_binary(leaf->op, operand_of(value), operand_of(leaf->values[0]));
        return outcome.kind == LW_OPERAND_BOOL && outcome.boolean;
    }
    for (size_t i = 0; i < leaf->n_values; i++)
        listed |= lw_value_equal(leaf->values[i], value);
    return listed == (leaf->kind == LW_CONDITION_IN);
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

/* The values of a parameter for which a leaf holds. NULL if they cannot be listed, or without memory. */
static const lw_value *list_values(configspace_writer *writer, const lw_condition *leaf, size_t *count) {
    const lw_dimension *dimension = searched(writer, leaf->slot);
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

static const char *slot_name(const configspace_writer *writer, size_t slot) {
    return writer->space->names[slot].name;
}

static bool is_choice_slot(const configspace_writer *writer, size_t slot) {
    const lw_dimension *dimension = searched(writer, slot);
    return !dimension || dimension->shown.n_choices > 0;
}

/* ---- conditions ---- */

static void begin_condition(configspace_writer *writer, const char *type, const char *child) {
    lw_text_add(writer->out, "{");
    add_member(writer, "type", type);
    lw_text_add(writer->out, ", ");
    add_member(writer, "child", child);
}

static void add_parent(configspace_writer *writer, size_t slot) {
    lw_text_add(writer->out, ", ");
    add_member(writer, "parent", slot_name(writer, slot));
}

static void add_simple(configspace_writer *writer, const char *type, const char *child, size_t slot, lw_value value) {
    begin_condition(writer, type, child);
    add_parent(writer, slot);
    add_value(writer, "value", value);
    lw_text_add(writer->out, "}");
}

static int add_listed(configspace_writer *writer, const char *child, const lw_condition *leaf) {
    size_t count = leaf->n_values;
    const lw_value *values = leaf->kind == LW_CONDITION_IN ? leaf->values : list_values(writer, leaf, &count);
    if (!values || count == 0)
        return REFUSE(writer, "the condition on '%s' is none of =, !=, <, > and in, and its values cannot be listed", LW_SHOW(slot_name(writer, leaf->slot)));
    begin_condition(writer, "IN", child);
    add_parent(writer, leaf->slot);
    add_values(writer, "values", values, count);
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

static int add_comparison(configspace_writer *writer, const char *child, const lw_condition *leaf) {
    const lw_dimension *parent = searched(writer, leaf->slot);
    lw_value value = leaf->values[0], moved;
    bool integer = parent && parent->shown.kind == LW_PARAMETER_INTEGER;
    bool inclusive = leaf->op == LW_OP_LESS_EQUAL || leaf->op == LW_OP_GREATER_EQUAL;
    if (leaf->op == LW_OP_EQUAL)
        add_simple(writer, "EQ", child, leaf->slot, value);
    else if (leaf->op == LW_OP_NOT_EQUAL)
        add_simple(writer, "NEQ", child, leaf->slot, value);
    else if (is_choice_slot(writer, leaf->slot))
        return add_listed(writer, child, leaf);
    else if (!inclusive)
        add_simple(writer, leaf->op == LW_OP_LESS ? "LT" : "GT", child, leaf->slot, value);
    else if (integer && as_strict(leaf->op, value, &moved))
        add_simple(writer, leaf->op == LW_OP_LESS_EQUAL ? "LT" : "GT", child, leaf->slot, moved);
    else
        return REFUSE(writer, "a condition with <= or >= on '%s' is not known there", LW_SHOW(slot_name(writer, leaf->slot)));
    return LW_OK;
}

static int add_condition(configspace_writer *writer, const char *child, const lw_condition *condition);

/* All operands of a chain of the same kind; a chain leans to the left. */
static int add_chain(configspace_writer *writer, const char *child, const lw_condition *condition, lw_condition_kind kind) {
    if (condition->kind != kind)
        return add_condition(writer, child, condition);
    int rc = add_chain(writer, child, condition->left, kind);
    lw_text_add(writer->out, ", ");
    return rc == LW_OK ? add_chain(writer, child, condition->right, kind) : rc;
}

static int add_condition(configspace_writer *writer, const char *child, const lw_condition *condition) {
    int rc;
    switch (condition->kind) {
    case LW_CONDITION_COMPARE:
        return add_comparison(writer, child, condition);
    case LW_CONDITION_IN:
    case LW_CONDITION_NOT_IN:
        return add_listed(writer, child, condition);
    case LW_CONDITION_RELATION:
        return REFUSE(writer, "a condition cannot compare two parameters there");
    default:
        begin_condition(writer, condition->kind == LW_CONDITION_AND ? "AND" : "OR", child);
        lw_text_add(writer->out, ", \"conditions\": [");
        rc = add_chain(writer, child, condition, condition->kind);
        lw_text_add(writer->out, "]}");
        return rc;
    }
}

static int add_conditions(configspace_writer *writer) {
    const char *comma = "\n    ";
    int rc = LW_OK;
    lw_text_add(writer->out, ",\n  \"conditions\": [");
    for (size_t i = 0; i < writer->space->n_parameters && rc == LW_OK; i++) {
        const lw_dimension *dimension = &writer->space->dimensions[i];
        const lw_condition *tree;
        if (!dimension->condition)
            continue;
        set_subject(writer, "the condition of parameter", dimension->shown.name);
        rc = lw_condition_make(&tree, dimension->condition, false, &writer->arena, writer->error);
        if (rc != LW_OK)
            return refuse_with(writer, rc);
        lw_text_add(writer->out, comma);
        rc = add_condition(writer, dimension->shown.name, tree);
        comma = ",\n    ";
    }
    lw_text_add(writer->out, "\n  ]");
    return rc;
}

/* ---- forbidden clauses ---- */

/* A conjunction of leaves; the next one is another way to be forbidden. */
typedef struct clause {
    const lw_condition **leaves;
    size_t n_leaves;
    struct clause *next;
} clause;

static clause *new_clause(configspace_writer *writer, const clause *a, const clause *b) {
    clause *made = lw_arena_get(&writer->arena, 1, sizeof *made);
    size_t n = a->n_leaves + (b ? b->n_leaves : 0);
    const lw_condition **leaves = lw_arena_get(&writer->arena, n, sizeof *leaves);
    if (!made || !leaves)
        return NULL;
    memcpy(leaves, a->leaves, a->n_leaves * sizeof *leaves);
    if (b)
        memcpy(leaves + a->n_leaves, b->leaves, b->n_leaves * sizeof *leaves);
    *made = (clause){.leaves = leaves, .n_leaves = n};
    return made;
}

/* a1 or a2, and b1 or b2: a1 b1, a1 b2, a2 b1, a2 b2. */
static clause *distribute(configspace_writer *writer, const clause *left, const clause *right) {
    clause *first = NULL, **end = &first;
    size_t count = 0;
    for (const clause *a = left; a; a = a->next)
        for (const clause *b = right; b; b = b->next) {
            if (++count > MOST_CLAUSES)
                return NULL;
            *end = new_clause(writer, a, b);
            if (!*end)
                return NULL;
            end = &(*end)->next;
        }
    return first;
}

/* The disjunctive form of a condition; NULL if it has too many clauses, or without memory. */
static clause *clauses_of(configspace_writer *writer, const lw_condition *condition) {
    if (condition->kind != LW_CONDITION_AND && condition->kind != LW_CONDITION_OR)
        return new_clause(writer, &(clause){.leaves = &condition, .n_leaves = 1}, NULL);
    clause *left = clauses_of(writer, condition->left), *right = clauses_of(writer, condition->right);
    if (!left || !right)
        return NULL;
    if (condition->kind == LW_CONDITION_AND)
        return distribute(writer, left, right);
    clause *last = left;
    while (last->next)
        last = last->next;
    last->next = right;
    return left;
}

/* The previous ConfigSpace writes relations, too, but fails to read them. */
static int add_forbidden_relation(configspace_writer *writer, const lw_condition *leaf) {
    static const struct {
        lw_operator op;
        const char *type;
    } types[] = {{LW_OP_LESS, "RELATION_LT"}, {LW_OP_LESS_EQUAL, "RELATION_LE"}, {LW_OP_EQUAL, "RELATION_EQ"},
                 {LW_OP_GREATER, "RELATION_GT"}, {LW_OP_GREATER_EQUAL, "RELATION_GE"}};
    for (size_t i = 0; i < sizeof types / sizeof *types && !writer->previous; i++) {
        if (types[i].op != leaf->op)
            continue;
        lw_text_add(writer->out, "{");
        add_member(writer, "type", types[i].type);
        lw_text_add(writer->out, ", ");
        add_member(writer, "left", slot_name(writer, leaf->slot));
        lw_text_add(writer->out, ", ");
        add_member(writer, "right", slot_name(writer, leaf->other));
        lw_text_add(writer->out, "}");
        return LW_OK;
    }
    return REFUSE(writer, "what it forbids compares '%s' and '%s' in a way that is not known there", LW_SHOW(slot_name(writer, leaf->slot)),
                  LW_SHOW(slot_name(writer, leaf->other)));
}

static void begin_forbidden(configspace_writer *writer, const char *type, const lw_condition *leaf) {
    lw_text_add(writer->out, "{");
    add_member(writer, "type", type);
    lw_text_add(writer->out, ", ");
    add_member(writer, "name", slot_name(writer, leaf->slot));
}

static const char *clause_type(lw_operator op) {
    switch (op) {
    case LW_OP_LESS:
        return "CLAUSE_LT";
    case LW_OP_LESS_EQUAL:
        return "CLAUSE_LE";
    case LW_OP_GREATER:
        return "CLAUSE_GT";
    case LW_OP_GREATER_EQUAL:
        return "CLAUSE_GE";
    default:
        return NULL;
    }
}

static int add_forbidden_list(configspace_writer *writer, const lw_condition *leaf) {
    size_t count = leaf->n_values;
    const lw_value *values = leaf->kind == LW_CONDITION_IN ? leaf->values : list_values(writer, leaf, &count);
    if (!values || count == 0)
        return REFUSE(writer, "what it forbids of '%s' cannot be listed", LW_SHOW(slot_name(writer, leaf->slot)));
    begin_forbidden(writer, "IN", leaf);
    add_values(writer, "values", values, count);
    lw_text_add(writer->out, "}");
    return LW_OK;
}

static int add_forbidden_leaf(configspace_writer *writer, const lw_condition *leaf) {
    if (leaf->kind == LW_CONDITION_RELATION)
        return add_forbidden_relation(writer, leaf);
    bool compares = leaf->kind == LW_CONDITION_COMPARE;
    const char *type = compares && !writer->previous && !is_choice_slot(writer, leaf->slot) ? clause_type(leaf->op) : NULL;
    if (compares && leaf->op == LW_OP_EQUAL)
        type = "EQUALS";
    if (!type)
        return add_forbidden_list(writer, leaf);
    begin_forbidden(writer, type, leaf);
    add_value(writer, "value", leaf->values[0]);
    lw_text_add(writer->out, "}");
    return LW_OK;
}

static int add_clause(configspace_writer *writer, const clause *forbidden) {
    if (forbidden->n_leaves == 1)
        return add_forbidden_leaf(writer, forbidden->leaves[0]);
    int rc = LW_OK;
    lw_text_add(writer->out, "{\"type\": \"AND\", \"clauses\": [");
    for (size_t i = 0; i < forbidden->n_leaves && rc == LW_OK; i++) {
        lw_text_add(writer->out, i > 0 ? ", " : "");
        if (forbidden->leaves[i]->kind == LW_CONDITION_RELATION)
            return REFUSE(writer, "a comparison of two parameters cannot be part of a larger clause there");
        rc = add_forbidden_leaf(writer, forbidden->leaves[i]);
    }
    lw_text_add(writer->out, "]}");
    return rc;
}

static int add_constraint(configspace_writer *writer, const lw_constraint *constraint, bool *first) {
    const lw_condition *tree;
    set_subject(writer, "the constraint", constraint->text);
    int rc = lw_condition_make(&tree, constraint->expression, true, &writer->arena, writer->error);
    if (rc != LW_OK)
        return refuse_with(writer, rc);
    const clause *forbidden = clauses_of(writer, tree);
    if (!forbidden)
        return writer->arena.failed ? lw_error_no_memory(writer->error) : REFUSE(writer, "it forbids in more than %d ways", MOST_CLAUSES);
    for (; forbidden && rc == LW_OK; forbidden = forbidden->next) {
        lw_text_add(writer->out, *first ? "\n    " : ",\n    ");
        *first = false;
        rc = add_clause(writer, forbidden);
    }
    return rc;
}

static int add_forbiddens(configspace_writer *writer) {
    bool first = true;
    int rc = LW_OK;
    lw_text_add(writer->out, ",\n  \"forbiddens\": [");
    for (size_t i = 0; i < writer->space->n_constraints && rc == LW_OK; i++)
        rc = add_constraint(writer, &writer->space->constraints[i], &first);
    lw_text_add(writer->out, "\n  ]");
    return rc;
}

int lw_configspace_write(lw_text *out, const lw_space *space, bool previous, lw_error *error) {
    configspace_writer writer = {.out = out, .space = space, .previous = previous, .error = error};
    lw_text_add(out, "{\n  ");
    add_member(&writer, "name", space->name);
    lw_text_add(out, ",\n");
    int rc = add_hyperparameters(&writer);
    if (rc == LW_OK)
        rc = add_conditions(&writer);
    if (rc == LW_OK)
        rc = add_forbiddens(&writer);
    lw_text_add(out, previous ? ",\n  \"python_module_version\": \"0.7.1\",\n  \"json_format_version\": 0.4\n}\n"
                              : ",\n  \"python_module_version\": \"1.2.0\",\n  \"format_version\": 0.4\n}\n");
    lw_arena_release(&writer.arena);
    return rc;
}
