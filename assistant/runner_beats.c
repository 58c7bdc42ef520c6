/* Beats, and runs that were lost to others. */
#include <inttypes.h>
#include <math.h>

#include <labwatch/sys/memory.h>

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

/** The beats of all children, to be sent at once. */
typedef struct beat_round {
    lw_beat *beats;
    lw_runner_child **children; /* whose beat each is */
    lw_text *outputs;
    uint64_t *totals; /* how much output there was */
    size_t n;
} beat_round;

static bool round_begin(beat_round *self, const lw_runner *runner) {
    size_t most = (size_t)runner->jobs;
    self->beats = lw_calloc(most, sizeof *self->beats);
    self->children = lw_calloc(most, sizeof *self->children);
    self->outputs = lw_calloc(most, sizeof *self->outputs);
    self->totals = lw_calloc(most, sizeof *self->totals);
    return self->beats && self->children && self->outputs && self->totals;
}

static void round_end(beat_round *self) {
    for (size_t i = 0; i < self->n; i++)
        lw_text_release(&self->outputs[i]);
    lw_free(self->beats);
    lw_free(self->children);
    lw_free(self->outputs);
    lw_free(self->totals);
}

static void add(beat_round *self, lw_runner_child *child, double now_s) {
    size_t i = self->n++;
    lw_text *output = &self->outputs[i];
    self->children[i] = child;
    self->totals[i] = lw_process_output(child->process, LW_OUTPUT_BOTH)->total;
    new_output(child, now_s, output);
    self->beats[i] = (lw_beat){.id = child->run.id, .token = child->run.token};
    self->beats[i].captured_out = output->failed ? NULL : output->bytes;
    child->next_beat_s = now_s + child->run.lease_s / 4;
}

static void take_answer(lw_runner *runner, const beat_round *self, size_t i) {
    const lw_beat *beat = &self->beats[i];
    int rc = beat->refusal.code;
    if (rc == LW_OK && beat->captured_out)
        self->children[i]->output_told = self->totals[i];
    if (rc == LW_ECONFLICT || rc == LW_ENOTFOUND)
        lose(runner, self->children[i], &beat->refusal);
    else if (rc == LW_EUNAVAILABLE)
        lw_runner_warn_away(runner, true, &beat->refusal);
    else if (rc != LW_OK)
        lw_runner_fail(runner, &beat->refusal);
    else
        lw_runner_store_worked(runner, true);
}

static void beat_for_all(lw_runner *runner, double now_s) {
    lw_error error;
    beat_round self = {0};
    if (round_begin(&self, runner)) {
        for (int i = 0; i < runner->jobs; i++)
            if (runner->children[i].used && !runner->children[i].lost)
                add(&self, &runner->children[i], now_s);
        (void)lw_assistant_beat(runner->assistant, self.beats, self.n, NULL); /* each one's refusal tells */
        for (size_t i = 0; i < self.n; i++)
            take_answer(runner, &self, i);
    } else {
        lw_error_no_memory(&error);
        lw_runner_fail(runner, &error);
    }
    round_end(&self);
}

void lw_runner_beat(lw_runner *runner) {
    double now_s = lw_clock_monotonic_s(runner->clock);
    for (int i = 0; i < runner->jobs; i++) {
        if (runner->children[i].used && now_s >= runner->children[i].next_beat_s) {
            beat_for_all(runner, now_s);
            return;
        }
    }
}

double lw_runner_beat_due(const lw_runner *runner) {
    double due_s = INFINITY;
    for (int i = 0; i < runner->jobs; i++)
        if (runner->children[i].used)
            due_s = fmin(due_s, runner->children[i].next_beat_s);
    return due_s - lw_clock_monotonic_s(runner->clock);
}
