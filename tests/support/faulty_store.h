/**
 * A store that fails on purpose: "faulty:URL" is the store of that URL, in which the operation that a test chooses
 * fails, before it is done or after. Built on the public headers alone.
 *
 *     lw_store_open(&store, "faulty:memory:", NULL, lw_test_faulty_types, &error);
 *     for (uint64_t n = 1;; n++) {
 *         lw_test_faulty_store_fail(store, n, LW_TEST_FAIL_AFTER, LW_EUNAVAILABLE);
 *         … what must survive a failure of its n-th operation …
 *         if (lw_test_faulty_store_fail(store, 0, 0, 0) < n) break;     // it has fewer
 *     }
 */
#ifndef LABWATCH_TESTS_FAULTY_STORE_H
#define LABWATCH_TESTS_FAULTY_STORE_H

#include <labwatch/store.h>

extern const lw_store_type *const lw_test_faulty_types[];

enum {
    LW_TEST_FAIL_BEFORE = 0,      /**< the operation is not done */
    LW_TEST_FAIL_AFTER = 1,       /**< it is done, but the caller is told that it failed: a lost reply */
    LW_TEST_FAIL_FROM_THEN_ON = 2, /**< so do all later ones; or'ed to one of the above */
    LW_TEST_FAIL_LATE = 4 /**< it is done when lw_test_faulty_store_arrive is called: only run_insert and run_modify */
};

/**
 * From now on the n-th operation (1, 2, …) fails with the code; 0: none does. Returns how many operations there were
 * since the last call. Safe from any thread.
 */
uint64_t lw_test_faulty_store_fail(lw_store *store, uint64_t n, int how, int code);

/** What failed with LW_TEST_FAIL_LATE is done now, unless the run has changed; the code that it is answered with. */
int lw_test_faulty_store_arrive(lw_store *store, lw_error *error);

/** Only operations of that name ("run_insert") count and fail; NULL: all. Borrowed. */
void lw_test_faulty_store_only(lw_store *store, const char *operation);

#endif
