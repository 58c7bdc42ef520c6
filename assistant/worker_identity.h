/**
 * Who works on a run: host, boot and process, as the run's `worker` document says it; and whether that process is still there.
 */
#ifndef LABWATCH_WORKER_IDENTITY_H
#define LABWATCH_WORKER_IDENTITY_H

#include <stdbool.h>
#include <stdint.h>

#include <bson/bson.h>

#include <labwatch/error.h>

/** A process, told apart from all others that ever had its number. Text fields are empty where the system does not tell. */
typedef struct lw_worker_identity {
    char host[256];
    char machine[40];       /**< /etc/machine-id: equal host names on different machines are not taken for one */
    char boot[40];          /**< random id of this boot */
    char pid_namespace[40]; /**< numbers of processes mean nothing outside it */
    int64_t pid;
    int64_t started;        /**< of the process, in ticks since boot */
} lw_worker_identity;

void lw_worker_identity_of_self(lw_worker_identity *out);

/** What is known of a worker from here. */
typedef enum lw_worker_state {
    LW_WORKER_HERE,   /**< its process lives on this host and boot */
    LW_WORKER_GONE,   /**< its process, or the boot of its host, has ended */
    LW_WORKER_HOLDER, /**< on this host and boot, but no process: an explicit lease */
    LW_WORKER_UNKNOWN /**< somewhere else: only its beats can tell */
} lw_worker_state;
lw_worker_state lw_worker_look(const lw_worker_identity *self, const bson_t *worker);

/** Whether the worker (NULL: none) is a process, and no explicit lease. */
bool lw_worker_has_process(const bson_t *worker);

/**
 * The `worker` document of a run: {host, machine, boot, pid_namespace, pid, started, held_from, died}. With process false it names no process: held_from is then
 * when the lease began, in monotonic seconds of that boot. died is how many attempts at the run died before. Yours to bson_destroy.
 */
bson_t *lw_worker_document(const lw_worker_identity *self, bool process, double held_from_s, int32_t died);
int32_t lw_worker_died_before(const bson_t *worker);
/** NaN if it is not there. */
double lw_worker_held_from(const bson_t *worker);

/** Sacred's `host` document: hostname, os, cpu. Yours to bson_destroy. */
bson_t *lw_worker_host_document(const lw_worker_identity *self);

#endif
