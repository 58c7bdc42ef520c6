/**
 * Optimizers: propose the next configuration from the history of a space.
 *
 * Most programs use an assistant (assistant.h), which does this and keeps the runs. Alone:
 *
 *     lw_optimizer *optimizer = NULL;
 *     lw_optimizer_new(&optimizer, "sobol", NULL, space, seed, NULL, &error);
 *     for (uint64_t number = 1; number <= 100; number++) {
 *         lw_suggestion suggestion;
 *         lw_question question = {.number = number};
 *         if (lw_optimizer_suggest_configuration(optimizer, &question, &suggestion, &error) != LW_OK) break;
 *         lw_observation observation;
 *         lw_observation_init(&observation);
 *         observation.run_id = (int64_t)number;
 *         observation.config = suggestion.config;
 *         observation.outcome = LW_COMPLETED;
 *         observation.cost = f(suggestion.config);
 *         lw_optimizer_update(optimizer, &observation, 1, &error);
 *         lw_suggestion_release(&suggestion);
 *     }
 *     lw_optimizer_free(optimizer);
 *
 * An optimizer is used by one thread at a time.
 */
#ifndef LABWATCH_OPTIMIZER_H
#define LABWATCH_OPTIMIZER_H

#include <labwatch/history.h>
#include <labwatch/sys/optimizer.h>

LW_BEGIN_DECLS

typedef struct lw_optimizer lw_optimizer;

/** The registered types, NULL-terminated. Static. Types in modules are not in it: lw_optimizer_module_each tells of them. */
LW_EXPORT const lw_optimizer_type *const *lw_optimizer_types(void);

/** Told of an optimizer in a module: its type, or NULL, and then why it is of no use. */
typedef void lw_optimizer_module_fn(void *arg, const char *name, const lw_optimizer_type *type, const lw_error *why);
/**
 * Loads the modules that are found and tells of their optimizers, in the order of their names. A module that cannot be loaded
 * is told of, too, whatever was in it; one without an optimizer of its name is not. LW_ENOMEM.
 */
LW_EXPORT int lw_optimizer_module_each(lw_optimizer_module_fn *visit, void *arg, lw_error *error);

/** Name of the optimizer that an experiment gets which names none. Static. */
LW_EXPORT const char *lw_optimizer_default(void);

/**
 * The type of that name (NULL: the default one): first among extra (the caller's own, NULL-terminated; may be NULL), then the
 * registered ones, then in a module of that name. NULL with LW_ENOTFOUND and did-you-mean.
 */
LW_EXPORT const lw_optimizer_type *lw_optimizer_type_by_name(const char *name, const lw_optimizer_type *const *extra,
                                                             lw_error *error);

/**
 * An optimizer for a space (retained). name NULL is the default one; options (may be NULL) are checked against
 * the type's table: unknown names, wrong types and values outside the range are LW_EINVAL with a sentence.
 */
LW_EXPORT int lw_optimizer_new(lw_optimizer **out, const char *name, const bson_t *options, const lw_space *space, uint64_t seed,
                               const lw_optimizer_type *const *extra, lw_error *error);
/** Checks name and options only. */
LW_EXPORT int lw_optimizer_check(const char *name, const bson_t *options, const lw_optimizer_type *const *extra, lw_error *error);
/** Accepts NULL. */
LW_EXPORT void lw_optimizer_free(lw_optimizer *optimizer);
LW_EXPORT const lw_optimizer_type *lw_optimizer_get_type(const lw_optimizer *optimizer);
/** The history it was given. Borrowed. */
LW_EXPORT const lw_history *lw_optimizer_history(const lw_optimizer *optimizer);

/** Adds observations to the history (a run id again: replaces what was known). Order and portions do not matter. */
LW_EXPORT int lw_optimizer_update(lw_optimizer *optimizer, const lw_observation *observations, size_t n, lw_error *error);
/** Forgets the history (after an epoch change, or for a replay). */
LW_EXPORT void lw_optimizer_reset(lw_optimizer *optimizer);

/** What to suggest for. Zero-initialise what you do not use. */
typedef struct lw_question {
    uint64_t number;       /**< of the suggestion, from 1 */
    int64_t budget;        /**< 0: no limit */
    int64_t fit_last_id;   /**< 0: the whole history */
    int repeats;           /**< how often one configuration (at one fidelity) may be run; 0 is 1 */
    /**
     * For callers who have not given all runs to update: how many runs besides those, not void, have the configuration at this
     * fidelity (NaN: full). May be NULL. A suggestion follows from its answers, too: answer from the view.
     */
    size_t (*count)(void *self, const lw_config *config, double fidelity);
    void *count_self;
    bool maximize;         /**< costs are results negated: for lw_optimizer_describe alone, which tells results */
} lw_question;

/** A configuration to run. */
typedef struct lw_suggestion {
    lw_config *config;
    double fidelity;  /**< NaN: full */
    int64_t parent;   /**< 0: none */
    int32_t replicate;
    bson_t *memo;     /**< NULL if empty */
} lw_suggestion;

LW_EXPORT void lw_suggestion_release(lw_suggestion *suggestion);

/**
 * LW_OK: *out is filled and yours to release. LW_EXHAUSTED: every configuration is taken, or the optimizer has no more (a grid).
 * The one place for duplicates: no config is suggested that is taken while the space has others.
 */
LW_EXPORT int lw_optimizer_suggest_configuration(lw_optimizer *optimizer, const lw_question *question, lw_suggestion *out,
                                                 lw_error *error);

/**
 * What the model believes that a suggestion for this question would be made from: {optimizer: its name, …}, the rest
 * as the type tells it (docs/optimizers/). Changes no suggestion; takes as long as one. *out is initialised here and
 * yours to bson_destroy, on success only. LW_EUNSUPPORTED with a sentence: the type has no model; LW_ENOTFOUND: there
 * are too few results for one.
 */
LW_EXPORT int lw_optimizer_describe(lw_optimizer *optimizer, const lw_question *question, bson_t *out, lw_error *error);

LW_END_DECLS

#endif
