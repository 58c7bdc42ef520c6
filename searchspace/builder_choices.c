/*
 * Whether the choices and weights that a file gives make sense.
 */
#include <float.h>
#include <math.h>

#include "builder_check.h"
#include "value_text.h"

static const double smallest_share = 1e-12;

static void check_duplicates(const lw_checking *c, const lw_choice *choices) {
    const lw_parameter_draft *draft = c->draft;
    if (!lw_choice_table_make(c->choices, choices, draft->n_choices, &c->f->space->arena)) {
        c->f->no_memory = true;
        return;
    }
    for (size_t i = 0; i < draft->n_choices; i++) {
        ptrdiff_t first = lw_choice_table_find(c->choices, choices, choices[i].value); /* NaN equals nothing */
        if (first >= 0 && (size_t)first != i)
            LW_FAIL(c, draft->choices[i].place, "%s has the choice %s twice", c->parameter->name,
                    lw_value_show(choices[i].value).text);
    }
}

static lw_value copied_value(const lw_checking *c, lw_value value) {
    if (value.kind == LW_VALUE_TEXT || value.kind == LW_VALUE_DOCUMENT)
        value.text.bytes = lw_arena_text(&c->f->space->arena, value.text.bytes, value.text.length);
    return value;
}

static double sum_of_weights(const lw_checking *c, double scale) {
    double sum = 0, weight = 0;
    for (size_t i = 0; i < c->draft->n_weights; i++) {
        const lw_draft_value *draft = &c->draft->weights[i];
        if (!lw_check_number(c, draft, "a weight", &weight))
            continue;
        if (weight <= 0)
            LW_FAIL(c, draft->place, "a weight of %s is %s; weights are above 0", c->parameter->name,
                    lw_value_show(draft->value).text);
        sum += weight * scale;
    }
    return sum;
}

static double weight_at(const lw_checking *c, size_t i) {
    lw_value value = c->draft->weights[i].value;
    return value.kind == LW_VALUE_INTEGER ? (double)value.integer : value.number;
}

static void set_weights(const lw_checking *c, lw_choice *choices) {
    const lw_parameter_draft *draft = c->draft;
    if (draft->n_weights != draft->n_choices) {
        LW_FAIL(c, draft->weights_place, "%s has %zu weights for %zu choices", c->parameter->name, draft->n_weights,
                draft->n_choices);
        return;
    }
    const double scale = 0x1p-30; /* a million of the largest doubles still have a sum */
    double sum = sum_of_weights(c, scale);
    if (lw_checking_has_errors(c))
        return;
    /* Shares that were written out sum to 1 but for rounding; dividing them again would change their last bits. */
    if (fabs(sum / scale - 1) <= DBL_EPSILON * (double)draft->n_weights)
        sum = scale;
    for (size_t i = 0; i < draft->n_weights; i++) {
        choices[i].weight = weight_at(c, i) * scale / sum;
        if (choices[i].weight < smallest_share)
            LW_FAIL(c, draft->weights[i].place, "a weight of %s is %s, less than 1e-12 of all: leave the choice out",
                    c->parameter->name, lw_value_show(draft->weights[i].value).text);
    }
}

void lw_check_choices(const lw_checking *c) {
    const lw_parameter_draft *draft = c->draft;
    if (draft->n_choices == 0) {
        LW_FAIL(c, draft->choices_place, "%s has no choices: it needs at least one", c->parameter->name);
        return;
    }
    lw_choice *choices = lw_finishing_get(c->f, draft->n_choices, sizeof *choices);
    if (!choices)
        return;
    for (size_t i = 0; i < draft->n_choices; i++) {
        const lw_draft_value *choice = &draft->choices[i];
        if (choice->value.kind == LW_VALUE_FLOAT && !isfinite(choice->value.number))
            LW_FAIL(c, choice->place, "a choice of %s is %s; numbers are finite", c->parameter->name,
                    lw_value_show(choice->value).text);
        choices[i].value = copied_value(c, choice->value);
        choices[i].spelling = lw_finishing_text(c->f, choice->spelling);
        choices[i].weight = 1 / (double)draft->n_choices;
    }
    if (c->f->no_memory)
        return;
    check_duplicates(c, choices);
    if (draft->has_weights)
        set_weights(c, choices);
    c->parameter->choices = choices;
    c->parameter->n_choices = draft->n_choices;
    c->parameter->n_levels = draft->n_choices;
}
