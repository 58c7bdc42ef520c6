/* Lists and mappings as values: JSON in the middle of an expression. */
#include <string.h>

#include <labwatch/sys/memory.h>

#include "expression_document.h"
#include "expression_parser.h"

/* Behind the bracket that closes the one at an offset; 0 if none does. */
static size_t end_of_document(const char *text, size_t at, size_t length) {
    size_t depth = 0;
    bool quoted = false;
    for (; at < length; at++) {
        char c = text[at];
        if (quoted && c == '\\')
            at++;
        else if (c == '"')
            quoted = !quoted;
        else if (!quoted && (c == '[' || c == '{'))
            depth++;
        else if (!quoted && (c == ']' || c == '}') && --depth == 0)
            return at + 1;
    }
    return 0;
}

/* Without the spaces between its signs: as the choices of a space have it. */
static void remove_spaces(char *json) {
    size_t length = 0;
    bool quoted = false;
    for (const char *c = json; *c; c++) {
        if (*c == '"')
            quoted = !quoted;
        if (quoted || *c != ' ')
            json[length++] = *c;
        if (quoted && *c == '\\')
            json[length++] = *++c;
    }
    json[length] = '\0';
}

char *lw_expression_document(const bson_iter_t *value) {
    char *json = lw_document_value_to_json(value, false);
    if (json)
        remove_spaces(json);
    return json;
}

/* The one text of all that mean the same; yours to lw_free. */
static int normalise(char **out, const char *json, size_t length, lw_error *error) {
    bson_t parsed;
    bson_iter_t value;
    int status = lw_document_value_from_json(&parsed, json, length, error);
    if (status != LW_OK)
        return status;
    *out = bson_iter_init_find(&value, &parsed, "value") ? lw_expression_document(&value) : NULL;
    bson_destroy(&parsed);
    return *out ? LW_OK : lw_error_no_memory(error);
}

int lw_parse_document(lw_parser *p, lw_part *out) {
    *out = (lw_part){.type = LW_TYPE_DOCUMENT, .start = p->out->n_operations, .token = p->token};
    size_t at = p->token.at, end = end_of_document(p->lexer.text, at, p->lexer.length);
    if (end == 0)
        return LW_FAIL_AT(p, at, "this '%c' is not closed", p->lexer.text[at]);
    char *json = NULL;
    lw_error reason;
    int status = normalise(&json, p->lexer.text + at, end - at, &reason);
    if (status == LW_ENOMEM)
        return lw_error_no_memory(p->error);
    if (status != LW_OK)
        return LW_FAIL_AT(p, at, "a list or mapping is written as JSON: %s", reason.message);
    status = lw_parser_push_constant(p, (lw_operand){.kind = LW_OPERAND_DOCUMENT, .text = {json, strlen(json)}});
    lw_free(json);
    p->lexer.at = end;
    return status == LW_OK ? lw_parser_advance(p) : status;
}
