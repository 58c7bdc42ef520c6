/* labwatch retry: queue another attempt of runs. */
#include "each_run.h"

int verb_retry(const cli_arguments *given) {
    return each_run(given, lw_assistant_retry);
}
