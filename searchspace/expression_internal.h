/**
 * The compiled form of an expression: operations on a stack, in the order in which they are done.
 */
#ifndef LABWATCH_EXPRESSION_INTERNAL_H
#define LABWATCH_EXPRESSION_INTERNAL_H

#include <labwatch/expression.h>

#include "arena.h"

enum {
    LW_EXPRESSION_LONGEST = 64 * 1024,
    LW_EXPRESSION_OPERATIONS = 1 << 20,
    LW_EXPRESSION_DEEPEST = 200,
    LW_EXPRESSION_STACK = 512 /**< operands that wait at the same time */
};

/** What lies on the stack while an expression is evaluated. */
typedef enum lw_operand_kind {
    LW_OPERAND_UNKNOWN,
    LW_OPERAND_UNDEFINED,
    LW_OPERAND_NULL,
    LW_OPERAND_BOOL,
    LW_OPERAND_INTEGER,
    LW_OPERAND_FLOAT,
    LW_OPERAND_TEXT,
    LW_OPERAND_DOCUMENT /**< a list or mapping: text has its JSON */
} lw_operand_kind;

typedef struct lw_operand {
    lw_operand_kind kind;
    union {
        bool boolean;
        int64_t integer;
        double number;
        struct {
            const char *bytes;
            size_t length;
        } text;
    };
} lw_operand;

typedef enum lw_operator {
    LW_OP_CONSTANT, /**< pushes a constant */
    LW_OP_SLOT,     /**< pushes the value of a slot */
    /* One operand. */
    LW_OP_NEGATE,
    LW_OP_NOT,
    LW_OP_ABS,
    LW_OP_LOG,
    LW_OP_LOG2,
    LW_OP_LOG10,
    LW_OP_EXP,
    LW_OP_SQRT,
    LW_OP_FLOOR,
    LW_OP_CEIL,
    LW_OP_ROUND,
    LW_OP_IS_NULL,
    /* Two operands. */
    LW_OP_ADD,
    LW_OP_SUBTRACT,
    LW_OP_MULTIPLY,
    LW_OP_DIVIDE,
    LW_OP_MODULO,
    LW_OP_POWER,
    LW_OP_MIN,
    LW_OP_MAX,
    LW_OP_LESS,
    LW_OP_LESS_EQUAL,
    LW_OP_GREATER,
    LW_OP_GREATER_EQUAL,
    LW_OP_EQUAL,
    LW_OP_NOT_EQUAL,
    LW_OP_AND,
    LW_OP_OR,
    /* Three: x, the outcome so far, and an item; leaves x and the outcome. */
    LW_OP_IN_ITEM,
    /* x and the outcome: leaves the outcome. */
    LW_OP_IN_END
} lw_operator;

typedef struct lw_operation {
    lw_operator op;
    union {
        size_t slot;        /**< LW_OP_SLOT */
        lw_operand operand; /**< LW_OP_CONSTANT */
    };
} lw_operation;

struct lw_expression {
    lw_arena arena; /**< owns texts */
    lw_operation *operations;
    size_t n_operations;
    size_t *slots; /**< each that is used, once */
    const char **slot_names;
    size_t n_slots;
    const char *text;
};

/** Does an operation with one or two operands. */
lw_operand lw_operate_unary(lw_operator op, lw_operand a);
lw_operand lw_operate_binary(lw_operator op, lw_operand a, lw_operand b);

/** The operator as it is written. */
const char *lw_operator_text(lw_operator op);
/** The comparison that says the same with its sides exchanged. */
lw_operator lw_operator_mirrored(lw_operator op);

/* Texts are borrowed. An operand that is not known is null. */
lw_operand lw_operand_of_value(lw_value value);
lw_value lw_value_of_operand(lw_operand operand);

/** As lw_expression_parse; the message does not say at which character. */
int lw_expression_parse_unplaced(lw_expression **out, const char *text, size_t length, const lw_symbols *symbols,
                                 size_t *error_at, lw_error *error);

#endif
