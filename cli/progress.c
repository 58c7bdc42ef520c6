#include "progress.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <labwatch/sys/memory.h>
#include <labwatch/sys/text.h>

#include "say.h"

progress_line progress_begin(bool quiet) {
    return (progress_line){.terminal = isatty(STDERR_FILENO) != 0, .quiet = quiet, .last_result = (double)NAN};
}

void progress_clear(progress_line *line) {
    if (line->drawn)
        fputs("\r\033[K", stderr);
    line->drawn = false;
}

static void add_number(lw_text *out, double value) {
    lw_text_format(out, "%.6g", value);
}

static void add_standing(lw_text *out, const lw_standing *standing) {
    if (standing->budget)
        lw_text_format(out, "%lld of %lld run%s", (long long)standing->finished, (long long)standing->budget,
                       standing->budget == 1 ? "" : "s");
    else
        lw_text_format(out, "%lld run%s", (long long)standing->finished, standing->finished == 1 ? "" : "s");
    if (standing->best_id) {
        lw_text_add(out, ", best ");
        add_number(out, standing->best_result);
        lw_text_format(out, " (run %lld)", (long long)standing->best_id);
    }
}

/* One line, cut to the terminal: a line that wraps could not be drawn over. */
static void draw(progress_line *line, const lw_progress *event) {
    lw_text text = {0};
    add_standing(&text, &event->standing);
    if (!isnan(line->last_result)) {
        lw_text_add(&text, ", last ");
        add_number(&text, line->last_result);
    }
    if (event->standing.counts.by_status[LW_STATUS_FAILED] + event->standing.counts.by_status[LW_STATUS_TIMEOUT])
        lw_text_format(&text, ", %lld failed",
                       (long long)(event->standing.counts.by_status[LW_STATUS_FAILED] +
                                   event->standing.counts.by_status[LW_STATUS_TIMEOUT]));
    lw_text_format(&text, event->waiting ? ", waiting for others" : ", %d running", event->running);
    struct winsize window;
    size_t width = ioctl(STDERR_FILENO, TIOCGWINSZ, &window) == 0 && window.ws_col > 1 ? window.ws_col - 1u : 79;
    if (text.bytes)
        fprintf(stderr, "\r%.*s\033[K", (int)(text.length < width ? text.length : width), text.bytes);
    line->drawn = true;
    lw_text_release(&text);
}

static void add_reason(lw_text *out, const lw_progress *event) {
    if (event->reason)
        lw_text_format(out, ": %s", event->reason);
}

static void add_ending(lw_text *out, const lw_progress *event) {
    switch (event->outcome) {
    case LW_COMPLETED:
        add_number(out, event->result);
        break;
    case LW_PENDING: /* the reason says all there is to say */
        lw_text_add(out, event->reason ? event->reason : "it is no longer this worker's");
        break;
    case LW_FAILED:
        lw_text_format(out, "failed (%s)", lw_failure_name(event->failure));
        add_reason(out, event);
        break;
    case LW_VOID:
        lw_text_add(out, "interrupted");
        add_reason(out, event);
        break;
    }
}

static void tell_end(progress_line *line, const lw_progress *event) {
    lw_text text = {0};
    lw_text_format(&text, "run %lld: ", (long long)event->run_id);
    add_ending(&text, event);
    if (event->outcome == LW_COMPLETED && !line->terminal) {
        lw_text_add(&text, "; ");
        add_standing(&text, &event->standing);
    }
    progress_clear(line);
    char *printable = text.bytes ? lw_text_printable(text.bytes, text.length) : NULL;
    fprintf(stderr, "%s\n", printable ? printable : "");
    lw_free(printable);
    lw_text_release(&text);
}

/* Whoever pressed Ctrl-C wants to know what happens now, and what else can be done. */
static void tell_stop(progress_line *line, const lw_progress *event) {
    int n = event->running;
    const char *commands = n == 1 ? "command" : "commands", *them = n == 1 ? "it" : "them";
    if (event->stop <= line->told_stop)
        return;
    line->told_stop = event->stop;
    progress_clear(line);
    if (n == 0)
        return;
    if (event->stop == LW_STOP_SOON)
        say("waiting for %d %s; Ctrl-C again stops %s", n, commands, them);
    else if (event->stop == LW_STOP_NOW)
        say("stopping %d %s; Ctrl-C again kills %s", n, commands, them);
    else if (event->stop == LW_STOP_REQUEUE)
        say("stopping %d %s; %s back to the queue", n, commands, n == 1 ? "its run goes" : "their runs go");
    else
        say("killing %d %s", n, commands);
}

static void tell_endless(progress_line *line) {
    progress_clear(line);
    say("there is no 'runs:' in the file and no -n: going on until Ctrl-C, or until the space has no more");
    line->endless = false;
}

void progress_event(void *self, const lw_progress *event) {
    progress_line *line = self;
    if (event->started && line->endless && !line->quiet)
        tell_endless(line);
    tell_stop(line, event);
    bool ended = event->run_id && !event->started;
    if (ended && event->outcome == LW_COMPLETED)
        line->last_result = event->result;
    if (ended && (event->outcome != LW_COMPLETED || (!line->terminal && !line->quiet)))
        tell_end(line, event);
    if (event->waiting && !line->told_waiting && !line->terminal && !line->quiet) {
        say("the budget is given out: waiting for the runs that others hold");
        line->told_waiting = true;
    }
    if (line->terminal && !line->quiet)
        draw(line, event);
}

void progress_warn(void *self, const char *sentence) {
    progress_clear(self);
    say("%s", sentence);
}
