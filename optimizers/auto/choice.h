/**
 * Which optimizer makes a suggestion of `auto`: a rule on what is known of the space and the history, so that the same
 * history always has the same choice. docs/optimizers/auto.md says what the rule was made from.
 */
#ifndef LABWATCH_OPTIMIZERS_AUTO_CHOICE_H
#define LABWATCH_OPTIMIZERS_AUTO_CHOICE_H

#include <labwatch/sys/optimizer.h>

typedef enum lw_auto_member {
    LW_AUTO_SOBOL,
    LW_AUTO_GP,
    LW_AUTO_SMAC,
    LW_AUTO_TPE,
    LW_AUTO_CMAES,
    LW_AUTO_N_MEMBERS
} lw_auto_member;

/** "sobol", "gp", … Static. */
extern const char *const lw_auto_member_names[LW_AUTO_N_MEMBERS];

/** What does not change. */
typedef struct lw_auto_space {
    size_t d;               /**< parameters */
    size_t n_columns;       /**< as numbers: one for each choice of a categorical parameter */
    size_t n_categorical;
    bool has_conditions;
} lw_auto_space;

void lw_auto_space_init(lw_auto_space *facts, const lw_space *space);

/** What is known when a suggestion is made. */
typedef struct lw_auto_facts {
    const lw_auto_space *space;
    size_t n_completed;     /**< runs that may be learned from */
    uint64_t number;        /**< of the suggestion */
    bool has_gp;            /**< that module is installed */
} lw_auto_facts;

typedef struct lw_auto_choice {
    lw_auto_member member;
    const char *why;        /**< a few words, for the run. Static */
} lw_auto_choice;

lw_auto_choice lw_auto_choose(const lw_auto_facts *facts);

#endif
