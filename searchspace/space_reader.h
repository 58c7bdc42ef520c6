/**
 * Makes a space of the part of an experiment file that describes it.
 */
#ifndef LW_SPACE_READER_H
#define LW_SPACE_READER_H

#include <labwatch/space.h>

#include "yaml_tree.h"

/** Where the parts of a space stand. */
typedef struct lw_space_source {
    const char *name;
    const lw_yaml_node *space;
    const lw_yaml_node *base;           /**< `config:`; NULL if there is none */
    const lw_yaml_node *constraints[2]; /**< lists of expressions; NULL where there are none */
} lw_space_source;

/** Makes the space; *out is NULL when problems has been told what is wrong, or that memory is gone. */
void lw_space_reader_read(lw_space **out, const lw_space_source *source, lw_problems *problems);

/** Gives a constant to a builder: nothing in it is looked at as a parameter. */
void lw_space_reader_constant(struct lw_space_builder *builder, const char *key, const lw_yaml_node *node,
                              lw_place place, lw_problems *problems);

/**
 * Finishes a builder that a reader has filled: tells problems what the builder says. *out is NULL if more errors than
 * n_errors have been told by then.
 */
void lw_space_reader_finish(lw_space **out, struct lw_space_builder *builder, size_t n_errors, lw_problems *problems);

#endif
