#include <string.h>

#include <labwatch/sys/text.h>

#include "expression_lexer.h"

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/* Letters of any script: bytes above 127 are parts of them. */
static bool begins_name(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (unsigned char)c >= 0x80;
}

static bool continues_name(char c) {
    return begins_name(c) || is_digit(c);
}

static char peek(const lw_lexer *lexer, size_t ahead) {
    return lexer->length - lexer->at > ahead ? lexer->text[lexer->at + ahead] : '\0';
}

static void skip_space(lw_lexer *lexer) {
    while (lexer->at < lexer->length && strchr(" \t\r\n", lexer->text[lexer->at]) && lexer->text[lexer->at])
        lexer->at++;
}

static void set_text(lw_token *token, const char *bytes, size_t length) {
    token->value.kind = LW_OPERAND_TEXT;
    token->value.text.bytes = bytes;
    token->value.text.length = length;
}

static size_t skip_digits(lw_lexer *lexer) {
    size_t start = lexer->at;
    while (is_digit(peek(lexer, 0)))
        lexer->at++;
    return lexer->at - start;
}

/* Bytes of a date or a time behind it that stand here: 2026-11-21, 2026-11-21T10:00:00.000Z; 0 if none does. */
static size_t date_length(const lw_lexer *lexer) {
    static const char form[] = "dddd-dd-dd";
    size_t n = 0;
    while (form[n] && (form[n] == 'd' ? is_digit(peek(lexer, n)) : peek(lexer, n) == '-'))
        n++;
    if (form[n] || is_digit(peek(lexer, n)))
        return 0;
    if (peek(lexer, n) == 'T')
        while (is_digit(peek(lexer, n)) || (peek(lexer, n) && strchr("T:.Z", peek(lexer, n))))
            n++;
    return continues_name(peek(lexer, n)) ? 0 : n;
}

static int read_number(lw_lexer *lexer, lw_token *token, lw_error *error) {
    const char *start = lexer->text + lexer->at;
    bool whole = true;
    skip_digits(lexer);
    if (peek(lexer, 0) == '.') {
        whole = false;
        lexer->at++;
        skip_digits(lexer);
    }
    char exponent = peek(lexer, 0);
    bool is_signed = peek(lexer, 1) == '+' || peek(lexer, 1) == '-';
    if ((exponent == 'e' || exponent == 'E') && is_digit(peek(lexer, is_signed ? 2 : 1))) {
        whole = false;
        lexer->at += is_signed ? 2 : 1;
        skip_digits(lexer);
    }
    while (continues_name(peek(lexer, 0)))
        lexer->at++; /* "8bit": the whole word is shown */
    size_t length = lexer->at - token->at;
    token->kind = LW_TOKEN_NUMBER;
    if (whole && lw_int64_from_text(start, length, &token->value.integer)) {
        token->value.kind = LW_OPERAND_INTEGER;
        return LW_OK;
    }
    token->value.kind = LW_OPERAND_FLOAT;
    if (lw_double_from_text(start, length, &token->value.number))
        return LW_OK;
    return lw_error_set(error, LW_EPARSE, "'%.*s' is not a number; write text between quotes",
                        (int)(length > 60 ? 60 : length), start);
}

/* Text between quotes, or a name between backticks. */
static int read_quoted(lw_lexer *lexer, lw_token *token, lw_error *error) {
    char quote = lexer->text[lexer->at++];
    size_t start = lexer->at, escapes = 0;
    while (lexer->at < lexer->length && lexer->text[lexer->at] != quote) {
        if (lexer->text[lexer->at] == '\\' && lexer->at + 1 < lexer->length) {
            escapes++;
            lexer->at++;
        }
        lexer->at++;
    }
    if (lexer->at >= lexer->length)
        return lw_error_set(error, LW_EPARSE, "the %s that begins with %c has no end", quote == '`' ? "name" : "text",
                            quote);
    size_t raw_length = lexer->at++ - start;
    token->kind = quote == '`' ? LW_TOKEN_QUOTED_NAME : LW_TOKEN_TEXT;
    if (quote == '`' && raw_length == 0)
        return lw_error_set(error, LW_EPARSE, "there is no name between the backticks");
    if (escapes == 0) {
        set_text(token, lexer->text + start, raw_length);
        return LW_OK;
    }
    char *plain = lw_arena_get(lexer->arena, raw_length + 1, 1);
    if (!plain)
        return lw_error_no_memory(error);
    size_t length = 0;
    for (size_t i = 0; i < raw_length; i++) {
        if (lexer->text[start + i] == '\\' && i + 1 < raw_length)
            i++;
        plain[length++] = lexer->text[start + i];
    }
    set_text(token, plain, length);
    return LW_OK;
}

static const struct {
    const char *text;
    lw_token_kind kind;
} keywords[] = {{"and", LW_TOKEN_AND},     {"or", LW_TOKEN_OR},       {"not", LW_TOKEN_NOT},   {"in", LW_TOKEN_IN},
                {"true", LW_TOKEN_TRUE},   {"false", LW_TOKEN_FALSE}, {"null", LW_TOKEN_NULL}, {"True", LW_TOKEN_TRUE},
                {"False", LW_TOKEN_FALSE}, {"None", LW_TOKEN_NULL}};

static void read_word(lw_lexer *lexer, lw_token *token) {
    lexer->at++;
    while (continues_name(peek(lexer, 0)) || (peek(lexer, 0) == '.' && continues_name(peek(lexer, 1))))
        lexer->at++;
    const char *start = lexer->text + token->at;
    size_t length = lexer->at - token->at;
    token->kind = LW_TOKEN_NAME;
    set_text(token, start, length);
    for (size_t i = 0; i < sizeof keywords / sizeof keywords[0]; i++)
        if (strlen(keywords[i].text) == length && memcmp(start, keywords[i].text, length) == 0)
            token->kind = keywords[i].kind;
}

/* The longest first. */
static const struct {
    const char *text;
    lw_token_kind kind;
    lw_operator op;
} signs[] = {{"**", LW_TOKEN_OPERATOR, LW_OP_POWER},         {"<=", LW_TOKEN_OPERATOR, LW_OP_LESS_EQUAL},
             {">=", LW_TOKEN_OPERATOR, LW_OP_GREATER_EQUAL}, {"==", LW_TOKEN_OPERATOR, LW_OP_EQUAL},
             {"!=", LW_TOKEN_OPERATOR, LW_OP_NOT_EQUAL},     {"+", LW_TOKEN_OPERATOR, LW_OP_ADD},
             {"-", LW_TOKEN_OPERATOR, LW_OP_SUBTRACT},       {"*", LW_TOKEN_OPERATOR, LW_OP_MULTIPLY},
             {"/", LW_TOKEN_OPERATOR, LW_OP_DIVIDE},         {"%", LW_TOKEN_OPERATOR, LW_OP_MODULO},
             {"<", LW_TOKEN_OPERATOR, LW_OP_LESS},           {">", LW_TOKEN_OPERATOR, LW_OP_GREATER},
             {"=", LW_TOKEN_OPERATOR, LW_OP_EQUAL},          {"(", LW_TOKEN_OPEN, LW_OP_CONSTANT},
             {")", LW_TOKEN_CLOSE, LW_OP_CONSTANT},          {"[", LW_TOKEN_OPEN_LIST, LW_OP_CONSTANT},
             {"]", LW_TOKEN_CLOSE_LIST, LW_OP_CONSTANT},     {"{", LW_TOKEN_OPEN_MAPPING, LW_OP_CONSTANT},
             {",", LW_TOKEN_COMMA, LW_OP_CONSTANT}};

/* Signs of other languages, and what they are called here. */
static const struct {
    const char *text, *instead;
} foreign_signs[] = {{"&&", "and"}, {"||", "or"}, {"<>", "!="}, {"&", "and"},
                     {"|", "or"},   {"!", "not"}, {"~", "not"}, {"^", "**"}};

static bool stands_here(const lw_lexer *lexer, const char *text) {
    size_t length = strlen(text);
    return lexer->length - lexer->at >= length && memcmp(lexer->text + lexer->at, text, length) == 0;
}

static int read_sign(lw_lexer *lexer, lw_token *token, lw_error *error) {
    for (size_t i = 0; i < sizeof foreign_signs / sizeof foreign_signs[0]; i++)
        if (stands_here(lexer, foreign_signs[i].text) && !stands_here(lexer, "!="))
            return lw_error_set(error, LW_EPARSE, "'%s' is not used here: write '%s'", foreign_signs[i].text,
                                foreign_signs[i].instead);
    for (size_t i = 0; i < sizeof signs / sizeof signs[0]; i++) {
        if (!stands_here(lexer, signs[i].text))
            continue;
        lexer->at += strlen(signs[i].text);
        token->kind = signs[i].kind;
        token->op = signs[i].op;
        return LW_OK;
    }
    char shown = lexer->text[lexer->at];
    if (shown >= ' ' && shown < 0x7f)
        return lw_error_set(error, LW_EPARSE, "'%c' has no meaning in an expression", shown);
    return lw_error_set(error, LW_EPARSE, "the character with code %u has no meaning in an expression",
                        (unsigned)(unsigned char)shown);
}

/* config.`learning-rate`: the part between backticks is read, and joined to the name before it. */
static int read_name_behind(lw_lexer *lexer, lw_token *name, lw_error *error) {
    lw_token part = {.at = ++lexer->at};
    int status = read_quoted(lexer, &part, error);
    if (status != LW_OK)
        return status;
    size_t first = name->value.text.length, second = part.value.text.length;
    char *joined = lw_arena_get(lexer->arena, first + second + 2, 1);
    if (!joined)
        return lw_error_no_memory(error);
    memcpy(joined, name->value.text.bytes, first);
    joined[first] = '.';
    memcpy(joined + first + 1, part.value.text.bytes, second);
    joined[first + 1 + second] = '\0';
    name->kind = LW_TOKEN_QUOTED_NAME;
    set_text(name, joined, first + 1 + second);
    return LW_OK;
}

int lw_lexer_next(lw_lexer *lexer, lw_token *out, lw_error *error) {
    skip_space(lexer);
    *out = (lw_token){.kind = LW_TOKEN_END, .at = lexer->at, .end = lexer->at};
    if (lexer->at >= lexer->length)
        return LW_OK;
    char c = peek(lexer, 0);
    int status = LW_OK;
    size_t date = date_length(lexer);
    if (date) {
        set_text(out, lexer->text + lexer->at, date);
        out->kind = LW_TOKEN_TEXT;
        lexer->at += date;
    } else if (is_digit(c) || (c == '.' && is_digit(peek(lexer, 1))))
        status = read_number(lexer, out, error);
    else if (c == '\'' || c == '"' || c == '`')
        status = read_quoted(lexer, out, error);
    else if (begins_name(c))
        read_word(lexer, out);
    else
        status = read_sign(lexer, out, error);
    bool is_name = out->kind == LW_TOKEN_NAME || out->kind == LW_TOKEN_QUOTED_NAME;
    while (status == LW_OK && is_name && peek(lexer, 0) == '.' && peek(lexer, 1) == '`')
        status = read_name_behind(lexer, out, error);
    out->end = lexer->at;
    return status;
}
