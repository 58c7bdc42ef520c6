/**
 * A store that writes down what is done with it: "traced:URL" is the store of that URL. Built on the public headers
 * alone.
 */
#ifndef LABWATCH_TESTS_TRACED_STORE_H
#define LABWATCH_TESTS_TRACED_STORE_H

#include <labwatch/store.h>

extern const lw_store_type *const lw_test_traced_types[];

/** What was done since the last call, a line each, such as "run_insert LW_OK". Free it. */
char *lw_test_traced_store_take(lw_store *store);

#endif
