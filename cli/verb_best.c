/* labwatch best: the best runs, and the gain over the default configuration. */
#include <math.h>
#include <string.h>

#include <labwatch/sys/text.h>

#include "opening.h"
#include "run_list.h"
#include "run_summary.h"
#include "say.h"

/* The best completed run of one configuration. */
typedef struct wanted_config {
    uint8_t digest[LW_DIGEST_SIZE];
    int64_t id;
    double cost;
} wanted_config;

static int note_config(void *arg, const lw_run_row *row) {
    wanted_config *wanted = arg;
    bool same = memcmp(row->digest, wanted->digest, LW_DIGEST_SIZE) == 0 && row->status == LW_STATUS_COMPLETED;
    if (same && (wanted->id == 0 || row->cost < wanted->cost)) {
        wanted->id = row->id;
        wanted->cost = row->cost;
    }
    return LW_OK;
}

static bool find_default(lw_assistant *assistant, const lw_space *space, wanted_config *out) {
    lw_config *config = NULL;
    *out = (wanted_config){.cost = (double)NAN};
    if (lw_config_new(&config, space, NULL) != LW_OK)
        return false;
    lw_config_digest(config, out->digest);
    lw_config_free(config);
    lw_run_query query = {.experiment = lw_assistant_experiment(assistant)->name,
                          .space = lw_space_name(space),
                          .statuses = 1u << LW_STATUS_COMPLETED};
    return lw_store_row_each(lw_assistant_store(assistant), &query, note_config, out, NULL) == LW_OK && out->id;
}

static void tell_gain(lw_assistant *assistant, const lw_space *space, double best) {
    const lw_experiment *experiment = lw_assistant_experiment(assistant);
    wanted_config defaults;
    if (isnan(best) || !find_default(assistant, space, &defaults))
        return;
    double result = lw_experiment_cost(experiment, defaults.cost);
    double gain = experiment->goal == LW_MAXIMIZE ? best - result : result - best;
    lw_text relative = {0};
    if (gain <= 0) {
        say("no run was better than the default configuration (run %lld)", (long long)defaults.id);
        return;
    }
    if (result != 0)
        lw_text_format(&relative, ", %.3g%%", 100 * gain / fabs(result));
    say("the default configuration gave %.6g (run %lld); the best is better by %.6g%s", result == 0 ? 0 : result,
        (long long)defaults.id, gain, relative.bytes ? relative.bytes : "");
    lw_text_release(&relative);
}

static double first_result(const run_list *list) {
    bson_iter_t iter;
    if (list->n && bson_iter_init_find(&iter, list->items[0], "result"))
        return bson_iter_as_double(&iter);
    return (double)NAN;
}

static int print_best(lw_assistant *assistant, const cli_arguments *given, const lw_space *space, int64_t n) {
    run_list list = {0};
    run_wanted wanted = {.space = option_text(given, "space"), .order = LW_ORDER_COST, .limit = (size_t)n};
    int code = run_list_read(&list, assistant, given, &wanted);
    if (code == EXIT_DONE && list.n == 0 && !option_given(given, "format"))
        say(option_given(given, "where") ? "no completed run of '%s' passes --where"
                                         : "no run of '%s' is completed yet",
            lw_assistant_experiment(assistant)->name);
    else if (code == EXIT_DONE)
        run_list_print(&list, lw_assistant_experiment(assistant), given, &(run_look){"table", DETAIL_BEST});
    if (code == EXIT_DONE && !option_given(given, "format"))
        tell_gain(assistant, space, first_result(&list));
    run_list_release(&list);
    return code;
}

int verb_best(const cli_arguments *given) {
    int64_t n = 5;
    int code = option_integer(given, "number", 1, &n);
    cli_opened opened = {0};
    if (code == EXIT_DONE)
        code = open_experiment(&opened, given, given->operands[0], OPEN_TO_LOOK, 0);
    const lw_space *space =
        code == EXIT_DONE ? chosen_space(lw_assistant_experiment(opened.assistant), given, &code) : NULL;
    if (space)
        code = print_best(opened.assistant, given, space, n);
    opened_close(&opened);
    return code;
}
