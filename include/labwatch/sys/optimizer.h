/**
 * The optimizer type object, for authors of optimizers.
 *
 * An optimizer is one `static const lw_optimizer_type`; the wrapper (optimizer.h) allocates its state, checks
 * arguments, keeps the history, makes the random stream, refuses taken and invalid configurations, and so a type
 * only thinks about where to look next. docs/architecture.md has a worked example.
 *
 * A suggestion must follow from (space, options, seed, request) alone. State is a cache: what it holds may speed a
 * suggestion up but never change it. In suggest a type draws from request->stream, or from a stream of its own that is addressed by
 * (setup->seed, LW_PURPOSE_SEQUENCE or LW_PURPOSE_MODEL, …), as init may; in update not at all.
 * A type's functions are never called at the same time for one state.
 */
#ifndef LABWATCH_SYS_OPTIMIZER_H
#define LABWATCH_SYS_OPTIMIZER_H

#include <labwatch/history.h>

LW_BEGIN_DECLS

typedef enum lw_option_kind { LW_OPTION_BOOL, LW_OPTION_INTEGER, LW_OPTION_NUMBER, LW_OPTION_CHOICE } lw_option_kind;

/** A tunable of an optimizer: checked, documented and listed from this table alone. */
typedef struct lw_option_spec {
    const char *name;
    lw_option_kind kind;
    double lower, upper;             /**< inclusive; numbers and integers */
    const char *const *choices;      /**< LW_OPTION_CHOICE: NULL-terminated */
    double default_number;           /**< numbers, integers; 0 or 1 for a bool; index for a choice */
    const char *help;                /**< one sentence */
} lw_option_spec;

/** Checked options with their defaults filled in. Asking for a name or kind that the table does not have is a mistake of the type's author: 0. */
typedef struct lw_options lw_options;
LW_EXPORT bool lw_options_bool(const lw_options *options, const char *name);
LW_EXPORT int64_t lw_options_integer(const lw_options *options, const char *name);
LW_EXPORT double lw_options_number(const lw_options *options, const char *name);
/** Index among the choices. */
LW_EXPORT size_t lw_options_choice(const lw_options *options, const char *name);

/** What a suggestion is made from. Borrowed for the call. */
typedef struct lw_request {
    uint64_t number;           /**< of the suggestion, from 1: 1 + the experiment's own runs in the view, of all its spaces */
    uint64_t draw;             /**< 0, then 1, 2, … when what was proposed for this number is taken or not valid: propose something else (a
                                    sequence, a point far behind); who ignores it is asked in vain, and then the wrapper draws */
    uint64_t seed;             /**< the experiment's */
    int64_t budget;            /**< runs the experiment may have, 0: no limit. Part of the view */
    lw_stream *stream;         /**< (seed, number, draw) */
    const lw_history *history; /**< as seen, in the space of the suggestion; empty for a type that reads only the number */
    int64_t fit_last_id;       /**< models are fitted to the history up to this run id (INT64_MAX: all); later runs are pending, to be conditioned on */
    /** Whether the config is taken at that fidelity (NaN: full): run, or pending, as often as the experiment allows. */
    bool (*is_taken)(void *self, const lw_config *config, double fidelity);
    void *is_taken_self;
    bool maximize;             /**< the user maximises, so that costs are results negated: only describe looks at it */
} lw_request;

/** What a type fills in, made anew for each draw: config holds the default configuration, the rest what "nothing" means. */
typedef struct lw_proposal {
    lw_config *config;  /**< to be filled in */
    double fidelity;    /**< preset NaN: full */
    int64_t parent;     /**< run id that this one continues; preset 0: none */
    bson_t *memo;       /**< preset empty: append what the next suggestions need, and what people may want to know. Everyone who catches up
                             reads it: keep it below a few hundred bytes */
} lw_proposal;

/** What an optimizer reads from the history. */
typedef enum lw_optimizer_reads {
    LW_READS_NUMBER, /**< nothing but number and draw (and is_taken) */
    LW_READS_HISTORY
} lw_optimizer_reads;

/** What a type is given once. Borrowed for the life of the state. */
typedef struct lw_optimizer_setup {
    const lw_space *space;
    const lw_options *options;
    uint64_t seed;
} lw_optimizer_setup;

typedef struct lw_optimizer_type {
    const char *name;               /**< registry key and the name in experiment files: "tpe" */
    const char *summary;            /**< one line, for `labwatch optimizers` */
    const char *source;             /**< the paper that the code follows */
    lw_optimizer_reads reads;
    const lw_option_spec *options;  /**< ends with {0}; NULL without */
    size_t state_size;              /**< bytes; allocated and zeroed by the wrapper; may be 0 */

    /** Prepares the zeroed state. LW_OK, or an error after which release is still called. May be NULL. */
    int (*init)(void *state, const lw_optimizer_setup *setup, lw_error *error);

    /**
     * Fills proposal->config with a configuration of the space. LW_OK; LW_EXHAUSTED if this optimizer has nothing (more) to propose for any draw;
     * or a negative code with a sentence. Proposals that are taken or break a constraint are asked for again with the next draw, at most
     * LW_MAX_DRAWS times; then the wrapper draws at random, and enumerates small finite spaces.
     */
    int (*suggest_configuration)(void *state, const lw_request *request, lw_proposal *proposal, lw_error *error);

    /**
     * Tells that these observations were put into the history (new, or changed), which already holds them. For what is cheap to keep
     * up to date; draws nothing. May be NULL.
     */
    int (*update)(void *state, const lw_history *history, const lw_observation *const *changed, size_t n, lw_error *error);

    /** Frees what the state owns (not the state itself); must accept a zeroed state. May be NULL. */
    void (*release)(void *state);

    /**
     * Appends to out what the model believes that the next suggestion is made from (`labwatch show --model`). The
     * request is that suggestion's, with draw 0. Costs are told as the user's results, negated if request->maximize; a
     * number that is not known is left out. For people, `_` in a name is a blank, a number or text is printed behind
     * its name, a list of numbers as a range, a document below its name (one that is called config as YAML), and a list
     * of documents as a table, with the names in its first one as titles. LW_OK; LW_ENOTFOUND with a sentence while
     * there are too few results for a model; or another negative code with a sentence. NULL for a type without a model.
     */
    int (*describe)(void *state, const lw_request *request, bson_t *out, lw_error *error);
} lw_optimizer_type;

enum { LW_MAX_DRAWS = 64 };

LW_END_DECLS

#endif
