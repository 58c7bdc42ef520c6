/*
 * Constraints, and what can be asked of a space only when it is whole: whether its conditions and constraints
 * can ever hold, and whether the default configuration is allowed.
 */
#include <string.h>

#include "builder_internal.h"
#include "enumerate.h"

enum {
    ACTIVITY_DRAWS = 8,
    VALIDITY_DRAWS = 1000,
    MOST_PARENTS = 64,               /* of one condition or constraint, with theirs */
    STEPS_FOR_ONE = 20000,           /* values tried for one condition or constraint */
    STEPS_FOR_ALL = 1000000,         /* values tried for all constraints together */
    SLOTS_FOR_CONDITIONS = 100000000 /* configurations made, times their size */
};

/* ---- reading ---- */

static bool reads_sound_constants_only(const lw_finishing *f, const lw_expression *expression) {
    for (size_t i = 0; i < lw_expression_n_slots(expression); i++) {
        size_t slot = lw_expression_slot(expression, i);
        if (slot < f->space->n_parameters || f->broken[slot])
            return false;
    }
    return true;
}

/* Over constants alone it is decided now. */
static void check_constant_outcome(lw_finishing *f, const lw_constraint *constraint, lw_place place) {
    if (!reads_sound_constants_only(f, constraint->expression))
        return;
    if (lw_expression_n_slots(constraint->expression) == 0) {
        lw_finishing_error(f, place, "the constraint '%s' names no parameter", constraint->text);
        return;
    }
    lw_config *config = lw_config_blank(f->space);
    f->no_memory = f->no_memory || !config;
    if (config && !lw_config_satisfies(config, constraint))
        lw_finishing_error(f, place, "the constraint '%s' never holds: it reads constants only", constraint->text);
    else if (config)
        lw_finishing_warning(f, place, "the constraint '%s' always holds: it reads constants only", constraint->text);
    lw_config_free(config);
}

void lw_finish_constraints(lw_finishing *f) {
    const lw_space_builder *b = f->builder;
    lw_space *space = f->space;
    space->constraints = lw_finishing_get(f, b->n_constraints, sizeof *space->constraints);
    f->constraint_places = lw_arena_get(&f->builder->arena, b->n_constraints, sizeof *f->constraint_places);
    f->no_memory = f->no_memory || !f->constraint_places;
    for (size_t i = 0; i < b->n_constraints && !f->no_memory; i++) {
        lw_constraint *constraint = &space->constraints[space->n_constraints];
        constraint->expression = lw_finishing_parse(f, &b->constraints[i], "the constraint");
        if (!constraint->expression)
            continue;
        constraint->text = lw_expression_text(constraint->expression);
        lw_place place = b->constraints[i].place;
        f->constraint_places[space->n_constraints++] = place;
        check_constant_outcome(f, constraint, place);
    }
}

/* ---- parameters that decide an expression ---- */

typedef struct parents {
    size_t items[MOST_PARENTS]; /* each behind those its condition reads */
    size_t n;
    size_t depth; /* of the chain of conditions that is being followed */
    bool too_many, continuous, reads_constants;
} parents;

static void add_parents(const lw_space *space, const lw_expression *expression, parents *out);

static void add_parent(const lw_space *space, size_t i, parents *out) {
    for (size_t k = 0; k < out->n; k++)
        if (out->items[k] == i)
            return;
    const lw_dimension *dimension = &space->dimensions[i];
    if (dimension->condition && out->depth < MOST_PARENTS) {
        out->depth++;
        add_parents(space, dimension->condition, out);
        out->depth--;
    } else if (dimension->condition) {
        out->too_many = true;
    }
    out->continuous = out->continuous || dimension->shown.n_levels == 0;
    out->too_many = out->too_many || out->n == MOST_PARENTS;
    if (!out->too_many)
        out->items[out->n++] = i;
}

static void add_parents(const lw_space *space, const lw_expression *expression, parents *out) {
    for (size_t k = 0; k < lw_expression_n_slots(expression) && !out->too_many; k++) {
        size_t slot = lw_expression_slot(expression, k);
        if (slot < space->n_parameters)
            add_parent(space, slot, out);
        else
            out->reads_constants = true;
    }
}

/* ---- conditions that never hold ---- */

static int stop_if_active(void *arg, const lw_config *config) {
    return lw_config_condition_holds(config, *(const size_t *)arg) ? LW_EXHAUSTED : LW_OK;
}

static void check_activity(lw_finishing *f, size_t i) {
    parents all = {.n = 0};
    add_parents(f->space, f->space->dimensions[i].condition, &all);
    if (all.too_many || all.continuous)
        return;
    lw_walk walk = {.space = f->space,
                    .parameters = all.items,
                    .n_parameters = all.n,
                    .most_steps = STEPS_FOR_ONE,
                    .visit = stop_if_active,
                    .arg = &i};
    int status = lw_walk_levels(&walk);
    f->no_memory = f->no_memory || status == LW_ENOMEM;
    if (status != LW_WALK_DONE)
        return;
    const char *name = f->space->dimensions[i].shown.name;
    if (all.reads_constants)
        lw_finishing_warning(f, f->drafts[i]->place, "%s is never active with these constants", name);
    else
        lw_finishing_error(f, f->drafts[i]->place,
                           "%s can never be active: nothing satisfies its condition '%s' and those of "
                           "the parameters that it reads",
                           name, lw_expression_text(f->space->dimensions[i].condition));
}

/* Random configurations show at once that most conditions hold somewhere; the others are looked at one by one. */
static void check_conditions(lw_finishing *f, lw_config *config, lw_stream *stream) {
    lw_space *space = f->space;
    bool *was_active = lw_arena_get(&f->builder->arena, space->n_parameters, sizeof *was_active);
    if (!was_active) {
        f->no_memory = true;
        return;
    }
    for (int draw = 0; draw < ACTIVITY_DRAWS; draw++) {
        lw_config_draw(config, stream);
        for (size_t k = 0; k < space->n_conditional; k++)
            was_active[space->conditional[k]] |= lw_config_has(config, space->conditional[k]);
    }
    size_t left = space->n_parameters > 0 ? SLOTS_FOR_CONDITIONS / space->n_parameters : 0;
    for (size_t k = 0; k < space->n_conditional && left > 0 && !f->no_memory; k++) {
        if (was_active[space->conditional[k]])
            continue;
        check_activity(f, space->conditional[k]);
        left--;
    }
}

/* ---- constraints that never hold ---- */

static int stop(void *arg, const lw_config *config) {
    (void)arg;
    (void)config;
    return LW_EXHAUSTED;
}

/* True if it is known that this one alone cannot hold. */
static bool check_alone(lw_finishing *f, size_t constraint) {
    parents all = {.n = 0};
    add_parents(f->space, f->space->constraints[constraint].expression, &all);
    int status = LW_WALK_TOO_LONG;
    if (!all.too_many && !all.continuous && all.n > 0) {
        lw_walk walk = {.space = f->space,
                        .parameters = all.items,
                        .n_parameters = all.n,
                        .constrained = lw_walk_only_constraint,
                        .only_constraint = constraint,
                        .most_steps = STEPS_FOR_ONE,
                        .visit = stop};
        status = lw_walk_levels(&walk);
    }
    f->no_memory = f->no_memory || status == LW_ENOMEM;
    lw_place place = f->constraint_places[constraint];
    const char *text = f->space->constraints[constraint].text;
    if (status == LW_WALK_DONE)
        lw_finishing_error(f, place, "the constraint '%s' can never hold", text);
    else if (status == LW_WALK_TOO_LONG)
        lw_finishing_warning(f, place, "the constraint '%s' held in none of %d random configurations", text,
                             VALIDITY_DRAWS);
    return status == LW_WALK_DONE || status == LW_WALK_TOO_LONG;
}

static void check_together(lw_finishing *f) {
    const lw_space *space = f->space;
    int status = LW_WALK_TOO_LONG;
    if (lw_has_levels(space, space->constrained, space->n_constrained)) {
        lw_walk walk = {.space = space,
                        .parameters = space->constrained,
                        .n_parameters = space->n_constrained,
                        .constrained = lw_walk_all_constraints,
                        .most_steps = STEPS_FOR_ALL,
                        .visit = stop};
        status = lw_walk_levels(&walk);
    }
    f->no_memory = f->no_memory || status == LW_ENOMEM;
    lw_place place = f->constraint_places[0];
    if (status == LW_WALK_DONE)
        lw_finishing_error(f, place, "the constraints cannot hold together: no configuration satisfies all of them");
    else if (status == LW_WALK_TOO_LONG)
        lw_finishing_warning(f, place, "none of %d random configurations satisfied all constraints", VALIDITY_DRAWS);
}

static void check_constraints(lw_finishing *f, lw_config *config, lw_stream *stream) {
    lw_space *space = f->space;
    bool *has_held = lw_arena_get(&f->builder->arena, space->n_constraints, sizeof *has_held);
    f->no_memory = f->no_memory || !has_held;
    for (int draw = 0; draw < VALIDITY_DRAWS && !f->no_memory; draw++) {
        lw_config_draw(config, stream);
        bool all = true;
        for (size_t i = 0; i < space->n_constraints; i++) {
            bool holds = lw_config_satisfies(config, &space->constraints[i]);
            has_held[i] = has_held[i] || holds;
            all = all && holds;
        }
        if (all)
            return;
    }
    bool explained = false;
    for (size_t i = 0; i < space->n_constraints && !f->no_memory; i++)
        if (!has_held[i])
            explained = check_alone(f, i) || explained;
    if (!explained && !f->no_memory)
        check_together(f);
}

/* ---- the default configuration ---- */

static bool defaults_are_given(const lw_config *config, const lw_expression *expression) {
    const lw_space *space = config->space;
    for (size_t k = 0; k < lw_expression_n_slots(expression); k++) {
        size_t slot = lw_expression_slot(expression, k);
        if (slot < space->n_parameters && lw_config_has(config, slot) && !space->dimensions[slot].default_given)
            return false;
    }
    return true;
}

/* What the user chose is wrong; what nobody chose is worth a word, and is not allowed as a configuration. */
static void check_default(lw_finishing *f) {
    lw_config *config;
    if (lw_config_new(&config, f->space, NULL) != LW_OK) {
        f->no_memory = true;
        return;
    }
    for (size_t i = 0; i < f->space->n_constraints; i++) {
        const lw_constraint *constraint = &f->space->constraints[i];
        if (lw_config_satisfies(config, constraint))
            continue;
        if (defaults_are_given(config, constraint->expression))
            lw_finishing_error(f, f->constraint_places[i], "the constraint '%s' forbids the default configuration",
                               constraint->text);
        else
            lw_finishing_warning(
                f, f->constraint_places[i],
                "the constraint '%s' forbids the middle of the ranges, which is the default configuration; "
                "give the parameters a `default`",
                constraint->text);
    }
    lw_config_free(config);
}

static void mark_read(const lw_expression *expression, size_t n_parameters, bool *marks) {
    for (size_t k = 0; k < lw_expression_n_slots(expression); k++)
        if (lw_expression_slot(expression, k) < n_parameters)
            marks[lw_expression_slot(expression, k)] = true;
}

/* What the constraints read, and what decides whether that is active. */
static void note_constrained(lw_finishing *f) {
    lw_space *space = f->space;
    bool *marks = lw_arena_get(&f->builder->arena, space->n_parameters, sizeof *marks);
    f->no_memory = f->no_memory || !marks;
    space->constrained = lw_finishing_get(f, space->n_parameters, sizeof *space->constrained);
    if (f->no_memory)
        return;
    for (size_t i = 0; i < space->n_constraints; i++)
        mark_read(space->constraints[i].expression, space->n_parameters, marks);
    for (size_t k = space->n_conditional; k-- > 0;)
        if (marks[space->conditional[k]])
            mark_read(space->dimensions[space->conditional[k]].condition, space->n_parameters, marks);
    for (size_t k = 0; k < space->n_parameters; k++)
        if (marks[space->order[k]])
            space->constrained[space->n_constrained++] = space->order[k];
}

void lw_finish_satisfiability(lw_finishing *f) {
    note_constrained(f);
    if (f->no_memory)
        return;
    lw_stream stream;
    lw_stream_init(&stream, 0, LW_PURPOSE_SAMPLE, 0, 0);
    lw_config *config = lw_config_blank(f->space);
    if (!config) {
        f->no_memory = true;
        return;
    }
    size_t n_errors = f->n_errors;
    check_conditions(f, config, &stream);
    if (f->space->n_constraints > 0 && !f->no_memory)
        check_constraints(f, config, &stream);
    lw_config_free(config);
    if (f->n_errors == n_errors && !f->no_memory)
        check_default(f);
}
