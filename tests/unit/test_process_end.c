/* Children that are ended: by limits, because they are left behind, or on demand. Everything twice: with and without pidfds. */
#include "process_bench.h"
#include "process_group.h"

/** This program's own path: called with words, it is the helper of some tests. */
static const char *own_path;

/* Limits. */

static void a_child_that_takes_too_long_is_ended(void **state) {
    fixture *f = *state;
    lw_process *process = start_shell(f, (lw_process_spec){.timeout_s = 60}, "echo ready; sleep 1000");
    wait_for_output(f, process, "ready\n");
    f->time_s += 61;
    const lw_process_outcome *outcome = lw_process_get_outcome(finish(f));
    assert_int_equal(outcome->kind, LW_PROCESS_TIMEOUT);
    assert_int_equal(outcome->signal, SIGTERM);
    assert_true(outcome->duration_s == 61);
    assert_string_equal(outcome->message, "ended: took longer than the time limit of 60 s");
}

static void a_child_that_ignores_sigterm_is_killed(void **state) {
    fixture *f = *state;
    lw_process *process = start_shell(f, (lw_process_spec){.timeout_s = 60, .grace_s = 0.05},
                                      "trap '' TERM; echo $$; sleep 1000 & echo $!; echo ready; "
                                      "while :; do sleep 1000; done");
    wait_for_output(f, process, "ready\n");
    f->time_s += 61;
    const lw_process_outcome *outcome = lw_process_get_outcome(finish(f));
    assert_int_equal(outcome->kind, LW_PROCESS_TIMEOUT);
    assert_int_equal(outcome->signal, SIGKILL);
    expect_message(outcome, "did not end on SIGTERM");
    assert_int_equal(expect_printed_gone(process), 2);
}

/* What is in the background is begun before the trap, so that it cannot have it for a moment, and live on. */
static void a_child_may_end_itself_on_sigterm(void **state) {
    fixture *f = *state;
    lw_process *process = start_shell(f, (lw_process_spec){.timeout_s = 60, .grace_s = 1000},
                                      "sleep 1000 & trap 'echo saved; exit 7' TERM; echo ready; wait");
    wait_for_output(f, process, "ready\n");
    f->time_s += 61;
    const lw_process_outcome *outcome = lw_process_get_outcome(finish(f));
    assert_int_equal(outcome->kind, LW_PROCESS_TIMEOUT);
    assert_int_equal(outcome->exit_code, 7);
    expect_output(process, LW_OUTPUT_STDOUT, "ready\nsaved\n");
}

#define MIB (1024ull * 1024ull)

static void memory_of_the_whole_group_is_limited(void **state) {
    fixture *f = *state;
    const char *const words[] = {own_path, "eat", "100", "5", NULL};
    lw_process *process = start(f, (lw_process_spec){.memory_limit_bytes = 300 * MIB}, words);
    const lw_process_outcome *outcome = lw_process_get_outcome(finish(f));
    assert_int_equal(outcome->kind, LW_PROCESS_MEMORY);
    assert_int_equal(outcome->signal, SIGKILL);
    assert_true(outcome->peak_memory_bytes > 300 * MIB);
    expect_message(outcome, "more than the limit of 300 MiB");
    (void)expect_printed_gone(process);
}

/*
 * The helper fills what it shares, forks, and then fills more: who has seen the group with more memory than the first part
 * has seen all of its processes. However seldom a look comes on a busy machine, there is one.
 */
static void shared_memory_counts_once(void **state) {
    fixture *f = *state;
    const char *const words[] = {own_path, "share", "100", "8", NULL};
    lw_process *process = start(f, (lw_process_spec){.memory_limit_bytes = 400 * MIB}, words);
    while (lw_process_get_outcome(process)->peak_memory_bytes <= 110 * MIB) {
        lw_process *finished;
        assert_int_equal(lw_process_wait(f->set, 0.06, &finished, NULL), LW_OK);
        assert_null(finished);
    }
    lw_process_terminate(process);
    const lw_process_outcome *outcome = lw_process_get_outcome(finish(f));
    assert_int_equal(outcome->kind, LW_PROCESS_STOPPED);
    assert_true(outcome->peak_memory_bytes <= 400 * MIB);
}

/* As when many end while they are looked at: what is known of their sizes is old by then. */
static void what_has_ended_has_no_memory(void **state) {
    (void)state;
    int status;
    pid_t ended = fork();
    if (ended == 0)
        _exit(0);
    assert_int_equal(waitpid(ended, &status, 0), ended);
    pid_t zombie = fork();
    if (zombie == 0)
        _exit(0);
    siginfo_t info;
    assert_int_equal(waitid(P_PID, (id_t)zombie, &info, WEXITED | WNOWAIT), 0);
    lw_process_entry entries[] = {
        {.id = getpid(), .state = 'R', .resident_bytes = 1000 * MIB, .member = true},
        {.id = ended, .state = 'S', .resident_bytes = 1000 * MIB, .member = true},
        {.id = zombie, .state = 'S', .resident_bytes = 1000 * MIB, .member = true},
    };
    const lw_process_table table = {.entries = entries, .count = sizeof entries / sizeof *entries};
    uint64_t used = lw_process_table_memory(&table, 10 * MIB);
    assert_int_equal(waitpid(zombie, &status, 0), zombie);
    assert_true(used > 0 && used < 1000 * MIB);
    assert_true(lw_process_table_memory(&table, 5000 * MIB) == 3000 * MIB); /* below the limit nobody looks closer */
}

/* What they leave behind. */

static void what_holds_the_output_open_does_not_delay(void **state) {
    fixture *f = *state;
    lw_process *process = start_shell(f, (lw_process_spec){0}, "sleep 1000 & echo $!");
    const lw_process_outcome *outcome = lw_process_get_outcome(finish(f));
    assert_int_equal(outcome->kind, LW_PROCESS_EXITED);
    assert_int_equal(outcome->exit_code, 0);
    assert_true(outcome->left_behind);
    assert_int_equal(expect_printed_gone(process), 1);
}

static void what_holds_nothing_open_is_found(void **state) {
    fixture *f = *state;
    lw_process *process = start_shell(f, (lw_process_spec){0}, "sleep 1000 > /dev/null 2>&1 & echo $!; exit 4");
    const lw_process_outcome *outcome = lw_process_get_outcome(finish(f));
    assert_int_equal(outcome->exit_code, 4);
    assert_true(outcome->left_behind);
    assert_int_equal(expect_printed_gone(process), 1);
}

static void what_ignores_sigterm_is_killed(void **state) {
    fixture *f = *state;
    lw_process *process = start_shell(f, (lw_process_spec){.grace_s = 0.05}, "trap '' TERM; sleep 1000 & echo $!");
    assert_true(lw_process_get_outcome(finish(f))->left_behind);
    assert_int_equal(expect_printed_gone(process), 1);
}

static void another_process_group_is_found(void **state) {
    fixture *f = *state;
    lw_process *process = start(f, (lw_process_spec){0}, (const char *const[]){own_path, "stray", "leave", NULL});
    assert_true(lw_process_get_outcome(finish(f))->left_behind);
    assert_int_equal(expect_printed_gone(process), 1);
    process = start(f, (lw_process_spec){0}, (const char *const[]){own_path, "stray", "stay", NULL});
    wait_for_output(f, process, "\n");
    lw_process_terminate(process);
    assert_int_equal(lw_process_get_outcome(finish(f))->kind, LW_PROCESS_STOPPED);
    assert_int_equal(expect_printed_gone(process), 1);
}

static void another_session_is_followed_while_its_parent_lives(void **state) {
    fixture *f = *state;
    lw_process *process = start(f, (lw_process_spec){0}, (const char *const[]){own_path, "session", "stay", NULL});
    wait_for_output(f, process, "\n");
    lw_process_kill(process);
    assert_int_equal(lw_process_get_outcome(finish(f))->kind, LW_PROCESS_STOPPED);
    assert_int_equal(expect_printed_gone(process), 1);
}

static void a_daemon_out_of_reach_does_not_delay(void **state) {
    fixture *f = *state;
    lw_process *process = start(f, (lw_process_spec){0}, (const char *const[]){own_path, "session", "leave", NULL});
    const lw_process_outcome *outcome = lw_process_get_outcome(finish(f));
    assert_int_equal(outcome->exit_code, 0);
    assert_true(outcome->left_behind);
    char *text = output_of(process, LW_OUTPUT_STDOUT);
    (void)kill((pid_t)strtol(text, NULL, 10), SIGKILL);
    lw_free(text);
}

/* Stopping. */

static void a_flood_does_not_keep_from_stopping(void **state) {
    fixture *f = *state;
    lw_process *process = start_shell(f, (lw_process_spec){.timeout_s = 60}, "yes & echo $! >&2; exec yes");
    lw_process *finished;
    while (lw_process_output(process, LW_OUTPUT_STDOUT)->total < 5000000)
        assert_int_equal(lw_process_wait(f->set, 0.001, &finished, NULL), LW_OK);
    f->time_s += 61;
    assert_int_equal(lw_process_get_outcome(finish(f))->kind, LW_PROCESS_TIMEOUT);
    process = start_shell(f, (lw_process_spec){0}, "yes & exit 3");
    const lw_process_outcome *outcome = lw_process_get_outcome(finish(f));
    assert_int_equal(outcome->exit_code, 3);
    assert_true(outcome->left_behind);
    assert_ptr_not_equal(process, NULL);
}

static void a_running_child_can_be_stopped(void **state) {
    fixture *f = *state;
    lw_process *process = start_shell(f, (lw_process_spec){.grace_s = 1000}, "echo ready; sleep 1000");
    wait_for_output(f, process, "ready\n");
    lw_process_terminate(process);
    lw_process_terminate(process);
    const lw_process_outcome *outcome = lw_process_get_outcome(finish(f));
    assert_int_equal(outcome->kind, LW_PROCESS_STOPPED);
    assert_int_equal(outcome->signal, SIGTERM);
    assert_string_equal(outcome->message, "stopped by labwatch");
}

static void stopping_twice_kills(void **state) {
    fixture *f = *state;
    lw_process *process = start_shell(f, (lw_process_spec){.grace_s = 1000},
                                      "trap '' TERM; echo ready; while :; do sleep 1000; done");
    wait_for_output(f, process, "ready\n");
    lw_process_set_terminate(f->set);
    lw_process_set_kill(f->set);
    const lw_process_outcome *outcome = lw_process_get_outcome(finish(f));
    assert_int_equal(outcome->kind, LW_PROCESS_STOPPED);
    assert_int_equal(outcome->signal, SIGKILL);
    assert_ptr_not_equal(process, NULL);
}

static void a_child_that_suspended_itself_can_be_stopped(void **state) {
    fixture *f = *state;
    lw_process *process = start_shell(f, (lw_process_spec){.grace_s = 1000}, "echo ready; kill -STOP $$");
    wait_for_output(f, process, "ready\n");
    lw_process_terminate(process);
    assert_int_equal(lw_process_get_outcome(finish(f))->kind, LW_PROCESS_STOPPED);
}

static void what_ended_by_itself_is_not_called_stopped(void **state) {
    fixture *f = *state;
    lw_process *process = start_shell(f, (lw_process_spec){0}, "exit 5");
    siginfo_t info;
    assert_int_equal(waitid(P_PID, (id_t)lw_process_id(process), &info, WEXITED | WNOWAIT), 0);
    lw_process_terminate(process);
    lw_process_kill(process);
    const lw_process_outcome *outcome = lw_process_get_outcome(finish(f));
    assert_int_equal(outcome->kind, LW_PROCESS_EXITED);
    assert_int_equal(outcome->exit_code, 5);
    lw_process_terminate(process);
}

static void a_crowd_is_stopped(void **state) {
    fixture *f = *state;
    lw_process *process = start_shell(f, (lw_process_spec){.grace_s = 0.2},
                                      "i=0; while [ $i -lt 20 ]; do (trap '' TERM; exec sleep 1000) & echo $!; "
                                      "i=$((i+1)); done; echo ready; wait");
    wait_for_output(f, process, "ready\n");
    lw_process_terminate(process);
    assert_int_equal(lw_process_get_outcome(finish(f))->kind, LW_PROCESS_STOPPED);
    assert_int_equal(expect_printed_gone(process), 20);
}

/* The helper. */

static void fill(size_t mib) {
    char *bytes = malloc(mib * MIB);
    if (!bytes)
        _exit(1);
    for (size_t i = 0; i < mib * MIB; i += 512) {
        bytes[i] = (char)i;
        __asm__ volatile("" : : "r"(bytes) : "memory");
    }
}

/** count children that each fill MiB of their own; or share what was filled before, whereafter a third more is filled. */
static void fork_and_fill(size_t mib, int count, bool shared) {
    if (shared)
        fill(mib);
    for (int i = 0; i < count; i++) {
        pid_t id = fork();
        if (id == 0) {
            if (!shared)
                fill(mib);
            for (;;)
                (void)pause();
        }
        if (!shared)
            (void)printf("%d\n", (int)id);
    }
    (void)fflush(stdout);
    if (shared)
        fill(mib / 3);
    for (;;)
        (void)pause();
}

/** Prints the id of a child that has left for another process group or session; then stays, or leaves it behind. */
static int fork_away(bool new_session, bool stay) {
    int ends[2];
    if (pipe(ends) != 0)
        return 1;
    pid_t id = fork();
    if (id == 0) {
        if (new_session ? setsid() < 0 : setpgid(0, 0) != 0)
            _exit(1);
        (void)close(ends[0]);
        (void)close(ends[1]);
        for (;;)
            (void)pause();
    }
    char byte;
    (void)close(ends[1]);
    if (read(ends[0], &byte, 1) != 0) /* ends when the child has gone away */
        return 1;
    (void)printf("%d\n", (int)id);
    (void)fflush(stdout);
    while (stay)
        (void)pause();
    return 0;
}

static int help(char **words) {
    if (strcmp(words[1], "eat") == 0 || strcmp(words[1], "share") == 0)
        fork_and_fill(strtoul(words[2], NULL, 10), (int)strtol(words[3], NULL, 10), words[1][0] == 's');
    int code = fork_away(strcmp(words[1], "session") == 0, strcmp(words[2], "stay") == 0);
    _exit(code);
}

static int run_all(const char *name, bool without_pidfd) {
    static fixture current;
    current = (fixture){.without_pidfd = without_pidfd};
    const struct CMUnitTest tests[] = {
        CASE(a_child_that_takes_too_long_is_ended),
        CASE(a_child_that_ignores_sigterm_is_killed),
        CASE(a_child_may_end_itself_on_sigterm),
        CASE(memory_of_the_whole_group_is_limited),
        CASE(shared_memory_counts_once),
        CASE(what_has_ended_has_no_memory),
        CASE(what_holds_the_output_open_does_not_delay),
        CASE(what_holds_nothing_open_is_found),
        CASE(what_ignores_sigterm_is_killed),
        CASE(another_process_group_is_found),
        CASE(another_session_is_followed_while_its_parent_lives),
        CASE(a_daemon_out_of_reach_does_not_delay),
        CASE(a_flood_does_not_keep_from_stopping),
        CASE(a_running_child_can_be_stopped),
        CASE(stopping_twice_kills),
        CASE(a_child_that_suspended_itself_can_be_stopped),
        CASE(what_ended_by_itself_is_not_called_stopped),
        CASE(a_crowd_is_stopped),
    };
    return cmocka_run_group_tests_name(name, tests, NULL, NULL);
}

int main(int argc, char **argv) {
    own_path = argv[0];
    if (argc > 2)
        return help(argv);
    int failed = run_all("process_end", false);
    return failed + run_all("process_end without pidfd", true);
}
