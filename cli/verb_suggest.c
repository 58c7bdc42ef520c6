/* labwatch suggest: reserve runs, print their ids and configurations. */
#include "budget.h"
#include "opening.h"
#include "say.h"
#include "suggestion_format.h"

/* A run that could not be printed is nobody's: it goes back to the queue, where the next worker takes it. */
static void give_back(lw_assistant *assistant, const lw_assignment *run) {
    lw_error error;
    if (lw_assistant_release(assistant, run->id, &run->token, &error) == LW_OK)
        say("run %lld is back in the queue", (long long)run->id);
    else
        say("run %lld stays pending until 'labwatch release %lld': %s", (long long)run->id, (long long)run->id,
            error.message);
}

static int suggest_one(lw_assistant *assistant, const cli_arguments *given, const lw_wish *wish,
                       suggestion_format *format) {
    lw_assignment run;
    lw_error error;
    if (lw_assistant_suggest(assistant, wish, &run, &error) != LW_OK)
        return fail_to_reserve(assistant, given, &error);
    int code = suggestion_print(format, &run);
    if (code != EXIT_DONE)
        give_back(assistant, &run);
    lw_assignment_release(&run);
    return code;
}

static int suggest_many(lw_assistant *assistant, const cli_arguments *given, int64_t n, double lease_s) {
    int code;
    lw_space *space = chosen_space(lw_assistant_experiment(assistant), given, &code);
    suggestion_format format;
    if (space)
        code = suggestion_format_init(&format, given, space);
    if (code != EXIT_DONE)
        return code;
    lw_wish wish = {
        .space = option_text(given, "space"), .default_config = option_given(given, "default"), .lease_s = lease_s};
    for (int64_t i = 0; i < n && code == EXIT_DONE; i++)
        code = suggest_one(assistant, given, &wish, &format);
    suggestion_format_release(&format);
    return code;
}

int verb_suggest(const cli_arguments *given) {
    int64_t n = 1;
    double lease_s = 0;
    int code = option_integer(given, "number", 1, &n);
    if (code == EXIT_DONE)
        code = option_duration(given, "lease", &lease_s);
    cli_opened opened = {0};
    if (code == EXIT_DONE)
        code = open_experiment(&opened, given, given->operands[0], OPEN_OR_MAKE, 0);
    if (code == EXIT_DONE)
        code = suggest_many(opened.assistant, given, n, lease_s);
    opened_close(&opened);
    return code;
}
