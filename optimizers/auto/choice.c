#include "choice.h"

const char *const lw_auto_member_names[] = {"sobol", "gp", "smac", "tpe", "cmaes"};

/*
 * gp alone finds most while there are few results. Later the rest of the suite gains from a second opinion at every
 * other suggestion, and of thousands of results a Gaussian process sees too small a part.
 */
enum { FEW_RESULTS = 60, MANY_RESULTS = 1000 };

/*
 * Of so many parameters the others learn next to nothing in hundreds of runs. Beyond the second ones gp takes seconds.
 */
enum { WIDE_PARAMETERS = 100, WIDE_COLUMNS = 500, MAX_GP_PARAMETERS = 1000, MAX_GP_COLUMNS = 2000 };

void lw_auto_space_init(lw_auto_space *facts, const lw_space *space) {
    *facts = (lw_auto_space){.d = lw_space_n_parameters(space)};
    for (size_t i = 0; i < facts->d; i++) {
        const lw_parameter *parameter = lw_space_parameter(space, i);
        bool is_categorical = parameter->kind == LW_PARAMETER_CATEGORICAL;
        facts->n_categorical += is_categorical;
        facts->n_columns += is_categorical ? parameter->n_choices : 1;
        facts->has_conditions = facts->has_conditions || lw_space_condition(space, i);
    }
}

static bool is_numeric(const lw_auto_space *space) {
    return space->n_categorical == 0 && !space->has_conditions;
}

static bool is_wide(const lw_auto_space *space) {
    return space->d > WIDE_PARAMETERS || space->n_columns > WIDE_COLUMNS;
}

static bool is_too_wide(const lw_auto_space *space) {
    return space->d > MAX_GP_PARAMETERS || space->n_columns > MAX_GP_COLUMNS;
}

/* For many results, or many parameters. */
static lw_auto_choice choose_cheap(const lw_auto_facts *facts, const char *why) {
    if (is_numeric(facts->space))
        return (lw_auto_choice){LW_AUTO_CMAES, why};
    return (lw_auto_choice){facts->number % 2 == 1 ? LW_AUTO_SMAC : LW_AUTO_TPE, why};
}

lw_auto_choice lw_auto_choose(const lw_auto_facts *facts) {
    const lw_auto_space *space = facts->space;
    if (space->d == 0)
        return (lw_auto_choice){LW_AUTO_SOBOL, "nothing to choose"};
    if (is_too_wide(space))
        return choose_cheap(facts, "very many parameters");
    if (facts->n_completed >= MANY_RESULTS)
        return choose_cheap(facts, "many results");
    if (!facts->has_gp)
        return (lw_auto_choice){LW_AUTO_SMAC, "gp is not installed"};
    if (facts->n_completed < FEW_RESULTS)
        return (lw_auto_choice){LW_AUTO_GP, "few results"};
    if (is_wide(space))
        return (lw_auto_choice){LW_AUTO_GP, "many parameters"};
    if (facts->number % 2 == 0)
        return (lw_auto_choice){LW_AUTO_GP, "hundreds of results: every other suggestion"};
    return (lw_auto_choice){is_numeric(space) ? LW_AUTO_CMAES : LW_AUTO_SMAC, "a second opinion beside gp"};
}
