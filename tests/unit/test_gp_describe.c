/*
 * What `gp` tells of its model, on costs whose answers are known.
 */
#include "spaces.h"

#include <labwatch/document.h>
#include <labwatch/optimizer.h>
#include <labwatch/sys/module.h>

extern const lw_module lw_module_definition;

/* ---- an optimizer that has seen n points of a function ---- */

typedef double cost_fn(const double *u, lw_stream *stream);

typedef struct lab {
    lw_space *space;
    lw_optimizer *optimizer;
    int64_t last_id;
    lw_error error;
} lab;

static void open_lab(lab *self, const char *text, const char *name, const char *options) {
    bson_t document;
    *self = (lab){.space = lw_test_space(text)};
    assert_ok(lw_document_from_json(&document, options, strlen(options), &self->error), self->error);
    assert_ok(lw_optimizer_new(&self->optimizer, name, &document, self->space, 1, lw_module_definition.optimizers,
                               &self->error),
              self->error);
    bson_destroy(&document);
}

static void close_lab(lab *self) {
    lw_optimizer_free(self->optimizer);
    lw_space_free(self->space);
}

/* cost NULL: pending, if outcome is not failed. */
static void observe(lab *self, size_t n, lw_outcome outcome, cost_fn *cost) {
    double u[8];
    lw_stream stream;
    for (size_t k = 0; k < n; k++) {
        lw_observation observation;
        lw_observation_init(&observation);
        observation.run_id = ++self->last_id;
        lw_config *config = lw_test_config(self->space, (uint64_t)self->last_id);
        lw_stream_init(&stream, 2, LW_PURPOSE_SAMPLE, (uint64_t)self->last_id, 0);
        lw_config_encode(config, u);
        observation.config = config;
        observation.outcome = outcome;
        observation.failure = outcome == LW_FAILED ? LW_FAILURE_CRASH : LW_FAILURE_NONE;
        if (cost)
            observation.cost = cost(u, &stream);
        assert_ok(lw_optimizer_update(self->optimizer, &observation, 1, &self->error), self->error);
        lw_config_free(config);
    }
}

static int try_to_describe(lab *self, bool maximize, bson_t *out) {
    const lw_question question = {.number = (uint64_t)self->last_id + 1, .maximize = maximize};
    return lw_optimizer_describe(self->optimizer, &question, out, &self->error);
}

static void describe(lab *self, bool maximize, bson_t *out) {
    assert_ok(try_to_describe(self, maximize, out), self->error);
}

/* ---- documents ---- */

static double number_at(const bson_t *document, const char *path) {
    bson_iter_t start, iter;
    if (!bson_iter_init(&start, document) || !bson_iter_find_descendant(&start, path, &iter))
        fail_msg("there is no %s", path);
    assert_true(BSON_ITER_HOLDS_NUMBER(&iter));
    return bson_iter_as_double(&iter);
}

static const char *text_at(const bson_t *document, const char *path) {
    bson_iter_t start, iter;
    if (!bson_iter_init(&start, document) || !bson_iter_find_descendant(&start, path, &iter))
        fail_msg("there is no %s", path);
    return bson_iter_utf8(&iter, NULL);
}

static bool has(const bson_t *document, const char *path) {
    bson_iter_t start, iter;
    return bson_iter_init(&start, document) && bson_iter_find_descendant(&start, path, &iter);
}

/* A number in the row of a parameter. */
static double of_parameter(const bson_t *document, const char *parameter, const char *name) {
    char path[64];
    for (size_t i = 0;; i++) {
        snprintf(path, sizeof path, "parameters.%zu.parameter", i);
        if (strcmp(text_at(document, path), parameter) == 0)
            break;
    }
    snprintf(strrchr(path, '.'), 32, ".%s", name);
    return number_at(document, path);
}

/* ---- what matters ---- */

static double straight(const double *u, lw_stream *stream) {
    (void)stream;
    return 5 + 2 * u[1] + u[0];
}

/* A sum of independent terms: shares of its variance, 4 : 1 : 0. */
static void test_gp_describe__relevance_is_a_share_of_variance(void **state) {
    (void)state;
    lab self;
    open_lab(&self, "space:\n  a: !UniformFloat [0, 1]\n  b: !UniformFloat [0, 1]\n  c: !UniformFloat [0, 1]\n", "gp",
             "{\"transform\": \"none\"}");
    observe(&self, 30, LW_COMPLETED, straight);
    bson_t out;
    describe(&self, false, &out);
    assert_string_equal(text_at(&out, "parameters.0.parameter"), "b");
    assert_string_equal(text_at(&out, "parameters.2.parameter"), "c");
    assert_close(of_parameter(&out, "a", "relevance"), 0.2, 0.05);
    assert_close(of_parameter(&out, "b", "relevance"), 0.8, 0.08);
    assert_close(of_parameter(&out, "c", "relevance"), 0, 0.02);
    assert_true(of_parameter(&out, "c", "lengthscale") > of_parameter(&out, "b", "lengthscale"));
    assert_false(has(&out, "conditions"));
    bson_destroy(&out);
    close_lab(&self);
}

/* Coordinates: kind (below 1/2: a), then p where kind is a. */
static double conditional(const double *u, lw_stream *stream) {
    (void)stream;
    return isnan(u[1]) ? 0.5 : u[1];
}

/*
 * The variance is 1/24: that of p, 1/12, in half of the space. All of it hangs on p. Who knows p but not kind is left
 * with (p - 1/2)^2 / 4, in the mean 1/48: half of it hangs on kind.
 */
static void test_gp_describe__conditional_parameters_count_where_they_are_active(void **state) {
    (void)state;
    lab self;
    open_lab(&self,
             "space:\n  kind: !Categorical [a, b]\n  p: !UniformFloat {lower: 0, upper: 1, when: {kind: a}}\n", "gp",
             "{\"transform\": \"none\"}");
    observe(&self, 40, LW_COMPLETED, conditional);
    bson_t out;
    describe(&self, false, &out);
    assert_close(of_parameter(&out, "p", "relevance"), 1, 0.1);
    assert_close(of_parameter(&out, "kind", "relevance"), 0.5, 0.1);
    assert_string_equal(text_at(&out, "conditions.0.condition"), "kind == 'a'");
    assert_true(number_at(&out, "conditions.0.lengthscale") > 0);
    assert_false(has(&out, "conditions.1"));
    bson_destroy(&out);
    close_lab(&self);
}

/* ---- results in the user's sign ---- */

static void test_gp_describe__results_have_the_users_sign(void **state) {
    (void)state;
    lab self;
    open_lab(&self, "space:\n  a: !UniformFloat [0, 1]\n  b: !UniformFloat [0, 1]\n", "gp", "{}");
    observe(&self, 12, LW_COMPLETED, straight);
    bson_t low, high;
    describe(&self, false, &low);
    describe(&self, true, &high);
    static const char *const results[] = {"mean", "best.result", "best.predicted"};
    for (size_t i = 0; i < sizeof results / sizeof *results; i++)
        assert_true(number_at(&low, results[i]) == -number_at(&high, results[i]));
    assert_true(number_at(&low, "best.interval_90.0") == -number_at(&high, "best.interval_90.1"));
    assert_true(number_at(&low, "best.interval_90.0") <= number_at(&low, "best.predicted"));
    assert_true(number_at(&high, "best.interval_90.0") <= number_at(&high, "best.predicted"));
    assert_true(number_at(&low, "noise.deviation") == number_at(&high, "noise.deviation"));
    assert_true(number_at(&low, "best.run") == number_at(&high, "best.run"));
    bson_destroy(&low);
    bson_destroy(&high);
    close_lab(&self);
}

static double bowl(const double *u, lw_stream *stream) {
    (void)stream;
    return 100 + (u[0] - 0.4) * (u[0] - 0.4);
}

/* The best is one of those observed, with its own config and result, and what is predicted there is about that. */
static void test_gp_describe__best_is_an_observed_run(void **state) {
    (void)state;
    lab self;
    open_lab(&self, "space:\n  a: !UniformFloat [0, 1]\n  k: 7\n", "gp", "{}");
    observe(&self, 15, LW_COMPLETED, bowl);
    bson_t out;
    describe(&self, false, &out);
    const lw_observation *best = lw_history_best(lw_optimizer_history(self.optimizer));
    assert_int_equal(number_at(&out, "best.run"), best->run_id);
    assert_true(number_at(&out, "best.result") == best->cost);
    assert_true(number_at(&out, "best.config.a") == lw_config_number(best->config, 0));
    assert_int_equal(number_at(&out, "best.config.k"), 7);
    assert_close(number_at(&out, "best.predicted"), best->cost, 0.01);
    bson_destroy(&out);
    close_lab(&self);
}

static double noise(const double *u, lw_stream *stream) {
    (void)u;
    return 10 + 2 * (lw_stream_uniform(stream) + lw_stream_uniform(stream) + lw_stream_uniform(stream) - 1.5) * 2;
}

/* Nothing but noise of deviation 2. */
static void test_gp_describe__noise_is_in_the_users_units(void **state) {
    (void)state;
    static const char *const options[] = {"{\"transform\": \"none\"}", "{\"transform\": \"winsorize\"}",
                                          "{\"transform\": \"power\"}", "{\"transform\": \"rank\"}"};
    for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
        lab self;
        open_lab(&self, "space:\n  a: !UniformFloat [0, 1]\n", "gp", options[i]);
        observe(&self, 80, LW_COMPLETED, noise);
        bson_t out;
        describe(&self, false, &out);
        assert_contains(options[i], text_at(&out, "transform"));
        assert_close(number_at(&out, "noise.share"), 0.6, 0.4);
        assert_close(number_at(&out, "noise.deviation"), 2, 1);
        assert_close(number_at(&out, "leave_one_out.inside_90"), 0.9, 0.07);
        assert_close(number_at(&out, "leave_one_out.inside_50"), 0.5, 0.15);
        assert_close(number_at(&out, "leave_one_out.log_density"), -1.42, 0.3);
        assert_close(number_at(&out, "mean"), 10, 1);
        bson_destroy(&out);
        close_lab(&self);
    }
}

/* Where the model of a smooth cost looks below the lowest result, its interval does, too. */
static void test_gp_describe__intervals_go_below_the_lowest_result(void **state) {
    (void)state;
    lab self;
    open_lab(&self, "space:\n  a: !UniformFloat [0, 1]\n", "gp", "{\"transform\": \"rank\", \"noise\": 0.05}");
    observe(&self, 15, LW_COMPLETED, bowl);
    bson_t out;
    describe(&self, false, &out);
    double lowest = lw_history_best(lw_optimizer_history(self.optimizer))->cost;
    assert_true(number_at(&out, "best.interval_90.0") < lowest);
    assert_true(number_at(&out, "best.interval_90.0") > lowest - 0.1);
    bson_destroy(&out);
    close_lab(&self);
}

static void test_gp_describe__foretells_a_smooth_cost(void **state) {
    (void)state;
    lab self;
    open_lab(&self, "space:\n  a: !UniformFloat [0, 1]\n", "gp", "{}");
    observe(&self, 20, LW_COMPLETED, bowl);
    bson_t out;
    describe(&self, false, &out);
    assert_true(number_at(&out, "leave_one_out.rank_correlation") > 0.95);
    assert_true(number_at(&out, "leave_one_out.log_density") > 0);
    assert_true(number_at(&out, "noise.share") < 0.01);
    bson_destroy(&out);
    close_lab(&self);
}

/* ---- what was seen ---- */

static void test_gp_describe__counts_what_the_model_sees(void **state) {
    (void)state;
    lab self;
    open_lab(&self, "space:\n  a: !UniformFloat [0, 1]\n", "gp", "{}");
    observe(&self, 6, LW_COMPLETED, bowl);
    observe(&self, 160, LW_FAILED, NULL);
    observe(&self, 70, LW_PENDING, NULL);
    bson_t out;
    describe(&self, false, &out);
    static const char *const outcomes[] = {"completed", "failed", "pending"};
    static const int runs[] = {6, 160, 70}, modelled[] = {6, 150, 64};
    for (size_t i = 0; i < 3; i++) {
        char path[40];
        snprintf(path, sizeof path, "outcomes.%zu.outcome", i);
        assert_string_equal(text_at(&out, path), outcomes[i]);
        snprintf(path, sizeof path, "outcomes.%zu.runs", i);
        assert_int_equal(number_at(&out, path), runs[i]);
        snprintf(path, sizeof path, "outcomes.%zu.modelled", i);
        assert_int_equal(number_at(&out, path), modelled[i]);
    }
    bson_destroy(&out);
    close_lab(&self);
}

static double constant(const double *u, lw_stream *stream) {
    (void)u;
    (void)stream;
    return 3;
}

static void test_gp_describe__a_cost_that_never_changes_hangs_on_nothing(void **state) {
    (void)state;
    lab self;
    open_lab(&self, "space:\n  a: !UniformFloat [0, 1]\n", "gp", "{}");
    observe(&self, 8, LW_COMPLETED, constant);
    bson_t out;
    describe(&self, false, &out);
    assert_true(of_parameter(&out, "a", "relevance") == 0);
    assert_true(number_at(&out, "best.predicted") == 3);
    assert_false(has(&out, "leave_one_out.rank_correlation"));
    bson_destroy(&out);
    close_lab(&self);
}

static void test_gp_describe__says_what_is_missing(void **state) {
    (void)state;
    lab self;
    bson_t out;
    open_lab(&self, "space:\n  a: !UniformFloat [0, 1]\n", "gp", "{\"initial\": 4}");
    assert_int_equal(try_to_describe(&self, false, &out), LW_ENOTFOUND);
    observe(&self, 2, LW_COMPLETED, bowl);
    assert_int_equal(try_to_describe(&self, false, &out), LW_ENOTFOUND);
    assert_contains(self.error.message, "after 4 runs, of which 2 have a result");
    close_lab(&self);
    open_lab(&self, "space:\n  a: !UniformFloat [0, 1]\n", "gp", "{\"initial\": 4}");
    observe(&self, 4, LW_FAILED, NULL);
    assert_int_equal(try_to_describe(&self, false, &out), LW_ENOTFOUND);
    assert_contains(self.error.message, "no run has a result");
    observe(&self, 1, LW_COMPLETED, bowl);
    describe(&self, false, &out);
    assert_false(has(&out, "leave_one_out"));
    bson_destroy(&out);
    close_lab(&self);
    open_lab(&self, "space:\n  k: 7\n", "gp", "{}");
    assert_int_equal(try_to_describe(&self, false, &out), LW_EUNSUPPORTED);
    close_lab(&self);
}

/* ---- several models ---- */

static void test_gp_describe__tells_what_samples_lie_between(void **state) {
    (void)state;
    lab self;
    open_lab(&self, "space:\n  a: !UniformFloat [0, 1]\n  b: !UniformFloat [0, 1]\n", "gp-mcmc", "{\"samples\": 4}");
    observe(&self, 15, LW_COMPLETED, straight);
    bson_t out;
    describe(&self, false, &out);
    assert_string_equal(text_at(&out, "optimizer"), "gp-mcmc");
    assert_int_equal(number_at(&out, "models"), 4);
    double length = number_at(&out, "parameters.1.lengthscale");
    assert_true(number_at(&out, "parameters.1.spread.0") < length);
    assert_true(number_at(&out, "parameters.1.spread.1") > length);
    assert_true(of_parameter(&out, "b", "relevance") > of_parameter(&out, "a", "relevance"));
    assert_true(number_at(&out, "leave_one_out.rank_correlation") > 0.9);
    bson_destroy(&out);
    close_lab(&self);
}

/* ---- no trace ---- */

static void test_gp_describe__changes_no_suggestion(void **state) {
    (void)state;
    lab self[2];
    lw_suggestion suggestions[2];
    bson_t out;
    for (size_t i = 0; i < 2; i++) {
        open_lab(&self[i], "space:\n  a: !UniformFloat [0, 1]\n  b: !UniformFloat [0, 1]\n", "gp", "{}");
        observe(&self[i], 10, LW_COMPLETED, straight);
        observe(&self[i], 2, LW_PENDING, NULL);
        if (i == 1) {
            describe(&self[i], true, &out);
            bson_destroy(&out);
        }
        const lw_question question = {.number = (uint64_t)self[i].last_id + 1};
        assert_ok(lw_optimizer_suggest_configuration(self[i].optimizer, &question, &suggestions[i], &self[i].error),
                  self[i].error);
    }
    double u[2], v[2];
    lw_config_encode(suggestions[0].config, u);
    lw_config_encode(suggestions[1].config, v);
    assert_memory_equal(u, v, sizeof u);
    assert_true(bson_equal(suggestions[0].memo, suggestions[1].memo));
    for (size_t i = 0; i < 2; i++) {
        lw_suggestion_release(&suggestions[i]);
        close_lab(&self[i]);
    }
}

/* ---- without memory ---- */

static bool describe_again(void *untyped) {
    bson_t out;
    int code = try_to_describe(untyped, false, &out);
    if (code == LW_OK)
        bson_destroy(&out);
    else
        assert_int_equal(code, LW_ENOMEM);
    return code == LW_OK;
}

static void test_gp_describe__says_when_memory_is_gone(void **state) {
    (void)state;
    lw_test_need_faults();
    lab self;
    open_lab(&self, "space:\n  a: !UniformFloat [0, 1]\n", "gp", "{}");
    observe(&self, 6, LW_COMPLETED, bowl);
    assert_true(describe_again(&self)); /* from here on the fit is remembered, which may fail without harm */
    lw_test_sweep_allocations(describe_again, &self);
    close_lab(&self);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gp_describe__relevance_is_a_share_of_variance),
        cmocka_unit_test(test_gp_describe__conditional_parameters_count_where_they_are_active),
        cmocka_unit_test(test_gp_describe__results_have_the_users_sign),
        cmocka_unit_test(test_gp_describe__best_is_an_observed_run),
        cmocka_unit_test(test_gp_describe__noise_is_in_the_users_units),
        cmocka_unit_test(test_gp_describe__intervals_go_below_the_lowest_result),
        cmocka_unit_test(test_gp_describe__foretells_a_smooth_cost),
        cmocka_unit_test(test_gp_describe__counts_what_the_model_sees),
        cmocka_unit_test(test_gp_describe__a_cost_that_never_changes_hangs_on_nothing),
        cmocka_unit_test(test_gp_describe__says_what_is_missing),
        cmocka_unit_test(test_gp_describe__tells_what_samples_lie_between),
        cmocka_unit_test(test_gp_describe__changes_no_suggestion),
        cmocka_unit_test(test_gp_describe__says_when_memory_is_gone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
