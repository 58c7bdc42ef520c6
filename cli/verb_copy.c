/* labwatch copy: an experiment with its runs to another store. */
#include <string.h>

#include <labwatch/sys/memory.h>

#include "opening.h"
#include "say.h"
#include "store_url.h"

static void say_copied(const char *experiment, int64_t n, const char *from_url, const char *to_url) {
    char *from = lw_store_public_url(from_url), *to = lw_store_public_url(to_url);
    say("copied %lld %s of '%s' from %s to %s", (long long)n, n == 1 ? "run" : "runs", experiment, from ? from : "?",
        to ? to : "?");
    lw_free(from);
    lw_free(to);
}

/* A file names an experiment by what stands in it. */
static int copy(const cli_arguments *given, const cli_opened *from, const char *to_url) {
    lw_store *to = NULL;
    lw_error error;
    int64_t n = 0, left_out = 0;
    if (lw_store_open(&to, to_url, NULL, NULL, &error) != LW_OK)
        return fail_with(&error);
    const char *name = lw_assistant_experiment(from->assistant)->name;
    int code = EXIT_DONE;
    if (lw_copy_experiment(from->store, name, to, &n, &left_out, &error) != LW_OK)
        code = fail_with(&error);
    else
        say_copied(name, n, store_url(given), to_url);
    if (code == EXIT_DONE && left_out)
        say("%lld %s left out: not labwatch's, and with a text for an id, for which there is no place among the numbers, or "
            "not readable",
            (long long)left_out, left_out == 1 ? "run was" : "runs were");
    lw_store_close(to);
    return code;
}

int verb_copy(const cli_arguments *given) {
    const char *to = option_text(given, "to");
    if (!to)
        return fail(EXIT_WRONG, "copy needs --to URL: the other store");
    if (strcmp(to, store_url(given)) == 0)
        return fail(EXIT_WRONG, "--to names the store that the experiment is in");
    cli_opened from = {0};
    int code = open_experiment(&from, given, given->operands[0], OPEN_TO_LOOK, 0);
    if (code == EXIT_DONE)
        code = copy(given, &from, to);
    opened_close(&from);
    return code;
}
