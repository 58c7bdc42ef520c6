#include "process.h"

#include <errno.h>
#include <math.h>
#include <poll.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <labwatch/sys/memory.h>

#include "process_internal.h"
#include "process_spawn.h"

/* The set. */

int lw_process_set_new(lw_process_set **out, const lw_process_set_options *options, lw_error *error) {
    static const lw_process_set_options none = {.wake_fd = -1};
    if (!options)
        options = &none;
    lw_process_set *set = lw_calloc(1, sizeof *set);
    char *chunk = lw_malloc(LW_CHUNK_SIZE);
    struct pollfd *polled = lw_calloc(1, sizeof *polled);
    if (!set || !chunk || !polled) {
        lw_free(set);
        lw_free(chunk);
        lw_free(polled);
        return lw_error_no_memory(error);
    }
    *set = (lw_process_set){.clock = options->clock ? options->clock : lw_clock_system(),
                            .wake_fd = options->wake_fd > 0 ? options->wake_fd : -1,
                            .without_pidfd = options->without_pidfd,
                            .chunk = chunk,
                            .polled = polled,
                            .polled_capacity = 1};
    *out = set;
    return LW_OK;
}

size_t lw_process_set_count(const lw_process_set *set) {
    return set->count;
}

static size_t count_unfinished(const lw_process_set *set) {
    size_t unfinished = 0;
    for (size_t i = 0; i < set->count; i++)
        unfinished += set->items[i]->state != LW_STATE_DONE;
    return unfinished;
}

void lw_process_set_free(lw_process_set *set) {
    if (!set)
        return;
    const double PATIENCE_S = 10; /* a process that hangs in the kernel is left to it */
    double end_s = lw_real_time_s() + PATIENCE_S;
    lw_process *finished;
    lw_process_set_kill(set);
    while (count_unfinished(set) > 0 && lw_real_time_s() < end_s)
        if (lw_process_wait(set, 0.1, &finished, NULL) != LW_OK)
            break;
    while (set->count > 0)
        lw_process_free(set->items[set->count - 1]);
    lw_process_table_release(&set->table);
    lw_free(set->items);
    lw_free(set->polled);
    lw_free(set->chunk);
    lw_free(set);
}

/** Room for one more child, so that nothing can fail once it runs. */
static bool reserve(lw_process_set *set) {
    if (!lw_array_reserve(&set->items, &set->capacity, set->count, sizeof(lw_process *)))
        return false;
    size_t needed = 1 + LW_FILES_PER_CHILD * set->capacity;
    if (needed <= set->polled_capacity)
        return true;
    struct pollfd *polled = lw_reallocarray(set->polled, needed, sizeof *polled);
    if (!polled)
        return false;
    set->polled = polled;
    set->polled_capacity = needed;
    return true;
}

/* Starting. */

static int check_spec(const lw_process_spec *spec, lw_error *error) {
    if (!spec->words || !spec->words[0] || !spec->words[0][0])
        return lw_error_set(error, LW_EINVAL, "there is no command to run");
    if (!(spec->timeout_s >= 0) || !(spec->grace_s >= 0))
        return lw_error_set(error, LW_EINVAL, "the time limit and the grace must be 0 or more seconds");
    if (spec->memory_limit_bytes > 0 && access("/proc/self/stat", R_OK) != 0)
        return lw_error_set(error, LW_EUNSUPPORTED, "a memory limit needs /proc, which cannot be read here");
    return LW_OK;
}

static lw_process *new_process(lw_process_set *set, const lw_process_spec *spec) {
    lw_process *process = lw_calloc(1, sizeof *process);
    if (!process)
        return NULL;
    process->set = set;
    process->pidfd = process->pipes[0] = process->pipes[1] = -1;
    process->output = spec->output;
    process->user = spec->user;
    process->timeout_s = spec->timeout_s;
    process->grace_s = spec->grace_s > 0 ? spec->grace_s : LW_PROCESS_GRACE_S;
    process->memory_limit_bytes = spec->memory_limit_bytes;
    process->look_interval_s = 0.001;
    for (int i = 0; i < LW_OUTPUT_COUNT; i++)
        lw_capture_init(&process->captures[i], spec->output_head_bytes, spec->output_tail_bytes);
    return process;
}

/** -1 where the kernel has none, or no file is to be had: then the end is noticed by looking. */
static int open_pidfd(const lw_process_set *set, pid_t id) {
    return set->without_pidfd ? -1 : (int)syscall(SYS_pidfd_open, id, 0);
}

static void take_over(lw_process *process, const lw_spawned *spawned) {
    process->id = spawned->id;
    process->pipes[LW_OUTPUT_STDOUT] = spawned->output;
    process->pipes[LW_OUTPUT_STDERR] = spawned->errors;
    process->next_sample_s = lw_real_time_s() + 0.05;
    if (spawned->id > 0) {
        process->pidfd = open_pidfd(process->set, spawned->id);
        return;
    }
    process->state = LW_STATE_DONE;
    process->outcome.kind = LW_PROCESS_EXEC_FAILED;
    process->outcome.exit_code = -1;
    process->outcome.errno_value = spawned->errno_value;
    memcpy(process->outcome.message, spawned->reason, sizeof process->outcome.message);
}

int lw_process_start(lw_process_set *set, const lw_process_spec *spec, lw_process **out, lw_error *error) {
    int code = check_spec(spec, error);
    if (code != LW_OK)
        return code;
    lw_process *process = reserve(set) ? new_process(set, spec) : NULL;
    if (!process)
        return lw_error_no_memory(error);
    lw_spawned spawned;
    process->started_s = lw_clock_monotonic_s(set->clock);
    code = lw_spawn(&spawned, spec->words, spec->environment, spec->directory, error);
    if (code != LW_OK) {
        lw_free(process);
        return code;
    }
    take_over(process, &spawned);
    set->items[set->count++] = process;
    if (out)
        *out = process;
    return LW_OK;
}

/* Waiting. */

static lw_process *take_finished(lw_process_set *set) {
    for (size_t i = 0; i < set->count; i++) {
        lw_process *process = set->items[i];
        if (process->state == LW_STATE_DONE && !process->handed_out) {
            process->handed_out = true;
            return process;
        }
    }
    return NULL;
}

/** Seconds until something is due, or the caller's time is over. */
static double pause_length(const lw_process_set *set, double now_s, double end_s) {
    double due_s = end_s;
    for (size_t i = 0; i < set->count; i++)
        if (set->items[i]->state != LW_STATE_DONE)
            due_s = fmin(due_s, lw_child_due(set->items[i], now_s));
    return fmax(due_s - now_s, 0);
}

/** Waits for files; the result is poll's. */
static int poll_files(lw_process_set *set, double pause_s) {
    const double LONGEST_S = 1e6;
    set->polled[0] = (struct pollfd){.fd = set->wake_fd, .events = POLLIN};
    for (size_t i = 0; i < set->count; i++)
        lw_child_poll(set->items[i], set->polled + 1 + LW_FILES_PER_CHILD * i);
    if (pause_s > LONGEST_S)
        pause_s = LONGEST_S;
    struct timespec pause = {.tv_sec = (time_t)pause_s};
    pause.tv_nsec = (long)((pause_s - (double)pause.tv_sec) * 1e9);
    return ppoll(set->polled, (nfds_t)(1 + LW_FILES_PER_CHILD * set->count), &pause, NULL);
}

static void serve_all(lw_process_set *set, bool files_are_ready) {
    for (size_t i = 0; i < set->count && files_are_ready; i++)
        lw_child_serve(set->items[i], set->polled + 1 + LW_FILES_PER_CHILD * i);
    double now_s = lw_real_time_s();
    for (size_t i = 0; i < set->count; i++)
        lw_child_step(set->items[i], now_s);
    lw_memory_watch(set, now_s);
}

int lw_process_wait(lw_process_set *set, double timeout_s, lw_process **finished, lw_error *error) {
    double end_s = timeout_s < 0 ? INFINITY : lw_real_time_s() + timeout_s;
    while (!(*finished = take_finished(set))) {
        double now_s = lw_real_time_s();
        bool is_last = now_s >= end_s;
        int ready = poll_files(set, pause_length(set, now_s, end_s));
        int errno_value = ready < 0 ? errno : 0;
        if (ready < 0 && errno_value != EINTR && errno_value != EAGAIN)
            return lw_error_set(error, LW_EIO, "cannot wait for children: %s", strerror(errno_value));
        serve_all(set, ready > 0);
        bool woken = ready < 0 || (ready > 0 && set->polled[0].revents);
        if (woken || is_last) {
            *finished = take_finished(set);
            break;
        }
    }
    return LW_OK;
}

/* One child. */

void lw_process_terminate(lw_process *process) {
    lw_child_end(process, LW_PROCESS_STOPPED, false);
}

void lw_process_kill(lw_process *process) {
    lw_child_end(process, LW_PROCESS_STOPPED, true);
}

void lw_process_set_terminate(lw_process_set *set) {
    for (size_t i = 0; i < set->count; i++)
        lw_process_terminate(set->items[i]);
}

void lw_process_set_kill(lw_process_set *set) {
    for (size_t i = 0; i < set->count; i++)
        lw_process_kill(set->items[i]);
}

const lw_process_outcome *lw_process_get_outcome(const lw_process *process) {
    return &process->outcome;
}

const lw_capture *lw_process_output(const lw_process *process, lw_output stream) {
    return &process->captures[stream];
}

void *lw_process_user(const lw_process *process) {
    return process->user;
}

int64_t lw_process_id(const lw_process *process) {
    return process->id;
}

void lw_process_free(lw_process *process) {
    if (!process)
        return;
    lw_process_set *set = process->set;
    for (size_t i = 0; i < set->count; i++) {
        if (set->items[i] != process)
            continue;
        memmove(set->items + i, set->items + i + 1, (set->count - i - 1) * sizeof *set->items);
        set->count--;
        break;
    }
    for (int i = 0; i < LW_OUTPUT_COUNT; i++)
        lw_capture_release(&process->captures[i]);
    for (int i = 0; i < 2; i++)
        if (process->pipes[i] >= 0)
            (void)close(process->pipes[i]);
    if (process->pidfd >= 0)
        (void)close(process->pidfd);
    lw_free(process);
}
