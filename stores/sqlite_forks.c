/*
 * The SQLite store in processes that fork.
 *
 * SQLite keeps one list for the whole process of the files that are open and of the locks that it believes to hold on
 * them. A child process inherits the list, but not the locks: a connection that it opens while one of its parent's is
 * in the list holds nothing, so another process may delete the log that it writes into. And a lock inside SQLite that
 * another thread held stays held in the child for ever. What is static here is so because SQLite's list is.
 */
#include <errno.h>
#include <time.h>
#include <unistd.h>

#include "sqlite_internal.h"

/* Whoever calls SQLite has it for reading, a fork for writing: forks come first, or many threads would starve them. */
#define FREE_GATE PTHREAD_RWLOCK_WRITER_NONRECURSIVE_INITIALIZER_NP

enum { LONGEST_WAIT_S = 5 };

static pthread_rwlock_t gate = FREE_GATE;
static pthread_key_t depth_key; /* of the thread: a walk through one store may write into another */
static bool forking_at_gate;         /* the fork under way has the gate */
static bool forked_inside;           /* in a child: a thread of the parent was inside */

static pthread_mutex_t list_lock = PTHREAD_MUTEX_INITIALIZER;
static sqlite_store *list;

static uintptr_t depth(void) {
    return (uintptr_t)pthread_getspecific(depth_key);
}

/* An operation may wait for another process, or read from one that is just to be made: a fork cannot wait for ever. */
static void before_fork(void) {
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += LONGEST_WAIT_S;
    bool at_gate = depth() == 0 && pthread_rwlock_timedwrlock(&gate, &until) == 0;
    pthread_mutex_lock(&list_lock); /* another thread's fork may be under way */
    forking_at_gate = at_gate;
}

static void after_fork_in_parent(void) {
    bool at_gate = forking_at_gate;
    pthread_mutex_unlock(&list_lock);
    if (at_gate)
        pthread_rwlock_unlock(&gate);
}

/* The lock knows its owner by the thread's number, which is another one here. */
static void after_fork_in_child(void) {
    forked_inside = forked_inside || !forking_at_gate;
    pthread_mutex_unlock(&list_lock);
    gate = (pthread_rwlock_t)FREE_GATE;
    (void)pthread_setspecific(depth_key, NULL);
}

static int problem; /* an errno: no store can be opened */

static void watch_forks(void) {
    problem = pthread_key_create(&depth_key, NULL);
    if (problem == 0)
        problem = pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child);
}

static bool is_watching(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, watch_forks);
    return problem == 0;
}

bool sqlite_forked_inside(void) {
    return forked_inside;
}

void sqlite_gate_enter(void) {
    if (!is_watching())
        return;
    uintptr_t before = depth();
    (void)pthread_setspecific(depth_key, (const void *)(before + 1)); /* without memory for it: 0, which is entered anew */
    if (before == 0)
        pthread_rwlock_rdlock(&gate);
}

void sqlite_gate_leave(void) {
    if (!is_watching())
        return;
    uintptr_t before = depth();
    (void)pthread_setspecific(depth_key, (const void *)(before > 0 ? before - 1 : 0));
    if (before <= 1)
        pthread_rwlock_unlock(&gate);
}

/* The locks are the parent's: closing changes nothing in the file while they are held. */
static void forget_inherited(void) {
    pid_t process = getpid();
    for (sqlite_store *store = list; store; store = store->next)
        if (store->process != process)
            sqlite_disconnect(store);
}

int sqlite_list_add(sqlite_store *store, lw_error *error) {
    if (!is_watching())
        return lw_error_no_memory(error);
    if (forked_inside)
        return lw_error_set(error, LW_EUNAVAILABLE,
                            "the store %s cannot be opened: this process was forked while a thread was using a store; fork "
                            "when none is, or start a new program",
                            store->name);
    pthread_mutex_lock(&list_lock);
    forget_inherited();
    store->next = list;
    list = store;
    pthread_mutex_unlock(&list_lock);
    return LW_OK;
}

void sqlite_list_remove(sqlite_store *store) {
    pthread_mutex_lock(&list_lock);
    sqlite_store **place = &list;
    while (*place && *place != store)
        place = &(*place)->next;
    if (*place)
        *place = store->next;
    pthread_mutex_unlock(&list_lock);
}
