/**
 * Search spaces: named, typed parameters, some active only under a condition, and constraints over them.
 *
 * A space comes from an experiment file (experiment.h) or from the text of one. It never changes once it is
 * made, may be shared between threads, and is counted: lw_space_retain, lw_space_free.
 *
 * A configuration of the space is an lw_config (config.h). For optimizers every searched parameter also has a
 * coordinate u in [0, 1], in which the prior is uniform:
 *
 *   float         u = (v - lower) / (upper - lower), on logarithms with log_scale
 *   integer, step cells of equal width: level k of n has u in [k/n, (k+1)/n). With log_scale the cell of v goes from v - step/2
 *                 to v + step/2 on logarithms; that of the lowest level, where lower < step, as far down as up
 *   Gaussian      u = Phi((v - mu) / sigma), on ln v with log_scale, cut to the bounds if there are any
 *   choices       choice k has a cell as wide as its share of the weights
 *
 * A double for u has no room for all values of a float, so computed values are short decimals, and the bounds themselves:
 *
 *   linear        12 digits of the range's width, but at most 15 significant ones; all doubles where these are too few
 *   log_scale     12 significant digits (11 on ranges of hundreds of orders of magnitude); so also integers above 10^12
 *   Gaussian      9 digits of sigma; values farther out than Phi has room for (about 4.7 sigma) are not computed, bounds are
 *
 * On these, decode(encode(c)) = c exactly. Other values that a user gives are kept as they are; their coordinate is
 * the nearest one. Steps are decimals, too: 0.1 and two steps of 0.1 are 0.3.
 */
#ifndef LABWATCH_SPACE_H
#define LABWATCH_SPACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <labwatch/error.h>
#include <labwatch/value.h>

LW_BEGIN_DECLS

typedef struct lw_space lw_space;
typedef struct lw_config lw_config;

typedef enum lw_parameter_kind {
    LW_PARAMETER_FLOAT,
    LW_PARAMETER_INTEGER,
    LW_PARAMETER_GAUSSIAN,
    LW_PARAMETER_CATEGORICAL,
    LW_PARAMETER_ORDINAL
} lw_parameter_kind;

/** One choice of a categorical or ordinal parameter. */
typedef struct lw_choice {
    lw_value value;
    const char *spelling; /**< as the user wrote it: what commands get */
    double weight;        /**< share of the prior; the weights of a parameter sum to 1 */
} lw_choice;

/** A searched parameter, as its space describes it. Borrowed from the space. */
typedef struct lw_parameter {
    const char *name; /**< dotted where nested: "net.layers" */
    lw_parameter_kind kind;
    bool log_scale;
    bool conditional;      /**< not active in every configuration */
    double lower, upper;   /**< float, Gaussian (infinite where there is no bound) */
    double step;           /**< float: 0 without one */
    int64_t lower_integer, upper_integer, step_integer; /**< integer; step 1 without one */
    double mu, sigma;      /**< Gaussian; with log_scale mu is the median of v, sigma the deviation of ln v */
    const lw_choice *choices;
    size_t n_choices;      /**< categorical, ordinal; 0 for the others */
    uint64_t n_levels;     /**< number of different values; 0 where they are practically continuous (float without step, Gaussian) */
} lw_parameter;

LW_EXPORT lw_space *lw_space_retain(const lw_space *space);
/** Gives one reference back; accepts NULL. */
LW_EXPORT void lw_space_free(lw_space *space);

/** "default" if the file has only `space:`. Borrowed. */
LW_EXPORT const char *lw_space_name(const lw_space *space);

/** Number of searched parameters d: those that are no constants. In the order of the file. */
LW_EXPORT size_t lw_space_n_parameters(const lw_space *space);
/** Parameter i < d. */
LW_EXPORT const lw_parameter *lw_space_parameter(const lw_space *space, size_t i);
/** Index of the parameter with that dotted name, or -1. O(1). */
LW_EXPORT ptrdiff_t lw_space_find(const lw_space *space, const char *name);

/** The default of parameter i < d in the user's type, also where the default configuration does not have it. Text borrowed. */
LW_EXPORT lw_value lw_space_default(const lw_space *space, size_t i);

/** A coordinate of level k < n_levels of parameter i, which has levels: decoding it gives the level. */
LW_EXPORT double lw_space_level_coordinate(const lw_space *space, size_t i, uint64_t k);
/** The level of parameter i, which has levels, at coordinate u in [0, 1]. */
LW_EXPORT uint64_t lw_space_level_at(const lw_space *space, size_t i, double u);

LW_EXPORT size_t lw_space_n_constraints(const lw_space *space);
/** The text of constraint i as written. */
LW_EXPORT const char *lw_space_constraint(const lw_space *space, size_t i);
/** The text of parameter i's condition, NULL if it is always active. */
LW_EXPORT const char *lw_space_condition(const lw_space *space, size_t i);

/** The constants and the base `config:`, nested, without the searched parameters. Borrowed. */
LW_EXPORT const bson_t *lw_space_constants(const lw_space *space);

/**
 * Number of different valid configurations, counted by enumeration with conditions and constraints. *count is UINT64_MAX if there are
 * more than limit, or the space is continuous, or so few of its combinations are valid that this cannot be told in O(limit * d) steps.
 * LW_OK, or LW_ENOMEM.
 */
LW_EXPORT int lw_space_count(const lw_space *space, uint64_t limit, uint64_t *count, lw_error *error);

/** Called with each configuration; borrowed for the call. Anything but LW_OK ends the enumeration and is returned by it. */
typedef int lw_config_fn(void *arg, const lw_config *config);

/**
 * Visits each valid configuration of a finite space once, the last parameter changing fastest (where a condition reads a later
 * parameter, that one counts as earlier). LW_EUNSUPPORTED if it is not finite.
 */
LW_EXPORT int lw_space_enumerate(const lw_space *space, lw_config_fn *visit, void *arg, lw_error *error);

/**
 * 16 bytes that are equal for spaces of the same meaning (parameters and their defaults, conditions, constraints, constants; not their
 * order, nor comments or spelling; but the order of choices): what a space's version is told by.
 */
LW_EXPORT void lw_space_digest(const lw_space *space, uint8_t out[16]);

/** A document that describes the space, in the long form of the experiment file ({type: UniformFloat, …}): reads back as the same space. */
LW_EXPORT int lw_space_to_document(const lw_space *space, bson_t *out, lw_error *error);

LW_END_DECLS

#endif
