#include "spaces.h"

#include <labwatch/optimizer.h>

#include "builtin_types.h"
#include "groups.h"
#include "history_rows.h"
#include "options.h"
#include "parzen_reference.h"
#include "split.h"

/* ---- a history, and its rows ---- */

typedef struct bench {
    lw_space *space;
    lw_history *history;
    lw_history_rows rows;
    lw_tpe_split split;
} bench;

static const char square[] = "space:\n  x: !UniformFloat [0, 1]\n  y: !UniformFloat [0, 1]\n";

static void open_bench(bench *b, const char *text) {
    lw_error error;
    memset(b, 0, sizeof *b);
    b->space = lw_test_space(text);
    b->rows.d = lw_space_n_parameters(b->space);
    assert_ok(lw_history_new(&b->history, b->space, &error), error);
}

static void close_bench(bench *b) {
    lw_tpe_split_release(&b->split);
    lw_history_rows_release(&b->rows);
    lw_history_free(b->history);
    lw_space_free(b->space);
}

static void tell(bench *b, int64_t run_id, lw_outcome outcome, double cost) {
    lw_error error;
    lw_config *config = lw_test_config(b->space, (uint64_t)run_id);
    const lw_observation observation = lw_test_observation(run_id, config, outcome, cost);
    assert_ok(lw_history_put(b->history, &observation, &error), error);
    const lw_observation *changed = lw_history_find(b->history, run_id);
    assert_ok(lw_history_rows_update(&b->rows, &changed, 1, &error), error);
    lw_config_free(config);
}

static void split(bench *b, int64_t fit_last_id, double gamma) {
    lw_error error;
    assert_ok(lw_tpe_split_rows(&b->split, &b->rows, fit_last_id, gamma, &error), error);
}

/* ---- rows ---- */

static void rows_are_the_history_in_whatever_order_it_came(void **state) {
    (void)state;
    enum { N = 150 };
    bench b;
    open_bench(&b, "space:\n  c: !Categorical [p, q]\n  x: !UniformFloat {lower: 0, upper: 1, when: {c: p}}\n");
    for (int64_t k = 0; k < 2 * N; k++) {
        int64_t id = k * 67 % N + 1;
        tell(&b, id, k < N ? LW_PENDING : LW_COMPLETED, (double)id);
        assert_int_equal(b.rows.n, lw_history_n(b.history));
    }
    for (size_t k = 0; k < N; k++) {
        const lw_observation *observation = lw_history_get(b.history, k);
        double u[2];
        lw_config_encode(observation->config, u);
        assert_int_equal(b.rows.run_id[k], observation->run_id);
        assert_int_equal(b.rows.outcome[k], LW_COMPLETED);
        assert_close(b.rows.cost[k], observation->cost, 0);
        assert_memory_equal(b.rows.u + 2 * k, u, sizeof u);
    }
    close_bench(&b);
}

/* ---- good and bad ---- */

static void the_lowest_costs_are_good(void **state) {
    (void)state;
    bench b;
    open_bench(&b, square);
    for (int64_t k = 0; k < REF_N; k++)
        tell(&b, k + 1, LW_COMPLETED, ref_cost[k]);
    split(&b, INT64_MAX, 0.1);
    assert_int_equal(b.split.good.n, REF_GOOD);
    assert_int_equal(b.split.bad.n, REF_BAD);
    for (size_t k = 0; k < REF_GOOD; k++)
        assert_int_equal(b.split.good.row[k], ref_good[k]);
    for (size_t k = 0; k < REF_BAD; k++)
        assert_close(b.split.bad.weight[k], k == 0 ? 1.0 / REF_BAD : 1, 1e-15);
    close_bench(&b);
}

static void of_equal_costs_the_first_are_good(void **state) {
    (void)state;
    bench b;
    open_bench(&b, square);
    for (int64_t id = 1; id <= 20; id++)
        tell(&b, id, LW_COMPLETED, id % 2 ? 3 : 7);
    split(&b, INT64_MAX, 0.2);
    assert_int_equal(b.split.good.n, 4);
    for (size_t k = 0; k < 4; k++)
        assert_int_equal(b.rows.run_id[b.split.good.row[k]], 1 + 2 * (int64_t)k);
    close_bench(&b);
}

static void what_failed_is_pending_or_later_is_bad(void **state) {
    (void)state;
    bench b;
    open_bench(&b, square);
    tell(&b, 1, LW_COMPLETED, 5);
    tell(&b, 2, LW_FAILED, NAN);
    tell(&b, 3, LW_PENDING, NAN);
    tell(&b, 4, LW_VOID, NAN);
    tell(&b, 5, LW_COMPLETED, 1e300);
    tell(&b, 6, LW_COMPLETED, -9);
    split(&b, 5, 0.5);
    assert_int_equal(b.split.good.n, 1);
    assert_int_equal(b.split.good.row[0], 0);
    static const size_t bad[] = {1, 2, 4, 5};
    assert_int_equal(b.split.bad.n, 4);
    assert_memory_equal(b.split.bad.row, bad, sizeof bad);
    split(&b, INT64_MAX, 0.3);
    assert_int_equal(b.split.good.row[0], 5);
    close_bench(&b);
}

/* Of a long history an even share is looked at, which counts for all. */
static void long_histories_are_thinned(void **state) {
    (void)state;
    enum { N = 4 * LW_TPE_MAX_BAD };
    bench b;
    open_bench(&b, "space:\n  x: !UniformFloat [0, 1]\n");
    for (int64_t id = 1; id <= N; id++)
        tell(&b, id, LW_COMPLETED, (double)id);
    split(&b, INT64_MAX, 0.12);
    assert_int_equal(b.split.good.n, LW_TPE_MAX_GOOD);
    const lw_tpe_part *bad = &b.split.bad;
    assert_true(bad->n <= LW_TPE_MAX_BAD && bad->n > LW_TPE_MAX_BAD * 9 / 10);
    double sum = 0;
    for (size_t k = 0; k < bad->n; k++) {
        sum += bad->weight[k];
        assert_true(k == 0 || bad->row[k] > bad->row[k - 1]);
    }
    assert_relatively_close(sum, 0.5 * N, 0.02);
    assert_int_equal(bad->row[bad->n - 1], N - 1);
    close_bench(&b);
}

/* ---- groups ---- */

static const char tree[] = "space:\n"
                           "  depth: !UniformInt {lower: 1, upper: 9, when: {model: forest}}\n"
                           "  model: !Categorical [forest, line]\n"
                           "  rate: !UniformFloat {lower: 1e-3, upper: 1, log_scale: true}\n"
                           "  trees: !UniformInt {lower: 10, upper: 5000, when: {model: forest}}\n"
                           "  slope: !UniformFloat {lower: -1, upper: 1, when: {model: line}}\n";

static void parameters_with_one_condition_are_a_group(void **state) {
    (void)state;
    lw_error error;
    lw_space *space = lw_test_space(tree);
    lw_tpe_groups groups;
    assert_ok(lw_tpe_groups_init(&groups, space, true, &error), error);
    assert_int_equal(groups.n, 3);
    assert_int_equal(groups.items[0].n, 2);
    assert_false(groups.items[0].is_conditional);
    assert_int_equal(groups.items[0].parameter[0], 1);
    assert_int_equal(groups.items[0].parameter[1], 2);
    assert_int_equal(groups.items[0].columns[0].kind, LW_PARZEN_CHOICES);
    assert_int_equal(groups.items[1].n, 2);
    assert_true(groups.items[1].is_conditional);
    assert_int_equal(groups.items[1].columns[0].kind, LW_PARZEN_LEVELS);
    assert_int_equal(groups.items[1].columns[1].kind, LW_PARZEN_NUMBERS);
    lw_tpe_groups_release(&groups);
    assert_ok(lw_tpe_groups_init(&groups, space, false, &error), error);
    assert_int_equal(groups.n, 5);
    lw_tpe_groups_release(&groups);
    lw_space_free(space);
}

static void cells_are_as_wide_as_their_prior(void **state) {
    (void)state;
    lw_error error;
    lw_space *space = lw_test_space("space:\n"
                                    "  n: !UniformInt {lower: 1, upper: 8, log_scale: true}\n"
                                    "  o: !Ordinal {choices: [a, b, c], weights: [1, 2, 5]}\n"
                                    "  m: !UniformInt [1, 1000]\n");
    lw_tpe_groups groups;
    assert_ok(lw_tpe_groups_init(&groups, space, true, &error), error);
    const double *n = groups.items[0].columns[0].ends, *o = groups.items[0].columns[1].ends;
    for (int k = 2; k <= 7; k++)
        assert_close(n[k] - n[k - 1], log((k + 0.5) / (k - 0.5)) / log(8.5 / 0.5), 1e-12);
    assert_close(o[1], 0.125, 1e-15);
    assert_close(o[2], 0.375, 1e-15);
    assert_close(lw_tpe_cell_width(space, 2, 0.7), 0.001, 1e-15);
    lw_tpe_groups_release(&groups);
    lw_space_free(space);
}

/* ---- what it finds ---- */

typedef double cost_function(const lw_config *config);

/* The lowest cost in n runs; NAN of a cost is a failure. *n_failed is counted up. */
static double search(const char *space_text, const char *options_text, uint64_t seed, int n, cost_function *cost,
                     size_t *n_failed) {
    lw_error error;
    bson_error_t reason;
    lw_optimizer *optimizer = NULL;
    lw_space *space = lw_test_space(space_text);
    bson_t *options = bson_new_from_json((const uint8_t *)options_text, -1, &reason);
    assert_ok(lw_optimizer_new(&optimizer, "tpe", options, space, seed, NULL, &error), error);
    double best = INFINITY;
    for (int id = 1; id <= n; id++) {
        lw_question question = {.number = (uint64_t)id, .budget = n};
        lw_suggestion suggestion;
        assert_ok(lw_optimizer_suggest_configuration(optimizer, &question, &suggestion, &error), error);
        lw_observation observation;
        lw_observation_init(&observation);
        observation.run_id = id;
        observation.config = suggestion.config;
        observation.cost = cost(suggestion.config);
        observation.outcome = isnan(observation.cost) ? LW_FAILED : LW_COMPLETED;
        observation.failure = isnan(observation.cost) ? LW_FAILURE_CRASH : LW_FAILURE_NONE;
        *n_failed += observation.outcome == LW_FAILED;
        best = fmin(best, observation.cost);
        assert_ok(lw_optimizer_update(optimizer, &observation, 1, &error), error);
        lw_suggestion_release(&suggestion);
    }
    bson_destroy(options);
    lw_optimizer_free(optimizer);
    lw_space_free(space);
    return best;
}

static int compare(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median_of_searches(const char *space, const char *options, int n, cost_function *cost) {
    enum { SEEDS = 11 };
    double best[SEEDS];
    size_t n_failed = 0;
    for (uint64_t seed = 0; seed < SEEDS; seed++)
        best[seed] = search(space, options, seed, n, cost, &n_failed);
    qsort(best, SEEDS, sizeof *best, compare);
    return best[SEEDS / 2];
}

static double sphere(const lw_config *config) {
    double sum = 0;
    for (size_t i = 0; i < 10; i++) {
        double x = lw_config_number(config, i) - (i % 2 ? 1 : -1);
        sum += x * x;
    }
    return sum;
}

/* Each parameter alone looks good in its middle: only together they tell where it goes down. Random search has 27. */
static void looking_at_parameters_together_goes_down_a_sphere(void **state) {
    (void)state;
    char space[500] = "space:\n";
    for (int i = 0; i < 10; i++)
        snprintf(space + strlen(space), sizeof space - strlen(space), "  x%d: !UniformFloat [-5, 5]\n", i);
    double together = median_of_searches(space, "{\"first\": \"none\"}", 100, sphere);
    double alone = median_of_searches(space, "{\"first\": \"none\", \"multivariate\": false}", 100, sphere);
    if (!(together < 8 && together < 0.6 * alone))
        fail_msg("together %g, each alone %g", together, alone);
}

static double distance(const lw_config *config) {
    double sum = 0;
    for (size_t i = 0; i < 5; i++) {
        double x = lw_config_number(config, i) - 0.3;
        sum += x * x;
    }
    return sqrt(sum);
}

/* With kernels that stay as wide as a hundredth of the range it ends at 0.0024. */
static void with_many_runs_it_goes_on_to_come_nearer(void **state) {
    (void)state;
    char space[500] = "space:\n";
    for (int i = 0; i < 5; i++)
        snprintf(space + strlen(space), sizeof space - strlen(space), "  x%d: !UniformFloat [0, 1]\n", i);
    size_t n_failed = 0;
    double sum = 0;
    for (uint64_t seed = 0; seed < 3; seed++)
        sum += search(space, "{}", seed, 1500, distance, &n_failed);
    assert_true(sum / 3 < 0.0015);
}

static double wall(const lw_config *config) {
    double x = lw_config_number(config, 0), y = lw_config_number(config, 1);
    return x > 0.4 ? NAN : (x - 0.35) * (x - 0.35) + (y - 0.2) * (y - 0.2);
}

/* Of random configurations three fifths fail. */
static void failures_are_kept_away_from(void **state) {
    (void)state;
    size_t n_failed = 0;
    for (uint64_t seed = 0; seed < 5; seed++)
        assert_true(search(square, "{}", seed, 100, wall, &n_failed) < 0.002);
    assert_true(n_failed < 5 * 100 * 2 / 5);
}

static double of_the_branch(const lw_config *config) {
    if (lw_config_choice(config, 1) == 1)
        return 0.5 + fabs(lw_config_number(config, 4));
    return fabs(log10(lw_config_number(config, 2)) + 2) + 0.1 * fabs(lw_config_number(config, 0) - 7) +
           fabs(lw_config_number(config, 3) - 3000) / 5000;
}

static void conditional_parameters_are_learned(void **state) {
    (void)state;
    assert_true(median_of_searches(tree, "{}", 100, of_the_branch) < 0.25);
}

/* ---- what is taken ---- */

/* Space: c is p or q; p has nothing below it. */
static bool is_p(void *self, const lw_config *config, double fidelity) {
    (void)fidelity;
    ++*(size_t *)self;
    return lw_config_choice(config, 0) == 0;
}

static void tell_all(void *state, const bench *b) {
    lw_error error;
    for (size_t k = 0; k < lw_history_n(b->history); k++) {
        const lw_observation *observation = lw_history_get(b->history, k);
        assert_ok(lw_optimizer_tpe.update(state, b->history, &observation, 1, &error), error);
    }
}

/* At its first proposal, also where the group that comes last is not active. */
static void what_is_taken_is_not_proposed(void **unused) {
    (void)unused;
    bench b;
    lw_error error;
    lw_options *options = NULL;
    lw_stream stream;
    size_t n_asked = 0;
    open_bench(&b, "space:\n  c: !Categorical [p, q]\n  x: !UniformFloat {lower: 0, upper: 1, when: {c: q}}\n");
    for (int64_t id = 1; id <= 30; id++) {
        lw_config *config = lw_test_config(b.space, (uint64_t)id);
        tell(&b, id, LW_COMPLETED, (double)lw_config_choice(config, 0));
        lw_config_free(config);
    }
    void *state = lw_calloc(1, lw_optimizer_tpe.state_size);
    lw_proposal proposal = {.fidelity = NAN};
    assert_ok(lw_options_new(&options, &lw_optimizer_tpe, NULL, &error), error);
    assert_ok(lw_config_new(&proposal.config, b.space, &error), error);
    const lw_optimizer_setup setup = {.space = b.space, .options = options, .seed = 1};
    assert_ok(lw_optimizer_tpe.init(state, &setup, &error), error);
    tell_all(state, &b);
    for (uint64_t number = 31; number < 41; number++) {
        lw_stream_init(&stream, 1, LW_PURPOSE_SUGGESTION, number, 0);
        const lw_request request = {.number = number, .seed = 1, .stream = &stream, .history = b.history,
                                    .fit_last_id = INT64_MAX, .is_taken = is_p, .is_taken_self = &n_asked};
        assert_ok(lw_optimizer_tpe.suggest_configuration(state, &request, &proposal, &error), error);
        assert_int_equal(lw_config_choice(proposal.config, 0), 1);
    }
    assert_true(n_asked > 20); /* p was the most promising one */
    lw_optimizer_tpe.release(state);
    lw_free(state);
    lw_config_free(proposal.config);
    lw_options_free(options);
    close_bench(&b);
}

/* ---- runs elsewhere ---- */

/* Sixteen suggestions from the same results, each knowing that the others are on their way. */
static double spread(bool know_each_other) {
    enum { AT_ONCE = 16, N = 30 };
    lw_error error;
    lw_optimizer *optimizer = NULL;
    lw_space *space = lw_test_space(square);
    lw_suggestion suggestions[AT_ONCE];
    assert_ok(lw_optimizer_new(&optimizer, "tpe", NULL, space, 5, NULL, &error), error);
    for (int64_t id = 1; id <= N + AT_ONCE; id++) {
        lw_config *config = lw_test_config(space, (uint64_t)id);
        lw_suggestion *suggestion = id > N ? &suggestions[id - N - 1] : NULL;
        lw_question question = {.number = (uint64_t)id};
        if (suggestion)
            assert_ok(lw_optimizer_suggest_configuration(optimizer, &question, suggestion, &error), error);
        lw_observation observation;
        lw_observation_init(&observation);
        observation.run_id = id;
        observation.config = suggestion ? suggestion->config : config;
        observation.outcome = suggestion ? know_each_other ? LW_PENDING : LW_VOID : LW_COMPLETED;
        observation.cost = suggestion ? NAN : fabs(lw_config_number(config, 0) - 0.5) + lw_config_number(config, 1);
        assert_ok(lw_optimizer_update(optimizer, &observation, 1, &error), error);
        lw_config_free(config);
    }
    double sum = 0;
    for (size_t i = 0; i < AT_ONCE; i++)
        for (size_t k = 0; k < i; k++)
            sum += hypot(lw_config_number(suggestions[i].config, 0) - lw_config_number(suggestions[k].config, 0),
                         lw_config_number(suggestions[i].config, 1) - lw_config_number(suggestions[k].config, 1));
    for (size_t i = 0; i < AT_ONCE; i++)
        lw_suggestion_release(&suggestions[i]);
    lw_optimizer_free(optimizer);
    lw_space_free(space);
    return sum;
}

static void pending_runs_are_kept_away_from(void **state) {
    (void)state;
    assert_true(spread(true) > 1.2 * spread(false));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_the_history_in_whatever_order_it_came),
        cmocka_unit_test(the_lowest_costs_are_good),
        cmocka_unit_test(of_equal_costs_the_first_are_good),
        cmocka_unit_test(what_failed_is_pending_or_later_is_bad),
        cmocka_unit_test(long_histories_are_thinned),
        cmocka_unit_test(parameters_with_one_condition_are_a_group),
        cmocka_unit_test(cells_are_as_wide_as_their_prior),
        cmocka_unit_test(looking_at_parameters_together_goes_down_a_sphere),
        cmocka_unit_test(with_many_runs_it_goes_on_to_come_nearer),
        cmocka_unit_test(failures_are_kept_away_from),
        cmocka_unit_test(conditional_parameters_are_learned),
        cmocka_unit_test(what_is_taken_is_not_proposed),
        cmocka_unit_test(pending_runs_are_kept_away_from),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
