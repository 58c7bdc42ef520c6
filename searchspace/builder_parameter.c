/*
 * Whether what a file says of a parameter makes sense; if so, the parameter.
 */
#include <float.h>
#include <math.h>
#include <string.h>

#include <labwatch/sys/text.h>

#include "builder_internal.h"
#include "value_text.h"

static const uint64_t most_linear_levels = UINT64_C(1) << 52;
/* Coarser than this are the doubles of u; see coding.c. */
static const double largest_over_step = 1e15, largest_over_log_step = 1e12;
static const double smallest_share = 1e-12;
static const double narrowest_gaussian = 1e-6, smallest_mass = 1e-290, smallest_log_sigma = 1e-9;

/* The parameter that is looked at. */
typedef struct checking {
    lw_finishing *f;
    const lw_parameter_draft *draft;
    lw_parameter *parameter;
    size_t n_errors_before;
} checking;

#define FAIL(c, where, ...) lw_finishing_error((c)->f, place_of((c), (where)), __VA_ARGS__)

static lw_place place_of(const checking *c, lw_place place) {
    return place.line > 0 ? place : c->draft->place;
}

static bool has_errors(const checking *c) {
    return c->f->n_errors > c->n_errors_before;
}

static const char *name_of(const checking *c) {
    return c->parameter->name;
}

/* ---- numbers ---- */

/* A finite number, or false and a problem. */
static bool get_number(const checking *c, const lw_draft_value *draft, const char *what, double *out) {
    if (draft->value.kind == LW_VALUE_INTEGER) {
        *out = (double)draft->value.integer;
        return true;
    }
    if (draft->value.kind == LW_VALUE_FLOAT && isfinite(draft->value.number)) {
        *out = draft->value.number + 0.0;
        return true;
    }
    const char *text = draft->value.kind == LW_VALUE_TEXT ? "; a number stands without quotes" : "";
    FAIL(c, draft->place, "%s of %s is %s, which is no finite number%s", what, name_of(c),
         lw_value_show(draft->value).text, text);
    return false;
}

static bool need_number(const checking *c, const lw_draft_value *draft, const char *what, double *out) {
    if (draft->given)
        return get_number(c, draft, what, out);
    FAIL(c, c->draft->place, "%s lacks `%s`", name_of(c), what);
    return false;
}

static bool get_integer(const checking *c, const lw_draft_value *draft, const char *what, int64_t *out) {
    lw_value value = draft->value;
    if (value.kind == LW_VALUE_INTEGER) {
        *out = value.integer;
        return true;
    }
    if (value.kind == LW_VALUE_FLOAT && isfinite(value.number) && floor(value.number) != value.number) {
        FAIL(c, draft->place, "%s of %s is %s, but it is an integer; take UniformFloat for fractions", what, name_of(c),
             lw_value_show(value).text);
        return false;
    }
    if (value.kind == LW_VALUE_FLOAT && value.number >= -0x1p63 && value.number < 0x1p63) {
        *out = (int64_t)value.number; /* 1e3 */
        return true;
    }
    FAIL(c, draft->place, "%s of %s is %s, which is no integer of 64 bits", what, name_of(c),
         lw_value_show(value).text);
    return false;
}

static bool need_integer(const checking *c, const lw_draft_value *draft, const char *what, int64_t *out) {
    if (draft->given)
        return get_integer(c, draft, what, out);
    FAIL(c, c->draft->place, "%s lacks `%s`", name_of(c), what);
    return false;
}

/* ---- what all ranges have in common ---- */

static void check_order(const checking *c, bool above, bool equal) {
    lw_value_text lower = lw_value_show(c->draft->lower.value), upper = lw_value_show(c->draft->upper.value);
    if (above)
        FAIL(c, c->draft->lower.place, "lower of %s is %s, above upper, which is %s: are they swapped?", name_of(c),
             lower.text, upper.text);
    else if (equal)
        FAIL(c, c->draft->upper.place, "lower and upper of %s are both %s: write it as a constant", name_of(c),
             upper.text);
}

static void check_log_bound(const checking *c, double lower) {
    if (c->draft->log_scale && lower <= 0)
        FAIL(c, c->draft->lower.place, "lower of %s is %s: with log_scale it is above 0", name_of(c),
             lw_value_show(c->draft->lower.value).text);
}

static void warn_of_last(const checking *c, lw_value last) {
    lw_finishing_warning(c->f, place_of(c, c->draft->upper.place),
                         "upper of %s is %s, which its steps do not reach: the largest value is %s", name_of(c),
                         lw_value_show(c->draft->upper.value).text, lw_value_show(last).text);
}

/* ---- floats ---- */

static void check_float_step(const checking *c) {
    lw_parameter *p = c->parameter;
    lw_place place = c->draft->step.place;
    if (!get_number(c, &c->draft->step, "step", &p->step) || has_errors(c))
        return;
    lw_value_text step = lw_value_show(c->draft->step.value);
    double largest = fmax(fabs(p->lower), fabs(p->upper)), last = p->upper;
    if (p->step <= 0) {
        FAIL(c, place, "step of %s is %s; it is above 0", name_of(c), step.text);
        return;
    }
    if (p->step > p->upper - p->lower) {
        FAIL(c, place, "step of %s is %s, more than from lower to upper", name_of(c), step.text);
        return;
    }
    bool fine = largest / p->step > (p->log_scale ? largest_over_log_step : largest_over_step);
    p->n_levels = fine ? 0 : lw_float_levels(p->lower, p->upper, p->step, &last);
    if (p->n_levels == 0) {
        FAIL(c, place, "step of %s is %s, too small beside its bounds; leave it out", name_of(c), step.text);
        return;
    }
    if (last < p->upper)
        warn_of_last(c, (lw_value){.kind = LW_VALUE_FLOAT, .number = last});
    p->upper = last;
}

static void check_float(const checking *c) {
    lw_parameter *p = c->parameter;
    bool has_lower = need_number(c, &c->draft->lower, "lower", &p->lower);
    bool has_upper = need_number(c, &c->draft->upper, "upper", &p->upper);
    if (has_lower && has_upper)
        check_order(c, p->lower > p->upper, p->lower == p->upper);
    if (has_lower)
        check_log_bound(c, p->lower);
    if (c->draft->step.given)
        check_float_step(c);
}

/* ---- integers ---- */

static void check_integer_levels(const checking *c) {
    lw_parameter *p = c->parameter;
    uint64_t range = (uint64_t)p->upper_integer - (uint64_t)p->lower_integer, step = (uint64_t)p->step_integer;
    if (step > range) {
        FAIL(c, c->draft->step.place, "step of %s is %s, more than from lower to upper", name_of(c),
             lw_value_show(c->draft->step.value).text);
        return;
    }
    if (!p->log_scale && range / step >= most_linear_levels) {
        FAIL(c, c->draft->upper.place, "%s has more than 2^52 values; take log_scale, a step or narrower bounds",
             name_of(c));
        return;
    }
    p->n_levels = range / step + 1;
    int64_t last = (int64_t)((uint64_t)p->lower_integer + range / step * step);
    if (last < p->upper_integer)
        warn_of_last(c, (lw_value){.kind = LW_VALUE_INTEGER, .integer = last});
    p->upper_integer = last;
    p->lower = (double)p->lower_integer;
    p->upper = (double)p->upper_integer;
}

static void check_integer(const checking *c) {
    lw_parameter *p = c->parameter;
    bool has_lower = need_integer(c, &c->draft->lower, "lower", &p->lower_integer);
    bool has_upper = need_integer(c, &c->draft->upper, "upper", &p->upper_integer);
    if (has_lower && has_upper)
        check_order(c, p->lower_integer > p->upper_integer, p->lower_integer == p->upper_integer);
    if (has_lower)
        check_log_bound(c, (double)p->lower_integer);
    p->step_integer = 1;
    if (c->draft->step.given && get_integer(c, &c->draft->step, "step", &p->step_integer) && p->step_integer <= 0)
        FAIL(c, c->draft->step.place, "step of %s is %s; it is above 0", name_of(c),
             lw_value_show(c->draft->step.value).text);
    if (!has_errors(c))
        check_integer_levels(c);
}

/* ---- Gaussian ---- */

static void check_gaussian_bounds(const checking *c) {
    const lw_parameter *p = c->parameter;
    if (isfinite(p->lower) && isfinite(p->upper)) {
        check_order(c, p->lower > p->upper, p->lower == p->upper);
        double distance = p->log_scale ? log(p->upper) - log(p->lower) : p->upper - p->lower;
        if (!has_errors(c) && distance < narrowest_gaussian * p->sigma)
            FAIL(c, c->draft->sigma.place,
                 "sigma of %s is so large beside its bounds that it is uniform: take UniformFloat", name_of(c));
    }
    if (isfinite(p->lower))
        check_log_bound(c, p->lower);
    if (p->log_scale && p->upper <= 0)
        FAIL(c, c->draft->upper.place, "upper of %s is %s: with log_scale it is above 0", name_of(c),
             lw_value_show(c->draft->upper.value).text);
}

static void check_log_sigma(const checking *c) {
    if (c->parameter->sigma < smallest_log_sigma)
        FAIL(c, c->draft->sigma.place, "sigma of %s is the deviation of the logarithm, and is at least 1e-9",
             name_of(c));
}

static void check_gaussian(const checking *c) {
    lw_parameter *p = c->parameter;
    p->lower = -INFINITY;
    p->upper = INFINITY;
    bool has_mu = need_number(c, &c->draft->mu, "mu", &p->mu);
    bool has_sigma = need_number(c, &c->draft->sigma, "sigma", &p->sigma);
    if (c->draft->lower.given)
        get_number(c, &c->draft->lower, "lower", &p->lower);
    if (c->draft->upper.given)
        get_number(c, &c->draft->upper, "upper", &p->upper);
    if (has_sigma && p->sigma <= 0)
        FAIL(c, c->draft->sigma.place, "sigma of %s is %s; it is above 0", name_of(c),
             lw_value_show(c->draft->sigma.value).text);
    if (has_mu && p->log_scale && p->mu <= 0)
        FAIL(c, c->draft->mu.place, "mu of %s is %s: with log_scale it is the median of the values, above 0",
             name_of(c), lw_value_show(c->draft->mu.value).text);
    if (!has_errors(c))
        check_gaussian_bounds(c);
    if (!has_errors(c) && p->log_scale)
        check_log_sigma(c);
    if (!has_errors(c) && !p->log_scale && !isfinite(fabs(p->mu) + 40 * p->sigma))
        FAIL(c, c->draft->sigma.place, "mu and sigma of %s are too large for a computer", name_of(c));
}

/* ---- choices ---- */

/* One text for each value: numbers by value, so that 1 and 1.0 are the same. */
static void add_value_key(lw_text *out, lw_value value) {
    if (value.kind == LW_VALUE_FLOAT && value.number >= -0x1p63 && value.number < 0x1p63 &&
        floor(value.number) == value.number)
        value = (lw_value){.kind = LW_VALUE_INTEGER, .integer = (int64_t)value.number};
    bool is_number = value.kind == LW_VALUE_INTEGER || value.kind == LW_VALUE_FLOAT;
    lw_text_format(out, "%c", is_number ? 'n' : 'a' + (int)value.kind);
    if (value.kind == LW_VALUE_TEXT || value.kind == LW_VALUE_DOCUMENT)
        lw_text_add_json(out, value.text.bytes, value.text.length);
    else
        lw_value_spell(out, value);
}

static void check_duplicates(const checking *c) {
    const lw_parameter_draft *draft = c->draft;
    lw_arena arena = {0};
    lw_name_table seen;
    bool enough = lw_name_table_make(&seen, &arena, draft->n_choices);
    for (size_t i = 0; enough && i < draft->n_choices; i++) {
        lw_text text = {0};
        add_value_key(&text, draft->choices[i].value);
        const char *key = text.failed ? NULL : lw_arena_text(&arena, text.bytes, text.length);
        lw_text_release(&text);
        enough = key != NULL;
        if (enough && lw_name_table_put(&seen, key, i) != i)
            FAIL(c, draft->choices[i].place, "%s has the choice %s twice", name_of(c),
                 lw_value_show(draft->choices[i].value).text);
    }
    c->f->no_memory = c->f->no_memory || !enough;
    lw_arena_release(&arena);
}

static lw_value copied_value(const checking *c, lw_value value) {
    if (value.kind == LW_VALUE_TEXT || value.kind == LW_VALUE_DOCUMENT)
        value.text.bytes = lw_arena_text(&c->f->space->arena, value.text.bytes, value.text.length);
    return value;
}

static double sum_of_weights(const checking *c, double scale) {
    double sum = 0, weight = 0;
    for (size_t i = 0; i < c->draft->n_weights; i++) {
        const lw_draft_value *draft = &c->draft->weights[i];
        if (!get_number(c, draft, "a weight", &weight))
            continue;
        if (weight <= 0)
            FAIL(c, draft->place, "a weight of %s is %s; weights are above 0", name_of(c),
                 lw_value_show(draft->value).text);
        sum += weight * scale;
    }
    return sum;
}

static double weight_at(const checking *c, size_t i) {
    lw_value value = c->draft->weights[i].value;
    return value.kind == LW_VALUE_INTEGER ? (double)value.integer : value.number;
}

static void set_weights(const checking *c, lw_choice *choices) {
    const lw_parameter_draft *draft = c->draft;
    if (draft->n_weights != draft->n_choices) {
        FAIL(c, draft->weights_place, "%s has %zu weights for %zu choices", name_of(c), draft->n_weights,
             draft->n_choices);
        return;
    }
    const double scale = 0x1p-30; /* a million of the largest doubles still have a sum */
    double sum = sum_of_weights(c, scale);
    if (has_errors(c))
        return;
    /* Shares that were written out sum to 1 but for rounding; dividing them again would change their last bits. */
    if (fabs(sum / scale - 1) <= DBL_EPSILON * (double)draft->n_weights)
        sum = scale;
    for (size_t i = 0; i < draft->n_weights; i++) {
        choices[i].weight = weight_at(c, i) * scale / sum;
        if (choices[i].weight < smallest_share)
            FAIL(c, draft->weights[i].place, "a weight of %s is %s, less than 1e-12 of all: leave the choice out",
                 name_of(c), lw_value_show(draft->weights[i].value).text);
    }
}

static void check_choices(const checking *c) {
    const lw_parameter_draft *draft = c->draft;
    if (draft->n_choices == 0) {
        FAIL(c, draft->choices_place, "%s has no choices: it needs at least one", name_of(c));
        return;
    }
    lw_choice *choices = lw_finishing_get(c->f, draft->n_choices, sizeof *choices);
    if (!choices)
        return;
    for (size_t i = 0; i < draft->n_choices; i++) {
        const lw_draft_value *choice = &draft->choices[i];
        if (choice->value.kind == LW_VALUE_FLOAT && !isfinite(choice->value.number))
            FAIL(c, choice->place, "a choice of %s is %s; numbers are finite", name_of(c),
                 lw_value_show(choice->value).text);
        choices[i].value = copied_value(c, choice->value);
        choices[i].spelling = lw_finishing_text(c->f, choice->spelling);
        choices[i].weight = 1 / (double)draft->n_choices;
    }
    check_duplicates(c);
    if (draft->has_weights)
        set_weights(c, choices);
    c->parameter->choices = choices;
    c->parameter->n_choices = draft->n_choices;
    c->parameter->n_levels = draft->n_choices;
}

/* ---- any parameter ---- */

static lw_draft_kind kind_of(const lw_parameter_draft *draft) {
    if (draft->kind != LW_DRAFT_NUMBER)
        return draft->kind;
    const lw_draft_value *const values[] = {&draft->lower, &draft->upper, &draft->step, &draft->default_value};
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++)
        if (values[i]->given && values[i]->value.kind != LW_VALUE_INTEGER)
            return LW_DRAFT_FLOAT;
    return LW_DRAFT_INTEGER;
}

static void check_kind(const checking *c) {
    lw_parameter *p = c->parameter;
    p->log_scale = c->draft->log_scale;
    switch (kind_of(c->draft)) {
    case LW_DRAFT_FLOAT:
        p->kind = LW_PARAMETER_FLOAT;
        check_float(c);
        break;
    case LW_DRAFT_INTEGER:
        p->kind = LW_PARAMETER_INTEGER;
        check_integer(c);
        break;
    case LW_DRAFT_GAUSSIAN:
        p->kind = LW_PARAMETER_GAUSSIAN;
        check_gaussian(c);
        break;
    default:
        p->kind = c->draft->kind == LW_DRAFT_ORDINAL ? LW_PARAMETER_ORDINAL : LW_PARAMETER_CATEGORICAL;
        p->log_scale = false;
        check_choices(c);
    }
}

static void set_default(const checking *c, lw_dimension *dimension) {
    const lw_draft_value *given = &c->draft->default_value;
    dimension->default_slot = lw_parameter_middle(&dimension->shown, &dimension->coding);
    if (!given->given)
        return;
    lw_error reason;
    dimension->default_given = true;
    if (lw_parameter_read_value(&dimension->shown, &dimension->coding, given->value, &dimension->default_slot,
                                &reason) != LW_OK)
        FAIL(c, given->place, "default: %s", reason.message);
}

/* Values far out must be doubles still, and something must lie between the bounds. */
static void check_reach(const checking *c, const lw_coding *coding) {
    const lw_parameter *p = c->parameter;
    if (p->kind != LW_PARAMETER_GAUSSIAN)
        return;
    const double largest_logarithm = 700;
    double reach = coding->furthest * p->sigma;
    if (!(coding->mass > smallest_mass))
        FAIL(c, c->draft->place, "the bounds of %s lie too far from its mu: hardly any value is between them",
             name_of(c));
    else if (p->log_scale && ((isinf(p->upper) && coding->mean + reach > largest_logarithm) ||
                              (isinf(p->lower) && coding->mean - reach < -largest_logarithm)))
        FAIL(c, c->draft->sigma.place,
             "sigma of %s is the deviation of the logarithm: values would be too large or too small for a computer",
             name_of(c));
}

static void finish_parameter(lw_finishing *f, size_t i) {
    lw_dimension *dimension = &f->space->dimensions[i];
    checking c = {.f = f, .draft = f->drafts[i], .parameter = &dimension->shown, .n_errors_before = f->n_errors};
    check_kind(&c);
    if (!has_errors(&c) && !f->no_memory) {
        f->no_memory = !lw_coding_make(&dimension->coding, &dimension->shown, &f->space->arena);
        check_reach(&c, &dimension->coding);
        if (!has_errors(&c) && !f->no_memory)
            set_default(&c, dimension);
    }
    f->broken[i] = has_errors(&c);
}

void lw_finish_parameters(lw_finishing *f) {
    for (size_t i = 0; i < f->space->n_parameters && !f->no_memory; i++)
        finish_parameter(f, i);
}
