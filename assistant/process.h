/**
 * Running children: JOBS programs at a time, each in a session of its own, with output captured in bounded
 * memory, a time limit and a memory limit that count for the whole group, and an outcome with a sentence.
 *
 *     lw_process_set *set;
 *     lw_process_set_new(&set, &(lw_process_set_options){.wake_fd = stop_fd}, &error);
 *
 *     lw_process_spec spec = {
 *         .words = words.items,                      // from lw_words_fill; NULL-terminated
 *         .environment = (const char *const[]){"LABWATCH_RUN=7", "LABWATCH_SLOT=0", NULL},
 *         .timeout_s = 600, .memory_limit_bytes = 4ull << 30, .user = my_run};
 *     lw_process_start(set, &spec, NULL, &error);    // never waits for the child; a missing command is an outcome
 *
 *     while (lw_process_set_count(set) > 0) {
 *         lw_process *finished;
 *         lw_process_wait(set, next_beat_s, &finished, &error);
 *         if (stop_asked)                            // the first SIGINT or SIGTERM
 *             lw_process_set_terminate(set);         // TERM to all, KILL after the grace; go on waiting
 *         if (stop_asked_again)
 *             lw_process_set_kill(set);
 *         if (!finished)
 *             continue;                              // time for a beat, or wake_fd, or a signal
 *         const lw_process_outcome *outcome = lw_process_get_outcome(finished);
 *         my_run = lw_process_user(finished);
 *         if (outcome->kind == LW_PROCESS_EXITED && outcome->exit_code == 0)
 *             … result_text.h, on lw_process_output(finished, LW_OUTPUT_STDOUT) …
 *         else
 *             … outcome->message: "exit code 3", "killed by SIGSEGV (core dumped)", …
 *         lw_capture_text(lw_process_output(finished, LW_OUTPUT_BOTH), &captured_out);
 *         lw_process_free(finished);                 // its slot is free again
 *     }
 *     lw_process_set_free(set);                      // kills what is left
 *
 * A set and its processes belong to one thread at a time. Children are tied to the thread that started them:
 * when that thread ends, or labwatch is killed, they get SIGTERM (see "What is promised" below).
 *
 * What is promised
 *
 * - A child leads a session and process group of its own, without a terminal: ^C and ^Z reach labwatch alone,
 *   and nothing can wait for somebody to type a password. Standard input is /dev/null. Signals are unblocked and
 *   at their defaults, and no file of labwatch's is open in it.
 * - "The group" is everything in that session, and everything descended from that by living parents: also what
 *   `timeout`, a shell with job control, or an MPI launcher put into process groups of their own.
 * - Ending it is SIGTERM (and SIGCONT) to the group, and after grace_s SIGKILL, repeated until nobody is left.
 * - When the child itself has ended, what it left behind has a quarter of a second to end, then the group is ended
 *   as above. The outcome stays the child's, left_behind says that there were some. They do not delay a
 *   finish beyond that, even if they hold the output open.
 * - Memory is measured every 50 to 500 ms, the oftener the nearer to the limit: the resident sizes of the group
 *   summed, and only if that is over the limit, the shares of each process in shared pages (PSS), which decide: twenty
 *   workers forked over one data set count it once. There is no RLIMIT_AS: GPU libraries, Java and sanitizers reserve
 *   far more addresses than they use, and a failed malloc would look like a crash of the program.
 *
 * What cannot be promised
 *
 * - Who calls setsid and outlives its parent (a daemon) is out of reach. Taking it in by PR_SET_CHILD_SUBREAPER
 *   would change the process that the library lives in. If it holds the output open, the pipe is closed.
 * - A child shorter than a second that leaves behind a process in another process group, with output
 *   elsewhere, goes unnoticed: looking through /proc costs more than such a run.
 * - If labwatch dies by SIGKILL, children get SIGTERM from the kernel (launchers take their workers along); their
 *   own children do not, but end at their next output, or when the run is found died (leftovers.h). Set-user-id
 *   programs get nothing.
 * - A group that allocates more than the free memory between two looks is found by the kernel's OOM killer first:
 *   killed by SIGKILL.
 */
#ifndef LW_PROCESS_H
#define LW_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <labwatch/clock.h>
#include <labwatch/error.h>

#include "capture.h"

typedef struct lw_process_set lw_process_set;
typedef struct lw_process lw_process;

/** How a child ended. What labwatch did to it goes before how it then died. */
typedef enum lw_process_kind {
    LW_PROCESS_EXITED,      /**< by itself; exit_code says how */
    LW_PROCESS_SIGNALLED,   /**< by a signal that labwatch did not send */
    LW_PROCESS_TIMEOUT,     /**< it took longer than timeout_s and was ended */
    LW_PROCESS_MEMORY,      /**< the group used more than memory_limit_bytes and was killed */
    LW_PROCESS_EXEC_FAILED, /**< never began: errno_value says why */
    LW_PROCESS_STOPPED,     /**< ended by lw_process_terminate or lw_process_kill */
    LW_PROCESS_LOST         /**< its status was taken by someone else in this process (SIGCHLD ignored, wait(-1)) */
} lw_process_kind;

typedef struct lw_process_outcome {
    lw_process_kind kind;
    int exit_code;              /**< 0 … 255 if the child exited, whatever the kind; else -1 */
    int signal;                 /**< the signal it died by, whatever the kind; else 0 */
    bool core_dumped;
    int errno_value;            /**< of a failed exec; else 0 */
    double duration_s;          /**< from start to the end of the child itself, by the set's clock */
    double cpu_s;               /**< user and system time of the child and those it waited for */
    /** of the largest single process among these; at least labwatch's own (the kernel's way with vfork) */
    uint64_t max_rss_bytes;
    uint64_t peak_memory_bytes; /**< of the group, as measured; 0 without a memory limit */
    bool left_behind;           /**< it left processes behind that did not end by themselves */
    /** one sentence without a full stop: "exit code 3", "command 'svm-tran' not found in PATH" */
    char message[256];
} lw_process_outcome;

typedef enum lw_output {
    LW_OUTPUT_STDOUT,
    LW_OUTPUT_STDERR,
    LW_OUTPUT_BOTH, /**< both in the order in which they arrived: for people */
    LW_OUTPUT_COUNT
} lw_output;

/** Called as output arrives, from lw_process_wait; stream is STDOUT or STDERR. Must not call into the set. */
typedef void lw_process_output_fn(void *user, lw_output stream, const char *bytes, size_t length);

/** What to run. Zero-initialise it; everything is copied by lw_process_start but user. */
typedef struct lw_process_spec {
    const char *const *words;       /**< the command and its arguments, ends with NULL; never seen by a shell */
    const char *const *environment; /**< NAME=VALUE, ends with NULL: on top of this process's; NULL for none */
    const char *directory;          /**< where it runs, and where a relative command is looked for; NULL for here */
    double timeout_s;               /**< 0 for none */
    double grace_s;                 /**< between SIGTERM and SIGKILL; 0 for LW_PROCESS_GRACE_S */
    uint64_t memory_limit_bytes;    /**< of the whole group; 0 for none */
    size_t output_head_bytes;       /**< kept of each output's beginning; 0 for LW_CAPTURE_HEAD */
    size_t output_tail_bytes;       /**< and of its end; 0 for LW_CAPTURE_TAIL */
    lw_process_output_fn *output;   /**< told what arrives, besides capturing; may be NULL */
    void *user;                     /**< lw_process_user; borrowed */
} lw_process_spec;

#define LW_PROCESS_GRACE_S 5.0

typedef struct lw_process_set_options {
    /** for time limits and durations; NULL for the system's; borrowed. Waiting itself is real */
    const lw_clock *clock;
    /** lw_process_wait returns when it is readable, and never reads it, so drain it first; 0 or -1 for none; borrowed */
    int wake_fd;
    bool without_pidfd;    /**< for tests: as on a kernel before 5.3 */
} lw_process_set_options;

/** options may be NULL. *out is yours to lw_process_set_free. LW_ENOMEM. */
int lw_process_set_new(lw_process_set **out, const lw_process_set_options *options, lw_error *error);

/**
 * Kills what still runs (SIGKILL, without grace), waits for it, and frees the set and all its processes. Accepts NULL.
 */
void lw_process_set_free(lw_process_set *set);

/** Processes that were started and not yet freed. */
size_t lw_process_set_count(const lw_process_set *set);

/**
 * Starts a child. It belongs to the set until lw_process_wait hands it out; *out (may be NULL) is borrowed for signals
 * until then. A command that cannot be executed is no error here but the outcome LW_PROCESS_EXEC_FAILED. LW_EINVAL: no
 * words, a number that is negative or NaN, or a directory that is none. LW_EUNAVAILABLE: no more processes, files or
 * memory for them on this machine at the moment. LW_EUNSUPPORTED: a memory limit where /proc cannot be read.
 * LW_ENOMEM.
 */
int lw_process_start(lw_process_set *set, const lw_process_spec *spec, lw_process **out, lw_error *error);

/**
 * Serves all children (drains outputs, keeps limits) until one has finished, timeout_s are over (negative: no limit;
 * 0: only looks), wake_fd is readable, or a signal was handled. Then *finished is that child, yours to
 * lw_process_free, or NULL. With no child in the set it waits all the same. Each finished child is handed out once;
 * several are handed out by as many calls. LW_EIO if poll fails.
 */
int lw_process_wait(lw_process_set *set, double timeout_s, lw_process **finished, lw_error *error);

/** SIGTERM to the group, SIGKILL after its grace. Does nothing to a child that ended or is being ended already. */
void lw_process_terminate(lw_process *process);
/** SIGKILL to the group, now. The kind is LW_PROCESS_STOPPED unless a limit or the child itself was first. */
void lw_process_kill(lw_process *process);
/** The same to every child of the set. */
void lw_process_set_terminate(lw_process_set *set);
void lw_process_set_kill(lw_process_set *set);

/** How it ended; only of a child that lw_process_wait handed out. Borrowed. */
const lw_process_outcome *lw_process_get_outcome(const lw_process *process);
/** What it printed. Borrowed. */
const lw_capture *lw_process_output(const lw_process *process, lw_output stream);
/** The spec's user. */
void *lw_process_user(const lw_process *process);
/** The process id, which is also that of its group and session; 0 if it never began. */
int64_t lw_process_id(const lw_process *process);
/**
 * The kind's name for documents: "exited", "signalled", "timeout", "memory", "exec_failed", "stopped", "lost". Static.
 */
const char *lw_process_kind_name(lw_process_kind kind);

/** Only of a child that lw_process_wait handed out. Accepts NULL. */
void lw_process_free(lw_process *process);

#endif
