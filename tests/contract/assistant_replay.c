/*
 * Purity: whatever happened meanwhile, every suggestion can be made again from its view; a process that has lived all the time, one that has just begun, and a
 * replay agree. And what the history of an optimizer is made from: versions, foreign runs, epochs.
 */
#include "assistant_support.h"

#include <labwatch/random.h>

#define MIXED                                                                                                          \
    "space:\n  x: !UniformFloat [1e-3, 1e3, log_scale]\n  k: !UniformInt [1, 12]\n  c: !Categorical [a, b, c]\n"        \
    "  d: !UniformFloat {lower: 0, upper: 1, when: {c: a}}\n"
#define SMALL "space:\n  k: !UniformInt [1, 6]\n  c: !Categorical [a, b, c, d]\n"

/* ---- random histories ---- */

typedef struct history_walk {
    lw_test_lab *lab;
    const char *text;
    lw_assistant *live;
    lw_stream stream;
    int64_t last_id;
} history_walk;

static uint64_t below(history_walk *walk, uint64_t n) {
    return lw_stream_below(&walk->stream, n);
}

/* From the process that lives on, or from one that begins now. */
static void suggest_somewhere(history_walk *walk) {
    lw_assistant *cold = below(walk, 3) == 0 ? lw_test_assistant(walk->lab, walk->text) : NULL;
    lw_wish wish = {.queue = below(walk, 8) == 0};
    lw_assignment run;
    int code = lw_assistant_suggest(cold ? cold : walk->live, &wish, &run, &walk->lab->error);
    if (code == LW_OK) {
        walk->last_id = run.id;
        lw_assignment_release(&run);
    } else {
        assert_true(code == LW_EXHAUSTED || code == LW_BUDGET_REACHED);
    }
    lw_assistant_close(cold);
}

static void observe_something(history_walk *walk) {
    int64_t id = 1 + (int64_t)below(walk, (uint64_t)walk->last_id);
    static const lw_failure failures[] = {LW_FAILURE_CRASH, LW_FAILURE_TIMEOUT, LW_FAILURE_DIED, LW_FAILURE_NAN};
    lw_result result = lw_result_of_value(lw_stream_uniform(&walk->stream));
    if (below(walk, 4) == 0)
        result = lw_result_of_failure(failures[below(walk, 4)], "bad luck");
    else if (below(walk, 6) == 0)
        result = lw_result_of_interruption("stopped");
    int code = lw_assistant_observe(walk->live, id, &result, &walk->lab->error);
    assert_true(code == LW_OK || code == LW_KNOWN || code == LW_ECONFLICT || code == LW_ENOTFOUND);
}

static void reserve_elsewhere(history_walk *walk) {
    lw_assistant *other = lw_test_assistant(walk->lab, "experiment: other\n" MIXED);
    walk->last_id = lw_test_suggest(walk->lab, other, NULL, NULL);
    lw_assistant_close(other);
}

static void reopen_something(history_walk *walk) {
    int64_t id = 1 + (int64_t)below(walk, (uint64_t)walk->last_id);
    (void)lw_assistant_release(walk->live, id, NULL, NULL);
}

static void walk_on(history_walk *walk) {
    uint64_t what = below(walk, 12);
    if (walk->last_id == 0 || what < 6)
        suggest_somewhere(walk);
    else if (what < 10)
        observe_something(walk);
    else if (what == 10)
        reserve_elsewhere(walk);
    else
        reopen_something(walk);
}

static bool is_own(lw_test_lab *lab, int64_t id) {
    lw_run run = lw_test_run(lab, id);
    bool own = strcmp(run.experiment, "e") == 0;
    lw_run_release(&run);
    return own;
}

static void walk_and_replay(const char *scheme, const char *text, uint64_t seed) {
    lw_test_lab lab;
    history_walk walk = {.lab = &lab, .text = text};
    lw_test_lab_open(&lab, scheme);
    lw_stream_init(&walk.stream, seed, LW_PURPOSE_SAMPLE, 1, 0);
    walk.live = lw_test_assistant(&lab, text);
    for (uint64_t steps = 10 + below(&walk, 40); steps > 0; steps--)
        walk_on(&walk);
    lw_assistant *cold = lw_test_assistant(&lab, text);
    for (int64_t id = 1; id <= walk.last_id; id++)
        if (is_own(&lab, id))
            lw_test_replays(&lab, cold, id, LW_REPLAY_SAME);
    lw_assistant_close(cold);
    lw_assistant_close(walk.live);
    lw_test_lab_close(&lab);
}

static void random_histories_replay(void **state) {
    static const char *const texts[] = {
        "experiment: e\nseed: 11\noptimizer: random\n" MIXED, "experiment: e\nseed: 11\noptimizer: random\n" SMALL,
        "experiment: e\nseed: 11\noptimizer: sobol\n" MIXED,  "experiment: e\nseed: 11\noptimizer: sobol\n" SMALL,
        "experiment: e\nseed: 11\noptimizer: grid\n" MIXED,   "experiment: e\nseed: 11\noptimizer: grid\n" SMALL,
        "experiment: e\nseed: 11\noptimizer: bookish\n" MIXED, "experiment: e\nseed: 11\noptimizer: bookish\n" SMALL,
    };
    const size_t n = sizeof texts / sizeof *texts;
    (void)state;
    for (uint64_t seed = 0; seed < 200; seed++)
        walk_and_replay("memory", texts[seed % n], seed);
    for (uint64_t seed = 0; seed < 16; seed++)
        walk_and_replay("sqlite", texts[seed % n], 1000 + seed);
}

static void random_histories_of_models_replay(void **state) {
    static const char *const texts[] = {
        "experiment: e\nseed: 11\noptimizer: {name: gp, initial: 2}\n" MIXED,
        "experiment: e\nseed: 11\noptimizer: {name: gp, initial: 2}\n" SMALL,
        "experiment: e\nseed: 11\nruns: 15\noptimizer: {name: gp-mcmc, initial: 2, samples: 2}\n" MIXED,
    };
    const size_t n = sizeof texts / sizeof *texts;
    (void)state;
    for (uint64_t seed = 0; seed < 15; seed++)
        walk_and_replay("memory", texts[seed % n], seed);
    for (uint64_t seed = 0; seed < 3; seed++)
        walk_and_replay("sqlite", texts[seed % n], 1000 + seed);
}

/* ---- races ---- */

/* A store that lets a test do something at the moment of an insertion, as others might. */
typedef struct raced_store {
    lw_test_lab *lab;
    lw_assistant *rival;
    int left;         /* how often the rival is first */
    bool observes;    /* and has its result at once */
} raced_store;

static raced_store race;
static int (*inner_insert)(lw_store *store, const lw_run *run, lw_error *error);
static lw_store_type raced_type;

static int insert_after_rival(lw_store *store, const lw_run *run, lw_error *error) {
    if (race.left > 0) {
        race.left--;
        raced_store now = race;
        race.left = 0; /* the rival has no rivals */
        int64_t id = lw_test_suggest(now.lab, now.rival, NULL, NULL);
        if (now.observes)
            lw_test_observe(now.lab, now.rival, id, 0.5);
        race = now;
    }
    return inner_insert(store, run, error);
}

static void races_to_the_same_id(void **state, const char *optimizer, int losses, bool observes, bool foreign) {
    lw_test_lab *lab = *state;
    char text[400];
    snprintf(text, sizeof text, "experiment: e\nseed: 4\noptimizer: %s\n" MIXED, optimizer);
    lw_assistant *assistant = lw_test_assistant(lab, text);
    lw_assistant *rival = foreign ? lw_test_assistant(lab, "experiment: other\n" MIXED) : lw_test_assistant(lab, text);
    for (int i = 0; i < 4; i++)
        lw_test_observe(lab, assistant, lw_test_suggest(lab, assistant, NULL, NULL), i);

    const lw_store_type *type = lab->store->type;
    raced_type = *type;
    inner_insert = type->run_insert;
    raced_type.run_insert = insert_after_rival;
    lab->store->type = &raced_type;
    race = (raced_store){lab, rival, losses, observes};
    int64_t id = lw_test_suggest(lab, assistant, NULL, NULL);
    lab->store->type = type;

    assert_int_equal(id, 5 + losses);
    lw_run run = lw_test_run(lab, id);
    if (strcmp(optimizer, "bookish") == 0) {
        int64_t seen = foreign ? 4 : losses <= 5 ? 4 + losses : 4 + 5;
        assert_int_equal(run.view.fit_last_id, 4);
        assert_int_equal(run.view.last_id, seen);
        assert_int_equal(run.number, seen + 1);
    } else if (!foreign) {
        assert_int_equal(run.number, id);
    }
    lw_run_release(&run);
    for (int64_t i = 1; i <= id; i++)
        if (is_own(lab, i))
            lw_test_replays(lab, assistant, i, LW_REPLAY_SAME);
    lw_test_suggest(lab, assistant, NULL, NULL);
    lw_test_replays(lab, assistant, id + 1, LW_REPLAY_SAME);
    lw_assistant_close(assistant);
    lw_assistant_close(rival);
}

static void one_loss_repeats_the_cheap_half(void **state) {
    races_to_the_same_id(state, "bookish", 1, false, false);
}

static void losses_to_runs_that_are_done_at_once(void **state) {
    races_to_the_same_id(state, "bookish", 3, true, false);
}

static void many_losses_keep_the_config(void **state) {
    races_to_the_same_id(state, "bookish", 9, true, false);
}

static void foreign_runs_change_the_id_alone(void **state) {
    races_to_the_same_id(state, "bookish", 4, false, true);
}

static void model_free_types_draw_anew(void **state) {
    races_to_the_same_id(state, "sobol", 9, true, false);
}

/* ---- force, removal, versions ---- */

static void changes_by_force_are_told(void **state) {
    lw_test_lab *lab = *state;
    const char *text = "experiment: e\nseed: 4\noptimizer: bookish\n" MIXED;
    lw_assistant *live = lw_test_assistant(lab, text);
    lw_assistant *other = lw_test_assistant(lab, text);
    for (int i = 0; i < 4; i++)
        lw_test_observe(lab, live, lw_test_suggest(lab, live, NULL, NULL), i);
    lw_result forced = lw_result_of_value(17);
    forced.force = true;
    assert_int_equal(lw_assistant_observe(other, 2, &forced, &lab->error), LW_OK);
    lw_replay replay;
    assert_ok(lw_assistant_replay(live, 4, &replay, &lab->error), lab->error);
    assert_int_equal(replay.verdict, LW_REPLAY_NOT_COMPARABLE);
    assert_contains(replay.reason, "force");
    assert_non_null(replay.again);
    lw_replay_release(&replay);
    lw_test_replays(lab, live, 1, LW_REPLAY_SAME);

    /* The process that has lived on learns of it, of a removal, and of a reopened outcome. */
    lw_test_suggest(lab, live, NULL, NULL);
    lw_test_replays(lab, other, 5, LW_REPLAY_SAME);
    assert_ok(lw_assistant_remove(other, 3, &lab->error), lab->error);
    lw_test_suggest(lab, live, NULL, NULL);
    lw_test_replays(lab, other, 6, LW_REPLAY_SAME);
    lw_result crash = lw_result_of_failure(LW_FAILURE_CRASH, "crash");
    assert_int_equal(lw_assistant_observe(live, 5, &crash, &lab->error), LW_OK);
    lw_test_suggest(lab, live, NULL, NULL);
    assert_ok(lw_assistant_retry(other, 5, &lab->error), lab->error);
    lw_test_suggest(lab, live, NULL, NULL);
    lw_test_replays(lab, other, 8, LW_REPLAY_SAME);
    lw_assistant_close(live);
    lw_assistant_close(other);
}

/* How often a configuration may be run is what it was then, whatever the file says now. */
static void repeats_are_those_of_then(void **state) {
    lw_test_lab *lab = *state;
    for (int history = 0; history <= 1; history++) {
        char once[256], thrice[256];
        const char *type = history ? "bookish" : "random";
        const char *rest = "space:\n  k: !UniformInt [1, 2]\n";
        snprintf(once, sizeof once, "experiment: %s\nseed: 4\noptimizer: %s\n%s", type, type, rest);
        snprintf(thrice, sizeof thrice, "experiment: %s\nseed: 4\nrepeats: 3\noptimizer: %s\n%s", type, type, rest);
        lw_assistant *assistant = lw_test_assistant(lab, thrice);
        int64_t first = 0, last = 0;
        lw_assignment run;
        for (int i = 0; i < 6; i++) {
            last = lw_test_suggest(lab, assistant, NULL, NULL);
            first = i == 0 ? last : first;
        }
        assert_int_equal(lw_assistant_suggest(assistant, NULL, &run, &lab->error), LW_EXHAUSTED);
        lw_assistant_close(assistant);
        assistant = lw_test_assistant(lab, once);
        for (int64_t id = first; id <= last; id++)
            lw_test_replays(lab, assistant, id, LW_REPLAY_SAME);
        lw_assistant_close(assistant);
    }
}

static void older_versions_teach(void **state) {
    lw_test_lab *lab = *state;
    lw_assistant *assistant = lw_test_assistant(lab, "experiment: e\nseed: 4\noptimizer: random\nspace:\n  x: !UniformFloat [0, 1]\n");
    for (int i = 0; i < 10; i++)
        lw_test_observe(lab, assistant, lw_test_suggest(lab, assistant, NULL, NULL), i);
    lw_assistant_close(assistant);
    const char *text = "experiment: e\nseed: 4\noptimizer: bookish\nspace:\n  x: !UniformFloat [0, 0.5]\n  z: !UniformInt {lower: 1, upper: 9, default: 3}\n";
    assistant = lw_test_assistant(lab, text);
    int64_t id = lw_test_suggest(lab, assistant, NULL, NULL);
    lw_run run = lw_test_run(lab, id);
    assert_int_equal(run.space_version, 2);
    lw_run_release(&run);
    lw_test_replays(lab, assistant, id, LW_REPLAY_SAME);
    for (int64_t i = 1; i < id; i++)
        lw_test_replays(lab, assistant, i, LW_REPLAY_SAME);
    lw_assistant_close(assistant);
}

/* ---- Sacred's runs ---- */

static void insert_document(lw_test_lab *lab, const char *json) {
    bson_t document;
    lw_run run;
    assert_ok(lw_document_from_json(&document, json, strlen(json), &lab->error), lab->error);
    assert_ok(lw_run_from_document(&run, &document, &lab->error), lab->error);
    assert_int_equal(run.origin, LW_ORIGIN_FOREIGN);
    assert_ok(lw_store_run_insert(lab->store, &run, &lab->error), lab->error);
    lw_run_release(&run);
    bson_destroy(&document);
}

static size_t lessons; /* observations that the optimizer below saw */
static size_t lessons_completed;
static double best_cost;

static int counting_suggest(void *state, const lw_request *request, lw_proposal *proposal, lw_error *error) {
    (void)state;
    lessons = lw_history_n(request->history);
    lessons_completed = lw_history_n_outcome(request->history, LW_COMPLETED);
    const lw_observation *best = lw_history_best(request->history);
    best_cost = best ? best->cost : (double)NAN;
    return lw_config_sample(proposal->config, request->stream, error);
}

static void foreign_runs_teach(void **state) {
    lw_test_lab *lab = *state;
    static const lw_optimizer_type counting = {
        .name = "counting", .summary = "counts", .source = "a test", .reads = LW_READS_HISTORY,
        .suggest_configuration = counting_suggest};
    static const lw_optimizer_type *const types[] = {&counting, NULL};
    insert_document(lab, "{\"_id\": 1, \"experiment\": {\"name\": \"e\"}, \"config\": {\"x\": 0.5, \"seed\": 3, \"other\": 1}, "
                         "\"status\": \"COMPLETED\", \"result\": 0.25}");
    insert_document(lab, "{\"_id\": 2, \"experiment\": {\"name\": \"e\"}, \"config\": {\"x\": 0.25}, "
                         "\"status\": \"COMPLETED\", \"result\": {\"result\": 0.75}}");
    insert_document(lab, "{\"_id\": 3, \"experiment\": {\"name\": \"e\"}, \"config\": {\"x\": 7.5}, "
                         "\"status\": \"COMPLETED\", \"result\": 0.1}"); /* outside */
    insert_document(lab, "{\"_id\": 4, \"experiment\": {\"name\": \"e\"}, \"config\": {\"y\": 0.5}, "
                         "\"status\": \"COMPLETED\", \"result\": 0.1}"); /* x is not there */
    insert_document(lab, "{\"_id\": 5, \"experiment\": {\"name\": \"f\"}, \"config\": {\"x\": 0.5}, "
                         "\"status\": \"COMPLETED\", \"result\": 0.1}"); /* another experiment */
    insert_document(lab, "{\"_id\": 6, \"experiment\": {\"name\": \"e\"}, \"config\": {\"x\": 0.75}, \"status\": \"RUNNING\"}");
    insert_document(lab, "{\"_id\": 7, \"experiment\": {\"name\": \"e\"}, \"config\": {\"x\": 0.625}, "
                         "\"status\": \"COMPLETED\", \"result\": \"text\"}"); /* no cost: teaches nothing */

    lw_experiment *experiment = NULL;
    lw_assistant *assistant = NULL;
    lw_assistant_setup setup = {.clock = &lab->clock.clock, .optimizers = types};
    const char *text = "experiment: e\noptimizer: counting\ncost: {goal: maximize}\nspace:\n  x: !UniformFloat [0, 1]\n";
    assert_ok(lw_experiment_parse(&experiment, text, strlen(text), "t", NULL, &lab->error), lab->error);
    assert_ok(lw_assistant_open(&assistant, lab->store, experiment, &setup, &lab->error), lab->error);
    assert_int_equal(lw_test_suggest(lab, assistant, NULL, NULL), 8);
    assert_int_equal(lessons, 4);
    assert_int_equal(lessons_completed, 2);
    assert_close(best_cost, -0.75, 0);
    lw_run run = lw_test_run(lab, 8);
    assert_int_equal(run.number, 1);
    assert_string_equal(run.view.open_ids, "6");
    lw_run_release(&run);
    lw_test_replays(lab, assistant, 8, LW_REPLAY_SAME);
    assert_int_equal(lw_test_observe(lab, assistant, 6, 1.0), LW_EUNSUPPORTED);
    lw_assistant_close(assistant);
    lw_experiment_free(experiment);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_histories_replay),
        cmocka_unit_test(random_histories_of_models_replay),
        on_both_stores(one_loss_repeats_the_cheap_half),
        on_both_stores(losses_to_runs_that_are_done_at_once),
        on_both_stores(many_losses_keep_the_config),
        on_both_stores(foreign_runs_change_the_id_alone),
        on_both_stores(model_free_types_draw_anew),
        on_both_stores(changes_by_force_are_told),
        on_both_stores(repeats_are_those_of_then),
        on_both_stores(older_versions_teach),
        on_both_stores(foreign_runs_teach),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
