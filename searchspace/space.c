#include <string.h>

#include <labwatch/sys/memory.h>

#include "space_internal.h"

lw_space *lw_space_retain(const lw_space *space) {
    lw_space *shared = (lw_space *)(uintptr_t)space; /* all but the count of references never changes */
    atomic_fetch_add_explicit(&shared->references, 1, memory_order_relaxed);
    return shared;
}

static void destroy(lw_space *space) {
    for (size_t i = 0; space->dimensions && i < space->n_parameters; i++)
        lw_expression_free(space->dimensions[i].condition);
    for (size_t i = 0; i < space->n_constraints; i++)
        lw_expression_free(space->constraints[i].expression);
    if (space->has_constants)
        bson_destroy(&space->constants);
    lw_arena_release(&space->arena);
    lw_free(space);
}

void lw_space_free(lw_space *space) {
    if (space && atomic_fetch_sub_explicit(&space->references, 1, memory_order_acq_rel) == 1)
        destroy(space);
}

const char *lw_space_name(const lw_space *space) {
    return space->name;
}

size_t lw_space_n_parameters(const lw_space *space) {
    return space->n_parameters;
}

const lw_parameter *lw_space_parameter(const lw_space *space, size_t i) {
    return &space->dimensions[i].shown;
}

ptrdiff_t lw_space_slot(const lw_space *space, const char *name, size_t length) {
    return lw_name_table_find(&space->name_table, name, length);
}

ptrdiff_t lw_space_find(const lw_space *space, const char *name) {
    ptrdiff_t slot = lw_space_slot(space, name, strlen(name));
    return slot >= 0 && (size_t)slot < space->n_parameters ? slot : -1;
}

const lw_node *lw_space_node(const lw_space *space, const char *name) {
    ptrdiff_t index = lw_name_table_find(&space->node_table, name, strlen(name));
    return index >= 0 ? space->nodes[index] : NULL;
}

lw_value lw_space_default(const lw_space *space, size_t i) {
    return lw_parameter_value(&space->dimensions[i].shown, space->dimensions[i].default_slot);
}

size_t lw_space_n_constraints(const lw_space *space) {
    return space->n_constraints;
}

const char *lw_space_constraint(const lw_space *space, size_t i) {
    return space->constraints[i].text;
}

const char *lw_space_condition(const lw_space *space, size_t i) {
    const lw_expression *condition = space->dimensions[i].condition;
    return condition ? lw_expression_text(condition) : NULL;
}

const bson_t *lw_space_constants(const lw_space *space) {
    return &space->constants;
}
