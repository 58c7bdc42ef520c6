#include <stdio.h>
#include <string.h>

#include <labwatch/sys/memory.h>

#include "builder_internal.h"
#include "space_digest.h"
#include "tree_document.h"

/* ---- telling ---- */

static bool is_before(lw_place a, lw_place b) {
    return a.line != b.line ? a.line < b.line : a.column < b.column;
}

static void tell(lw_finishing *f, lw_place place, bool warning, const char *format, va_list arguments) {
    lw_error whole = {.code = LW_EINVAL};
    vsnprintf(whole.message, sizeof whole.message, format, arguments);
    lw_error_set(&whole, LW_EINVAL, "%s", whole.message);
    if (!warning) {
        if (f->n_errors == 0 || is_before(place, f->first_place)) {
            f->first = whole;
            f->first_place = place;
        }
        f->n_errors++;
    }
    if (f->report)
        f->report(f->report_arg, place, warning, whole.message);
}

void lw_finishing_error(lw_finishing *f, lw_place place, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    tell(f, place, false, format, arguments);
    va_end(arguments);
}

void lw_finishing_warning(lw_finishing *f, lw_place place, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    tell(f, place, true, format, arguments);
    va_end(arguments);
}

/* ---- memory ---- */

void *lw_finishing_get(lw_finishing *f, size_t count, size_t size) {
    void *memory = lw_arena_get(&f->space->arena, count, size);
    f->no_memory = f->no_memory || !memory;
    return memory;
}

const char *lw_finishing_text(lw_finishing *f, const char *text) {
    const char *copy = lw_arena_text(&f->space->arena, text, strlen(text));
    f->no_memory = f->no_memory || !copy;
    return copy;
}

/* ---- the constants ---- */

static bool constant_value(void *arg, const lw_node *node, lw_value *out) {
    (void)arg;
    *out = node->value;
    return node->kind == LW_NODE_CONSTANT;
}

static void make_constants(lw_finishing *f) {
    lw_space *space = f->space;
    if (lw_tree_to_document(space->root, constant_value, NULL, &space->constants, NULL) == LW_OK)
        space->has_constants = true;
    else
        f->no_memory = true;
}

static bool make_space(lw_finishing *f, const char *name) {
    f->space = lw_calloc(1, sizeof *f->space);
    if (!f->space)
        return false;
    atomic_init(&f->space->references, 1);
    f->space->name = lw_finishing_text(f, name);
    return f->space->name != NULL;
}

/* Names and types first, then what refers to them; what refers to wrong things is looked at all the same. */
static void run_steps(lw_finishing *f) {
    void (*const steps[])(lw_finishing *) = {lw_finish_tree, lw_finish_parameters, lw_finish_conditions,
                                             lw_finish_constraints};
    for (size_t i = 0; i < sizeof steps / sizeof steps[0] && !f->no_memory; i++)
        steps[i](f);
    if (f->n_errors == 0 && !f->no_memory)
        lw_finish_satisfiability(f);
    if (f->n_errors == 0 && !f->no_memory)
        make_constants(f);
    if (f->n_errors == 0 && !f->no_memory && !lw_space_make_digests(f->space))
        f->no_memory = true;
}

static int outcome(const lw_finishing *f, lw_error *error) {
    if (f->no_memory)
        return lw_error_no_memory(error);
    if (f->n_errors == 0)
        return LW_OK;
    char more[48] = "";
    if (f->n_errors > 1)
        snprintf(more, sizeof more, " (and %zu more)", f->n_errors - 1);
    return lw_error_set(error, LW_EINVAL, "%s%s", f->first.message, more);
}

int lw_space_builder_finish(lw_space_builder *builder, lw_space **out, lw_problem_fn *report, void *arg,
                            lw_error *error) {
    if (!builder || builder->no_memory)
        return lw_error_no_memory(error);
    lw_finishing f = {.builder = builder, .report = report, .report_arg = arg};
    if (make_space(&f, builder->name))
        run_steps(&f);
    else
        f.no_memory = true;
    int status = outcome(&f, error);
    if (status == LW_OK)
        *out = f.space;
    else
        lw_space_free(f.space);
    return status;
}
