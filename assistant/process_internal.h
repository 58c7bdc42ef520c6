/**
 * One child and the set it is in, for the files that serve them: process.c (the set, waiting), process_child.c (one
 * child's course), memory_watch.c.
 */
#ifndef LW_PROCESS_INTERNAL_H
#define LW_PROCESS_INTERNAL_H

#include <poll.h>
#include <sys/types.h>

#include "process.h"
#include "process_group.h"

/** A child's course. */
typedef enum lw_process_state {
    LW_STATE_RUNNING,  /**< the child itself runs */
    LW_STATE_SETTLING, /**< it has ended; its group and its output may not have */
    LW_STATE_DONE      /**< its outcome is complete */
} lw_process_state;

struct lw_process {
    lw_process_set *set;
    lw_process_state state;
    bool handed_out;

    pid_t id;
    int pidfd;    /**< readable when the child has ended; -1 without one: then it is looked after again and again */
    int pipes[2]; /**< LW_OUTPUT_STDOUT, LW_OUTPUT_STDERR; -1 when at its end */
    lw_capture captures[LW_OUTPUT_COUNT];
    lw_process_output_fn *output;
    void *user;

    double started_s;  /**< by the set's clock, as timeout_s */
    double timeout_s;  /**< 0 for none */
    double grace_s;
    uint64_t memory_limit_bytes;
    double next_sample_s; /**< of memory; this and all below by real time */

    lw_process_kind ended_as; /**< why labwatch ends it; EXITED while it does not */
    bool terminating;         /**< the group has had its SIGTERM (or SIGKILL) */
    double kill_s;            /**< when SIGKILL is due, again and again, while terminating */
    int kills;
    double settle_s;          /**< when what is left behind gets SIGTERM */
    /** look through /proc for what it left behind, and do not trust its process group alone */
    bool thorough;
    bool gone;                /**< nothing is left of the group, and its id may belong to others */
    double next_look_s;
    double look_interval_s;

    lw_process_outcome outcome;
};

struct lw_process_set {
    const lw_clock *clock;
    int wake_fd;
    bool without_pidfd;
    lw_process **items;
    size_t count, capacity;
    struct pollfd *polled; /**< room for wake_fd and three files of each item */
    size_t polled_capacity;
    lw_process_table table;
    char *chunk; /**< LW_CHUNK_SIZE bytes that output is read into */
};

enum { LW_CHUNK_SIZE = 64 << 10 };

/** What poll is told, for one child. */
enum { LW_FILES_PER_CHILD = 3 };
void lw_child_poll(const lw_process *process, struct pollfd *files);

/** Reads what is there, and notices the end of the child where poll saw it. */
void lw_child_serve(lw_process *process, const struct pollfd *files);

/** Does what is due at this (real) time: limits, SIGKILL, looking after what is left behind. */
void lw_child_step(lw_process *process, double now_s);

/** Real time at which lw_child_step has something to do; INFINITY if nothing. */
double lw_child_due(const lw_process *process, double now_s);

/** Ends a running child because of kind: SIGTERM and a grace, or at once. */
void lw_child_end(lw_process *process, lw_process_kind kind, bool at_once);

/** Measures the memory of all children that have a limit if that of one is due, and ends those above it. */
void lw_memory_watch(lw_process_set *set, double now_s);

double lw_real_time_s(void);

#endif
