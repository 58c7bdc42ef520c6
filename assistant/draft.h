/**
 * A run before it is in the store: put together from what the assistant keeps anyway, so that nothing is copied without need.
 */
#ifndef LABWATCH_DRAFT_H
#define LABWATCH_DRAFT_H

#include "assistant_internal.h"

typedef struct lw_draft {
    lw_run run;           /**< to be inserted; never to be released by lw_run_release: it borrows */
    bson_t *document;     /**< owned: the configuration as the user sees it */
    bson_t config;        /**< owned: that with the run's seed */
    bson_t *worker;       /**< owned; NULL */
    bool has_seed;        /**< as of the desk */
    int64_t given_seed;   /**< the run's own, where it had one before; -1: it follows from its place */
} lw_draft;

/** Begins a run in that space as the wish says: queued, or running with the lease that fits. */
void lw_draft_begin(lw_draft *draft, lw_assistant *assistant, const lw_desk *desk, const lw_wish *wish);
void lw_draft_release(lw_draft *draft);

/** Gives it a configuration, and a seed from the place it has among the experiment's own runs. digest is the config's, or NULL if it is not known. */
int lw_draft_set_config(lw_draft *draft, const lw_assistant *assistant, const lw_config *config, const uint8_t *digest,
                        uint64_t place, lw_error *error);

/** Hands over what was reserved; takes config. The draft is released. */
void lw_draft_assign(lw_draft *draft, lw_config *config, lw_assignment *out);

/** Whether its configurations may have a field of their own called seed: a parameter, a constant, or what parameters are in. */
bool lw_space_has_seed(const lw_space *space);

/** The run's own seed, in 0 … 2^31 - 1. */
uint64_t lw_run_seed(uint64_t seed, uint64_t place);

#endif
