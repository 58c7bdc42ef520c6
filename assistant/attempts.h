/**
 * Attempts at a run: their tokens, and the list of those that were given up or came late.
 *
 * An entry of the list is {attempt, token, how, start, stop, worker, failure, reason, result}; how is one of
 * "queued" (no attempt yet, but the run's first token, that nobody has), "released", "died", "failed", "interrupted", "superseded" (another attempt's result came first), "late" (a result that
 * came after another attempt's).
 */
#ifndef LABWATCH_ATTEMPTS_H
#define LABWATCH_ATTEMPTS_H

#include <labwatch/run.h>

#include "entropy.h"

lw_token lw_token_new(lw_entropy *entropy);

/** The number that the next attempt at the run gets. */
int32_t lw_attempt_next(const lw_run *run);

/** Adds the current attempt to the list, as it stands. */
void lw_attempts_archive(lw_run *run, const char *how);

/** A result of an attempt that did not count. */
typedef struct lw_late_result {
    int32_t attempt;
    lw_token token;
    int64_t now_ms;
    lw_failure failure;
    const char *reason;   /**< NULL */
    const bson_t *result; /**< {"result": …}; NULL */
} lw_late_result;
void lw_attempts_add_late(lw_run *run, const lw_late_result *late);

/** What the list says of a token. */
typedef struct lw_attempt_entry {
    int32_t attempt;
    bool failed;      /**< ended with a failure that taught, before the run was tried again: that failure is its result */
    bool interrupted; /**< ended so, before the run was tried again */
    lw_failure failure; /**< of failed */
    bool late;        /**< has a late result: */
    lw_failure late_failure;
    bson_iter_t late_result; /**< only if has_late_result */
    bool has_late_result;
    bool released;
    bson_iter_t worker; /**< at the worker; only if has_worker */
    bool has_worker;
    int64_t start_ms;
} lw_attempt_entry;
/** Whether that is the entry's late result, {"result": …}, as far as the list keeps it. */
bool lw_attempt_has_late_result(const lw_attempt_entry *entry, const bson_t *result);
/** False if no entry has it. */
bool lw_attempts_find(const lw_run *run, lw_token token, lw_attempt_entry *out);

/** The first token that the run ever had, which stays with it whatever becomes of it. None if it has none (Sacred's). */
lw_token lw_run_first_token(const lw_run *run);

/** How many attempts died, the current one included. */
int32_t lw_attempts_died(const lw_run *run);

/** Adds a sentence to the run's notes. */
void lw_run_add_note(lw_run *run, const char *format, ...) LW_PRINTF(2, 3);

#endif
