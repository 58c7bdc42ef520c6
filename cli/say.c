#include "say.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <labwatch/sys/memory.h>
#include <labwatch/sys/text.h>

/* Messages hold text from files and stores: it must not move the terminal's cursor. */
static void print_message(const char *prefix, const char *message) {
    char *printable = lw_text_printable(message, strlen(message));
    fprintf(stderr, "%s%s\n", prefix, printable ? printable : message);
    lw_free(printable);
}

static void say_arguments(const char *format, va_list arguments) {
    char message[4096];
    vsnprintf(message, sizeof message, format, arguments);
    print_message("labwatch: ", message);
}

void say(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    say_arguments(format, arguments);
    va_end(arguments);
}

int fail(int code, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    say_arguments(format, arguments);
    va_end(arguments);
    return code;
}

int exit_code_of(int code) {
    switch (code) {
    case LW_OK:
        return EXIT_DONE;
    case LW_EXHAUSTED:
    case LW_BUDGET_REACHED:
        return EXIT_NOTHING_LEFT;
    case LW_EINVAL:
    case LW_EPARSE:
    case LW_EUNSATISFIABLE:
    case LW_EUNSUPPORTED:
        return EXIT_WRONG;
    case LW_ENOTFOUND:
        return EXIT_NOT_FOUND;
    case LW_PAUSED:
    case LW_EUNAVAILABLE:
        return EXIT_TRY_AGAIN;
    case LW_EINTERRUPTED:
        return EXIT_INTERRUPTED;
    default:
        return EXIT_FAILED;
    }
}

int fail_with(const lw_error *error) {
    print_message("labwatch: ", error->message[0] ? error->message : lw_code_text(error->code));
    return exit_code_of(error->code);
}

void say_diagnostics(const lw_diagnostics *diagnostics, bool warnings) {
    for (size_t i = 0; i < diagnostics->n; i++)
        if (warnings || !diagnostics->items[i].warning)
            print_message("", diagnostics->items[i].message);
}

void out_of_memory(void) {
    say("out of memory");
    exit(EXIT_FAILED);
}

void *need(void *pointer) {
    if (!pointer)
        out_of_memory();
    return pointer;
}

/* Whether standard output is a pipe or socket that nobody reads any more. */
static bool reader_is_gone(void) {
    struct pollfd output = {.fd = STDOUT_FILENO, .events = POLLOUT};
    return poll(&output, 1, 0) > 0 && (output.revents & POLLERR);
}

/* Why standard output could not be written some time ago. The output has a hole already, so that another byte does no
 * harm: what it fails with is the reason. */
static int find_reason(void) {
    errno = 0;
    return write(STDOUT_FILENO, "\n", 1) == 1 ? 0 : errno;
}

int finish_output(int code) {
    errno = 0;
    bool failed = fflush(stdout) != 0 || ferror(stdout);
    int reason = errno;
    if (!failed || code != EXIT_DONE || reader_is_gone())
        return code;
    if (!reason)
        reason = find_reason();
    return fail(EXIT_FAILED, "cannot write to standard output%s%s", reason ? ": " : "", reason ? strerror(reason) : "");
}
