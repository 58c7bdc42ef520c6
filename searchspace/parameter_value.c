#include <math.h>
#include <stdio.h>
#include <string.h>

#include <labwatch/sys/text.h>

#include "parameter.h"
#include "suggestion.h"
#include "value_text.h"

static bool whole_number(lw_value value, int64_t *out) {
    if (value.kind == LW_VALUE_INTEGER) {
        *out = value.integer;
        return true;
    }
    if (value.kind != LW_VALUE_FLOAT || !(value.number >= -0x1p63 && value.number < 0x1p63) ||
        floor(value.number) != value.number)
        return false;
    *out = (int64_t)value.number;
    return true;
}

static bool real_number(lw_value value, double *out) {
    if (value.kind != LW_VALUE_INTEGER && value.kind != LW_VALUE_FLOAT)
        return false;
    *out = value.kind == LW_VALUE_INTEGER ? (double)value.integer : value.number;
    return isfinite(*out);
}

/* "a number from 0.0 to 1.0 in steps of 0.1": what the parameter takes. */
static void describe(const lw_parameter *p, char *out, size_t size) {
    char lower[LW_NUMBER_SIZE], upper[LW_NUMBER_SIZE], step[LW_NUMBER_SIZE];
    if (p->kind == LW_PARAMETER_INTEGER) {
        int length = snprintf(out, size, "an integer from %lld to %lld", (long long)p->lower_integer,
                              (long long)p->upper_integer);
        if (p->step_integer != 1)
            snprintf(out + length, size - (size_t)length, " in steps of %lld", (long long)p->step_integer);
        return;
    }
    lw_double_to_text(p->lower, lower);
    lw_double_to_text(p->upper, upper);
    lw_double_to_text(p->step, step);
    if (isinf(p->lower) && isinf(p->upper))
        snprintf(out, size, "a finite number");
    else if (isinf(p->upper))
        snprintf(out, size, "a finite number from %s on", lower);
    else if (isinf(p->lower))
        snprintf(out, size, "a finite number up to %s", upper);
    else
        snprintf(out, size, p->step > 0 ? "a number from %s to %s in steps of %s" : "a number from %s to %s", lower,
                 upper, step);
}

static int fail_number(const lw_parameter *p, lw_value value, lw_error *error) {
    char expected[160];
    describe(p, expected, sizeof expected);
    lw_value_text shown = lw_value_show(value);
    return lw_error_set(error, LW_EINVAL, "%s cannot be %s: it is %s", p->name, shown.text, expected);
}

static int read_integer(const lw_parameter *p, lw_value value, lw_slot *out, lw_error *error) {
    int64_t whole;
    bool valid = whole_number(value, &whole) && whole >= p->lower_integer && whole <= p->upper_integer &&
                 ((uint64_t)whole - (uint64_t)p->lower_integer) % (uint64_t)p->step_integer == 0;
    if (!valid)
        return fail_number(p, value, error);
    out->integer = whole;
    return LW_OK;
}

/* Up to what arithmetic loses, which is never much of a step. */
static bool is_level(double level, double number, double step) {
    return fabs(level - number) <= fmax(fmin(1e-12 * fmax(fabs(level), fabs(number)), 1e-3 * step), 1e-9 * step);
}

/* With a step the number may miss its level by what arithmetic loses: 0.1 + 0.2 is 0.3. */
static int read_float(const lw_parameter *p, const lw_coding *coding, lw_value value, lw_slot *out, lw_error *error) {
    double number;
    if (!real_number(value, &number) || (p->log_scale && number <= 0))
        return fail_number(p, value, error);
    if (p->kind == LW_PARAMETER_FLOAT && p->step > 0) {
        lw_slot level = lw_parameter_level(p, coding, lw_parameter_level_of(p, (lw_slot){.number = number}));
        if (!is_level(level.number, number, p->step))
            return fail_number(p, value, error);
        *out = level;
        return LW_OK;
    }
    if (!(number >= p->lower && number <= p->upper))
        return fail_number(p, value, error);
    out->number = number + 0.0;
    return LW_OK;
}

/* ---- choices ---- */

static const char *spelling_at(void *self, size_t i) {
    const lw_parameter *p = self;
    return i < p->n_choices ? p->choices[i].spelling : NULL;
}

/* "a, b, c or d", cut short where there are many. */
static void list_choices(const lw_parameter *p, char *out, size_t size) {
    enum { MOST = 8 };
    size_t length = 0;
    out[0] = '\0';
    for (size_t i = 0; i < p->n_choices && length + 1 < size; i++) {
        bool cut = i == MOST && p->n_choices > MOST + 1;
        const char *before = i == 0 ? "" : i + 1 == p->n_choices ? " or " : ", ";
        lw_value_text shown = lw_value_show(p->choices[i].value);
        int written = cut ? snprintf(out + length, size - length, ", … (%zu choices)", p->n_choices)
                          : snprintf(out + length, size - length, "%s%s", before, shown.text);
        if (cut || written < 0)
            return;
        length += (size_t)written;
    }
}

static int fail_choice(const lw_parameter *p, lw_value value, lw_error *error) {
    char choices[600];
    list_choices(p, choices, sizeof choices);
    lw_value_text shown = lw_value_show(value);
    lw_suggestion near = {""};
    if (value.kind == LW_VALUE_TEXT)
        near = lw_suggest(value.text.bytes, value.text.length, spelling_at, (void *)(uintptr_t)p);
    return lw_error_set(error, LW_EINVAL, "%s cannot be %s: it is %s%s", p->name, shown.text, choices, near.text);
}

static int read_choice(const lw_parameter *p, const lw_coding *coding, lw_value value, lw_slot *out, lw_error *error) {
    ptrdiff_t choice = lw_choice_table_find(&coding->choices, p->choices, value);
    if (choice < 0)
        return fail_choice(p, value, error);
    out->choice = (size_t)choice;
    return LW_OK;
}

int lw_parameter_read_value(const lw_parameter *p, const lw_coding *coding, lw_value value, lw_slot *out,
                            lw_error *error) {
    if (p->n_choices > 0)
        return read_choice(p, coding, value, out, error);
    if (p->kind == LW_PARAMETER_INTEGER)
        return read_integer(p, value, out, error);
    return read_float(p, coding, value, out, error);
}
