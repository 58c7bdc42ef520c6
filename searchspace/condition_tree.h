/**
 * An expression as a tree of comparisons, for formats that have no expressions of their own: negations are pushed down
 * to the comparisons, and what is no comparison of a name with values (or with another name) is refused.
 */
#ifndef LW_CONDITION_TREE_H
#define LW_CONDITION_TREE_H

#include "arena.h"
#include "expression_internal.h"

typedef enum lw_condition_kind {
    LW_CONDITION_COMPARE,  /**< slot op values[0]; op is LW_OP_LESS … LW_OP_NOT_EQUAL */
    LW_CONDITION_RELATION, /**< slot op other */
    LW_CONDITION_IN,
    LW_CONDITION_NOT_IN,
    LW_CONDITION_AND,
    LW_CONDITION_OR
} lw_condition_kind;

typedef struct lw_condition {
    lw_condition_kind kind;
    lw_operator op;
    size_t slot, other;
    const lw_value *values;
    size_t n_values;
    const struct lw_condition *left, *right; /**< of AND and OR */
} lw_condition;

/**
 * The tree of an expression, or of its opposite. LW_EUNSUPPORTED with a sentence if it has arithmetic or the like in
 * it; LW_ENOMEM. It lives in the arena; texts borrow from the expression.
 */
int lw_condition_make(const lw_condition **out, const lw_expression *expression, bool opposite, lw_arena *arena,
                      lw_error *error);

#endif
