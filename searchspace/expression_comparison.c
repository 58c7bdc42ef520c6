/* Comparisons, lists, and what may be compared with what. */
#include <string.h>

#include "expression_parser.h"

static bool is_equality(lw_operator op) {
    return op == LW_OP_EQUAL || op == LW_OP_NOT_EQUAL;
}

static bool sees_comparison(const lw_parser *p) {
    return p->token.kind == LW_TOKEN_OPERATOR && p->token.op >= LW_OP_LESS && p->token.op <= LW_OP_NOT_EQUAL;
}

/* Asks whether the name can have the constant's value; other pairs need no asking, and null is a question of its own.
 */
static int check_value(lw_parser *p, const lw_part *name, const lw_part *constant, size_t constant_end) {
    if (!p->symbols->check || !name->is_slot || constant->type == LW_TYPE_NULL || constant_end != constant->start + 1 ||
        !lw_parser_is_constant(p, constant->start))
        return LW_OK;
    lw_value value = lw_value_of_operand(p->out->operations[constant->start].operand);
    lw_error reason;
    if (p->symbols->check(p->symbols->self, name->slot, value, &reason) == LW_OK)
        return LW_OK;
    return LW_FAIL_AT(p, constant->token.at, "%s", reason.message);
}

/* A bare word is text only beside something that is known by name and that can be a text. */
static int check_words(lw_parser *p, const lw_part *left, const lw_part *right) {
    bool left_constant = right->start == left->start + 1 && lw_parser_is_constant(p, left->start);
    bool right_constant = p->out->n_operations == right->start + 1 && lw_parser_is_constant(p, right->start);
    if (left->is_word && (right_constant || right->type == LW_TYPE_NUMBER || right->type == LW_TYPE_TRUTH))
        return lw_parser_fail_unknown(p, &left->token);
    if (right->is_word && (left_constant || left->type == LW_TYPE_NUMBER || left->type == LW_TYPE_TRUTH))
        return lw_parser_fail_unknown(p, &right->token);
    return LW_OK;
}

static bool has_no_order(const lw_part *part) {
    return part->type == LW_TYPE_TRUTH || part->type == LW_TYPE_NULL || part->type == LW_TYPE_DOCUMENT;
}

static int check_order(lw_parser *p, const lw_part *left, const lw_part *right) {
    const lw_part *unordered = has_no_order(left) ? left : right;
    if (has_no_order(unordered))
        return LW_FAIL_AT(p, unordered->token.at, "%s have no order: compare them with == or !=",
                          unordered->type == LW_TYPE_DOCUMENT ? "lists and mappings" : "true, false and null");
    if (left->type != LW_TYPE_ANY && right->type != LW_TYPE_ANY && left->type != right->type)
        return LW_FAIL_AT(p, left->token.at, "a number and a text have no order");
    return LW_OK;
}

static bool has_levels(const lw_parser *p, const lw_part *name, lw_value *first) {
    return name->is_slot && p->symbols->level && p->symbols->level(p->symbols->self, name->slot, 0, first);
}

/* `a < bb` means a name that is not there, unless bb is a value that a can have. */
static int check_ordered_word(lw_parser *p, const lw_part *name, const lw_part *word) {
    lw_value value;
    if (!word->is_word || !name->is_slot || !p->symbols->check || has_levels(p, name, &value))
        return LW_OK;
    value = lw_value_of_operand(p->out->operations[word->start].operand);
    if (p->symbols->check(p->symbols->self, name->slot, value, NULL) == LW_OK)
        return LW_OK;
    return lw_parser_fail_unknown(p, &word->token);
}

static int check_pair(lw_parser *p, const lw_part *left, const lw_part *right, lw_operator op) {
    int status = check_words(p, left, right);
    if (status != LW_OK)
        return status;
    if (!is_equality(op)) {
        status = check_ordered_word(p, left, right);
        if (status == LW_OK)
            status = check_ordered_word(p, right, left);
        return status == LW_OK ? check_order(p, left, right) : status;
    }
    status = check_value(p, left, right, p->out->n_operations);
    return status == LW_OK ? check_value(p, right, left, right->start) : status;
}

/* x == null and null == x: the null itself is taken out again. */
static int add_null_test(lw_parser *p, size_t null_at, bool negated, size_t at) {
    lw_expression *out = p->out;
    memmove(out->operations + null_at, out->operations + null_at + 1,
            (out->n_operations - null_at - 1) * sizeof *out->operations);
    out->n_operations--;
    p->height--;
    int status = lw_parser_add_unary(p, LW_OP_IS_NULL, at);
    return status == LW_OK && negated ? lw_parser_add_unary(p, LW_OP_NOT, at) : status;
}

/* ---- texts that have an order of their own ---- */

static bool is_on_side(size_t level, lw_operator op, size_t limit) {
    return op == LW_OP_LESS         ? level < limit
           : op == LW_OP_LESS_EQUAL ? level <= limit
           : op == LW_OP_GREATER    ? level > limit
                                    : level >= limit;
}

/* The text's level; behind the last one if it is none of them. */
static size_t level_of_text(const lw_parser *p, size_t slot, lw_value text) {
    lw_value value;
    size_t i = 0;
    while (p->symbols->level(p->symbols->self, slot, i, &value) && !lw_value_equal(value, text))
        i++;
    return i;
}

/* size < large becomes size in [small, medium]. */
static int add_levels(lw_parser *p, const lw_part *name, lw_operator op, lw_value limit, size_t at) {
    size_t level = level_of_text(p, name->slot, limit), n_items = 0;
    lw_value value;
    if (!p->symbols->level(p->symbols->self, name->slot, level, &value))
        return LW_FAIL_AT(p, at, "'%.*s' is not one of the values that are in an order here",
                          (int)(limit.text.length > 60 ? 60 : limit.text.length), limit.text.bytes);
    int status = lw_parser_push(p, (lw_operation){.op = LW_OP_SLOT, .slot = name->slot});
    if (status == LW_OK)
        status = lw_parser_push_constant(p, (lw_operand){.kind = LW_OPERAND_BOOL, .boolean = false});
    for (size_t i = 0; status == LW_OK && p->symbols->level(p->symbols->self, name->slot, i, &value); i++) {
        if (!is_on_side(i, op, level))
            continue;
        n_items++;
        status = lw_parser_push_constant(p, lw_operand_of_value(value));
        p->height--;
        if (status == LW_OK)
            status = lw_parser_add(p, (lw_operation){.op = LW_OP_IN_ITEM});
    }
    p->height--;
    if (status == LW_OK && n_items == 0)
        return LW_FAIL_AT(p, at, "this never holds: no value is on that side of '%.*s'",
                          (int)(limit.text.length > 60 ? 60 : limit.text.length), limit.text.bytes);
    return status == LW_OK ? lw_parser_add(p, (lw_operation){.op = LW_OP_IN_END}) : status;
}

/* Takes back the name and the text, and goes by the name's own order if it has one. */
static int add_ordered(lw_parser *p, const lw_part *left, const lw_part *right, const lw_token *sign) {
    lw_value first;
    bool left_is_name = has_levels(p, left, &first);
    const lw_part *name = left_is_name ? left : right, *text = left_is_name ? right : left;
    if ((!left_is_name && !has_levels(p, right, &first)) || !lw_parser_is_constant(p, text->start) ||
        text->type != LW_TYPE_TEXT)
        return lw_parser_add_binary(p, sign->op, sign->at);
    lw_value limit = lw_value_of_operand(p->out->operations[text->start].operand);
    p->out->n_operations = left->start;
    p->height -= 2;
    return add_levels(p, name, left_is_name ? sign->op : lw_operator_mirrored(sign->op), limit, text->token.at);
}

static int parse_binary_comparison(lw_parser *p, lw_part *left) {
    lw_token sign = p->token;
    lw_part right;
    int status = lw_parser_advance(p);
    if (status == LW_OK && p->token.kind == LW_TOKEN_NOT)
        status = LW_FAIL_AT(p, p->token.at, "put brackets around what 'not' belongs to");
    if (status == LW_OK)
        status = lw_parse_sum(p, &right);
    if (status == LW_OK)
        status = check_pair(p, left, &right, sign.op);
    if (status != LW_OK)
        return status;
    if (right.type == LW_TYPE_NULL)
        return add_null_test(p, right.start, sign.op == LW_OP_NOT_EQUAL, sign.at);
    if (left->type == LW_TYPE_NULL)
        return add_null_test(p, left->start, sign.op == LW_OP_NOT_EQUAL, sign.at);
    return is_equality(sign.op) ? lw_parser_add_binary(p, sign.op, sign.at) : add_ordered(p, left, &right, &sign);
}

static int parse_item(lw_parser *p, const lw_part *left) {
    lw_part item;
    int status = lw_parse_sum(p, &item);
    if (status != LW_OK)
        return status;
    status = check_words(p, left, &item);
    if (status == LW_OK)
        status = check_value(p, left, &item, p->out->n_operations);
    p->height--;
    return status == LW_OK ? lw_parser_add(p, (lw_operation){.op = LW_OP_IN_ITEM}) : status;
}

/* Behind in: [item, …]. */
static int parse_membership(lw_parser *p, const lw_part *left, bool negated, size_t at) {
    if (left->is_word)
        return lw_parser_fail_unknown(p, &left->token);
    if (p->token.kind != LW_TOKEN_OPEN_LIST)
        return lw_parser_fail_expected(p, "a list, such as [1, 2],");
    int status =
        lw_parser_push(p, (lw_operation){.op = LW_OP_CONSTANT, .operand = {.kind = LW_OPERAND_BOOL, .boolean = false}});
    do {
        if (status == LW_OK)
            status = lw_parser_advance(p); /* [ or , */
        if (status == LW_OK && p->token.kind == LW_TOKEN_CLOSE_LIST)
            status = LW_FAIL_AT(p, p->token.at, "the list lacks an item here");
        if (status == LW_OK)
            status = parse_item(p, left);
    } while (status == LW_OK && p->token.kind == LW_TOKEN_COMMA);
    if (status == LW_OK && p->token.kind != LW_TOKEN_CLOSE_LIST)
        status = lw_parser_fail_expected(p, "']' or ','");
    if (status == LW_OK)
        status = lw_parser_advance(p);
    p->height--;
    if (status == LW_OK)
        status = lw_parser_add(p, (lw_operation){.op = LW_OP_IN_END});
    return status == LW_OK && negated ? lw_parser_add_unary(p, LW_OP_NOT, at) : status;
}

static int fail_chained(lw_parser *p, const lw_token *sign) {
    return LW_FAIL_AT(p, sign->at, "comparisons cannot be chained: write 'a < b and b < c'");
}

int lw_parse_comparison(lw_parser *p, lw_part *out) {
    int status = lw_parse_sum(p, out);
    if (status != LW_OK)
        return status;
    lw_token sign = p->token;
    bool negated = sign.kind == LW_TOKEN_NOT;
    if (sees_comparison(p)) {
        status = parse_binary_comparison(p, out);
    } else if (negated || sign.kind == LW_TOKEN_IN) {
        status = lw_parser_advance(p);
        if (status == LW_OK && negated && p->token.kind != LW_TOKEN_IN)
            status = lw_parser_fail_expected(p, "'in'");
        else if (status == LW_OK && negated)
            status = lw_parser_advance(p);
        if (status == LW_OK)
            status = parse_membership(p, out, negated, sign.at);
    } else {
        return LW_OK;
    }
    if (status == LW_OK && (sees_comparison(p) || p->token.kind == LW_TOKEN_IN))
        status = fail_chained(p, &p->token);
    *out = (lw_part){.type = LW_TYPE_TRUTH, .start = out->start, .token = out->token};
    return status;
}
