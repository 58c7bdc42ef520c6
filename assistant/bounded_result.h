/**
 * Results within bounds: a run's document must stay far below what a server takes (16 MiB). Of what is larger, small
 * parts stay in the run, and the whole is kept as a file of the run; of output the beginning and the end stay.
 */
#ifndef LABWATCH_BOUNDED_RESULT_H
#define LABWATCH_BOUNDED_RESULT_H

#include <labwatch/assistant.h>

/** Bytes that a result object, the info and the output may each have in a run's document. */
#define LW_LARGEST_PART ((size_t)1 << 20)
/** Bytes of a configuration. */
#define LW_LARGEST_CONFIG ((size_t)4 << 20)

typedef struct lw_bounded_result {
    lw_result result;       /**< borrows from the one that was given, or from here */
    const bson_t *document; /**< too large: belongs into a file; NULL. Borrowed; likewise info */
    const bson_t *info;
    bson_t *small_document; /**< owned */
    bson_t *small_info;
    char *output;
    char *reason;
} lw_bounded_result;

/** The member of that name (the objective) stays in any case. LW_ENOMEM. Yours to release, on success only. */
int lw_bounded_result_init(lw_bounded_result *out, const lw_result *result, const char *objective, lw_error *error);
void lw_bounded_result_release(lw_bounded_result *bounded);
/** Keeps what was too large as the artifacts result.json and info.json of the run. */
int lw_bounded_result_keep(const lw_bounded_result *bounded, lw_assistant *assistant, int64_t id, lw_error *error);

/** The beginning and the end of an output that is too long, with a note between them; NULL when out of memory. */
char *lw_output_cut(const char *output);

#endif
