/* Beats, and runs that were lost to others. */
#include <inttypes.h>
#include <math.h>

#include "runner_internal.h"

/** Output since the last beat that had some; "" if there is nothing new, or it is too early. */
static void new_output(lw_runner_child *child, double now_s, lw_text *out) {
    const double OUTPUT_EVERY_S = 5;
    const lw_capture *output = lw_process_output(child->process, LW_OUTPUT_BOTH);
    if (now_s < child->next_output_s || output->total == child->output_told)
        return;
    lw_capture_text(output, out);
    child->next_output_s = now_s + OUTPUT_EVERY_S;
}

static void lose(lw_runner *runner, lw_runner_child *child, const lw_error *error) {
    child->lost = true;
    child->next_beat_s = INFINITY;
    lw_runner_warn(runner, "run %" PRId64 " is ended, as it is no longer ours: %s", child->run.id, error->message);
    lw_process_terminate(child->process);
}

static void beat(lw_runner *runner, lw_runner_child *child, double now_s) {
    lw_text output = {0};
    lw_error error;
    uint64_t total = lw_process_output(child->process, LW_OUTPUT_BOTH)->total;
    new_output(child, now_s, &output);
    int rc = lw_assistant_beat(runner->assistant, child->run.id, child->run.token, output.failed ? NULL : output.bytes,
                               &error);
    child->next_beat_s = now_s + child->run.lease_s / 4;
    if (rc == LW_OK && output.bytes)
        child->output_told = total;
    lw_text_release(&output);
    if (rc == LW_ECONFLICT || rc == LW_ENOTFOUND)
        lose(runner, child, &error);
    else if (rc == LW_EUNAVAILABLE)
        lw_runner_warn_away(runner, true, &error);
    else if (rc != LW_OK)
        lw_runner_fail(runner, &error);
    else
        lw_runner_store_worked(runner, true);
}

void lw_runner_beat(lw_runner *runner) {
    double now_s = lw_clock_monotonic_s(runner->clock);
    for (int i = 0; i < runner->jobs; i++) {
        lw_runner_child *child = &runner->children[i];
        if (child->used && now_s >= child->next_beat_s)
            beat(runner, child, now_s);
    }
}

double lw_runner_beat_due(const lw_runner *runner) {
    double due_s = INFINITY;
    for (int i = 0; i < runner->jobs; i++)
        if (runner->children[i].used)
            due_s = fmin(due_s, runner->children[i].next_beat_s);
    return due_s - lw_clock_monotonic_s(runner->clock);
}
