#include <labwatch/sys/memory.h>

#include "expression_parser.h"
#include "suggestion.h"

/* ---- tokens ---- */

int lw_parser_advance(lw_parser *p) {
    int status = lw_lexer_next(&p->lexer, &p->token, p->error);
    if (status != LW_OK)
        p->error_at = p->token.at;
    return status;
}

bool lw_parser_sees(const lw_parser *p, lw_operator op) {
    return p->token.kind == LW_TOKEN_OPERATOR && p->token.op == op;
}

int lw_parser_fail_expected(lw_parser *p, const char *expected) {
    if (p->token.kind == LW_TOKEN_END)
        return LW_FAIL_AT(p, p->token.at, "the expression ends where %s is expected", expected);
    return LW_FAIL_AT(p, p->token.at, "found '%.*s' where %s is expected", LW_SHOWN(p, p->token), expected);
}

int lw_parser_enter(lw_parser *p) {
    if (++p->depth > LW_EXPRESSION_DEEPEST)
        return LW_FAIL_AT(p, p->token.at, "the expression is nested more than %d deep", LW_EXPRESSION_DEEPEST);
    return LW_OK;
}

/* ---- operations ---- */

int lw_parser_add(lw_parser *p, lw_operation operation) {
    lw_expression *out = p->out;
    if (out->n_operations == LW_EXPRESSION_OPERATIONS)
        return LW_FAIL_AT(p, p->token.at, "the expression is too long: it has more than %d operations", LW_EXPRESSION_OPERATIONS);
    if (!lw_array_reserve(&out->operations, &p->operations_capacity, out->n_operations, sizeof *out->operations))
        return lw_error_no_memory(p->error);
    out->operations[out->n_operations++] = operation;
    return LW_OK;
}

int lw_parser_push(lw_parser *p, lw_operation operation) {
    if (++p->height > LW_EXPRESSION_STACK)
        return LW_FAIL_AT(p, p->token.at, "the expression is nested too deeply");
    return lw_parser_add(p, operation);
}

bool lw_parser_is_constant(const lw_parser *p, size_t i) {
    return p->out->operations[i].op == LW_OP_CONSTANT;
}

static bool is_division(lw_operator op) {
    return op == LW_OP_DIVIDE || op == LW_OP_MODULO;
}

static bool is_zero(lw_operand a) {
    return (a.kind == LW_OPERAND_INTEGER && a.integer == 0) || (a.kind == LW_OPERAND_FLOAT && a.number == 0);
}

static int fail_undefined(lw_parser *p, lw_operator op, lw_operand right, size_t at) {
    if (is_division(op) && is_zero(right))
        return LW_FAIL_AT(p, at, "division by zero");
    return LW_FAIL_AT(p, at, "'%s' has no result for these constants", lw_operator_text(op));
}

int lw_parser_add_unary(lw_parser *p, lw_operator op, size_t at) {
    lw_operation *last = &p->out->operations[p->out->n_operations - 1];
    if (last->op != LW_OP_CONSTANT)
        return lw_parser_add(p, (lw_operation){.op = op});
    lw_operand result = lw_operate_unary(op, last->operand);
    if (result.kind == LW_OPERAND_UNDEFINED)
        return fail_undefined(p, op, last->operand, at);
    last->operand = result;
    return LW_OK;
}

int lw_parser_add_binary(lw_parser *p, lw_operator op, size_t at) {
    lw_expression *out = p->out;
    p->height--;
    const lw_operation *right = &out->operations[out->n_operations - 1];
    if (right->op != LW_OP_CONSTANT || !lw_parser_is_constant(p, out->n_operations - 2)) {
        if (is_division(op) && right->op == LW_OP_CONSTANT && is_zero(right->operand))
            return fail_undefined(p, op, right->operand, at);
        return lw_parser_add(p, (lw_operation){.op = op});
    }
    lw_operand result = lw_operate_binary(op, out->operations[out->n_operations - 2].operand, right->operand);
    if (result.kind == LW_OPERAND_UNDEFINED)
        return fail_undefined(p, op, right->operand, at);
    out->n_operations--;
    out->operations[out->n_operations - 1].operand = result;
    return LW_OK;
}

int lw_parser_push_constant(lw_parser *p, lw_operand operand) {
    if (operand.kind == LW_OPERAND_TEXT || operand.kind == LW_OPERAND_DOCUMENT) {
        operand.text.bytes = lw_arena_text(&p->out->arena, operand.text.bytes, operand.text.length);
        if (!operand.text.bytes)
            return lw_error_no_memory(p->error);
    }
    return lw_parser_push(p, (lw_operation){.op = LW_OP_CONSTANT, .operand = operand});
}

int lw_parser_note_slot(lw_parser *p, size_t slot, const lw_token *token) {
    lw_expression *out = p->out;
    for (size_t i = 0; i < out->n_slots; i++)
        if (out->slots[i] == slot)
            return LW_OK;
    const char *name = lw_arena_text(&out->arena, token->value.text.bytes, token->value.text.length);
    if (!name || !lw_array_reserve(&out->slots, &p->slots_capacity, out->n_slots, sizeof *out->slots) ||
        !lw_array_reserve(&out->slot_names, &p->names_capacity, out->n_slots, sizeof *out->slot_names))
        return lw_error_no_memory(p->error);
    out->slots[out->n_slots] = slot;
    out->slot_names[out->n_slots++] = name;
    return LW_OK;
}

/* ---- what operands may be ---- */

int lw_parser_fail_unknown(lw_parser *p, const lw_token *token) {
    const char *word = token->value.text.bytes;
    size_t length = token->value.text.length;
    const lw_symbols *symbols = p->symbols;
    lw_suggestion suggestion = lw_suggest(word, length, symbols->name, symbols->self);
    return LW_FAIL_AT(p, token->at, "there is no '%.*s'%s", (int)(length > 100 ? 100 : length), word, suggestion.text);
}

int lw_parser_require_number(lw_parser *p, const lw_part *operand, const char *what) {
    if (operand->is_word)
        return lw_parser_fail_unknown(p, &operand->token);
    if (operand->type == LW_TYPE_ANY || operand->type == LW_TYPE_NUMBER)
        return LW_OK;
    return LW_FAIL_AT(p, operand->token.at, "%s needs numbers", what);
}

int lw_parser_require_truth(lw_parser *p, const lw_part *operand, const char *what) {
    if (operand->is_word)
        return lw_parser_fail_unknown(p, &operand->token);
    if (operand->type == LW_TYPE_ANY || operand->type == LW_TYPE_TRUTH)
        return LW_OK;
    return LW_FAIL_AT(p, operand->token.at, "%s needs a condition, such as a comparison", what);
}
