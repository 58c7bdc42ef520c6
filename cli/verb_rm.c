/* labwatch rm: remove runs, or a whole experiment. */
#include <string.h>

#include <labwatch/sys/memory.h>

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

static int check_run(cli_opened *opened, const cli_arguments *given, const char *word, int64_t *id) {
    lw_run run;
    lw_error error;
    int code = read_run_id(word, id);
    if (code == EXIT_DONE)
        code = open_experiment_of(opened, given, *id, OPEN_TO_CHANGE);
    if (code == EXIT_DONE && lw_store_run_get(opened->store, *id, &run, &error) != LW_OK)
        return fail_with(&error);
    if (code == EXIT_DONE) {
        if (run.origin == LW_ORIGIN_FOREIGN)
            code = fail(EXIT_WRONG, "run %lld is not labwatch's: runs of other programs are never changed",
                        (long long)*id);
        lw_run_release(&run);
    }
    lw_assistant_close(opened->assistant);
    opened->assistant = NULL;
    return code;
}

/* Nothing is removed before each run has been found: what is removed does not come back. */
static int check_runs(const cli_arguments *given) {
    cli_opened opened = {0};
    int code = open_store(&opened, given, OPEN_TO_CHANGE);
    int64_t *ids = need(lw_calloc(given->n_operands, sizeof *ids));
    for (size_t i = 0; i < given->n_operands && code == EXIT_DONE; i++) {
        code = check_run(&opened, given, given->operands[i], &ids[i]);
        for (size_t j = 0; j < i && code == EXIT_DONE; j++)
            if (ids[j] == ids[i])
                code = fail(EXIT_WRONG, "run %lld is named twice", (long long)ids[i]);
    }
    if (code != EXIT_DONE && given->n_operands > 1 && opened.store)
        say("nothing was removed");
    lw_free(ids);
    opened_close(&opened);
    return code;
}

int verb_rm(const cli_arguments *given) {
    if (option_given(given, "all") || !is_run(given->operands[0]))
        return remove_experiment(given);
    int code = check_runs(given);
    return code == EXIT_DONE ? each_run(given, lw_assistant_remove) : code;
}
