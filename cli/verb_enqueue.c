/* labwatch enqueue: runs that workers take first. */
#include <stdio.h>
#include <string.h>

#include "budget.h"
#include "json_option.h"
#include "opening.h"
#include "say.h"

static int enqueue(lw_assistant *assistant, const cli_arguments *given, const lw_wish *wish, int64_t n) {
    for (int64_t i = 0; i < n; i++) {
        lw_assignment run;
        lw_error error;
        if (lw_assistant_suggest(assistant, wish, &run, &error) != LW_OK)
            return fail_to_reserve(assistant, given, &error);
        printf("%lld\n", (long long)run.id);
        lw_assignment_release(&run);
    }
    return EXIT_DONE;
}

static int check_options(const cli_arguments *given) {
    int ways = option_given(given, "number") + option_given(given, "config") + option_given(given, "default");
    return ways > 1 ? fail(EXIT_WRONG, "only one of --number, --config and --default can be given") : EXIT_DONE;
}

static int open_and_enqueue(const cli_arguments *given, lw_wish *wish, int64_t n) {
    cli_opened opened = {0};
    int code = open_experiment(&opened, given, given->operands[0], OPEN_OR_MAKE, 0);
    if (code == EXIT_DONE && chosen_space(lw_assistant_experiment(opened.assistant), given, &code))
        code = enqueue(opened.assistant, given, wish, n);
    opened_close(&opened);
    return code;
}

int verb_enqueue(const cli_arguments *given) {
    lw_wish wish = {
        .space = option_text(given, "space"), .default_config = option_given(given, "default"), .queue = true};
    const char *text = option_text(given, "config");
    int64_t n = 1;
    bson_t config;
    int code = check_options(given);
    if (code == EXIT_DONE)
        code = option_integer(given, "number", 1, &n);
    if (code == EXIT_DONE && text) {
        code = read_json(&config, text, strlen(text), "--config");
        wish.config = code == EXIT_DONE ? &config : NULL;
    }
    if (code == EXIT_DONE)
        code = open_and_enqueue(given, &wish, n);
    if (wish.config)
        bson_destroy(&config);
    return code;
}
