/* labwatch observe: feed the result of a run back, or record a run that was made elsewhere. */
#include <stdio.h>
#include <string.h>

#include <labwatch/runner.h>
#include <labwatch/sys/memory.h>

#include "given_result.h"
#include "json_option.h"
#include "opening.h"
#include "say.h"
#include "store_url.h"

static int tell_acceptance(int acceptance, int64_t id, const lw_error *error) {
    switch (acceptance) {
    case LW_OK:
        return EXIT_DONE;
    case LW_KNOWN:
        say("run %lld has this result already", (long long)id);
        return EXIT_DONE;
    case LW_LATE:
        say("run %lld has the result of another attempt, which stands; this one is kept beside it", (long long)id);
        return EXIT_DONE;
    default:
        return fail_with(error);
    }
}

/* Keeps the result until a worker delivers it: only a name can tell whose it is, as the store cannot be asked. */
static int spool(const cli_arguments *given, given_result *result, int64_t id) {
    const char *name = option_text(given, "experiment");
    if (result->has_document)
        return fail(EXIT_TRY_AGAIN,
                    "the store is needed to find the objective in a JSON object: only a number can be spooled");
    int code = given_result_find(result, given, NULL);
    char *url = store_url_absolute(store_url(given));
    lw_error error;
    if (code == EXIT_DONE && lw_spool_put(NULL, url, name, id, &result->result, &error) != LW_OK)
        code = fail_with(&error);
    else if (code == EXIT_DONE)
        say("the result of run %lld is spooled; the next 'labwatch run' of '%s', or 'labwatch deliver', delivers it",
            (long long)id, name);
    lw_free(url);
    return code;
}

static int observe_run(const cli_arguments *given, given_result *result) {
    cli_opened opened = {0};
    int64_t id;
    int code = read_run_id(given->operands[0], &id);
    if (code != EXIT_DONE)
        return code;
    if (option_given(given, "spool") && !option_given(given, "experiment"))
        return fail(EXIT_WRONG, "--spool needs --experiment NAME, as a store that is away cannot say whose run it is");
    code = open_store(&opened, given, OPEN_TO_CHANGE);
    bool missing = code == EXIT_NOT_FOUND && option_given(given, "spool"); /* a disk may not be mounted */
    if (missing)
        code = EXIT_TRY_AGAIN;
    if (code == EXIT_DONE)
        code = open_experiment_of(&opened, given, id, OPEN_TO_CHANGE);
    if (code == EXIT_DONE)
        code = given_result_find(result, given, lw_assistant_experiment(opened.assistant));
    if (code == EXIT_DONE) {
        lw_error error;
        int acceptance = lw_assistant_observe(opened.assistant, id, &result->result, &error);
        code = tell_acceptance(acceptance, id, &error);
        if (acceptance == LW_OK)
            given_result_tell_recorded(result);
    }
    if (code == EXIT_TRY_AGAIN && option_given(given, "spool"))
        code = spool(given, result, id);
    opened_close(&opened);
    return missing && code == EXIT_DONE ? EXIT_TRY_AGAIN : code;
}

static int observe_config(const cli_arguments *given, given_result *result, const bson_t *config) {
    cli_opened opened = {0};
    int64_t id;
    int code = open_experiment(&opened, given, given->operands[0], OPEN_OR_MAKE, 0);
    if (code == EXIT_DONE)
        code = given_result_find(result, given, lw_assistant_experiment(opened.assistant));
    if (code == EXIT_DONE && !chosen_space(lw_assistant_experiment(opened.assistant), given, &code))
        return opened_close(&opened), code;
    lw_error error;
    if (code == EXIT_DONE && lw_assistant_observe_config(opened.assistant, option_text(given, "space"), config,
                                                         &result->result, true, &id, &error) != LW_OK)
        code = fail_with(&error);
    else if (code == EXIT_DONE) {
        given_result_tell_recorded(result);
        printf("%lld\n", (long long)id);
    }
    opened_close(&opened);
    return code;
}

int verb_observe(const cli_arguments *given) {
    const char *text = option_text(given, "config");
    given_result result = {0};
    bson_t config;
    int code = given_result_read(&result, given, given->n_operands > 1 ? given->operands[1] : NULL);
    if (code == EXIT_DONE && !text) {
        code = observe_run(given, &result);
    } else if (code == EXIT_DONE && (option_given(given, "force") || option_given(given, "spool"))) {
        code = fail(EXIT_WRONG, "--force and --spool go with a RUN, not with --config");
    } else if (code == EXIT_DONE && (code = read_json(&config, text, strlen(text), "--config")) == EXIT_DONE) {
        code = observe_config(given, &result, &config);
        bson_destroy(&config);
    }
    given_result_release(&result);
    return code;
}
