/* labwatch release: give runs back to the queue. */
#include "each_run.h"

static int release(lw_assistant *assistant, int64_t id, lw_error *error) {
    return lw_assistant_release(assistant, id, NULL, error);
}

int verb_release(const cli_arguments *given) {
    return each_run(given, release);
}
