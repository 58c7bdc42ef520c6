/*
 * What every optimizer, registered or in a module, must do in every kind of space. A test is called "OPTIMIZER, SPACE:
 * PROPERTY"; with arguments only those optimizers are tried (`optimizer_contract sobol grid`), or, behind `but`, all
 * others.
 */
#include "optimizer_simulation.h"
#include "optimizer_support.h"

#include <labwatch/sys/text.h>

/** One optimizer in one space. */
typedef struct contract_case {
    const lw_optimizer_type *type;
    const contract_space *expected;
    lw_space *space;
} contract_case;

enum { SEED = 20, N_HISTORIES = 25, HISTORY_EVENTS = 45, N_TAUGHT = 8 };

/** The type alone, for calls that take a list of the caller's own. */
#define ONLY(type) ((const lw_optimizer_type *const[]){(type), NULL})

/* ---- helpers ---- */

static bool is_refused(const contract_case *c) {
    const char *refused = contract_exception_of(c->type)->refuses;
    return refused && strcmp(refused, c->expected->name) == 0;
}

static lw_optimizer *new_optimizer(const contract_case *c, uint64_t seed) {
    lw_optimizer *optimizer = NULL;
    lw_error error;
    bson_t *options = contract_options_of(c->type);
    assert_ok(lw_optimizer_new(&optimizer, c->type->name, options, c->space, seed, ONLY(c->type), &error), error);
    bson_destroy(options);
    return optimizer;
}

static void tell(lw_optimizer *optimizer, const lw_observation *observation) {
    lw_error error;
    if (observation)
        assert_ok(lw_optimizer_update(optimizer, observation, 1, &error), error);
}

static void assert_same_suggestion(const lw_suggestion *a, const lw_suggestion *b) {
    assert_true(lw_config_equal(a->config, b->config));
    assert_memory_equal(&a->fidelity, &b->fidelity, sizeof a->fidelity);
    assert_int_equal(a->parent, b->parent);
    assert_int_equal(a->replicate, b->replicate);
    assert_int_equal(a->memo != NULL, b->memo != NULL);
    if (a->memo)
        assert_true(bson_equal(a->memo, b->memo));
}

/* Suggests from the optimizer's history. False if it says that there are no more, which must be true. */
static bool suggest_at(const contract_case *c, lw_optimizer *optimizer, uint64_t number, lw_suggestion *suggestion) {
    lw_error error;
    lw_question question = {.number = number, .budget = 100};
    int outcome = lw_optimizer_suggest_configuration(optimizer, &question, suggestion, &error);
    if (outcome == LW_EXHAUSTED) {
        const lw_history *history = lw_optimizer_history(optimizer);
        size_t n_taken = lw_history_n(history) - lw_history_n_outcome(history, LW_VOID);
        assert_true(contract_exception_of(c->type)->ends ||
                    (c->expected->n_configs > 0 && n_taken >= c->expected->n_configs));
        return false;
    }
    assert_ok(outcome, error);
    return true;
}

/* A sequence: each suggestion completed before the next. Yours to free; *n is how many there are. */
static lw_config **run_sequence(const contract_case *c, uint64_t seed, size_t *n) {
    lw_config **configs = calloc((size_t)c->expected->n_suggestions, sizeof *configs);
    assert_non_null(configs);
    lw_optimizer *optimizer = new_optimizer(c, seed);
    lw_suggestion suggestion;
    for (*n = 0; *n < (size_t)c->expected->n_suggestions; ++*n) {
        if (!suggest_at(c, optimizer, *n + 1, &suggestion))
            break;
        lw_observation observation;
        lw_observation_init(&observation);
        observation.run_id = (int64_t)*n + 1;
        observation.outcome = LW_COMPLETED;
        observation.config = suggestion.config;
        observation.fidelity = suggestion.fidelity;
        observation.replicate = suggestion.replicate;
        observation.memo = suggestion.memo;
        observation.cost = simulated_cost(suggestion.config);
        tell(optimizer, &observation);
        configs[*n] = suggestion.config;
        suggestion.config = NULL;
        lw_suggestion_release(&suggestion);
    }
    lw_optimizer_free(optimizer);
    return configs;
}

static void free_sequence(lw_config **configs, size_t n) {
    for (size_t i = 0; i < n; i++)
        lw_config_free(configs[i]);
    free(configs);
}

/* ---- properties ---- */

static void is_sound_and_has_no_duplicates(void **state) {
    const contract_case *c = *state;
    size_t n;
    lw_config **configs = run_sequence(c, SEED, &n);
    for (size_t i = 0; i < n; i++) {
        assert_sound(c->space, configs[i]);
        for (size_t k = 0; k < i; k++)
            assert_false(lw_config_equal(configs[i], configs[k]));
    }
    if (c->expected->n_configs > 0)
        assert_int_equal(n, c->expected->n_configs < (uint64_t)c->expected->n_suggestions
                                ? c->expected->n_configs
                                : (uint64_t)c->expected->n_suggestions);
    free_sequence(configs, n);
}

/* How many leading configs of two sequences are the same. */
static size_t count_same(lw_config *const *a, size_t n_a, lw_config *const *b, size_t n_b) {
    size_t n = 0;
    while (n < n_a && n < n_b && lw_config_equal(a[n], b[n]))
        n++;
    return n;
}

static void follows_from_the_seed(void **state) {
    const contract_case *c = *state;
    size_t n, n_again;
    lw_config **configs = run_sequence(c, SEED, &n);
    lw_config **again = run_sequence(c, SEED, &n_again);
    assert_int_equal(n, n_again);
    assert_int_equal(count_same(configs, n, again, n), n);
    free_sequence(again, n);
    bool differs = n < 5; /* short sequences may be the same */
    for (uint64_t seed = SEED + 1; seed < SEED + 4 && !differs; seed++) {
        lw_config **other = run_sequence(c, seed, &n_again);
        differs = count_same(configs, n, other, n_again) < n;
        free_sequence(other, n_again);
    }
    assert_true(differs);
    free_sequence(configs, n);
}

/* What a live process says, a cold one must say that has the same history from elsewhere. */
static void assert_cold_says_the_same(const contract_case *c, lw_optimizer *live, simulation *s) {
    lw_optimizer *cold = new_optimizer(c, SEED);
    simulation_tell_all(s, cold);
    uint8_t live_digest[LW_DIGEST_SIZE], cold_digest[LW_DIGEST_SIZE];
    lw_history_digest(lw_optimizer_history(live), live_digest);
    lw_history_digest(lw_optimizer_history(cold), cold_digest);
    assert_memory_equal(live_digest, cold_digest, LW_DIGEST_SIZE);

    uint64_t number = simulation_next_number(s);
    lw_suggestion a, b;
    bool has_a = suggest_at(c, live, number, &a), has_b = suggest_at(c, cold, number, &b);
    assert_int_equal(has_a, has_b);
    if (has_a) {
        assert_same_suggestion(&a, &b);
        lw_suggestion_release(&a);
        lw_suggestion_release(&b);
    }
    lw_optimizer_free(cold);
}

static void happen_something(const contract_case *c, lw_optimizer *live, simulation *s) {
    double event = lw_stream_uniform(&s->stream);
    lw_suggestion suggestion;
    if (event < 0.5) {
        if (suggest_at(c, live, simulation_next_number(s), &suggestion)) {
            assert_sound(c->space, suggestion.config);
            tell(live, simulation_reserve(s, &suggestion));
        }
    } else if (event < 0.9) {
        tell(live, simulation_end_some_run(s));
    } else {
        tell(live, simulation_import(s));
    }
}

static void replay_is_exact(void **state) {
    const contract_case *c = *state;
    const int fewer = contract_exception_of(c->type)->n_histories, n_histories = fewer > 0 ? fewer : N_HISTORIES;
    for (int history = 0; history < n_histories; history++) {
        simulation s;
        simulation_start(&s, c->space, (uint64_t)history);
        lw_optimizer *live = new_optimizer(c, SEED);
        uint64_t n_events = lw_stream_below(&s.stream, HISTORY_EVENTS);
        for (uint64_t i = 0; i < n_events; i++)
            happen_something(c, live, &s);
        assert_cold_says_the_same(c, live, &s);
        lw_optimizer_reset(live); /* and told all again, itself */
        simulation_tell_all(&s, live);
        assert_cold_says_the_same(c, live, &s);
        lw_optimizer_free(live);
        simulation_release(&s);
    }
}

/* Ten runs of which none has a cost. */
static void assert_copes_with(const contract_case *c, lw_outcome outcome, lw_failure failure) {
    lw_optimizer *optimizer = new_optimizer(c, SEED);
    lw_suggestion suggestion;
    for (uint64_t number = 1; number <= 10 && suggest_at(c, optimizer, number, &suggestion); number++) {
        assert_sound(c->space, suggestion.config);
        lw_observation observation;
        lw_observation_init(&observation);
        observation.run_id = (int64_t)number;
        observation.outcome = outcome;
        observation.failure = failure;
        observation.config = suggestion.config;
        observation.fidelity = suggestion.fidelity;
        observation.memo = suggestion.memo;
        tell(optimizer, &observation);
        lw_suggestion_release(&suggestion);
    }
    lw_optimizer_free(optimizer);
}

static void copes_without_costs(void **state) {
    const contract_case *c = *state;
    assert_copes_with(c, LW_PENDING, LW_FAILURE_NONE);
    assert_copes_with(c, LW_PENDING, LW_FAILURE_DIED);
    assert_copes_with(c, LW_FAILED, LW_FAILURE_NAN);
    assert_copes_with(c, LW_FAILED, LW_FAILURE_CRASH);
    assert_copes_with(c, LW_VOID, LW_FAILURE_NONE);
}

/* ---- workers ---- */

enum { N_WORKERS = 8 };

static void tell_from(lw_optimizer *optimizer, const simulation *s, size_t first) {
    for (size_t i = first; i < s->n; i++)
        tell(optimizer, &s->runs[i].observation);
}

/*
 * Eight processes suggest from the same view and reserve one after the other. Who comes too late hears of the others'
 * runs as pending, fits nothing anew, and suggests again.
 */
static void workers_never_share_a_config(void **state) {
    const contract_case *c = *state;
    simulation s;
    simulation_start(&s, c->space, 1);
    lw_optimizer *workers[N_WORKERS];
    for (size_t w = 0; w < N_WORKERS; w++)
        workers[w] = new_optimizer(c, SEED);
    bool more = true;
    for (int round = 0; round < 3 && more; round++) {
        size_t n_seen = s.n;
        int64_t last_seen = n_seen > 0 ? s.runs[n_seen - 1].observation.run_id : 0;
        for (size_t w = 0; w < N_WORKERS && more; w++) {
            lw_suggestion suggestion;
            tell_from(workers[w], &s, n_seen);
            lw_question question = {.number = s.n + 1, .fit_last_id = last_seen};
            lw_error error;
            int outcome = lw_optimizer_suggest_configuration(workers[w], &question, &suggestion, &error);
            more = outcome == LW_OK;
            if (!more) {
                assert_int_equal(outcome, LW_EXHAUSTED);
                continue;
            }
            for (size_t i = 0; i < s.n; i++)
                assert_false(lw_config_equal(suggestion.config, s.runs[i].config));
            simulation_reserve(&s, &suggestion);
        }
        for (size_t w = 0; w < N_WORKERS; w++)
            tell_from(workers[w], &s, n_seen);
    }
    if (c->expected->n_configs > 0 && !more)
        assert_int_equal(s.n, c->expected->n_configs);
    for (size_t w = 0; w < N_WORKERS; w++)
        lw_optimizer_free(workers[w]);
    simulation_release(&s);
}

/* Types that read only the number do without each other's runs: numbers that differ have different configs. */
static void numbers_never_share_a_config(void **state) {
    const contract_case *c = *state;
    enum { N = 60 };
    if (c->type->reads != LW_READS_NUMBER || c->expected->n_configs > 0 || contract_exception_of(c->type)->ends)
        return;
    lw_optimizer *workers[N_WORKERS];
    for (size_t w = 0; w < N_WORKERS; w++)
        workers[w] = new_optimizer(c, SEED);
    lw_suggestion suggestions[N];
    for (size_t i = 0; i < N; i++) {
        assert_true(suggest_at(c, workers[i % N_WORKERS], i + 1, &suggestions[i]));
        for (size_t k = 0; k < i; k++)
            assert_false(lw_config_equal(suggestions[i].config, suggestions[k].config));
    }
    for (size_t i = 0; i < N; i++)
        lw_suggestion_release(&suggestions[i]);
    for (size_t w = 0; w < N_WORKERS; w++)
        lw_optimizer_free(workers[w]);
}

/* ---- what it knows ---- */

/* Runs from elsewhere, of which all but two are completed; none where they would leave nothing to suggest. */
static void teach(const contract_case *c, lw_optimizer *optimizer) {
    if (c->expected->n_configs > 0 && c->expected->n_configs <= N_TAUGHT)
        return;
    lw_observation observation;
    for (uint64_t i = 1; i <= N_TAUGHT; i++) {
        lw_config *config = lw_test_config(c->space, i);
        lw_observation_init(&observation);
        observation.run_id = (int64_t)i;
        observation.outcome = i == 3 ? LW_PENDING : i == 5 ? LW_FAILED : LW_COMPLETED;
        observation.failure = i == 5 ? LW_FAILURE_CRASH : LW_FAILURE_NONE;
        observation.foreign = true;
        observation.config = config;
        observation.cost = simulated_cost(config);
        tell(optimizer, &observation);
        lw_config_free(config);
    }
}

/* ---- memory ---- */

static bool work_a_little(void *context) {
    const contract_case *c = context;
    lw_optimizer *optimizer = NULL;
    bool worked = lw_optimizer_new(&optimizer, c->type->name, NULL, c->space, SEED, ONLY(c->type), NULL) == LW_OK;
    for (int64_t id = 1; worked && id <= 3; id++) {
        lw_suggestion suggestion;
        lw_question question = {.number = (uint64_t)id};
        int outcome = lw_optimizer_suggest_configuration(optimizer, &question, &suggestion, NULL);
        worked = outcome >= 0;
        if (outcome != LW_OK)
            break;
        lw_observation observation;
        lw_observation_init(&observation);
        observation.run_id = id;
        observation.outcome = LW_COMPLETED;
        observation.cost = (double)id;
        observation.config = suggestion.config;
        observation.memo = suggestion.memo;
        worked = lw_optimizer_update(optimizer, &observation, 1, NULL) == LW_OK;
        lw_suggestion_release(&suggestion);
    }
    lw_optimizer_free(optimizer);
    return worked;
}

static void says_when_memory_is_gone(void **state) {
    lw_test_sweep_allocations(work_a_little, *state);
}

/* Suggests with the n-th allocation failing; false if there are not so many. It says so, or did without (a cache). */
static bool suggest_without(const contract_case *c, lw_optimizer *optimizer, uint64_t n, const lw_suggestion *wanted) {
    lw_suggestion suggestion;
    lw_question question = {.number = 1, .budget = 100};
    lw_memory_fail_at(n, n % 2);
    int outcome = lw_optimizer_suggest_configuration(optimizer, &question, &suggestion, NULL);
    bool failed = lw_memory_fail_at(0, false) >= n;
    if (outcome != LW_OK && (outcome != LW_ENOMEM || !failed))
        fail_msg("allocation %llu: %d", (unsigned long long)n, outcome);
    if (outcome == LW_OK || n % 16 < 2) { /* what failed leaves no trace: looked at now and then */
        if (outcome != LW_OK)
            assert_true(suggest_at(c, optimizer, 1, &suggestion));
        assert_same_suggestion(&suggestion, wanted);
        lw_suggestion_release(&suggestion);
    }
    return failed;
}

static void recovers_when_memory_is_back(void **state) {
    const contract_case *c = *state;
    lw_test_need_faults();
    lw_optimizer *optimizer = new_optimizer(c, SEED);
    teach(c, optimizer);
    lw_suggestion wanted;
    assert_true(suggest_at(c, optimizer, 1, &wanted));
    lw_optimizer_free(optimizer);
    bool more = true;
    const uint64_t step = c->expected->n_floats > 0 ? 7 : 1; /* what is dear is tried here and there */
    for (uint64_t n = 1; more; n += step) {
        optimizer = new_optimizer(c, SEED); /* one that keeps nothing from before */
        teach(c, optimizer);
        more = suggest_without(c, optimizer, n, &wanted);
        lw_optimizer_free(optimizer);
    }
    lw_suggestion_release(&wanted);
}

/* ---- what it refuses ---- */

static void refuses_the_space(void **state) {
    const contract_case *c = *state;
    lw_optimizer *optimizer = NULL;
    lw_error error;
    assert_int_equal(lw_optimizer_new(&optimizer, c->type->name, NULL, c->space, SEED, ONLY(c->type), &error), LW_EUNSUPPORTED);
    assert_true(strlen(error.message) > 20);
    assert_null(optimizer);
}

/* ---- options ---- */

static void refuses_unknown_options(void **state) {
    const contract_case *c = *state;
    bson_t *options = BCON_NEW("no-such-option", BCON_INT32(1));
    lw_error error;
    assert_int_equal(lw_optimizer_check(c->type->name, options, ONLY(c->type), &error), LW_EINVAL);
    assert_contains(error.message, "no-such-option");
    assert_contains(error.message, c->type->name);
    bson_destroy(options);
}

/* Whether the optimizer can be made with this option, and then suggests, knowing nothing and knowing something. */
static void assert_works_with(const contract_case *c, bson_t *options) {
    lw_optimizer *optimizer = NULL;
    lw_error error;
    int outcome = lw_optimizer_new(&optimizer, c->type->name, options, c->space, SEED, ONLY(c->type), &error);
    if (outcome == LW_EUNSUPPORTED)
        return;
    assert_ok(outcome, error);
    for (int is_taught = 0; is_taught <= (c->expected->n_floats == 0); is_taught++) { /* there it takes long */
        lw_suggestion suggestion;
        if (is_taught)
            teach(c, optimizer);
        assert_true(suggest_at(c, optimizer, 1, &suggestion));
        assert_sound(c->space, suggestion.config);
        lw_suggestion_release(&suggestion);
    }
    lw_optimizer_free(optimizer);
}

/* The contract's options for the type, without the one that is to be put into them; yours to destroy. */
static bson_t *options_without(const lw_optimizer_type *type, const char *name) {
    bson_t *options = contract_options_of(type), *others = bson_new();
    bson_copy_to_excluding_noinit(options, others, name, NULL);
    bson_destroy(options);
    return others;
}

static void assert_number_option(const contract_case *c, const lw_option_spec *spec, double value, bool good) {
    bson_t *options = options_without(c->type, spec->name);
    BSON_APPEND_DOUBLE(options, spec->name, value);
    if (good)
        assert_works_with(c, options);
    else
        assert_int_equal(lw_optimizer_check(c->type->name, options, ONLY(c->type), NULL), LW_EINVAL);
    bson_destroy(options);
}

static void works_with_each_of_its_options(void **state) {
    const contract_case *c = *state;
    for (const lw_option_spec *spec = c->type->options; spec && spec->name; spec++) {
        for (size_t i = 0; spec->kind == LW_OPTION_CHOICE && spec->choices[i]; i++) {
            bson_t *options = options_without(c->type, spec->name);
            BSON_APPEND_UTF8(options, spec->name, spec->choices[i]);
            assert_works_with(c, options);
            bson_destroy(options);
        }
        for (int on = 0; spec->kind == LW_OPTION_BOOL && on <= 1; on++) {
            bson_t *options = options_without(c->type, spec->name);
            BSON_APPEND_BOOL(options, spec->name, on);
            assert_works_with(c, options);
            bson_destroy(options);
        }
        if (spec->kind == LW_OPTION_CHOICE || spec->kind == LW_OPTION_BOOL)
            continue;
        assert_number_option(c, spec, spec->lower, true);
        assert_number_option(c, spec, spec->default_number, true);
        if (isfinite(spec->upper))
            assert_number_option(c, spec, spec->upper, true);
        assert_number_option(c, spec, spec->lower - 1, false);
        if (isfinite(spec->upper))
            assert_number_option(c, spec, spec->upper + 1, false);
    }
}

/* ---- quality ---- */

enum { N_SEEDS = 31 };

static int compare_doubles(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Best costs over seeds, sorted. */
static void best_costs(const contract_case *c, int budget, double best[N_SEEDS]) {
    contract_space longer = *c->expected;
    longer.n_suggestions = budget;
    const contract_case longer_case = {.type = c->type, .expected = &longer, .space = c->space};
    for (uint64_t seed = 0; seed < N_SEEDS; seed++) {
        size_t n;
        lw_config **configs = run_sequence(&longer_case, seed, &n);
        best[seed] = INFINITY;
        for (size_t i = 0; i < n; i++)
            best[seed] = fmin(best[seed], simulated_cost(configs[i]));
        free_sequence(configs, n);
    }
    qsort(best, N_SEEDS, sizeof *best, compare_doubles);
}

static void keeps_its_margins(void **state) {
    const contract_case *c = *state;
    contract_case random = *c;
    lw_error error;
    random.type = lw_optimizer_type_by_name("random", NULL, &error);
    for (size_t i = 0; i < N_CONTRACT_MARGINS; i++) {
        const contract_margin *margin = &contract_margins[i];
        if (strcmp(margin->optimizer, c->type->name) != 0 || strcmp(margin->space, c->expected->name) != 0)
            continue;
        double own[N_SEEDS], others[N_SEEDS];
        best_costs(c, margin->budget, own);
        best_costs(&random, margin->budget, others);
        double wanted = others[(size_t)(margin->quantile * (N_SEEDS - 1))];
        if (own[N_SEEDS / 2] > wanted)
            fail_msg("median %g, random search has %g at quantile %g", own[N_SEEDS / 2], wanted, margin->quantile);
    }
}

/* ---- the table of tests ---- */

typedef struct contract_property {
    const char *name;
    CMUnitTestFunction test;
} contract_property;

static const contract_property properties[] = {
    {"is sound and has no duplicates", is_sound_and_has_no_duplicates},
    {"follows from the seed", follows_from_the_seed},
    {"replay is exact", replay_is_exact},
    {"copes without costs", copes_without_costs},
    {"workers never share a config", workers_never_share_a_config},
    {"numbers never share a config", numbers_never_share_a_config},
    {"says when memory is gone", says_when_memory_is_gone},
    {"recovers when memory is back", recovers_when_memory_is_back},
    {"refuses unknown options", refuses_unknown_options},
    {"works with each of its options", works_with_each_of_its_options},
    {"keeps its margins", keeps_its_margins},
};
enum { N_PROPERTIES = sizeof properties / sizeof *properties };

static const contract_property refusal = {"refuses the space", refuses_the_space};

static void add_test(struct CMUnitTest *test, const contract_property *property, contract_case *c) {
    char name[200];
    snprintf(name, sizeof name, "%s, %s: %s", c->type->name, c->expected->name, property->name);
    *test = (struct CMUnitTest){.name = lw_strdup(name), .test_func = property->test, .initial_state = c};
}

/* Whether the arguments ask for it. */
static bool is_wanted(const lw_optimizer_type *type, int argc, char **argv) {
    bool but = argc > 1 && strcmp(argv[1], "but") == 0;
    for (int i = but ? 2 : 1; i < argc; i++)
        if (strcmp(argv[i], type->name) == 0)
            return !but;
    return but || argc == 1;
}

/* Runs all properties of the types in all spaces; how many failed. */
static int run_contract(const lw_optimizer_type *const *types, size_t n_types) {
    contract_case *cases = calloc(n_types * N_CONTRACT_SPACES, sizeof *cases);
    struct CMUnitTest *tests = calloc(n_types * N_CONTRACT_SPACES * N_PROPERTIES, sizeof *tests);
    lw_space *spaces[N_CONTRACT_SPACES];
    if (!cases || !tests)
        return EXIT_FAILURE;
    for (size_t s = 0; s < N_CONTRACT_SPACES; s++)
        spaces[s] = contract_make_space(&contract_spaces[s]);

    size_t n = 0;
    for (size_t i = 0; i < n_types * N_CONTRACT_SPACES; i++) {
        size_t s = i % N_CONTRACT_SPACES;
        cases[i] = (contract_case){types[i / N_CONTRACT_SPACES], &contract_spaces[s], spaces[s]};
        if (is_refused(&cases[i]))
            add_test(&tests[n++], &refusal, &cases[i]);
        else
            for (size_t p = 0; p < N_PROPERTIES; p++)
                add_test(&tests[n++], &properties[p], &cases[i]);
    }
    int n_failed = _cmocka_run_group_tests("optimizers", tests, n, NULL, NULL);
    for (size_t i = 0; i < n; i++)
        lw_free((void *)tests[i].name);
    for (size_t s = 0; s < N_CONTRACT_SPACES; s++)
        lw_space_free(spaces[s]);
    free(tests);
    free(cases);
    return n_failed;
}

/** The contract for a type that is not registered: how many tests failed. For programs that load this as a library. */
LW_EXPORT int optimizer_contract_of(const lw_optimizer_type *type);
int optimizer_contract_of(const lw_optimizer_type *type) {
    return run_contract(&type, 1);
}

int main(int argc, char **argv) {
    contract_types types = contract_list_types();
    if (!types.is_whole)
        return EXIT_FAILURE;
    size_t n_wanted = 0;
    for (size_t i = 0; i < types.n; i++)
        if (is_wanted(types.items[i], argc, argv))
            types.items[n_wanted++] = types.items[i];
    int n_failed = run_contract(types.items, n_wanted);
    contract_release_types(&types);
    return n_failed;
}
