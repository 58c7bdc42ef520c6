/**
 * Whether a run and its documents can be read again. libbson's functions for copying abort on bytes that are no
 * document, and its iterators take what is no text.
 */
#ifndef LABWATCH_RUN_SOUND_H
#define LABWATCH_RUN_SOUND_H

#include <stdbool.h>

#include <labwatch/run.h>

/** How many bytes a run's texts and documents may have: libbson's documents end at 2 GiB, and have other fields too. */
#define RUN_LARGEST ((size_t)INT32_MAX - (64u << 10))

/** How deep documents may lie in a run's document. */
#define RUN_DEEPEST_NESTING 100

/**
 * Whether everything in the document is whole: values within their bounds, keys and texts in valid UTF-8, nothing too
 * deep. depth is that of its fields: 0 for those of a run's document.
 */
bool run_is_sound(const bson_t *document, int depth);

/**
 * Whether a run can be read again from wherever it is written to. LW_EINVAL names run and field: a text is not valid
 * UTF-8, a document not sound, a further field has the name of a known one. LW_EUNSUPPORTED: too large for a document.
 * known has a bit for each document, in the order of RUN_DOCUMENTS, that is set if the document is known to be sound.
 */
int run_check(const lw_run *run, unsigned known, lw_error *error);
/** LW_EUNSUPPORTED with a sentence. */
int run_too_large(const lw_run *run, lw_error *error);

#endif
