/**
 * What the tests of children share: a set with a clock that moves when a test says so, and what is done with it. This
 * program itself, called with words, is the helper of some of them.
 */
#ifndef LABWATCH_TESTS_PROCESS_BENCH_H
#define LABWATCH_TESTS_PROCESS_BENCH_H

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include <labwatch/sys/memory.h>

#include "process.h"


typedef struct fixture {
    bool without_pidfd;
    lw_process_set *set;
    double time_s; /**< of the set's clock: time limits pass when a test says so */
    lw_clock clock;
    int wake[2];
    int files_before;
} fixture;

/* Helpers. */

static inline double fake_monotonic(void *self) {
    return *(double *)self;
}

static inline int64_t fake_wall(void *self) {
    (void)self;
    return 0;
}

static inline void fake_sleep(void *self, double seconds) {
    *(double *)self += seconds;
}

static inline int count_files(void) {
    DIR *folder = opendir("/proc/self/fd");
    int count = 0;
    while (readdir(folder))
        count++;
    (void)closedir(folder);
    return count;
}

static inline int set_up(void **state) {
    fixture *f = *state;
    f->files_before = count_files();
    f->time_s = 1000;
    f->clock = (lw_clock){fake_wall, fake_monotonic, fake_sleep, &f->time_s};
    assert_int_equal(pipe2(f->wake, O_CLOEXEC | O_NONBLOCK), 0);
    lw_process_set_options options = {.clock = &f->clock, .wake_fd = f->wake[0], .without_pidfd = f->without_pidfd};
    return lw_process_set_new(&f->set, &options, NULL);
}

/** After each test: no open file, no zombie. */
static inline int tear_down(void **state) {
    fixture *f = *state;
    lw_process_set_free(f->set);
    (void)close(f->wake[0]);
    (void)close(f->wake[1]);
    assert_int_equal(count_files(), f->files_before);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    assert_int_equal(errno, ECHILD);
    return 0;
}

static inline lw_process *start(fixture *f, lw_process_spec spec, const char *const *words) {
    lw_process *process;
    lw_error error;
    spec.words = words;
    if (lw_process_start(f->set, &spec, &process, &error) != LW_OK)
        fail_msg("%s", error.message);
    return process;
}

static inline lw_process *start_shell(fixture *f, lw_process_spec spec, const char *script) {
    return start(f, spec, (const char *const[]){"sh", "-c", script, NULL});
}

/** Waits for the next one to finish. */
static inline lw_process *finish(fixture *f) {
    lw_process *finished = NULL;
    lw_error error;
    while (!finished)
        if (lw_process_wait(f->set, -1, &finished, &error) != LW_OK)
            fail_msg("%s", error.message);
    return finished;
}

static inline const lw_process_outcome *outcome_of_shell(fixture *f, const char *script) {
    (void)start_shell(f, (lw_process_spec){0}, script);
    return lw_process_get_outcome(finish(f));
}

static inline char *output_of(const lw_process *process, lw_output stream) {
    lw_text text = {0};
    lw_capture_text(lw_process_output(process, stream), &text);
    char *taken = lw_text_take(&text);
    assert_non_null(taken);
    return taken;
}

static inline void expect_output(const lw_process *process, lw_output stream, const char *expected) {
    char *text = output_of(process, stream);
    assert_string_equal(text, expected);
    lw_free(text);
}

static inline void expect_message(const lw_process_outcome *outcome, const char *part) {
    if (!strstr(outcome->message, part))
        fail_msg("'%s' is not in '%s'", part, outcome->message);
}

/** Serves the set until the child has printed something to standard output that ends with end. */
static inline void wait_for_output(fixture *f, const lw_process *process, const char *end) {
    for (;;) {
        char *text = output_of(process, LW_OUTPUT_STDOUT);
        size_t length = strlen(text), wanted = strlen(end);
        bool there = length >= wanted && strcmp(text + length - wanted, end) == 0;
        lw_free(text);
        if (there)
            return;
        lw_process *finished;
        assert_int_equal(lw_process_wait(f->set, 0.01, &finished, NULL), LW_OK);
        assert_null(finished);
    }
}

static inline void nap(void) {
    (void)nanosleep(&(struct timespec){.tv_nsec = 2000000}, NULL);
}

/** Waits until a process that is nobody's child here has ended (it may stay a zombie where no init reaps). */
static inline void wait_until_gone(pid_t id) {
    for (;; nap()) {
        char path[64], text[512] = "";
        (void)snprintf(path, sizeof path, "/proc/%d/stat", (int)id);
        int file = open(path, O_RDONLY | O_CLOEXEC);
        if (file < 0)
            return;
        ssize_t got = read(file, text, sizeof text - 1);
        (void)close(file);
        const char *state = got > 0 ? strrchr(text, ')') : NULL;
        if (!state || state[2] == 'Z' || state[2] == 'X')
            return;
    }
}

/** All ids that the child printed, one a line, are gone. Returns how many there were. */
static inline int expect_printed_gone(const lw_process *process) {
    char *text = output_of(process, LW_OUTPUT_STDOUT);
    int count = 0;
    for (char *at = text, *end; *at; at = *end ? end + 1 : end) {
        long id = strtol(at, &end, 10);
        if (id > 0 && end > at) {
            wait_until_gone((pid_t)id);
            count++;
        }
        end = end + strcspn(end, "\n");
    }
    lw_free(text);
    return count;
}

#define CASE(name) cmocka_unit_test_prestate_setup_teardown(name, set_up, tear_down, &current)

#endif
