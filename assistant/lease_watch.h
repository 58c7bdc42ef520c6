/**
 * Watching beats from afar: for how long, by this machine's own clock, a run's heartbeat has stood still.
 *
 * The watch is kept in the store's cache between calls of the command, for each host and boot its own, as monotonic time means nothing
 * elsewhere. It may be lost at any time: what is watched is then watched from the beginning.
 */
#ifndef LABWATCH_LEASE_WATCH_H
#define LABWATCH_LEASE_WATCH_H

#include <labwatch/store.h>

#include "worker_identity.h"

typedef struct lw_watched_run {
    int64_t id;
    int32_t attempt;
    int64_t heartbeat_ms; /**< as it was */
    double since_s;       /**< when it was first seen so */
    bool seen;            /**< in this round */
} lw_watched_run;

/** Zero-initialise it. */
typedef struct lw_lease_watch {
    lw_watched_run *runs; /**< by id */
    size_t n, capacity;
    bool changed;
    bool loaded;
} lw_lease_watch;

void lw_lease_watch_release(lw_lease_watch *watch);

/** Takes over what the cache has. Its being away or unreadable is no error. */
void lw_lease_watch_load(lw_lease_watch *watch, lw_store *store, const char *experiment, const lw_worker_identity *self);
/** Puts it into the cache if it has changed. Failure is no error: the cache may be lost at any time. */
void lw_lease_watch_save(lw_lease_watch *watch, lw_store *store, const char *experiment, const lw_worker_identity *self);

/** For how many seconds the beat has stood still; 0 when it is seen so for the first time. False when out of memory. */
bool lw_lease_watch_stood(lw_lease_watch *watch, int64_t id, int32_t attempt, int64_t heartbeat_ms, double now_s, double *stood_s);

/** Begins a round; at its end, what was not asked for in it is forgotten. */
void lw_lease_watch_begin_round(lw_lease_watch *watch);
void lw_lease_watch_end_round(lw_lease_watch *watch);

#endif
