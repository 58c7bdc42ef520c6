#include "condition_tree.h"

#include <labwatch/sys/memory.h>

/* What an operation of the compiled expression leaves on the stack. */
typedef enum item_kind { ITEM_SLOT, ITEM_VALUE, ITEM_LIST, ITEM_TRUTH, ITEM_OTHER } item_kind;

typedef struct item {
    item_kind kind;
    size_t slot;
    lw_value value;
    size_t first_value; /* of a list: values from here on */
    lw_condition *truth;
} item;

typedef struct tree_maker {
    lw_arena *arena;
    item stack[LW_EXPRESSION_STACK + 2];
    size_t height;
    lw_value *values; /* items of the list that is being read: lists do not nest */
    size_t n_values, capacity;
    lw_error *error;
} tree_maker;

static int refuse(tree_maker *maker) {
    if (maker->arena->failed)
        return lw_error_no_memory(maker->error);
    return lw_error_set(maker->error, LW_EUNSUPPORTED,
                        "only comparisons of a parameter with values, joined by and, or, not, can be written");
}

static lw_condition *new_condition(tree_maker *maker, lw_condition condition) {
    lw_condition *made = lw_arena_get(maker->arena, 1, sizeof *made);
    if (made)
        *made = condition;
    return made;
}

static const lw_value *copy_values(tree_maker *maker, const lw_value *values, size_t count) {
    lw_value *copy = lw_arena_get(maker->arena, count, sizeof *copy);
    for (size_t i = 0; copy && i < count; i++)
        copy[i] = values[i];
    return copy;
}

static int push_truth(tree_maker *maker, lw_condition condition) {
    lw_condition *made = new_condition(maker, condition);
    maker->stack[maker->height++] = (item){.kind = ITEM_TRUTH, .truth = made};
    return made ? LW_OK : lw_error_no_memory(maker->error);
}

static item pop(tree_maker *maker) {
    return maker->stack[--maker->height];
}

static int add_comparison(tree_maker *maker, lw_operator op) {
    item right = pop(maker), left = pop(maker);
    if (left.kind == ITEM_SLOT && right.kind == ITEM_SLOT)
        return push_truth(
            maker, (lw_condition){.kind = LW_CONDITION_RELATION, .op = op, .slot = left.slot, .other = right.slot});
    if (left.kind == ITEM_VALUE && right.kind == ITEM_SLOT) {
        item swapped = left;
        left = right;
        right = swapped;
        op = lw_operator_mirrored(op);
    }
    if (left.kind != ITEM_SLOT || right.kind != ITEM_VALUE)
        return refuse(maker);
    const lw_value *value = copy_values(maker, &right.value, 1);
    if (!value)
        return lw_error_no_memory(maker->error);
    return push_truth(
        maker,
        (lw_condition){.kind = LW_CONDITION_COMPARE, .op = op, .slot = left.slot, .values = value, .n_values = 1});
}

/* A name that is true or false by itself. */
static lw_condition *truth_of(tree_maker *maker, const item *operand) {
    static const lw_value yes = {.kind = LW_VALUE_BOOL, .boolean = true};
    if (operand->kind == ITEM_TRUTH)
        return operand->truth;
    if (operand->kind != ITEM_SLOT)
        return NULL;
    return new_condition(
        maker,
        (lw_condition){
            .kind = LW_CONDITION_COMPARE, .op = LW_OP_EQUAL, .slot = operand->slot, .values = &yes, .n_values = 1});
}

static int add_logic(tree_maker *maker, lw_condition_kind kind) {
    item right = pop(maker), left = pop(maker);
    const lw_condition *a = truth_of(maker, &left), *b = truth_of(maker, &right);
    return a && b ? push_truth(maker, (lw_condition){.kind = kind, .left = a, .right = b}) : refuse(maker);
}

static lw_operator opposite_operator(lw_operator op) {
    switch (op) {
    case LW_OP_LESS:
        return LW_OP_GREATER_EQUAL;
    case LW_OP_LESS_EQUAL:
        return LW_OP_GREATER;
    case LW_OP_GREATER:
        return LW_OP_LESS_EQUAL;
    case LW_OP_GREATER_EQUAL:
        return LW_OP_LESS;
    case LW_OP_EQUAL:
        return LW_OP_NOT_EQUAL;
    default:
        return LW_OP_EQUAL;
    }
}

/* Turns a tree into its opposite; each node belongs to one tree only. As deep as the expression: a chain of `and` leans
 * to the left. */
static void negate(lw_condition *condition) {
    for (;;) {
        switch (condition->kind) {
        case LW_CONDITION_COMPARE:
        case LW_CONDITION_RELATION:
            condition->op = opposite_operator(condition->op);
            return;
        case LW_CONDITION_IN:
            condition->kind = LW_CONDITION_NOT_IN;
            return;
        case LW_CONDITION_NOT_IN:
            condition->kind = LW_CONDITION_IN;
            return;
        default:
            condition->kind = condition->kind == LW_CONDITION_AND ? LW_CONDITION_OR : LW_CONDITION_AND;
            negate((lw_condition *)condition->right);
            condition = (lw_condition *)condition->left;
        }
    }
}

static int add_negation(tree_maker *maker) {
    item operand = pop(maker);
    lw_condition *truth = truth_of(maker, &operand);
    if (!truth)
        return refuse(maker);
    negate(truth);
    maker->stack[maker->height++] = (item){.kind = ITEM_TRUTH, .truth = truth};
    return LW_OK;
}

/* x, the outcome so far (a constant at first), item. */
static int add_list_item(tree_maker *maker) {
    item listed = pop(maker), outcome = pop(maker);
    if (listed.kind != ITEM_VALUE)
        return refuse(maker);
    if (outcome.kind != ITEM_LIST)
        maker->n_values = 0;
    if (!lw_array_reserve(&maker->values, &maker->capacity, maker->n_values, sizeof *maker->values))
        return lw_error_no_memory(maker->error);
    maker->values[maker->n_values++] = listed.value;
    maker->stack[maker->height++] = (item){.kind = ITEM_LIST};
    return LW_OK;
}

static int end_list(tree_maker *maker) {
    pop(maker);
    item name = pop(maker);
    if (name.kind != ITEM_SLOT)
        return refuse(maker);
    const lw_value *values = copy_values(maker, maker->values, maker->n_values);
    if (!values)
        return lw_error_no_memory(maker->error);
    return push_truth(
        maker,
        (lw_condition){.kind = LW_CONDITION_IN, .slot = name.slot, .values = values, .n_values = maker->n_values});
}

static int add_operation(tree_maker *maker, const lw_operation *operation) {
    switch (operation->op) {
    case LW_OP_CONSTANT:
        maker->stack[maker->height++] = (item){.kind = ITEM_VALUE, .value = lw_value_of_operand(operation->operand)};
        return LW_OK;
    case LW_OP_SLOT:
        maker->stack[maker->height++] = (item){.kind = ITEM_SLOT, .slot = operation->slot};
        return LW_OK;
    case LW_OP_NOT:
        return add_negation(maker);
    case LW_OP_AND:
        return add_logic(maker, LW_CONDITION_AND);
    case LW_OP_OR:
        return add_logic(maker, LW_CONDITION_OR);
    case LW_OP_IN_ITEM:
        return add_list_item(maker);
    case LW_OP_IN_END:
        return end_list(maker);
    default:
        return operation->op >= LW_OP_LESS && operation->op <= LW_OP_NOT_EQUAL ? add_comparison(maker, operation->op)
                                                                               : refuse(maker);
    }
}

int lw_condition_make(const lw_condition **out, const lw_expression *expression, bool opposite, lw_arena *arena,
                      lw_error *error) {
    tree_maker *maker = lw_calloc(1, sizeof *maker);
    if (!maker)
        return lw_error_no_memory(error);
    maker->arena = arena;
    maker->error = error;
    int rc = LW_OK;
    for (size_t i = 0; i < expression->n_operations && rc == LW_OK; i++)
        rc = add_operation(maker, &expression->operations[i]);
    lw_condition *truth = rc == LW_OK ? truth_of(maker, &maker->stack[0]) : NULL;
    if (rc == LW_OK && !truth)
        rc = refuse(maker);
    if (rc == LW_OK && opposite)
        negate(truth);
    if (rc == LW_OK)
        *out = truth;
    lw_free(maker->values);
    lw_free(maker);
    return rc;
}
