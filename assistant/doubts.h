/**
 * Doubts: runs that may be this process's without anybody knowing it. When the store goes away in the middle of a reservation or a take, the
 * reply is lost, and the run perhaps stays RUNNING under a token that nobody holds; as this process lives on, no one would ever take it for
 * dead. So the assistant remembers such runs, and settles them before it gives out others. What was not done may still be: a server may get a
 * statement long after its connection broke. Such a doubt stays until something else was done in its place.
 */
#ifndef LABWATCH_DOUBTS_H
#define LABWATCH_DOUBTS_H

#include <pthread.h>

#include <labwatch/assistant.h>

/** A run that, if it has the token, was given to somebody who was not told so. */
typedef struct lw_doubt {
    int64_t id;
    lw_token token;
    bool worker; /**< as its worker it would have this process */
    int32_t attempt; /**< that would begin, if the run was there before; 0: it was not */
} lw_doubt;

/**
 * As everybody settles the doubts there are before making another, there are few. Beyond this number the oldest is forgotten: that run is
 * recovered when this process ends.
 */
enum { LW_MOST_DOUBTS = 256 };

/** Safe from any thread. */
typedef struct lw_doubts {
    pthread_mutex_t lock;
    lw_doubt list[LW_MOST_DOUBTS]; /**< the oldest first */
    size_t n;
} lw_doubts;

void lw_doubts_init(lw_doubts *doubts);
void lw_doubts_release(lw_doubts *doubts);
void lw_doubts_add(lw_doubts *doubts, lw_doubt doubt);
/** Takes the oldest doubt (id 0), or the one about that run. False if there is none. */
bool lw_doubts_take(lw_doubts *doubts, int64_t id, lw_doubt *out);

/** What somebody wants who could as well have a doubtful run. */
typedef struct lw_want {
    const char *space;     /**< NULL: any */
    const lw_wish *wish;
    const uint8_t *digest; /**< of the given configuration; NULL: what the optimizer suggests */
    bool queued_before;    /**< what was queued, whatever its configuration, is as good */
} lw_want;

/**
 * Settles all doubts, or those until one of the runs is what is wanted: *found then, and *out is yours to release. The other runs that are
 * this process's go back to the queue. LW_EUNAVAILABLE: the store is away, and the doubts stay. Those that stay in any case, as what they are
 * about may still be done, cost an operation each.
 */
int lw_doubts_settle(lw_assistant *assistant, const lw_want *want, lw_assignment *out, bool *found, lw_error *error);

/** The same for one run, which is wanted if this process is its worker. */
int lw_doubts_settle_run(lw_assistant *assistant, int64_t id, lw_assignment *out, bool *found, lw_error *error);

#endif
