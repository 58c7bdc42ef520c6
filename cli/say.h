/**
 * What the command says: messages on standard error, its exit codes, and the end of standard output.
 */
#ifndef CLI_SAY_H
#define CLI_SAY_H

#include <stdbool.h>

#include <labwatch/error.h>
#include <labwatch/experiment.h>

enum exit_code {
    EXIT_DONE = 0,
    EXIT_FAILED = 1,       /**< what was asked for failed */
    EXIT_WRONG = 2,        /**< the command line or a file is wrong */
    EXIT_NOT_FOUND = 3,    /**< no such experiment or run */
    EXIT_NOTHING_LEFT = 4, /**< budget reached, space exhausted */
    EXIT_TRY_AGAIN = 75,   /**< the store is away or busy, the experiment paused */
    EXIT_INTERRUPTED = 130
};

/** "labwatch: …" and a newline on standard error, with control characters escaped. */
void say(const char *format, ...) LW_PRINTF(1, 2);

/** As say; returns code, so that a verb can end with `return fail(EXIT_WRONG, "…", …);`. */
int fail(int code, const char *format, ...) LW_PRINTF(2, 3);

/** Says an error's sentence and returns the exit code that belongs to its code. */
int fail_with(const lw_error *error);

/** The exit code that belongs to an lw_code. */
int exit_code_of(int code);

/** Prints what is wrong with a file, a line each; warnings only if they are wanted. */
void say_diagnostics(const lw_diagnostics *diagnostics, bool warnings);

/** Says that memory is gone, and ends the process with EXIT_FAILED. */
_Noreturn void out_of_memory(void);

/** pointer, unless it is NULL: then memory is gone. */
void *need(void *pointer);

/**
 * Flushes standard output. Returns code, or EXIT_FAILED with a sentence if something could not be written. A reader
 * that went away (`labwatch ls | head -1`) had enough: that is no failure.
 */
int finish_output(int code);

#endif
