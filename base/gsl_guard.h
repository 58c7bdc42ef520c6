/**
 * GSL's error handler aborts the process unless it is switched off; it is one variable of the whole process.
 */
#ifndef LABWATCH_BASE_GSL_GUARD_H
#define LABWATCH_BASE_GSL_GUARD_H

/**
 * Switches GSL's error handler off, once in the life of the process, so that GSL's functions return their
 * status instead. Every entry point that goes on to GSL calls it first; a program that sets a handler of its own
 * later keeps it. Safe from any thread, and costs next to nothing after the first call.
 */
void lw_gsl_handler_off(void);

#endif
