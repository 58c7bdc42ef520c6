/* Taking runs, and what to do when there is none to take. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "process_internal.h"
#include "runner_internal.h"

bool lw_runner_wants_more(const lw_runner *runner) {
    return !runner->ending && runner->stop == LW_STOP_NOT && runner->running < runner->jobs;
}

/* Lulls: pauses that grow, so that a store that is away or an experiment that is paused is asked ever more rarely. */

void lw_runner_begin_lull(lw_runner *runner, lw_runner_lull lull, double longest_s) {
    const double SHORTEST_S = 0.1;
    runner->lull_length_s = runner->lull == lull ? fmin(2 * runner->lull_length_s, longest_s) : SHORTEST_S;
    runner->lull = lull;
    runner->next_take_s = lw_real_time_s() + runner->lull_length_s;
}

void lw_runner_end_lull(lw_runner *runner) {
    runner->lull = LW_LULL_NONE;
    runner->waiting = false;
    runner->next_take_s = -INFINITY;
}

/* Nothing is left to give out: others may still give something back. */

/** How many runs some worker holds, those of this runner included, or is about to take. */
static int64_t count_held(lw_runner *runner, int64_t *given_away) {
    int64_t held;
    *given_away = 0;
    if (lw_assistant_held(runner->assistant, runner->setup->space, &held, given_away, NULL) != LW_OK)
        return runner->running + 1; /* the store is away: not known, so wait */
    return held;
}

/** What was suggested and never observed is the one thing that is left to do, and not for a worker. */
static void end_given_out(lw_runner *runner, int code, const lw_error *why, int64_t given_away) {
    char sentence[sizeof why->message + 96];
    if (given_away == 0) {
        lw_runner_end(runner, code, why->message);
        return;
    }
    (void)snprintf(sentence, sizeof sentence, "%s; %" PRId64 " %s open: observe or release %s", why->message,
                   given_away, given_away == 1 ? "is" : "are", given_away == 1 ? "it" : "them");
    lw_runner_end(runner, code, sentence);
}

static void given_out(lw_runner *runner, int code, const lw_error *why) {
    const double LONGEST_S = 2;
    size_t recovered = 0;
    lw_runner_refresh(runner, 0);
    if (runner->standing.target_reached) {
        lw_runner_end(runner, code, why->message);
        return;
    }
    (void)lw_assistant_recover(runner->assistant, &recovered, NULL);
    int64_t given_away, held = count_held(runner, &given_away);
    if (held == 0 && recovered == 0) { /* what has just died may be tried again */
        end_given_out(runner, code, why, given_away);
        return;
    }
    runner->waiting = held > runner->running;
    lw_runner_begin_lull(runner, LW_LULL_GIVEN_OUT, LONGEST_S);
}

static void paused(lw_runner *runner) {
    const double LONGEST_S = 2;
    lw_runner_refresh(runner, 0);
    const lw_standing *standing = &runner->standing;
    if (standing->budget > 0 && standing->open == 0 && standing->counts.budget_used >= standing->budget) {
        lw_runner_end(runner, LW_BUDGET_REACHED, "all runs of the budget are done");
        return;
    }
    if (runner->lull != LW_LULL_PAUSED)
        lw_runner_warn(runner, "experiment '%s' is paused: waiting until it is resumed", runner->experiment->name);
    lw_runner_begin_lull(runner, LW_LULL_PAUSED, LONGEST_S);
}

static void away(lw_runner *runner, const lw_error *error) {
    const double LONGEST_S = 5;
    lw_runner_warn_away(runner, false, error);
    lw_runner_begin_lull(runner, LW_LULL_AWAY, LONGEST_S);
}

void lw_runner_take(lw_runner *runner) {
    lw_wish wish = {.space = runner->setup->space, .worker = true};
    lw_assignment run;
    lw_error error;
    int rc = lw_assistant_take(runner->assistant, &wish, &run, &error);
    if (rc != LW_EUNAVAILABLE)
        lw_runner_store_worked(runner, rc == LW_OK);
    switch (rc) {
    case LW_OK:
        lw_runner_end_lull(runner);
        lw_runner_start(runner, &run);
        break;
    case LW_BUDGET_REACHED:
    case LW_EXHAUSTED:
        given_out(runner, rc, &error);
        break;
    case LW_PAUSED:
        paused(runner);
        break;
    case LW_EUNAVAILABLE:
        away(runner, &error);
        break;
    default:
        lw_runner_fail(runner, &error);
    }
}
