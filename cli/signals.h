/**
 * Signals: how the user asks a running worker to stop.
 */
#ifndef CLI_SIGNALS_H
#define CLI_SIGNALS_H

#include <labwatch/runner.h>

/**
 * Lets a write to a closed pipe fail instead of ending the process. A handler that does nothing: an ignored signal
 * would stay ignored in the commands we execute.
 */
void signals_survive_broken_pipes(void);

/** From now on SIGINT, SIGTERM and SIGHUP only set what signals_stop tells. */
void signals_catch(void);

/** What was asked for so far. For lw_runner_setup.stop; self is not used. */
lw_stop signals_stop(void *self);

#endif
