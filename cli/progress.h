/**
 * What a worker says while it works: a line that is drawn anew on a terminal, a line for each run elsewhere.
 */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include <stdbool.h>

#include <labwatch/runner.h>

typedef struct progress_line {
    bool terminal; /**< standard error is one */
    bool quiet;
    bool endless; /**< to be told with the first run */
    bool drawn;   /**< the line stands on the terminal */
    double last_result;
    bool told_waiting;
    lw_stop told_stop;
} progress_line;

progress_line progress_begin(bool quiet);
/** For lw_runner_setup.progress; self is the progress_line. */
void progress_event(void *self, const lw_progress *event);
/** For lw_runner_setup.warn. */
void progress_warn(void *self, const char *sentence);
/** Takes the line away, so that other messages may follow. */
void progress_clear(progress_line *line);

#endif
