/* What cmaes makes of histories: generations that late, failed and foreign runs do not stall. */
#include "spaces.h"

#include <labwatch/optimizer.h>

#include "generations.h"

/* ---- an experiment in which everything may happen ---- */

typedef struct lab {
    lw_space *space;
    lw_optimizer *optimizer;
    lw_observation observations[600]; /* run k + 1 */
    int64_t n;
    int repeats; /* 0: 1 */
} lab;

static void open_optimizer(lab *self, const char *options) {
    lw_error error;
    bson_t *document = bson_new_from_json((const uint8_t *)options, -1, NULL);
    assert_non_null(document);
    lw_optimizer_free(self->optimizer);
    assert_ok(lw_optimizer_new(&self->optimizer, "cmaes", document, self->space, 1, NULL, &error), error);
    bson_destroy(document);
}

static const char two_floats[] = "space:\n  x: !UniformFloat [0, 1]\n  y: !UniformFloat [0, 1]\n";
static const char without_design[] = "{\"initial\": 1}";

static void open_lab(lab *self, const char *space, const char *options) {
    memset(self, 0, sizeof *self);
    self->space = lw_test_space(space);
    open_optimizer(self, options);
}

static void close_lab(lab *self) {
    for (int64_t k = 0; k < self->n; k++) {
        lw_config_free((lw_config *)self->observations[k].config);
        if (self->observations[k].memo)
            bson_destroy((bson_t *)self->observations[k].memo);
        lw_free((bson_t *)self->observations[k].memo);
    }
    lw_optimizer_free(self->optimizer);
    lw_space_free(self->space);
}

static void hear(lab *self, int64_t id) {
    lw_error error;
    assert_ok(lw_optimizer_update(self->optimizer, &self->observations[id - 1], 1, &error), error);
}

static lw_observation *add(lab *self) {
    lw_observation *observation = &self->observations[self->n++];
    lw_observation_init(observation);
    observation->run_id = self->n;
    return observation;
}

static lw_suggestion ask(lab *self, int64_t fit_last_id) {
    uint64_t number = 1;
    for (int64_t k = 0; k < self->n; k++)
        number += !self->observations[k].foreign;
    lw_error error;
    lw_suggestion suggestion;
    const lw_question question = {.number = number, .fit_last_id = fit_last_id, .repeats = self->repeats};
    assert_ok(lw_optimizer_suggest_configuration(self->optimizer, &question, &suggestion, &error), error);
    return suggestion;
}

/* A run of the next suggestion, pending; its id. */
static int64_t begin(lab *self) {
    lw_suggestion suggestion = ask(self, 0);
    lw_observation *observation = add(self);
    observation->config = suggestion.config;
    observation->memo = suggestion.memo;
    hear(self, observation->run_id);
    return observation->run_id;
}

static void complete(lab *self, int64_t id, double cost) {
    self->observations[id - 1].outcome = LW_COMPLETED;
    self->observations[id - 1].cost = cost;
    hear(self, id);
}

static void fail_run(lab *self, int64_t id) {
    self->observations[id - 1].outcome = LW_FAILED;
    self->observations[id - 1].failure = LW_FAILURE_CRASH;
    hear(self, id);
}

static void import(lab *self, const double *u, double cost) {
    lw_config *config = NULL;
    lw_error error;
    assert_ok(lw_config_new(&config, self->space, &error), error);
    lw_config_decode(config, u);
    lw_observation *observation = add(self);
    observation->config = config;
    observation->foreign = true;
    complete(self, observation->run_id, cost);
}

static double distance(const lw_config *config, double at) {
    double u[16], sum = 0;
    size_t d = lw_space_n_parameters(lw_config_space(config));
    lw_config_encode(config, u);
    for (size_t i = 0; i < d; i++)
        sum += isnan(u[i]) ? 0 : (u[i] - at) * (u[i] - at);
    return sqrt(sum);
}

static double cost_of(const lab *self, int64_t id) {
    return distance(self->observations[id - 1].config, 0.3);
}

/* n runs, one after the other. */
static void work(lab *self, int n) {
    for (int k = 0; k < n; k++) {
        int64_t id = begin(self);
        complete(self, id, cost_of(self, id));
    }
}

/* -1: the run is of no generation. */
static int64_t memo_of(const lab *self, int64_t id, const char *key) {
    bson_iter_t iter;
    const bson_t *memo = self->observations[id - 1].memo;
    return memo && bson_iter_init_find(&iter, memo, key) ? bson_iter_as_int64(&iter) : -1;
}

static int64_t generation_of(const lab *self, int64_t id) {
    return memo_of(self, id, "generation");
}

/* A process that hears of everything at the end, the last first, suggests the same. */
static void assert_cold_is_the_same(lab *self, const char *options) {
    lw_suggestion warm = ask(self, 0);
    open_optimizer(self, options);
    for (int64_t id = self->n; id >= 1; id--)
        hear(self, id);
    lw_suggestion cold = ask(self, 0);
    assert_true(lw_config_equal(warm.config, cold.config));
    lw_suggestion_release(&warm);
    lw_suggestion_release(&cold);
}

static void assert_next_is(lab *self, bool same, lw_suggestion *other) {
    lw_suggestion next = ask(self, 0);
    assert_int_equal(lw_config_equal(next.config, other->config), same);
    lw_suggestion_release(&next);
    lw_suggestion_release(other);
}

/* ---- generations ---- */

static void memos_name_generations_of_four(void **state) {
    (void)state;
    lab l;
    open_lab(&l, two_floats, without_design);
    work(&l, 13);
    assert_int_equal(generation_of(&l, 1), -1); /* the default configuration */
    for (int64_t id = 2; id <= 13; id++) {
        assert_int_equal(generation_of(&l, id), (id - 2) / 4);
        assert_int_equal(memo_of(&l, id, "restart"), 0);
        assert_true(l.observations[id - 1].memo->len < 100);
    }
    close_lab(&l);
}

static void runs_that_never_end_stall_no_generation(void **state) {
    (void)state;
    lab l;
    open_lab(&l, two_floats, without_design);
    work(&l, 1);
    for (int k = 0; k < 30; k++)
        assert_int_equal(generation_of(&l, begin(&l)), 0);
    for (int64_t id = 31; id > 27; id--)
        complete(&l, id, cost_of(&l, id));
    assert_int_equal(generation_of(&l, begin(&l)), 1);
    assert_cold_is_the_same(&l, without_design);
    close_lab(&l);
}

/* n runs, of which so many are under way at any time and end in the order in which they began. */
static void work_in_parallel(lab *self, int64_t n, int64_t outstanding) {
    int64_t ended = self->n;
    for (int64_t last = self->n + n; ended < last;) {
        while (self->n < last && self->n < ended + outstanding)
            begin(self);
        ended++;
        complete(self, ended, cost_of(self, ended));
    }
}

static void generations_do_not_grow_with_the_number_of_workers(void **state) {
    (void)state;
    lab l;
    open_lab(&l, two_floats, without_design);
    work_in_parallel(&l, 101, 8);
    int64_t n_lessons = generation_of(&l, begin(&l));
    assert_true(n_lessons >= 20 && n_lessons <= 25); /* of four results each */
    assert_int_equal(generation_of(&l, l.n - 1), n_lessons - 2); /* seven results ago */
    assert_true(cost_of(&l, l.n) < 0.01);
    assert_cold_is_the_same(&l, without_design);
    close_lab(&l);
}

static void results_in_any_order_leave_no_trace_of_it(void **state) {
    (void)state;
    lab l;
    lw_stream stream;
    int64_t open[12];
    open_lab(&l, two_floats, without_design);
    lw_stream_init(&stream, 7, LW_PURPOSE_SAMPLE, 1, 0);
    for (size_t k = 0; k < 12; k++)
        open[k] = begin(&l);
    for (int k = 0; k < 300; k++) {
        size_t which = lw_stream_below(&stream, 12);
        complete(&l, open[which], cost_of(&l, open[which]));
        open[which] = begin(&l);
        if (k % 20 == 0)
            import(&l, (double[]){lw_stream_uniform(&stream), lw_stream_uniform(&stream)}, 0.2);
        if (k % 10 == 0)
            assert_cold_is_the_same(&l, without_design);
    }
    assert_true(cost_of(&l, l.n) < 0.01);
    close_lab(&l);
}

static void late_results_teach(void **state) {
    (void)state;
    lab l;
    open_lab(&l, two_floats, without_design);
    work(&l, 1);
    int64_t late = begin(&l);
    work(&l, 30);
    assert_int_equal(generation_of(&l, late), 0);
    lw_suggestion before = ask(&l, 0);
    complete(&l, late, cost_of(&l, late));
    assert_next_is(&l, false, &before);
    assert_cold_is_the_same(&l, without_design);
    close_lab(&l);
}

static void results_behind_the_last_run_that_is_fitted_do_not_count(void **state) {
    (void)state;
    lab l;
    open_lab(&l, two_floats, without_design);
    work(&l, 12);
    int64_t last = begin(&l), later = begin(&l);
    lw_suggestion pending = ask(&l, last);
    complete(&l, later, -1);
    lw_suggestion completed = ask(&l, last);
    assert_true(lw_config_equal(pending.config, completed.config));
    lw_suggestion_release(&completed);
    complete(&l, last, -2);
    assert_next_is(&l, false, &pending);
    assert_cold_is_the_same(&l, without_design);
    close_lab(&l);
}

static void other_memos_are_of_no_generation(void **state) {
    (void)state;
    lab l;
    open_lab(&l, two_floats, without_design);
    work(&l, 9);
    bson_t *memos[] = {
        BCON_NEW("restart", BCON_INT32(-1), "generation", BCON_INT32(0)),
        BCON_NEW("restart", BCON_INT32(0), "generation", BCON_UTF8("1")),
        BCON_NEW("restart", BCON_INT32(0), "generation", BCON_INT64(INT64_MAX)),
        BCON_NEW("generation", BCON_INT32(1)),
    };
    lw_generations generations = {0};
    int64_t first = INT64_MAX;
    lw_observation observation = l.observations[8];
    for (size_t k = 0; k < sizeof memos / sizeof *memos; k++) {
        observation.run_id = (int64_t)k + 1;
        observation.memo = memos[k];
        assert_int_equal(lw_generations_note(&generations, &observation, &first), LW_OK);
        bson_destroy(memos[k]);
    }
    observation.memo = l.observations[8].memo;
    observation.foreign = true; /* of another experiment */
    observation.run_id = 99;
    assert_int_equal(lw_generations_note(&generations, &observation, &first), LW_OK);
    assert_int_equal(generations.n, 0);
    assert_int_equal(generations.n_others, 5);
    lw_generations_release(&generations);
    close_lab(&l);
}

static void a_run_may_change_its_generation(void **state) {
    (void)state;
    lab l;
    open_lab(&l, two_floats, without_design);
    work(&l, 20);
    bson_t *own = (bson_t *)l.observations[9].memo, moved;
    bson_init(&moved);
    lw_generations_write(&moved, 0, 0);
    l.observations[9].memo = &moved;
    hear(&l, 10);
    assert_cold_is_the_same(&l, without_design);
    l.observations[9].memo = own;
    bson_destroy(&moved);
    close_lab(&l);
}

/* ---- costs ---- */

/* Two experiments with the same suggestions, and other costs. */
static void assert_same_course(double (*f)(double cost, int64_t id), double (*g)(double cost, int64_t id)) {
    lab a, b;
    open_lab(&a, two_floats, without_design);
    open_lab(&b, two_floats, without_design);
    for (int k = 0; k < 60; k++) {
        int64_t id = begin(&a);
        assert_int_equal(begin(&b), id);
        assert_true(lw_config_equal(a.observations[id - 1].config, b.observations[id - 1].config));
        double cost = cost_of(&a, id);
        complete(&a, id, f(cost, id));
        if (isnan(g(cost, id)))
            fail_run(&b, id);
        else
            complete(&b, id, g(cost, id));
    }
    close_lab(&a);
    close_lab(&b);
}

static double as_it_is(double cost, int64_t id) {
    (void)id;
    return cost;
}

static double bent(double cost, int64_t id) {
    (void)id;
    return -1e300 + 1e299 * log(cost + 1e-3);
}

static double worst_now_and_then(double cost, int64_t id) {
    return id % 4 == 3 ? 1e300 : cost;
}

static double failed_now_and_then(double cost, int64_t id) {
    return id % 4 == 3 ? NAN : cost;
}

static void only_the_order_of_costs_matters(void **state) {
    (void)state;
    assert_same_course(as_it_is, bent);
}

static void failed_runs_count_as_the_worst(void **state) {
    (void)state;
    assert_same_course(worst_now_and_then, failed_now_and_then);
}

static void a_generation_that_failed_teaches_nothing(void **state) {
    (void)state;
    lab l;
    open_lab(&l, two_floats, without_design);
    work(&l, 1);
    for (int k = 0; k < 9; k++)
        fail_run(&l, begin(&l));
    assert_int_equal(generation_of(&l, begin(&l)), 2);
    work(&l, 100);
    assert_true(cost_of(&l, l.n) < 0.01);
    close_lab(&l);
}

/* ---- runs of others ---- */

static void starts_from_what_others_found(void **state) {
    (void)state;
    lab l;
    open_lab(&l, two_floats, without_design);
    for (int i = 0; i < 10; i++)
        for (int j = 0; j < 10; j++) {
            const double u[] = {0.05 + 0.1 * i, 0.05 + 0.1 * j};
            import(&l, u, hypot(u[0] - 0.85, u[1] - 0.85));
        }
    double mean = 0;
    for (int k = 0; k < 20; k++)
        mean += distance(l.observations[begin(&l) - 1].config, 0.85) / 20;
    assert_true(mean < 0.35); /* of uniform points it is 0.57 */
    close_lab(&l);
}

static void good_runs_of_others_are_learned_from(void **state) {
    (void)state;
    lab l;
    const double u[] = {0.31, 0.31};
    open_lab(&l, two_floats, without_design);
    work(&l, 9);
    lw_suggestion before = ask(&l, 0);
    import(&l, u, 1e9); /* the worst of all */
    assert_next_is(&l, true, &before);
    int64_t first = begin(&l);
    work(&l, 3);
    import(&l, u, -1);
    complete(&l, first, cost_of(&l, first));
    lw_suggestion with = ask(&l, 0);
    complete(&l, 15, 1e9);
    assert_next_is(&l, false, &with);
    assert_cold_is_the_same(&l, without_design);
    close_lab(&l);
}

/* A pending run of this experiment that another optimizer suggested. */
static void begin_elsewhere(lab *self) {
    lw_config *config = NULL;
    lw_error error;
    const double u[] = {0.9, 0.9};
    bson_t *memo = lw_malloc(sizeof *memo);
    assert_non_null(memo);
    bson_init(memo);
    BSON_APPEND_UTF8(memo, "member", "gp");
    assert_ok(lw_config_new(&config, self->space, &error), error);
    lw_config_decode(config, u);
    lw_observation *observation = add(self);
    observation->config = config;
    observation->memo = memo;
    hear(self, observation->run_id);
}

static void takes_all_points_of_the_sequence_in_turn_with_another_optimizer(void **state) {
    (void)state;
    lab alone, beside;
    open_lab(&alone, two_floats, without_design);
    open_lab(&beside, two_floats, without_design);
    work(&alone, 9);
    work(&beside, 9);
    for (int k = 0; k < 100; k++) {
        int64_t a = begin(&alone), b = begin(&beside);
        const lw_config *config = alone.observations[a - 1].config;
        assert_true(lw_config_equal(config, beside.observations[b - 1].config));
        begin_elsewhere(&beside);
    }
    assert_cold_is_the_same(&beside, without_design);

    /* A memo that comes late. */
    bson_t *memo = (bson_t *)beside.observations[beside.n - 1].memo;
    beside.observations[beside.n - 1].memo = NULL;
    hear(&beside, beside.n);
    assert_cold_is_the_same(&beside, without_design);
    beside.observations[beside.n - 1].memo = memo;
    hear(&beside, beside.n);
    assert_cold_is_the_same(&beside, without_design);
    close_lab(&alone);
    close_lab(&beside);
}

/* ---- spaces ---- */

static void whole_numbers_keep_moving(void **state) {
    (void)state;
    lab l;
    open_lab(&l, "space:\n  x: !UniformFloat [0, 1]\n  n: !UniformInt [1, 200]\n  m: !UniformInt [1, 200]\n",
             without_design);
    for (int k = 0; k < 400; k++) { /* n and m matter only when x has long converged */
        int64_t id = begin(&l);
        const lw_config *config = l.observations[id - 1].config;
        double cost = fabs(lw_config_number(config, 0) - 0.3) + 1e-4 * fabs(lw_config_number(config, 1) - 150) +
                      1e-4 * fabs(lw_config_number(config, 2) - 20);
        complete(&l, id, cost);
    }
    const lw_config *best = lw_history_best(lw_optimizer_history(l.optimizer))->config;
    assert_true(fabs(lw_config_number(best, 1) - 150) <= 5 && fabs(lw_config_number(best, 2) - 20) <= 5);
    close_lab(&l);
}

static void finds_the_best_choice(void **state) {
    (void)state;
    lab l;
    open_lab(&l, "space:\n  x: !UniformFloat [0, 1]\n  kind: !Categorical [a, b, c, d]\n"
                 "  y: !UniformFloat {lower: 0, upper: 1, when: {kernel: rbf}}\n  kernel: !Categorical [rbf, none]\n",
             without_design);
    int n_best = 0;
    for (int k = 0; k < 150; k++) {
        int64_t id = begin(&l);
        const lw_config *config = l.observations[id - 1].config;
        bool has_y = lw_config_is_active(config, 2);
        complete(&l, id, fabs(lw_config_number(config, 0) - 0.6) + (lw_config_choice(config, 1) != 2) +
                             (has_y ? fabs(lw_config_number(config, 2) - 0.4) : 1));
        n_best += k >= 100 && lw_config_choice(config, 1) == 2 && has_y;
    }
    assert_true(n_best > 35); /* of 50; by chance it would be 6 */
    const lw_observation *best = lw_history_best(lw_optimizer_history(l.optimizer));
    assert_true(best->cost < 0.01);
    assert_cold_is_the_same(&l, without_design);
    close_lab(&l);
}

/* ---- restarts ---- */

static void begins_anew_where_nothing_more_is_learned(void **state) {
    (void)state;
    lab l;
    open_lab(&l, two_floats, without_design);
    int64_t id = 0;
    for (int k = 0; k < 500 && (id == 0 || memo_of(&l, id, "restart") < 1); k++) {
        id = begin(&l);
        complete(&l, id, cost_of(&l, id));
    }
    assert_int_equal(memo_of(&l, id, "restart"), 1);
    assert_int_equal(generation_of(&l, id), 0);
    work(&l, 8);
    assert_int_equal(generation_of(&l, l.n - 1), 0); /* eight now */
    assert_int_equal(generation_of(&l, l.n), 1);
    assert_cold_is_the_same(&l, without_design);
    close_lab(&l);

    static const char without_restarts[] = "{\"initial\": 1, \"restarts\": false, \"population\": 6}";
    open_lab(&l, two_floats, without_restarts);
    work(&l, (int)id);
    assert_int_equal(memo_of(&l, 2, "restart"), 0);
    for (int64_t k = 2; k <= l.n; k++)
        assert_true(memo_of(&l, k, "restart") <= 0);
    assert_int_equal(generation_of(&l, 8), 1);
    close_lab(&l);
}

/* ---- what it believes ---- */

static double member(lab *self, const char *path) {
    lw_error error;
    bson_t document;
    bson_iter_t iter, found;
    const lw_question question = {.number = (uint64_t)self->n + 1};
    assert_ok(lw_optimizer_describe(self->optimizer, &question, &document, &error), error);
    assert_true(bson_iter_init(&iter, &document) && bson_iter_find_descendant(&iter, path, &found));
    double value = bson_iter_as_double(&found);
    bson_destroy(&document);
    return value;
}

static void never_narrows_to_nothing(void **state) {
    (void)state;
    lab l;
    open_lab(&l, two_floats, "{\"restarts\": false, \"sigma\": 0.001}");
    l.repeats = 1000;
    for (int k = 0; k < 600; k++)
        complete(&l, begin(&l), 0); /* nothing is better */
    assert_true(member(&l, "parameters.0.deviation") > 1e-13 && member(&l, "parameters.1.deviation") > 1e-13);
    close_lab(&l);
}

static void tells_where_the_distribution_is(void **state) {
    (void)state;
    lab l;
    lw_error error;
    bson_t document;
    open_lab(&l, "space:\n  x: !UniformFloat [0, 10]\n  kind: !Categorical [a, b]\n", without_design);
    lw_question question = {.number = 1};
    assert_int_equal(lw_optimizer_describe(l.optimizer, &question, &document, &error), LW_ENOTFOUND);
    assert_contains(error.message, "after 1 runs");
    for (int k = 0; k < 60; k++) {
        int64_t id = begin(&l);
        const lw_config *config = l.observations[id - 1].config;
        complete(&l, id, fabs(lw_config_number(config, 0) - 4) + (double)lw_config_choice(config, 1));
    }
    question.number = 61;
    assert_ok(lw_optimizer_describe(l.optimizer, &question, &document, &error), error);
    bson_iter_t iter, found;
    assert_true(bson_iter_init(&iter, &document) && bson_iter_find_descendant(&iter, "parameters.0.centre", &found));
    assert_close(bson_iter_double(&found), 4, 0.2);
    assert_true(bson_iter_init(&iter, &document) && bson_iter_find_descendant(&iter, "parameters.0.deviation", &found));
    assert_true(bson_iter_double(&found) > 0 && bson_iter_double(&found) < 0.1);
    assert_true(bson_iter_init(&iter, &document) && bson_iter_find_descendant(&iter, "choices.0.centre", &found));
    assert_string_equal(bson_iter_utf8(&found, NULL), "a");
    assert_true(bson_iter_init(&iter, &document) && bson_iter_find_descendant(&iter, "choices.0.probability", &found));
    assert_true(bson_iter_double(&found) > 0.6 && bson_iter_double(&found) <= 1);
    assert_true(bson_iter_init_find(&iter, &document, "population"));
    assert_int_equal(bson_iter_as_int64(&iter), 4);
    bson_destroy(&document);
    close_lab(&l);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memos_name_generations_of_four),
        cmocka_unit_test(runs_that_never_end_stall_no_generation),
        cmocka_unit_test(generations_do_not_grow_with_the_number_of_workers),
        cmocka_unit_test(results_in_any_order_leave_no_trace_of_it),
        cmocka_unit_test(late_results_teach),
        cmocka_unit_test(results_behind_the_last_run_that_is_fitted_do_not_count),
        cmocka_unit_test(other_memos_are_of_no_generation),
        cmocka_unit_test(a_run_may_change_its_generation),
        cmocka_unit_test(only_the_order_of_costs_matters),
        cmocka_unit_test(failed_runs_count_as_the_worst),
        cmocka_unit_test(a_generation_that_failed_teaches_nothing),
        cmocka_unit_test(starts_from_what_others_found),
        cmocka_unit_test(good_runs_of_others_are_learned_from),
        cmocka_unit_test(takes_all_points_of_the_sequence_in_turn_with_another_optimizer),
        cmocka_unit_test(whole_numbers_keep_moving),
        cmocka_unit_test(finds_the_best_choice),
        cmocka_unit_test(begins_anew_where_nothing_more_is_learned),
        cmocka_unit_test(never_narrows_to_nothing),
        cmocka_unit_test(tells_where_the_distribution_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
