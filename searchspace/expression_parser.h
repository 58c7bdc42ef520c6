/**
 * The parser of expressions: a compiler that goes down through the ranks of operators and adds operations as it
 * comes back. Each file has some of the ranks.
 */
#ifndef LABWATCH_EXPRESSION_PARSER_H
#define LABWATCH_EXPRESSION_PARSER_H

#include "expression_internal.h"
#include "expression_lexer.h"

/** What is known of an operand before anything is evaluated. */
typedef enum lw_part_type {
    LW_TYPE_ANY,
    LW_TYPE_NUMBER,
    LW_TYPE_TEXT,
    LW_TYPE_TRUTH,
    LW_TYPE_NULL,
    LW_TYPE_DOCUMENT
} lw_part_type;

/** A part of the text that has been compiled: the operations from start on. */
typedef struct lw_part {
    lw_part_type type;
    size_t start;
    lw_token token; /**< its first */
    bool is_slot;   /**< nothing but a name */
    bool is_word;   /**< a bare word that is no name: text, if it is compared with something */
    size_t slot;
} lw_part;

typedef struct lw_parser {
    lw_lexer lexer;
    lw_token token; /**< the next one */
    lw_expression *out;
    size_t operations_capacity, slots_capacity, names_capacity;
    size_t depth;  /**< of what is nested around the next token */
    size_t height; /**< of the stack after the operations so far */
    const lw_symbols *symbols;
    size_t error_at;
    lw_error *error;
} lw_parser;

/** LW_EPARSE at an offset of the text. */
#define LW_FAIL_AT(parser, where, ...)                                                                                 \
    ((parser)->error_at = (where), lw_error_set((parser)->error, LW_EPARSE, __VA_ARGS__))

/** A token's text for "%.*s" in a message. */
#define LW_SHOWN(p, t) (int)((t).end - (t).at > 40 ? 40 : (t).end - (t).at), (p)->lexer.text + (t).at

/* ---- expression_emit.c: tokens, operations, and what operands may be ---- */

int lw_parser_advance(lw_parser *p);
bool lw_parser_sees(const lw_parser *p, lw_operator op);
/** "found this where that is expected" */
int lw_parser_fail_expected(lw_parser *p, const char *expected);
/** One level deeper; whoever calls it takes depth back. */
int lw_parser_enter(lw_parser *p);

int lw_parser_add(lw_parser *p, lw_operation operation);
/** Adds an operation that leaves one operand more. */
int lw_parser_push(lw_parser *p, lw_operation operation);
int lw_parser_push_constant(lw_parser *p, lw_operand operand);
bool lw_parser_is_constant(const lw_parser *p, size_t operation);
/** Constants are calculated at once, which finds divisions by zero before anything runs. */
int lw_parser_add_unary(lw_parser *p, lw_operator op, size_t at);
int lw_parser_add_binary(lw_parser *p, lw_operator op, size_t at);
int lw_parser_note_slot(lw_parser *p, size_t slot, const lw_token *token);

int lw_parser_fail_unknown(lw_parser *p, const lw_token *token);
int lw_parser_require_number(lw_parser *p, const lw_part *operand, const char *what);
int lw_parser_require_truth(lw_parser *p, const lw_part *operand, const char *what);

/* ---- the ranks ---- */

typedef int lw_parse_fn(lw_parser *p, lw_part *out);

/** expression_parser.c: or, and, not. */
lw_parse_fn lw_parse_condition;
/** expression_comparison.c: == != < <= > >= in. */
lw_parse_fn lw_parse_comparison;
/** expression_document.c: a list or mapping as a value; its bracket is the next token. */
lw_parse_fn lw_parse_document;
/** expression_operand.c: arithmetic, names, numbers, texts, calls and brackets. */
lw_parse_fn lw_parse_sum;

#endif
