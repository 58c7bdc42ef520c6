/* labwatch run: the whole loop. */
#include <math.h>
#include <stdio.h>

#include <labwatch/document.h>
#include <labwatch/runner.h>
#include <labwatch/sys/memory.h>
#include <labwatch/sys/text.h>

#include "opening.h"
#include "progress.h"
#include "run_summary.h"
#include "say.h"
#include "signals.h"
#include "store_url.h"

static void add_count(lw_text *out, int64_t n, const char *what) {
    if (n)
        lw_text_format(out, "%s%lld %s", out->length ? ", " : "", (long long)n, what);
}

/* Who finds all runs done wants to know that some of them can be had again. */
static void add_failed(lw_text *out, lw_assistant *assistant, const lw_runner_summary *summary) {
    lw_standing standing;
    if (summary->why != LW_BUDGET_REACHED || lw_assistant_standing(assistant, &standing, NULL) != LW_OK)
        return;
    const int64_t *counts = standing.counts.by_status;
    int64_t failed = standing.finished - counts[LW_STATUS_COMPLETED] - counts[LW_STATUS_PRUNED];
    if (failed > summary->failed && !standing.target_reached) /* those of here have just been told */
        lw_text_format(out, " (%lld failed: 'labwatch retry RUN' queues one again)", (long long)failed);
}

static void tell_summary(lw_assistant *assistant, const lw_runner_summary *summary) {
    lw_text text = {0}, why = {0};
    lw_text_add(&why, summary->sentence);
    add_failed(&why, assistant, summary);
    add_count(&text, summary->completed, "completed");
    add_count(&text, summary->failed, "failed");
    add_count(&text, summary->interrupted, "interrupted");
    add_count(&text, summary->requeued, "back in the queue");
    add_count(&text, summary->spooled, "spooled");
    say("%s%s%s", why.length ? why.bytes : "", why.length ? "; here: " : "here: ",
        text.length ? text.bytes : "no runs");
    lw_text_release(&text);
    lw_text_release(&why);
}

static void tell_best(lw_assistant *assistant) {
    lw_standing standing;
    lw_run run;
    if (lw_assistant_standing(assistant, &standing, NULL) != LW_OK || !standing.best_id)
        return;
    if (lw_store_run_get(lw_assistant_store(assistant), standing.best_id, &run, NULL) != LW_OK)
        return;
    bson_t *summary = run_summary(&run, lw_assistant_experiment(assistant));
    bson_iter_t iter;
    char number[LW_NUMBER_SIZE];
    lw_double_to_text(standing.best_result, number);
    if (bson_iter_init_find(&iter, summary, "config")) {
        char *config = need(lw_document_value_to_json(&iter, false));
        say("best: %s, run %lld: %s", number, (long long)standing.best_id, config);
        lw_free(config);
    }
    bson_destroy(summary);
    lw_run_release(&run);
}

/*
 * Used budgets and reached targets are what was asked for; so is a space that has no more, unless a number of runs was
 * wanted. A worker whose every run failed did not do what it should, and one whose results wait for their store is not
 * done.
 */
static int exit_code_for(const lw_runner_summary *summary, const lw_experiment *experiment, int64_t total) {
    if (summary->why == LW_EINTERRUPTED)
        return EXIT_INTERRUPTED;
    if (summary->spooled)
        return EXIT_TRY_AGAIN; /* delivered by the next run */
    if (summary->failed && !summary->completed)
        return EXIT_FAILED;
    if (summary->why == LW_EXHAUSTED)
        return experiment->runs || total ? EXIT_NOTHING_LEFT : EXIT_DONE;
    return summary->why == LW_PAUSED ? EXIT_TRY_AGAIN : EXIT_DONE;
}

static bool is_endless(const lw_experiment *experiment, const lw_runner_setup *setup, int64_t total) {
    return !total && !experiment->runs && !(setup->max_time_s > 0) && !(experiment->max_time_s > 0) &&
           isnan(experiment->target);
}

static int work(lw_assistant *assistant, const cli_arguments *given, lw_runner_setup *setup, int64_t total) {
    progress_line line = progress_begin(option_given(given, "quiet"));
    char *url = store_url_absolute(store_url(given));
    setup->store_url = url;
    setup->stop = signals_stop;
    setup->progress = progress_event;
    setup->warn = progress_warn;
    setup->self = &line;
    line.endless = is_endless(lw_assistant_experiment(assistant), setup, total);
    signals_catch();
    lw_runner_summary summary;
    lw_error error;
    int code = lw_runner_run(assistant, setup, &summary, &error);
    progress_clear(&line);
    lw_free(url);
    if (code != LW_OK)
        return fail_with(&error);
    tell_summary(assistant, &summary);
    tell_best(assistant);
    return exit_code_for(&summary, lw_assistant_experiment(assistant), total);
}

int verb_run(const cli_arguments *given) {
    int64_t total = 0, jobs = 1;
    lw_runner_setup setup = {.space = option_text(given, "space"), .command = given->command};
    int code = option_integer(given, "number", 1, &total);
    if (code == EXIT_DONE)
        code = option_integer(given, "jobs", 1, &jobs);
    if (code == EXIT_DONE && jobs > 4096)
        code = fail(EXIT_WRONG, "--jobs takes at most 4096");
    if (code == EXIT_DONE)
        code = option_duration(given, "max-time", &setup.max_time_s);
    if (code == EXIT_DONE)
        code = option_duration(given, "grace", &setup.grace_s);
    setup.jobs = (int)jobs;
    cli_opened opened = {0};
    if (code == EXIT_DONE)
        code = open_experiment(&opened, given, given->operands[0], OPEN_TO_WORK, total);
    if (code == EXIT_DONE && chosen_space(lw_assistant_experiment(opened.assistant), given, &code))
        code = work(opened.assistant, given, &setup, total);
    opened_close(&opened);
    return code;
}
