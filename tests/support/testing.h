/**
 * What tests share: cmocka with what it needs, comparisons with a tolerance, a temporary folder, and the sweep in
 * which every allocation fails once.
 */
#ifndef LABWATCH_TESTS_TESTING_H
#define LABWATCH_TESTS_TESTING_H

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <labwatch/error.h>
#include <labwatch/sys/memory.h>

/** Fails, with both numbers, unless |actual - wanted| <= tolerance. NaN is close to nothing. */
#define assert_close(actual, wanted, tolerance) lw_test_close(actual, wanted, tolerance, __FILE__, __LINE__)

/** The same with tolerance * |wanted|. */
#define assert_relatively_close(actual, wanted, tolerance)                                                             \
    lw_test_close(actual, wanted, (tolerance)*fabs(wanted), __FILE__, __LINE__)

/** Fails, with the error's message, unless call, which fills the lw_error error, gives LW_OK. */
#define assert_ok(call, error)                                                                                         \
    do {                                                                                                               \
        int lw_test_code = (call);                                                                                     \
        if (lw_test_code != LW_OK)                                                                                     \
            fail_msg("%s gave %d: %s", #call, lw_test_code, (error).message);                                          \
    } while (0)

/** Fails, showing the text, unless it contains part. */
#define assert_contains(text, part)                                                                                    \
    do {                                                                                                               \
        if (!strstr(text, part))                                                                                       \
            fail_msg("\"%s\" does not contain \"%s\"", text, part);                                                    \
    } while (0)

static inline void lw_test_close(double actual, double wanted, double tolerance, const char *file, int line) {
    if (fabs(actual - wanted) <= tolerance)
        return;
    print_error("%.17g is not within %g of %.17g\n", actual, tolerance, wanted);
    _fail(file, line);
}

/** Makes an empty folder; removed, with all in it, by lw_test_remove_folder. */
static inline char *lw_test_make_folder(void) {
    const char *parent = getenv("TMPDIR");
    char path[512];
    snprintf(path, sizeof path, "%s/labwatch-test-XXXXXX", parent ? parent : "/tmp");
    char *made = mkdtemp(path);
    if (!made)
        fail_msg("no temporary folder can be made as %s", path);
    return strdup(made);
}

/** Removes and frees what lw_test_make_folder gave. */
static inline void lw_test_remove_folder(char *folder) {
    char command[600];
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    if (system(command) != 0)
        print_error("%s stays\n", folder);
    free(folder);
}

/* Setup and teardown of a test whose state is a folder, and of one that also works in it. */

static inline int lw_test_set_up_folder(void **state) {
    *state = lw_test_make_folder();
    return 0;
}

static inline int lw_test_tear_down_folder(void **state) {
    lw_test_remove_folder(*state);
    return 0;
}

static inline int lw_test_enter_folder(void **state) {
    *state = lw_test_make_folder();
    return chdir(*state);
}

static inline int lw_test_leave_folder(void **state) {
    int left = chdir("/");
    lw_test_remove_folder(*state);
    return left;
}

/** path, then / and name, in a buffer that is valid until the next call. */
static inline const char *lw_test_path(const char *folder, const char *name) {
    static char path[1024];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

/** Something that allocates: true if it worked, false if it said that memory is gone. It frees all it has. */
typedef bool lw_test_allocating(void *context);

/** Skips the test where allocations cannot be made to fail. First of all, since skipping frees nothing. */
static inline void lw_test_need_faults(void) {
    lw_memory_fail_at(1, false);
    void *probe = lw_malloc(1);
    lw_memory_fail_at(0, false);
    lw_free(probe);
    if (probe)
        skip();
}

/**
 * Calls function with its first, second, … allocation failing (once, and from then on), until one call has so few
 * that none fails; that one must work. A sanitizer or valgrind then tells leaks. Skips like lw_test_need_faults,
 * which a test that has something to free calls at its beginning.
 */
static inline void lw_test_sweep_allocations(lw_test_allocating *function, void *context) {
    lw_test_need_faults();
    for (int then_on = 0; then_on <= 1; then_on++) {
        for (uint64_t n = 1;; n++) {
            lw_memory_fail_at(n, then_on);
            bool worked = function(context);
            uint64_t counted = lw_memory_fail_at(0, false);
            if (counted < n) {
                assert_true(worked);
                break;
            }
            if (worked)
                fail_msg("allocation %llu failed, and nobody noticed", (unsigned long long)n);
        }
    }
}

#endif
