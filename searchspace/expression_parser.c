#include <labwatch/sys/memory.h>
#include <labwatch/sys/text.h>

#include "expression_parser.h"

/* ---- logic ---- */

static int parse_not(lw_parser *p, lw_part *out) {
    if (p->token.kind != LW_TOKEN_NOT)
        return lw_parse_comparison(p, out);
    lw_token sign = p->token;
    int status = lw_parser_enter(p);
    if (status == LW_OK)
        status = lw_parser_advance(p);
    if (status == LW_OK)
        status = parse_not(p, out);
    if (status == LW_OK)
        status = lw_parser_require_truth(p, out, "'not'");
    if (status == LW_OK)
        status = lw_parser_add_unary(p, LW_OP_NOT, sign.at);
    p->depth--;
    *out = (lw_part){.type = LW_TYPE_TRUTH, .start = out->start, .token = sign};
    return status;
}

static int parse_logic(lw_parser *p, lw_part *out, lw_parse_fn *operand, lw_token_kind kind, lw_operator op,
                       const char *what) {
    int status = operand(p, out);
    while (status == LW_OK && p->token.kind == kind) {
        lw_token sign = p->token;
        lw_part right;
        status = lw_parser_require_truth(p, out, what);
        if (status == LW_OK)
            status = lw_parser_advance(p);
        if (status == LW_OK)
            status = operand(p, &right);
        if (status == LW_OK)
            status = lw_parser_require_truth(p, &right, what);
        if (status == LW_OK)
            status = lw_parser_add_binary(p, op, sign.at);
        *out = (lw_part){.type = LW_TYPE_TRUTH, .start = out->start, .token = out->token};
    }
    return status;
}

static int parse_and(lw_parser *p, lw_part *out) {
    return parse_logic(p, out, parse_not, LW_TOKEN_AND, LW_OP_AND, "'and'");
}

int lw_parse_condition(lw_parser *p, lw_part *out) {
    int status = lw_parser_enter(p);
    if (status == LW_OK)
        status = parse_logic(p, out, parse_and, LW_TOKEN_OR, LW_OP_OR, "'or'");
    p->depth--;
    return status;
}

/* ---- the whole ---- */

static int parse_whole(lw_parser *p) {
    lw_part whole;
    int status = lw_parser_advance(p);
    if (status == LW_OK && p->token.kind == LW_TOKEN_END)
        return LW_FAIL_AT(p, 0, "the expression is empty");
    if (status == LW_OK)
        status = lw_parse_condition(p, &whole);
    if (status == LW_OK && p->token.kind != LW_TOKEN_END)
        status = p->token.kind == LW_TOKEN_CLOSE ? LW_FAIL_AT(p, p->token.at, "there is no '(' for this ')'")
                                                 : lw_parser_fail_expected(p, "'and', 'or' or the end");
    return status == LW_OK ? lw_parser_require_truth(p, &whole, "this") : status;
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
    lw_parser p = {.lexer = {.text = made->text, .length = length, .arena = &made->arena},
                   .out = made,
                   .symbols = symbols,
                   .error = error};
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

int lw_expression_parse(lw_expression **out, const char *text, size_t length, const lw_symbols *symbols,
                        size_t *error_at, lw_error *error) {
    size_t at = 0;
    int status = lw_expression_parse_unplaced(out, text, length, symbols, &at, error);
    if (status == LW_EPARSE) {
        lw_error_prefix(error, "at character %zu", character_number(text, at));
        if (error_at)
            *error_at = at;
    }
    return status;
}
