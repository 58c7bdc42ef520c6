/* The store contract: many runs at once. */
#include "store_contract.h"

#include <labwatch/sys/memory.h>

enum { MOST_SEEN = 400 };

typedef struct seen_ids {
    int64_t ids[MOST_SEEN];
    size_t n;
    size_t stop_after; /* 0: never */
} seen_ids;

static int see_id(seen_ids *seen, int64_t id) {
    assert_true(seen->n < MOST_SEEN);
    seen->ids[seen->n++] = id;
    return seen->n == seen->stop_after ? LW_EINTERRUPTED : LW_OK;
}

static int see_run(void *arg, const lw_run *run) {
    return see_id(arg, run->id);
}

static int see_row(void *arg, const lw_run_row *row) {
    return see_id(arg, row->id);
}

/* Ids as "1,2,…" in the order in which they come, from rows and from whole runs. */
static void assert_answer(lw_store *store, const lw_run_query *query, const char *wanted) {
    lw_error error;
    seen_ids rows = {0}, runs = {0};
    assert_ok(lw_store_row_each(store, query, see_row, &rows, &error), error);
    assert_ok(lw_store_run_each(store, query, see_run, &runs, &error), error);
    char text[MOST_SEEN * 8] = "";
    for (size_t i = 0; i < rows.n; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text), i ? ",%d" : "%d", (int)rows.ids[i]);
    assert_string_equal(text, wanted);
    assert_int_equal(runs.n, rows.n);
    assert_memory_equal(runs.ids, rows.ids, rows.n * sizeof rows.ids[0]);
}

static void make_various_runs(lw_store *store) {
    static const struct {
        const char *experiment, *space;
        lw_status status;
        lw_failure failure;
        double cost;
    } runs[] = {
        {"a", "big", LW_STATUS_COMPLETED, LW_FAILURE_NONE, 3},    {"b", "big", LW_STATUS_COMPLETED, LW_FAILURE_NONE, 1},
        {"a", "small", LW_STATUS_RUNNING, LW_FAILURE_NONE, NAN},  {"a", "big", LW_STATUS_FAILED, LW_FAILURE_DIED, NAN},
        {"a", "big", LW_STATUS_QUEUED, LW_FAILURE_NONE, NAN},     {"b", "big", LW_STATUS_QUEUED, LW_FAILURE_NONE, NAN},
        {"a", "big", LW_STATUS_FAILED, LW_FAILURE_CRASH, NAN},    {"a", "small", LW_STATUS_COMPLETED, LW_FAILURE_NONE, -2},
        {"a", "big", LW_STATUS_INTERRUPTED, LW_FAILURE_NONE, NAN}, {"a", "big", LW_STATUS_COMPLETED, LW_FAILURE_NONE, 3},
    };
    lw_error error;
    for (size_t i = 0; i < sizeof runs / sizeof runs[0]; i++) {
        lw_run run;
        lw_test_run(&run, (int64_t)i + 1, runs[i].experiment);
        lw_free(run.space);
        run.space = lw_strdup(runs[i].space);
        run.status = runs[i].status;
        run.failure = runs[i].failure;
        run.cost = runs[i].cost;
        assert_ok(lw_store_run_insert(store, &run, &error), error);
        lw_run_release(&run);
    }
    contract_insert(store, 11, "a", LW_STATUS_COMPLETED);
    assert_ok(lw_store_run_remove(store, 11, &error), error);
}

void test_store_contract__queries_by_each_condition(void **state) {
    contract *c = *state;
    assert_answer(c->store, &(lw_run_query){0}, "");
    make_various_runs(c->store);
    const unsigned completed = 1u << LW_STATUS_COMPLETED, queued = 1u << LW_STATUS_QUEUED;
    const unsigned running = 1u << LW_STATUS_RUNNING, removed = 1u << LW_STATUS_REMOVED;
    static const int64_t ids[] = {2, 3, 8, 11, 500};
    const struct {
        lw_run_query query;
        const char *wanted;
    } cases[] = {
        {{0}, "1,2,3,4,5,6,7,8,9,10"},
        {{.experiment = "a"}, "1,3,4,5,7,8,9,10"},
        {{.experiment = "b"}, "2,6"},
        {{.experiment = "c"}, ""},
        {{.space = "small"}, "3,8"},
        {{.experiment = "b", .space = "small"}, ""},
        {{.statuses = completed}, "1,2,8,10"},
        {{.statuses = ~0u}, "1,2,3,4,5,6,7,8,9,10,11"},
        {{.statuses = removed}, "11"},
        {{.experiment = "a", .statuses = removed}, "11"},
        {{.experiment = "a", .statuses = queued}, "5"},
        {{.statuses = queued | running}, "3,5,6"},
        {{.experiment = "a", .statuses = queued | running}, "3,5"},
        {{.experiment = "a", .open_only = true}, "3,4,5"},
        {{.open_only = true}, "3,4,5,6"},
        {{.open_only = true, .after_id = 3, .order = LW_ORDER_ID_DOWN}, "6,5,4"},
        {{.experiment = "a", .open_only = true, .statuses = completed}, ""},
        {{.experiment = "a", .open_only = true, .ids = ids, .n_ids = 5}, "3"},
        {{.order = LW_ORDER_COST, .statuses = queued | running}, ""},
        {{.experiment = "a", .order = LW_ORDER_COST, .statuses = queued}, ""},
        {{.after_id = 8}, "9,10"},
        {{.after_id = 10}, ""},
        {{.after_id = INT64_MAX}, ""},
        {{.up_to_id = 2}, "1,2"},
        {{.after_id = 3, .up_to_id = 6}, "4,5,6"},
        {{.after_id = 6, .up_to_id = 3}, ""},
        {{.up_to_id = INT64_MAX, .experiment = "b"}, "2,6"},
        {{.ids = ids, .n_ids = 5}, "2,3,8"},
        {{.ids = ids, .n_ids = 5, .order = LW_ORDER_ID_DOWN}, "8,3,2"},
        {{.ids = ids, .n_ids = 5, .statuses = ~0u}, "2,3,8,11"},
        {{.ids = ids, .n_ids = 5, .experiment = "a", .after_id = 3}, "8"},
        {{.ids = ids, .n_ids = 0}, ""},
        {{.order = LW_ORDER_ID_DOWN}, "10,9,8,7,6,5,4,3,2,1"},
        {{.order = LW_ORDER_ID_DOWN, .limit = 3, .experiment = "a"}, "10,9,8"},
        {{.limit = 4}, "1,2,3,4"},
        {{.limit = 2, .after_id = 4, .experiment = "a"}, "5,7"},
        {{.order = LW_ORDER_COST}, "8,2,1,10"},
        {{.order = LW_ORDER_COST, .experiment = "a"}, "8,1,10"},
        {{.order = LW_ORDER_COST, .experiment = "a", .limit = 2}, "8,1"},
        {{.order = LW_ORDER_COST, .experiment = "a", .space = "big"}, "1,10"},
        {{.order = LW_ORDER_COST, .ids = ids, .n_ids = 5}, "8,2"},
        {{.order = LW_ORDER_COST, .statuses = queued}, ""},
        {{.order = LW_ORDER_COST, .experiment = "a", .after_id = 1, .up_to_id = 9}, "8"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_answer(c->store, &cases[i].query, cases[i].wanted);
}

static bool same_document(const bson_t *a, const bson_t *b) {
    return a && b ? bson_equal(a, b) : a == b;
}

static bool same_number(double a, double b) {
    return memcmp(&a, &b, sizeof a) == 0 || (isnan(a) && isnan(b));
}

static int compare_row(void *arg, const lw_run_row *row) {
    lw_run_row wanted;
    lw_run_row_of(&wanted, arg);
    assert_true(row->id == wanted.id && row->status == wanted.status && row->failure == wanted.failure);
    assert_true(row->origin == wanted.origin && row->space_version == wanted.space_version);
    assert_string_equal(row->experiment, wanted.experiment);
    assert_string_equal(row->space, wanted.space);
    assert_null(row->foreign_id);
    assert_memory_equal(row->digest, wanted.digest, sizeof row->digest);
    assert_true(same_number(row->cost, wanted.cost) && same_number(row->fidelity, wanted.fidelity));
    assert_true(same_number(row->lease_s, wanted.lease_s) && same_number(row->duration_s, wanted.duration_s));
    assert_true(row->replicate == wanted.replicate && row->attempt == wanted.attempt);
    assert_true(row->start_ms == wanted.start_ms && row->stop_ms == wanted.stop_ms);
    assert_true(row->heartbeat_ms == wanted.heartbeat_ms);
    assert_true(same_document(row->config, wanted.config) && same_document(row->memo, wanted.memo));
    assert_true(same_document(row->result, wanted.result) && same_document(row->worker, wanted.worker));
    return LW_OK;
}

void test_store_contract__rows_are_the_narrow_side_of_runs(void **state) {
    contract *c = *state;
    lw_error error;
    lw_run small, full;
    lw_test_run(&small, 1, "heart");
    lw_test_full_run(&full, 2, "heart");
    assert_ok(lw_store_run_insert(c->store, &small, &error), error);
    assert_ok(lw_store_run_insert(c->store, &full, &error), error);
    assert_ok(lw_store_row_each(c->store, &(lw_run_query){.up_to_id = 1}, compare_row, &small, &error), error);
    assert_ok(lw_store_row_each(c->store, &(lw_run_query){.after_id = 1}, compare_row, &full, &error), error);
    assert_true(signbit(full.cost)); /* -0.0 came back as it is */
    lw_run_release(&small);
    lw_run_release(&full);
}

void test_store_contract__the_best_come_first(void **state) {
    contract *c = *state;
    static const double costs[] = {INFINITY, 1e300, 5, -1e300, 0.0, -0.0, 5, -INFINITY, 1e-300, NAN};
    lw_error error;
    for (int i = 0; i < 10; i++) {
        lw_run run;
        lw_test_run(&run, i + 1, "heart");
        run.status = LW_STATUS_COMPLETED;
        run.cost = costs[i];
        assert_ok(lw_store_run_insert(c->store, &run, &error), error);
        lw_run_release(&run);
    }
    lw_run_query query = {.experiment = "heart", .order = LW_ORDER_COST};
    assert_answer(c->store, &query, "8,4,5,6,9,3,7,2,1");
    for (int limit = 1; limit < 9; limit++) {
        query.limit = (size_t)limit;
        seen_ids seen = {0};
        assert_ok(lw_store_row_each(c->store, &query, see_row, &seen, &error), error);
        assert_int_equal(seen.n, limit);
    }
}

void test_store_contract__visits_can_be_stopped(void **state) {
    contract *c = *state;
    lw_error error;
    for (int64_t id = 1; id <= 9; id++)
        contract_insert(c->store, id, "heart", LW_STATUS_COMPLETED);
    static const lw_run_order orders[] = {LW_ORDER_ID, LW_ORDER_ID_DOWN, LW_ORDER_COST};
    for (int i = 0; i < 3; i++) {
        lw_run_query query = {.order = orders[i]};
        seen_ids rows = {.stop_after = 4}, runs = {.stop_after = 4};
        assert_int_equal(lw_store_row_each(c->store, &query, see_row, &rows, &error), LW_EINTERRUPTED);
        assert_int_equal(lw_store_run_each(c->store, &query, see_run, &runs, &error), LW_EINTERRUPTED);
        assert_true(rows.n == 4 && runs.n == 4);
    }
    contract_insert(c->store, 10, "heart", LW_STATUS_COMPLETED); /* nothing is left locked */
}

/* A model of a store: its runs in an array. */
enum { MOST_MODELLED = 120 };

typedef struct model {
    lw_run runs[MOST_MODELLED + 1]; /* by id; experiment NULL: not there */
    uint64_t random;
} model;

static uint64_t draw(model *m, uint64_t n) {
    m->random = m->random * 6364136223846793005u + 1442695040888963407u;
    return (m->random >> 33) % n;
}

static const char *const experiments[] = {"a", "b", "c"};
static const char *const spaces[] = {"big", "small"};

static void model_insert(model *m, lw_store *store) {
    lw_error error;
    int64_t id = 1 + (int64_t)draw(m, MOST_MODELLED);
    lw_run run;
    lw_test_run(&run, id, experiments[draw(m, 3)]);
    lw_free(run.space);
    run.space = lw_strdup(spaces[draw(m, 2)]);
    run.status = (lw_status)draw(m, LW_STATUS_REMOVED);
    run.cost = run.status == LW_STATUS_COMPLETED ? (double)draw(m, 5) : NAN;
    run.origin = draw(m, 4) ? LW_ORIGIN_OWN : LW_ORIGIN_IMPORTED;
    lw_test_digest((int64_t)draw(m, 6), run.digest);
    run.token.bytes[1] = (uint8_t)draw(m, 256);
    bool there = m->runs[id].experiment != NULL;
    if (there && lw_token_equal(m->runs[id].token, run.token))
        run.token.bytes[2]++;
    int code = lw_store_run_insert(store, &run, &error);
    assert_int_equal(code, there ? LW_ECONFLICT : LW_OK);
    if (there)
        lw_run_release(&run);
    else
        m->runs[id] = run;
}

typedef struct random_change {
    lw_status status;
    lw_failure failure;
    double cost;
    int64_t digest;
} random_change;

static int apply_change(void *arg, lw_run *run, lw_error *error) {
    (void)error;
    const random_change *change = arg;
    run->status = change->status;
    run->failure = change->failure;
    run->cost = change->cost;
    lw_test_digest(change->digest, run->digest);
    return LW_OK;
}

static void model_modify(model *m, lw_store *store) {
    lw_error error;
    int64_t id = 1 + (int64_t)draw(m, MOST_MODELLED);
    lw_run *run = &m->runs[id];
    random_change change = {.status = (lw_status)draw(m, LW_STATUS_REMOVED),
                            .failure = (lw_failure)draw(m, LW_FAILURE_USER + 1),
                            .cost = (double)draw(m, 5),
                            .digest = (int64_t)draw(m, 6)};
    bool may = run->experiment && run->status != LW_STATUS_REMOVED;
    assert_int_equal(lw_store_run_modify(store, id, apply_change, &change, &error), may ? LW_OK : LW_ENOTFOUND);
    if (may)
        apply_change(&change, run, NULL);
}

static void model_remove(model *m, lw_store *store) {
    lw_error error;
    int64_t id = 1 + (int64_t)draw(m, MOST_MODELLED);
    lw_run *run = &m->runs[id];
    assert_int_equal(lw_store_run_remove(store, id, &error), run->experiment ? LW_OK : LW_ENOTFOUND);
    if (run->experiment && run->status != LW_STATUS_REMOVED)
        assert_ok(lw_run_make_tombstone(run, &error), error);
}

static void assert_model_configs(const model *m, lw_store *store) {
    lw_error error;
    for (int i = 0; i < 3 * 2 * 6; i++) {
        const char *experiment = experiments[i % 3], *space = spaces[i / 3 % 2];
        uint8_t digest[LW_DIGEST_SIZE];
        lw_test_digest(i / 6, digest);
        uint64_t wanted = 0, n;
        for (int id = 1; id <= MOST_MODELLED; id++) {
            const lw_run *run = &m->runs[id];
            wanted += run->experiment && strcmp(run->experiment, experiment) == 0 && run->space &&
                      strcmp(run->space, space) == 0 && memcmp(run->digest, digest, sizeof digest) == 0 &&
                      lw_run_outcome(run) != LW_VOID;
        }
        assert_ok(lw_store_config_count(store, experiment, space, digest, &n, NULL, &error), error);
        assert_int_equal(n, wanted);
    }
}

static void assert_model_query(const model *m, lw_store *store, const lw_run_query *query) {
    char wanted[MOST_MODELLED * 8] = "";
    for (int id = 1; id <= MOST_MODELLED; id++)
        if (m->runs[id].experiment && lw_run_query_matches(query, &m->runs[id]))
            snprintf(wanted + strlen(wanted), sizeof wanted - strlen(wanted), wanted[0] ? ",%d" : "%d", id);
    assert_answer(store, query, wanted);
}

static void assert_model(model *m, lw_store *store) {
    for (int i = 0; i < 3; i++)
        contract_assert_counted(store, experiments[i]);
    assert_model_configs(m, store);
    for (int i = 0; i < 10; i++) {
        lw_run_query query = {.statuses = (unsigned)draw(m, 1u << (LW_STATUS_OTHER + 1)),
                              .open_only = draw(m, 3) == 0,
                              .after_id = (int64_t)draw(m, MOST_MODELLED),
                              .up_to_id = (int64_t)draw(m, MOST_MODELLED)};
        query.experiment = draw(m, 2) ? experiments[draw(m, 3)] : NULL;
        query.space = draw(m, 2) ? spaces[draw(m, 2)] : NULL;
        assert_model_query(m, store, &query);
    }
    for (int id = 1; id <= MOST_MODELLED; id++)
        if (m->runs[id].experiment)
            contract_assert_has(store, &m->runs[id]);
}

void test_store_contract__random_operations_agree_with_a_model(void **state) {
    contract *c = *state;
    model *m = calloc(1, sizeof *m);
    assert_non_null(m);
    m->random = 20260101;
    for (int turn = 1; turn <= 400; turn++) {
        uint64_t what = draw(m, 10);
        if (what < 5)
            model_insert(m, c->store);
        else if (what < 9)
            model_modify(m, c->store);
        else
            model_remove(m, c->store);
        if (turn % 80 == 0)
            assert_model(m, c->store);
    }
    for (int id = 1; id <= MOST_MODELLED; id++)
        if (m->runs[id].experiment)
            lw_run_release(&m->runs[id]);
    free(m);
}

static int count_rows(void *arg, const lw_run_row *row) {
    assert_true(row->id == ++*(int64_t *)arg);
    return LW_OK;
}

/* On a disk that keeps its promises this would take minutes, so shared stores get fewer. */
void test_store_contract__a_hundred_thousand_runs(void **state) {
    contract *c = *state;
    lw_error error;
    const int64_t n = c->what->shared ? 1000 : 100000;
    for (int64_t id = 1; id <= n; id++)
        contract_insert(c->store, id, "heart", id % 1000 ? LW_STATUS_COMPLETED : LW_STATUS_QUEUED);
    int64_t seen = 0;
    assert_ok(lw_store_row_each(c->store, &(lw_run_query){.experiment = "heart"}, count_rows, &seen, &error), error);
    assert_true(seen == n);
    seen = n - 10;
    assert_ok(lw_store_row_each(c->store, &(lw_run_query){.after_id = n - 10}, count_rows, &seen, &error), error);
    assert_true(seen == n);
    seen_ids queued = {0};
    lw_run_query open = {.experiment = "heart", .statuses = 1u << LW_STATUS_QUEUED};
    assert_ok(lw_store_row_each(c->store, &open, see_row, &queued, &error), error);
    assert_int_equal(queued.n, n / 1000);
    lw_run_counts counts;
    assert_ok(lw_store_run_counts(c->store, "heart", &counts, &error), error);
    assert_true(counts.own == n && counts.last_id == n && counts.by_status[LW_STATUS_QUEUED] == n / 1000);
}
