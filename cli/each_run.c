#include "each_run.h"

#include "opening.h"
#include "say.h"

static int act(const cli_arguments *given, const char *word, run_action *action) {
    cli_opened opened = {0};
    int64_t id;
    lw_error error;
    int code = open_run(&opened, given, word, OPEN_TO_CHANGE, &id);
    if (code == EXIT_DONE && action(opened.assistant, id, &error) != LW_OK)
        code = fail_with(&error);
    opened_close(&opened);
    return code;
}

int each_run(const cli_arguments *given, run_action *action) {
    int first = EXIT_DONE;
    for (size_t i = 0; i < given->n_operands; i++) {
        int code = act(given, given->operands[i], action);
        first = first == EXIT_DONE ? code : first;
    }
    return first;
}
