/*
 * Writes constraints for ConfigSpace: what each of them forbids, as a list of conjunctions.
 */
#include "configspace_writer.h"

#include <string.h>

enum { MOST_CLAUSES = 1000 };

/* A conjunction of leaves; the next one is another way to be forbidden. */
typedef struct clause {
    const lw_condition **leaves;
    size_t n_leaves;
    struct clause *next;
} clause;

static clause *new_clause(lw_configspace_writer *writer, const clause *a, const clause *b) {
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
static clause *distribute(lw_configspace_writer *writer, const clause *left, const clause *right) {
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
static clause *clauses_of(lw_configspace_writer *writer, const lw_condition *condition) {
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
static int add_forbidden_relation(lw_configspace_writer *writer, const lw_condition *leaf) {
    static const struct {
        lw_operator op;
        const char *type;
    } types[] = {{LW_OP_LESS, "RELATION_LT"},
                 {LW_OP_LESS_EQUAL, "RELATION_LE"},
                 {LW_OP_EQUAL, "RELATION_EQ"},
                 {LW_OP_GREATER, "RELATION_GT"},
                 {LW_OP_GREATER_EQUAL, "RELATION_GE"}};
    for (size_t i = 0; i < sizeof types / sizeof *types && !writer->previous; i++) {
        if (types[i].op != leaf->op)
            continue;
        lw_text_add(writer->out, "{");
        lw_configspace_add_member(writer, "type", types[i].type);
        lw_text_add(writer->out, ", ");
        lw_configspace_add_member(writer, "left", lw_configspace_slot_name(writer, leaf->slot));
        lw_text_add(writer->out, ", ");
        lw_configspace_add_member(writer, "right", lw_configspace_slot_name(writer, leaf->other));
        lw_text_add(writer->out, "}");
        return LW_OK;
    }
    return LW_CONFIGSPACE_REFUSE(writer, "what it forbids compares '%s' and '%s' in a way that is not known there",
                                 LW_SHOW(lw_configspace_slot_name(writer, leaf->slot)),
                                 LW_SHOW(lw_configspace_slot_name(writer, leaf->other)));
}

static void begin_forbidden(lw_configspace_writer *writer, const char *type, const lw_condition *leaf) {
    lw_text_add(writer->out, "{");
    lw_configspace_add_member(writer, "type", type);
    lw_text_add(writer->out, ", ");
    lw_configspace_add_member(writer, "name", lw_configspace_slot_name(writer, leaf->slot));
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

static int add_forbidden_list(lw_configspace_writer *writer, const lw_condition *leaf) {
    size_t count;
    const lw_value *values = lw_configspace_list_values(writer, leaf, &count);
    if (writer->arena.failed)
        return lw_error_no_memory(writer->error);
    if (count == 0)
        return LW_CONFIGSPACE_REFUSE(writer, "what it forbids of '%s' cannot be listed",
                                     LW_SHOW(lw_configspace_slot_name(writer, leaf->slot)));
    begin_forbidden(writer, "IN", leaf);
    lw_configspace_add_values(writer, "values", values, count);
    lw_text_add(writer->out, "}");
    return LW_OK;
}

static int add_forbidden_leaf(lw_configspace_writer *writer, const lw_condition *leaf) {
    if (leaf->kind == LW_CONDITION_RELATION)
        return add_forbidden_relation(writer, leaf);
    bool compares = leaf->kind == LW_CONDITION_COMPARE;
    const char *type =
        compares && !writer->previous && !lw_configspace_is_choice(writer, leaf->slot) ? clause_type(leaf->op) : NULL;
    if (compares && leaf->op == LW_OP_EQUAL)
        type = "EQUALS";
    if (!type || !lw_configspace_is_legal(writer, leaf))
        return add_forbidden_list(writer, leaf);
    begin_forbidden(writer, type, leaf);
    lw_configspace_add_value(writer, "value", leaf->values[0]);
    lw_text_add(writer->out, "}");
    return LW_OK;
}

/* True if a part of it holds for no value. */
static bool forbids_nothing(lw_configspace_writer *writer, const clause *forbidden) {
    for (size_t i = 0; i < forbidden->n_leaves; i++) {
        size_t count = 1;
        if (forbidden->leaves[i]->kind != LW_CONDITION_RELATION &&
            lw_configspace_list_values(writer, forbidden->leaves[i], &count) && count == 0)
            return true;
    }
    return false;
}

static int add_clause(lw_configspace_writer *writer, const clause *forbidden) {
    if (forbidden->n_leaves == 1)
        return add_forbidden_leaf(writer, forbidden->leaves[0]);
    int rc = LW_OK;
    lw_text_add(writer->out, "{\"type\": \"AND\", \"clauses\": [");
    for (size_t i = 0; i < forbidden->n_leaves && rc == LW_OK; i++) {
        lw_text_add(writer->out, i > 0 ? ", " : "");
        if (forbidden->leaves[i]->kind == LW_CONDITION_RELATION)
            return LW_CONFIGSPACE_REFUSE(writer,
                                         "a comparison of two parameters cannot be part of a larger clause there");
        rc = add_forbidden_leaf(writer, forbidden->leaves[i]);
    }
    lw_text_add(writer->out, "]}");
    return rc;
}

static int add_constraint(lw_configspace_writer *writer, const lw_constraint *constraint, bool *first) {
    const lw_condition *tree;
    lw_configspace_set_subject(writer, "the constraint", constraint->text);
    int rc = lw_condition_make(&tree, constraint->expression, true, &writer->arena, writer->error);
    if (rc != LW_OK)
        return lw_configspace_refuse(writer, rc);
    const clause *forbidden = clauses_of(writer, tree);
    if (!forbidden)
        return writer->arena.failed ? lw_error_no_memory(writer->error)
                                    : LW_CONFIGSPACE_REFUSE(writer, "it forbids in more than %d ways", MOST_CLAUSES);
    for (; forbidden && rc == LW_OK; forbidden = forbidden->next) {
        if (forbids_nothing(writer, forbidden))
            continue;
        lw_text_add(writer->out, *first ? "\n    " : ",\n    ");
        *first = false;
        rc = add_clause(writer, forbidden);
    }
    return rc;
}

int lw_configspace_add_forbiddens(lw_configspace_writer *writer) {
    bool first = true;
    int rc = LW_OK;
    lw_text_add(writer->out, ",\n  \"forbiddens\": [");
    for (size_t i = 0; i < writer->space->n_constraints && rc == LW_OK; i++)
        rc = add_constraint(writer, &writer->space->constraints[i], &first);
    lw_text_add(writer->out, "\n  ]");
    return rc;
}
