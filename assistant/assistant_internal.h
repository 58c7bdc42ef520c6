/**
 * What an assistant consists of, for this room only.
 *
 * Locks, none of which is held by a caller of another's functions:
 * - suggesting: optimizers, their histories, and everything from catching up to the reservation. observe and beats never take it.
 * - entropy_lock: random bytes for tokens.
 * - record_lock: the few facts of the stored experiment that change while it is open (live), and the description of this host.
 * - versions_lock: the spaces of earlier versions that were parsed so far.
 * - watch_lock: the watch over other machines' beats.
 * - the lock of the doubts: what may have been reserved or taken without a reply.
 */
#ifndef LABWATCH_ASSISTANT_INTERNAL_H
#define LABWATCH_ASSISTANT_INTERNAL_H

#include <pthread.h>
#include <stdatomic.h>

#include <labwatch/assistant.h>

#include "catch_up.h"
#include "doubts.h"
#include "entropy.h"
#include "experiment_record.h"
#include "lease_watch.h"
#include "worker_identity.h"

/** What an assistant keeps for one search space of its experiment. */
typedef struct lw_desk {
    lw_space *space;
    const char *name;
    int32_t version;
    bool fresh;              /**< the version was made when this assistant was opened */
    bool finite;             /**< configurations may well repeat */
    bool has_seed;           /**< configurations may have something of their own called seed */
    lw_optimizer *optimizer; /**< NULL until the first suggestion */
    bool reads_history;
    lw_sight sight;          /**< what the optimizer has seen, if it reads the history */
} lw_desk;

/** What may change in the stored experiment while it is open. */
typedef struct lw_live {
    int64_t revision;
    int64_t epoch;
    int64_t budget; /**< 0: no limit */
    bool paused;
    bool removed;
    bool redefined; /**< goal, objective or seed are no longer what this assistant was opened with */
} lw_live;

/** The space of an earlier version, with the experiment that it was parsed in. */
typedef struct lw_parsed_version {
    const char *name; /**< of the space; borrowed from the experiment */
    int32_t version;
    lw_experiment *experiment;
    lw_space *space;
} lw_parsed_version;

struct lw_assistant {
    lw_store *store;
    const lw_clock *clock;
    const lw_optimizer_type **extra; /**< NULL-terminated copy; NULL without */
    lw_experiment *experiment;
    uint64_t seed;
    int64_t created_ms;   /**< when the experiment came into the store */
    int64_t fixed_budget; /**< of the setup; 0: the file's counts */
    bool read_only;
    bool stored; /**< opened by its name, as the store has it */

    lw_desk *desks; /**< one for each space of the experiment, in its order */
    size_t n_desks;
    lw_worker_identity identity;
    pthread_mutex_t suggesting;

    pthread_mutex_t entropy_lock;
    lw_entropy entropy;

    pthread_mutex_t record_lock;
    lw_live live;
    bson_t *host; /**< NULL until it is first asked for; never changes afterwards */

    pthread_mutex_t versions_lock;
    lw_parsed_version *versions;
    size_t n_versions, versions_capacity;

    pthread_mutex_t watch_lock;
    lw_lease_watch watch;
    double recovered_at_s; /**< monotonic; NaN: not yet. Under watch_lock */

    lw_doubts doubts;

    _Atomic int64_t added_to_id; /**< a run known to be of this experiment */
};

/** The desk of a space (NULL: the first); NULL with LW_ENOTFOUND. */
lw_desk *lw_assistant_desk(lw_assistant *assistant, const char *space, lw_error *error);

/** One thread at a time uses the optimizers. LW_EINVAL from within one, else end it. */
int lw_assistant_begin_suggesting(lw_assistant *assistant, lw_error *error);
void lw_assistant_end_suggesting(lw_assistant *assistant);

/** LW_EINVAL if the assistant may change nothing. */
int lw_assistant_check_writable(const lw_assistant *assistant, lw_error *error);

/** What is live, after reading it anew if the store has another revision. LW_ECONFLICT if it was redefined, LW_ENOTFOUND if it was removed. */
int lw_assistant_live(lw_assistant *assistant, int64_t revision, lw_live *out, lw_error *error);

/** Takes what is live from a record, unless something newer is known. */
void lw_assistant_set_live(lw_assistant *assistant, const lw_record *record);

/** Changes the stored record, as often as others come between. */
typedef void lw_record_change_fn(void *arg, lw_record *record);
int lw_assistant_change_record(lw_assistant *assistant, lw_record_change_fn *change, void *arg, lw_error *error);

/**
 * Makes everyone reload the history. Who takes away or replaces an outcome does this before, so that no failure leaves
 * it unnoticed, and again behind it, for those who reloaded in between. If only the second time fails, as the store
 * goes away at that moment, the change is done all the same; those few know the outcome as it was, until the next one.
 */
int lw_assistant_raise_epoch(lw_assistant *assistant, lw_error *error);

/** A space as it was in a version. Borrowed until the assistant is closed. */
int lw_assistant_space_of_version(lw_assistant *assistant, const char *space, int32_t version, lw_space **out, lw_error *error);

/** LW_OK if workers may take something now; else LW_PAUSED, or LW_BUDGET_REACHED for a target that is reached, with a sentence. */
int lw_assistant_may_work(lw_assistant *assistant, const lw_live *live, lw_error *error);

/** A new token. Safe from any thread. */
lw_token lw_assistant_token(lw_assistant *assistant);
/**
 * Waits for a moment after the n-th lost race, each waiter for another one: up to 2^n times as long as the store takes for an insertion, and no
 * more than seconds, so that however many race and however slow the store is, soon only about one of them tries at a time.
 */
void lw_assistant_pause(lw_assistant *assistant, int losses, double insertion_s);
/** Sacred's host document for this machine. Borrowed until the assistant is closed. */
const bson_t *lw_assistant_host(lw_assistant *assistant);

/** The best run that is completed, or id 0. */
typedef struct lw_best {
    int64_t id;
    double result; /**< in the user's sign */
} lw_best;
int lw_assistant_find_best(lw_assistant *assistant, lw_best *out, lw_error *error);
bool lw_assistant_target_reached(const lw_assistant *assistant, const lw_best *best);

/** Fills an assignment from a run, whose configuration is read in its own space version. */
int lw_assistant_assign(lw_assistant *assistant, const lw_run *run, lw_assignment *out, lw_error *error);

/** lw_assistant_recover, unless that was done a moment ago. */
int lw_assistant_recover_when_due(lw_assistant *assistant, lw_error *error);

/**
 * Ends what the killed worker of the run's current attempt has left running on this host and boot, before somebody else tries the run again. How many
 * processes there were; 0 if the worker lives, or was elsewhere. Takes seconds if they do not end by themselves.
 */
size_t lw_assistant_end_leftovers(const lw_assistant *assistant, const lw_run *run);
/** Notes that there were n of them. */
void lw_run_note_leftovers(lw_run *run, int32_t attempt, size_t n);

/** Removes all runs of an experiment but foreign ones. */
int lw_remove_runs(lw_store *store, const char *experiment, lw_error *error);

/** Checks that the run is this experiment's and not removed; LW_ENOTFOUND. */
int lw_assistant_check_run(const lw_assistant *assistant, const lw_run *run, lw_error *error);

/** Checks that the experiment has a run of that id: LW_ENOTFOUND. Asked once for what is added to one run again and again. */
int lw_assistant_check_has_run(lw_assistant *assistant, int64_t id, lw_error *error);

#endif
