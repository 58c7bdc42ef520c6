/*
 * Whatever costs come in, configurations come out: never an error, always one of the space. For every optimizer,
 * registered or in a module. LABWATCH_FUZZ_ROUNDS is how many random histories each of them gets, or, if
 * LABWATCH_FUZZ_TYPE names one, that one alone.
 */
#include "optimizer_support.h"

#include <float.h>

/* ---- an optimizer that is told a history ---- */

typedef struct learner {
    const lw_optimizer_type *type;
    lw_space *space;
    lw_optimizer *optimizer;
    int64_t n_told; /* run ids are 1 .. n_told */
} learner;

static void start(learner *l, const lw_optimizer_type *type, lw_space *space, const bson_t *options) {
    lw_error error;
    *l = (learner){.type = type, .space = space};
    assert_ok(lw_optimizer_new(&l->optimizer, type->name, options, space, 1, NULL, &error), error);
}

/* With the options that tests give to the type. */
static void start_plainly(learner *l, const lw_optimizer_type *type, lw_space *space) {
    bson_t *options = contract_options_of(type);
    start(l, type, space, options);
    bson_destroy(options);
}

static lw_observation *observe(lw_observation *observation, lw_outcome outcome, double cost) {
    lw_observation_init(observation);
    observation->outcome = outcome;
    observation->failure = outcome == LW_FAILED ? LW_FAILURE_CRASH : LW_FAILURE_NONE;
    observation->cost = cost;
    return observation;
}

/* The next run. */
static void tell(learner *l, const lw_config *config, lw_observation *observation) {
    lw_error error;
    observation->run_id = ++l->n_told;
    observation->config = config;
    assert_ok(lw_optimizer_update(l->optimizer, observation, 1, &error), error);
}

/* The next run, at coordinates u. */
static void tell_at(learner *l, const double *u, lw_outcome outcome, double cost) {
    lw_config *config = NULL;
    lw_error error;
    lw_observation observation;
    assert_ok(lw_config_new(&config, l->space, &error), error);
    lw_config_decode(config, u);
    tell(l, config, observe(&observation, outcome, cost));
    lw_config_free(config);
}

/* n runs at configurations from the prior. */
static void tell_many(learner *l, size_t n, lw_outcome outcome, double (*cost)(size_t i)) {
    for (size_t i = 0; i < n; i++) {
        lw_config *config = lw_test_config(l->space, (uint64_t)l->n_told + 1);
        lw_observation observation;
        tell(l, config, observe(&observation, outcome, cost ? cost(i) : NAN));
        lw_config_free(config);
    }
}

/* Asks as often, and hears of each suggestion as pending. */
static void ask(learner *l, int times, lw_question question) {
    for (int i = 0; i < times; i++) {
        lw_suggestion suggestion;
        lw_observation observation;
        lw_error error;
        question.number = question.number > 0 ? question.number : (uint64_t)l->n_told + 1;
        int outcome = lw_optimizer_suggest_configuration(l->optimizer, &question, &suggestion, &error);
        if (outcome == LW_EXHAUSTED)
            return;
        assert_ok(outcome, error);
        assert_sound(l->space, suggestion.config);
        observe(&observation, LW_PENDING, NAN);
        observation.memo = suggestion.memo;
        tell(l, suggestion.config, &observation);
        lw_suggestion_release(&suggestion);
        question.number++;
    }
}

/* Asks, completes some, and asks again. */
static void ask_and_release(learner *l) {
    ask(l, 2, (lw_question){0});
    ask(l, 1, (lw_question){.fit_last_id = l->n_told > 2 ? l->n_told - 2 : 0});
    lw_optimizer_free(l->optimizer);
}

/* ---- costs ---- */

static double slope(size_t i) {
    return (double)i;
}

static double constant(size_t i) {
    (void)i;
    return 7;
}

static double zero(size_t i) {
    (void)i;
    return 0;
}

static double small_integers(size_t i) {
    return (double)(i * 7919 % 4);
}

static double huge(size_t i) {
    return 1e300 * (double)(i + 1);
}

static double huge_and_negative(size_t i) {
    return -1e300 * (double)(i + 1);
}

static double tiny(size_t i) {
    return 1e-300 * (double)(i + 1);
}

static double of_all_sizes(size_t i) {
    static const double costs[] = {1e300, 1e-300, -1e300, 0, 1, -1e-300, DBL_MAX, -DBL_MAX, 5e-324, 1e8, -0.0};
    return costs[i % (sizeof costs / sizeof *costs)];
}

static double one_of_them_huge(size_t i) {
    return i == 3 ? 1e300 : 1 / (double)(i + 1);
}

static double nearly_equal(size_t i) {
    return 1e6 * (1 + (double)(i % 3) * DBL_EPSILON);
}

static double (*const all_costs[])(size_t i) = {
    slope, constant, zero, small_integers, huge, huge_and_negative, tiny, of_all_sizes, one_of_them_huge, nearly_equal,
};
enum { N_COSTS = sizeof all_costs / sizeof *all_costs };

/* ---- the types ---- */

static contract_types types;
static lw_space *plane, *mixed;

typedef void honesty_check(const lw_optimizer_type *type);

static void for_all_types(honesty_check *check) {
    for (size_t i = 0; i < types.n; i++)
        check(types.items[i]);
}

static bool has_option(const lw_optimizer_type *type, const char *name) {
    for (const lw_option_spec *spec = type->options; spec && spec->name; spec++)
        if (strcmp(spec->name, name) == 0)
            return true;
    return false;
}

/* ---- costs and points ---- */

static void check_costs(const lw_optimizer_type *type) {
    for (size_t k = 0; k < N_COSTS; k++) {
        learner l;
        start_plainly(&l, type, k % 2 ? mixed : plane);
        tell_many(&l, 12, LW_COMPLETED, all_costs[k]);
        ask_and_release(&l);
    }
}

static void costs_of_any_size(void **state) {
    (void)state;
    for_all_types(check_costs);
}

static void check_identical_points(const lw_optimizer_type *type) {
    for (size_t k = 0; k < N_COSTS; k++) {
        learner l;
        const double u[] = {0.3, 0.6}, v[] = {0.8, 0.1};
        start_plainly(&l, type, plane);
        for (size_t i = 0; i < 15; i++)
            tell_at(&l, i % 5 == 4 ? v : u, LW_COMPLETED, all_costs[k](i));
        ask_and_release(&l);
    }
}

static void identical_points_with_different_costs(void **state) {
    (void)state;
    for_all_types(check_identical_points);
}

static void check_nearly_identical_points(const lw_optimizer_type *type) {
    for (int exponent = -12; exponent <= -2; exponent += 2) {
        learner l;
        start_plainly(&l, type, plane);
        for (size_t i = 0; i < 15; i++) {
            double step = pow(10, exponent) * (double)(i + 1);
            tell_at(&l, (double[]){0.3 + step, 0.6 - step}, LW_COMPLETED, i % 2 ? 1 : -1);
        }
        ask_and_release(&l);
    }
}

static void nearly_identical_points(void **state) {
    (void)state;
    for_all_types(check_nearly_identical_points);
}

static void check_corners(const lw_optimizer_type *type) {
    learner l;
    start_plainly(&l, type, plane);
    for (size_t i = 0; i < 8; i++)
        tell_at(&l, (double[]){(double)(i & 1), (double)(i >> 1 & 1)}, LW_COMPLETED, (double)(i & 3));
    ask_and_release(&l);
}

static void points_in_the_corners_only(void **state) {
    (void)state;
    for_all_types(check_corners);
}

static void check_repeats(const lw_optimizer_type *type) {
    if (!has_option(type, "noise"))
        return;
    learner l;
    bson_t *options = contract_options_of(type);
    BSON_APPEND_DOUBLE(options, "noise", 0);
    start(&l, type, plane, options);
    bson_destroy(options);
    for (size_t i = 0; i < 18; i++)
        tell_at(&l, (double[]){0.2 * (double)(i % 5), 0.5}, LW_COMPLETED, (double)(i * 7 % 11));
    ask_and_release(&l);
}

static void repeats_where_noise_is_excluded(void **state) {
    (void)state;
    for_all_types(check_repeats);
}

/* ---- outcomes ---- */

static void check_few(const lw_optimizer_type *type) {
    for (size_t n = 0; n <= 3; n++)
        for (int more = 0; more <= 1; more++) {
            learner l;
            start_plainly(&l, type, n % 2 ? mixed : plane);
            tell_many(&l, n, LW_COMPLETED, slope);
            if (more)
                tell_many(&l, 9, LW_VOID, NULL); /* numbers beyond any initial design */
            ask_and_release(&l);
        }
}

static void few_observations(void **state) {
    (void)state;
    for_all_types(check_few);
}

static void check_failures(const lw_optimizer_type *type) {
    static const size_t numbers[][2] = {{1, 0}, {12, 0}, {12, 1}, {12, 2}, {1, 12}, {40, 40}};
    for (size_t k = 0; k < sizeof numbers / sizeof *numbers; k++) {
        learner l;
        start_plainly(&l, type, k % 2 ? mixed : plane);
        tell_many(&l, numbers[k][0], LW_FAILED, NULL);
        tell_many(&l, numbers[k][1], LW_COMPLETED, slope);
        ask_and_release(&l);
    }
}

static void failures(void **state) {
    (void)state;
    for_all_types(check_failures);
}

/* The same point failed and worked. */
static void check_contradictions(const lw_optimizer_type *type) {
    learner l;
    start_plainly(&l, type, plane);
    for (size_t i = 0; i < 24; i++)
        tell_at(&l, (double[]){0.25 * (double)(i % 4), 0.5}, i % 3 ? LW_COMPLETED : LW_FAILED, i % 3 ? 1 : NAN);
    ask_and_release(&l);
}

static void points_that_failed_and_worked(void **state) {
    (void)state;
    for_all_types(check_contradictions);
}

static void check_pending(const lw_optimizer_type *type) {
    for (size_t n_completed = 0; n_completed <= 10; n_completed += 5) {
        learner l;
        start_plainly(&l, type, n_completed % 2 ? mixed : plane);
        tell_many(&l, n_completed, LW_COMPLETED, slope);
        tell_many(&l, 100, LW_PENDING, NULL);
        ask_and_release(&l);
    }
    learner l; /* all at one point */
    start_plainly(&l, type, plane);
    tell_many(&l, 8, LW_COMPLETED, slope);
    for (int i = 0; i < 50; i++)
        tell_at(&l, (double[]){0.5, 0.5}, LW_PENDING, NAN);
    ask_and_release(&l);
}

static void many_pending(void **state) {
    (void)state;
    for_all_types(check_pending);
}

/* ---- size ---- */

static void check_long_history(const lw_optimizer_type *type) {
    if (type->reads == LW_READS_NUMBER)
        return;
    learner l;
    start_plainly(&l, type, plane);
    tell_many(&l, 3000, LW_COMPLETED, small_integers);
    ask(&l, 1, (lw_question){0});
    lw_optimizer_free(l.optimizer);
}

static void three_thousand_observations(void **state) {
    (void)state;
    for_all_types(check_long_history);
}

static void check_wide_space(const lw_optimizer_type *type) {
    static const contract_space wide = {.name = "200 floats", .n_floats = 200};
    const char *refused = contract_exception_of(type)->refuses;
    if (refused && strcmp(refused, wide.name) == 0)
        return;
    lw_space *space = contract_make_space(&wide);
    learner l;
    start_plainly(&l, type, space);
    tell_many(&l, 30, LW_COMPLETED, one_of_them_huge);
    tell_many(&l, 5, LW_FAILED, NULL);
    ask(&l, 1, (lw_question){0});
    lw_optimizer_free(l.optimizer);
    lw_space_free(space);
}

static void two_hundred_parameters(void **state) {
    (void)state;
    for_all_types(check_wide_space);
}

/* ---- random histories ---- */

enum { MAX_RUNS = 25, N_NEIGHBOURS = 200 };

/* Options at random from the type's table. */
static bson_t *draw_options(const lw_optimizer_type *type, lw_stream *stream) {
    bson_t *options = contract_options_of(type);
    for (const lw_option_spec *spec = type->options; spec && spec->name; spec++) {
        size_t n = 0;
        if (bson_has_field(options, spec->name) || lw_stream_below(stream, 3) > 0)
            continue;
        while (spec->kind == LW_OPTION_CHOICE && spec->choices[n])
            n++;
        const char *choice = n > 0 ? spec->choices[lw_stream_below(stream, n)] : NULL;
        if (spec->kind == LW_OPTION_CHOICE)
            BSON_APPEND_UTF8(options, spec->name, choice);
        else if (spec->kind == LW_OPTION_BOOL)
            BSON_APPEND_BOOL(options, spec->name, lw_stream_below(stream, 2));
        else if (spec->kind == LW_OPTION_INTEGER)
            BSON_APPEND_DOUBLE(options, spec->name,
                               fmin(spec->lower + (double)lw_stream_below(stream, 9), spec->upper));
        else
            BSON_APPEND_DOUBLE(options, spec->name,
                               spec->lower + lw_stream_uniform(stream) * (fmin(spec->upper, 9) - spec->lower));
    }
    return options;
}

/* Anew, or one that was there, or one beside it. */
static lw_config *draw_config(learner *l, lw_stream *stream) {
    const lw_history *history = lw_optimizer_history(l->optimizer);
    lw_error error;
    lw_config *config = NULL;
    if (lw_history_n(history) > 0 && lw_stream_below(stream, 3) == 0) {
        const lw_observation *o = lw_history_get(history, lw_stream_below(stream, lw_history_n(history)));
        assert_ok(lw_config_dup(&config, o->config, &error), error);
        if (lw_stream_below(stream, 2) == 0) {
            double u[N_NEIGHBOURS];
            lw_config_encode(config, u);
            for (size_t i = 0; i < lw_space_n_parameters(l->space); i++)
                u[i] = isnan(u[i]) ? u[i] : fmin(u[i] + 1e-9 * lw_stream_uniform(stream), 1);
            lw_config_decode(config, u);
            if (!lw_config_is_valid(config))
                lw_config_copy(config, o->config);
        }
        return config;
    }
    assert_ok(lw_config_new(&config, l->space, &error), error);
    assert_ok(lw_config_sample(config, stream, &error), error);
    return config;
}

static double draw_cost(lw_stream *stream, size_t manner) {
    double u = lw_stream_uniform(stream);
    if (lw_stream_below(stream, 20) == 0)
        return all_costs[lw_stream_below(stream, N_COSTS)](lw_stream_below(stream, 12));
    switch (manner) {
    case 0:
        return u;
    case 1:
        return floor(4 * u);
    case 2:
        return exp(600 * (u - 0.5));
    case 3:
        return (u - 0.5) * DBL_MAX;
    case 4:
        return u * DBL_MIN;
    default:
        return 1e6 + u * 1e-9;
    }
}

/* What no optimizer has written, or another one. */
static bson_t *draw_memo(lw_stream *stream) {
    switch (lw_stream_below(stream, 6)) {
    case 0:
        return BCON_NEW("n", BCON_INT64(3), "theta", "[", BCON_DOUBLE(0.5), BCON_DOUBLE(0.5), "]");
    case 1:
        return BCON_NEW("n", BCON_INT64(INT64_MAX), "theta", BCON_UTF8("text"), "transform", BCON_INT32(99));
    case 2:
        return BCON_NEW("n", BCON_DOUBLE(NAN), "theta", "{", "0", BCON_DOUBLE(INFINITY), "}");
    case 3:
        return BCON_NEW("other", BCON_INT32(1));
    default:
        return NULL;
    }
}

static void tell_something(learner *l, lw_stream *stream, size_t manner) {
    static const lw_outcome outcomes[] = {LW_COMPLETED, LW_COMPLETED, LW_COMPLETED, LW_COMPLETED,
                                          LW_PENDING,   LW_FAILED,    LW_FAILED,    LW_VOID};
    lw_config *config = draw_config(l, stream);
    bson_t *memo = draw_memo(stream);
    lw_outcome outcome = outcomes[manner >= 6 ? lw_stream_below(stream, 8) : lw_stream_below(stream, 5)];
    lw_observation observation;
    observe(&observation, outcome, outcome == LW_COMPLETED ? draw_cost(stream, manner % 6) : NAN);
    if (outcome == LW_FAILED)
        observation.failure = (lw_failure)(1 + lw_stream_below(stream, LW_FAILURE_USER));
    observation.foreign = lw_stream_below(stream, 6) == 0;
    observation.memo = memo;
    if (lw_stream_below(stream, 10) == 0)
        l->n_told += (int64_t)lw_stream_below(stream, 1000000);
    tell(l, config, &observation);
    lw_config_free(config);
    if (memo)
        bson_destroy(memo);
}

/* A short history of anything, and what is suggested then: soundly, and without an error. */
static void check_random_history(const lw_optimizer_type *type, uint64_t which) {
    lw_stream stream;
    lw_stream_init(&stream, which, LW_PURPOSE_SAMPLE, 1, 0);
    const contract_space *expected = &contract_spaces[lw_stream_below(&stream, N_CONTRACT_SPACES)];
    if (expected->n_floats > 0 && lw_stream_below(&stream, 10) > 0)
        expected = &contract_spaces[1]; /* seldom: it takes long */
    const char *refused = contract_exception_of(type)->refuses;
    if (refused && strcmp(refused, expected->name) == 0)
        return;
    lw_space *space = contract_make_space(expected);
    bson_t *options = draw_options(type, &stream);
    learner l = {.type = type, .space = space};
    lw_error error;
    int outcome = lw_optimizer_new(&l.optimizer, type->name, options, space, which, NULL, &error);
    if (outcome != LW_EUNSUPPORTED) {
        assert_ok(outcome, error);
        size_t manner = lw_stream_below(&stream, 12);
        for (uint64_t n = lw_stream_below(&stream, MAX_RUNS); n > 0; n--)
            tell_something(&l, &stream, manner);
        lw_question question = {
            .number = 1 + lw_stream_below(&stream, 40),
            .budget = (int64_t)lw_stream_below(&stream, 60),
            .fit_last_id = lw_stream_below(&stream, 2) ? 0 : (int64_t)lw_stream_below(&stream, (uint64_t)l.n_told + 1),
            .repeats = 1 + (int)lw_stream_below(&stream, 2),
        };
        ask(&l, 2, question);
        lw_optimizer_free(l.optimizer);
    }
    bson_destroy(options);
    lw_space_free(space);
}

static void random_histories(void **state) {
    (void)state;
    const char *rounds = getenv("LABWATCH_FUZZ_ROUNDS"), *only = getenv("LABWATCH_FUZZ_TYPE");
    const uint64_t n = rounds ? strtoull(rounds, NULL, 10) : 200;
    size_t n_wanted = 0;
    for (size_t i = 0; i < types.n; i++) {
        if (only && strcmp(types.items[i]->name, only) != 0)
            continue;
        n_wanted++;
        for (uint64_t which = 0; which < n; which++)
            check_random_history(types.items[i], which);
    }
    assert_true(n_wanted > 0);
}

int main(int argc, char **argv) {
    if (argc > 1)
        cmocka_set_test_filter(argv[1]);
    types = contract_list_types();
    if (!types.is_whole)
        return EXIT_FAILURE;
    plane = lw_test_space("space:\n  x: !UniformFloat [0, 1]\n  y: !UniformFloat [-5, 5]\n");
    mixed = contract_make_space(&contract_spaces[1]);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(costs_of_any_size),
        cmocka_unit_test(identical_points_with_different_costs),
        cmocka_unit_test(nearly_identical_points),
        cmocka_unit_test(points_in_the_corners_only),
        cmocka_unit_test(repeats_where_noise_is_excluded),
        cmocka_unit_test(few_observations),
        cmocka_unit_test(failures),
        cmocka_unit_test(points_that_failed_and_worked),
        cmocka_unit_test(many_pending),
        cmocka_unit_test(three_thousand_observations),
        cmocka_unit_test(two_hundred_parameters),
        cmocka_unit_test(random_histories),
    };
    int n_failed = cmocka_run_group_tests(tests, NULL, NULL);
    lw_space_free(plane);
    lw_space_free(mixed);
    contract_release_types(&types);
    return n_failed;
}
