#include "spaces.h"

#include <labwatch/history.h>

static const char *const mixed = "space:\n"
                                 "  x: !UniformFloat [0, 1]\n"
                                 "  n: !UniformInt [1, 1000]\n"
                                 "  c: !Categorical [red, green, blue]\n"
                                 "  y: !UniformFloat {lower: 1, upper: 2, when: {c: red}}\n";

typedef struct fixture {
    lw_space *space;
    lw_history *history;
    lw_config *configs[10];
} fixture;

enum { N_CONFIGS = 10 };

static int set_up(void **state) {
    fixture *f = calloc(1, sizeof *f);
    lw_error error;
    f->space = lw_test_space(mixed);
    assert_ok(lw_history_new(&f->history, f->space, &error), error);
    for (uint64_t i = 0; i < N_CONFIGS; i++)
        f->configs[i] = lw_test_config(f->space, i);
    *state = f;
    return 0;
}

static int tear_down(void **state) {
    fixture *f = *state;
    for (size_t i = 0; i < N_CONFIGS; i++)
        lw_config_free(f->configs[i]);
    lw_history_free(f->history);
    lw_space_free(f->space);
    free(f);
    return 0;
}

static lw_observation completed(int64_t run_id, const lw_config *config, double cost) {
    lw_observation observation;
    lw_observation_init(&observation);
    observation.run_id = run_id;
    observation.outcome = LW_COMPLETED;
    observation.config = config;
    observation.cost = cost;
    return observation;
}

static void put(lw_history *history, lw_observation observation) {
    lw_error error;
    assert_ok(lw_history_put(history, &observation, &error), error);
}

static void test_history__is_empty_at_first(void **state) {
    fixture *f = *state;
    assert_int_equal(lw_history_n(f->history), 0);
    assert_null(lw_history_get(f->history, 0));
    assert_null(lw_history_find(f->history, 1));
    assert_null(lw_history_best(f->history));
    assert_int_equal(lw_history_count(f->history, f->configs[0], NAN), 0);
    assert_ptr_equal(lw_history_space(f->history), f->space);
}

static void test_history__keeps_the_order_of_run_ids(void **state) {
    fixture *f = *state;
    static const int64_t ids[] = {7, 3, 12, 1, 900, 8, 2};
    static const int64_t sorted[] = {1, 2, 3, 7, 8, 12, 900};
    for (size_t i = 0; i < 7; i++)
        put(f->history, completed(ids[i], f->configs[i], (double)ids[i]));
    for (size_t i = 0; i < 7; i++) {
        assert_int_equal(lw_history_get(f->history, i)->run_id, sorted[i]);
        assert_ptr_equal(lw_history_find(f->history, sorted[i]), lw_history_get(f->history, i));
    }
    assert_null(lw_history_find(f->history, 4));
    assert_null(lw_history_find(f->history, 0));
    assert_null(lw_history_find(f->history, 901));
}

static void test_history__owns_copies(void **state) {
    fixture *f = *state;
    double costs[] = {1.5, 2.5}, constraints[] = {-1.0, NAN, 3.0};
    bson_t *memo = BCON_NEW("generation", BCON_INT32(4), "text",
                            "long enough not to lie inside the document's own struct, "
                            "which has room for about a hundred and twenty bytes of it");
    lw_config *config = lw_test_config(f->space, 77);
    lw_observation observation = completed(5, config, 1.5);
    observation.costs = costs;
    observation.n_costs = 2;
    observation.constraints = constraints;
    observation.n_constraints = 3;
    observation.memo = memo;
    observation.duration_s = 12.5;
    observation.noise = 0.25;
    observation.replicate = 2;
    put(f->history, observation);
    bson_t *copy = bson_copy(memo);
    bson_destroy(memo);
    memset(costs, 0, sizeof costs);
    memset(constraints, 0, sizeof constraints);
    lw_config_copy(config, f->configs[0]);

    lw_config *same = lw_test_config(f->space, 77);
    const lw_observation *kept = lw_history_find(f->history, 5);
    assert_true(lw_config_equal(kept->config, same));
    assert_true(kept->n_costs == 2 && kept->costs[0] == 1.5 && kept->costs[1] == 2.5);
    assert_true(kept->n_constraints == 3 && kept->constraints[0] == -1.0 && isnan(kept->constraints[1]));
    assert_true(bson_equal(kept->memo, copy));
    assert_true(kept->duration_s == 12.5 && kept->noise == 0.25 && kept->replicate == 2);
    bson_destroy(copy);
    lw_config_free(same);
    lw_config_free(config);
}

static void test_history__replaces_a_run(void **state) {
    fixture *f = *state;
    lw_observation pending = completed(3, f->configs[0], NAN);
    pending.outcome = LW_PENDING;
    put(f->history, pending);
    assert_int_equal(lw_history_n_outcome(f->history, LW_PENDING), 1);
    put(f->history, completed(3, f->configs[0], 4.0));
    assert_int_equal(lw_history_n(f->history), 1);
    assert_int_equal(lw_history_n_outcome(f->history, LW_PENDING), 0);
    assert_int_equal(lw_history_n_outcome(f->history, LW_COMPLETED), 1);
    assert_true(lw_history_find(f->history, 3)->cost == 4.0);
    assert_int_equal(lw_history_count(f->history, f->configs[0], NAN), 1);
    put(f->history, completed(3, f->configs[1], 4.0));
    assert_int_equal(lw_history_count(f->history, f->configs[0], NAN), 0);
    assert_int_equal(lw_history_count(f->history, f->configs[1], NAN), 1);
}

static void test_history__may_be_put_into_itself(void **state) {
    fixture *f = *state;
    put(f->history, completed(1, f->configs[0], 4.0));
    lw_observation again = *lw_history_get(f->history, 0);
    again.cost = 2.0;
    put(f->history, again);
    put(f->history, *lw_history_get(f->history, 0));
    assert_true(lw_history_get(f->history, 0)->cost == 2.0);
    assert_int_equal(lw_history_count(f->history, f->configs[0], NAN), 1);
}

static void test_history__counts_configs_at_their_fidelity(void **state) {
    fixture *f = *state;
    for (int64_t id = 1; id <= 4; id++)
        put(f->history, completed(id, f->configs[0], 1.0));
    lw_observation low = completed(5, f->configs[0], 1.0);
    low.fidelity = 0.25;
    put(f->history, low);
    assert_int_equal(lw_history_count(f->history, f->configs[0], NAN), 4);
    assert_int_equal(lw_history_count(f->history, f->configs[0], 0.25), 1);
    assert_int_equal(lw_history_count(f->history, f->configs[0], 0.5), 0);
    assert_int_equal(lw_history_count(f->history, f->configs[1], NAN), 0);
}

static void test_history__void_runs_leave_their_config_free(void **state) {
    fixture *f = *state;
    put(f->history, completed(1, f->configs[0], 1.0));
    lw_observation gone = completed(1, f->configs[0], 1.0);
    gone.outcome = LW_VOID;
    put(f->history, gone);
    assert_int_equal(lw_history_count(f->history, f->configs[0], NAN), 0);
    assert_int_equal(lw_history_n_outcome(f->history, LW_VOID), 1);
    assert_int_equal(lw_history_n_own(f->history), 1);
    assert_null(lw_history_best(f->history));
    assert_true(isnan(lw_history_get(f->history, 0)->cost));
}

static void test_history__died_is_pending(void **state) {
    fixture *f = *state;
    lw_observation died = completed(1, f->configs[0], NAN);
    died.outcome = LW_FAILED;
    died.failure = LW_FAILURE_DIED;
    died.foreign = true;
    put(f->history, died);
    assert_int_equal(lw_history_get(f->history, 0)->outcome, LW_PENDING);
    assert_int_equal(lw_history_get(f->history, 0)->failure, LW_FAILURE_DIED);
    assert_int_equal(lw_history_n_own(f->history), 0);
}

static void test_history__knows_the_best(void **state) {
    fixture *f = *state;
    put(f->history, completed(5, f->configs[0], 2.0));
    put(f->history, completed(3, f->configs[1], 2.0));
    put(f->history, completed(9, f->configs[2], 1.0));
    assert_int_equal(lw_history_best(f->history)->run_id, 9);
    put(f->history, completed(9, f->configs[2], 3.0));
    assert_int_equal(lw_history_best(f->history)->run_id, 3);
    put(f->history, completed(10, f->configs[2], 2.0));
    assert_int_equal(lw_history_best(f->history)->run_id, 3);
    put(f->history, completed(3, f->configs[1], 1.5));
    assert_int_equal(lw_history_best(f->history)->run_id, 3);
}

static void assert_refused(fixture *f, lw_observation observation, const char *part) {
    lw_error error;
    assert_int_equal(lw_history_put(f->history, &observation, &error), LW_EINVAL);
    assert_contains(error.message, part);
    assert_int_equal(lw_history_n(f->history), 0);
}

static void test_history__refuses_what_is_wrong(void **state) {
    fixture *f = *state;
    assert_refused(f, completed(0, f->configs[0], 1.0), "positive run id, not 0");
    assert_refused(f, completed(1, NULL, 1.0), "no config");
    assert_refused(f, completed(1, f->configs[0], NAN), "must be a finite number");
    assert_refused(f, completed(1, f->configs[0], -INFINITY), "must be a finite number");
    lw_observation several = completed(1, f->configs[0], 1.0);
    several.costs = (double[]){1.0, INFINITY};
    several.n_costs = 2;
    assert_refused(f, several, "must be a finite number");
    lw_observation strange = completed(1, f->configs[0], 1.0);
    strange.outcome = (lw_outcome)17;
    assert_refused(f, strange, "unknown outcome");
    lw_space *other = lw_test_space("space:\n  z: !UniformFloat [0, 1]\n");
    lw_config *config = lw_test_config(other, 0);
    assert_refused(f, completed(1, config, 1.0), "another space");
    lw_config_free(config);
    lw_space_free(other);
}

/* ---- digests ---- */

typedef struct digest {
    uint8_t bytes[LW_DIGEST_SIZE];
} digest;

static digest digest_of(const lw_history *history) {
    digest d;
    lw_history_digest(history, d.bytes);
    return d;
}

static bool same(digest a, digest b) {
    return memcmp(a.bytes, b.bytes, sizeof a.bytes) == 0;
}

static void test_history__digest_follows_from_the_set(void **state) {
    fixture *f = *state;
    lw_error error;
    lw_history *backwards = NULL;
    assert_ok(lw_history_new(&backwards, f->space, &error), error);
    assert_true(same(digest_of(f->history), digest_of(backwards)));
    for (int64_t i = 0; i < N_CONFIGS; i++)
        put(f->history, completed(i + 1, f->configs[i], (double)i));
    for (int64_t i = N_CONFIGS; i-- > 0;) {
        put(backwards, completed(i + 1, f->configs[3], 7.0)); /* what was known first */
        put(backwards, completed(i + 1, f->configs[i], (double)i));
        if (i == 4)
            digest_of(backwards); /* from here on it is kept up to date */
    }
    assert_true(same(digest_of(f->history), digest_of(backwards)));
    put(backwards, completed(1, f->configs[0], 0.5));
    assert_false(same(digest_of(f->history), digest_of(backwards)));
    put(backwards, completed(1, f->configs[0], 0.0));
    assert_true(same(digest_of(f->history), digest_of(backwards)));
    lw_history_free(backwards);
}

/* Puts the observation as run 1, and says whether the digest then differs from that of the plain one. */
static bool is_told_apart(fixture *f, lw_observation observation) {
    lw_history_clear(f->history);
    put(f->history, completed(1, f->configs[0], 1.0));
    digest before = digest_of(f->history);
    put(f->history, observation);
    return !same(before, digest_of(f->history));
}

static void test_history__digest_tells_apart_what_optimizers_read(void **state) {
    fixture *f = *state;
    lw_observation plain = completed(1, f->configs[0], 1.0), changed;
    bson_t *memo = BCON_NEW("a", BCON_INT32(1));
    assert_false(is_told_apart(f, plain));
#define ASSERT_TOLD_APART(assignment) (changed = plain, (assignment), assert_true(is_told_apart(f, changed)))
    ASSERT_TOLD_APART(changed.cost = 1.5);
    ASSERT_TOLD_APART(changed.fidelity = 1.0);
    ASSERT_TOLD_APART(changed.noise = 1.0);
    ASSERT_TOLD_APART(changed.replicate = 1);
    ASSERT_TOLD_APART(changed.foreign = true);
    ASSERT_TOLD_APART(changed.config = f->configs[1]);
    ASSERT_TOLD_APART(changed.memo = memo);
    ASSERT_TOLD_APART(changed.outcome = LW_PENDING);
    ASSERT_TOLD_APART((changed.constraints = (double[]){0.5}, changed.n_constraints = 1));
    ASSERT_TOLD_APART((changed.costs = (double[]){1.0, 0.5}, changed.n_costs = 2));
#undef ASSERT_TOLD_APART
    changed = plain;
    changed.duration_s = 5;
    assert_false(is_told_apart(f, changed));
    bson_destroy(memo);
}

static void test_history__can_be_cleared(void **state) {
    fixture *f = *state;
    digest empty = digest_of(f->history);
    put(f->history, completed(1, f->configs[0], 1.0));
    lw_history_clear(f->history);
    assert_int_equal(lw_history_n(f->history), 0);
    assert_int_equal(lw_history_n_outcome(f->history, LW_COMPLETED), 0);
    assert_null(lw_history_best(f->history));
    assert_true(same(empty, digest_of(f->history)));
    put(f->history, completed(2, f->configs[0], 1.0));
    assert_int_equal(lw_history_best(f->history)->run_id, 2);
}

/* ---- many ---- */

/* Thousands of random puts, with what should be there kept in an array beside. */
static void test_history__agrees_with_a_plain_table(void **state) {
    fixture *f = *state;
    enum { N_IDS = 300, N_PUTS = 5000 };
    lw_observation table[N_IDS + 1] = {{0}};
    lw_stream stream;
    lw_stream_init(&stream, 3, LW_PURPOSE_SAMPLE, 0, 0);
    for (int k = 0; k < N_PUTS; k++) {
        int64_t id = 1 + (int64_t)lw_stream_below(&stream, N_IDS);
        size_t config = lw_stream_below(&stream, N_CONFIGS);
        lw_observation observation = completed(id, f->configs[config], (double)lw_stream_below(&stream, 50));
        observation.outcome = (lw_outcome)lw_stream_below(&stream, 4);
        observation.foreign = lw_stream_below(&stream, 2);
        put(f->history, observation);
        table[id] = observation;
    }
    size_t n = 0, n_own = 0, n_outcome[4] = {0}, count[N_CONFIGS] = {0};
    const lw_observation *best = NULL;
    for (int64_t id = 1; id <= N_IDS; id++) {
        const lw_observation *o = &table[id];
        if (o->run_id == 0)
            continue;
        assert_int_equal(lw_history_get(f->history, n)->run_id, id);
        assert_true(lw_config_equal(lw_history_find(f->history, id)->config, o->config));
        n++;
        n_own += !o->foreign;
        n_outcome[o->outcome]++;
        for (size_t c = 0; c < N_CONFIGS; c++)
            count[c] += o->outcome != LW_VOID && lw_config_equal(o->config, f->configs[c]);
        if (o->outcome == LW_COMPLETED && (!best || o->cost < best->cost))
            best = o;
    }
    assert_int_equal(lw_history_n(f->history), n);
    assert_int_equal(lw_history_n_own(f->history), n_own);
    for (int outcome = 0; outcome < 4; outcome++)
        assert_int_equal(lw_history_n_outcome(f->history, (lw_outcome)outcome), n_outcome[outcome]);
    for (size_t c = 0; c < N_CONFIGS; c++)
        assert_int_equal(lw_history_count(f->history, f->configs[c], NAN), count[c]);
    assert_int_equal(lw_history_best(f->history)->run_id, best->run_id);
}

static void test_history__finds_each_of_many_configs(void **state) {
    fixture *f = *state;
    enum { N = 3000 };
    for (int round = 0; round < 2; round++) {
        for (int64_t id = 1; id <= N; id++) {
            lw_config *config = lw_test_config(f->space, 1000 + (uint64_t)id);
            lw_observation observation = completed(id, config, 1.0);
            if (round == 1 && id % 2)
                observation.config = f->configs[0]; /* the old ones leave the index */
            put(f->history, observation);
            lw_config_free(config);
        }
    }
    for (int64_t id = 1; id <= N; id++) {
        lw_config *config = lw_test_config(f->space, 1000 + (uint64_t)id);
        assert_int_equal(lw_history_count(f->history, config, NAN), id % 2 ? 0 : 1);
        lw_config_free(config);
    }
    assert_int_equal(lw_history_count(f->history, f->configs[0], NAN), N / 2);
}

static bool fill_a_history(void *context) {
    fixture *f = context;
    lw_history *history = NULL;
    bool worked = lw_history_new(&history, f->space, NULL) == LW_OK;
    bson_t memo = BSON_INITIALIZER;
    BSON_APPEND_INT32(&memo, "a", 1);
    for (int64_t id = 1; worked && id <= 25; id++) {
        lw_observation observation = completed(id, f->configs[id % N_CONFIGS], 1.0);
        observation.fidelity = (double)id;
        observation.memo = &memo;
        size_t before = lw_history_n(history);
        worked = lw_history_put(history, &observation, NULL) == LW_OK;
        assert_int_equal(lw_history_n(history), before + worked);
    }
    bson_destroy(&memo);
    lw_history_free(history);
    return worked;
}

static void test_history__says_when_memory_is_gone(void **state) {
    lw_test_sweep_allocations(fill_a_history, *state);
}

#define WITH_FIXTURE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        WITH_FIXTURE(test_history__is_empty_at_first),
        WITH_FIXTURE(test_history__keeps_the_order_of_run_ids),
        WITH_FIXTURE(test_history__owns_copies),
        WITH_FIXTURE(test_history__replaces_a_run),
        WITH_FIXTURE(test_history__may_be_put_into_itself),
        WITH_FIXTURE(test_history__counts_configs_at_their_fidelity),
        WITH_FIXTURE(test_history__void_runs_leave_their_config_free),
        WITH_FIXTURE(test_history__died_is_pending),
        WITH_FIXTURE(test_history__knows_the_best),
        WITH_FIXTURE(test_history__refuses_what_is_wrong),
        WITH_FIXTURE(test_history__digest_follows_from_the_set),
        WITH_FIXTURE(test_history__digest_tells_apart_what_optimizers_read),
        WITH_FIXTURE(test_history__can_be_cleared),
        WITH_FIXTURE(test_history__agrees_with_a_plain_table),
        WITH_FIXTURE(test_history__finds_each_of_many_configs),
        WITH_FIXTURE(test_history__says_when_memory_is_gone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
