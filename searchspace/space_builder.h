/**
 * How a space is made: readers of files describe it piece by piece, lw_space_builder_finish checks the whole.
 *
 *     lw_space_builder *builder = lw_space_builder_new("default");
 *     lw_space_builder_constant(builder, "data", value, "heart_scale", place);
 *     lw_space_builder_open_mapping(builder, "net", place);
 *     lw_space_builder_parameter(builder, "layers", &draft);          // its name is net.layers
 *     lw_space_builder_close(builder);
 *     lw_space_builder_constraint(builder, &text);
 *     int outcome = lw_space_builder_finish(builder, &space, report, reader, &error);
 *     lw_space_builder_free(builder);
 *
 * Everything is copied, nothing is checked before lw_space_builder_finish, and nothing fails before it: a builder that
 * ran out of memory remembers so. All functions accept a builder that is NULL.
 */
#ifndef LABWATCH_SPACE_BUILDER_H
#define LABWATCH_SPACE_BUILDER_H

#include <labwatch/error.h>
#include <labwatch/space.h>
#include <labwatch/value.h>

/** Where something stands in a file, counted from 1; 0 where there is no such place. */
typedef struct lw_place {
    size_t line, column;
} lw_place;

/** An attribute's value, or an element of a list, as the file has it. */
typedef struct lw_draft_value {
    bool given; /**< false: the file does not have the attribute, and nothing else here counts */
    lw_value value;
    const char *spelling; /**< as the user wrote it (choices: what commands get); NULL: made from the value */
    lw_place place;
} lw_draft_value;

/** Text of an expression. */
typedef struct lw_draft_text {
    const char *bytes; /**< NULL: there is none */
    size_t length;
    lw_place place; /**< of its first character, behind a quote */
    bool literal;   /**< it stands in the file character by character, so that errors can point into it */
} lw_draft_text;

/** One line of a mapping in `when`: the parameter must have one of the values. */
typedef struct lw_draft_conjunct {
    const char *name; /**< dotted */
    lw_place place;
    const lw_draft_value *values;
    size_t n_values;
} lw_draft_conjunct;

typedef enum lw_draft_kind {
    LW_DRAFT_FLOAT,
    LW_DRAFT_INTEGER,
    LW_DRAFT_NUMBER, /**< an integer if all numbers given for it are integers, else a float */
    LW_DRAFT_GAUSSIAN,
    LW_DRAFT_CATEGORICAL, /**< one choice is allowed: a constant that has a condition */
    LW_DRAFT_ORDINAL
} lw_draft_kind;

/** A searched parameter as a file describes it. Zero-initialise it, then fill in what the file has. */
typedef struct lw_parameter_draft {
    lw_draft_kind kind;
    lw_place place;
    lw_draft_value lower, upper, step, mu, sigma;
    lw_draft_value default_value; /**< its name in files is `default` */
    bool log_scale;
    lw_place log_scale_place;

    const lw_draft_value *choices;
    size_t n_choices;
    lw_place choices_place;
    bool has_weights;
    const lw_draft_value *weights;
    size_t n_weights;
    lw_place weights_place;

    lw_draft_text when;                 /**< the condition as an expression, or … */
    const lw_draft_conjunct *conjuncts; /**< … as a mapping: all must hold */
    size_t n_conjuncts;
} lw_parameter_draft;

typedef struct lw_space_builder lw_space_builder;

/** NULL when out of memory. */
lw_space_builder *lw_space_builder_new(const char *name);
void lw_space_builder_free(lw_space_builder *builder);

/**
 * The tree, in the order of the file. key is the key in the enclosing mapping (a dotted one, `net.layers`, is a path),
 * and NULL in a sequence. A duplicate is reported by finish, so the reader need not look for them here.
 */
void lw_space_builder_open_mapping(lw_space_builder *builder, const char *key, lw_place place);
void lw_space_builder_open_sequence(lw_space_builder *builder, const char *key, lw_place place);
/** Ends the innermost open mapping or sequence. */
void lw_space_builder_close(lw_space_builder *builder);

/** A scalar constant (lists and mappings are opened and closed). spelling may be NULL: made from the value. */
void lw_space_builder_constant(lw_space_builder *builder, const char *key, lw_value value, const char *spelling,
                               lw_place place);
void lw_space_builder_parameter(lw_space_builder *builder, const char *key, const lw_parameter_draft *draft);

/** Something whose description the reader has already complained about: its name counts as known, and stops further
 * complaints. */
void lw_space_builder_broken(lw_space_builder *builder, const char *key, lw_place place);

/**
 * What is added from now on, from the root again, is the space; what came before are base values (`config:`), which
 * stay as constants where the space does not override them: mappings are merged key by key, anything else is replaced.
 */
void lw_space_builder_end_base(lw_space_builder *builder);

void lw_space_builder_constraint(lw_space_builder *builder, const lw_draft_text *text);

/** Gets each problem; message is a sentence without the place. Not in the order of the file: sort by place. */
typedef void lw_problem_fn(void *arg, lw_place place, bool warning, const char *message);

/**
 * Checks everything, reports all that is wrong, and makes the space if there was no error (warnings are none).
 * LW_EINVAL if there was one: *error has the first, and how many more there are. LW_ENOMEM reports nothing. report may
 * be NULL. A builder can be finished once.
 */
int lw_space_builder_finish(lw_space_builder *builder, lw_space **out, lw_problem_fn *report, void *arg,
                            lw_error *error);

#endif
