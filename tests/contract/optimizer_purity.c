/*
 * A suggestion follows from what was seen, not from how: whoever lived through a history, hearing of it late, in
 * portions and out of order, and suggested meanwhile, says what one says who hears all of it at once. For the
 * optimizers that read histories. LABWATCH_FUZZ_ROUNDS is how many random histories each of them gets, or, if
 * LABWATCH_FUZZ_TYPE names one, that one alone.
 */
#include "optimizer_simulation.h"
#include "optimizer_support.h"

enum { N_HISTORIES = 200, MAX_EVENTS = 30, SEED = 3 };

static contract_types types;

/* A history as it happens, and one process that hears of it as it may. */
typedef struct lived_history {
    const lw_optimizer_type *type;
    bson_t *options;
    simulation simulation;
    lw_optimizer *live;
} lived_history;

/* ---- questions ---- */

static bool has_option(const lw_optimizer_type *type, const char *name) {
    for (const lw_option_spec *spec = type->options; spec && spec->name; spec++)
        if (strcmp(spec->name, name) == 0)
            return true;
    return false;
}

static lw_optimizer *new_optimizer(const lived_history *h) {
    lw_optimizer *optimizer = NULL;
    lw_error error;
    assert_ok(lw_optimizer_new(&optimizer, h->type->name, h->options, h->simulation.space, SEED, NULL, &error), error);
    return optimizer;
}

/* False if there is nothing more to suggest. */
static bool ask(lw_optimizer *optimizer, lw_question question, lw_suggestion *suggestion) {
    lw_error error;
    int outcome = lw_optimizer_suggest_configuration(optimizer, &question, suggestion, &error);
    if (outcome == LW_EXHAUSTED)
        return false;
    assert_ok(outcome, error);
    return true;
}

static void assert_same_answer(lw_optimizer *a, lw_optimizer *b, lw_question question) {
    lw_suggestion of_a, of_b;
    bool has_a = ask(a, question, &of_a), has_b = ask(b, question, &of_b);
    assert_int_equal(has_a, has_b);
    if (!has_a)
        return;
    assert_true(lw_config_equal(of_a.config, of_b.config));
    assert_int_equal(of_a.memo != NULL, of_b.memo != NULL);
    if (of_a.memo)
        assert_true(bson_equal(of_a.memo, of_b.memo));
    lw_suggestion_release(&of_a);
    lw_suggestion_release(&of_b);
}

static uint64_t below(lived_history *h, uint64_t n) {
    return lw_stream_below(&h->simulation.stream, n);
}

static int64_t last_id(const lived_history *h) {
    return h->simulation.n > 0 ? h->simulation.runs[h->simulation.n - 1].observation.run_id : 0;
}

static lw_question draw_question(lived_history *h) {
    return (lw_question){
        .number = simulation_next_number(&h->simulation),
        .budget = below(h, 2) ? 100 : 0,
        .fit_last_id = below(h, 3) ? 0 : (int64_t)below(h, (uint64_t)last_id(h) + 1),
        .repeats = 1 + (int)below(h, 2),
    };
}

/* ---- how it happens ---- */

static void hear(lw_optimizer *optimizer, const lw_observation *observation) {
    lw_error error;
    if (observation)
        assert_ok(lw_optimizer_update(optimizer, observation, 1, &error), error);
}

/* An outcome that was known is open again, or forgotten. */
static const lw_observation *reopen_some_run(lived_history *h) {
    if (h->simulation.n == 0)
        return NULL;
    lw_observation *observation = &h->simulation.runs[below(h, h->simulation.n)].observation;
    observation->outcome = below(h, 3) ? LW_PENDING : LW_VOID;
    observation->failure = LW_FAILURE_NONE;
    observation->cost = NAN;
    return observation;
}

static void happen_something(lived_history *h) {
    uint64_t event = below(h, 20);
    const lw_observation *news = NULL;
    lw_suggestion suggestion;
    if (event < 8 && ask(h->live, draw_question(h), &suggestion))
        news = simulation_reserve(&h->simulation, &suggestion);
    else if (event < 11)
        news = simulation_import(&h->simulation);
    else if (event < 19)
        news = simulation_end_some_run(&h->simulation);
    else
        news = reopen_some_run(h);
    if (below(h, 5) > 0)
        hear(h->live, news); /* else it hears of it much later */
}

static void begin(lived_history *h, const lw_optimizer_type *type, lw_space *space, uint64_t which) {
    *h = (lived_history){.type = type, .options = contract_options_of(type)};
    if (has_option(type, "initial") && which % 3 > 0)
        BSON_APPEND_INT32(h->options, "initial", 2); /* the model is soon asked */
    simulation_start(&h->simulation, space, 1000 + which);
    h->live = new_optimizer(h);
    for (uint64_t n = below(h, MAX_EVENTS); n > 0; n--)
        happen_something(h);
    simulation_tell_all(&h->simulation, h->live);
}

static void end(lived_history *h) {
    lw_optimizer_free(h->live);
    bson_destroy(h->options);
    simulation_release(&h->simulation);
}

/* ---- properties ---- */

static void check_process(const lw_optimizer_type *type, lw_space *space, uint64_t which) {
    lived_history h;
    begin(&h, type, space, which);
    lw_optimizer *cold = new_optimizer(&h);
    simulation_tell_all(&h.simulation, cold);
    lw_question first = draw_question(&h), second = draw_question(&h);
    assert_same_answer(h.live, cold, first);
    assert_same_answer(h.live, cold, second);
    assert_same_answer(cold, h.live, first); /* and as before */

    lw_optimizer_reset(h.live);
    simulation_tell_all(&h.simulation, h.live);
    assert_same_answer(h.live, cold, second);
    lw_optimizer_free(cold);
    end(&h);
}

/* What has become of runs behind the last one that is fitted to makes no difference, unless they are void. */
static void check_later_runs(const lw_optimizer_type *type, lw_space *space, uint64_t which) {
    lived_history h;
    begin(&h, type, space, which);
    lw_question question = draw_question(&h);
    question.fit_last_id = (int64_t)below(&h, (uint64_t)last_id(&h)) + 1;
    lw_optimizer *others = new_optimizer(&h);
    for (size_t i = 0; i < h.simulation.n; i++) {
        lw_observation observation = h.simulation.runs[i].observation;
        if (observation.run_id > question.fit_last_id && observation.outcome != LW_VOID) {
            static const lw_outcome outcomes[] = {LW_PENDING, LW_COMPLETED, LW_FAILED};
            observation.outcome = outcomes[below(&h, 3)];
            observation.failure = observation.outcome == LW_FAILED ? LW_FAILURE_CRASH : LW_FAILURE_NONE;
            observation.cost = observation.outcome == LW_COMPLETED ? -1e9 * (double)(i + 1) : NAN;
        }
        hear(others, &observation);
    }
    assert_same_answer(h.live, others, question);
    lw_optimizer_free(others);
    end(&h);
}

/* ---- all of them ---- */

typedef void purity_check(const lw_optimizer_type *type, lw_space *space, uint64_t which);

/* Random histories in all spaces, but the widest, which takes long, seldom. */
static void for_all_histories(purity_check *check) {
    const char *rounds = getenv("LABWATCH_FUZZ_ROUNDS"), *only = getenv("LABWATCH_FUZZ_TYPE");
    size_t n_wanted = 0;
    lw_space *spaces[N_CONTRACT_SPACES];
    for (size_t s = 0; s < N_CONTRACT_SPACES; s++)
        spaces[s] = contract_make_space(&contract_spaces[s]);
    for (size_t i = 0; i < types.n; i++) {
        uint64_t n = rounds ? strtoull(rounds, NULL, 10) : N_HISTORIES;
        if (types.items[i]->reads != LW_READS_HISTORY || (only && strcmp(types.items[i]->name, only) != 0))
            continue;
        n_wanted++;
        if (contract_exception_of(types.items[i])->options)
            n = (n + 9) / 10; /* the dearest of all */
        for (uint64_t which = 0; which < n; which++) {
            size_t s = which % N_CONTRACT_SPACES;
            check(types.items[i], spaces[contract_spaces[s].n_floats > 0 && which % 25 ? 1 : s], which);
        }
    }
    for (size_t s = 0; s < N_CONTRACT_SPACES; s++)
        lw_space_free(spaces[s]);
    assert_true(n_wanted > 0);
}

static void the_way_a_history_was_heard_of_does_not_matter(void **state) {
    (void)state;
    for_all_histories(check_process);
}

static void later_runs_are_pending(void **state) {
    (void)state;
    for_all_histories(check_later_runs);
}

int main(int argc, char **argv) {
    if (argc > 1)
        cmocka_set_test_filter(argv[1]);
    types = contract_list_types();
    if (!types.is_whole)
        return EXIT_FAILURE;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_way_a_history_was_heard_of_does_not_matter),
        cmocka_unit_test(later_runs_are_pending),
    };
    int n_failed = cmocka_run_group_tests(tests, NULL, NULL);
    contract_release_types(&types);
    return n_failed;
}
