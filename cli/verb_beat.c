/* labwatch beat: say that runs go on. */
#include "each_run.h"

int verb_beat(const cli_arguments *given) {
    return each_run(given, lw_assistant_beat_run);
}
