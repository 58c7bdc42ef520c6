/* What becomes of a run: the store has it, or the spool until the store is back. */
#include <errno.h>
#include <inttypes.h>
#include <math.h>

#include "assistant_internal.h"
#include "process_internal.h"
#include "runner_internal.h"
#include "spool.h"

/* The spool. */

static void tell_spool(void *arg, const char *sentence) {
    lw_runner_warn(arg, "%s", sentence);
}

/** A result that cannot even be spooled is lost: that is the one thing that may not go unsaid. */
static void spool(lw_runner *runner, const lw_runner_child *child, const lw_result *result, const lw_error *why) {
    lw_error error;
    const double FIRST_TRY_S = 0.2;
    int rc = runner->identity ? lw_spool_put(runner->setup->spool, runner->identity, runner->experiment->name,
                                             child->run.id, result, &error)
                              : lw_error_set(&error, LW_EINVAL, "the store has no URL");
    if (rc == LW_OK) {
        runner->summary->spooled++;
        runner->in_spool++;
        if (!lw_id_list_add(&runner->spooled, child->run.id))
            lw_runner_warn(runner, "memory is gone: whether run %" PRId64 " is delivered is not counted", child->run.id);
        runner->next_delivery_s = lw_real_time_s() + FIRST_TRY_S;
        if (why->code == LW_EUNAVAILABLE)
            lw_runner_warn_away(runner, true, why);
        else
            lw_runner_warn(runner, "the result of run %" PRId64 " waits in the spool: %s", child->run.id, why->message);
        return;
    }
    lw_error_prefix(&error, "the result of run %" PRId64 " is lost: neither its store (%.200s) nor the spool takes it",
                    child->run.id, why->message);
    lw_runner_fail(runner, &error);
}

/* Once: it is tried again every few seconds. That the store is away is told elsewhere. */
static void tell_what_stays(lw_runner *runner, const lw_error *why) {
    if (why->code == LW_OK || why->code == LW_EUNAVAILABLE || runner->told_stays)
        return;
    runner->told_stays = true;
    lw_runner_warn(runner, "%s", why->message);
}

void lw_runner_deliver(lw_runner *runner, bool now) {
    const double EVERY_S = 2;
    double now_s = lw_real_time_s();
    if (runner->in_spool == 0 || (!now && now_s < runner->next_delivery_s))
        return;
    lw_error error;
    lw_spool_report report;
    runner->next_delivery_s = now_s + EVERY_S;
    if (lw_spool_deliver_all(runner->setup->spool, runner->identity, runner->assistant, &runner->spooled, tell_spool,
                             runner, &report, &error) != LW_OK)
        lw_runner_warn(runner, "the spool cannot be read: %s", error.message);
    tell_what_stays(runner, &report.why);
    runner->in_spool = (int64_t)report.left;
    runner->summary->spooled = (int64_t)report.left_own;
    if (report.delivered == 0)
        return;
    lw_runner_store_worked(runner, true);
    lw_runner_warn(runner, "%zu result%s of the spool %s delivered", report.delivered,
                   report.delivered == 1 ? "" : "s", report.delivered == 1 ? "was" : "were");
}

/* Recording. */

static void count(lw_runner *runner, const lw_result *result) {
    lw_runner_summary *summary = runner->summary;
    summary->completed += result->outcome == LW_COMPLETED;
    summary->failed += result->outcome == LW_FAILED;
    summary->interrupted += result->outcome == LW_VOID;
}

/**
 * When run after run crashes at once and none has ever worked, it is not the configurations: a data file is missing, or
 * the command is wrong. The rest of the budget is then not spent on it.
 */
static void look_for_a_pattern(lw_runner *runner, const lw_result *result) {
    enum { TOO_MANY = 20 };
    const double AT_ONCE_S = 1;
    bool crashed =
        result->outcome == LW_FAILED && result->failure == LW_FAILURE_CRASH && !(result->duration_s > AT_ONCE_S);
    runner->crashes_in_a_row = crashed ? runner->crashes_in_a_row + 1 : 0;
    if (runner->crashes_in_a_row < TOO_MANY || runner->ending)
        return;
    lw_runner_refresh(runner, 0);
    if (runner->standing.best_id != 0)
        return;
    lw_error error;
    lw_error_set(&error, LW_EINVAL,
                 "%d runs in a row failed within a second of their start, and none has ever worked; the last one: %s",
                 runner->crashes_in_a_row, result->reason ? result->reason : "no reason known");
    lw_runner_fail(runner, &error);
}

static int observe(lw_runner *runner, int64_t id, const lw_result *result, lw_error *error) {
    int rc = lw_assistant_observe(runner->assistant, id, result, error);
    if (rc != LW_EINVAL && rc != LW_EUNSUPPORTED)
        return rc;
    /* What the program wrote cannot be stored: then at least that it was so. */
    lw_error_prefix(error, "the result cannot be stored");
    lw_result instead = lw_result_of_failure(LW_FAILURE_CRASH, error->message);
    instead.token = result->token;
    instead.duration_s = result->duration_s;
    return lw_assistant_observe(runner->assistant, id, &instead, error);
}

static void tell(lw_runner *runner, const lw_runner_child *child, const lw_result *result) {
    count(runner, result);
    if (result->outcome != LW_COMPLETED)
        lw_error_set(&runner->last_sentence, LW_OK, "run %" PRId64 ": %s", child->run.id,
                     result->reason ? result->reason : "");
    lw_runner_tell_ended(runner, &child->run, result);
    look_for_a_pattern(runner, result);
}

/** The run is no longer this runner's, and has nothing from it. */
static void let_go(lw_runner *runner, const lw_runner_child *child, const char *why) {
    lw_error_set(&runner->last_sentence, LW_OK, "run %" PRId64 ": %s", child->run.id, why);
    lw_runner_tell_let_go(runner, &child->run, why);
}

void lw_runner_record(lw_runner *runner, lw_runner_child *child, const lw_result *result) {
    lw_error error;
    int rc = observe(runner, child->run.id, result, &error);
    switch (rc) {
    case LW_OK:
    case LW_KNOWN:
        lw_runner_store_worked(runner, true);
        lw_runner_checkpoint_remove(runner, child);
        break;
    case LW_LATE:
        if (result->outcome != LW_VOID) /* an interruption settles nothing: another attempt may go on from the files */
            lw_runner_checkpoint_remove(runner, child);
        lw_runner_warn(runner, "%s", error.message);
        break;
    case LW_ECONFLICT:
    case LW_ENOTFOUND:
        lw_runner_warn(runner, "the result of run %" PRId64 " does not count: %s", child->run.id, error.message);
        let_go(runner, child, "its result does not count");
        return;
    default:
        spool(runner, child, result, &error);
        if (rc != LW_EUNAVAILABLE)
            lw_runner_fail(runner, &error);
    }
    tell(runner, child, result);
}

bool lw_runner_give_back(lw_runner *runner, const lw_assignment *run) {
    lw_error error;
    int rc = lw_assistant_release(runner->assistant, run->id, &run->token, &error);
    if (rc == LW_EUNAVAILABLE) /* nobody beats for it from now on, and this process lives on: it is taken up again */
        lw_doubts_add(&runner->assistant->doubts, (lw_doubt){.id = run->id, .token = run->token, .worker = true});
    if (rc != LW_OK)
        lw_runner_warn(runner, "run %" PRId64 " did not go back to the queue: %s", run->id, error.message);
    return rc == LW_OK;
}

/* Children that ended. */

static void requeue(lw_runner *runner, lw_runner_child *child) {
    if (!lw_runner_give_back(runner, &child->run))
        return;
    runner->summary->requeued++;
    let_go(runner, child, "it goes back to the queue");
}

/** Whether the program's name is the same for all configurations: then it is not this one's fault that it cannot be
 * executed. */
static int find_placeholder(void *arg, const char *name, size_t length, size_t word, lw_error *error) {
    bool *in_first = arg;
    (void)name, (void)length, (void)error;
    *in_first |= word == 0;
    return LW_OK;
}

static bool is_fault_of_machine(const lw_runner *runner, const lw_process_outcome *outcome) {
    bool chosen_by_config = false;
    if (outcome->kind != LW_PROCESS_EXEC_FAILED || outcome->errno_value == E2BIG)
        return false;
    (void)lw_words_each_placeholder(&runner->command, find_placeholder, &chosen_by_config, NULL);
    return !chosen_by_config;
}

static void fail_to_execute(lw_runner *runner, lw_runner_child *child, const lw_process_outcome *outcome) {
    lw_error error;
    lw_error_set(&error, LW_EINVAL, "%s", outcome->message);
    requeue(runner, child);
    lw_runner_fail(runner, &error);
}

static void record_outcome(lw_runner *runner, lw_runner_child *child) {
    lw_runner_result result;
    lw_error error;
    if (lw_runner_result_of(runner, child, &result, &error) != LW_OK) {
        result.result = lw_result_of_failure(LW_FAILURE_CRASH, "memory was gone when the result was read");
        result.result.token = &child->run.token;
        lw_runner_fail(runner, &error);
    }
    if (!child->lost)
        lw_runner_keep_artifacts(runner, child, result.result.outcome == LW_COMPLETED);
    lw_runner_record(runner, child, &result.result);
    lw_runner_result_release(&result);
}

void lw_runner_finish(lw_runner *runner, lw_process *process) {
    lw_runner_child *child = lw_process_user(process);
    const lw_process_outcome *outcome = lw_process_get_outcome(process);
    if (child->lost && outcome->kind == LW_PROCESS_STOPPED)
        let_go(runner, child, "it was taken away, and stopped");
    else if (outcome->kind == LW_PROCESS_STOPPED && runner->requeues)
        requeue(runner, child);
    else if (is_fault_of_machine(runner, outcome))
        fail_to_execute(runner, child, outcome);
    else
        record_outcome(runner, child);
    lw_runner_clear(runner, child);
    lw_process_free(process);
    if (runner->lull == LW_LULL_GIVEN_OUT && runner->running == 0)
        runner->next_take_s = -INFINITY;
}
