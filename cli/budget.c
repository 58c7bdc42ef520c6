#include "budget.h"

#include <inttypes.h>
#include <stdio.h>

#include "opening.h"
#include "say.h"

/* Queued runs count in the budget, and no suggestion takes them: whoever only suggests would wait for them in vain. */
static void tell_queued(int64_t n, char *text, size_t size) {
    text[0] = '\0';
    if (n > 0)
        (void)snprintf(text, size, "; %" PRId64 " of them %s queued, and 'labwatch run' takes %s", n,
                       n == 1 ? "is" : "are", n == 1 ? "it" : "them");
}

int fail_to_reserve(lw_assistant *assistant, const cli_arguments *given, const lw_error *error) {
    lw_standing standing;
    if (error->code != LW_BUDGET_REACHED || lw_assistant_standing(assistant, &standing, NULL) != LW_OK ||
        standing.target_reached)
        return fail_with(error);
    char queued[80];
    tell_queued(standing.counts.by_status[LW_STATUS_QUEUED], queued, sizeof queued);
    return fail(exit_code_of(error->code),
                "%s%s; for more, raise 'runs:' in %s, or give 'labwatch run' a larger total with -n", error->message,
                queued, is_path(given->operands[0]) ? "the file" : "its file and name that file here");
}
