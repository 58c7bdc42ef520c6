#include <math.h>
#include <string.h>

#include "expression_internal.h"

static const lw_operand unknown = {.kind = LW_OPERAND_UNKNOWN};
static const lw_operand undefined = {.kind = LW_OPERAND_UNDEFINED};

static lw_operand boolean(bool value) {
    return (lw_operand){.kind = LW_OPERAND_BOOL, .boolean = value};
}

static lw_operand integer(int64_t value) {
    return (lw_operand){.kind = LW_OPERAND_INTEGER, .integer = value};
}

static lw_operand number(double value) {
    return isnan(value) ? undefined : (lw_operand){.kind = LW_OPERAND_FLOAT, .number = value};
}

static bool is_number(lw_operand a) {
    return a.kind == LW_OPERAND_INTEGER || a.kind == LW_OPERAND_FLOAT;
}

static double as_double(lw_operand a) {
    return a.kind == LW_OPERAND_INTEGER ? (double)a.integer : a.number;
}

/* Whole numbers that 64 bits hold are exact; others stay floats. */
static lw_operand whole_number(double value) {
    if (value >= -0x1p63 && value < 0x1p63)
        return integer((int64_t)value);
    return number(value);
}

/* -1, 0, 1; exact also where a double cannot hold the integer. number is not NaN. */
static int compare_integer_with_double(int64_t a, double b) {
    if (b >= 0x1p63)
        return -1;
    if (b < -0x1p63)
        return 1;
    int64_t whole = (int64_t)b;
    if (a != whole)
        return a < whole ? -1 : 1;
    double rest = b - (double)whole;
    return rest > 0 ? -1 : rest < 0 ? 1 : 0;
}

static int compare_numbers(lw_operand a, lw_operand b) {
    if (a.kind == LW_OPERAND_INTEGER && b.kind == LW_OPERAND_INTEGER)
        return a.integer < b.integer ? -1 : a.integer > b.integer;
    if (a.kind == LW_OPERAND_INTEGER)
        return compare_integer_with_double(a.integer, b.number);
    if (b.kind == LW_OPERAND_INTEGER)
        return -compare_integer_with_double(b.integer, a.number);
    return a.number < b.number ? -1 : a.number > b.number;
}

static int compare_texts(lw_operand a, lw_operand b) {
    size_t shorter = a.text.length < b.text.length ? a.text.length : b.text.length;
    int order = shorter ? memcmp(a.text.bytes, b.text.bytes, shorter) : 0;
    if (order != 0)
        return order < 0 ? -1 : 1;
    return a.text.length < b.text.length ? -1 : a.text.length > b.text.length;
}

static bool is_equal(lw_operand a, lw_operand b) {
    if (is_number(a) && is_number(b))
        return compare_numbers(a, b) == 0;
    if (a.kind != b.kind)
        return false;
    if (a.kind == LW_OPERAND_BOOL)
        return a.boolean == b.boolean;
    return a.kind == LW_OPERAND_NULL || compare_texts(a, b) == 0;
}

static lw_operand compare(lw_operator op, lw_operand a, lw_operand b) {
    if (op == LW_OP_EQUAL || op == LW_OP_NOT_EQUAL)
        return boolean(is_equal(a, b) == (op == LW_OP_EQUAL));
    int order;
    if (is_number(a) && is_number(b))
        order = compare_numbers(a, b);
    else if (a.kind == LW_OPERAND_TEXT && b.kind == LW_OPERAND_TEXT)
        order = compare_texts(a, b);
    else
        return undefined;
    switch (op) {
    case LW_OP_LESS:
        return boolean(order < 0);
    case LW_OP_LESS_EQUAL:
        return boolean(order <= 0);
    case LW_OP_GREATER:
        return boolean(order > 0);
    default:
        return boolean(order >= 0);
    }
}

/* In logic everything but true, false and unknown is undefined. */
static lw_operand as_truth(lw_operand a) {
    return a.kind == LW_OPERAND_BOOL || a.kind == LW_OPERAND_UNKNOWN ? a : undefined;
}

static bool is_truth(lw_operand a, bool value) {
    return a.kind == LW_OPERAND_BOOL && a.boolean == value;
}

/*
 * The side that decides wins: false for and, true for or. Otherwise undefined goes before unknown: what is
 * wrong is not hidden by what is missing.
 */
static lw_operand combine(lw_operand a, lw_operand b, bool deciding) {
    a = as_truth(a);
    b = as_truth(b);
    if (is_truth(a, deciding) || is_truth(b, deciding))
        return boolean(deciding);
    if (a.kind == LW_OPERAND_UNDEFINED || b.kind == LW_OPERAND_UNDEFINED)
        return undefined;
    if (a.kind == LW_OPERAND_UNKNOWN || b.kind == LW_OPERAND_UNKNOWN)
        return unknown;
    return boolean(!deciding);
}

static lw_operand power_of_integers(int64_t base, int64_t exponent) {
    int64_t result = 1, factor = base;
    for (int64_t left = exponent; left > 0; left >>= 1) {
        if ((left & 1) && __builtin_mul_overflow(result, factor, &result))
            return number(pow((double)base, (double)exponent));
        if (left > 1 && __builtin_mul_overflow(factor, factor, &factor))
            return number(pow((double)base, (double)exponent));
    }
    return integer(result);
}

static int64_t floored_remainder(int64_t a, int64_t b) {
    if (b == -1)
        return 0; /* INT64_MIN % -1 traps */
    int64_t rest = a % b;
    return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;
}

static lw_operand calculate_integers(lw_operator op, int64_t a, int64_t b) {
    int64_t result;
    switch (op) {
    case LW_OP_ADD:
        return __builtin_add_overflow(a, b, &result) ? number((double)a + (double)b) : integer(result);
    case LW_OP_SUBTRACT:
        return __builtin_sub_overflow(a, b, &result) ? number((double)a - (double)b) : integer(result);
    case LW_OP_MULTIPLY:
        return __builtin_mul_overflow(a, b, &result) ? number((double)a * (double)b) : integer(result);
    case LW_OP_MODULO:
        return b == 0 ? undefined : integer(floored_remainder(a, b));
    default:
        return b >= 0 ? power_of_integers(a, b) : a == 0 ? undefined : number(pow((double)a, (double)b));
    }
}

static lw_operand calculate_doubles(lw_operator op, double a, double b) {
    switch (op) {
    case LW_OP_ADD:
        return number(a + b);
    case LW_OP_SUBTRACT:
        return number(a - b);
    case LW_OP_MULTIPLY:
        return number(a * b);
    case LW_OP_DIVIDE:
        return b == 0 ? undefined : number(a / b);
    case LW_OP_MODULO: {
        if (b == 0)
            return undefined;
        double rest = fmod(a, b);
        return number(rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest);
    }
    default:
        return a == 0 && b < 0 ? undefined : number(pow(a, b));
    }
}

static lw_operand calculate(lw_operator op, lw_operand a, lw_operand b) {
    if (!is_number(a) || !is_number(b))
        return undefined;
    if (op == LW_OP_MIN || op == LW_OP_MAX)
        return (compare_numbers(a, b) <= 0) == (op == LW_OP_MIN) ? a : b;
    if (op != LW_OP_DIVIDE && a.kind == LW_OPERAND_INTEGER && b.kind == LW_OPERAND_INTEGER)
        return calculate_integers(op, a.integer, b.integer);
    return calculate_doubles(op, as_double(a), as_double(b));
}

lw_operand lw_operate_binary(lw_operator op, lw_operand a, lw_operand b) {
    if (op == LW_OP_AND || op == LW_OP_OR)
        return combine(a, b, op == LW_OP_OR);
    if (a.kind == LW_OPERAND_UNDEFINED || b.kind == LW_OPERAND_UNDEFINED)
        return undefined;
    if (a.kind == LW_OPERAND_UNKNOWN || b.kind == LW_OPERAND_UNKNOWN)
        return unknown;
    return op >= LW_OP_LESS && op <= LW_OP_NOT_EQUAL ? compare(op, a, b) : calculate(op, a, b);
}

static lw_operand apply_to_integer(lw_operator op, int64_t a) {
    if (op == LW_OP_NEGATE || (op == LW_OP_ABS && a < 0))
        return a == INT64_MIN ? number(0x1p63) : integer(-a);
    return integer(a); /* abs of a positive one, floor, ceil, round */
}

static lw_operand apply_to_double(lw_operator op, double a) {
    switch (op) {
    case LW_OP_NEGATE:
        return number(-a);
    case LW_OP_ABS:
        return number(fabs(a));
    case LW_OP_LOG:
        return a > 0 ? number(log(a)) : undefined;
    case LW_OP_LOG2:
        return a > 0 ? number(log2(a)) : undefined;
    case LW_OP_LOG10:
        return a > 0 ? number(log10(a)) : undefined;
    case LW_OP_EXP:
        return number(exp(a));
    case LW_OP_SQRT:
        return a >= 0 ? number(sqrt(a)) : undefined;
    case LW_OP_FLOOR:
        return whole_number(floor(a));
    case LW_OP_CEIL:
        return whole_number(ceil(a));
    default:
        return whole_number(nearbyint(a));
    }
}

static bool keeps_integers(lw_operator op) {
    return op == LW_OP_NEGATE || op == LW_OP_ABS || op == LW_OP_FLOOR || op == LW_OP_CEIL || op == LW_OP_ROUND;
}

lw_operand lw_operate_unary(lw_operator op, lw_operand a) {
    if (op == LW_OP_IS_NULL)
        return a.kind == LW_OPERAND_UNDEFINED ? undefined
                                              : boolean(a.kind == LW_OPERAND_NULL || a.kind == LW_OPERAND_UNKNOWN);
    if (a.kind == LW_OPERAND_UNKNOWN || a.kind == LW_OPERAND_UNDEFINED)
        return a;
    if (op == LW_OP_NOT)
        return a.kind == LW_OPERAND_BOOL ? boolean(!a.boolean) : undefined;
    if (!is_number(a))
        return undefined;
    if (a.kind == LW_OPERAND_INTEGER && keeps_integers(op))
        return apply_to_integer(op, a.integer);
    return apply_to_double(op, as_double(a));
}

static lw_operand operand_of_slot(lw_slot_fn *slot, void *arg, size_t i) {
    bool known = true;
    lw_value value = slot(arg, i, &known);
    if (!known)
        return unknown;
    return value.kind == LW_VALUE_FLOAT ? number(value.number) : lw_operand_of_value(value);
}

static lw_operand is_item(lw_operand x, lw_operand so_far, lw_operand item) {
    lw_operand same =
        item.kind == LW_OPERAND_NULL ? lw_operate_unary(LW_OP_IS_NULL, x) : lw_operate_binary(LW_OP_EQUAL, x, item);
    return combine(so_far, same, true);
}

/* Does one operation on the stack; returns its new height. */
static size_t step(const lw_operation *operation, lw_operand *stack, size_t height) {
    lw_operator op = operation->op;
    if (op == LW_OP_IN_END) {
        stack[height - 2] = stack[height - 1];
        return height - 1;
    }
    if (op == LW_OP_IN_ITEM) {
        stack[height - 2] = is_item(stack[height - 3], stack[height - 2], stack[height - 1]);
        return height - 1;
    }
    if (op >= LW_OP_ADD) {
        stack[height - 2] = lw_operate_binary(op, stack[height - 2], stack[height - 1]);
        return height - 1;
    }
    stack[height - 1] = lw_operate_unary(op, stack[height - 1]);
    return height;
}

lw_truth lw_expression_evaluate(const lw_expression *expression, lw_slot_fn *slot, void *arg) {
    lw_operand stack[LW_EXPRESSION_STACK];
    size_t height = 0;
    for (size_t i = 0; i < expression->n_operations; i++) {
        const lw_operation *operation = &expression->operations[i];
        if (operation->op == LW_OP_CONSTANT) {
            stack[height++] = operation->operand;
        } else if (operation->op == LW_OP_SLOT) {
            stack[height++] = operand_of_slot(slot, arg, operation->slot);
        } else {
            height = step(operation, stack, height);
        }
    }
    switch (stack[0].kind) {
    case LW_OPERAND_BOOL:
        return stack[0].boolean ? LW_TRUE : LW_FALSE;
    case LW_OPERAND_UNKNOWN:
        return LW_UNKNOWN;
    default:
        return LW_UNDEFINED;
    }
}
