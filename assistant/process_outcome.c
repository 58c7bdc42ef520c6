#include "process_outcome.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

const char *lw_process_kind_name(lw_process_kind kind) {
    switch (kind) {
    case LW_PROCESS_EXITED:
        return "exited";
    case LW_PROCESS_SIGNALLED:
        return "signalled";
    case LW_PROCESS_TIMEOUT:
        return "timeout";
    case LW_PROCESS_MEMORY:
        return "memory";
    case LW_PROCESS_EXEC_FAILED:
        return "exec_failed";
    case LW_PROCESS_STOPPED:
        return "stopped";
    case LW_PROCESS_LOST:
        return "lost";
    }
    return "unknown";
}

static double seconds(const struct timeval *time) {
    return (double)time->tv_sec + (double)time->tv_usec * 1e-6;
}

void lw_outcome_from_status(lw_process_outcome *out, int status, const struct rusage *usage, lw_process_kind ended_as) {
    out->exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    out->signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    out->core_dumped = WIFSIGNALED(status) && WCOREDUMP(status);
    out->cpu_s = seconds(&usage->ru_utime) + seconds(&usage->ru_stime);
    out->max_rss_bytes = (uint64_t)usage->ru_maxrss * 1024;
    out->kind = ended_as != LW_PROCESS_EXITED ? ended_as : out->signal ? LW_PROCESS_SIGNALLED : LW_PROCESS_EXITED;
}

static void explain_signal(lw_process_outcome *out) {
    const char *name = sigabbrev_np(out->signal);
    char number[24];
    (void)snprintf(number, sizeof number, "signal %d", out->signal);
    (void)snprintf(out->message, sizeof out->message, "killed by %s%s%s%s", name ? "SIG" : "", name ? name : number,
                   out->core_dumped ? " (core dumped)" : "",
                   out->signal == SIGKILL ? ", not by labwatch: by the system short of memory, or by somebody" : "");
}

static void explain_memory(lw_process_outcome *out, uint64_t limit) {
    const double MIB = 1024.0 * 1024.0;
    (void)snprintf(out->message, sizeof out->message, "killed: used %.0f MiB of memory, more than the limit of %.0f MiB",
                   (double)out->peak_memory_bytes / MIB, (double)limit / MIB);
}

void lw_outcome_explain(lw_process_outcome *out, double timeout_s, uint64_t memory_limit_bytes) {
    size_t size = sizeof out->message;
    switch (out->kind) {
    case LW_PROCESS_EXITED:
        (void)snprintf(out->message, size, "exit code %d", out->exit_code);
        break;
    case LW_PROCESS_SIGNALLED:
        explain_signal(out);
        break;
    case LW_PROCESS_TIMEOUT:
        (void)snprintf(out->message, size, "ended: took longer than the time limit of %g s%s", timeout_s,
                       out->signal == SIGKILL ? ", and did not end on SIGTERM" : "");
        break;
    case LW_PROCESS_MEMORY:
        explain_memory(out, memory_limit_bytes);
        break;
    case LW_PROCESS_STOPPED:
        (void)snprintf(out->message, size, "stopped by labwatch");
        break;
    case LW_PROCESS_LOST:
        (void)snprintf(out->message, size,
                       "ended, but how was not to be learnt: SIGCHLD is ignored, or another part of this program "
                       "waited for the child");
        break;
    case LW_PROCESS_EXEC_FAILED:
        break;
    }
}
