/**
 * What a worker that was killed has left running. Its children know of an attempt by their environment (LABWATCH_ATTEMPT), which everything that
 * they start inherits, also what the kernel's signal on a parent's death does not reach.
 */
#ifndef LABWATCH_LEFTOVERS_H
#define LABWATCH_LEFTOVERS_H

#include <stddef.h>

#include <labwatch/run.h>

#define LW_ATTEMPT_VARIABLE "LABWATCH_ATTEMPT"

enum { LW_TOKEN_TEXT_SIZE = 2 * sizeof(lw_token) + 1 };

/** A token in hexadecimal digits. */
void lw_token_to_text(const lw_token *token, char out[LW_TOKEN_TEXT_SIZE]);

/**
 * Ends this user's processes on this host that have the token in their environment, but never this one: SIGTERM, and SIGKILL to those that are still
 * there after grace_s, for which it waits. How many there were. Costs a walk through /proc for each look.
 */
size_t lw_leftovers_end(lw_token token, double grace_s);

#endif
