/**
 * A space while it is made: what a reader has said, and the checks of lw_space_builder_finish.
 */
#ifndef LABWATCH_BUILDER_INTERNAL_H
#define LABWATCH_BUILDER_INTERNAL_H

#include "space_builder.h"
#include "space_internal.h"

enum {
    LW_SPACE_MOST_ENTRIES = 100000,  /**< parameters and constants, with the mappings and sequences they lie in */
    LW_SPACE_MOST_CHOICES = 1000000, /**< of all parameters together */
    LW_SPACE_MOST_CONSTRAINTS = 10000,
    LW_SPACE_DEEPEST = 64 /**< mappings and sequences inside each other */
};

typedef enum lw_build_kind {
    LW_BUILD_MAPPING,
    LW_BUILD_SEQUENCE,
    LW_BUILD_CONSTANT,
    LW_BUILD_PARAMETER,
    LW_BUILD_BROKEN
} lw_build_kind;

/** What the reader said, as a tree. */
typedef struct lw_build_node {
    lw_build_kind kind;
    bool implied; /**< a mapping that only the dots of a key speak of */
    const char *key;
    lw_place place;
    struct lw_build_node *first, *last, *next;
    size_t n_children;
    lw_value value;
    const char *spelling;
    const lw_parameter_draft *draft;
} lw_build_node;

struct lw_space_builder {
    lw_arena arena;
    const char *name;
    lw_build_node *base, *space;               /**< roots; base is NULL if there are no base values */
    lw_build_node *open[LW_SPACE_DEEPEST + 1]; /**< open[0] is the root */
    size_t depth, too_deep; /**< too_deep: how many were opened beyond the limit and not closed yet */
    lw_place too_deep_at;
    bool was_too_deep;
    lw_draft_text *constraints;
    size_t n_constraints, constraints_capacity;
    size_t n_entries, n_choices;
    bool no_memory;
};

/** The work of lw_space_builder_finish. */
typedef struct lw_finishing {
    lw_space_builder *builder;
    lw_space *space;
    const lw_parameter_draft **drafts; /**< of parameter i */
    bool *broken;                      /**< the parameter or constant of slot i has an error */
    lw_place *constraint_places;
    lw_problem_fn *report;
    void *report_arg;
    size_t n_errors;
    lw_place first_place;
    lw_error first;
    bool no_memory;
} lw_finishing;

void lw_finishing_error(lw_finishing *f, lw_place place, const char *format, ...) LW_PRINTF(3, 4);
void lw_finishing_warning(lw_finishing *f, lw_place place, const char *format, ...) LW_PRINTF(3, 4);

/** Memory of the space that is made; NULL after noting that there is none. */
void *lw_finishing_get(lw_finishing *f, size_t count, size_t size);
const char *lw_finishing_text(lw_finishing *f, const char *text);

/* The steps, in this order. Each says what is wrong and goes on as far as it makes sense. */

/** The tree of nodes, the names, the parameters' names and drafts. */
void lw_finish_tree(lw_finishing *f);
/** Kinds, bounds, choices, defaults. */
void lw_finish_parameters(lw_finishing *f);
/** Conditions, the order of the parameters. */
void lw_finish_conditions(lw_finishing *f);
void lw_finish_constraints(lw_finishing *f);
/** What only a space without errors can be asked: conditions and constraints that nothing satisfies, the default
 * configuration. */
void lw_finish_satisfiability(lw_finishing *f);

/** What names mean in the expressions of the space that is made. */
lw_symbols lw_finishing_symbols(lw_finishing *f);

/** Parses an expression; reports what is wrong with it, at its place in the file. NULL if something is. */
lw_expression *lw_finishing_parse(lw_finishing *f, const lw_draft_text *text, const char *what);

#endif
