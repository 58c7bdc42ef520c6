/*
 * Opening experiments, suggesting, budgets, and what a changed file does.
 */
#include "assistant_support.h"

#define SPACE "space:\n  x: !UniformFloat [0, 1]\n  y: !UniformInt [1, 1000]\n  fixed: 7\n"

static void suggests_and_observes(void **state) {
    lw_test_lab *lab = *state;
    lw_assistant *assistant = lw_test_assistant(lab, "experiment: e\nseed: 5\noptimizer: random\n" SPACE);
    lw_assignment run;
    for (int64_t i = 1; i <= 10; i++) {
        assert_int_equal(lw_test_suggest(lab, assistant, NULL, &run), i);
        assert_int_equal(run.attempt, 1);
        assert_true(run.seed < (uint64_t)1 << 31);
        assert_true(bson_has_field(run.document, "fixed"));
        assert_false(bson_has_field(run.document, "seed"));
        assert_int_equal(lw_test_observe(lab, assistant, run.id, 1.0 / (double)i), LW_OK);
        lw_assignment_release(&run);
    }
    lw_run stored = lw_test_run(lab, 3);
    bson_iter_t at, last;
    assert_int_equal(stored.status, LW_STATUS_COMPLETED);
    assert_int_equal(stored.number, 3);
    assert_string_equal(stored.optimizer, "random");
    assert_string_equal(stored.build, lw_build());
    assert_string_equal(stored.space, "default");
    assert_int_equal(stored.space_version, 1);
    assert_int_equal(stored.view.last_id, 2);
    assert_null(stored.view.open_ids);
    assert_true(bson_iter_init(&at, stored.config));
    while (bson_iter_next(&at))
        last = at;
    assert_string_equal(bson_iter_key(&last), "seed");
    assert_int_equal(bson_iter_as_int64(&last), (int64_t)stored.seed);
    lw_run_release(&stored);

    lw_standing standing;
    assert_ok(lw_assistant_standing(assistant, &standing, &lab->error), lab->error);
    assert_int_equal(standing.finished, 10);
    assert_int_equal(standing.open, 0);
    assert_int_equal(standing.best_id, 10);
    assert_close(standing.best_result, 0.1, 1e-15);
    lw_assistant_close(assistant);
}

/* Whatever of its own a space calls seed stays in the stored config, once. */
static void a_space_keeps_its_own_seed(void **state) {
    static const char *const own[] = {
        "experiment: a\nspace:\n  seed: !UniformInt [1, 9]\n  x: !UniformFloat [0, 1]\n",
        "experiment: b\nspace:\n  seed: 7\n  x: !UniformFloat [0, 1]\n",
        "experiment: c\nspace:\n  seed: {y: !UniformInt [1, 9]}\n  x: !UniformFloat [0, 1]\n",
        "experiment: d\nspace:\n  seed: [!UniformInt [1, 9], 2]\n  x: !UniformFloat [0, 1]\n",
    };
    lw_test_lab *lab = *state;
    for (size_t i = 0; i < sizeof own / sizeof own[0]; i++) {
        lw_assistant *assistant = lw_test_assistant(lab, own[i]);
        lw_assignment run;
        int64_t id = lw_test_suggest(lab, assistant, NULL, &run);
        lw_run stored = lw_test_run(lab, id);
        assert_true(bson_equal(stored.config, run.document));
        lw_run_release(&stored);
        lw_assignment_release(&run);
        lw_assistant_close(assistant);
    }
}

static void agrees_on_one_seed(void **state) {
    lw_test_lab *lab = *state;
    lw_assistant *first = lw_test_assistant(lab, "experiment: e\n" SPACE);
    lw_assistant *second = lw_test_assistant(lab, "experiment: e\n" SPACE);
    assert_true(lw_assistant_seed(first) == lw_assistant_seed(second));
    lw_assistant_close(first);
    lw_assistant_close(second);
    assert_int_equal(lw_test_try_open(lab, "experiment: e\nseed: 123456789012\n" SPACE, NULL, NULL), LW_ECONFLICT);
    assert_contains(lab->error.message, "seed");
}

static void opens_what_is_stored(void **state) {
    lw_test_lab *lab = *state;
    lw_assistant *assistant = NULL;
    lw_assistant_setup setup = {.clock = &lab->clock.clock};
    lw_assistant_close(lw_test_assistant(lab, "experiment: heart\nruns: 12\nseed: 3\n" SPACE));
    assert_ok(lw_assistant_open_stored(&assistant, lab->store, "heart", &setup, &lab->error), lab->error);
    assert_int_equal(lw_assistant_experiment(assistant)->runs, 12);
    assert_true(lw_assistant_seed(assistant) == 3);
    lw_assistant_close(assistant);
    assert_int_equal(lw_assistant_open_stored(&assistant, lab->store, "haert", &setup, &lab->error), LW_ENOTFOUND);
    assert_contains(lab->error.message, "did you mean 'heart'");
}

/* Whoever does not have the optimizer can do all but suggest. */
static void opens_what_has_another_programs_optimizer(void **state) {
    lw_test_lab *lab = *state;
    lw_assistant *bringing = lw_test_assistant(lab, "experiment: heart\noptimizer: {name: bookish}\n" SPACE);
    int64_t id = lw_test_suggest(lab, bringing, NULL, NULL);
    lw_assistant_close(bringing);
    lw_assistant *assistant = NULL;
    lw_assistant_setup setup = {.clock = &lab->clock.clock};
    assert_ok(lw_assistant_open_stored(&assistant, lab->store, "heart", &setup, &lab->error), lab->error);
    lw_result result = lw_result_of_value(1);
    assert_ok(lw_assistant_observe(assistant, id, &result, &lab->error), lab->error);
    lw_standing standing;
    assert_ok(lw_assistant_standing(assistant, &standing, &lab->error), lab->error);
    assert_int_equal(standing.best_id, id);
    lw_assignment run;
    assert_int_equal(lw_assistant_suggest(assistant, NULL, &run, &lab->error), LW_EUNSUPPORTED);
    assert_contains(lab->error.message, "'bookish' of the experiment 'heart' is not part of labwatch");
    lw_wish given = {.default_config = true};
    lw_test_suggest(lab, assistant, &given, NULL);
    int64_t held, given_away;
    assert_ok(lw_assistant_held(assistant, NULL, &held, &given_away, &lab->error), lab->error);
    assert_true(held == 0 && given_away == 1);
    lw_assistant_close(assistant);
}

static void refuses_bad_options(void **state) {
    lw_test_lab *lab = *state;
    lw_run_counts counts;
    assert_int_equal(lw_test_try_open(lab, "experiment: e\noptimizer: {name: bookish, care: 99}\n" SPACE, NULL, NULL), LW_EINVAL);
    assert_contains(lab->error.message, "care");
    assert_int_equal(lw_test_try_open(lab, "experiment: e\noptimizer: rondom\n" SPACE, NULL, NULL), LW_EINVAL);
    assert_contains(lab->error.message, "random");
    assert_ok(lw_store_run_counts(lab->store, "e", &counts, &lab->error), lab->error);
    assert_int_equal(counts.experiment_revision, 0);
}

static void keeps_the_budget(void **state) {
    lw_test_lab *lab = *state;
    lw_assistant *assistant = lw_test_assistant(lab, "experiment: e\nruns: 3\noptimizer: random\n" SPACE);
    lw_assignment run;
    lw_wish given = {.default_config = true}, queued = {.queue = true};
    lw_test_suggest(lab, assistant, &given, NULL);
    lw_test_suggest(lab, assistant, &queued, NULL);
    lw_test_suggest(lab, assistant, NULL, NULL);
    assert_int_equal(lw_assistant_suggest(assistant, NULL, &run, &lab->error), LW_BUDGET_REACHED);
    assert_contains(lab->error.message, "3 runs");
    assert_int_equal(lw_assistant_suggest(assistant, &given, &run, &lab->error), LW_BUDGET_REACHED);

    /* What was interrupted does not count, nor what was removed. */
    lw_result stopped = lw_result_of_interruption("stopped");
    assert_int_equal(lw_assistant_observe(assistant, 3, &stopped, &lab->error), LW_OK);
    assert_int_equal(lw_test_suggest(lab, assistant, NULL, NULL), 4);
    assert_ok(lw_assistant_remove(assistant, 1, &lab->error), lab->error);
    assert_int_equal(lw_test_suggest(lab, assistant, NULL, NULL), 5);
    assert_int_equal(lw_assistant_suggest(assistant, NULL, &run, &lab->error), LW_BUDGET_REACHED);

    /* Another process raises it, and this one takes notice. */
    lw_assistant_close(lw_test_assistant(lab, "experiment: e\nruns: 4\noptimizer: random\n" SPACE));
    assert_int_equal(lw_test_suggest(lab, assistant, NULL, NULL), 6);
    lw_assistant_close(assistant);
}

static void stops_at_the_target(void **state) {
    lw_test_lab *lab = *state;
    lw_assistant *assistant =
        lw_test_assistant(lab, "experiment: e\ntarget: 0.9\noptimizer: random\ncost: {goal: maximize}\n" SPACE);
    lw_assignment run;
    lw_standing standing;
    assert_int_equal(lw_test_observe(lab, assistant, lw_test_suggest(lab, assistant, NULL, NULL), 0.5), LW_OK);
    assert_int_equal(lw_test_observe(lab, assistant, lw_test_suggest(lab, assistant, NULL, NULL), 0.9), LW_OK);
    assert_int_equal(lw_assistant_suggest(assistant, NULL, &run, &lab->error), LW_BUDGET_REACHED);
    assert_contains(lab->error.message, "target");
    assert_int_equal(lw_assistant_take(assistant, NULL, &run, &lab->error), LW_BUDGET_REACHED);
    assert_ok(lw_assistant_standing(assistant, &standing, &lab->error), lab->error);
    assert_true(standing.target_reached);
    assert_close(standing.best_result, 0.9, 0);
    lw_run stored = lw_test_run(lab, 2);
    assert_close(stored.cost, -0.9, 0);
    lw_run_release(&stored);
    lw_assistant_close(assistant);
}

static void pauses(void **state) {
    lw_test_lab *lab = *state;
    lw_assistant *assistant = lw_test_assistant(lab, "experiment: e\noptimizer: random\n" SPACE);
    lw_assistant *other = lw_test_assistant(lab, "experiment: e\noptimizer: random\n" SPACE);
    lw_assignment run;
    assert_ok(lw_assistant_set_paused(other, true, &lab->error), lab->error);
    assert_int_equal(lw_assistant_suggest(assistant, NULL, &run, &lab->error), LW_PAUSED);
    assert_int_equal(lw_assistant_take(assistant, NULL, &run, &lab->error), LW_PAUSED);
    lw_wish queued = {.queue = true};
    lw_test_suggest(lab, assistant, &queued, NULL);
    assert_ok(lw_assistant_set_paused(assistant, false, &lab->error), lab->error);
    assert_ok(lw_assistant_take(other, NULL, &run, &lab->error), lab->error);
    assert_int_equal(run.id, 1);
    lw_assignment_release(&run);
    lw_assistant_close(assistant);
    lw_assistant_close(other);
}

static void makes_versions_of_spaces(void **state) {
    lw_test_lab *lab = *state;
    const char *one = "experiment: e\noptimizer: random\nspace:\n  x: !UniformFloat [0, 1]\n";
    const char *same = "experiment: e\noptimizer: random # a comment\nspace:\n  x: !UniformFloat {lower: 0, upper: 1}\n";
    const char *two = "experiment: e\noptimizer: random\nspace:\n  x: !UniformFloat [0, 2]\n  z: !UniformInt [1, 9]\n";
    lw_assistant *assistant = lw_test_assistant(lab, one);
    lw_test_suggest(lab, assistant, NULL, NULL);
    lw_assistant_close(assistant);
    assistant = lw_test_assistant(lab, same);
    assert_int_equal(lw_assistant_space_version(assistant, NULL), 1);
    assert_false(lw_assistant_space_is_new(assistant, NULL));
    lw_assistant_close(assistant);
    assistant = lw_test_assistant(lab, two);
    assert_int_equal(lw_assistant_space_version(assistant, NULL), 2);
    assert_true(lw_assistant_space_is_new(assistant, NULL));
    lw_test_suggest(lab, assistant, NULL, NULL);
    lw_test_replays(lab, assistant, 1, LW_REPLAY_SAME);
    lw_test_replays(lab, assistant, 2, LW_REPLAY_SAME);
    lw_assistant_close(assistant);
    assistant = lw_test_assistant(lab, one);
    assert_int_equal(lw_assistant_space_version(assistant, NULL), 1);
    assert_false(lw_assistant_space_is_new(assistant, NULL));
    lw_assistant_close(assistant);
}

static void reads_results_anew_under_a_new_goal(void **state) {
    lw_test_lab *lab = *state;
    lw_assistant_setup anew = {.new_version = true};
    lw_assistant *old = lw_test_assistant(lab, "experiment: e\noptimizer: random\n" SPACE);
    lw_assistant *now = NULL;
    lw_assignment run;
    lw_standing standing;
    for (int i = 1; i <= 4; i++)
        assert_int_equal(lw_test_observe(lab, old, lw_test_suggest(lab, old, NULL, NULL), i), LW_OK);
    assert_ok(lw_assistant_standing(old, &standing, &lab->error), lab->error);
    assert_int_equal(standing.best_id, 1);

    const char *text = "experiment: e\noptimizer: random\ncost: {goal: maximize}\n" SPACE;
    assert_int_equal(lw_test_try_open(lab, text, NULL, NULL), LW_ECONFLICT);
    assert_contains(lab->error.message, "goal");
    assert_ok(lw_test_try_open(lab, text, &anew, &now), lab->error);
    assert_ok(lw_assistant_standing(now, &standing, &lab->error), lab->error);
    assert_int_equal(standing.best_id, 4);
    assert_close(standing.best_result, 4, 0);
    lw_assistant_close(now);
    assert_int_equal(lw_assistant_suggest(old, NULL, &run, &lab->error), LW_ECONFLICT);
    lw_assistant_close(old);
}

static void results_follow_the_goal_that_others_have_set(void **state) {
    lw_test_lab *lab = *state;
    lw_assistant_setup anew = {.new_version = true};
    lw_assistant *old = lw_test_assistant(lab, "experiment: e\noptimizer: random\n" SPACE);
    lw_assistant *now = NULL;
    lw_standing standing;
    for (int i = 0; i < 2; i++)
        lw_test_suggest(lab, old, NULL, NULL);
    const char *text = "experiment: e\noptimizer: random\ncost: {goal: maximize}\n" SPACE;
    assert_ok(lw_test_try_open(lab, text, &anew, &now), lab->error);
    for (int i = 1; i <= 2; i++) {
        assert_int_equal(lw_test_observe(lab, old, i, i), LW_OK);
        lw_run run = lw_test_run(lab, i);
        assert_close(run.cost, -i, 0);
        lw_run_release(&run);
    }
    assert_int_equal(lw_test_observe(lab, old, 2, 2), LW_KNOWN);
    assert_ok(lw_assistant_standing(now, &standing, &lab->error), lab->error);
    assert_int_equal(standing.best_id, 2);
    assert_close(standing.best_result, 2, 0);
    lw_assistant_close(now);
    lw_assistant_close(old);
}

static void durations_have_a_bound(void **state) {
    lw_test_lab *lab = *state;
    lw_assistant *assistant = lw_test_assistant(lab, "experiment: e\noptimizer: random\n" SPACE);
    lw_assignment run;
    lw_test_suggest(lab, assistant, NULL, &run);
    lw_result result = lw_result_of_value(1);
    result.duration_s = 1e300;
    assert_int_equal(lw_assistant_observe_config(assistant, NULL, run.document, &result, true, NULL, &lab->error), LW_EINVAL);
    assert_contains(lab->error.message, "1e+09");
    static const double wrong[] = {2e9, -1, INFINITY};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        result.duration_s = wrong[i];
        assert_int_equal(lw_assistant_observe(assistant, run.id, &result, &lab->error), LW_EINVAL);
        assert_contains(lab->error.message, "a number from 0 to 1e+09");
    }
    result.duration_s = 1e9;
    assert_ok(lw_assistant_observe(assistant, run.id, &result, &lab->error), lab->error);
    lw_assignment_release(&run);
    lw_assistant_close(assistant);
}

static void looks_without_changing(void **state) {
    lw_test_lab *lab = *state;
    lw_assistant_setup looking = {.read_only = true};
    lw_assistant *assistant = NULL;
    lw_assignment run;
    lw_run_counts counts;
    lw_assistant_close(lw_test_assistant(lab, "experiment: e\nruns: 3\n" SPACE));
    assert_ok(lw_test_try_open(lab, "experiment: e\nruns: 9\n" SPACE, &looking, &assistant), lab->error);
    assert_int_equal(lw_assistant_experiment(assistant)->runs, 9);
    assert_int_equal(lw_assistant_suggest(assistant, NULL, &run, &lab->error), LW_EINVAL);
    assert_int_equal(lw_test_observe(lab, assistant, 1, 1.0), LW_EINVAL);
    assert_ok(lw_store_run_counts(lab->store, "e", &counts, &lab->error), lab->error);
    assert_int_equal(counts.experiment_revision, 1);
    lw_assistant_close(assistant);
}

static void takes_given_configs(void **state) {
    lw_test_lab *lab = *state;
    lw_assistant *assistant = lw_test_assistant(lab, "experiment: e\n" SPACE);
    bson_t config;
    lw_assignment run;
    assert_ok(lw_document_from_json(&config, "{\"x\": 0.25}", 11, &lab->error), lab->error);
    lw_wish wish = {.config = &config};
    lw_test_suggest(lab, assistant, &wish, &run);
    assert_close(lw_config_number(run.config, 0), 0.25, 0);
    lw_assignment_release(&run);
    bson_destroy(&config);
    lw_test_replays(lab, assistant, 1, LW_REPLAY_NOT_COMPARABLE);

    assert_ok(lw_document_from_json(&config, "{\"x\": 2.5}", 10, &lab->error), lab->error);
    assert_int_equal(lw_assistant_suggest(assistant, &wish, &run, &lab->error), LW_EINVAL);
    bson_destroy(&config);

    lw_result result = lw_result_of_value(3);
    int64_t id;
    assert_ok(lw_document_from_json(&config, "{\"x\": 0.5, \"y\": 3}", 18, &lab->error), lab->error);
    assert_ok(lw_assistant_observe_config(assistant, NULL, &config, &result, false, &id, &lab->error), lab->error);
    assert_int_equal(id, 2);
    lw_run stored = lw_test_run(lab, 2);
    assert_int_equal(stored.origin, LW_ORIGIN_IMPORTED);
    assert_int_equal(stored.status, LW_STATUS_COMPLETED);
    lw_run_release(&stored);
    lw_run_counts counts;
    assert_ok(lw_store_run_counts(lab->store, "e", &counts, &lab->error), lab->error);
    assert_int_equal(counts.own, 1);

    lw_past past = lw_past_of_nothing();
    result.past = &past;
    assert_ok(lw_assistant_observe_config(assistant, NULL, &config, &result, false, &id, &lab->error), lab->error);
    stored = lw_test_run(lab, id);
    assert_true(stored.start_ms > 1000 && stored.stop_ms == stored.start_ms && stored.attempt == 1);
    lw_run_release(&stored);
    past.start_ms = 1000;
    past.seed = 77;
    past.attempt = 3;
    result.duration_s = 2.5;
    assert_ok(lw_assistant_observe_config(assistant, NULL, &config, &result, false, &id, &lab->error), lab->error);
    stored = lw_test_run(lab, id);
    assert_true(stored.start_ms == 1000 && stored.stop_ms == 3500 && stored.heartbeat_ms == 3500);
    assert_true(stored.seed == 77 && stored.attempt == 3 && stored.duration_s == 2.5);
    lw_run_release(&stored);
    const lw_past wrong[] = {{.start_ms = 2, .stop_ms = 1, .seed = -1},
                             {.start_ms = INT64_MAX, .stop_ms = LW_NO_TIME, .seed = -1},
                             {.start_ms = LW_NO_TIME, .stop_ms = LW_NO_TIME, .seed = (int64_t)1 << 31},
                             {.start_ms = LW_NO_TIME, .stop_ms = LW_NO_TIME, .seed = -1, .attempt = -1}};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        result.past = &wrong[i];
        assert_int_equal(lw_assistant_observe_config(assistant, NULL, &config, &result, false, &id, &lab->error),
                         LW_EINVAL);
    }
    bson_destroy(&config);
    lw_assistant_close(assistant);
}

static void says_when_a_space_is_exhausted(void **state) {
    lw_test_lab *lab = *state;
    lw_assistant *assistant =
        lw_test_assistant(lab, "experiment: e\noptimizer: random\nspace:\n  k: !Categorical [a, b, c]\n");
    lw_assignment run;
    for (int i = 0; i < 3; i++)
        lw_test_suggest(lab, assistant, NULL, NULL);
    assert_int_equal(lw_assistant_suggest(assistant, NULL, &run, &lab->error), LW_EXHAUSTED);
    assert_contains(lab->error.message, "no configuration left");
    lw_result stopped = lw_result_of_interruption(NULL);
    assert_int_equal(lw_assistant_observe(assistant, 2, &stopped, &lab->error), LW_OK);
    lw_test_suggest(lab, assistant, NULL, NULL);
    for (int64_t id = 1; id <= 4; id++)
        lw_test_replays(lab, assistant, id, LW_REPLAY_SAME);
    lw_assistant_close(assistant);
}

static void removes_all(void **state) {
    lw_test_lab *lab = *state;
    lw_assistant *assistant = lw_test_assistant(lab, "experiment: e\nseed: 1\noptimizer: random\n" SPACE);
    lw_assistant *other = lw_test_assistant(lab, "experiment: e\nseed: 1\noptimizer: random\n" SPACE);
    lw_assignment run;
    lw_test_suggest(lab, assistant, NULL, NULL);
    lw_test_suggest(lab, assistant, NULL, NULL);
    assert_ok(lw_assistant_remove_all(assistant, &lab->error), lab->error);
    assert_int_equal(lw_test_status(lab, 1), LW_STATUS_REMOVED);
    assert_int_equal(lw_test_status(lab, 2), LW_STATUS_REMOVED);
    assert_int_equal(lw_assistant_suggest(other, NULL, &run, &lab->error), LW_ENOTFOUND);
    lw_assistant_close(assistant);
    lw_assistant_close(other);
    assert_int_equal(lw_assistant_open_stored(&assistant, lab->store, "e", NULL, &lab->error), LW_ENOTFOUND);
    assistant = lw_test_assistant(lab, "experiment: e\nseed: 2\noptimizer: random\n" SPACE);
    assert_true(lw_assistant_seed(assistant) == 2);
    assert_int_equal(lw_test_suggest(lab, assistant, NULL, NULL), 3);
    lw_assistant_close(assistant);
}

static void chooses_among_spaces(void **state) {
    lw_test_lab *lab = *state;
    lw_assistant *assistant = lw_test_assistant(lab, "experiment: e\noptimizer: bookish\nspaces:\n"
                                                     "  small: {x: !UniformFloat [0, 1]}\n"
                                                     "  large: {x: !UniformFloat [0, 1], k: !Categorical [a, b]}\n");
    lw_wish large = {.space = "large"}, wrong = {.space = "lrage"};
    lw_assignment run;
    lw_test_suggest(lab, assistant, NULL, NULL);
    lw_test_suggest(lab, assistant, &large, &run);
    assert_int_equal(lw_space_n_parameters(lw_config_space(run.config)), 2);
    lw_assignment_release(&run);
    assert_int_equal(lw_assistant_suggest(assistant, &wrong, &run, &lab->error), LW_ENOTFOUND);
    lw_run stored = lw_test_run(lab, 2);
    assert_string_equal(stored.space, "large");
    assert_string_equal(stored.view.open_ids, ""); /* run 1 is of another space */
    assert_int_equal(stored.number, 2);
    lw_run_release(&stored);
    lw_test_replays(lab, assistant, 1, LW_REPLAY_SAME);
    lw_test_replays(lab, assistant, 2, LW_REPLAY_SAME);
    lw_assistant_close(assistant);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        on_both_stores(suggests_and_observes),
        on_both_stores(a_space_keeps_its_own_seed),
        on_both_stores(agrees_on_one_seed),
        on_both_stores(opens_what_is_stored),
        on_both_stores(opens_what_has_another_programs_optimizer),
        on_both_stores(refuses_bad_options),
        on_both_stores(keeps_the_budget),
        on_both_stores(stops_at_the_target),
        on_both_stores(pauses),
        on_both_stores(makes_versions_of_spaces),
        on_both_stores(reads_results_anew_under_a_new_goal),
        on_both_stores(results_follow_the_goal_that_others_have_set),
        on_both_stores(durations_have_a_bound),
        on_both_stores(looks_without_changing),
        on_both_stores(takes_given_configs),
        on_both_stores(says_when_a_space_is_exhausted),
        on_both_stores(removes_all),
        on_both_stores(chooses_among_spaces),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
