/*
 * What the optimizer `smac` takes from a history, what its forest believes then, and where it looks.
 */
#include "spaces.h"

#include <labwatch/optimizer.h>

#include "forest_belief.h"

/* ---- histories ---- */

typedef struct lab {
    lw_space *space;
    lw_history *history;
    lw_forest_columns columns;
} lab;

static const char one_float[] = "space:\n  x: !UniformFloat [0, 1]\n";
static const char plane[] = "space:\n  x: !UniformFloat [0, 1]\n  y: !UniformFloat [0, 1]\n";

static void open_lab(lab *self, const char *text) {
    lw_error error;
    self->space = lw_test_space(text);
    assert_ok(lw_history_new(&self->history, self->space, &error), error);
    assert_ok(lw_forest_columns_init(&self->columns, self->space, &error), error);
}

static void close_lab(lab *self) {
    lw_forest_columns_release(&self->columns);
    lw_history_free(self->history);
    lw_space_free(self->space);
}

static void put(lab *self, int64_t run_id, const double *u, lw_outcome outcome, double cost) {
    lw_config *config = NULL;
    lw_error error;
    assert_ok(lw_config_new(&config, self->space, &error), error);
    lw_config_decode(config, u);
    lw_observation observation = lw_test_observation(run_id, config, outcome, cost);
    assert_ok(lw_history_put(self->history, &observation, &error), error);
    lw_config_free(config);
}

static lw_forest_rows gather(lab *self, int64_t fit_last_id) {
    lw_forest_rows rows;
    lw_error error;
    assert_ok(lw_forest_rows_gather(&rows, &self->columns, self->history, fit_last_id, &error), error);
    return rows;
}

/* ---- rows ---- */

static void assert_runs(const lw_forest_rows *rows, size_t first, size_t n, const int64_t *wanted) {
    for (size_t k = 0; k < n; k++) {
        assert_int_equal(rows->run_id[first + k], wanted[k]);
        assert_true(rows->x[first + k] == (double)wanted[k] / 16);
    }
}

static void outcomes_are_told_apart(void **state) {
    (void)state;
    static const lw_outcome outcomes[10] = {LW_COMPLETED, LW_FAILED, LW_PENDING, LW_VOID,      LW_COMPLETED,
                                            LW_COMPLETED, LW_FAILED, LW_VOID,    LW_COMPLETED, LW_PENDING};
    lab self;
    open_lab(&self, one_float);
    for (int64_t id = 1; id <= 10; id++)
        put(&self, id, (double[]){(double)id / 16}, outcomes[id - 1], (double)id);
    lw_forest_rows rows = gather(&self, INT64_MAX);
    assert_true(rows.n_completed == 4 && rows.n_failed == 2 && rows.n_pending == 2);
    assert_runs(&rows, 0, 8, (int64_t[]){1, 5, 6, 9, 2, 7, 3, 10});
    assert_true(rows.cost[1] == 5);
    lw_forest_rows_release(&rows);
    rows = gather(&self, 5); /* what is later is pending, whatever became of it; void stays void */
    assert_true(rows.n_completed == 2 && rows.n_failed == 1 && rows.n_pending == 5);
    assert_runs(&rows, 0, 8, (int64_t[]){1, 5, 2, 3, 6, 7, 9, 10});
    lw_forest_rows_release(&rows);
    close_lab(&self);
}

static void of_very_many_runs_the_best_and_an_even_share_are_seen(void **state) {
    (void)state;
    enum { N = LW_FOREST_MAX_ROWS + 6000 };
    lab self;
    open_lab(&self, one_float);
    for (int64_t id = 1; id <= N; id++)
        put(&self, id, (double[]){(double)id / (N + 1)}, LW_COMPLETED, id <= N / 2 ? (double)id : (double)-id);
    lw_forest_rows rows = gather(&self, INT64_MAX);
    assert_int_equal(rows.n_completed, LW_FOREST_MAX_ROWS);
    size_t n_best = 0, n_first = 0;
    for (size_t k = 0; k < rows.n_completed; k++) {
        assert_true(k == 0 || rows.run_id[k] > rows.run_id[k - 1]);
        n_best += rows.run_id[k] > N - LW_FOREST_MAX_ROWS / 2;
        n_first += rows.run_id[k] <= 1600;
    }
    assert_int_equal(n_best, LW_FOREST_MAX_ROWS / 2);
    assert_int_equal(n_first, 1000); /* 10,000 of the 16,000 others */
    lw_forest_rows_release(&rows);
    close_lab(&self);
}

static void of_many_parameters_fewer_runs_are_seen(void **state) {
    (void)state;
    enum { D = 500, N = 4500 };
    char text[D * 40], *end = text + sprintf(text, "space:\n");
    for (int i = 0; i < D; i++)
        end += sprintf(end, "  x%d: !UniformFloat [0, 1]\n", i);
    lab self;
    open_lab(&self, text);
    double u[D] = {0};
    for (int64_t id = 1; id <= N; id++) {
        u[0] = (double)id / (N + 1);
        put(&self, id, u, LW_COMPLETED, (double)id);
    }
    lw_forest_rows rows = gather(&self, INT64_MAX);
    assert_int_equal(rows.n_completed, 4000);
    assert_int_equal(rows.run_id[1999], 2000);
    lw_forest_rows_release(&rows);
    close_lab(&self);
}

/* ---- columns ---- */

static void inactive_parameters_have_no_value(void **state) {
    (void)state;
    lab self;
    open_lab(&self, "space:\n  kind: !Categorical [a, b, c]\n  x: !UniformFloat {lower: 0, upper: 1, when: {kind: b}}\n"
                    "  size: !Ordinal [s, m, l]\n");
    double x[3];
    assert_int_equal(self.columns.n_levels[0], 3);
    assert_int_equal(self.columns.n_levels[1] + self.columns.n_levels[2], 0);
    lw_forest_columns_fill(&self.columns, (double[]){0.5, 0.25, 0.9}, x);
    assert_true(x[0] == 1 && x[1] == 0.25 && x[2] == 0.9);
    lw_forest_columns_fill(&self.columns, (double[]){0.9, NAN, 0.9}, x);
    assert_true(x[0] == 2 && isnan(x[1]));
    close_lab(&self);
}

static char *space_of_choices(size_t n) {
    char *text = malloc(16 * n + 100), *end = text;
    assert_non_null(text);
    end += sprintf(end, "space:\n  x: !UniformFloat [0, 1]\n  word: !Categorical [w0");
    for (size_t k = 1; k < n; k++)
        end += sprintf(end, ", w%zu", k);
    strcpy(end, "]\n");
    return text;
}

static void choices_that_are_seen_often_have_levels_of_their_own(void **state) {
    (void)state;
    enum { N = 200 };
    char *text = space_of_choices(N);
    lab self;
    open_lab(&self, text);
    double u[2 * (N + 3)] = {0};
    size_t n = 0;
    for (size_t k = 0; k < N; k++) /* each once, three of them twice */
        for (size_t times = k % 67 == 66 ? 2 : 1; times > 0; times--)
            u[2 * n++ + 1] = lw_space_level_coordinate(self.space, 1, k);
    lw_error error;
    assert_ok(lw_forest_columns_adapt(&self.columns, n - 1, u, &error), error);
    const uint8_t *level = self.columns.level[1];
    assert_true(level[66] == 0 && level[133] == 1);
    assert_true(level[0] == 2 && level[59] == 61); /* those that come first among equals */
    assert_true(level[60] == 62 && level[199] == 62);
    close_lab(&self);
    free(text);
}

/* ---- what is believed ---- */

static const lw_forest_settings settings = {
    .n_trees = 10,
    .ratio_features = 1,
    .min_samples_split = 2,
    .min_samples_leaf = 1,
    .max_depth = LW_FOREST_MAX_DEPTH,
    .bootstrap = true,
    .random_thresholds = true,
    .seed = 5,
};

static double hope_at(lab *self, const double *x) {
    lw_forest_rows rows = gather(self, INT64_MAX);
    lw_forest_belief belief;
    lw_error error;
    assert_ok(lw_forest_believe(&belief, &self->columns, &rows, LW_FOREST_COSTS_LOG, &settings, &error), error);
    double room[2], value;
    lw_forest_hope(&belief, 1, x, room, &value);
    lw_forest_belief_release(&belief);
    lw_forest_rows_release(&rows);
    return value;
}

static void put_valley(lab *self, int64_t n) {
    for (int64_t id = 1; id <= n; id++) {
        double u[2] = {(double)(id * 7 % n) / (double)n, (double)(id * 11 % n) / (double)n};
        put(self, id, u, LW_COMPLETED, fabs(u[0] - 0.4) + fabs(u[1] - 0.6));
    }
}

static void less_is_hoped_for_where_something_is_pending(void **state) {
    (void)state;
    lab self;
    open_lab(&self, plane);
    put_valley(&self, 30);
    const double x[2] = {0.41, 0.57};
    double before = hope_at(&self, x);
    put(&self, 100, x, LW_PENDING, NAN);
    double after = hope_at(&self, x);
    assert_true(isfinite(before) && after < before - 0.01);
    put(&self, 101, x, LW_PENDING, NAN);
    assert_true(hope_at(&self, x) < after);
    close_lab(&self);
}

static void less_is_hoped_for_where_something_failed(void **state) {
    (void)state;
    lab self;
    open_lab(&self, plane);
    put_valley(&self, 30);
    const double x[2] = {0.41, 0.57};
    double before = hope_at(&self, x);
    for (int64_t k = 0; k < 4; k++)
        put(&self, 100 + k, x, LW_FAILED, NAN);
    assert_true(hope_at(&self, x) < before - 1);
    close_lab(&self);
}

/* ---- where it looks ---- */

typedef struct asked {
    lw_space *space;
    lw_optimizer *optimizer;
    int64_t n;
} asked;

static void open_optimizer(asked *a, const char *text, const char *options) {
    lw_error error;
    bson_t *document = bson_new_from_json((const uint8_t *)options, -1, NULL);
    assert_non_null(document);
    *a = (asked){.space = lw_test_space(text)};
    assert_ok(lw_optimizer_new(&a->optimizer, "smac", document, a->space, 3, NULL, &error), error);
    bson_destroy(document);
}

static void close_optimizer(asked *a) {
    lw_optimizer_free(a->optimizer);
    lw_space_free(a->space);
}

static void tell(asked *a, const lw_config *config, lw_outcome outcome, double cost) {
    lw_error error;
    lw_observation observation = lw_test_observation(++a->n, config, outcome, cost);
    assert_ok(lw_optimizer_update(a->optimizer, &observation, 1, &error), error);
}

static lw_suggestion ask(asked *a) {
    lw_suggestion suggestion;
    lw_question question = {.number = (uint64_t)a->n + 1};
    lw_error error;
    assert_ok(lw_optimizer_suggest_configuration(a->optimizer, &question, &suggestion, &error), error);
    return suggestion;
}

/* Half of the plane fails, the better one. */
static void what_fails_is_avoided(void **state) {
    (void)state;
    asked a;
    size_t n_failed = 0;
    open_optimizer(&a, plane, "{\"random_probability\": 0}");
    for (int k = 0; k < 60; k++) {
        lw_suggestion suggestion = ask(&a);
        double x = lw_config_number(suggestion.config, 0), y = lw_config_number(suggestion.config, 1);
        bool fails = x < 0.5;
        n_failed += fails && k >= 20;
        tell(&a, suggestion.config, fails ? LW_FAILED : LW_COMPLETED, x + fabs(y - 0.3));
        lw_suggestion_release(&suggestion);
    }
    assert_true(n_failed <= 10);
    close_optimizer(&a);
}

/* Every tenth run reports that something went wrong. */
static void penalties_hide_nothing_of_the_other_costs(void **state) {
    (void)state;
    asked a;
    size_t n_near = 0;
    open_optimizer(&a, plane, "{\"random_probability\": 0}");
    for (int k = 0; k < 60; k++) {
        lw_suggestion suggestion = ask(&a);
        double x = lw_config_number(suggestion.config, 0), y = lw_config_number(suggestion.config, 1);
        double cost = fabs(x - 0.4) + fabs(y - 0.3);
        n_near += k >= 20 && cost < 0.1;
        tell(&a, suggestion.config, LW_COMPLETED, k % 10 == 4 ? 1e30 : cost);
        lw_suggestion_release(&suggestion);
    }
    assert_true(n_near >= 35);
    close_optimizer(&a);
}

static void one_good_choice_among_twenty_thousand_is_kept(void **state) {
    (void)state;
    enum { N = 20000, GOOD = 12345 };
    char *text = space_of_choices(N);
    asked a;
    lw_error error;
    open_optimizer(&a, text, "{\"random_probability\": 0}");
    for (uint64_t k = 1; k <= 30; k++) {
        lw_config *config = lw_test_config(a.space, k);
        if (k % 10 == 0) {
            lw_value good = lw_space_parameter(a.space, 1)->choices[GOOD].value;
            assert_ok(lw_config_set(config, 1, good, &error), error);
        }
        tell(&a, config, LW_COMPLETED, lw_config_number(config, 0) + (lw_config_choice(config, 1) == GOOD ? 0 : 10));
        lw_config_free(config);
    }
    size_t n_good = 0;
    for (int k = 0; k < 10; k++) {
        lw_suggestion suggestion = ask(&a);
        bool is_good = lw_config_choice(suggestion.config, 1) == GOOD;
        n_good += is_good;
        tell(&a, suggestion.config, LW_COMPLETED, lw_config_number(suggestion.config, 0) + (is_good ? 0 : 10));
        lw_suggestion_release(&suggestion);
    }
    assert_true(n_good >= 7);
    close_optimizer(&a);
    free(text);
}

static void random_configurations_need_no_forest(void **state) {
    (void)state;
    asked always, other;
    open_optimizer(&always, plane, "{\"random_probability\": 1}");
    open_optimizer(&other, plane, "{\"random_probability\": 1, \"n_trees\": 3}");
    for (int k = 0; k < 20; k++) {
        lw_suggestion a = ask(&always), b = ask(&other);
        assert_true(lw_config_equal(a.config, b.config));
        tell(&always, a.config, LW_COMPLETED, k);
        tell(&other, b.config, LW_COMPLETED, -k);
        lw_suggestion_release(&a);
        lw_suggestion_release(&b);
    }
    close_optimizer(&always);
    close_optimizer(&other);
}

/* ---- what it tells ---- */

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
    assert_true(BSON_ITER_HOLDS_UTF8(&iter));
    return bson_iter_utf8(&iter, NULL);
}

static void tell_slope(asked *a, uint64_t n) {
    for (uint64_t k = 1; k <= n; k++) {
        lw_config *config = lw_test_config(a->space, k);
        bool fails = k == 5;
        tell(a, config, fails ? LW_FAILED : LW_COMPLETED, -3 - lw_config_number(config, 1));
        lw_config_free(config);
    }
}

static void it_tells_what_it_believes(void **state) {
    (void)state;
    asked a;
    lw_error error;
    bson_t out;
    open_optimizer(&a, plane, "{}");
    tell_slope(&a, 40);
    const lw_question question = {.number = 41, .maximize = true};
    assert_ok(lw_optimizer_describe(a.optimizer, &question, &out, &error), error);
    assert_true(number_at(&out, "trees") == 10 && number_at(&out, "leaves") > 100);
    assert_true(number_at(&out, "outcomes.0.runs") == 39 && number_at(&out, "outcomes.1.modelled") == 1);
    assert_string_equal(text_at(&out, "parameters.0.parameter"), "y");
    assert_true(number_at(&out, "parameters.0.relevance") > 0.8);
    assert_true(number_at(&out, "parameters.1.relevance") < 0.3);
    assert_true(number_at(&out, "best.result") > 3.8);
    assert_close(number_at(&out, "best.config.y"), number_at(&out, "best.result") - 3, 1e-12);
    bson_destroy(&out);
    close_optimizer(&a);
}

static void before_there_is_a_result_it_has_nothing_to_tell(void **state) {
    (void)state;
    asked a;
    lw_error error;
    bson_t out;
    lw_question question = {.number = 1};
    open_optimizer(&a, plane, "{}");
    assert_int_equal(lw_optimizer_describe(a.optimizer, &question, &out, &error), LW_ENOTFOUND);
    assert_contains(error.message, "after 5 runs");
    question.number = 20;
    assert_int_equal(lw_optimizer_describe(a.optimizer, &question, &out, &error), LW_ENOTFOUND);
    assert_contains(error.message, "no run has a result");
    close_optimizer(&a);
}

static bool suggest_and_describe(void *context) {
    asked *a = context;
    lw_error error;
    lw_suggestion suggestion;
    bson_t out;
    lw_question question = {.number = 41};
    if (lw_optimizer_suggest_configuration(a->optimizer, &question, &suggestion, &error) != LW_OK)
        return false;
    lw_suggestion_release(&suggestion);
    if (lw_optimizer_describe(a->optimizer, &question, &out, &error) != LW_OK)
        return false;
    bson_destroy(&out);
    return true;
}

static void memory_that_is_gone_is_noticed(void **state) {
    (void)state;
    asked a;
    lw_test_need_faults();
    open_optimizer(&a, plane, "{\"n_trees\": 2, \"challengers\": 20, \"local_search_iterations\": 2}");
    tell_slope(&a, 10);
    lw_test_sweep_allocations(suggest_and_describe, &a);
    close_optimizer(&a);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(outcomes_are_told_apart),
        cmocka_unit_test(of_very_many_runs_the_best_and_an_even_share_are_seen),
        cmocka_unit_test(of_many_parameters_fewer_runs_are_seen),
        cmocka_unit_test(inactive_parameters_have_no_value),
        cmocka_unit_test(choices_that_are_seen_often_have_levels_of_their_own),
        cmocka_unit_test(less_is_hoped_for_where_something_is_pending),
        cmocka_unit_test(less_is_hoped_for_where_something_failed),
        cmocka_unit_test(what_fails_is_avoided),
        cmocka_unit_test(penalties_hide_nothing_of_the_other_costs),
        cmocka_unit_test(one_good_choice_among_twenty_thousand_is_kept),
        cmocka_unit_test(random_configurations_need_no_forest),
        cmocka_unit_test(it_tells_what_it_believes),
        cmocka_unit_test(before_there_is_a_result_it_has_nothing_to_tell),
        cmocka_unit_test(memory_that_is_gone_is_noticed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
