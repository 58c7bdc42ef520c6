/*
 * Whether what a file says of a parameter makes sense; if so, the parameter.
 */
#include <math.h>

#include "builder_check.h"

static const double smallest_mass = 1e-290;

static lw_draft_kind kind_of(const lw_parameter_draft *draft) {
    if (draft->kind != LW_DRAFT_NUMBER)
        return draft->kind;
    const lw_draft_value *const values[] = {&draft->lower, &draft->upper, &draft->step, &draft->default_value};
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++)
        if (values[i]->given && values[i]->value.kind != LW_VALUE_INTEGER)
            return LW_DRAFT_FLOAT;
    return LW_DRAFT_INTEGER;
}

static void check_kind(const lw_checking *c) {
    lw_parameter *p = c->parameter;
    p->log_scale = c->draft->log_scale;
    switch (kind_of(c->draft)) {
    case LW_DRAFT_FLOAT:
        p->kind = LW_PARAMETER_FLOAT;
        lw_check_float(c);
        break;
    case LW_DRAFT_INTEGER:
        p->kind = LW_PARAMETER_INTEGER;
        lw_check_integer(c);
        break;
    case LW_DRAFT_GAUSSIAN:
        p->kind = LW_PARAMETER_GAUSSIAN;
        lw_check_gaussian(c);
        break;
    default:
        p->kind = c->draft->kind == LW_DRAFT_ORDINAL ? LW_PARAMETER_ORDINAL : LW_PARAMETER_CATEGORICAL;
        p->log_scale = false;
        lw_check_choices(c);
    }
}

static void set_default(const lw_checking *c, lw_dimension *dimension) {
    const lw_draft_value *given = &c->draft->default_value;
    dimension->default_slot = lw_parameter_middle(&dimension->shown, &dimension->coding);
    if (!given->given)
        return;
    lw_error reason;
    dimension->default_given = true;
    if (lw_parameter_read_value(&dimension->shown, &dimension->coding, given->value, &dimension->default_slot,
                                &reason) != LW_OK)
        LW_FAIL(c, given->place, "default: %s", reason.message);
}

/* Values far out must be doubles still, and something must lie between the bounds. */
static void check_reach(const lw_checking *c, const lw_coding *coding) {
    const lw_parameter *p = c->parameter;
    if (p->kind != LW_PARAMETER_GAUSSIAN)
        return;
    const double largest_logarithm = 700;
    double reach = coding->furthest * p->sigma;
    if (!(coding->mass > smallest_mass))
        LW_FAIL(c, c->draft->place, "the bounds of %s lie too far from its mu: hardly any value is between them",
                c->parameter->name);
    else if (p->log_scale && ((isinf(p->upper) && coding->mean + reach > largest_logarithm) ||
                              (isinf(p->lower) && coding->mean - reach < -largest_logarithm)))
        LW_FAIL(c, c->draft->sigma.place,
                "sigma of %s is the deviation of the logarithm: values would be too large or too small for a computer",
                c->parameter->name);
}

static void finish_parameter(lw_finishing *f, size_t i) {
    lw_dimension *dimension = &f->space->dimensions[i];
    lw_choice_table choices = {0};
    lw_checking c = {.f = f,
                     .draft = f->drafts[i],
                     .parameter = &dimension->shown,
                     .choices = &choices,
                     .n_errors_before = f->n_errors};
    check_kind(&c);
    if (!lw_checking_has_errors(&c) && !f->no_memory) {
        f->no_memory = !lw_coding_make(&dimension->coding, &dimension->shown, choices, &f->space->arena);
        check_reach(&c, &dimension->coding);
        if (!lw_checking_has_errors(&c) && !f->no_memory)
            set_default(&c, dimension);
    }
    f->broken[i] = lw_checking_has_errors(&c);
}

void lw_finish_parameters(lw_finishing *f) {
    for (size_t i = 0; i < f->space->n_parameters && !f->no_memory; i++)
        finish_parameter(f, i);
}
