/**
 * The spool: results whose store was away, each in a file of its own, until they can be delivered.
 *
 * A file is complete and durable before it gets its name, RUN-RANDOM.json, and never changes after that. Whoever
 * delivers holds a lock on it meanwhile; if two deliver it all the same, the store knows the second time that it has
 * the result already. A file that is no result, or whose result the store refuses for good, gets the ending .bad and is
 * not looked at again.
 */
#ifndef LW_SPOOL_H
#define LW_SPOOL_H

#include <labwatch/runner.h>

#include "catch_up.h"

/** What became of the results for one store and experiment. */
typedef struct lw_spool_report {
    size_t delivered;
    size_t left;      /**< wait for the store, or are being delivered by another process */
    size_t left_own;  /**< of these, results of the caller's own runs */
    size_t set_aside; /**< of any store: cannot be used */
    lw_error why;     /**< why the first of those stays that the store did not take; LW_OK: there is none */
} lw_spool_report;

/** Told of each file that is set aside. */
typedef void lw_spool_warn_fn(void *self, const char *sentence);

/**
 * As lw_spool_deliver; own (the caller's runs) and warn may be NULL. *report is filled in whatever happens. A result that
 * the store does not take now stays; the others are tried all the same, until the store is away or has taken none of
 * ten in a row.
 */
int lw_spool_deliver_all(const char *folder, const char *store_url, lw_assistant *assistant, const lw_id_list *own,
                         lw_spool_warn_fn *warn, void *self, lw_spool_report *report, lw_error *error);

#endif
