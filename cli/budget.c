#include "budget.h"

#include "opening.h"
#include "say.h"

int fail_to_reserve(lw_assistant *assistant, const cli_arguments *given, const lw_error *error) {
    lw_standing standing;
    if (error->code != LW_BUDGET_REACHED || lw_assistant_standing(assistant, &standing, NULL) != LW_OK ||
        standing.target_reached)
        return fail_with(error);
    return fail(exit_code_of(error->code),
                "%s; for more, raise 'runs:' in %s, or give 'labwatch run' a larger total with -n", error->message,
                is_path(given->operands[0]) ? "the file" : "its file and name that file here");
}
