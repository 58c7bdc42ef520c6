/* Setting up and taking down; the public functions. */
#include <math.h>
#include <stdlib.h>

#include <labwatch/sys/memory.h>

#include "assistant_internal.h"
#include "runner_internal.h"
#include "spool.h"

enum { MOST_JOBS = 4096 };

static int check_setup(const lw_runner_setup *setup, lw_error *error) {
    if (setup->jobs < 0 || setup->jobs > MOST_JOBS)
        return lw_error_set(error, LW_EINVAL, "%d jobs at a time: expected 1 to %d", setup->jobs, MOST_JOBS);
    if (!(setup->max_time_s >= 0) || !(setup->grace_s >= 0))
        return lw_error_set(error, LW_EINVAL, "the longest time and the grace must be 0 or more seconds");
    return LW_OK;
}

static int take_command(lw_runner *runner, lw_error *error) {
    const char *const *words = runner->setup->command ? runner->setup->command : runner->experiment->command;
    size_t count = 0;
    if (!words || !words[0])
        return lw_error_set(error, LW_EINVAL,
                            "experiment '%s' has no command to run: its file needs a line 'command: …', or the words "
                            "of one are given with this call",
                            runner->experiment->name);
    while (words[count])
        count++;
    int rc = lw_words_from_argv(&runner->command, words, count, error);
    return rc == LW_EPARSE ? lw_error_set(error, LW_EINVAL, "the command is empty") : rc;
}

static int take_pattern(lw_runner *runner, lw_error *error) {
    const char *regex = runner->experiment->cost_regex;
    int rc = regex ? lw_result_pattern_new(&runner->pattern, regex, error) : LW_OK;
    if (rc == LW_EPARSE)
        lw_error_prefix(error, "the cost's regular expression");
    return rc;
}

/** A store without a URL could not be told from others when the spool is delivered. */
static int take_identity(lw_runner *runner, lw_error *error) {
    const char *url = runner->setup->store_url;
    return url ? lw_spool_identity(&runner->identity, url, error) : LW_OK;
}

/** The place for checkpoints: the caller's, this machine's, the experiment's, or the default one. */
static int take_checkpoints(lw_runner *runner, lw_error *error) {
    const char *variable = getenv("LABWATCH_CHECKPOINTS"), *root = runner->setup->checkpoints;
    if (!runner->identity)
        return LW_OK;
    if (!root)
        root = variable && *variable ? variable : runner->experiment->checkpoints;
    const lw_checkpoint_owner owner = {runner->identity, runner->experiment->name, runner->assistant->created_ms};
    return lw_checkpoints_open(&runner->checkpoints, root, &owner, error);
}

/** Files of runs whose outcome came otherwise: by the spool, from elsewhere, by hand. */
static void tidy_checkpoints(const lw_runner *runner) {
    if (runner->checkpoints.folder)
        lw_checkpoints_tidy(&runner->checkpoints, lw_assistant_store(runner->assistant), runner->experiment->name);
}

static double deadline(const lw_runner *runner) {
    double most_s = runner->setup->max_time_s > 0 ? runner->setup->max_time_s : runner->experiment->max_time_s;
    return most_s > 0 && !runner->only_one ? lw_clock_monotonic_s(runner->clock) + most_s : INFINITY;
}

/** *runner may be released whatever is returned. */
static int prepare(lw_runner *runner, lw_assistant *assistant, const lw_runner_setup *setup, lw_runner_summary *summary,
                   bool only_one, lw_error *error) {
    *summary = (lw_runner_summary){0};
    *runner = (lw_runner){.assistant = assistant,
                          .experiment = lw_assistant_experiment(assistant),
                          .setup = setup,
                          .summary = summary,
                          .clock = assistant->clock,
                          .jobs = setup->jobs > 0 && !only_one ? setup->jobs : 1,
                          .only_one = only_one,
                          .next_take_s = -INFINITY,
                          .standing = {.best_result = (double)NAN},
                          .standing_s = -INFINITY};
    lw_process_set_options options = {.clock = runner->clock, .wake_fd = -1};
    int rc = check_setup(setup, error);
    if (rc == LW_OK)
        rc = take_command(runner, error);
    if (rc == LW_OK)
        rc = take_pattern(runner, error);
    if (rc == LW_OK)
        rc = take_identity(runner, error);
    if (rc == LW_OK)
        rc = take_checkpoints(runner, error);
    if (rc == LW_OK)
        rc = lw_runner_find_sources(runner, error);
    if (rc != LW_OK)
        return rc;
    runner->children = lw_calloc((size_t)runner->jobs, sizeof *runner->children);
    if (!runner->children)
        return lw_error_no_memory(error);
    for (int i = 0; i < runner->jobs; i++)
        runner->children[i].slot = i;
    runner->deadline_s = deadline(runner);
    return lw_process_set_new(&runner->set, &options, error);
}

void lw_runner_release(lw_runner *runner) {
    lw_process_set_free(runner->set);
    for (int i = 0; runner->children && i < runner->jobs; i++) {
        if (!runner->children[i].used)
            continue;
        (void)lw_runner_give_back(runner, &runner->children[i].run);
        lw_runner_clear(runner, &runner->children[i]);
    }
    lw_private_folder_remove(&runner->folder);
    lw_checkpoints_release(&runner->checkpoints);
    lw_result_pattern_free(runner->pattern);
    lw_words_release(&runner->command);
    lw_file_list_release(&runner->sources);
    lw_free(runner->children);
    lw_id_list_release(&runner->spooled);
    lw_free(runner->identity);
}

/** What an earlier runner, or this one, could not deliver. */
static void deliver_what_waits(lw_runner *runner) {
    runner->in_spool = runner->identity ? 1 : 0; /* perhaps */
    lw_runner_deliver(runner, true);
}

int lw_runner_run(lw_assistant *assistant, const lw_runner_setup *setup, lw_runner_summary *summary, lw_error *error) {
    static const lw_runner_setup none = {0};
    lw_runner runner;
    lw_runner_summary unused;
    if (!assistant)
        return lw_error_set(error, LW_EINVAL, "lw_runner_run: assistant must not be NULL");
    int rc = prepare(&runner, assistant, setup ? setup : &none, summary ? summary : &unused, false, error);
    if (rc == LW_OK)
        rc = lw_runner_check_command(&runner, runner.setup->space, error);
    if (rc == LW_OK) {
        deliver_what_waits(&runner);
        rc = lw_runner_loop(&runner, error);
        lw_runner_deliver(&runner, true);
        tidy_checkpoints(&runner);
    }
    lw_runner_release(&runner);
    return rc;
}

/* One run. */

/** LW_OK whatever the run came to; LW_ECONFLICT if it came to nothing here, as somebody else has it. */
static int sum_up_one(const lw_runner *runner, lw_error *error) {
    lw_runner_summary *summary = runner->summary;
    const char *sentence = runner->last_sentence.message;
    bool stopped = summary->interrupted + summary->requeued > 0;
    bool worked = summary->completed > 0;
    if (!worked && !stopped && summary->failed == 0)
        return lw_error_set(error, LW_ECONFLICT, "%s", sentence);
    summary->why = stopped ? LW_EINTERRUPTED : LW_OK;
    lw_runner_say_why(runner, summary->why, "%s", worked ? "done" : sentence);
    if (!worked)
        lw_error_set(error, stopped ? LW_EINTERRUPTED : LW_OK, "%s", sentence);
    return LW_OK;
}

static int run_one(lw_runner *runner, int64_t run_id, lw_error *error) {
    lw_assignment run;
    int rc = lw_assistant_take_run(runner->assistant, run_id, &run, error);
    if (rc != LW_OK)
        return rc;
    lw_runner_start(runner, &run);
    runner->ending = true;
    rc = lw_runner_loop(runner, error);
    lw_runner_deliver(runner, true);
    tidy_checkpoints(runner);
    return rc == LW_OK ? sum_up_one(runner, error) : rc;
}

int lw_runner_exec(lw_assistant *assistant, int64_t run_id, const lw_runner_setup *setup, lw_runner_summary *summary,
                   lw_error *error) {
    static const lw_runner_setup none = {0};
    lw_runner runner;
    lw_runner_summary unused;
    if (!assistant)
        return lw_error_set(error, LW_EINVAL, "lw_runner_exec: assistant must not be NULL");
    int rc = prepare(&runner, assistant, setup ? setup : &none, summary ? summary : &unused, true, error);
    if (rc == LW_OK) {
        deliver_what_waits(&runner);
        rc = run_one(&runner, run_id, error);
    }
    lw_runner_release(&runner);
    return rc;
}
