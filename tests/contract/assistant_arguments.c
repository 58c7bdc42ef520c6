/*
 * Arguments that make no sense are refused with a sentence, before anything is changed.
 */
#include "assistant_support.h"

static const char text[] = "experiment: e\nseed: 5\noptimizer: random\nruns: 9\nspace:\n  x: !UniformFloat [0, 1]\n";

#define refused(call, expected, part)                                                                                  \
    do {                                                                                                               \
        lab->error = (lw_error){.code = LW_OK};                                                                        \
        assert_int_equal(call, expected);                                                                              \
        assert_int_equal(lab->error.code, expected);                                                                   \
        assert_contains(lab->error.message, part);                                                                     \
    } while (0)

static void nothing_is_no_assistant(void **state) {
    lw_test_lab *lab = *state;
    lw_error *error = &lab->error;
    const lw_result result = lw_result_of_value(1);
    lw_beat beat = {.id = 1};
    const lw_metric_point point = {.value = 1};
    lw_assignment run;
    lw_assistant *assistant;
    lw_standing standing;
    lw_replay replay;
    lw_run stored;
    bson_t document = BSON_INITIALIZER;
    int64_t id;
    refused(lw_assistant_open(&assistant, NULL, NULL, NULL, error), LW_EINVAL, "must not be NULL");
    refused(lw_assistant_open_stored(&assistant, lab->store, NULL, NULL, error), LW_EINVAL, "must not be NULL");
    refused(lw_assistant_suggest(NULL, NULL, &run, error), LW_EINVAL, "lw_assistant_suggest");
    refused(lw_assistant_take(NULL, NULL, &run, error), LW_EINVAL, "lw_assistant_take");
    refused(lw_assistant_take_run(NULL, 1, &run, error), LW_EINVAL, "lw_assistant_take_run");
    refused(lw_assistant_observe(NULL, 1, &result, error), LW_EINVAL, "lw_assistant_observe");
    refused(lw_assistant_observe_config(NULL, NULL, &document, &result, true, &id, error), LW_EINVAL,
            "lw_assistant_observe_config");
    refused(lw_assistant_beat(NULL, &beat, 1, error), LW_EINVAL, "lw_assistant_beat");
    refused(lw_assistant_beat_run(NULL, 1, error), LW_EINVAL, "lw_assistant_beat_run");
    refused(lw_assistant_release(NULL, 1, NULL, error), LW_EINVAL, "lw_assistant_release");
    refused(lw_assistant_retry(NULL, 1, error), LW_EINVAL, "lw_assistant_retry");
    refused(lw_assistant_remove(NULL, 1, error), LW_EINVAL, "lw_assistant_remove");
    refused(lw_assistant_remove_all(NULL, error), LW_EINVAL, "lw_assistant_remove_all");
    refused(lw_assistant_set_paused(NULL, true, error), LW_EINVAL, "lw_assistant_set_paused");
    refused(lw_assistant_log(NULL, 1, "loss", &point, 1, error), LW_EINVAL, "lw_assistant_log");
    refused(lw_assistant_recover(NULL, NULL, error), LW_EINVAL, "lw_assistant_recover");
    refused(lw_assistant_standing(NULL, &standing, error), LW_EINVAL, "lw_assistant_standing");
    refused(lw_assistant_best(NULL, &stored, error), LW_EINVAL, "lw_assistant_best");
    refused(lw_assistant_replay(NULL, 1, &replay, error), LW_EINVAL, "lw_assistant_replay");
    refused(lw_copy_experiment(lab->store, "e", NULL, NULL, NULL, error), LW_EINVAL, "lw_copy_experiment");
    refused(lw_runner_run(NULL, NULL, NULL, error), LW_EINVAL, "lw_runner_run");
    refused(lw_runner_exec(NULL, 1, NULL, NULL, error), LW_EINVAL, "lw_runner_exec");
    refused(lw_result_of_document(NULL, NULL, &document, error), LW_EINVAL, "lw_result_of_document");
    lw_assignment_release(NULL);
    lw_replay_release(NULL);
    lw_assistant_close(NULL);
    bson_destroy(&document);
}

static void wishes_that_contradict_themselves(void **state) {
    lw_test_lab *lab = *state;
    lw_assistant *assistant = lw_test_assistant(lab, text);
    lw_error *error = &lab->error;
    bson_t *config = BCON_NEW("x", BCON_DOUBLE(0.5));
    lw_assignment run;
    lw_run_counts counts;
#define suggesting(...) lw_assistant_suggest(assistant, &(const lw_wish){__VA_ARGS__}, &run, error)
#define taking(...) lw_assistant_take(assistant, &(const lw_wish){__VA_ARGS__}, &run, error)
    refused(suggesting(.default_config = true, .config = config), LW_EINVAL, "not both");
    refused(suggesting(.queue = true, .worker = true), LW_EINVAL, "a queued run has no lease");
    refused(suggesting(.queue = true, .lease_s = 5), LW_EINVAL, "a queued run has no lease");
    refused(suggesting(.lease_s = -1), LW_EINVAL, "a lease of -1 seconds");
    refused(suggesting(.lease_s = (double)NAN), LW_EINVAL, "a lease of nan seconds");
    refused(suggesting(.lease_s = (double)INFINITY), LW_EINVAL, "a lease of inf seconds");
    refused(suggesting(.space = "other"), LW_ENOTFOUND, "other");
    refused(taking(.queue = true), LW_EINVAL, "a worker takes");
    refused(taking(.config = config), LW_EINVAL, "a worker takes");
    refused(taking(.default_config = true), LW_EINVAL, "a worker takes");
    refused(taking(.space = "other"), LW_ENOTFOUND, "other");
#undef suggesting
#undef taking
    assert_ok(lw_store_run_counts(lab->store, "e", &counts, error), *error);
    assert_int_equal(counts.last_id, 0);
    bson_destroy(config);
    lw_assistant_close(assistant);
}

static void setups_that_cannot_be(void **state) {
    lw_test_lab *lab = *state;
    lw_assistant *assistant = NULL;
    lw_error *error = &lab->error;
    lw_runner_summary summary;
    const char *const command[] = {"true", NULL}, *const nothing[] = {"", NULL};
#define opening(...) lw_test_try_open(lab, text, &(const lw_assistant_setup){__VA_ARGS__}, &assistant)
    refused(opening(.runs = -1), LW_EINVAL, "a budget of -1 runs");
    refused(opening(.read_only = true, .new_version = true), LW_EINVAL, "reading only");
#undef opening
    assert_null(assistant);
    assistant = lw_test_assistant(lab, text);
#define running(...) lw_runner_run(assistant, &(const lw_runner_setup){__VA_ARGS__}, &summary, error)
    refused(running(.command = command, .jobs = -1), LW_EINVAL, "-1 jobs at a time");
    refused(running(.command = command, .jobs = 5000), LW_EINVAL, "5000 jobs at a time");
    refused(running(.command = command, .max_time_s = -1), LW_EINVAL, "0 or more seconds");
    refused(running(.command = command, .max_time_s = (double)NAN), LW_EINVAL, "0 or more seconds");
    refused(running(.command = command, .grace_s = -1), LW_EINVAL, "0 or more seconds");
    refused(running(.command = nothing), LW_EINVAL, "the command is empty");
    refused(running(.command = command, .space = "other"), LW_ENOTFOUND, "other");
#undef running
    refused(lw_copy_experiment(lab->store, "e", lab->store, NULL, NULL, error), LW_EINVAL, "the store that it is in");
    lw_assistant_close(assistant);
}

static void the_best_run_is_the_whole_run(void **state) {
    lw_test_lab *lab = *state;
    lw_assistant *assistant =
        lw_test_assistant(lab, "experiment: e\nseed: 5\ncost: maximize\nspace: {x: !UniformFloat [0, 1]}\n");
    lw_run best;
    refused(lw_assistant_best(assistant, &best, &lab->error), LW_ENOTFOUND, "experiment 'e' has no completed run");
    static const double values[] = {1, 3, 3, 2};
    for (size_t i = 0; i < 4; i++) {
        int64_t id = lw_test_suggest(lab, assistant, NULL, NULL);
        assert_int_equal(lw_test_observe(lab, assistant, id, values[i]), LW_OK);
    }
    assert_ok(lw_assistant_best(assistant, &best, &lab->error), lab->error);
    assert_int_equal(best.id, 2);
    assert_true(best.cost == -3);
    assert_non_null(best.config);
    lw_run_release(&best);
    lw_assistant_close(assistant);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        on_both_stores(nothing_is_no_assistant),
        on_both_stores(wishes_that_contradict_themselves),
        on_both_stores(setups_that_cannot_be),
        on_both_stores(the_best_run_is_the_whole_run),
    };
    return cmocka_run_group_tests_name("assistant_arguments", tests, NULL, NULL);
}
