#include <math.h>
#include <string.h>

#include <labwatch/sys/memory.h>
#include <labwatch/sys/text.h>

#include "expression_internal.h"
#include "expression_lexer.h"
#include "suggestion.h"

/* What is known of an operand before anything is evaluated. */
typedef enum type { TYPE_ANY, TYPE_NUMBER, TYPE_TEXT, TYPE_TRUTH, TYPE_NULL } type;

/* A part of the text that has been compiled: the operations from start on. */
typedef struct part {
    type type;
    size_t start;
    lw_token token; /* its first */
    bool is_slot;   /* nothing but a name */
    bool is_word;   /* a bare word that is no name: text, if it is compared with something */
    size_t slot;
} part;

typedef struct parser {
    lw_lexer lexer;
    lw_token token; /* the next one */
    size_t token_end; /* of the one before */
    lw_expression *out;
    size_t operations_capacity, slots_capacity, names_capacity;
    size_t depth, height;
    const lw_symbols *symbols;
    size_t error_at;
    lw_error *error;
} parser;

static int parse_or(parser *p, part *out);
static int parse_unary(parser *p, part *out);

#define FAIL_AT(parser, where, ...) ((parser)->error_at = (where), lw_error_set((parser)->error, LW_EPARSE, __VA_ARGS__))

/* ---- tokens ---- */

static int advance(parser *p) {
    p->token_end = p->token.end;
    int status = lw_lexer_next(&p->lexer, &p->token, p->error);
    if (status != LW_OK)
        p->error_at = p->token.at;
    return status;
}

static bool sees_operator(const parser *p, lw_operator op) {
    return p->token.kind == LW_TOKEN_OPERATOR && p->token.op == op;
}

/* The token's text for a message. */
#define SHOWN(p, t) (int)((t).end - (t).at > 40 ? 40 : (t).end - (t).at), (p)->lexer.text + (t).at

static int fail_expected(parser *p, const char *expected) {
    if (p->token.kind == LW_TOKEN_END)
        return FAIL_AT(p, p->token.at, "the expression ends where %s is expected", expected);
    return FAIL_AT(p, p->token.at, "found '%.*s' where %s is expected", SHOWN(p, p->token), expected);
}

/* ---- operations ---- */

static int add_operation(parser *p, lw_operation operation) {
    lw_expression *out = p->out;
    if (!lw_array_reserve(&out->operations, &p->operations_capacity, out->n_operations, sizeof *out->operations))
        return lw_error_no_memory(p->error);
    out->operations[out->n_operations++] = operation;
    return LW_OK;
}

static int push(parser *p, lw_operation operation) {
    if (++p->height > LW_EXPRESSION_STACK)
        return FAIL_AT(p, p->token.at, "the expression is nested too deeply");
    return add_operation(p, operation);
}

static bool is_constant(const parser *p, size_t i) {
    return p->out->operations[i].op == LW_OP_CONSTANT;
}

static bool is_division(lw_operator op) {
    return op == LW_OP_DIVIDE || op == LW_OP_MODULO;
}

static bool is_zero(lw_operand a) {
    return (a.kind == LW_OPERAND_INTEGER && a.integer == 0) || (a.kind == LW_OPERAND_FLOAT && a.number == 0);
}

static int fail_undefined(parser *p, lw_operator op, lw_operand right, size_t at) {
    if (is_division(op) && is_zero(right))
        return FAIL_AT(p, at, "division by zero");
    return FAIL_AT(p, at, "'%s' has no result for these constants", lw_operator_text(op));
}

/* Constants are calculated at once, which finds divisions by zero before anything runs. */
static int add_unary(parser *p, lw_operator op, size_t at) {
    lw_operation *last = &p->out->operations[p->out->n_operations - 1];
    if (last->op != LW_OP_CONSTANT)
        return add_operation(p, (lw_operation){.op = op});
    lw_operand result = lw_operate_unary(op, last->operand);
    if (result.kind == LW_OPERAND_UNDEFINED)
        return fail_undefined(p, op, last->operand, at);
    last->operand = result;
    return LW_OK;
}

static int add_binary(parser *p, lw_operator op, size_t at) {
    lw_expression *out = p->out;
    p->height--;
    const lw_operation *right = &out->operations[out->n_operations - 1];
    if (right->op != LW_OP_CONSTANT || !is_constant(p, out->n_operations - 2)) {
        if (is_division(op) && right->op == LW_OP_CONSTANT && is_zero(right->operand))
            return fail_undefined(p, op, right->operand, at);
        return add_operation(p, (lw_operation){.op = op});
    }
    lw_operand result = lw_operate_binary(op, out->operations[out->n_operations - 2].operand, right->operand);
    if (result.kind == LW_OPERAND_UNDEFINED)
        return fail_undefined(p, op, right->operand, at);
    out->n_operations--;
    out->operations[out->n_operations - 1].operand = result;
    return LW_OK;
}

static int push_constant(parser *p, lw_operand operand) {
    if (operand.kind == LW_OPERAND_TEXT) {
        operand.text.bytes = lw_arena_text(&p->out->arena, operand.text.bytes, operand.text.length);
        if (!operand.text.bytes)
            return lw_error_no_memory(p->error);
    }
    return push(p, (lw_operation){.op = LW_OP_CONSTANT, .operand = operand});
}

static int note_slot(parser *p, size_t slot, const lw_token *token) {
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

static int fail_unknown_name(parser *p, const lw_token *token) {
    const char *word = token->value.text.bytes;
    size_t length = token->value.text.length;
    const lw_symbols *symbols = p->symbols;
    lw_suggestion suggestion = lw_suggest(word, length, symbols->name, symbols->self);
    return FAIL_AT(p, token->at, "there is no '%.*s'%s", (int)(length > 100 ? 100 : length), word, suggestion.text);
}

static int require_number(parser *p, const part *operand, const char *what) {
    if (operand->is_word)
        return fail_unknown_name(p, &operand->token);
    if (operand->type == TYPE_ANY || operand->type == TYPE_NUMBER)
        return LW_OK;
    return FAIL_AT(p, operand->token.at, "%s needs numbers", what);
}

static int require_truth(parser *p, const part *operand, const char *what) {
    if (operand->is_word)
        return fail_unknown_name(p, &operand->token);
    if (operand->type == TYPE_ANY || operand->type == TYPE_TRUTH)
        return LW_OK;
    return FAIL_AT(p, operand->token.at, "%s needs a condition, such as a comparison", what);
}

/* ---- primaries ---- */

static const struct {
    const char *name;
    lw_operator op;
} functions[] = {{"abs", LW_OP_ABS},     {"min", LW_OP_MIN}, {"max", LW_OP_MAX},   {"log", LW_OP_LOG},
                 {"log2", LW_OP_LOG2},   {"log10", LW_OP_LOG10}, {"exp", LW_OP_EXP}, {"sqrt", LW_OP_SQRT},
                 {"floor", LW_OP_FLOOR}, {"ceil", LW_OP_CEIL}, {"round", LW_OP_ROUND}};

enum { N_FUNCTIONS = sizeof functions / sizeof functions[0] };

static const char *function_name(void *self, size_t i) {
    (void)self;
    return i < N_FUNCTIONS ? functions[i].name : NULL;
}

static int find_function(parser *p, const lw_token *name, lw_operator *op) {
    for (size_t i = 0; i < N_FUNCTIONS; i++)
        if (strlen(functions[i].name) == name->value.text.length &&
            memcmp(functions[i].name, name->value.text.bytes, name->value.text.length) == 0) {
            *op = functions[i].op;
            return LW_OK;
        }
    lw_suggestion suggestion = lw_suggest(name->value.text.bytes, name->value.text.length, function_name, NULL);
    return FAIL_AT(p, name->at, "there is no function '%.*s'%s%s", SHOWN(p, *name), suggestion.text,
                   suggestion.text[0] ? "" : " (there are abs min max log log2 log10 exp sqrt floor ceil round)");
}

/* name(argument, …): the name has been read, ( is next. min and max are taken pair by pair. */
static int parse_call(parser *p, const lw_token *name, part *out) {
    lw_operator op = LW_OP_ABS;
    int status = find_function(p, name, &op);
    bool takes_many = op == LW_OP_MIN || op == LW_OP_MAX;
    size_t n_arguments = 0;
    *out = (part){.type = TYPE_NUMBER, .start = p->out->n_operations, .token = *name};
    do {
        part argument;
        if (status == LW_OK)
            status = advance(p); /* ( or , */
        if (status == LW_OK)
            status = parse_or(p, &argument);
        if (status == LW_OK)
            status = require_number(p, &argument, "a function");
        if (status == LW_OK && ++n_arguments > 1)
            status = takes_many ? add_binary(p, op, name->at)
                                : FAIL_AT(p, argument.token.at, "%.*s takes one argument", SHOWN(p, *name));
    } while (status == LW_OK && p->token.kind == LW_TOKEN_COMMA);
    if (status == LW_OK && p->token.kind != LW_TOKEN_CLOSE)
        status = fail_expected(p, "')' or ','");
    if (status == LW_OK && !takes_many)
        status = add_unary(p, op, name->at);
    return status == LW_OK ? advance(p) : status;
}

static int parse_name(parser *p, part *out) {
    lw_token name = p->token;
    int status = advance(p);
    if (status != LW_OK)
        return status;
    if (name.kind == LW_TOKEN_NAME && p->token.kind == LW_TOKEN_OPEN)
        return parse_call(p, &name, out);
    *out = (part){.type = TYPE_ANY, .start = p->out->n_operations, .token = name};
    ptrdiff_t slot = p->symbols->slot(p->symbols->self, name.value.text.bytes, name.value.text.length);
    if (slot < 0) {
        if (name.kind == LW_TOKEN_QUOTED_NAME)
            return fail_unknown_name(p, &name);
        out->type = TYPE_TEXT;
        out->is_word = true;
        return push_constant(p, name.value);
    }
    out->is_slot = true;
    out->slot = (size_t)slot;
    status = note_slot(p, out->slot, &name);
    return status == LW_OK ? push(p, (lw_operation){.op = LW_OP_SLOT, .slot = out->slot}) : status;
}

static int parse_literal(parser *p, part *out, type known, lw_operand value) {
    *out = (part){.type = known, .start = p->out->n_operations, .token = p->token};
    int status = push_constant(p, value);
    return status == LW_OK ? advance(p) : status;
}

static int parse_brackets(parser *p, part *out) {
    lw_token open = p->token;
    int status = advance(p);
    if (status == LW_OK)
        status = parse_or(p, out);
    if (status != LW_OK)
        return status;
    if (p->token.kind != LW_TOKEN_CLOSE)
        return p->token.kind == LW_TOKEN_END ? FAIL_AT(p, open.at, "this '(' is not closed")
                                             : fail_expected(p, "')' or an operator");
    if (!out->is_word)
        out->token = open;
    return advance(p);
}

static int parse_primary(parser *p, part *out) {
    switch (p->token.kind) {
    case LW_TOKEN_NUMBER:
        return parse_literal(p, out, TYPE_NUMBER, p->token.value);
    case LW_TOKEN_TEXT:
        return parse_literal(p, out, TYPE_TEXT, p->token.value);
    case LW_TOKEN_TRUE:
    case LW_TOKEN_FALSE:
        return parse_literal(p, out, TYPE_TRUTH,
                             (lw_operand){.kind = LW_OPERAND_BOOL, .boolean = p->token.kind == LW_TOKEN_TRUE});
    case LW_TOKEN_NULL:
        return parse_literal(p, out, TYPE_NULL, (lw_operand){.kind = LW_OPERAND_NULL});
    case LW_TOKEN_NAME:
    case LW_TOKEN_QUOTED_NAME:
        return parse_name(p, out);
    case LW_TOKEN_OPEN:
        return parse_brackets(p, out);
    case LW_TOKEN_OPEN_LIST:
        return FAIL_AT(p, p->token.at, "a list stands behind 'in' only: x in [1, 2]");
    default:
        return fail_expected(p, "a name, a number or a text");
    }
}

/* ---- arithmetic ---- */

static int enter(parser *p) {
    if (++p->depth > LW_EXPRESSION_DEEPEST)
        return FAIL_AT(p, p->token.at, "the expression is nested more than %d deep", LW_EXPRESSION_DEEPEST);
    return LW_OK;
}

static int parse_power(parser *p, part *out) {
    int status = parse_primary(p, out);
    if (status != LW_OK || !sees_operator(p, LW_OP_POWER))
        return status;
    lw_token sign = p->token;
    part right;
    status = enter(p);
    if (status == LW_OK)
        status = require_number(p, out, "'**'");
    if (status == LW_OK)
        status = advance(p);
    if (status == LW_OK)
        status = parse_unary(p, &right);
    p->depth--;
    if (status == LW_OK)
        status = require_number(p, &right, "'**'");
    *out = (part){.type = TYPE_NUMBER, .start = out->start, .token = out->token};
    return status == LW_OK ? add_binary(p, LW_OP_POWER, sign.at) : status;
}

static int parse_signed(parser *p, part *out) {
    lw_token sign = p->token;
    int status = enter(p);
    if (status == LW_OK)
        status = advance(p);
    if (status == LW_OK)
        status = parse_unary(p, out);
    p->depth--;
    if (status == LW_OK)
        status = require_number(p, out, sign.op == LW_OP_ADD ? "'+'" : "'-'");
    *out = (part){.type = TYPE_NUMBER, .start = out->start, .token = sign};
    if (status != LW_OK || sign.op == LW_OP_ADD)
        return status;
    return add_unary(p, LW_OP_NEGATE, sign.at);
}

static int parse_unary(parser *p, part *out) {
    bool has_sign = sees_operator(p, LW_OP_SUBTRACT) || sees_operator(p, LW_OP_ADD);
    return has_sign ? parse_signed(p, out) : parse_power(p, out);
}

static bool is_product_sign(const parser *p) {
    return sees_operator(p, LW_OP_MULTIPLY) || sees_operator(p, LW_OP_DIVIDE) || sees_operator(p, LW_OP_MODULO);
}

static bool is_sum_sign(const parser *p) {
    return sees_operator(p, LW_OP_ADD) || sees_operator(p, LW_OP_SUBTRACT);
}

typedef int parse_fn(parser *p, part *out);

/* A chain of binary operators of one rank, from the left. */
static int parse_chain(parser *p, part *out, parse_fn *operand, bool (*sees)(const parser *)) {
    int status = operand(p, out);
    while (status == LW_OK && sees(p)) {
        lw_token sign = p->token;
        const char *what = sign.op == LW_OP_ADD ? "'+'" : "arithmetic";
        part right;
        status = require_number(p, out, what);
        if (status == LW_OK)
            status = advance(p);
        if (status == LW_OK)
            status = operand(p, &right);
        if (status == LW_OK)
            status = require_number(p, &right, what);
        if (status == LW_OK)
            status = add_binary(p, sign.op, sign.at);
        *out = (part){.type = TYPE_NUMBER, .start = out->start, .token = out->token};
    }
    return status;
}

static int parse_product(parser *p, part *out) {
    return parse_chain(p, out, parse_unary, is_product_sign);
}

static int parse_sum(parser *p, part *out) {
    return parse_chain(p, out, parse_product, is_sum_sign);
}

/* ---- comparisons ---- */

static bool sees_comparison(const parser *p) {
    return p->token.kind == LW_TOKEN_OPERATOR && p->token.op >= LW_OP_LESS && p->token.op <= LW_OP_NOT_EQUAL;
}

static lw_value value_of_operand(lw_operand operand) {
    switch (operand.kind) {
    case LW_OPERAND_BOOL:
        return (lw_value){.kind = LW_VALUE_BOOL, .boolean = operand.boolean};
    case LW_OPERAND_INTEGER:
        return (lw_value){.kind = LW_VALUE_INTEGER, .integer = operand.integer};
    case LW_OPERAND_FLOAT:
        return (lw_value){.kind = LW_VALUE_FLOAT, .number = operand.number};
    case LW_OPERAND_TEXT:
        return (lw_value){.kind = LW_VALUE_TEXT, .text = {operand.text.bytes, operand.text.length}};
    default:
        return (lw_value){.kind = LW_VALUE_NULL};
    }
}

/* Asks whether the name can have the constant's value; other pairs need no asking, and null is a question of its own. */
static int check_value(parser *p, const part *name, const part *constant, size_t constant_end) {
    if (!p->symbols->check || !name->is_slot || constant->type == TYPE_NULL || constant_end != constant->start + 1 || !is_constant(p, constant->start))
        return LW_OK;
    lw_value value = value_of_operand(p->out->operations[constant->start].operand);
    lw_error reason;
    if (p->symbols->check(p->symbols->self, name->slot, value, &reason) == LW_OK)
        return LW_OK;
    return FAIL_AT(p, constant->token.at, "%s", reason.message);
}

/* A bare word is text only beside something that is known by name and that can be a text. */
static int check_words(parser *p, const part *left, const part *right) {
    bool left_constant = right->start == left->start + 1 && is_constant(p, left->start);
    bool right_constant = p->out->n_operations == right->start + 1 && is_constant(p, right->start);
    if (left->is_word && (right_constant || right->type == TYPE_NUMBER || right->type == TYPE_TRUTH))
        return fail_unknown_name(p, &left->token);
    if (right->is_word && (left_constant || left->type == TYPE_NUMBER || left->type == TYPE_TRUTH))
        return fail_unknown_name(p, &right->token);
    return LW_OK;
}

static int check_order(parser *p, const part *left, const part *right) {
    const part *unordered = left->type == TYPE_TRUTH || left->type == TYPE_NULL ? left : right;
    if (unordered->type == TYPE_TRUTH || unordered->type == TYPE_NULL)
        return FAIL_AT(p, unordered->token.at, "true, false and null have no order: compare them with == or !=");
    if (left->type != TYPE_ANY && right->type != TYPE_ANY && left->type != right->type)
        return FAIL_AT(p, left->token.at, "a number and a text have no order");
    return LW_OK;
}

static int check_pair(parser *p, const part *left, const part *right, lw_operator op) {
    int status = check_words(p, left, right);
    if (status != LW_OK)
        return status;
    if (op != LW_OP_EQUAL && op != LW_OP_NOT_EQUAL)
        return check_order(p, left, right);
    status = check_value(p, left, right, p->out->n_operations);
    return status == LW_OK ? check_value(p, right, left, right->start) : status;
}

/* x == null and null == x: the null itself is taken out again. */
static int add_null_test(parser *p, size_t null_at, bool negated, size_t at) {
    lw_expression *out = p->out;
    memmove(out->operations + null_at, out->operations + null_at + 1,
            (out->n_operations - null_at - 1) * sizeof *out->operations);
    out->n_operations--;
    p->height--;
    int status = add_unary(p, LW_OP_IS_NULL, at);
    return status == LW_OK && negated ? add_unary(p, LW_OP_NOT, at) : status;
}

static int parse_binary_comparison(parser *p, part *left) {
    lw_token sign = p->token;
    part right;
    int status = advance(p);
    if (status == LW_OK && p->token.kind == LW_TOKEN_NOT)
        status = FAIL_AT(p, p->token.at, "put brackets around what 'not' belongs to");
    if (status == LW_OK)
        status = parse_sum(p, &right);
    if (status == LW_OK)
        status = check_pair(p, left, &right, sign.op);
    if (status != LW_OK)
        return status;
    if (right.type == TYPE_NULL)
        return add_null_test(p, right.start, sign.op == LW_OP_NOT_EQUAL, sign.at);
    if (left->type == TYPE_NULL)
        return add_null_test(p, left->start, sign.op == LW_OP_NOT_EQUAL, sign.at);
    return add_binary(p, sign.op, sign.at);
}

static int parse_item(parser *p, const part *left) {
    part item;
    int status = parse_sum(p, &item);
    if (status != LW_OK)
        return status;
    status = check_words(p, left, &item);
    if (status == LW_OK)
        status = check_value(p, left, &item, p->out->n_operations);
    p->height--;
    return status == LW_OK ? add_operation(p, (lw_operation){.op = LW_OP_IN_ITEM}) : status;
}

/* Behind in: [item, …]. */
static int parse_membership(parser *p, const part *left, bool negated, size_t at) {
    if (left->is_word)
        return fail_unknown_name(p, &left->token);
    if (p->token.kind != LW_TOKEN_OPEN_LIST)
        return fail_expected(p, "a list, such as [1, 2],");
    int status = push(p, (lw_operation){.op = LW_OP_CONSTANT, .operand = {.kind = LW_OPERAND_BOOL, .boolean = false}});
    do {
        if (status == LW_OK)
            status = advance(p); /* [ or , */
        if (status == LW_OK && p->token.kind == LW_TOKEN_CLOSE_LIST)
            status = FAIL_AT(p, p->token.at, "the list lacks an item here");
        if (status == LW_OK)
            status = parse_item(p, left);
    } while (status == LW_OK && p->token.kind == LW_TOKEN_COMMA);
    if (status == LW_OK && p->token.kind != LW_TOKEN_CLOSE_LIST)
        status = fail_expected(p, "']' or ','");
    if (status == LW_OK)
        status = advance(p);
    p->height--;
    if (status == LW_OK)
        status = add_operation(p, (lw_operation){.op = LW_OP_IN_END});
    return status == LW_OK && negated ? add_unary(p, LW_OP_NOT, at) : status;
}

static int fail_chained(parser *p, const lw_token *sign) {
    return FAIL_AT(p, sign->at, "comparisons cannot be chained: write 'a < b and b < c'");
}

static int parse_comparison(parser *p, part *out) {
    int status = parse_sum(p, out);
    if (status != LW_OK)
        return status;
    lw_token sign = p->token;
    bool negated = sign.kind == LW_TOKEN_NOT;
    if (sees_comparison(p)) {
        status = parse_binary_comparison(p, out);
    } else if (negated || sign.kind == LW_TOKEN_IN) {
        status = advance(p);
        if (status == LW_OK && negated && p->token.kind != LW_TOKEN_IN)
            status = fail_expected(p, "'in'");
        else if (status == LW_OK && negated)
            status = advance(p);
        if (status == LW_OK)
            status = parse_membership(p, out, negated, sign.at);
    } else {
        return LW_OK;
    }
    if (status == LW_OK && (sees_comparison(p) || p->token.kind == LW_TOKEN_IN))
        status = fail_chained(p, &p->token);
    *out = (part){.type = TYPE_TRUTH, .start = out->start, .token = out->token};
    return status;
}

/* ---- logic ---- */

static int parse_not(parser *p, part *out) {
    if (p->token.kind != LW_TOKEN_NOT)
        return parse_comparison(p, out);
    lw_token sign = p->token;
    int status = enter(p);
    if (status == LW_OK)
        status = advance(p);
    if (status == LW_OK)
        status = parse_not(p, out);
    if (status == LW_OK)
        status = require_truth(p, out, "'not'");
    if (status == LW_OK)
        status = add_unary(p, LW_OP_NOT, sign.at);
    p->depth--;
    *out = (part){.type = TYPE_TRUTH, .start = out->start, .token = sign};
    return status;
}

static int parse_logic(parser *p, part *out, parse_fn *operand, lw_token_kind kind, lw_operator op, const char *what) {
    int status = operand(p, out);
    while (status == LW_OK && p->token.kind == kind) {
        lw_token sign = p->token;
        part right;
        status = require_truth(p, out, what);
        if (status == LW_OK)
            status = advance(p);
        if (status == LW_OK)
            status = operand(p, &right);
        if (status == LW_OK)
            status = require_truth(p, &right, what);
        if (status == LW_OK)
            status = add_binary(p, op, sign.at);
        *out = (part){.type = TYPE_TRUTH, .start = out->start, .token = out->token};
    }
    return status;
}

static int parse_and(parser *p, part *out) {
    return parse_logic(p, out, parse_not, LW_TOKEN_AND, LW_OP_AND, "'and'");
}

static int parse_or(parser *p, part *out) {
    int status = enter(p);
    if (status == LW_OK)
        status = parse_logic(p, out, parse_and, LW_TOKEN_OR, LW_OP_OR, "'or'");
    p->depth--;
    return status;
}

/* ---- the whole ---- */

static int parse_whole(parser *p) {
    part whole;
    int status = advance(p);
    if (status == LW_OK && p->token.kind == LW_TOKEN_END)
        return FAIL_AT(p, 0, "the expression is empty");
    if (status == LW_OK)
        status = parse_or(p, &whole);
    if (status == LW_OK && p->token.kind != LW_TOKEN_END)
        status = p->token.kind == LW_TOKEN_CLOSE ? FAIL_AT(p, p->token.at, "there is no '(' for this ')'")
                                                 : fail_expected(p, "'and', 'or' or the end");
    return status == LW_OK ? require_truth(p, &whole, "this") : status;
}

static int check_text(const char *text, size_t length, size_t *error_at, lw_error *error) {
    *error_at = 0;
    if (length > LW_EXPRESSION_LONGEST)
        return lw_error_set(error, LW_EPARSE, "the expression is longer than %d bytes", LW_EXPRESSION_LONGEST);
    size_t invalid = lw_utf8_invalid_at(text, length);
    if (invalid == length)
        return LW_OK;
    *error_at = invalid;
    return lw_error_set(error, LW_EPARSE, "this is not valid UTF-8");
}

int lw_expression_parse_unplaced(lw_expression **out, const char *text, size_t length, const lw_symbols *symbols,
                                 size_t *error_at, lw_error *error) {
    int status = check_text(text, length, error_at, error);
    if (status != LW_OK)
        return status;
    lw_expression *made = lw_calloc(1, sizeof *made);
    if (!made)
        return lw_error_no_memory(error);
    made->text = lw_arena_text(&made->arena, text, length);
    if (!made->text) {
        lw_expression_free(made);
        return lw_error_no_memory(error);
    }
    parser p = {.lexer = {.text = made->text, .length = length, .arena = &made->arena},
                .out = made, .symbols = symbols, .error = error};
    status = parse_whole(&p);
    *error_at = p.error_at;
    if (status != LW_OK) {
        lw_expression_free(made);
        return status;
    }
    *out = made;
    return LW_OK;
}

/* Characters, not bytes, in front of an offset, counted from 1. */
static size_t character_number(const char *text, size_t offset) {
    size_t number = 1;
    for (size_t i = 0; i < offset; i++)
        number += ((unsigned char)text[i] & 0xC0) != 0x80;
    return number;
}

int lw_expression_parse(lw_expression **out, const char *text, size_t length, const lw_symbols *symbols, size_t *error_at,
                        lw_error *error) {
    size_t at = 0;
    int status = lw_expression_parse_unplaced(out, text, length, symbols, &at, error);
    if (status == LW_EPARSE) {
        lw_error_prefix(error, "at character %zu", character_number(text, at));
        if (error_at)
            *error_at = at;
    }
    return status;
}
