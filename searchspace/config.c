#include <math.h>
#include <string.h>

#include <labwatch/sys/memory.h>
#include <labwatch/sys/text.h>

#include "config_internal.h"
#include "value_text.h"

static size_t words_of(const lw_space *space) {
    return (space->n_parameters + 63) / 64;
}

static size_t size_of(const lw_space *space) {
    return space->n_parameters * sizeof(lw_slot) + words_of(space) * sizeof(uint64_t);
}

static const lw_dimension *dimension_of(const lw_config *config, size_t i) {
    return &config->space->dimensions[i];
}

/* ---- making ---- */

lw_config *lw_config_blank(const lw_space *space) {
    lw_config *config = lw_calloc(1, sizeof *config + size_of(space));
    if (!config)
        return NULL;
    config->space = lw_space_retain(space);
    config->active = (uint64_t *)(void *)(config->slots + space->n_parameters);
    return config;
}

static void set_defaults(lw_config *config) {
    for (size_t i = 0; i < config->space->n_parameters; i++)
        config->slots[i] = dimension_of(config, i)->default_slot;
    lw_config_settle(config);
}

int lw_config_new(lw_config **out, const lw_space *space, lw_error *error) {
    lw_config *config = lw_config_blank(space);
    if (!config)
        return lw_error_no_memory(error);
    set_defaults(config);
    *out = config;
    return LW_OK;
}

int lw_config_dup(lw_config **out, const lw_config *config, lw_error *error) {
    lw_config *copy = lw_config_blank(config->space);
    if (!copy)
        return lw_error_no_memory(error);
    lw_config_copy(copy, config);
    *out = copy;
    return LW_OK;
}

void lw_config_copy(lw_config *to, const lw_config *from) {
    memmove(to->slots, from->slots, size_of(from->space));
}

void lw_config_free(lw_config *config) {
    if (!config)
        return;
    lw_space *space = (lw_space *)(uintptr_t)config->space; /* retained when it was made */
    lw_free(config);
    lw_space_free(space);
}

const lw_space *lw_config_space(const lw_config *config) {
    return config->space;
}

int lw_config_set_default(lw_config *config, lw_error *error) {
    lw_config *defaults = NULL;
    int status = lw_config_new(&defaults, config->space, error);
    if (status != LW_OK)
        return status;
    status = lw_config_check(defaults, error);
    if (status == LW_OK)
        lw_config_copy(config, defaults);
    else
        lw_error_prefix(error, "the default configuration is not allowed");
    lw_config_free(defaults);
    return status;
}

/* ---- values ---- */

bool lw_config_is_active(const lw_config *config, size_t i) {
    return lw_config_has(config, i);
}

double lw_config_number(const lw_config *config, size_t i) {
    const lw_parameter *p = &dimension_of(config, i)->shown;
    if (!lw_config_has(config, i) || p->n_choices > 0)
        return NAN;
    return p->kind == LW_PARAMETER_INTEGER ? (double)config->slots[i].integer : config->slots[i].number;
}

int64_t lw_config_integer(const lw_config *config, size_t i) {
    bool is_integer = dimension_of(config, i)->shown.kind == LW_PARAMETER_INTEGER;
    return is_integer && lw_config_has(config, i) ? config->slots[i].integer : 0;
}

size_t lw_config_choice(const lw_config *config, size_t i) {
    bool has_choices = dimension_of(config, i)->shown.n_choices > 0;
    return has_choices && lw_config_has(config, i) ? config->slots[i].choice : SIZE_MAX;
}

lw_value lw_config_value(const lw_config *config, size_t i) {
    if (!lw_config_has(config, i))
        return (lw_value){.kind = LW_VALUE_NULL};
    return lw_parameter_value(&dimension_of(config, i)->shown, config->slots[i]);
}

int lw_config_set(lw_config *config, size_t i, lw_value value, lw_error *error) {
    const lw_dimension *dimension = dimension_of(config, i);
    if (!lw_config_has(config, i))
        return lw_error_set(error, LW_EINVAL, "%s is not active here: it needs %s", dimension->shown.name,
                            lw_expression_text(dimension->condition));
    lw_slot slot;
    int status = lw_parameter_read_value(&dimension->shown, &dimension->coding, value, &slot, error);
    if (status != LW_OK)
        return status;
    config->slots[i] = slot;
    lw_config_settle(config);
    return LW_OK;
}

/* ---- activity ---- */

lw_value lw_config_slot_value(void *arg, size_t slot, bool *known) {
    const lw_config *config = arg;
    const lw_space *space = config->space;
    if (slot >= space->n_parameters)
        return space->names[slot].node->value;
    *known = lw_config_has(config, slot);
    return lw_config_value(config, slot);
}

static lw_truth evaluate(const lw_config *config, const lw_expression *expression) {
    return lw_expression_evaluate(expression, lw_config_slot_value, (void *)(uintptr_t)config);
}

bool lw_config_condition_holds(const lw_config *config, size_t i) {
    const lw_expression *condition = dimension_of(config, i)->condition;
    return !condition || evaluate(config, condition) == LW_TRUE;
}

static void activate_all(lw_config *config) {
    size_t d = config->space->n_parameters;
    memset(config->active, 0xff, d / 64 * sizeof(uint64_t));
    if (d % 64 > 0)
        config->active[d / 64] = (UINT64_C(1) << (d % 64)) - 1;
}

void lw_config_settle(lw_config *config) {
    const lw_space *space = config->space;
    activate_all(config);
    for (size_t k = 0; k < space->n_conditional; k++) {
        size_t i = space->conditional[k];
        if (lw_config_condition_holds(config, i))
            continue;
        lw_config_mark(config, i, false);
        config->slots[i] = space->dimensions[i].default_slot;
    }
}

/* ---- coordinates ---- */

void lw_config_encode(const lw_config *config, double *u) {
    for (size_t i = 0; i < config->space->n_parameters; i++) {
        const lw_dimension *dimension = dimension_of(config, i);
        u[i] = lw_config_has(config, i) ? lw_parameter_encode(&dimension->shown, &dimension->coding, config->slots[i])
                                        : NAN;
    }
}

void lw_config_decode(lw_config *config, const double *u) {
    for (size_t i = 0; i < config->space->n_parameters; i++) {
        const lw_dimension *dimension = dimension_of(config, i);
        config->slots[i] =
            isnan(u[i]) ? dimension->default_slot : lw_parameter_decode(&dimension->shown, &dimension->coding, u[i]);
    }
    lw_config_settle(config);
}

/* ---- constraints ---- */

bool lw_config_satisfies(const lw_config *config, const lw_constraint *constraint) {
    lw_truth truth = evaluate(config, constraint->expression);
    return truth == LW_TRUE || truth == LW_UNKNOWN;
}

bool lw_config_is_valid(const lw_config *config) {
    const lw_space *space = config->space;
    for (size_t i = 0; i < space->n_constraints; i++)
        if (!lw_config_satisfies(config, &space->constraints[i]))
            return false;
    return true;
}

/* "layers = 4, width = 2048": what the constraint looked at. */
static void add_values(lw_text *out, const lw_config *config, const lw_expression *expression) {
    for (size_t i = 0; i < lw_expression_n_slots(expression) && out->length < 400; i++) {
        size_t slot = lw_expression_slot(expression, i);
        bool known = true;
        lw_value value = lw_config_slot_value((void *)(uintptr_t)config, slot, &known);
        lw_text_format(out, "%s%s = %s", i > 0 ? ", " : "", config->space->names[slot].name,
                       known ? lw_value_show(value).text : "inactive");
    }
}

int lw_config_check(const lw_config *config, lw_error *error) {
    const lw_space *space = config->space;
    for (size_t i = 0; i < space->n_constraints; i++) {
        const lw_constraint *constraint = &space->constraints[i];
        if (lw_config_satisfies(config, constraint))
            continue;
        lw_text values = {0};
        add_values(&values, config, constraint->expression);
        lw_error_set(error, LW_EINVAL, "the constraint '%s' does not hold: %s%s", constraint->text,
                     values.bytes ? values.bytes : "",
                     evaluate(config, constraint->expression) == LW_UNDEFINED ? " (it has no result)" : "");
        lw_text_release(&values);
        return LW_EINVAL;
    }
    return LW_OK;
}

/* ---- identity ---- */

bool lw_config_equal(const lw_config *a, const lw_config *b) {
    if (a->space == b->space)
        return memcmp(a->slots, b->slots, size_of(a->space)) == 0;
    uint8_t digests[2][LW_DIGEST_SIZE];
    lw_config_digest(a, digests[0]);
    lw_config_digest(b, digests[1]);
    return memcmp(digests[0], digests[1], LW_DIGEST_SIZE) == 0;
}

void lw_config_digest(const lw_config *config, uint8_t out[LW_DIGEST_SIZE]) {
    const lw_space *space = config->space;
    lw_digest digest;
    lw_digest_start(&digest);
    lw_digest_add(&digest, space->constants_digest, sizeof space->constants_digest);
    for (size_t k = 0; k < space->n_parameters; k++) {
        size_t i = space->by_name[k];
        if (!lw_config_has(config, i))
            continue;
        const lw_dimension *dimension = &space->dimensions[i];
        lw_value_digest(&digest, dimension->name_digest, lw_parameter_value(&dimension->shown, config->slots[i]));
    }
    lw_digest_finish(&digest, out);
}
