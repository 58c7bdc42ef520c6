/**
 * What every store must do, as tests that are run over each of them. Built on the public headers alone.
 */
#ifndef LABWATCH_TESTS_STORE_CONTRACT_H
#define LABWATCH_TESTS_STORE_CONTRACT_H

#include <labwatch/store.h>

#include "beats.h"
#include "runs.h"
#include "testing.h"

/** A store that the contract is tried on. */
typedef struct contract_store {
    const char *name;
    const char *url;                       /**< %s stands for a folder that is new for each test */
    bool shared;                           /**< other processes may open the same URL, and what was written survives */
    void (*check_integrity)(const char *url); /**< fails the test if what lies there is damaged; may be NULL */
} contract_store;

/** A test's state: a store that was just made. */
typedef struct contract {
    const contract_store *what;
    char *folder;
    char url[600];
    lw_store *store;
} contract;

/** Opens the store once more (shared ones only). lw_store_close it. */
lw_store *contract_open(const contract *c);
/** Closes the test's store, and opens it again afterwards: around forks. */
void contract_close(contract *c);
void contract_reopen(contract *c);

/** Puts a run of lw_test_run, with another status if that is not RUNNING. Completed ones cost id % 7. */
void contract_insert(lw_store *store, int64_t id, const char *experiment, lw_status status);
/** Sets status and cost of a run. */
void contract_finish(lw_store *store, int64_t id, lw_status status, double cost);
/** Fails unless the store has a run like this one. */
void contract_assert_has(lw_store *store, const lw_run *run);
/** Fails unless counts and rows of the experiment are those of its runs, read one by one. */
void contract_assert_counted(lw_store *store, const char *experiment);

#define CONTRACT_TESTS(TEST)                                                                                           \
    TEST(experiments_are_kept_by_revision)                                                                             \
    TEST(experiments_are_listed_by_name)                                                                               \
    TEST(runs_come_back_as_they_were_put)                                                                              \
    TEST(an_id_is_a_reservation)                                                                                       \
    TEST(the_same_run_may_be_put_again)                                                                                \
    TEST(ids_need_not_be_in_order)                                                                                     \
    TEST(unknown_runs)                                                                                                 \
    TEST(what_could_not_be_read_again_is_refused)                                                                      \
    TEST(refused_modifications_leave_no_trace)                                                                         \
    TEST(modifications_are_whole_or_not_at_all)                                                                        \
    TEST(every_member_can_be_modified)                                                                                 \
    TEST(beats_need_the_token)                                                                                         \
    TEST(beats_of_many_are_each_taken_or_refused)                                                                      \
    TEST(a_beat_that_is_not_valid_stops_no_other)                                                                      \
    TEST(removed_runs_are_tombstones)                                                                                  \
    TEST(foreign_runs_are_never_changed)                                                                               \
    TEST(queued_foreign_runs_can_become_own_ones)                                                                      \
    TEST(counts_follow_every_change)                                                                                   \
    TEST(changes_tell_whether_anything_is_new)                                                                         \
    TEST(counts_of_configs_say_of_which_moment_they_are)                                                               \
    TEST(configs_are_counted)                                                                                          \
    TEST(void_runs_leave_their_config_free)                                                                            \
    TEST(hostile_names)                                                                                                \
    TEST(queries_by_each_condition)                                                                                    \
    TEST(rows_are_the_narrow_side_of_runs)                                                                             \
    TEST(the_best_come_first)                                                                                          \
    TEST(visits_can_be_stopped)                                                                                        \
    TEST(random_operations_agree_with_a_model)                                                                         \
    TEST(a_hundred_thousand_runs)                                                                                      \
    TEST(metrics_are_appended)                                                                                         \
    TEST(metrics_of_runs_that_cannot_have_them)                                                                        \
    TEST(files_of_all_sizes)                                                                                           \
    TEST(equal_files_share_and_outlive_each_other)                                                                     \
    TEST(files_that_cannot_be_read_are_not_kept)                                                                       \
    TEST(caches_are_bounded)                                                                                           \
    TEST(threads_claim_ids_without_a_loss)                                                                             \
    TEST(threads_lose_no_modification)                                                                                 \
    TEST(processes_claim_ids_without_a_loss)                                                                           \
    TEST(processes_lose_no_modification)                                                                               \
    TEST(processes_make_a_store_at_once)                                                                               \
    TEST(what_is_closed_is_still_there)                                                                                \
    TEST(killed_writers_lose_nothing_acknowledged)                                                                     \
    TEST(a_child_process_must_open_anew)                                                                               \
    TEST(failed_allocations_change_nothing)

#define CONTRACT_TEST_DECLARATION(name) void test_store_contract__##name(void **state);
CONTRACT_TESTS(CONTRACT_TEST_DECLARATION)
#undef CONTRACT_TEST_DECLARATION

#endif
