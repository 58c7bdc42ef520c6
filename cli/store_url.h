/**
 * Which store the user means.
 */
#ifndef CLI_STORE_URL_H
#define CLI_STORE_URL_H

#include "arguments.h"

/** --store, or $LABWATCH_STORE, or sqlite:labwatch.db; "@FILE" as it was given. */
const char *store_url(const cli_arguments *given);

/**
 * The same store for a process that may be in another folder: a relative file in a sqlite: URL, or behind @, becomes
 * absolute. Yours to lw_free.
 */
char *store_url_absolute(const char *url);

#endif
