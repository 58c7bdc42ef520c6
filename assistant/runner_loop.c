/* One turn after the other, until there is a reason to end. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "process_internal.h"
#include "runner_internal.h"

void lw_runner_fail(lw_runner *runner, const lw_error *error) {
    if (runner->failure.code == LW_OK)
        runner->failure = *error;
    runner->ending = true;
}

void lw_runner_say_why(const lw_runner *runner, int why, const char *format, ...) {
    lw_runner_summary *summary = runner->summary;
    va_list arguments;
    summary->why = why;
    va_start(arguments, format);
    (void)vsnprintf(summary->sentence, sizeof summary->sentence, format, arguments);
    va_end(arguments);
    summary->sentence[lw_utf8_invalid_at(summary->sentence, strlen(summary->sentence))] = 0;
}

void lw_runner_end(lw_runner *runner, int why, const char *sentence) {
    if (!runner->ending)
        lw_runner_say_why(runner, why, "%s", sentence);
    runner->ending = true;
}

/* Stopping. It only ever gets harder. */

static void end_children(lw_runner *runner) {
    if (runner->terminated)
        return;
    runner->terminated = true;
    runner->requeues = runner->stop == LW_STOP_REQUEUE;
    lw_process_set_terminate(runner->set);
}

static void kill_children(lw_runner *runner) {
    if (!runner->killed)
        lw_process_set_kill(runner->set);
    runner->killed = true;
}

static void look_at_stop(lw_runner *runner) {
    lw_stop stop = runner->setup->stop ? runner->setup->stop(runner->setup->self) : LW_STOP_NOT;
    if (stop > runner->stop) {
        runner->stop = stop;
        runner->next_tick_s = -INFINITY; /* who asked is told at once */
        lw_runner_tell_time(runner);
    }
    if (runner->stop >= LW_STOP_NOW)
        end_children(runner);
    if (runner->stop == LW_STOP_KILL)
        kill_children(runner);
    if (runner->stop != LW_STOP_NOT && !runner->only_one)
        lw_runner_end(runner, LW_EINTERRUPTED, "stopped");
}

static void look_at_time(lw_runner *runner) {
    if (runner->ending || lw_clock_monotonic_s(runner->clock) < runner->deadline_s)
        return;
    if (runner->lull == LW_LULL_PAUSED)
        lw_runner_end(runner, LW_PAUSED, "the time was up while the experiment was paused");
    else
        lw_runner_end(runner, LW_OK, "the time was up");
}

/* Waiting. */

static double pause_length(const lw_runner *runner) {
    /* A signal that comes between asking for it and sleeping is seen after this time at the latest. */
    const double LONGEST_S = 0.5;
    double pause_s = fmin(LONGEST_S, lw_runner_beat_due(runner));
    if (lw_runner_wants_more(runner))
        pause_s = fmin(pause_s, runner->next_take_s - lw_real_time_s());
    if (!runner->ending)
        pause_s = fmin(pause_s, runner->deadline_s - lw_clock_monotonic_s(runner->clock));
    return fmax(pause_s, 0);
}

static bool has_ended(const lw_runner *runner) {
    return runner->running == 0 && runner->ending;
}

static int wait_for_children(lw_runner *runner, lw_error *error) {
    lw_process *finished = NULL;
    int rc = lw_process_wait(runner->set, pause_length(runner), &finished, error);
    while (rc == LW_OK && finished) {
        lw_runner_finish(runner, finished);
        rc = lw_process_wait(runner->set, 0, &finished, error);
    }
    return rc;
}

int lw_runner_loop(lw_runner *runner, lw_error *error) {
    for (;;) {
        look_at_stop(runner);
        look_at_time(runner);
        lw_runner_deliver(runner, false);
        if (lw_runner_wants_more(runner) && lw_real_time_s() >= runner->next_take_s)
            lw_runner_take(runner);
        if (has_ended(runner))
            break;
        int rc = wait_for_children(runner, error);
        if (rc != LW_OK)
            return rc;
        lw_runner_beat(runner);
        lw_runner_tell_time(runner);
    }
    if (runner->failure.code == LW_OK)
        return LW_OK;
    if (error)
        *error = runner->failure;
    return runner->failure.code;
}
