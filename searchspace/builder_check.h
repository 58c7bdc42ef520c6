/**
 * What the checks of a parameter share: which one is looked at, and how its mistakes are told.
 */
#ifndef LABWATCH_BUILDER_CHECK_H
#define LABWATCH_BUILDER_CHECK_H

#include "builder_internal.h"

/** The parameter that is looked at. */
typedef struct lw_checking {
    lw_finishing *f;
    const lw_parameter_draft *draft;
    lw_parameter *parameter;
    lw_choice_table *choices; /**< of its choices, once they are known */
    size_t n_errors_before;
} lw_checking;

/** An error at a place, or where the parameter stands if that place is unknown. */
#define LW_FAIL(c, where, ...) lw_finishing_error((c)->f, lw_checking_place((c), (where)), __VA_ARGS__)

static inline lw_place lw_checking_place(const lw_checking *c, lw_place place) {
    return place.line > 0 ? place : c->draft->place;
}

static inline bool lw_checking_has_errors(const lw_checking *c) {
    return c->f->n_errors > c->n_errors_before;
}

/** A finite number, or false and a problem. what says which: "lower". */
bool lw_check_number(const lw_checking *c, const lw_draft_value *draft, const char *what, double *out);

/* Each fills in what the parameter has of its kind. */

void lw_check_float(const lw_checking *c);
void lw_check_integer(const lw_checking *c);
void lw_check_gaussian(const lw_checking *c);
/** Also the table of the choices. */
void lw_check_choices(const lw_checking *c);

#endif
