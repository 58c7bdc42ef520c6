#include <errno.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "process_internal.h"
#include "process_outcome.h"

/** What a child left behind has this long to end by itself: log writers that see their input end, say. */
static const double SETTLE_S = 0.25;
/** Below this, the looks at what is left behind go by the process group alone, which costs nothing. */
static const double SHORT_RUN_S = 1.0;
static const double FIRST_LOOK_S = 0.001;
static const double LONGEST_LOOK_S = 0.05;
/** SIGKILLs in vain (a process that hangs in the kernel) before what is left behind is given up. */
static const int KILLS = 60;
/** Reads in a row, so that one chatty child does not keep the others waiting. */
static const int READS = 16;

double lw_real_time_s(void) {
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* Output. */

static void close_file(int *file) {
    if (*file >= 0)
        (void)close(*file);
    *file = -1;
}

static void take_output(lw_process *process, lw_output stream, size_t length) {
    const char *bytes = process->set->chunk;
    lw_capture_append(&process->captures[stream], bytes, length);
    lw_capture_append(&process->captures[LW_OUTPUT_BOTH], bytes, length);
    if (process->output)
        process->output(process->user, stream, bytes, length);
}

/** Reads what there is, up to a bound; closes the pipe at its end. */
static void drain(lw_process *process, lw_output stream) {
    int *pipe_end = &process->pipes[stream];
    for (int i = 0; i < READS && *pipe_end >= 0; i++) {
        ssize_t got = read(*pipe_end, process->set->chunk, LW_CHUNK_SIZE);
        if (got > 0) {
            take_output(process, stream, (size_t)got);
            if (got < LW_CHUNK_SIZE / 16) /* little was there: more is not to be expected at once */
                return;
        } else if (got == 0 || (errno != EAGAIN && errno != EINTR)) {
            close_file(pipe_end);
        } else if (errno == EAGAIN) {
            return;
        }
    }
}

/* Signals to the group. */

/** Only of a group that is known to exist: its child is not yet waited for, or some of it was just seen alive. */
static void signal_group(lw_process *process, int number) {
    lw_process_table *table = &process->set->table;
    bool known = lw_process_table_read(table) && lw_process_table_mark(table, process->id) > 0;
    (void)killpg(process->id, number);
    if (known)
        lw_process_table_signal_strays(table, process->id, number);
    if (number != SIGTERM)
        return;
    (void)killpg(process->id, SIGCONT); /* what is stopped could not end */
    if (known)
        lw_process_table_signal_strays(table, process->id, SIGCONT);
}

static void terminate_group(lw_process *process, double now_s) {
    process->terminating = true;
    process->kill_s = now_s + process->grace_s;
    signal_group(process, SIGTERM);
}

static void kill_group(lw_process *process, double now_s) {
    process->terminating = true;
    process->kill_s = now_s + LONGEST_LOOK_S;
    process->kills++;
    signal_group(process, SIGKILL);
}

/** True while the child itself runs; an ended child that was not waited for yet is none. */
static bool still_runs(const lw_process *process) {
    siginfo_t info = {.si_pid = 0};
    return waitid(P_PID, (id_t)process->id, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == 0;
}

void lw_child_end(lw_process *process, lw_process_kind kind, bool at_once) {
    double now_s = lw_real_time_s();
    if (process->state == LW_STATE_SETTLING) {
        process->settle_s = process->next_look_s = now_s;
        if (at_once)
            process->kill_s = process->grace_s = 0;
        return;
    }
    if (process->state != LW_STATE_RUNNING || !still_runs(process))
        return;
    if (process->ended_as == LW_PROCESS_EXITED)
        process->ended_as = kind;
    if (at_once)
        kill_group(process, now_s);
    else if (!process->terminating)
        terminate_group(process, now_s);
}

/* After the child. */

static void finish(lw_process *process) {
    for (lw_output stream = LW_OUTPUT_STDOUT; stream <= LW_OUTPUT_STDERR; stream++) {
        drain(process, stream);
        close_file(&process->pipes[stream]);
    }
    close_file(&process->pidfd);
    process->state = LW_STATE_DONE;
}

static bool output_is_open(const lw_process *process) {
    return process->pipes[LW_OUTPUT_STDOUT] >= 0 || process->pipes[LW_OUTPUT_STDERR] >= 0;
}

static bool sees_group(lw_process *process) {
    lw_process_table *table = &process->set->table;
    bool in_group = killpg(process->id, 0) == 0 || errno == EPERM;
    if (!in_group && !process->thorough)
        return false;
    if (!lw_process_table_read(table))
        return in_group;
    return lw_process_table_mark(table, process->id) > 0;
}

/**
 * True if some of the group live on. While they do, its id cannot pass to others; afterwards it may, and is not used
 * again.
 */
static bool group_lives(lw_process *process) {
    if (!process->gone)
        process->gone = !sees_group(process);
    return !process->gone;
}

static void end_what_is_left(lw_process *process, double now_s) {
    if (!process->terminating) {
        process->outcome.left_behind = true;
        terminate_group(process, now_s);
    } else if (now_s >= process->kill_s) {
        kill_group(process, now_s);
    }
}

/** Looks whether anything of the group is left, ends it when its time is over, and finishes when nothing is. */
static void look_behind(lw_process *process, double now_s) {
    bool lives = group_lives(process);
    drain(process, LW_OUTPUT_STDOUT);
    drain(process, LW_OUTPUT_STDERR);
    bool settled = now_s >= process->settle_s;
    if (lives && settled)
        end_what_is_left(process, now_s);
    if (!lives && output_is_open(process) && settled)
        process->outcome.left_behind = true; /* somebody out of reach holds it */
    if (lives ? process->kills > KILLS : settled || !output_is_open(process)) {
        finish(process);
        return;
    }
    process->look_interval_s = fmin(process->look_interval_s * 1.5, LONGEST_LOOK_S);
    process->next_look_s = now_s + process->look_interval_s;
}

static void settle(lw_process *process) {
    double now_s = lw_real_time_s();
    process->outcome.duration_s = lw_clock_monotonic_s(process->set->clock) - process->started_s;
    lw_outcome_explain(&process->outcome, process->timeout_s, process->memory_limit_bytes);
    close_file(&process->pidfd);
    drain(process, LW_OUTPUT_STDOUT);
    drain(process, LW_OUTPUT_STDERR);
    process->thorough = process->terminating || process->outcome.duration_s >= SHORT_RUN_S || output_is_open(process);
    process->state = LW_STATE_SETTLING;
    process->settle_s = process->terminating ? now_s : now_s + SETTLE_S;
    process->look_interval_s = FIRST_LOOK_S;
    look_behind(process, now_s);
}

static void notice_end(lw_process *process) {
    int status = 0;
    struct rusage usage = {.ru_maxrss = 0};
    pid_t ended;
    do {
        ended = wait4(process->id, &status, WNOHANG, &usage);
    } while (ended < 0 && errno == EINTR);
    if (ended == 0)
        return;
    if (ended < 0) {
        process->outcome.kind = process->ended_as != LW_PROCESS_EXITED ? process->ended_as : LW_PROCESS_LOST;
        process->outcome.exit_code = -1;
    } else {
        lw_outcome_from_status(&process->outcome, status, &usage, process->ended_as);
    }
    settle(process);
}

/* Serving. */

void lw_child_poll(const lw_process *process, struct pollfd *files) {
    bool served = process->state != LW_STATE_DONE;
    for (int stream = 0; stream < 2; stream++)
        files[stream] = (struct pollfd){.fd = served ? process->pipes[stream] : -1, .events = POLLIN};
    files[2] = (struct pollfd){.fd = served ? process->pidfd : -1, .events = POLLIN};
}

/** Without a pidfd, the child's end shows soonest as the end of its output. */
static void expect_end(lw_process *process) {
    process->look_interval_s = FIRST_LOOK_S;
    process->next_look_s = 0;
}

void lw_child_serve(lw_process *process, const struct pollfd *files) {
    if (process->state == LW_STATE_DONE)
        return;
    bool was_open = output_is_open(process);
    for (lw_output stream = LW_OUTPUT_STDOUT; stream <= LW_OUTPUT_STDERR; stream++)
        if (files[stream].revents)
            drain(process, stream);
    if (was_open && !output_is_open(process))
        expect_end(process);
    if (process->state == LW_STATE_RUNNING && files[2].revents)
        notice_end(process);
}

/** Looks after the end of a child that has no pidfd. */
static void look_for_end(lw_process *process, double now_s) {
    if (process->pidfd >= 0 || now_s < process->next_look_s)
        return;
    process->look_interval_s = fmin(process->look_interval_s * 1.2, LONGEST_LOOK_S / 2);
    process->next_look_s = now_s + process->look_interval_s;
    notice_end(process);
}

static double deadline_in(const lw_process *process) {
    if (process->timeout_s <= 0 || process->terminating)
        return INFINITY;
    return process->started_s + process->timeout_s - lw_clock_monotonic_s(process->set->clock);
}

void lw_child_step(lw_process *process, double now_s) {
    if (process->state == LW_STATE_RUNNING)
        look_for_end(process, now_s);
    if (process->state == LW_STATE_RUNNING && deadline_in(process) <= 0)
        lw_child_end(process, LW_PROCESS_TIMEOUT, false);
    if (process->state == LW_STATE_RUNNING && process->terminating && now_s >= process->kill_s && still_runs(process))
        kill_group(process, now_s);
    if (process->state == LW_STATE_SETTLING && now_s >= process->next_look_s)
        look_behind(process, now_s);
}

double lw_child_due(const lw_process *process, double now_s) {
    if (process->state == LW_STATE_DONE)
        return now_s;
    if (process->state == LW_STATE_SETTLING)
        return process->next_look_s;
    double due = now_s + deadline_in(process);
    if (process->terminating)
        due = fmin(due, process->kill_s);
    if (process->memory_limit_bytes > 0)
        due = fmin(due, process->next_sample_s);
    if (process->pidfd < 0)
        due = fmin(due, process->next_look_s);
    return due;
}
