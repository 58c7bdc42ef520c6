/* Progress and warnings. */
#include <math.h>

#include <labwatch/experiment.h>

#include "process_internal.h"
#include "runner_internal.h"

void lw_runner_warn(const lw_runner *runner, const char *format, ...) {
    if (!runner->setup->warn)
        return;
    lw_text sentence = {0};
    char whole[1280];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(whole, sizeof whole, format, arguments);
    va_end(arguments);
    lw_text_append(&sentence, whole, lw_utf8_invalid_at(whole, strlen(whole)));
    runner->setup->warn(runner->setup->self, sentence.bytes ? sentence.bytes : "");
    lw_text_release(&sentence);
}

void lw_runner_warn_away(lw_runner *runner, bool writing, const lw_error *error) {
    if (!runner->warned_away)
        lw_runner_warn(runner, "the store is away, trying again%s: %s",
                       runner->identity ? "; results wait in the spool meanwhile" : "", error->message);
    runner->warned_away = true;
    runner->writing_failed |= writing;
}

void lw_runner_store_worked(lw_runner *runner, bool wrote) {
    if (!runner->warned_away || runner->in_spool > 0 || (runner->writing_failed && !wrote))
        return;
    runner->warned_away = runner->writing_failed = false;
    lw_runner_warn(runner, "the store is back");
}

/* The standing is read now and then, and kept up in between from what this runner sees: a query for each event would
 * cost more than a short run. */

void lw_runner_refresh(lw_runner *runner, double age_s) {
    double now_s = lw_real_time_s();
    if (now_s - runner->standing_s < age_s)
        return;
    lw_standing standing;
    runner->standing_s = now_s;
    if (lw_assistant_standing(runner->assistant, &standing, NULL) == LW_OK)
        runner->standing = standing;
}

static bool is_better(const lw_runner *runner, double value) {
    const lw_experiment *experiment = runner->experiment;
    return runner->standing.best_id == 0 ||
           lw_experiment_cost(experiment, value) < lw_experiment_cost(experiment, runner->standing.best_result);
}

static lw_status status_of(const lw_result *result) {
    if (result->outcome == LW_COMPLETED)
        return LW_STATUS_COMPLETED;
    if (result->outcome == LW_VOID)
        return LW_STATUS_INTERRUPTED;
    return result->failure == LW_FAILURE_TIMEOUT ? LW_STATUS_TIMEOUT : LW_STATUS_FAILED;
}

static void count_ended(lw_runner *runner, int64_t id, const lw_result *result) {
    lw_standing *standing = &runner->standing;
    standing->finished++;
    if (standing->open > 0)
        standing->open--;
    standing->counts.by_status[status_of(result)]++;
    if (result->outcome == LW_COMPLETED && is_better(runner, result->value)) {
        standing->best_id = id;
        standing->best_result = result->value;
    }
}

static void tell(lw_runner *runner, lw_progress *event) {
    bool just_ended = event->run_id != 0 && !event->started; /* its slot is emptied afterwards */
    event->running = runner->running - just_ended;
    event->waiting = runner->waiting;
    event->stop = runner->stop;
    event->standing = runner->standing;
    runner->setup->progress(runner->setup->self, event);
}

void lw_runner_tell_started(lw_runner *runner, const lw_assignment *run) {
    if (!runner->setup->progress)
        return;
    lw_runner_refresh(runner, 1);
    lw_progress event = {.run_id = run->id, .started = true, .result = NAN, .config = run->document};
    tell(runner, &event);
}

void lw_runner_tell_ended(lw_runner *runner, const lw_assignment *run, const lw_result *result) {
    count_ended(runner, run->id, result);
    if (!runner->setup->progress)
        return;
    lw_progress event = {.run_id = run->id,
                         .outcome = result->outcome,
                         .failure = result->failure,
                         .result = result->outcome == LW_COMPLETED ? result->value : NAN,
                         .reason = result->reason,
                         .config = run->document};
    tell(runner, &event);
}

void lw_runner_tell_let_go(lw_runner *runner, const lw_assignment *run, const char *why) {
    if (!runner->setup->progress)
        return;
    lw_progress event = {.run_id = run->id, .outcome = LW_PENDING, .result = NAN, .reason = why, .config = run->document};
    tell(runner, &event);
}

void lw_runner_tell_time(lw_runner *runner) {
    const double TICK_S = 0.5;
    double now_s = lw_real_time_s();
    if (!runner->setup->progress || now_s < runner->next_tick_s)
        return;
    runner->next_tick_s = now_s + TICK_S;
    lw_runner_refresh(runner, 2);
    lw_progress event = {.result = NAN};
    tell(runner, &event);
}
