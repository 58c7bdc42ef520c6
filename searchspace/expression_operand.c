/* Arithmetic and what it is done with. */
#include <string.h>

#include "expression_parser.h"
#include "suggestion.h"

static lw_parse_fn parse_unary;

/* ---- primaries ---- */

static const struct {
    const char *name;
    lw_operator op;
} functions[] = {{"abs", LW_OP_ABS},     {"min", LW_OP_MIN},     {"max", LW_OP_MAX},    {"log", LW_OP_LOG},
                 {"log2", LW_OP_LOG2},   {"log10", LW_OP_LOG10}, {"exp", LW_OP_EXP},    {"sqrt", LW_OP_SQRT},
                 {"floor", LW_OP_FLOOR}, {"ceil", LW_OP_CEIL},   {"round", LW_OP_ROUND}};

enum { N_FUNCTIONS = sizeof functions / sizeof functions[0] };

static const char *function_name(void *self, size_t i) {
    (void)self;
    return i < N_FUNCTIONS ? functions[i].name : NULL;
}

static int find_function(lw_parser *p, const lw_token *name, lw_operator *op) {
    for (size_t i = 0; i < N_FUNCTIONS; i++)
        if (strlen(functions[i].name) == name->value.text.length &&
            memcmp(functions[i].name, name->value.text.bytes, name->value.text.length) == 0) {
            *op = functions[i].op;
            return LW_OK;
        }
    lw_suggestion suggestion = lw_suggest(name->value.text.bytes, name->value.text.length, function_name, NULL);
    return LW_FAIL_AT(p, name->at, "there is no function '%.*s'%s%s", LW_SHOWN(p, *name), suggestion.text,
                      suggestion.text[0] ? "" : " (there are abs min max log log2 log10 exp sqrt floor ceil round)");
}

/* name(argument, …): the name has been read, ( is next. min and max are taken pair by pair. */
static int parse_call(lw_parser *p, const lw_token *name, lw_part *out) {
    lw_operator op = LW_OP_ABS;
    int status = find_function(p, name, &op);
    bool takes_many = op == LW_OP_MIN || op == LW_OP_MAX;
    size_t n_arguments = 0;
    *out = (lw_part){.type = LW_TYPE_NUMBER, .start = p->out->n_operations, .token = *name};
    do {
        lw_part argument;
        if (status == LW_OK)
            status = lw_parser_advance(p); /* ( or , */
        if (status == LW_OK)
            status = lw_parse_condition(p, &argument);
        if (status == LW_OK)
            status = lw_parser_require_number(p, &argument, "a function");
        if (status == LW_OK && ++n_arguments > 1)
            status = takes_many ? lw_parser_add_binary(p, op, name->at)
                                : LW_FAIL_AT(p, argument.token.at, "%.*s takes one argument", LW_SHOWN(p, *name));
    } while (status == LW_OK && p->token.kind == LW_TOKEN_COMMA);
    if (status == LW_OK && p->token.kind != LW_TOKEN_CLOSE)
        status = lw_parser_fail_expected(p, "')' or ','");
    if (status == LW_OK && !takes_many)
        status = lw_parser_add_unary(p, op, name->at);
    return status == LW_OK ? lw_parser_advance(p) : status;
}

static int parse_name(lw_parser *p, lw_part *out) {
    lw_token name = p->token;
    int status = lw_parser_advance(p);
    if (status != LW_OK)
        return status;
    if (name.kind == LW_TOKEN_NAME && p->token.kind == LW_TOKEN_OPEN)
        return parse_call(p, &name, out);
    *out = (lw_part){.type = LW_TYPE_ANY, .start = p->out->n_operations, .token = name};
    ptrdiff_t slot = p->symbols->slot(p->symbols->self, name.value.text.bytes, name.value.text.length);
    if (slot < 0) {
        if (name.kind == LW_TOKEN_QUOTED_NAME)
            return lw_parser_fail_unknown(p, &name);
        out->type = LW_TYPE_TEXT;
        out->is_word = true;
        return lw_parser_push_constant(p, name.value);
    }
    out->is_slot = true;
    out->slot = (size_t)slot;
    status = lw_parser_note_slot(p, out->slot, &name);
    return status == LW_OK ? lw_parser_push(p, (lw_operation){.op = LW_OP_SLOT, .slot = out->slot}) : status;
}

static int parse_literal(lw_parser *p, lw_part *out, lw_part_type known, lw_operand value) {
    *out = (lw_part){.type = known, .start = p->out->n_operations, .token = p->token};
    int status = lw_parser_push_constant(p, value);
    return status == LW_OK ? lw_parser_advance(p) : status;
}

static int parse_brackets(lw_parser *p, lw_part *out) {
    lw_token open = p->token;
    int status = lw_parser_advance(p);
    if (status == LW_OK)
        status = lw_parse_condition(p, out);
    if (status != LW_OK)
        return status;
    if (p->token.kind != LW_TOKEN_CLOSE)
        return p->token.kind == LW_TOKEN_END ? LW_FAIL_AT(p, open.at, "this '(' is not closed")
                                             : lw_parser_fail_expected(p, "')' or an operator");
    if (!out->is_word)
        out->token = open;
    return lw_parser_advance(p);
}

static int parse_primary(lw_parser *p, lw_part *out) {
    switch (p->token.kind) {
    case LW_TOKEN_NUMBER:
        return parse_literal(p, out, LW_TYPE_NUMBER, p->token.value);
    case LW_TOKEN_TEXT:
        return parse_literal(p, out, LW_TYPE_TEXT, p->token.value);
    case LW_TOKEN_TRUE:
    case LW_TOKEN_FALSE:
        return parse_literal(p, out, LW_TYPE_TRUTH,
                             (lw_operand){.kind = LW_OPERAND_BOOL, .boolean = p->token.kind == LW_TOKEN_TRUE});
    case LW_TOKEN_NULL:
        return parse_literal(p, out, LW_TYPE_NULL, (lw_operand){.kind = LW_OPERAND_NULL});
    case LW_TOKEN_NAME:
    case LW_TOKEN_QUOTED_NAME:
        return parse_name(p, out);
    case LW_TOKEN_OPEN:
        return parse_brackets(p, out);
    case LW_TOKEN_OPEN_LIST:
    case LW_TOKEN_OPEN_MAPPING:
        if (p->symbols->check)
            return lw_parse_document(p, out);
        /* nobody says which values there are: a list or mapping is none of them */
        return LW_FAIL_AT(p, p->token.at, p->token.kind == LW_TOKEN_OPEN_LIST
                                              ? "a list stands behind 'in' only: x in [1, 2]"
                                              : "nothing here can be a mapping");
    default:
        return lw_parser_fail_expected(p, "a name, a number or a text");
    }
}

/* ---- arithmetic ---- */

static int parse_power(lw_parser *p, lw_part *out) {
    int status = parse_primary(p, out);
    if (status != LW_OK || !lw_parser_sees(p, LW_OP_POWER))
        return status;
    lw_token sign = p->token;
    lw_part right;
    status = lw_parser_enter(p);
    if (status == LW_OK)
        status = lw_parser_require_number(p, out, "'**'");
    if (status == LW_OK)
        status = lw_parser_advance(p);
    if (status == LW_OK)
        status = parse_unary(p, &right);
    p->depth--;
    if (status == LW_OK)
        status = lw_parser_require_number(p, &right, "'**'");
    *out = (lw_part){.type = LW_TYPE_NUMBER, .start = out->start, .token = out->token};
    return status == LW_OK ? lw_parser_add_binary(p, LW_OP_POWER, sign.at) : status;
}

static int parse_signed(lw_parser *p, lw_part *out) {
    lw_token sign = p->token;
    int status = lw_parser_enter(p);
    if (status == LW_OK)
        status = lw_parser_advance(p);
    if (status == LW_OK)
        status = parse_unary(p, out);
    p->depth--;
    if (status == LW_OK)
        status = lw_parser_require_number(p, out, sign.op == LW_OP_ADD ? "'+'" : "'-'");
    *out = (lw_part){.type = LW_TYPE_NUMBER, .start = out->start, .token = sign};
    if (status != LW_OK || sign.op == LW_OP_ADD)
        return status;
    return lw_parser_add_unary(p, LW_OP_NEGATE, sign.at);
}

static int parse_unary(lw_parser *p, lw_part *out) {
    bool has_sign = lw_parser_sees(p, LW_OP_SUBTRACT) || lw_parser_sees(p, LW_OP_ADD);
    return has_sign ? parse_signed(p, out) : parse_power(p, out);
}

static bool is_product_sign(const lw_parser *p) {
    return lw_parser_sees(p, LW_OP_MULTIPLY) || lw_parser_sees(p, LW_OP_DIVIDE) || lw_parser_sees(p, LW_OP_MODULO);
}

static bool is_sum_sign(const lw_parser *p) {
    return lw_parser_sees(p, LW_OP_ADD) || lw_parser_sees(p, LW_OP_SUBTRACT);
}

/* A chain of binary operators of one rank, from the left. */
static int parse_chain(lw_parser *p, lw_part *out, lw_parse_fn *operand, bool (*sees)(const lw_parser *)) {
    int status = operand(p, out);
    while (status == LW_OK && sees(p)) {
        lw_token sign = p->token;
        const char *what = sign.op == LW_OP_ADD ? "'+'" : "arithmetic";
        lw_part right;
        status = lw_parser_require_number(p, out, what);
        if (status == LW_OK)
            status = lw_parser_advance(p);
        if (status == LW_OK)
            status = operand(p, &right);
        if (status == LW_OK)
            status = lw_parser_require_number(p, &right, what);
        if (status == LW_OK)
            status = lw_parser_add_binary(p, sign.op, sign.at);
        *out = (lw_part){.type = LW_TYPE_NUMBER, .start = out->start, .token = out->token};
    }
    return status;
}

static int parse_product(lw_parser *p, lw_part *out) {
    return parse_chain(p, out, parse_unary, is_product_sign);
}

int lw_parse_sum(lw_parser *p, lw_part *out) {
    return parse_chain(p, out, parse_product, is_sum_sign);
}
