/**
 * Collects everything that is wrong with a file while it is read, so that all of it is told at once.
 *
 *     lw_problems problems = {.source = "svm.yaml"};
 *     lw_problem(&problems, node->place, "'%s' is no goal; it is minimize or maximize", LW_SHOW(node->text));
 *     …
 *     rc = lw_problems_finish(&problems, diagnostics, error);   // LW_OK, or LW_EPARSE with the first of them
 */
#ifndef LW_DIAGNOSTICS_H
#define LW_DIAGNOSTICS_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include <labwatch/experiment.h>

#include "space_builder.h"

/** Zero-initialise it, and give it a source. */
typedef struct lw_problems {
    const char *source; /**< what messages call the file; borrowed */
    lw_diagnostics found;
    size_t n_errors;  /**< of all that were told, also of those that were not kept */
    size_t n_dropped; /**< errors beyond what is kept */
    bool no_memory;
} lw_problems;

/** An error: the file cannot be used. The message says what is wrong; what would be right. */
void lw_problem(lw_problems *problems, lw_place place, const char *format, ...) LW_PRINTF(3, 4);
/** The file can be used, but probably does not say what was meant. */
void lw_problem_warning(lw_problems *problems, lw_place place, const char *format, ...) LW_PRINTF(3, 4);

/**
 * Brings the problems into the order of the file, gives them to *diagnostics (which may be NULL), and empties problems.
 * LW_OK if none is an error, else LW_EPARSE and the first in *error; LW_ENOMEM if memory ran out on the way.
 */
int lw_problems_finish(lw_problems *problems, lw_diagnostics *diagnostics, lw_error *error);
void lw_problems_release(lw_problems *problems);

/** Room for a piece of a file as a message shows it. */
typedef struct lw_shown {
    char bytes[4 * 60 + 32];
} lw_shown;

/** Makes foreign text safe to show: control characters escaped, at most 60 characters, "…" where it was cut. */
const char *lw_show(lw_shown *shown, const char *bytes, size_t length);

/** Foreign text inside a message's arguments. */
#define LW_SHOW(string)              lw_show(&(lw_shown){{0}}, (string), strlen(string))
#define LW_SHOW_BYTES(bytes, length) lw_show(&(lw_shown){{0}}, (bytes), (length))

/** "; did you mean 'lower'?" for the candidate nearest to word, "" if none is near. */
const char *lw_did_you_mean(lw_shown *hint, const char *word, const char *const *candidates, size_t count);
#define LW_DID_YOU_MEAN(word, candidates, count) lw_did_you_mean(&(lw_shown){{0}}, (word), (candidates), (count))

#endif
