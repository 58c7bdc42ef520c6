#include "dependencies.h"

#include <string.h>

#include <labwatch/expression.h>
#include <labwatch/sys/memory.h>

typedef struct name_search {
    const lw_space *space;
    bool failed; /* memory is gone */
} name_search;

/* Slots of a condition: parameters have their index; whatever else has a name (a constant), their number. */
static ptrdiff_t slot_of(void *self, const char *name, size_t length) {
    name_search *search = self;
    char *copy = lw_strndup(name, length);
    if (!copy) {
        search->failed = true;
        return -1;
    }
    ptrdiff_t slot = lw_space_find(search->space, copy);
    bson_iter_t top, found;
    const bson_t *constants = lw_space_constants(search->space);
    if (slot < 0 && bson_iter_init(&top, constants) && bson_iter_find_descendant(&top, copy, &found))
        slot = (ptrdiff_t)lw_space_n_parameters(search->space);
    lw_free(copy);
    return slot;
}

/* The condition of each parameter, NULL where there is none. */
static int parse_conditions(const lw_space *space, lw_expression **conditions, lw_error *error) {
    name_search search = {.space = space};
    const lw_symbols symbols = {.slot = slot_of, .self = &search};
    for (size_t i = 0; i < lw_space_n_parameters(space); i++) {
        const char *text = lw_space_condition(space, i);
        int outcome = text ? lw_expression_parse(&conditions[i], text, strlen(text), &symbols, NULL, error) : LW_OK;
        if (search.failed)
            return lw_error_no_memory(error);
        if (outcome != LW_OK)
            return outcome;
    }
    return LW_OK;
}

static bool parents_are_placed(const lw_expression *condition, const bool *placed, size_t d) {
    for (size_t k = 0; condition && k < lw_expression_n_slots(condition); k++) {
        size_t slot = lw_expression_slot(condition, k);
        if (slot < d && !placed[slot])
            return false;
    }
    return true;
}

/* Pass after pass over the parameters, as many as conditions are deep; no cycle stops it, for a space has none. */
static void place_all(lw_expression *const *conditions, bool *placed, size_t d, size_t *order) {
    for (size_t n = 0, before = SIZE_MAX; n < d && n != before;) {
        before = n;
        for (size_t i = 0; i < d; i++) {
            if (placed[i] || !parents_are_placed(conditions[i], placed, d))
                continue;
            placed[i] = true;
            order[n++] = i;
        }
    }
}

int lw_parents_first(const lw_space *space, size_t *order, lw_error *error) {
    size_t d = lw_space_n_parameters(space);
    lw_expression **conditions = lw_calloc(d, sizeof *conditions);
    bool *placed = lw_calloc(d, sizeof *placed);
    int outcome = conditions && placed ? parse_conditions(space, conditions, error) : lw_error_no_memory(error);
    if (outcome == LW_OK)
        place_all(conditions, placed, d, order);
    for (size_t i = 0; conditions && i < d; i++)
        lw_expression_free(conditions[i]);
    lw_free(conditions);
    lw_free(placed);
    return outcome;
}
