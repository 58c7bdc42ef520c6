/**
 * Configurations: one value for each active parameter of a space.
 *
 * An lw_config is dense, one slot for each searched parameter, and keeps its space alive (counted). As a document (what users, runs and commands see) it is nested and has the constants in it.
 *
 *     lw_config *config = NULL;
 *     lw_config_new(&config, space, &error);
 *     lw_config_sample(config, &stream, &error);
 *     double C = lw_config_number(config, (size_t)lw_space_find(space, "C"));
 *     lw_config_free(config);
 */
#ifndef LABWATCH_CONFIG_H
#define LABWATCH_CONFIG_H

#include <labwatch/random.h>
#include <labwatch/space.h>
#include <labwatch/sys/text.h>
#include <labwatch/sys/digest.h>

LW_BEGIN_DECLS

/** A configuration with the defaults of the space. Yours to free. */
LW_EXPORT int lw_config_new(lw_config **out, const lw_space *space, lw_error *error);
LW_EXPORT int lw_config_dup(lw_config **out, const lw_config *config, lw_error *error);
/** Takes over the values of another configuration of the same space. */
LW_EXPORT void lw_config_copy(lw_config *to, const lw_config *from);
/** Accepts NULL. */
LW_EXPORT void lw_config_free(lw_config *config);
LW_EXPORT const lw_space *lw_config_space(const lw_config *config);

/** False where the parameter's condition does not hold: it then has no value. */
LW_EXPORT bool lw_config_is_active(const lw_config *config, size_t i);
/** Value of a float or Gaussian parameter, of an integer as double; NaN if inactive or of another kind. */
LW_EXPORT double lw_config_number(const lw_config *config, size_t i);
/** Value of an integer parameter; 0 if inactive or of another kind. */
LW_EXPORT int64_t lw_config_integer(const lw_config *config, size_t i);
/** Index of the choice of a categorical or ordinal parameter; SIZE_MAX if inactive or of another kind. */
LW_EXPORT size_t lw_config_choice(const lw_config *config, size_t i);
/** The value in the user's type; kind LW_VALUE_NULL if inactive. Text borrowed from the space. */
LW_EXPORT lw_value lw_config_value(const lw_config *config, size_t i);

/**
 * Coordinates u[0 … d-1] in [0, 1]; NaN where inactive. Doubles to decode: on every value of the space's value set (space.h)
 * decode(encode(c)) = c.
 */
LW_EXPORT void lw_config_encode(const lw_config *config, double *u);

/**
 * The configuration at u[0 … d-1]: coordinates are cut to [0, 1], those of inactive parameters are ignored (and may be NaN;
 * NaN of an active one stands for its default). Constraints are not looked at: see lw_config_is_valid.
 */
LW_EXPORT void lw_config_decode(lw_config *config, const double *u);

/** True if every constraint holds. Constraints over inactive parameters hold. */
LW_EXPORT bool lw_config_is_valid(const lw_config *config);
/** As lw_config_is_valid; otherwise LW_EINVAL with a sentence that names the constraint and the values. */
LW_EXPORT int lw_config_check(const lw_config *config, lw_error *error);

/**
 * Draws a configuration from the prior, by rejection until the constraints hold. After 1,000 tries, and where the parameters that
 * constraints depend on have levels, these are enumerated (up to 2,000,000 steps) and one combination is drawn, with the same
 * probabilities. Otherwise LW_EUNSATISFIABLE after 200,000 more tries (fewer beyond 100 parameters, at least 10,000), with a sentence
 * that says whether it is proved that nothing satisfies the constraints. config is changed on success only.
 */
LW_EXPORT int lw_config_sample(lw_config *config, lw_stream *stream, lw_error *error);

/** The default configuration. LW_EINVAL if a constraint forbids it. */
LW_EXPORT int lw_config_set_default(lw_config *config, lw_error *error);

/**
 * Sets parameter i to a value (1 and 1.0 are the same to numbers; choices by value), and the activity of what depends on it, which
 * gets its default where it becomes active. LW_EINVAL if the parameter is not active, or the value is not one of its own, with what would be.
 */
LW_EXPORT int lw_config_set(lw_config *config, size_t i, lw_value value, lw_error *error);

/** How a document is read. */
typedef enum lw_config_reading {
    LW_CONFIG_STRICT = 0,        /**< every active parameter must be there, nothing else may be (constants with their own value may) */
    LW_CONFIG_FILL_DEFAULTS = 1, /**< what is missing counts at its default */
    LW_CONFIG_IGNORE_OTHERS = 2  /**< keys that the space does not have, and values of inactive parameters, are passed over */
} lw_config_reading;

/**
 * Reads a document (nested or dotted keys). reading is LW_CONFIG_STRICT or an OR of the others. Values outside, of
 * the wrong type, or forbidden by a constraint are LW_EINVAL naming the parameter; a misspelt key gets a did-you-mean.
 * With LW_CONFIG_IGNORE_OTHERS a constant of another value is still an error. *out is yours, on success only.
 */
LW_EXPORT int lw_config_from_document(lw_config **out, const lw_space *space, const bson_t *document, int reading,
                                      lw_error *error);

/** The whole configuration as users see it: constants and active parameters, nested, in the order of the file. *out is initialised here. */
LW_EXPORT int lw_config_to_document(const lw_config *config, bson_t *out, lw_error *error);

/** 16 bytes, equal for equal configurations: names and values of the active parameters and the constants, in whatever order a space has them. */
LW_EXPORT void lw_config_digest(const lw_config *config, uint8_t out[LW_DIGEST_SIZE]);
LW_EXPORT bool lw_config_equal(const lw_config *a, const lw_config *b);

/**
 * Text for a command line of the parameter or constant with that dotted name: choices and constants as spelt, floats in the shortest form,
 * lists and mappings (also of a whole subtree) as JSON, "" where inactive. Appends to *out (sys/text.h). LW_ENOTFOUND with a did-you-mean.
 */
LW_EXPORT int lw_config_spell(const lw_config *config, const char *name, lw_text *out, lw_error *error);

LW_END_DECLS

#endif
