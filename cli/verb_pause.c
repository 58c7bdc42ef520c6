/* labwatch pause and resume: whether workers take anything new. */
#include "opening.h"
#include "say.h"

static int set_paused(const cli_arguments *given, bool paused) {
    cli_opened opened = {0};
    lw_error error;
    int code = open_experiment(&opened, given, given->operands[0], OPEN_TO_CHANGE, 0);
    if (code == EXIT_DONE && lw_assistant_set_paused(opened.assistant, paused, &error) != LW_OK)
        code = fail_with(&error);
    opened_close(&opened);
    return code;
}

int verb_pause(const cli_arguments *given) {
    return set_paused(given, true);
}

int verb_resume(const cli_arguments *given) {
    return set_paused(given, false);
}
