/**
 * "did you mean" for misspelt names.
 */
#ifndef LABWATCH_SUGGESTION_H
#define LABWATCH_SUGGESTION_H

#include <stddef.h>

/** "; did you mean 'name'?", or nothing. */
typedef struct lw_suggestion {
    char text[160];
} lw_suggestion;

/** The i-th candidate, NULL behind the last. */
typedef const char *lw_candidate_fn(void *self, size_t i);

lw_suggestion lw_suggest(const char *word, size_t length, lw_candidate_fn *candidate, void *self);

#endif
