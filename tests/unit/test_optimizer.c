#include "spaces.h"

#include <labwatch/optimizer.h>

/* ---- types that are made to try the wrapper ---- */

/* What a fake type was told, and what it is to do. One at a time. */
static struct {
    lw_request seen;
    size_t n_history_seen;
    int n_suggest, n_init, n_release;
    size_t n_changed;
    int64_t last_changed;
    int fail_update; /* the next calls that fail */
    int outcome;     /* of suggest and describe */
    bool add_memo;
    double fidelity;
    int64_t parent;
} fake;

/* Always proposes u = 0.25 in all coordinates. */
static int fake_suggest(void *state, const lw_request *request, lw_proposal *proposal, lw_error *error) {
    (void)state;
    fake.seen = *request;
    fake.n_history_seen = lw_history_n(request->history);
    fake.n_suggest++;
    if (fake.outcome < 0)
        return lw_error_set(error, fake.outcome, "the fake fails");
    if (fake.outcome > 0)
        return fake.outcome;
    double u[16];
    for (size_t i = 0; i < 16; i++)
        u[i] = 0.25;
    lw_config_decode(proposal->config, u);
    proposal->fidelity = fake.fidelity;
    proposal->parent = fake.parent;
    if (fake.add_memo)
        BSON_APPEND_INT64(proposal->memo, "number", (int64_t)request->number);
    return LW_OK;
}

static int fake_init(void *state, const lw_optimizer_setup *setup, lw_error *error) {
    (void)setup;
    (void)error;
    assert_int_equal(*(int *)state, 0);
    *(int *)state = 1;
    fake.n_init++;
    return LW_OK;
}

static int fake_update(void *state, const lw_history *history, const lw_observation *const *changed, size_t n,
                       lw_error *error) {
    assert_int_equal(*(int *)state, 1);
    if (fake.fail_update > 0) {
        fake.fail_update--;
        return lw_error_no_memory(error);
    }
    for (size_t i = 0; i < n; i++)
        assert_ptr_equal(lw_history_find(history, changed[i]->run_id), changed[i]);
    fake.n_changed += n;
    fake.last_changed = changed[n - 1]->run_id;
    return LW_OK;
}

static int fake_describe(void *state, const lw_request *request, bson_t *out, lw_error *error) {
    assert_int_equal(*(int *)state, 1);
    fake.seen = *request;
    fake.n_history_seen = lw_history_n(request->history);
    BSON_APPEND_DOUBLE(out, "first", lw_stream_uniform(request->stream));
    return fake.outcome < 0 ? lw_error_set(error, fake.outcome, "the fake knows nothing") : LW_OK;
}

static void fake_release(void *state) {
    *(int *)state = 0;
    fake.n_release++;
}

static const lw_optimizer_type fake_type = {
    .name = "fake",
    .summary = "always the same",
    .source = "this test",
    .reads = LW_READS_HISTORY,
    .state_size = sizeof(int),
    .init = fake_init,
    .suggest_configuration = fake_suggest,
    .update = fake_update,
    .release = fake_release,
    .describe = fake_describe,
};

/* Without state, reading only the number. */
static const lw_optimizer_type bare_type = {
    .name = "bare",
    .summary = "always the same, with nothing",
    .source = "this test",
    .suggest_configuration = fake_suggest,
};

static const lw_optimizer_type *const extra[] = {&fake_type, &bare_type, NULL};

/* ---- helpers ---- */

static const char *const four = "space:\n"
                                "  a: !Categorical [x, y]\n"
                                "  b: !Categorical [1, 2]\n";

static const char *const line = "space:\n  x: !UniformFloat [0, 1]\n";

static int start_fake(void **state) {
    (void)state;
    memset(&fake, 0, sizeof fake);
    fake.fidelity = NAN;
    return 0;
}

static lw_optimizer *new_optimizer(const char *name, const lw_space *space) {
    lw_optimizer *optimizer = NULL;
    lw_error error;
    assert_ok(lw_optimizer_new(&optimizer, name, NULL, space, 5, extra, &error), error);
    return optimizer;
}

static lw_suggestion suggest(lw_optimizer *optimizer, lw_question question) {
    lw_suggestion suggestion;
    lw_error error;
    assert_ok(lw_optimizer_suggest_configuration(optimizer, &question, &suggestion, &error), error);
    return suggestion;
}

static void observe(lw_optimizer *optimizer, int64_t run_id, const lw_config *config, double fidelity) {
    lw_observation observation;
    lw_error error;
    lw_observation_init(&observation);
    observation.run_id = run_id;
    observation.outcome = LW_PENDING;
    observation.config = config;
    observation.fidelity = fidelity;
    assert_ok(lw_optimizer_update(optimizer, &observation, 1, &error), error);
}

/* ---- names and arguments ---- */

static void test_optimizer__types_are_found_by_name(void **state) {
    (void)state;
    lw_error error;
    const lw_optimizer_type *const *types = lw_optimizer_types();
    for (size_t i = 0; types[i]; i++)
        assert_ptr_equal(lw_optimizer_type_by_name(types[i]->name, NULL, &error), types[i]);
    assert_ptr_equal(lw_optimizer_type_by_name("fake", extra, &error), &fake_type);
    assert_non_null(lw_optimizer_type_by_name(lw_optimizer_default(), NULL, &error));
    assert_string_equal(lw_optimizer_type_by_name(NULL, NULL, &error)->name, lw_optimizer_default());
}

static void test_optimizer__unknown_names_get_did_you_mean(void **state) {
    (void)state;
    lw_error error;
    assert_null(lw_optimizer_type_by_name("sobel", extra, &error));
    assert_int_equal(error.code, LW_ENOTFOUND);
    assert_contains(error.message, "there is no optimizer 'sobel': did you mean 'sobol'? There are fake, bare, auto, sobol");
    assert_null(lw_optimizer_type_by_name("Bayes & Sons", NULL, &error));
    assert_int_equal(error.code, LW_ENOTFOUND);
    assert_contains(error.message, "there is no optimizer 'Bayes & Sons'; there are auto, sobol");
    assert_int_equal(lw_optimizer_check("nix", NULL, NULL, NULL), LW_ENOTFOUND);
}

static void test_optimizer__checks_name_and_options(void **state) {
    (void)state;
    lw_error error;
    bson_t *bad = BCON_NEW("scrambled", BCON_BOOL(true));
    assert_ok(lw_optimizer_check(NULL, NULL, NULL, &error), error);
    assert_ok(lw_optimizer_check("fake", NULL, extra, &error), error);
    assert_int_equal(lw_optimizer_check("sobol", bad, NULL, &error), LW_EINVAL);
    assert_contains(error.message, "did you mean 'scramble'?");
    lw_space *space = lw_test_space(line);
    lw_optimizer *optimizer = NULL;
    assert_int_equal(lw_optimizer_new(&optimizer, "sobol", bad, space, 1, NULL, &error), LW_EINVAL);
    assert_int_equal(lw_optimizer_new(&optimizer, "nix", NULL, space, 1, NULL, NULL), LW_ENOTFOUND);
    assert_int_equal(lw_optimizer_new(&optimizer, NULL, NULL, NULL, 1, NULL, &error), LW_EINVAL);
    assert_null(optimizer);
    lw_space_free(space);
    bson_destroy(bad);
}

static void test_optimizer__refuses_questions_that_make_no_sense(void **state) {
    (void)state;
    lw_space *space = lw_test_space(line);
    lw_optimizer *optimizer = new_optimizer("fake", space);
    lw_suggestion suggestion;
    lw_error error;
    static const lw_question senseless[] = {
        {.number = 0}, {.number = 1, .budget = -1}, {.number = 1, .fit_last_id = -1}, {.number = 1, .repeats = -1}};
    for (size_t i = 0; i < sizeof senseless / sizeof *senseless; i++)
        assert_int_equal(lw_optimizer_suggest_configuration(optimizer, &senseless[i], &suggestion, &error), LW_EINVAL);
    assert_int_equal(lw_optimizer_suggest_configuration(optimizer, NULL, &suggestion, &error), LW_EINVAL);
    assert_int_equal(lw_optimizer_update(optimizer, NULL, 1, &error), LW_EINVAL);
    bson_t described;
    for (size_t i = 0; i < sizeof senseless / sizeof *senseless; i++)
        assert_int_equal(lw_optimizer_describe(optimizer, &senseless[i], &described, &error), LW_EINVAL);
    assert_int_equal(lw_optimizer_describe(optimizer, &(lw_question){.number = 1}, NULL, &error), LW_EINVAL);
    assert_int_equal(fake.n_suggest, 0);
    lw_optimizer_free(optimizer);
    lw_optimizer_free(NULL);
    lw_space_free(space);
}

/* ---- what a type is given ---- */

static void test_optimizer__type_gets_the_question(void **state) {
    (void)state;
    lw_space *space = lw_test_space(line);
    lw_optimizer *optimizer = new_optimizer("fake", space);
    lw_config *config = lw_test_config(space, 1);
    observe(optimizer, 3, config, NAN);
    lw_suggestion suggestion = suggest(optimizer, (lw_question){.number = 9, .budget = 60, .fit_last_id = 2});
    assert_int_equal(fake.seen.number, 9);
    assert_int_equal(fake.seen.draw, 0);
    assert_int_equal(fake.seen.seed, 5);
    assert_int_equal(fake.seen.budget, 60);
    assert_int_equal(fake.seen.fit_last_id, 2);
    assert_int_equal(fake.n_history_seen, 1);
    lw_suggestion_release(&suggestion);
    suggestion = suggest(optimizer, (lw_question){.number = 9});
    assert_true(fake.seen.fit_last_id == INT64_MAX);
    lw_suggestion_release(&suggestion);
    lw_config_free(config);
    lw_optimizer_free(optimizer);
    lw_space_free(space);
    assert_int_equal(fake.n_init, 1);
    assert_int_equal(fake.n_release, 1);
}

static void test_optimizer__type_that_reads_the_number_gets_no_history(void **state) {
    (void)state;
    lw_space *space = lw_test_space(line);
    lw_optimizer *optimizer = new_optimizer("bare", space);
    lw_config *config = lw_test_config(space, 1);
    observe(optimizer, 3, config, NAN);
    lw_suggestion suggestion = suggest(optimizer, (lw_question){.number = 1});
    assert_int_equal(fake.n_history_seen, 0);
    assert_int_equal(lw_history_n(lw_optimizer_history(optimizer)), 1);
    lw_suggestion_release(&suggestion);
    lw_config_free(config);
    lw_optimizer_free(optimizer);
    lw_space_free(space);
}

static void test_optimizer__update_tells_what_changed(void **state) {
    (void)state;
    enum { N = 150 };
    lw_space *space = lw_test_space(line);
    lw_optimizer *optimizer = new_optimizer("fake", space);
    lw_config *config = lw_test_config(space, 1);
    lw_observation observations[N];
    lw_error error;
    for (int i = 0; i < N; i++) {
        lw_observation_init(&observations[i]);
        observations[i].run_id = 1 + i % 100; /* some twice in one call */
        observations[i].outcome = LW_COMPLETED;
        observations[i].cost = i;
        observations[i].config = config;
    }
    assert_ok(lw_optimizer_update(optimizer, observations, N, &error), error);
    assert_int_equal(fake.n_changed, N);
    assert_int_equal(lw_history_n(lw_optimizer_history(optimizer)), 100);

    observations[7].cost = NAN; /* one that is wrong: none is put */
    assert_int_equal(lw_optimizer_update(optimizer, observations, N, &error), LW_EINVAL);
    assert_int_equal(fake.n_changed, N);

    lw_optimizer_reset(optimizer);
    assert_int_equal(lw_history_n(lw_optimizer_history(optimizer)), 0);
    assert_int_equal(fake.n_init, 2);
    lw_config_free(config);
    lw_optimizer_free(optimizer);
    lw_space_free(space);
}

static void test_optimizer__state_is_made_anew_after_a_failure(void **state) {
    (void)state;
    lw_space *space = lw_test_space(line);
    lw_optimizer *optimizer = new_optimizer("fake", space);
    lw_config *config = lw_test_config(space, 1);
    observe(optimizer, 1, config, NAN);
    lw_observation observation;
    lw_error error;
    lw_observation_init(&observation);
    observation.run_id = 2;
    observation.config = config;
    fake.fail_update = 2;
    assert_int_equal(lw_optimizer_update(optimizer, &observation, 1, &error), LW_ENOMEM);
    assert_int_equal(lw_history_n(lw_optimizer_history(optimizer)), 2);
    lw_suggestion suggestion;
    lw_question question = {.number = 3};
    assert_int_equal(lw_optimizer_suggest_configuration(optimizer, &question, &suggestion, &error), LW_ENOMEM);
    fake.n_changed = 0;
    suggestion = suggest(optimizer, question);
    assert_int_equal(fake.n_changed, 2);
    assert_int_equal(fake.n_init, 3);
    lw_suggestion_release(&suggestion);
    lw_config_free(config);
    lw_optimizer_free(optimizer);
    lw_space_free(space);
}

/* ---- what a type gives ---- */

static void test_optimizer__passes_on_memo_fidelity_and_parent(void **state) {
    (void)state;
    lw_space *space = lw_test_space(line);
    lw_optimizer *optimizer = new_optimizer("fake", space);
    lw_suggestion suggestion = suggest(optimizer, (lw_question){.number = 1});
    assert_null(suggestion.memo);
    assert_true(isnan(suggestion.fidelity));
    assert_int_equal(suggestion.parent, 0);
    assert_int_equal(suggestion.replicate, 0);

    fake.add_memo = true;
    fake.fidelity = 0.5;
    fake.parent = 17;
    lw_error error;
    lw_suggestion refused = {0};
    assert_int_equal(lw_optimizer_suggest_configuration(optimizer, &(lw_question){.number = 4}, &refused, &error), LW_EINVAL);
    assert_contains(error.message, "'fake' proposed to continue run 17");
    observe(optimizer, 17, suggestion.config, NAN);
    lw_suggestion_release(&suggestion);
    fake.fidelity = 0;
    assert_int_equal(lw_optimizer_suggest_configuration(optimizer, &(lw_question){.number = 4}, &refused, &error), LW_EINVAL);
    assert_contains(error.message, "'fake' proposed the fidelity 0");
    fake.fidelity = 0.5;
    suggestion = suggest(optimizer, (lw_question){.number = 4});
    bson_iter_t iter;
    assert_true(bson_iter_init_find(&iter, suggestion.memo, "number"));
    assert_int_equal(bson_iter_as_int64(&iter), 4);
    assert_true(suggestion.fidelity == 0.5);
    assert_int_equal(suggestion.parent, 17);
    lw_suggestion_release(&suggestion);
    assert_null(suggestion.config);
    lw_suggestion_release(&suggestion);
    lw_optimizer_free(optimizer);
    lw_space_free(space);
}

static void test_optimizer__passes_on_ends_and_failures(void **state) {
    (void)state;
    lw_space *space = lw_test_space(line);
    lw_optimizer *optimizer = new_optimizer("fake", space);
    lw_question question = {.number = 1};
    lw_suggestion suggestion;
    lw_error error;
    fake.outcome = LW_EXHAUSTED;
    assert_int_equal(lw_optimizer_suggest_configuration(optimizer, &question, &suggestion, &error), LW_EXHAUSTED);
    fake.outcome = LW_ENUMERIC;
    assert_int_equal(lw_optimizer_suggest_configuration(optimizer, &question, &suggestion, &error), LW_ENUMERIC);
    assert_string_equal(error.message, "the fake fails");
    assert_int_equal(fake.n_suggest, 2);
    lw_optimizer_free(optimizer);
    lw_space_free(space);
}

/* ---- what a type believes ---- */

static void test_optimizer__describes_as_it_would_suggest(void **state) {
    (void)state;
    lw_space *space = lw_test_space(line);
    lw_optimizer *optimizer = new_optimizer("fake", space);
    lw_config *config = lw_test_config(space, 1);
    observe(optimizer, 3, config, NAN);
    lw_question question = {.number = 9, .budget = 60, .fit_last_id = 2, .maximize = true};
    bson_t out;
    bson_iter_t iter;
    lw_error error;
    assert_ok(lw_optimizer_describe(optimizer, &question, &out, &error), error);
    assert_int_equal(fake.seen.number, 9);
    assert_int_equal(fake.seen.draw, 0);
    assert_int_equal(fake.seen.budget, 60);
    assert_int_equal(fake.seen.fit_last_id, 2);
    assert_true(fake.seen.maximize);
    assert_int_equal(fake.n_history_seen, 1);
    assert_int_equal(fake.n_suggest, 0);
    lw_stream stream;
    lw_stream_init(&stream, 5, LW_PURPOSE_SUGGESTION, 9, 0);
    assert_true(bson_iter_init_find(&iter, &out, "optimizer"));
    assert_string_equal(bson_iter_utf8(&iter, NULL), "fake");
    assert_true(bson_iter_init_find(&iter, &out, "first"));
    assert_true(bson_iter_double(&iter) == lw_stream_uniform(&stream));
    bson_destroy(&out);
    lw_config_free(config);
    lw_optimizer_free(optimizer);
    lw_space_free(space);
}

static void test_optimizer__says_why_it_has_no_model(void **state) {
    (void)state;
    lw_space *space = lw_test_space(line);
    lw_optimizer *bare = new_optimizer("bare", space), *optimizer = new_optimizer("fake", space);
    bson_t out;
    lw_error error;
    assert_int_equal(lw_optimizer_describe(bare, &(lw_question){.number = 1}, &out, &error), LW_EUNSUPPORTED);
    assert_contains(error.message, "bare does not model the costs");
    fake.outcome = LW_ENOTFOUND;
    assert_int_equal(lw_optimizer_describe(optimizer, &(lw_question){.number = 1}, &out, &error), LW_ENOTFOUND);
    assert_string_equal(error.message, "the fake knows nothing");
    lw_optimizer_free(bare);
    lw_optimizer_free(optimizer);
    lw_space_free(space);
}

static void test_optimizer__describes_from_a_state_that_is_made_anew(void **state) {
    (void)state;
    lw_space *space = lw_test_space(line);
    lw_optimizer *optimizer = new_optimizer("fake", space);
    lw_config *config = lw_test_config(space, 1);
    lw_observation observation;
    bson_t out;
    lw_error error;
    lw_observation_init(&observation);
    observation.run_id = 1;
    observation.config = config;
    fake.fail_update = 2;
    lw_question question = {.number = 2};
    assert_int_equal(lw_optimizer_update(optimizer, &observation, 1, &error), LW_ENOMEM);
    assert_int_equal(lw_optimizer_describe(optimizer, &question, &out, &error), LW_ENOMEM);
    assert_ok(lw_optimizer_describe(optimizer, &question, &out, &error), error);
    assert_int_equal(fake.n_changed, 1);
    bson_destroy(&out);
    lw_config_free(config);
    lw_optimizer_free(optimizer);
    lw_space_free(space);
}

/* ---- duplicates ---- */

static void test_optimizer__draws_again_what_is_taken(void **state) {
    (void)state;
    lw_space *space = lw_test_space(line);
    lw_optimizer *optimizer = new_optimizer("fake", space);
    lw_suggestion first = suggest(optimizer, (lw_question){.number = 1});
    observe(optimizer, 1, first.config, NAN);
    fake.n_suggest = 0;
    fake.add_memo = true;
    fake.parent = 1;
    lw_suggestion second = suggest(optimizer, (lw_question){.number = 2});
    assert_int_equal(fake.n_suggest, LW_MAX_DRAWS);
    assert_int_equal(fake.seen.draw, LW_MAX_DRAWS - 1);
    assert_false(lw_config_equal(first.config, second.config));
    assert_null(second.memo); /* what was found at random is not the type's */
    assert_int_equal(second.parent, 0);
    lw_suggestion_release(&first);
    lw_suggestion_release(&second);
    lw_optimizer_free(optimizer);
    lw_space_free(space);
}

static void test_optimizer__ends_when_all_configs_are_taken(void **state) {
    (void)state;
    lw_space *space = lw_test_space(four);
    lw_optimizer *optimizer = new_optimizer("fake", space);
    lw_suggestion suggestions[4];
    for (uint64_t i = 0; i < 4; i++) {
        suggestions[i] = suggest(optimizer, (lw_question){.number = i + 1});
        observe(optimizer, (int64_t)i + 1, suggestions[i].config, NAN);
        for (uint64_t k = 0; k < i; k++)
            assert_false(lw_config_equal(suggestions[i].config, suggestions[k].config));
    }
    lw_question fifth = {.number = 5};
    lw_suggestion none;
    lw_error error;
    assert_int_equal(lw_optimizer_suggest_configuration(optimizer, &fifth, &none, &error), LW_EXHAUSTED);

    lw_observation interrupted;
    lw_observation_init(&interrupted);
    interrupted.run_id = 3;
    interrupted.outcome = LW_VOID;
    interrupted.config = suggestions[2].config;
    assert_ok(lw_optimizer_update(optimizer, &interrupted, 1, &error), error);
    lw_suggestion again = suggest(optimizer, fifth);
    assert_true(lw_config_equal(again.config, suggestions[2].config));
    lw_suggestion_release(&again);
    for (size_t i = 0; i < 4; i++)
        lw_suggestion_release(&suggestions[i]);
    lw_optimizer_free(optimizer);
    lw_space_free(space);
}

/* Suggests and takes n configurations, none of them twice. */
static void take_without_repeat(lw_optimizer *optimizer, uint64_t n) {
    for (uint64_t i = 0; i < n; i++) {
        lw_suggestion suggestion = suggest(optimizer, (lw_question){.number = i + 1});
        assert_int_equal(suggestion.replicate, 0);
        observe(optimizer, (int64_t)i + 1, suggestion.config, suggestion.fidelity);
        lw_suggestion_release(&suggestion);
    }
}

/* The prior gives `none` so often that draws do not find what else there is. */
static void test_optimizer__finds_what_the_prior_hardly_gives(void **state) {
    (void)state;
    static const char *const texts[] = {
        "space:\n  kind: !Categorical {choices: [none, some], weights: [0.9999999, 0.0000001]}\n"
        "  x: !UniformFloat {lower: 0, upper: 1, when: {kind: some}}\n",
        "space:\n  kind: !Categorical {choices: [none, some], weights: [0.9999999, 0.0000001]}\n"
        "  x: !Gaussian {mu: 0, sigma: 1, when: {kind: some}}\n"
        "  n: !UniformInt {lower: 1, upper: 3, when: {kind: some}}\n"
        "constraints: ['x < 0 or n == 2']\n",
        "space:\n  kind: !Categorical {choices: [none, some], weights: [0.9999999, 0.0000001]}\n"
        "  n: !UniformInt {lower: 1, upper: 1000000, when: {kind: some}}\n",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        lw_space *space = lw_test_space(texts[i]);
        lw_optimizer *optimizer = new_optimizer("random", space);
        take_without_repeat(optimizer, 20);
        lw_optimizer_free(optimizer);
        lw_space_free(space);
    }
}

static void test_optimizer__ends_when_constraints_leave_nothing_continuous(void **state) {
    (void)state;
    lw_space *space = lw_test_space("space:\n  n: !UniformInt [1, 5]\n"
                                    "  x: !UniformFloat {lower: 0, upper: 1, when: {n: [4, 5]}}\n"
                                    "constraints: ['n < 4']\n");
    lw_optimizer *optimizer = new_optimizer("random", space);
    take_without_repeat(optimizer, 3);
    lw_question fourth = {.number = 4};
    lw_suggestion none;
    lw_error error;
    assert_int_equal(lw_optimizer_suggest_configuration(optimizer, &fourth, &none, &error), LW_EXHAUSTED);
    assert_int_equal(error.code, LW_EXHAUSTED);
    lw_optimizer_free(optimizer);
    lw_space_free(space);
}

static void test_optimizer__repeats_as_often_as_allowed(void **state) {
    (void)state;
    lw_space *space = lw_test_space(four);
    lw_optimizer *optimizer = new_optimizer("fake", space);
    int replicates[3] = {0};
    for (uint64_t i = 0; i < 12; i++) {
        lw_suggestion suggestion = suggest(optimizer, (lw_question){.number = i + 1, .repeats = 3});
        assert_in_range(suggestion.replicate, 0, 2);
        replicates[suggestion.replicate]++;
        observe(optimizer, (int64_t)i + 1, suggestion.config, NAN);
        lw_suggestion_release(&suggestion);
    }
    assert_true(replicates[0] == 4 && replicates[1] == 4 && replicates[2] == 4);
    lw_question question = {.number = 13, .repeats = 3};
    lw_suggestion none;
    assert_int_equal(lw_optimizer_suggest_configuration(optimizer, &question, &none, NULL), LW_EXHAUSTED);
    lw_optimizer_free(optimizer);
    lw_space_free(space);
}

static void test_optimizer__other_fidelity_is_no_duplicate(void **state) {
    (void)state;
    lw_space *space = lw_test_space(line);
    lw_optimizer *optimizer = new_optimizer("fake", space);
    fake.fidelity = 0.25;
    lw_suggestion low = suggest(optimizer, (lw_question){.number = 1});
    observe(optimizer, 1, low.config, low.fidelity);
    fake.fidelity = 1.0;
    lw_suggestion high = suggest(optimizer, (lw_question){.number = 2});
    assert_true(lw_config_equal(low.config, high.config));
    assert_true(high.fidelity == 1.0);
    assert_int_equal(high.replicate, 0);
    lw_suggestion_release(&low);
    lw_suggestion_release(&high);
    lw_optimizer_free(optimizer);
    lw_space_free(space);
}

/* Of a space of four: how many runs the caller has of each, by the choices. */
static size_t count_two(void *self, const lw_config *config, double fidelity) {
    const size_t *counts = self;
    assert_true(isnan(fidelity));
    return counts[2 * lw_config_choice(config, 0) + lw_config_choice(config, 1)];
}

static void test_optimizer__asks_the_caller_for_runs_it_was_not_given(void **state) {
    (void)state;
    size_t counts[4] = {2, 1, 2, 2};
    lw_space *space = lw_test_space(four);
    lw_optimizer *optimizer = new_optimizer("bare", space);
    lw_question question = {.number = 8, .repeats = 2, .count = count_two, .count_self = counts};
    lw_suggestion suggestion = suggest(optimizer, question);
    assert_int_equal(count_two(counts, suggestion.config, NAN), 1);
    assert_int_equal(suggestion.replicate, 1);
    counts[1] = 2;
    lw_suggestion none;
    assert_int_equal(lw_optimizer_suggest_configuration(optimizer, &question, &none, NULL), LW_EXHAUSTED);
    lw_suggestion_release(&suggestion);
    lw_optimizer_free(optimizer);
    lw_space_free(space);
}

static void test_optimizer__replaces_what_a_constraint_forbids(void **state) {
    (void)state;
    lw_space *space = lw_test_space("space:\n"
                                    "  x: !UniformFloat [0, 1]\n"
                                    "  y: !UniformFloat [0, 1]\n"
                                    "constraints: ['x + y > 1.5']\n");
    lw_optimizer *optimizer = new_optimizer("fake", space);
    lw_suggestion suggestion = suggest(optimizer, (lw_question){.number = 1});
    assert_int_equal(fake.n_suggest, LW_MAX_DRAWS);
    assert_true(lw_config_number(suggestion.config, 0) + lw_config_number(suggestion.config, 1) > 1.5);
    lw_suggestion_release(&suggestion);
    lw_optimizer_free(optimizer);
    lw_space_free(space);
}

/* The count's self is the one free value of n; counting takes no history. */
static size_t count_but_one(void *self, const lw_config *config, double fidelity) {
    (void)fidelity;
    return lw_config_integer(config, 0) != *(const int64_t *)self;
}

/* Too many configurations to look at each in every suggestion; draws from the prior hardly ever find the last one. */
static void test_optimizer__finds_the_last_of_a_large_finite_space(void **state) {
    (void)state;
    int64_t last = 123456;
    lw_space *space = lw_test_space("space:\n  n: !UniformInt [1, 200000]\n");
    lw_optimizer *optimizer = new_optimizer("fake", space);
    lw_question question = {.number = 1, .count = count_but_one, .count_self = &last};
    lw_suggestion suggestion = suggest(optimizer, question);
    assert_int_equal(lw_config_integer(suggestion.config, 0), last);
    lw_suggestion_release(&suggestion);
    last = 0;
    assert_int_equal(lw_optimizer_suggest_configuration(optimizer, &question, &suggestion, NULL), LW_EXHAUSTED);
    lw_optimizer_free(optimizer);
    lw_space_free(space);
}

static bool suggest_some(void *context) {
    const lw_space *space = context;
    lw_optimizer *optimizer = NULL;
    memset(&fake, 0, sizeof fake);
    fake.fidelity = NAN;
    fake.add_memo = true;
    bool worked = lw_optimizer_new(&optimizer, "fake", NULL, space, 1, extra, NULL) == LW_OK;
    for (uint64_t i = 1; worked && i <= 4; i++) {
        lw_question question = {.number = i};
        lw_suggestion suggestion;
        worked = lw_optimizer_suggest_configuration(optimizer, &question, &suggestion, NULL) == LW_OK;
        if (!worked)
            break;
        lw_observation observation;
        lw_observation_init(&observation);
        observation.run_id = (int64_t)i;
        observation.config = suggestion.config;
        worked = lw_optimizer_update(optimizer, &observation, 1, NULL) == LW_OK;
        lw_suggestion_release(&suggestion);
    }
    lw_optimizer_free(optimizer);
    return worked;
}

static void test_optimizer__says_when_memory_is_gone(void **state) {
    (void)state;
    lw_space *space = lw_test_space(four);
    lw_test_sweep_allocations(suggest_some, space);
    lw_space_free(space);
}

#define WITH_FAKE(test) cmocka_unit_test_setup(test, start_fake)

int main(void) {
    const struct CMUnitTest tests[] = {
        WITH_FAKE(test_optimizer__types_are_found_by_name),
        WITH_FAKE(test_optimizer__unknown_names_get_did_you_mean),
        WITH_FAKE(test_optimizer__checks_name_and_options),
        WITH_FAKE(test_optimizer__refuses_questions_that_make_no_sense),
        WITH_FAKE(test_optimizer__type_gets_the_question),
        WITH_FAKE(test_optimizer__type_that_reads_the_number_gets_no_history),
        WITH_FAKE(test_optimizer__update_tells_what_changed),
        WITH_FAKE(test_optimizer__state_is_made_anew_after_a_failure),
        WITH_FAKE(test_optimizer__passes_on_memo_fidelity_and_parent),
        WITH_FAKE(test_optimizer__passes_on_ends_and_failures),
        WITH_FAKE(test_optimizer__describes_as_it_would_suggest),
        WITH_FAKE(test_optimizer__says_why_it_has_no_model),
        WITH_FAKE(test_optimizer__describes_from_a_state_that_is_made_anew),
        WITH_FAKE(test_optimizer__draws_again_what_is_taken),
        WITH_FAKE(test_optimizer__ends_when_all_configs_are_taken),
        WITH_FAKE(test_optimizer__finds_what_the_prior_hardly_gives),
        WITH_FAKE(test_optimizer__ends_when_constraints_leave_nothing_continuous),
        WITH_FAKE(test_optimizer__repeats_as_often_as_allowed),
        WITH_FAKE(test_optimizer__other_fidelity_is_no_duplicate),
        WITH_FAKE(test_optimizer__asks_the_caller_for_runs_it_was_not_given),
        WITH_FAKE(test_optimizer__replaces_what_a_constraint_forbids),
        WITH_FAKE(test_optimizer__finds_the_last_of_a_large_finite_space),
        WITH_FAKE(test_optimizer__says_when_memory_is_gone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
