/**
 * What the tests of the assistant share: stores of every kind, a clock that only moves when it is told to, experiments from text, and an optimizer that
 * reads everything there is to read.
 */
#ifndef LABWATCH_TESTS_ASSISTANT_SUPPORT_H
#define LABWATCH_TESTS_ASSISTANT_SUPPORT_H

#include "testing.h"

#include <labwatch/labwatch.h>

/** A clock for tests; sleeping moves it. Start it with lw_test_clock_start. */
typedef struct lw_test_clock {
    lw_clock clock;
    _Atomic int64_t wall_ms;
    _Atomic double monotonic_s;
} lw_test_clock;

void lw_test_clock_start(lw_test_clock *clock);
void lw_test_clock_advance(lw_test_clock *clock, double seconds);

/** A store with its clock, and the experiment that is worked on. */
typedef struct lw_test_lab {
    lw_test_clock clock;
    char *folder;
    char url[600];
    lw_store *store;
    lw_error error;
} lw_test_lab;

/** scheme: "memory", "sqlite", "faulty:memory". */
void lw_test_lab_open(lw_test_lab *lab, const char *scheme);
void lw_test_lab_close(lw_test_lab *lab);
/** Another handle on the same store (of a kind that several processes share). */
lw_store *lw_test_lab_second_store(lw_test_lab *lab);

/** Opens an experiment from text; fails the test if that fails. */
lw_assistant *lw_test_assistant(lw_test_lab *lab, const char *text);
/** The code of opening it; *out may be NULL, then it is closed again. setup may be NULL; its clock and optimizers are the lab's. */
int lw_test_try_open(lw_test_lab *lab, const char *text, const lw_assistant_setup *setup, lw_assistant **out);

/** Suggests, fails the test if that fails, and gives the run's id; out may be NULL. */
int64_t lw_test_suggest(lw_test_lab *lab, lw_assistant *assistant, const lw_wish *wish, lw_assignment *out);
/** The code of lw_assistant_observe with that value. */
int lw_test_observe(lw_test_lab *lab, lw_assistant *assistant, int64_t id, double value);

/** The run as the store has it; yours to lw_run_release. */
lw_run lw_test_run(lw_test_lab *lab, int64_t id);
lw_status lw_test_status(lw_test_lab *lab, int64_t id);

/** Fails the test unless a replay of the run gives that verdict. */
void lw_test_replays(lw_test_lab *lab, lw_assistant *assistant, int64_t id, lw_replay_verdict verdict);

/** An optimizer whose proposal depends on each bit of the history, on the number, the draw, the budget and the last memo. NULL-terminated list with it alone. */
extern const lw_optimizer_type *const lw_test_bookish_types[];

/** Runs the tests of a group once for each kind of store: CMOCKA tests get a fresh lab as *state. */
int lw_test_memory_setup(void **state);
int lw_test_sqlite_setup(void **state);
int lw_test_lab_teardown(void **state);

/** A test over both stores. */
#define on_both_stores(test)                                                                                           \
    {"memory: " #test, test, lw_test_memory_setup, lw_test_lab_teardown, NULL},                                        \
    {"sqlite: " #test, test, lw_test_sqlite_setup, lw_test_lab_teardown, NULL}

#endif
