#include "choice.h"

const char *const lw_auto_member_names[] = {"sobol", "gp", "smac", "tpe", "cmaes"};

/* Beyond these a Gaussian process takes long, or knows too little. */
enum { MAX_GP_RESULTS = 1000, MAX_GP_PARAMETERS = 100, MAX_GP_COLUMNS = 500 };

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

lw_auto_choice lw_auto_choose(const lw_auto_facts *facts) {
    const lw_auto_space *space = facts->space;
    if (space->d == 0)
        return (lw_auto_choice){LW_AUTO_SOBOL, "nothing to choose"};
    if (space->d > MAX_GP_PARAMETERS || space->n_columns > MAX_GP_COLUMNS)
        return (lw_auto_choice){LW_AUTO_TPE, "many parameters"};
    if (facts->n_completed < MAX_GP_RESULTS)
        return facts->has_gp ? (lw_auto_choice){LW_AUTO_GP, "up to 1,000 results"}
                             : (lw_auto_choice){LW_AUTO_SMAC, "up to 1,000 results; gp is not installed"};
    if (space->n_categorical > 0 || space->has_conditions)
        return (lw_auto_choice){LW_AUTO_TPE, "many results, not only of numbers"};
    return (lw_auto_choice){LW_AUTO_CMAES, "many results of numbers"};
}
