/**
 * The one policy for configurations that have been run before: none is suggested again while the space has others.
 *
 * Taken is what the history and the caller together have as often as the experiment allows, at the same fidelity; void
 * runs do not count. An optimizer gets LW_MAX_DRAWS tries to propose something else; behind them comes what is in here.
 */
#ifndef LABWATCH_DUPLICATES_H
#define LABWATCH_DUPLICATES_H

#include <labwatch/optimizer.h>

/** Whom to ask. Borrowed. */
typedef struct lw_taken {
    const lw_history *history;
    const lw_question *question;
} lw_taken;

/** How many runs have it. */
size_t lw_taken_count(const lw_taken *taken, const lw_config *config, double fidelity);

/** Whether the experiment allows one more of what so many runs have. */
bool lw_taken_allows(const lw_taken *taken, size_t count);

/** Whether as many runs have it as the experiment allows. */
bool lw_taken_is(const lw_taken *taken, const lw_config *config, double fidelity);

/** What is worked out once for a space, when it is first needed. Zero-initialise it. */
typedef struct lw_space_size {
    bool known;
    uint64_t n; /**< valid configurations, if they are few enough to look at each; else UINT64_MAX */
} lw_space_size;

/**
 * Puts a configuration into config that is free at this fidelity, drawn from the stream: uniformly from what is left of
 * a small finite space; from the prior in others, and if that finds none in 256 draws, the first free one on a walk
 * from such a draw through all levels, unlikely ones too.
 *
 * LW_EXHAUSTED: all are taken (then config is as good as any), or in a large finite space none was found among very
 * many. Where draws do not hit what the constraints leave, it is a step from a configuration that is known to be allowed
 * (near_valid.h); LW_EUNSATISFIABLE if none is known. Where continuous parameters have so small a free part that
 * the walks do not hit it, the last draw is given though it is taken: of two wrong answers, a repeat is better than an
 * end.
 */
int lw_free_config(lw_config *config, const lw_taken *taken, double fidelity, lw_space_size *size, lw_stream *stream,
                   lw_error *error);

#endif
