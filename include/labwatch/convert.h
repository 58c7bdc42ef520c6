/**
 * Spaces in other tools' formats, and differences between spaces.
 */
#ifndef LABWATCH_CONVERT_H
#define LABWATCH_CONVERT_H

#include <labwatch/experiment.h>
#include <labwatch/space.h>

LW_BEGIN_DECLS

typedef enum lw_space_format {
    LW_FORMAT_LABWATCH,       /**< YAML, as in an experiment file */
    LW_FORMAT_CONFIGSPACE,    /**< JSON of ConfigSpace 1.x ("format_version": 0.4 and the typed hyperparameters) */
    LW_FORMAT_CONFIGSPACE_06, /**< JSON of ConfigSpace 0.4 to 0.7 */
    LW_FORMAT_OPTUNA,         /**< JSON object of name: what optuna.distributions.distribution_to_json gives */
    LW_FORMAT_SACRED          /**< flat JSON: dotted names with plain values are constants, {"type": …} objects parameters */
} lw_space_format;

/** "labwatch", "configspace", "configspace-0.6", "optuna", "sacred"; -1 for others with did-you-mean in *error. */
LW_EXPORT int lw_space_format_by_name(const char *name, lw_error *error);
LW_EXPORT const char *lw_space_format_name(lw_space_format format);

/**
 * The text of a space in a format; yours to lw_free. LW_EUNSUPPORTED with a sentence that names the parameter, condition or constraint which
 * that format cannot express: Optuna has no conditions, constraints, weights, Gaussians or ordinals (and no defaults: those are left out), flat JSON
 * no constraints, ConfigSpace 1.x no steps, the one before cannot read relations between parameters. LW_FORMAT_LABWATCH expresses everything.
 */
LW_EXPORT int lw_space_write(char **out, const lw_space *space, lw_space_format format, lw_error *error);

/**
 * Reads a space in a format; source is what messages call the text. LW_EPARSE with the line and column of the first of what is wrong. A text in
 * LW_FORMAT_LABWATCH needs no `experiment:`; with several spaces its first is read. *out is yours.
 */
LW_EXPORT int lw_space_read(lw_space **out, const char *text, size_t length, const char *source, lw_space_format format, lw_error *error);

/**
 * Says, a line each, how space b differs from space a ("" if their meaning is the same): `- degree` is gone, `~ C: upper 100.0 -> 1000.0` has changed,
 * `+ gamma: UniformFloat [1e-05, 10.0] log_scale` and `+ constraint: a < b` are new. Yours to lw_free.
 */
LW_EXPORT int lw_space_diff(char **out, const lw_space *a, const lw_space *b, lw_error *error);

LW_END_DECLS

#endif
