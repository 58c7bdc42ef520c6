/* Children: how they end, what they are given, many at a time. Everything twice: with and without pidfds. */
#include "process_bench.h"

static char *write_script(const char *content, mode_t mode) {
    static char path[64];
    (void)snprintf(path, sizeof path, "/tmp/labwatch-process-XXXXXX");
    int file = mkostemp(path, O_CLOEXEC);
    assert_true(file >= 0);
    assert_int_equal(write(file, content, strlen(content)), strlen(content));
    assert_int_equal(fchmod(file, mode), 0);
    (void)close(file);
    return path;
}

/* How they end. */

static void tells_exit_codes(void **state) {
    fixture *f = *state;
    static const int codes[] = {0, 1, 3, 255};
    for (size_t i = 0; i < 4; i++) {
        char script[32], message[32];
        (void)snprintf(script, sizeof script, "exit %d", codes[i]);
        (void)snprintf(message, sizeof message, "exit code %d", codes[i]);
        const lw_process_outcome *outcome = outcome_of_shell(f, script);
        assert_int_equal(outcome->kind, LW_PROCESS_EXITED);
        assert_int_equal(outcome->exit_code, codes[i]);
        assert_int_equal(outcome->signal, 0);
        assert_string_equal(outcome->message, message);
        assert_false(outcome->left_behind);
        assert_true(outcome->max_rss_bytes > 0);
    }
}

static void tells_signals(void **state) {
    fixture *f = *state;
    static const struct {
        const char *script;
        int signal;
        const char *message;
    } cases[] = {{"kill -TERM $$", SIGTERM, "killed by SIGTERM"},
                 {"ulimit -c 0; kill -SEGV $$", SIGSEGV, "killed by SIGSEGV"},
                 {"kill -KILL $$", SIGKILL, "killed by SIGKILL, not by labwatch"},
                 {"kill -40 $$", 40, "killed by signal 40"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const lw_process_outcome *outcome = outcome_of_shell(f, cases[i].script);
        assert_int_equal(outcome->kind, LW_PROCESS_SIGNALLED);
        assert_int_equal(outcome->signal, cases[i].signal);
        assert_int_equal(outcome->exit_code, -1);
        expect_message(outcome, cases[i].message);
    }
}

static void expect_exec_failure(fixture *f, const char *command, const char *directory, int errno_value,
                                const char *message) {
    lw_process *process = start(f, (lw_process_spec){.directory = directory}, (const char *const[]){command, NULL});
    assert_ptr_equal(finish(f), process);
    const lw_process_outcome *outcome = lw_process_get_outcome(process);
    assert_int_equal(outcome->kind, LW_PROCESS_EXEC_FAILED);
    assert_int_equal(outcome->errno_value, errno_value);
    assert_int_equal(outcome->exit_code, -1);
    assert_int_equal(lw_process_id(process), 0);
    expect_message(outcome, message);
    lw_process_free(process);
}

/** Valgrind's own exec cannot come back once it has begun. */
static bool is_under_valgrind(void) {
    const char *preloaded = getenv("LD_PRELOAD");
    return preloaded && strstr(preloaded, "vgpreload");
}

static void tells_why_a_missing_interpreter_is_not_found(void **state) {
    fixture *f = *state;
    if (is_under_valgrind())
        skip();
    char *path = write_script("#!/no/such/interpreter\n", 0755);
    expect_exec_failure(f, path, NULL, ENOENT, "the interpreter it asks for is not there");
    char relative[64];
    (void)snprintf(relative, sizeof relative, "./%s", path + 5);
    expect_exec_failure(f, relative, "/tmp", ENOENT, "the interpreter it asks for is not there");
    (void)unlink(path);
}

static void tells_why_a_command_cannot_be_executed(void **state) {
    fixture *f = *state;
    expect_exec_failure(f, "svm-tran-\x1b", NULL, ENOENT, "command 'svm-tran-\\x1B' not found in PATH");
    expect_exec_failure(f, "./no-such-command", NULL, ENOENT, "command './no-such-command' not found");
    expect_exec_failure(f, "/tmp", NULL, EACCES, "'/tmp' is a folder");
    char *path = write_script("#!/bin/sh\n", 0644);
    expect_exec_failure(f, path, NULL, EACCES, "is not executable");
    assert_int_equal(chmod(path, 0755), 0);
    expect_exec_failure(f, path + 5, NULL, ENOENT, "not found in PATH");
    (void)unlink(path);
    path = write_script("echo no first line\n", 0755);
    expect_exec_failure(f, path, NULL, ENOEXEC, "neither a program");
    (void)unlink(path);
}

static void refuses_a_bad_spec(void **state) {
    fixture *f = *state;
    const char *const words[] = {"true", NULL}, *const none[] = {NULL};
    const lw_process_spec specs[] = {{.words = NULL},
                                     {.words = none},
                                     {.words = words, .timeout_s = -1},
                                     {.words = words, .grace_s = NAN},
                                     {.words = words, .directory = "/no/such/folder"}};
    for (size_t i = 0; i < sizeof specs / sizeof *specs; i++) {
        lw_error error;
        assert_int_equal(lw_process_start(f->set, &specs[i], NULL, &error), LW_EINVAL);
        assert_true(error.message[0] != 0);
    }
    assert_int_equal(lw_process_set_count(f->set), 0);
}

static void tells_a_lost_status(void **state) {
    fixture *f = *state;
    struct sigaction before, ignored = {.sa_handler = SIG_IGN};
    (void)sigaction(SIGCHLD, &ignored, &before);
    const lw_process_outcome *outcome = outcome_of_shell(f, "exit 3");
    (void)sigaction(SIGCHLD, &before, NULL);
    assert_int_equal(outcome->kind, LW_PROCESS_LOST);
    expect_message(outcome, "SIGCHLD");
}

/* What they are given. */

static void hostile_words_reach_the_program(void **state) {
    fixture *f = *state;
    static const char *const words[] = {"printf", "%s|",  "a b",      "'", "\"", "$(id)", "`id`",
                                        "a\nb",   "; exit 1", "", "*", "\\", NULL};
    lw_process *process = start(f, (lw_process_spec){0}, words);
    assert_ptr_equal(finish(f), process);
    expect_output(process, LW_OUTPUT_STDOUT, "a b|'|\"|$(id)|`id`|a\nb|; exit 1||*|\\|");
}

static void environment_and_directory_are_the_childs(void **state) {
    fixture *f = *state;
    (void)setenv("LW_TEST_KEPT", "kept", 1);
    (void)setenv("LW_TEST_REPLACED", "old", 1);
    lw_process_spec spec = {.environment = (const char *const[]){"LW_TEST_REPLACED=new", "LW_TEST_ADDED=a b", NULL},
                            .directory = "/"};
    (void)start_shell(f, spec, "echo \"$LW_TEST_KEPT,$LW_TEST_REPLACED,$LW_TEST_ADDED,$(pwd)\"");
    expect_output(finish(f), LW_OUTPUT_STDOUT, "kept,new,a b,/\n");
    (void)unsetenv("LW_TEST_KEPT");
    (void)unsetenv("LW_TEST_REPLACED");
}

static void a_child_leads_its_own_session(void **state) {
    fixture *f = *state;
    lw_process *process = start(f, (lw_process_spec){0}, (const char *const[]){"cat", "/proc/self/stat", NULL});
    assert_ptr_equal(finish(f), process);
    char *text = output_of(process, LW_OUTPUT_STDOUT), child_state;
    int parent, group, session, terminal;
    const char *fields = strrchr(text, ')') + 1;
    assert_int_equal(sscanf(fields, " %c %d %d %d %d", &child_state, &parent, &group, &session, &terminal), 5);
    assert_int_equal(parent, getpid());
    assert_int_equal(group, lw_process_id(process));
    assert_int_equal(session, lw_process_id(process));
    assert_int_equal(terminal, 0);
    lw_free(text);
}

static void signals_are_as_a_program_expects(void **state) {
    fixture *f = *state;
    sigset_t blocked, before;
    struct sigaction ignored = {.sa_handler = SIG_IGN}, pipe_before, hup_before;
    (void)sigemptyset(&blocked);
    (void)sigaddset(&blocked, SIGTERM);
    (void)sigaddset(&blocked, SIGINT);
    (void)sigprocmask(SIG_BLOCK, &blocked, &before);
    (void)sigaction(SIGPIPE, &ignored, &pipe_before);
    (void)sigaction(SIGHUP, &ignored, &hup_before);
    static const char *const words[] = {"grep", "-E", "^Sig(Blk|Ign)", "/proc/self/status", NULL};
    (void)start(f, (lw_process_spec){0}, words);
    expect_output(finish(f), LW_OUTPUT_STDOUT, "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n");
    (void)sigprocmask(SIG_SETMASK, &before, NULL);
    (void)sigaction(SIGPIPE, &pipe_before, NULL);
    (void)sigaction(SIGHUP, &hup_before, NULL);
}

static void standard_input_is_empty(void **state) {
    fixture *f = *state;
    (void)start(f, (lw_process_spec){0}, (const char *const[]){"cat", NULL});
    lw_process *finished = finish(f);
    expect_output(finished, LW_OUTPUT_STDOUT, "");
    assert_int_equal(lw_process_get_outcome(finished)->exit_code, 0);
}

static int count_inherited_files(void) {
    int count = 0;
    for (int file = 3; file < 1024; file++) {
        int flags = fcntl(file, F_GETFD);
        count += flags >= 0 && !(flags & FD_CLOEXEC);
    }
    return count;
}

static void no_file_of_ours_is_open_in_a_child(void **state) {
    fixture *f = *state;
    (void)start_shell(f, (lw_process_spec){0}, "sleep 1000");
    (void)start_shell(f, (lw_process_spec){0}, "set -- /proc/self/fd/*; echo $#");
    lw_process *finished = finish(f);
    char expected[16];
    (void)snprintf(expected, sizeof expected, "%d\n", 3 + 1 + count_inherited_files());
    expect_output(finished, LW_OUTPUT_STDOUT, expected);
}

/* Output. */

static void outputs_are_kept_apart_and_together(void **state) {
    fixture *f = *state;
    (void)start_shell(f, (lw_process_spec){0}, "echo one; echo two >&2");
    lw_process *finished = finish(f);
    expect_output(finished, LW_OUTPUT_STDOUT, "one\n");
    expect_output(finished, LW_OUTPUT_STDERR, "two\n");
    char *both = output_of(finished, LW_OUTPUT_BOTH);
    assert_true(strcmp(both, "one\ntwo\n") == 0 || strcmp(both, "two\none\n") == 0);
    lw_free(both);
}

static void a_flood_of_output_is_bounded(void **state) {
    fixture *f = *state;
    (void)start_shell(f, (lw_process_spec){0}, "echo first; head -c 200000000 /dev/zero; echo; echo loss 0.25");
    lw_process *finished = finish(f);
    const lw_capture *output = lw_process_output(finished, LW_OUTPUT_STDOUT);
    assert_int_equal(output->total, 6 + 200000000 + 1 + 10);
    assert_int_equal(output->head_capacity, LW_CAPTURE_HEAD);
    lw_text line = {0};
    lw_capture_last_line(output, &line);
    assert_string_equal(line.bytes, "loss 0.25");
    lw_text_release(&line);
    char *text = output_of(finished, LW_OUTPUT_STDOUT);
    assert_memory_equal(text, "first\n", 6);
    assert_non_null(strstr(text, "bytes left out"));
    lw_free(text);
}

static void note_output(void *user, lw_output stream, const char *bytes, size_t length) {
    lw_text_append((lw_text *)user + stream, bytes, length);
}

static void output_is_told_as_it_arrives(void **state) {
    fixture *f = *state;
    lw_text seen[2] = {{0}, {0}};
    (void)start_shell(f, (lw_process_spec){.output = note_output, .user = seen}, "echo one; echo two >&2");
    assert_ptr_equal(lw_process_user(finish(f)), seen);
    assert_string_equal(seen[0].bytes, "one\n");
    assert_string_equal(seen[1].bytes, "two\n");
    lw_text_release(&seen[0]);
    lw_text_release(&seen[1]);
}

/* Sets. */

static void eight_run_at_a_time(void **state) {
    fixture *f = *state;
    int slots[8], seen = 0;
    for (int i = 0; i < 8; i++) {
        char variable[32];
        (void)snprintf(variable, sizeof variable, "LABWATCH_SLOT=%d", i);
        slots[i] = i;
        (void)start_shell(f, (lw_process_spec){.environment = (const char *const[]){variable, NULL}, .user = &slots[i]},
                          "echo slot $LABWATCH_SLOT; exit $LABWATCH_SLOT");
    }
    assert_int_equal(lw_process_set_count(f->set), 8);
    while (lw_process_set_count(f->set) > 0) {
        lw_process *finished = finish(f);
        int slot = *(int *)lw_process_user(finished);
        char expected[16];
        (void)snprintf(expected, sizeof expected, "slot %d\n", slot);
        expect_output(finished, LW_OUTPUT_STDOUT, expected);
        assert_int_equal(lw_process_get_outcome(finished)->exit_code, slot);
        lw_process_free(finished);
        seen |= 1 << slot;
    }
    assert_int_equal(seen, 255);
}

static void waiting_comes_back_when_asked(void **state) {
    fixture *f = *state;
    lw_process *finished = NULL;
    assert_int_equal(lw_process_wait(f->set, 0.001, &finished, NULL), LW_OK);
    assert_null(finished);
    (void)start_shell(f, (lw_process_spec){0}, "sleep 1000");
    assert_int_equal(lw_process_wait(f->set, 0, &finished, NULL), LW_OK);
    assert_null(finished);
    assert_int_equal(write(f->wake[1], "x", 1), 1);
    assert_int_equal(lw_process_wait(f->set, -1, &finished, NULL), LW_OK);
    assert_null(finished);
}

static void note_signal(int number) {
    (void)number;
}

static void a_signal_ends_waiting(void **state) {
    fixture *f = *state;
    struct sigaction handled = {.sa_handler = note_signal, .sa_flags = SA_RESTART}, before;
    (void)sigaction(SIGALRM, &handled, &before);
    struct itimerval every = {.it_interval.tv_usec = 20000, .it_value.tv_usec = 20000}, off = {.it_value.tv_sec = 0};
    (void)start_shell(f, (lw_process_spec){0}, "sleep 1000");
    (void)setitimer(ITIMER_REAL, &every, NULL);
    lw_process *finished;
    assert_int_equal(lw_process_wait(f->set, -1, &finished, NULL), LW_OK);
    assert_null(finished);
    (void)setitimer(ITIMER_REAL, &off, NULL);
    (void)sigaction(SIGALRM, &before, NULL);
}

static void freeing_a_set_kills_what_runs(void **state) {
    fixture *f = *state;
    lw_process_set *set;
    lw_process *process;
    lw_process_set_options options = {.without_pidfd = f->without_pidfd};
    assert_int_equal(lw_process_set_new(&set, &options, NULL), LW_OK);
    lw_process_spec spec = {.words = (const char *const[]){"sh", "-c", "trap '' TERM; sleep 1000", NULL}};
    assert_int_equal(lw_process_start(set, &spec, &process, NULL), LW_OK);
    pid_t id = (pid_t)lw_process_id(process);
    lw_process_set_free(set);
    wait_until_gone(id);
    lw_process_set_free(NULL);
    lw_process_free(NULL);
}

static int run_one(lw_error *error) {
    lw_process_set *set;
    int code = lw_process_set_new(&set, NULL, error);
    if (code != LW_OK)
        return code;
    lw_process_spec spec = {.words = (const char *const[]){"sh", "-c", "sleep 1000 & exit 3", NULL},
                            .memory_limit_bytes = 1 << 30};
    code = lw_process_start(set, &spec, NULL, error);
    for (lw_process *finished = NULL; code == LW_OK && !finished;)
        code = lw_process_wait(set, -1, &finished, error);
    lw_process_set_free(set);
    return code;
}

static void survives_without_memory(void **state) {
    (void)state;
    lw_error error;
    (void)lw_memory_fail_at(0, false);
    assert_int_equal(run_one(&error), LW_OK);
    uint64_t allocations = lw_memory_fail_at(0, false);
    if (allocations > 60) /* how many depends on the machine's processes */
        allocations = 60;
    for (uint64_t n = 1; n <= allocations; n++) {
        (void)lw_memory_fail_at(n, false);
        int code = run_one(&error);
        assert_true(code == LW_OK || code == LW_ENOMEM || code == LW_EUNSUPPORTED);
        (void)lw_memory_fail_at(0, false);
    }
}

/** In a process of its own: 0 if a child's output arrives although 0, 1 and 2 are closed there. */
static int run_without_standard_files(void) {
    lw_process_set *set;
    lw_process *finished = NULL;
    lw_process_spec spec = {.words = (const char *const[]){"sh", "-c", "cat; echo out; echo err >&2", NULL}};
    for (int file = 0; file < 3; file++)
        (void)close(file);
    if (lw_process_set_new(&set, NULL, NULL) != LW_OK || lw_process_start(set, &spec, NULL, NULL) != LW_OK)
        return 1;
    while (!finished)
        if (lw_process_wait(set, -1, &finished, NULL) != LW_OK)
            return 2;
    uint64_t out = lw_process_output(finished, LW_OUTPUT_STDOUT)->total;
    uint64_t errors = lw_process_output(finished, LW_OUTPUT_STDERR)->total;
    lw_process_set_free(set);
    return out == 4 && errors == 4 ? 0 : 3;
}

static void standard_files_may_be_closed_here(void **state) {
    (void)state;
    pid_t id = fork();
    if (id == 0)
        _exit(run_without_standard_files());
    int status;
    assert_int_equal(waitpid(id, &status, 0), id);
    assert_int_equal(status, 0);
}

/** In a process of its own: starts a child, writes its id, and is killed. */
static void start_and_die(int report) {
    lw_process_set *set;
    lw_process *process;
    lw_process_spec spec = {.words = (const char *const[]){"sleep", "1000", NULL}};
    if (lw_process_set_new(&set, NULL, NULL) != LW_OK || lw_process_start(set, &spec, &process, NULL) != LW_OK)
        _exit(1);
    int64_t id = lw_process_id(process);
    if (write(report, &id, sizeof id) != sizeof id)
        _exit(2);
    (void)raise(SIGKILL);
}

static void children_end_when_labwatch_is_killed(void **state) {
    (void)state;
    int ends[2];
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    pid_t id = fork();
    if (id == 0)
        start_and_die(ends[1]);
    int64_t child;
    assert_int_equal(read(ends[0], &child, sizeof child), sizeof child);
    (void)close(ends[0]);
    (void)close(ends[1]);
    int status;
    assert_int_equal(waitpid(id, &status, 0), id);
    wait_until_gone((pid_t)child);
}

static void kinds_have_names(void **state) {
    (void)state;
    assert_string_equal(lw_process_kind_name(LW_PROCESS_EXITED), "exited");
    assert_string_equal(lw_process_kind_name(LW_PROCESS_LOST), "lost");
    assert_string_equal(lw_process_kind_name((lw_process_kind)99), "unknown");
}

static int run_all(const char *name, bool without_pidfd) {
    static fixture current;
    current = (fixture){.without_pidfd = without_pidfd};
    const struct CMUnitTest tests[] = {
        CASE(tells_exit_codes),
        CASE(tells_signals),
        CASE(tells_why_a_command_cannot_be_executed),
        CASE(tells_why_a_missing_interpreter_is_not_found),
        CASE(refuses_a_bad_spec),
        CASE(tells_a_lost_status),
        CASE(hostile_words_reach_the_program),
        CASE(environment_and_directory_are_the_childs),
        CASE(a_child_leads_its_own_session),
        CASE(signals_are_as_a_program_expects),
        CASE(standard_input_is_empty),
        CASE(no_file_of_ours_is_open_in_a_child),
        CASE(outputs_are_kept_apart_and_together),
        CASE(a_flood_of_output_is_bounded),
        CASE(output_is_told_as_it_arrives),
        CASE(eight_run_at_a_time),
        CASE(waiting_comes_back_when_asked),
        CASE(a_signal_ends_waiting),
        CASE(freeing_a_set_kills_what_runs),
        CASE(survives_without_memory),
        CASE(standard_files_may_be_closed_here),
        CASE(children_end_when_labwatch_is_killed),
        CASE(kinds_have_names),
    };
    return cmocka_run_group_tests_name(name, tests, NULL, NULL);
}

int main(void) {
    int failed = run_all("process", false);
    return failed + run_all("process without pidfd", true);
}
