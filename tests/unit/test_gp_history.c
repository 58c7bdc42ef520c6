/*
 * What the optimizer `gp` takes from a history before any model sees it: observations, hyperparameters in memos, the
 * trust region; and the last fit that it remembers.
 */
#include "spaces.h"

#include "fit_cache.h"
#include "memo.h"
#include "region.h"

/* ---- histories ---- */

enum { MAX_OBSERVATIONS = 1000 };

typedef struct lab {
    lw_space *space;
    lw_history *history;
    lw_gp_columns columns;
} lab;

static void open_lab(lab *self, const char *text) {
    lw_error error;
    self->space = lw_test_space(text);
    assert_ok(lw_history_new(&self->history, self->space, &error), error);
    assert_ok(lw_gp_columns_init(&self->columns, self->space, &error), error);
}

static void close_lab(lab *self) {
    lw_gp_columns_release(&self->columns);
    lw_history_free(self->history);
    lw_space_free(self->space);
}

static void put(lab *self, int64_t run_id, double x, lw_outcome outcome, double cost, const bson_t *memo,
                bool foreign) {
    lw_config *config = NULL;
    lw_error error;
    const double u[2] = {x, 0.5};
    assert_ok(lw_config_new(&config, self->space, &error), error);
    lw_config_decode(config, u);
    lw_observation observation = lw_test_observation(run_id, config, outcome, cost);
    observation.memo = memo;
    observation.foreign = foreign;
    assert_ok(lw_history_put(self->history, &observation, &error), error);
    lw_config_free(config);
}

static lw_gp_data gather(lab *self, int64_t fit_last_id) {
    lw_gp_data data;
    lw_error error;
    assert_ok(lw_gp_data_gather(&data, &self->columns, self->history, fit_last_id, MAX_OBSERVATIONS, &error), error);
    return data;
}

static const char one_float[] = "space:\n  x: !UniformFloat [0, 1]\n";

static void outcomes_are_told_apart(void **state) {
    (void)state;
    static const lw_outcome outcomes[10] = {LW_COMPLETED, LW_FAILED, LW_PENDING, LW_VOID,      LW_COMPLETED,
                                            LW_COMPLETED, LW_FAILED, LW_VOID,    LW_COMPLETED, LW_PENDING};
    lab self;
    open_lab(&self, one_float);
    for (int64_t id = 1; id <= 10; id++)
        put(&self, id, (double)id / 16, outcomes[id - 1], (double)id, NULL, id % 3 == 0);
    lw_gp_data data = gather(&self, INT64_MAX);
    assert_int_equal(data.n, 4);
    assert_int_equal(data.n_completed, 4);
    static const int64_t completed[4] = {1, 5, 6, 9};
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(data.run_id[i], completed[i]);
        assert_true(data.cost[i] == (double)completed[i] && data.X[i] == (double)completed[i] / 16);
        assert_true(data.u[i] == data.X[i]);
    }
    assert_int_equal(data.n_failed, 2);
    assert_true(data.failed[0] == 7.0 / 16 && data.failed[1] == 2.0 / 16); /* the latest first */
    assert_int_equal(data.n_pending, 2);
    assert_true(data.pending[0] == 10.0 / 16 && data.pending[1] == 3.0 / 16);
    lw_gp_data_release(&data);

    data = gather(&self, 5); /* 6, 7, 9 and 10 are pending then, whatever has become of them */
    assert_int_equal(data.n, 2);
    assert_int_equal(data.n_completed, 2);
    assert_int_equal(data.n_failed, 1);
    assert_int_equal(data.n_pending, 5);
    static const double pending[5] = {10, 9, 7, 6, 3};
    for (size_t i = 0; i < 5; i++)
        assert_true(data.pending[i] == pending[i] / 16);
    lw_gp_data_release(&data);
    close_lab(&self);
}

static bool has_run(const lw_gp_data *data, int64_t id) {
    for (size_t i = 0; i < data->n; i++)
        if (data->run_id[i] == id)
            return true;
    return false;
}

/* Of too many, the best third, those around the best, and an even share; in order, each once. */
static void long_histories_are_seen_in_part(void **state) {
    (void)state;
    enum { N = 3000 };
    lab self;
    open_lab(&self, one_float);
    for (int64_t id = 1; id <= N; id++) /* the cost falls with the id, but the points are all over the place */
        put(&self, id, fmod((double)id * 0.618033988749895, 1), LW_COMPLETED, (double)(N - id), NULL, false);
    for (int64_t id = N + 1; id <= 2 * N; id++)
        put(&self, id, 0.25, id % 2 ? LW_PENDING : LW_FAILED, NAN, NULL, false);
    lw_gp_data data = gather(&self, INT64_MAX);
    assert_int_equal(data.n, MAX_OBSERVATIONS);
    assert_int_equal(data.n_completed, N);
    assert_int_equal(data.n_failed, LW_GP_MAX_FAILURES);
    assert_int_equal(data.n_pending, LW_GP_MAX_PENDING);
    int64_t widest_gap = data.run_id[0];
    for (size_t i = 1; i < data.n; i++) {
        assert_true(data.run_id[i] > data.run_id[i - 1]);
        widest_gap =
            data.run_id[i] - data.run_id[i - 1] > widest_gap ? data.run_id[i] - data.run_id[i - 1] : widest_gap;
    }
    assert_true(widest_gap <= 12); /* 334 of about 2,300, and those around the best */
    for (int64_t id = N; id > N - MAX_OBSERVATIONS / 3; id--)
        assert_true(has_run(&data, id));
    double best = fmod(N * 0.618033988749895, 1);
    for (int64_t id = 1; id <= N; id++)
        if (fabs(fmod((double)id * 0.618033988749895, 1) - best) < 0.05)
            assert_true(has_run(&data, id));
    lw_gp_data_release(&data);
    close_lab(&self);
}

/* ---- memos ---- */

enum { N_THETA = 4 };

static const lw_gp_manner manner = {.kernel = LW_KERNEL_MATERN52, .transform = LW_TRANSFORM_WINSORIZE, .noise = -1};

static bson_t *new_memo(double first, size_t n, const lw_gp_manner *how) {
    double theta[N_THETA] = {first, 0.5, -3, 0};
    lw_gp gp = {0};
    lw_gp_belief belief = {.theta = theta, .is_fitted = true, .gps = &gp, .n_models = 1, .data.n_completed = n};
    bson_t *memo = bson_new();
    lw_gp_memo_write(&belief, how, N_THETA, false, memo);
    return memo;
}

static void put_memo(lab *self, int64_t id, bson_t *memo, bool foreign) {
    put(self, id, 0.5, LW_PENDING, NAN, memo, foreign);
    bson_destroy(memo);
}

static void assert_found(const lab *self, int64_t last_id, size_t n, double first) {
    double theta[N_THETA] = {99, 99, 99, 99};
    lw_gp_found found = lw_gp_memo_find(self->history, last_id, &manner, N_THETA, theta);
    assert_int_equal(found.n, n);
    if (n > 0)
        assert_true(found.theta == theta && theta[0] == first && theta[1] == 0.5 && theta[2] == -3 && theta[3] == 0);
}

static void latest_hyperparameters_are_found(void **state) {
    (void)state;
    lab self;
    open_lab(&self, one_float);
    assert_found(&self, INT64_MAX, 0, 0);
    put_memo(&self, 2, new_memo(-1.25, 7, &manner), false);
    put_memo(&self, 4, new_memo(-0.125, 9, &manner), false);
    put_memo(&self, 5, bson_new(), false);
    put_memo(&self, 7, new_memo(3, 11, &manner), true); /* another experiment's */
    assert_found(&self, INT64_MAX, 9, -0.125);
    assert_found(&self, 4, 9, -0.125);
    assert_found(&self, 3, 7, -1.25);
    assert_found(&self, 1, 0, 0);
    close_lab(&self);
}

static void what_is_no_memo_of_that_manner_is_passed_over(void **state) {
    (void)state;
    lab self;
    open_lab(&self, one_float);
    put_memo(&self, 1, new_memo(1.5, 7, &manner), false);
    lw_gp_manner others[] = {manner, manner, manner};
    others[0].kernel = LW_KERNEL_RBF;
    others[1].transform = LW_TRANSFORM_RANK;
    others[2].noise = 0.5;
    int64_t id = 2;
    for (size_t k = 0; k < 3; k++)
        put_memo(&self, id++, new_memo(0.25, 8, &others[k]), false);
    put_memo(&self, id++, new_memo(NAN, 8, &manner), false);
    put_memo(&self, id++, new_memo(INFINITY, 8, &manner), false);
    put_memo(&self, id++, new_memo(1e9, 8, &manner), false);
    put_memo(&self, id++, new_memo(0.25, 0, &manner), false);
    put_memo(&self, id++, BCON_NEW("n", BCON_INT64(3), "theta", "[", BCON_DOUBLE(1), "]"), false);
    put_memo(&self, id++, BCON_NEW("n", BCON_UTF8("3"), "theta", BCON_UTF8("text"), "manner", BCON_INT32(1)), false);
    assert_found(&self, INT64_MAX, 7, 1.5);
    double theta[N_THETA + 1];
    assert_int_equal(lw_gp_memo_find(self.history, INT64_MAX, &manner, N_THETA + 1, theta).n, 0);
    assert_int_equal(lw_gp_memo_find(self.history, INT64_MAX, &manner, N_THETA - 1, theta).n, 0);
    close_lab(&self);
}

/* ---- the trust region ---- */

/* The schedule of TuRBO in 6 dimensions (Optuna's port of it: 3 successes double, 6 failures halve). */
static void side_follows_the_schedule(void **state) {
    (void)state;
    static const bool is_better[] = {1, 1, 1, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0};
    static const double sides[] = {0.8, 0.8, 1.6, 1.6, 1.6, 1.6, 1.6, 1.6, 0.8, 0.8, 0.8, 0.8, 0.8, 0.8, 0.8, 0.4};
    enum { N = sizeof sides / sizeof *sides };
    lab self;
    open_lab(&self, one_float);
    double best = 100;
    assert_true(lw_gp_region_side(self.history, INT64_MAX, 6) == 0.8);
    for (int64_t id = 1; id <= N; id++) {
        best -= is_better[id - 1] ? 10 : 0;
        put(&self, id, 0.5, LW_COMPLETED, is_better[id - 1] ? best : best + 50, NULL, false);
        assert_close(lw_gp_region_side(self.history, INT64_MAX, 6), sides[id - 1], 1e-15);
    }
    for (int64_t id = 1; id <= N; id++)
        assert_close(lw_gp_region_side(self.history, id, 6), sides[id - 1], 1e-15);
    put(&self, N + 1, 0.5, LW_FAILED, NAN, NULL, false);
    put(&self, N + 2, 0.5, LW_PENDING, NAN, NULL, false);
    assert_close(lw_gp_region_side(self.history, INT64_MAX, 6), 0.4, 1e-15);
    close_lab(&self);
}

/* Without an improvement it shrinks until it is gone, and comes back with the next one. */
static void region_ends_and_begins_anew(void **state) {
    (void)state;
    lab self;
    open_lab(&self, one_float);
    double last = 0.8, side;
    int64_t id = 1;
    for (; (side = lw_gp_region_side(self.history, INT64_MAX, 1)) > 0; id++) {
        assert_true(side <= last && side >= 0.1 && id < 1000);
        put(&self, id, 0.5, LW_COMPLETED, (double)id, NULL, false);
        last = side;
    }
    for (int k = 0; k < 10; k++)
        put(&self, id++, 0.5, LW_COMPLETED, 7, NULL, false);
    assert_true(lw_gp_region_side(self.history, INT64_MAX, 1) == 0);
    put(&self, id++, 0.5, LW_COMPLETED, -1e308, NULL, false);
    assert_true(lw_gp_region_side(self.history, INT64_MAX, 1) == 0.8);
    put(&self, id++, 0.5, LW_COMPLETED, 1e308, NULL, false);
    assert_true(lw_gp_region_side(self.history, INT64_MAX, 1) == 0.8);
    close_lab(&self);
}

/* The box of TuRBO's weights for lengths 0.2, 0.5, 1 and 2 (Optuna's port of it). */
static void box_is_longer_where_the_cost_changes_slowly(void **state) {
    (void)state;
    static const double below[4] = {0, 0.2009302437557558, 0.3018604875115116, 0};
    static const double above[4] = {0.2196279024976977, 0.7990697562442441, 1, 1};
    double centre[8] = {9, 9, 9, 9, 0.1, 0.5, 0.9, 0.5}, theta[6] = {log(0.2), log(0.5), log(1), log(2), -5, 0};
    double lower[4] = {0, 0, 0, 0}, upper[4] = {1, 1, 1, 1};
    lw_coordinate coordinates[4] = {{0}};
    const lw_gp_columns columns = {.d = 4, .D = 4, .coordinates = coordinates};
    const lw_gp_belief belief = {.data = {.d = 4, .n = 2, .u = centre}, .best = 1, .theta = theta};
    lw_gp_region_narrow(&columns, &belief, 0.8, lower, upper);
    for (size_t i = 0; i < 4; i++) {
        assert_close(lower[i], below[i], 1e-12);
        assert_close(upper[i], above[i], 1e-12);
    }
}

/* What has levels or is inactive at the best point has no box. */
static void box_leaves_levels_alone(void **state) {
    (void)state;
    const double levels[2] = {0.25, 0.75};
    double centre[3] = {0.25, NAN, 0.5}, theta[5] = {0, 0, 0, 0, 0}, lower[3] = {0, 0, 0}, upper[3] = {1, 1, 1};
    lw_coordinate coordinates[3] = {{.levels = levels, .n_levels = 2}};
    const lw_gp_columns columns = {.d = 3, .D = 3, .coordinates = coordinates};
    const lw_gp_belief belief = {.data = {.d = 3, .n = 1, .u = centre}, .theta = theta};
    lw_gp_region_narrow(&columns, &belief, 0.4, lower, upper);
    assert_true(lower[0] == 0 && upper[0] == 1 && lower[1] == 0 && upper[1] == 1);
    assert_close(lower[2], 0.3, 1e-12);
    assert_close(upper[2], 0.7, 1e-12);
}

static void centres_have_the_lowest_means(void **state) {
    (void)state;
    double u[] = {0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7}, mean[] = {5, 1, 4, 1, 3, 9, 2}, centres[LW_GP_CENTRES];
    lw_gp_belief belief = {.data = {.d = 1, .n = 7, .u = u}, .mean = mean};
    static const double wanted[] = {0.2, 0.4, 0.7, 0.5, 0.3};
    assert_int_equal(lw_gp_region_centres(&belief, centres), LW_GP_CENTRES);
    for (size_t k = 0; k < LW_GP_CENTRES; k++)
        assert_true(centres[k] == wanted[k]);
    belief.data.n = 2;
    assert_int_equal(lw_gp_region_centres(&belief, centres), 2);
    assert_true(centres[0] == 0.2 && centres[1] == 0.1);
    belief.data.n = 0;
    assert_int_equal(lw_gp_region_centres(&belief, centres), 0);
}

/* ---- the last fit ---- */

static void a_fit_is_remembered_for_what_it_followed_from(void **state) {
    (void)state;
    double X[] = {0.1, 0.2, 0.3, 0.4}, cost[] = {1, 2}, start[] = {0.5, 0.25, 0, 0}, theta[] = {1, 2, 3, 4};
    lw_gp_data data = {.d = 2, .D = 2, .n = 2, .X = X, .cost = cost, .n_completed = 5};
    const lw_gp_belief belief = {.data = data, .theta = theta};
    const lw_gp_found from = {.n = 1, .theta = start}, nothing = {.theta = start};
    lw_gp_fit_cache cache = {0};
    lw_gp_found found = {0};
    assert_false(lw_gp_fit_cache_has(&cache, &data, &from, N_THETA, &found));
    lw_gp_fit_cache_put(&cache, &belief, &from, N_THETA);
    theta[2] = 99; /* it has a copy */
    assert_true(lw_gp_fit_cache_has(&cache, &data, &from, N_THETA, &found));
    assert_true(found.n == 5 && found.theta[0] == 1 && found.theta[2] == 3);
    assert_false(lw_gp_fit_cache_has(&cache, &data, &nothing, N_THETA, &found));
    double *const inputs[] = {&X[0], &X[3], &cost[0], &cost[1], &start[0], &start[3]};
    for (size_t k = 0; k < sizeof inputs / sizeof *inputs; k++) {
        double kept = *inputs[k];
        *inputs[k] = nextafter(kept, 9);
        assert_false(lw_gp_fit_cache_has(&cache, &data, &from, N_THETA, &found));
        *inputs[k] = kept;
    }
    data.n = 1;
    assert_false(lw_gp_fit_cache_has(&cache, &data, &from, N_THETA, &found));
    lw_gp_fit_cache_put(&cache, &(lw_gp_belief){.data = data, .theta = theta}, &nothing, N_THETA);
    assert_true(lw_gp_fit_cache_has(&cache, &data, &nothing, N_THETA, &found));
    assert_true(found.theta[2] == 99);
    data.n = 2; /* the one before is forgotten */
    assert_false(lw_gp_fit_cache_has(&cache, &data, &from, N_THETA, &found));
    lw_gp_fit_cache_release(&cache);
    lw_gp_fit_cache_release(&(lw_gp_fit_cache){0});
}

/* ---- memory ---- */

static bool gather_all(void *context) {
    lab *self = context;
    lw_gp_data data;
    int outcome = lw_gp_data_gather(&data, &self->columns, self->history, INT64_MAX, MAX_OBSERVATIONS, NULL);
    assert_true(outcome == LW_OK || outcome == LW_ENOMEM);
    lw_gp_data_release(&data);
    return outcome == LW_OK;
}

static void says_when_memory_is_gone(void **state) {
    (void)state;
    lw_test_need_faults();
    lab self;
    open_lab(&self, one_float);
    for (int64_t id = 1; id <= MAX_OBSERVATIONS + 1; id++)
        put(&self, id, 0.5, LW_COMPLETED, 1, NULL, false);
    lw_test_sweep_allocations(gather_all, &self);
    close_lab(&self);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(outcomes_are_told_apart),
        cmocka_unit_test(long_histories_are_seen_in_part),
        cmocka_unit_test(latest_hyperparameters_are_found),
        cmocka_unit_test(what_is_no_memo_of_that_manner_is_passed_over),
        cmocka_unit_test(side_follows_the_schedule),
        cmocka_unit_test(region_ends_and_begins_anew),
        cmocka_unit_test(box_is_longer_where_the_cost_changes_slowly),
        cmocka_unit_test(box_leaves_levels_alone),
        cmocka_unit_test(centres_have_the_lowest_means),
        cmocka_unit_test(a_fit_is_remembered_for_what_it_followed_from),
        cmocka_unit_test(says_when_memory_is_gone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
