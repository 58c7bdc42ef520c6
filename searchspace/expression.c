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
