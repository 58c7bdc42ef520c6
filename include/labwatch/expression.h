/**
 * Expressions over names: conditions, constraints and filters are written in one small language.
 *
 *   numbers, 'text' or "text", true, false, null, names with dots, `names` between backticks, lists and mappings as JSON
 *   + - * / % ** with the usual ranks; < <= > >= == = != in, not in; not, and, or; ( )
 *   abs min max log log2 log10 exp sqrt floor ceil round
 *
 * A bare word that is no name is text where it is compared with something (`optimizer == adam`). In quoted text \
 * takes away the meaning of the quote or backslash behind it. Names with other characters than letters, digits, _ and
 * . (`learning-rate`) and names that are words of the language (`in`) stand between backticks, also behind a dot
 * (config.`learning-rate`). A date is text, with or without quotes: 2026-11-21, 2026-11-21T10:00:00Z. Lists and
 * mappings are equal if their JSON is, up to the spaces in it; a list is never equal to a text that looks like it.
 *
 * What is not known (an inactive parameter, a missing field) makes a comparison unknown: logic has three values, as in
 * SQL. Only `x == null` and `x != null` always answer: whether x is unknown or null. Whole numbers are exact as far as
 * 64 bits go, and are compared with floats exactly; / always gives a float, % has the sign of the divisor, round goes
 * to the even neighbour. Text is compared by bytes, but with an ordinal parameter's choices by their order; values of
 * different types are never equal, and have no order (undefined).
 */
#ifndef LABWATCH_EXPRESSION_H
#define LABWATCH_EXPRESSION_H

#include <labwatch/error.h>
#include <labwatch/value.h>

LW_BEGIN_DECLS

typedef struct lw_expression lw_expression;

/** What the names in an expression mean; given when it is parsed, so that misspelt names are errors at once. */
typedef struct lw_symbols {
    /** Slot (0, 1, …) of a name, or -1 if there is no such name. */
    ptrdiff_t (*slot)(void *self, const char *name, size_t length);
    /**
     * Whether a value may be compared with the slot by == != in: LW_OK, or LW_EINVAL and a sentence (for a value that
     * the parameter cannot have; did-you-mean). May be NULL: everything may.
     */
    int (*check)(void *self, size_t slot, lw_value value, lw_error *error);
    /** Fills names for did-you-mean: the i-th name, NULL behind the last. May be NULL. */
    const char *(*name)(void *self, size_t i);
    /**
     * The i-th value of a slot whose values have an order of their own, from the lowest; false behind the last, and
     * for other slots. `size < large` then goes by that order. May be NULL: there are none.
     */
    bool (*level)(void *self, size_t slot, size_t i, lw_value *value);
    void *self;
} lw_symbols;

/** The outcome of a condition. */
typedef enum lw_truth {
    LW_FALSE = 0,
    LW_TRUE = 1,
    LW_UNKNOWN = 2,  /**< depends on something that is not known */
    LW_UNDEFINED = 3 /**< division by zero, logarithm of a negative number, text in arithmetic */
} lw_truth;

/**
 * Parses a condition. Errors (LW_EPARSE) say at which character, what was found and what is expected; *error_at (may be
 * NULL) is its offset. Bounded: 64 KiB of text, nesting of 200. Symbols are only used during the call. *out is yours.
 */
LW_EXPORT int lw_expression_parse(lw_expression **out, const char *text, size_t length, const lw_symbols *symbols, size_t *error_at,
                                  lw_error *error);

/**
 * Value of a slot; kind LW_VALUE_NULL and *known = false if it is not known. Texts must last until the evaluation ends.
 * The text of a list or mapping is its JSON without spaces between the signs, as a space's choices have it.
 */
typedef lw_value lw_slot_fn(void *arg, size_t slot, bool *known);

/** Never fails; allocates nothing. */
LW_EXPORT lw_truth lw_expression_evaluate(const lw_expression *expression, lw_slot_fn *slot, void *arg);

/** The slots that are used: how many, and the i-th. Each once, in order of appearance. */
LW_EXPORT size_t lw_expression_n_slots(const lw_expression *expression);
LW_EXPORT size_t lw_expression_slot(const lw_expression *expression, size_t i);

/** The text it was made from. Borrowed. */
LW_EXPORT const char *lw_expression_text(const lw_expression *expression);

/** A text that is the same for expressions that differ only in spacing, quotes and brackets. Yours to lw_free. */
LW_EXPORT char *lw_expression_canonical(const lw_expression *expression);

LW_EXPORT void lw_expression_free(lw_expression *expression);

LW_END_DECLS

#endif
