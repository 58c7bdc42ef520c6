/**
 * What a space consists of, for this room only.
 */
#ifndef LABWATCH_SPACE_INTERNAL_H
#define LABWATCH_SPACE_INTERNAL_H

#include <stdatomic.h>

#include <labwatch/config.h>
#include <labwatch/expression.h>
#include <labwatch/space.h>

#include "arena.h"
#include "name_table.h"
#include "parameter.h"

/** The tree that configurations are written along: base values, constants and parameters, in the order of the file. */
typedef enum lw_node_kind { LW_NODE_MAPPING, LW_NODE_SEQUENCE, LW_NODE_CONSTANT, LW_NODE_PARAMETER } lw_node_kind;

typedef struct lw_node {
    lw_node_kind kind;
    const char *key;  /**< in the enclosing mapping; decimal index in a sequence; "" for the root */
    const char *name; /**< dotted, from the root */
    bool searched;    /**< a parameter, or something with a parameter in it */
    union {
        struct {
            const struct lw_node *const *children;
            size_t n_children;
        };
        struct {
            lw_value value;       /**< constant */
            const char *spelling; /**< as the user wrote it */
        };
        size_t parameter; /**< index of the parameter */
    };
} lw_node;

/** A parameter and what only this room knows of it. */
typedef struct lw_dimension {
    lw_parameter shown;
    uint64_t name_digest; /**< stands for the name in the digests of configurations */
    lw_coding coding;
    lw_slot default_slot;
    bool default_given;       /**< by the user: false where it is the middle of the scale or the first choice */
    lw_expression *condition; /**< NULL: always active */
    const lw_node *node;
} lw_dimension;

typedef struct lw_constraint {
    lw_expression *expression;
    const char *text;
} lw_constraint;

/** A name that expressions may use: slot = its index. First the parameters, then the scalar constants. */
typedef struct lw_known_name {
    const char *name;
    const lw_node *node;
} lw_known_name;

struct lw_space {
    _Atomic size_t references;
    lw_arena arena; /**< owns all that follows but the expressions and the documents */
    const char *name;

    size_t n_parameters;
    lw_dimension *dimensions;
    size_t *order;       /**< parameters in the order of the file, but each behind those its condition reads */
    size_t n_ordered;    /**< n_parameters, once the space is made */
    size_t *conditional; /**< of these, the ones with a condition */
    size_t n_conditional;
    size_t *by_name; /**< parameters in the order of their names' bytes: what digests read */

    size_t n_constraints;
    lw_constraint *constraints;
    size_t *constrained; /**< parameters that constraints depend on, directly or by conditions; each behind those its
                            condition reads */
    size_t n_constrained;

    const lw_node *root;
    size_t n_names;
    lw_known_name *names;
    lw_name_table name_table; /**< of names */
    lw_name_table node_table; /**< of nodes, by their dotted names, also of mappings and sequences */
    const lw_node **nodes;
    size_t n_nodes;

    bson_t constants;
    bool has_constants; /**< false only before the space is whole */
    uint8_t digest[16];
    uint8_t constants_digest[16];
};

/** The slot (index into names) of a dotted name, or -1. */
ptrdiff_t lw_space_slot(const lw_space *space, const char *name, size_t length);

/** The node at a dotted name, also of a mapping or sequence; NULL if there is none. */
const lw_node *lw_space_node(const lw_space *space, const char *name);

#endif
