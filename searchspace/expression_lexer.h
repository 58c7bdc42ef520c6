/**
 * The words of an expression.
 */
#ifndef LABWATCH_EXPRESSION_LEXER_H
#define LABWATCH_EXPRESSION_LEXER_H

#include <labwatch/error.h>

#include "arena.h"
#include "expression_internal.h"

typedef enum lw_token_kind {
    LW_TOKEN_END,
    LW_TOKEN_NUMBER,
    LW_TOKEN_TEXT,
    LW_TOKEN_NAME,        /**< a name or bare word */
    LW_TOKEN_QUOTED_NAME, /**< between backticks: nothing but a name */
    LW_TOKEN_TRUE,
    LW_TOKEN_FALSE,
    LW_TOKEN_NULL,
    LW_TOKEN_AND,
    LW_TOKEN_OR,
    LW_TOKEN_NOT,
    LW_TOKEN_IN,
    LW_TOKEN_OPERATOR, /**< op says which: + - * / % ** and comparisons */
    LW_TOKEN_OPEN,
    LW_TOKEN_CLOSE,
    LW_TOKEN_OPEN_LIST,
    LW_TOKEN_CLOSE_LIST,
    LW_TOKEN_OPEN_MAPPING, /**< what follows is read as JSON */
    LW_TOKEN_COMMA
} lw_token_kind;

typedef struct lw_token {
    lw_token_kind kind;
    size_t at, end; /**< offsets in the text */
    lw_operator op;
    lw_operand value; /**< number; bytes of a text or name */
} lw_token;

typedef struct lw_lexer {
    const char *text;
    size_t length, at;
    lw_arena *arena; /**< for texts with escapes in them */
} lw_lexer;

/** The next token. LW_EPARSE leaves *out with the place of what is wrong. */
int lw_lexer_next(lw_lexer *lexer, lw_token *out, lw_error *error);

#endif
