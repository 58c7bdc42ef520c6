/**
 * Asking an optimizer, and the view that its answer was made from.
 */
#ifndef LABWATCH_PROPOSE_H
#define LABWATCH_PROPOSE_H

#include "assistant_internal.h"

/** A suggestion, and what it was made from. Zero-initialise it. */
typedef struct lw_idea {
    lw_suggestion suggestion; /**< config NULL: none yet */
    uint64_t number;
    bool has_digest;
    uint8_t digest[LW_DIGEST_SIZE]; /**< of the suggestion's config, if it is known */
    lw_view view;             /**< its texts are owned by the idea */
} lw_idea;

void lw_idea_release(lw_idea *idea);

/** How much is done anew. */
typedef enum lw_effort {
    LW_EFFORT_WHOLE, /**< everything that the store has is looked at */
    LW_EFFORT_CHEAP  /**< new runs are pending to the model that the idea was made from */
} lw_effort;

/**
 * Fills *idea, replacing what was in it. counts is the moment that it is made for. LW_EXHAUSTED with a sentence. *again: the store has changed so that the answer may
 * not be what its view says; ask again with counts of now.
 */
int lw_propose(lw_assistant *assistant, lw_desk *desk, const lw_live *live, const lw_run_counts *counts, lw_effort effort,
               lw_idea *idea, bool *again, lw_error *error);

/** Gives the desk an optimizer, and lets it catch up with the store as it was when counts were taken. */
int lw_desk_catch_up(lw_assistant *assistant, lw_desk *desk, const lw_live *live, const lw_run_counts *counts,
                     lw_effort effort, lw_error *error);

/** Whether some run has the config as often as the experiment allows. */
int lw_config_is_taken(lw_assistant *assistant, const lw_desk *desk, const lw_config *config, bool *taken, lw_error *error);

#endif
