#include <string.h>

#include <labwatch/sys/memory.h>
#include <labwatch/sys/text.h>

#include "expression_internal.h"

size_t lw_expression_n_slots(const lw_expression *expression) {
    return expression->n_slots;
}

size_t lw_expression_slot(const lw_expression *expression, size_t i) {
    return expression->slots[i];
}

const char *lw_expression_text(const lw_expression *expression) {
    return expression->text;
}

void lw_expression_free(lw_expression *expression) {
    if (!expression)
        return;
    lw_arena_release(&expression->arena);
    lw_free(expression->operations);
    lw_free(expression->slots);
    lw_free(expression->slot_names);
    lw_free(expression);
}

const char *lw_operator_text(lw_operator op) {
    static const char *const texts[] = {[LW_OP_CONSTANT] = "",    [LW_OP_SLOT] = "",
                                        [LW_OP_NEGATE] = "neg",   [LW_OP_NOT] = "not",
                                        [LW_OP_ABS] = "abs",      [LW_OP_LOG] = "log",
                                        [LW_OP_LOG2] = "log2",    [LW_OP_LOG10] = "log10",
                                        [LW_OP_EXP] = "exp",      [LW_OP_SQRT] = "sqrt",
                                        [LW_OP_FLOOR] = "floor",  [LW_OP_CEIL] = "ceil",
                                        [LW_OP_ROUND] = "round",  [LW_OP_IS_NULL] = "null?",
                                        [LW_OP_ADD] = "+",        [LW_OP_SUBTRACT] = "-",
                                        [LW_OP_MULTIPLY] = "*",   [LW_OP_DIVIDE] = "/",
                                        [LW_OP_MODULO] = "%",     [LW_OP_POWER] = "**",
                                        [LW_OP_MIN] = "min",      [LW_OP_MAX] = "max",
                                        [LW_OP_LESS] = "<",       [LW_OP_LESS_EQUAL] = "<=",
                                        [LW_OP_GREATER] = ">",    [LW_OP_GREATER_EQUAL] = ">=",
                                        [LW_OP_EQUAL] = "==",     [LW_OP_NOT_EQUAL] = "!=",
                                        [LW_OP_AND] = "and",      [LW_OP_OR] = "or",
                                        [LW_OP_IN_ITEM] = "item", [LW_OP_IN_END] = "in"};
    return texts[op];
}

lw_operator lw_operator_mirrored(lw_operator op) {
    switch (op) {
    case LW_OP_LESS:
        return LW_OP_GREATER;
    case LW_OP_LESS_EQUAL:
        return LW_OP_GREATER_EQUAL;
    case LW_OP_GREATER:
        return LW_OP_LESS;
    case LW_OP_GREATER_EQUAL:
        return LW_OP_LESS_EQUAL;
    default:
        return op;
    }
}

lw_operand lw_operand_of_value(lw_value value) {
    switch (value.kind) {
    case LW_VALUE_BOOL:
        return (lw_operand){.kind = LW_OPERAND_BOOL, .boolean = value.boolean};
    case LW_VALUE_INTEGER:
        return (lw_operand){.kind = LW_OPERAND_INTEGER, .integer = value.integer};
    case LW_VALUE_FLOAT:
        return (lw_operand){.kind = LW_OPERAND_FLOAT, .number = value.number};
    case LW_VALUE_TEXT:
        return (lw_operand){.kind = LW_OPERAND_TEXT, .text = {value.text.bytes, value.text.length}};
    case LW_VALUE_DOCUMENT:
        return (lw_operand){.kind = LW_OPERAND_DOCUMENT, .text = {value.text.bytes, value.text.length}};
    default:
        return (lw_operand){.kind = LW_OPERAND_NULL};
    }
}

lw_value lw_value_of_operand(lw_operand operand) {
    switch (operand.kind) {
    case LW_OPERAND_BOOL:
        return (lw_value){.kind = LW_VALUE_BOOL, .boolean = operand.boolean};
    case LW_OPERAND_INTEGER:
        return (lw_value){.kind = LW_VALUE_INTEGER, .integer = operand.integer};
    case LW_OPERAND_FLOAT:
        return (lw_value){.kind = LW_VALUE_FLOAT, .number = operand.number};
    case LW_OPERAND_TEXT:
        return (lw_value){.kind = LW_VALUE_TEXT, .text = {operand.text.bytes, operand.text.length}};
    case LW_OPERAND_DOCUMENT:
        return (lw_value){.kind = LW_VALUE_DOCUMENT, .text = {operand.text.bytes, operand.text.length}};
    default:
        return (lw_value){.kind = LW_VALUE_NULL};
    }
}

static void add_constant(lw_text *out, lw_operand constant) {
    switch (constant.kind) {
    case LW_OPERAND_BOOL:
        lw_text_add(out, constant.boolean ? "true" : "false");
        break;
    case LW_OPERAND_INTEGER:
        lw_text_format(out, "%lld", (long long)constant.integer);
        break;
    case LW_OPERAND_FLOAT: /* 1.0 means the same as 1 */
        if (constant.number > -0x1p53 && constant.number < 0x1p53 &&
            constant.number == (double)(int64_t)constant.number)
            lw_text_format(out, "%lld", (long long)constant.number);
        else
            lw_text_add_double(out, constant.number);
        break;
    case LW_OPERAND_TEXT:
        lw_text_add_json(out, constant.text.bytes, constant.text.length);
        break;
    case LW_OPERAND_DOCUMENT:
        lw_text_append(out, constant.text.bytes, constant.text.length);
        break;
    default:
        lw_text_add(out, "null");
    }
}

static void add_slot(lw_text *out, const lw_expression *expression, size_t slot) {
    size_t i = 0;
    while (expression->slots[i] != slot)
        i++;
    lw_text_add(out, "`");
    lw_text_add(out, expression->slot_names[i]);
    lw_text_add(out, "`");
}

/* The operations in their order: it shows neither spaces nor brackets nor quotes of the text. */
char *lw_expression_canonical(const lw_expression *expression) {
    lw_text out = {0};
    for (size_t i = 0; i < expression->n_operations; i++) {
        const lw_operation *operation = &expression->operations[i];
        if (i > 0)
            lw_text_add(&out, " ");
        if (operation->op == LW_OP_CONSTANT)
            add_constant(&out, operation->operand);
        else if (operation->op == LW_OP_SLOT)
            add_slot(&out, expression, operation->slot);
        else
            lw_text_add(&out, lw_operator_text(operation->op));
    }
    return lw_text_take(&out);
}
