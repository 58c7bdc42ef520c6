#include "signals.h"

#include <signal.h>
#include <stddef.h>

/* The only variables of the command that are written while it runs: by a handler, read by signals_stop. */
static volatile sig_atomic_t interrupts; /* 0, 1, 2, 3: how often SIGINT came */
static volatile sig_atomic_t terminated; /* 1: SIGTERM or SIGHUP came */

static void do_nothing(int signal) {
    (void)signal;
}

static void note_interrupt(int signal) {
    (void)signal;
    if (interrupts < 3)
        interrupts = interrupts + 1;
}

static void note_termination(int signal) {
    (void)signal;
    terminated = 1;
}

/* Without SA_RESTART: what sleeps wakes up, and asks. */
static void handle(int signal, void (*handler)(int)) {
    struct sigaction action = {.sa_handler = handler};
    sigemptyset(&action.sa_mask);
    sigaction(signal, &action, NULL);
}

/* A shell starts background jobs with SIGINT ignored, nohup starts with SIGHUP ignored: they stay so. */
static void catch_unless_ignored(int signal, void (*handler)(int)) {
    struct sigaction current;
    if (sigaction(signal, NULL, &current) == 0 && current.sa_handler != SIG_IGN)
        handle(signal, handler);
}

void signals_survive_broken_pipes(void) {
    handle(SIGPIPE, do_nothing);
}

void signals_catch(void) {
    catch_unless_ignored(SIGINT, note_interrupt);
    catch_unless_ignored(SIGHUP, note_termination);
    handle(SIGTERM, note_termination);
}

lw_stop signals_stop(void *self) {
    (void)self;
    if (interrupts == 3)
        return LW_STOP_KILL;
    if (terminated)
        return LW_STOP_REQUEUE;
    return interrupts == 0 ? LW_STOP_NOT : interrupts == 1 ? LW_STOP_SOON : LW_STOP_NOW;
}
