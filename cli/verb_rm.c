/* labwatch rm: remove runs, or a whole experiment. */
#include <string.h>

#include "each_run.h"
#include "opening.h"
#include "say.h"

static bool is_run(const char *word) {
    return *word && strspn(word, "0123456789") == strlen(word);
}

static int remove_experiment(const cli_arguments *given) {
    const char *word = given->operands[0];
    if (!option_given(given, "all"))
        return fail(EXIT_WRONG, "'%s' is no run; to remove an experiment with all its runs, give --all", word);
    if (given->n_operands > 1)
        return fail(EXIT_WRONG, "rm --all takes one experiment");
    cli_opened opened = {0};
    lw_error error;
    int code = open_experiment(&opened, given, word, OPEN_TO_CHANGE, 0);
    if (code == EXIT_DONE && lw_assistant_remove_all(opened.assistant, &error) != LW_OK)
        code = fail_with(&error);
    opened_close(&opened);
    return code;
}

int verb_rm(const cli_arguments *given) {
    if (option_given(given, "all") || !is_run(given->operands[0]))
        return remove_experiment(given);
    return each_run(given, lw_assistant_remove);
}
