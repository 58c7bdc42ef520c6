/* labwatch exec: execute a run that suggest gave. */
#include <labwatch/runner.h>
#include <labwatch/sys/memory.h>

#include "opening.h"
#include "progress.h"
#include "say.h"
#include "signals.h"
#include "store_url.h"

static int execute(lw_assistant *assistant, const cli_arguments *given, int64_t id, double grace_s) {
    progress_line line = progress_begin(option_given(given, "quiet"));
    char *url = store_url_absolute(store_url(given));
    lw_runner_setup setup = {.command = given->command,
                             .grace_s = grace_s,
                             .store_url = url,
                             .stop = signals_stop,
                             .progress = progress_event,
                             .warn = progress_warn,
                             .self = &line};
    signals_catch();
    lw_runner_summary summary;
    lw_error error;
    int code = lw_runner_exec(assistant, id, &setup, &summary, &error);
    progress_clear(&line);
    lw_free(url);
    if (code != LW_OK)
        return fail_with(&error);
    if (summary.spooled) {
        say("the result waits in the spool: the next 'labwatch run' of '%s', or 'labwatch deliver', delivers it",
            lw_assistant_experiment(assistant)->name);
        return EXIT_TRY_AGAIN;
    }
    if (summary.interrupted || summary.requeued || summary.why == LW_EINTERRUPTED)
        return EXIT_INTERRUPTED;
    return summary.failed ? EXIT_FAILED : EXIT_DONE;
}

int verb_exec(const cli_arguments *given) {
    cli_opened opened = {0};
    int64_t id;
    double grace_s = 0;
    int code = option_duration(given, "grace", &grace_s);
    if (code == EXIT_DONE)
        code = open_run(&opened, given, given->operands[0], OPEN_TO_CHANGE, &id);
    if (code == EXIT_DONE)
        code = execute(opened.assistant, given, id, grace_s);
    opened_close(&opened);
    return code;
}
