#include "testing.h"

#include "forest.h"

enum { D = 3, N = 120, N_POINTS = 300 };

/* A number that may be missing, a number, and a level of five that may be missing. */
static const uint8_t n_levels[D] = {0, 0, 5};
static const lw_forest_features mixed = {D, n_levels};

typedef struct sample {
    double X[N * D], y[N];
    int64_t id[N];
} sample;

/* In [0, 1): the k-th of a sequence that looks random. */
static double random_number(uint64_t k) {
    uint64_t z = (k + 1) * 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 29)) * 0xbf58476d1ce4e5b9u;
    return (double)((z ^ (z >> 32)) >> 11) * 0x1p-53;
}

static void draw_points(size_t n, uint64_t first, double *X) {
    for (size_t i = 0; i < n; i++) {
        double *x = X + i * D;
        uint64_t k = first + 5 * i;
        x[0] = random_number(k) < 0.2 ? NAN : random_number(k + 1);
        x[1] = floor(8 * random_number(k + 2)) / 8;
        x[2] = random_number(k + 3) < 0.3 ? NAN : floor(5 * random_number(k + 4));
    }
}

static double cost_at(const double *x) {
    double level = isnan(x[2]) ? 2.5 : fabs(x[2] - 1);
    return (isnan(x[0]) ? 1 : 3 * x[0] * x[0]) + x[1] + level;
}

static void draw_sample(sample *s) {
    draw_points(N, 1, s->X);
    for (size_t i = 0; i < N; i++) {
        s->y[i] = cost_at(s->X + i * D) + 0.3 * random_number(100000 + i);
        s->id[i] = 7 * (int64_t)i + 3;
    }
}

static lw_forest_data data_of(const sample *s) {
    return (lw_forest_data){.n = N, .X = s->X, .y = s->y, .id = s->id};
}

static lw_forest_settings usual_settings(void) {
    return (lw_forest_settings){
        .n_trees = 10,
        .ratio_features = 1,
        .min_samples_split = 2,
        .min_samples_leaf = 1,
        .max_depth = LW_FOREST_MAX_DEPTH,
        .bootstrap = true,
        .random_thresholds = true,
        .seed = 11,
    };
}

/* One tree without chance. */
static lw_forest_settings plain_settings(void) {
    lw_forest_settings settings = usual_settings();
    settings.n_trees = 1;
    settings.bootstrap = settings.random_thresholds = false;
    return settings;
}

static void fit(lw_forest *forest, const lw_forest_features *features, lw_forest_data data,
                lw_forest_settings settings) {
    assert_int_equal(lw_forest_fit(forest, features, &data, &settings), LW_OK);
}

static double predict_one(const lw_forest *forest, const double *x) {
    double mean, variance;
    lw_forest_predict(forest, 1, x, &mean, &variance);
    return mean;
}

/* ---- what others say ---- */

/* Of all gaps the one that leaves the least: 1.513 of the sum of squares, where others leave 5.3 and more. */
static void a_number_is_split_in_its_best_gap(void **state) {
    (void)state;
    const double x[] = {0.1, 0.1, 0.25, 0.4, 0.4, 0.4, 0.7, 0.9}, y[] = {1, 1.4, 0.9, 2, 2.2, 1.9, 4, 4.2};
    const lw_forest_features one = {1, NULL};
    lw_forest forest;
    lw_forest_settings settings = plain_settings();
    settings.max_depth = 1;
    fit(&forest, &one, (lw_forest_data){.n = 8, .X = x, .y = y}, settings);
    assert_int_equal(forest.n_nodes, 3);
    assert_close(forest.nodes[0].threshold, 0.55, 1e-15);
    assert_close(forest.value[1], 9.4 / 6, 1e-14);
    assert_close(forest.value[2], 4.1, 1e-14);
    assert_true(forest.weight[1] == 6 && forest.weight[2] == 2);
    lw_forest_release(&forest);
}

/* In the order of their means: {0, 1} and {3, 2}, which leave 5.015. */
static void levels_are_split_in_the_order_of_their_means(void **state) {
    (void)state;
    const double x[] = {0, 0, 1, 1, 2, 3, 3, 2}, y[] = {1, 1.4, 0.9, 2, 2.2, 1.9, 4, 4.2};
    const uint8_t four[] = {4};
    const lw_forest_features one = {1, four};
    lw_forest forest;
    lw_forest_settings settings = plain_settings();
    settings.max_depth = 1;
    fit(&forest, &one, (lw_forest_data){.n = 8, .X = x, .y = y}, settings);
    assert_int_equal(forest.nodes[0].levels & 15, 12);
    assert_close(forest.value[1], 5.3 / 4, 1e-14);
    assert_close(forest.value[2], 12.3 / 4, 1e-14);
    lw_forest_release(&forest);
}

/* DecisionTreeRegressor(max_depth=3, min_samples_leaf=2) of scikit-learn 1.9.1. */
static void a_tree_is_that_of_another_program(void **state) {
    (void)state;
    const double X[20][2] = {
        {0.551, 0.708}, {0.291, 0.511}, {0.893, 0.896}, {0.126, 0.207}, {0.051, 0.441}, {0.03, 0.457},  {0.649, 0.278},
        {0.676, 0.591}, {0.024, 0.559}, {0.259, 0.415}, {0.284, 0.693}, {0.44, 0.157},  {0.545, 0.78},  {0.306, 0.222},
        {0.388, 0.936}, {0.976, 0.672}, {0.903, 0.846}, {0.378, 0.092}, {0.653, 0.558}, {0.362, 0.225}};
    const double y[20] = {1.585, 0.148, 3.029, 0.414, 0.504, 0.058, 1.657, 2.255, -0.021, 0.283,
                          0.822, 1.614, 1.686, 1.236, 1.25,  2.966, 3.492, 2.056, 2.305,  1.724};
    const double points[8][2] = {{0.222, 0.871}, {0.207, 0.919}, {0.488, 0.612}, {0.766, 0.518},
                                 {0.297, 0.188}, {0.081, 0.738}, {0.441, 0.158}, {0.88, 0.274}};
    const double wanted[8] = {0.43925, 0.43925, 1.65314285714286, 2.28, 0.825, 0.43925, 1.65314285714286,
                              3.16233333333333};
    const lw_forest_features two = {2, NULL};
    lw_forest forest;
    lw_forest_settings settings = plain_settings();
    settings.max_depth = 3;
    settings.min_samples_leaf = 2;
    fit(&forest, &two, (lw_forest_data){.n = 20, .X = &X[0][0], .y = y}, settings);
    assert_int_equal(forest.n_nodes, 11);
    for (size_t i = 0; i < 8; i++)
        assert_relatively_close(predict_one(&forest, points[i]), wanted[i], 1e-13);
    lw_forest_release(&forest);
}

/* ---- predictions ---- */

static void mean_and_variance_are_those_of_the_trees(void **state) {
    (void)state;
    sample s;
    double points[N_POINTS * D], mean[N_POINTS], variance[N_POINTS], value[N_POINTS], sum[N_POINTS] = {0},
        squares[N_POINTS] = {0};
    lw_forest forest;
    draw_sample(&s);
    draw_points(N_POINTS, 5000, points);
    fit(&forest, &mixed, data_of(&s), usual_settings());
    lw_forest_predict(&forest, N_POINTS, points, mean, variance);
    for (size_t tree = forest.n_trees; tree-- > 0;) { /* in another order than the forest has them */
        lw_forest_predict_tree(&forest, tree, N_POINTS, points, value);
        for (size_t i = 0; i < N_POINTS; i++) {
            sum[i] += value[i] / 10;
            squares[i] += value[i] * value[i] / 10;
        }
    }
    size_t n_varying = 0;
    for (size_t i = 0; i < N_POINTS; i++) {
        assert_close(mean[i], sum[i], 1e-12);
        assert_close(variance[i], squares[i] - sum[i] * sum[i], 1e-12);
        n_varying += variance[i] > 1e-6;
    }
    assert_true(n_varying > N_POINTS / 2);
    lw_forest_release(&forest);
}

/* However many points are asked for together. */
static void a_point_is_predicted_alone_as_among_others(void **state) {
    (void)state;
    sample s;
    double points[N_POINTS * D], mean[N_POINTS], variance[N_POINTS];
    lw_forest forest;
    draw_sample(&s);
    draw_points(N_POINTS, 9000, points);
    fit(&forest, &mixed, data_of(&s), usual_settings());
    lw_forest_predict(&forest, N_POINTS, points, mean, variance);
    for (size_t i = 0; i < N_POINTS; i++) {
        double alone_mean, alone_variance;
        lw_forest_predict(&forest, 1, points + i * D, &alone_mean, &alone_variance);
        assert_true(alone_mean == mean[i] && alone_variance == variance[i]);
    }
    lw_forest_release(&forest);
}

/* ---- leaves ---- */

typedef struct leaves {
    const double *points;
    size_t n_points;
    double *value;    /* of the leaf that each point is in */
    size_t *n_inside; /* in how many leaves each point is */
    double lowest, highest, weight;
} leaves;

static bool is_inside(const lw_forest_leaf *leaf, const double *x) {
    for (size_t j = 0; j < D; j++) {
        if (isnan(x[j]) && !(leaf->levels[j] >> LW_FOREST_INACTIVE & 1))
            return false;
        if (!isnan(x[j]) && n_levels[j] > 0 && !(leaf->levels[j] >> (unsigned)x[j] & 1))
            return false;
        if (!isnan(x[j]) && n_levels[j] == 0 && !(x[j] > leaf->lower[j] && x[j] <= leaf->upper[j]))
            return false;
    }
    return true;
}

static void visit_leaf(void *arg, const lw_forest_leaf *leaf) {
    leaves *l = arg;
    l->lowest = fmin(l->lowest, leaf->value);
    l->highest = fmax(l->highest, leaf->value);
    l->weight += leaf->weight;
    for (size_t i = 0; i < l->n_points; i++)
        if (is_inside(leaf, l->points + i * D)) {
            l->value[i] = leaf->value;
            l->n_inside[i]++;
        }
}

static void leaves_fill_the_space_and_predictions_are_theirs(void **state) {
    (void)state;
    sample s;
    double points[N_POINTS * D], value[N_POINTS], predicted[N_POINTS];
    lw_forest forest;
    draw_sample(&s);
    draw_points(N_POINTS, 5000, points);
    fit(&forest, &mixed, data_of(&s), usual_settings());
    for (size_t tree = 0; tree < forest.n_trees; tree++) {
        size_t n_inside[N_POINTS] = {0};
        leaves l = {points, N_POINTS, value, n_inside, HUGE_VAL, -HUGE_VAL, 0};
        assert_int_equal(lw_forest_each_leaf(&forest, tree, visit_leaf, &l), LW_OK);
        lw_forest_predict_tree(&forest, tree, N_POINTS, points, predicted);
        for (size_t i = 0; i < N_POINTS; i++) {
            assert_int_equal(n_inside[i], 1);
            assert_true(predicted[i] == value[i]);
            assert_true(predicted[i] >= l.lowest && predicted[i] <= l.highest);
        }
        assert_true(l.weight == forest.weight[forest.first[tree]]);
    }
    lw_forest_release(&forest);
}

static void predictions_are_within_what_was_seen(void **state) {
    (void)state;
    sample s;
    double points[N_POINTS * D], mean[N_POINTS], variance[N_POINTS], lowest = HUGE_VAL, highest = -HUGE_VAL;
    lw_forest forest;
    draw_sample(&s);
    draw_points(N_POINTS, 7000, points);
    fit(&forest, &mixed, data_of(&s), usual_settings());
    for (size_t i = 0; i < N; i++) {
        lowest = fmin(lowest, s.y[i]);
        highest = fmax(highest, s.y[i]);
    }
    lw_forest_predict(&forest, N_POINTS, points, mean, variance);
    for (size_t i = 0; i < N_POINTS; i++) {
        assert_true(mean[i] >= lowest - 1e-12 && mean[i] <= highest + 1e-12);
        assert_true(variance[i] >= 0 && variance[i] <= (highest - lowest) * (highest - lowest));
    }
    lw_forest_release(&forest);
}

static void limits_of_depth_and_weight_hold(void **state) {
    (void)state;
    sample s;
    lw_forest forest;
    lw_forest_settings settings = usual_settings();
    draw_sample(&s);
    settings.min_samples_leaf = 7;
    fit(&forest, &mixed, data_of(&s), settings);
    for (size_t k = 0; k < forest.n_nodes; k++)
        assert_true(forest.weight[k] >= 7);
    lw_forest_release(&forest);
    settings.min_samples_leaf = 1;
    settings.min_samples_split = 20;
    fit(&forest, &mixed, data_of(&s), settings);
    for (size_t k = 0; k < forest.n_nodes; k++)
        assert_true(forest.nodes[k].left == k || forest.weight[k] >= 20);
    lw_forest_release(&forest);
    settings.max_depth = 2;
    fit(&forest, &mixed, data_of(&s), settings);
    assert_true(forest.n_nodes <= 10 * 7);
    lw_forest_release(&forest);
}

/* ---- rows ---- */

static void assert_same_forest(const lw_forest *a, const lw_forest *b) {
    assert_int_equal(a->n_nodes, b->n_nodes);
    assert_memory_equal(a->nodes, b->nodes, a->n_nodes * sizeof *a->nodes);
    assert_memory_equal(a->value, b->value, a->n_nodes * sizeof *a->value);
    assert_memory_equal(a->weight, b->weight, a->n_nodes * sizeof *a->weight);
}

static void the_order_of_the_rows_changes_nothing(void **state) {
    (void)state;
    sample s, shuffled;
    lw_forest forest, other;
    draw_sample(&s);
    for (size_t i = 0; i < N; i++) {
        size_t k = (i * 77 + 5) % N;
        memcpy(shuffled.X + k * D, s.X + i * D, D * sizeof(double));
        shuffled.y[k] = s.y[i];
        shuffled.id[k] = s.id[i];
    }
    fit(&forest, &mixed, data_of(&s), usual_settings());
    fit(&other, &mixed, data_of(&shuffled), usual_settings());
    assert_same_forest(&forest, &other);
    lw_forest_release(&forest);
    lw_forest_release(&other);
}

static void a_weight_is_so_many_repeats(void **state) {
    (void)state;
    enum { REPEATED = 2 * N };
    sample s;
    double X[REPEATED * D], y[REPEATED], weight[N], points[N_POINTS * D];
    size_t n = 0;
    lw_forest forest, other;
    lw_forest_settings settings = plain_settings();
    settings.min_samples_leaf = 5; /* deeper down, splits are equally good */
    draw_sample(&s);
    for (size_t i = 0; i < N; i++) {
        weight[i] = 1 + (double)(i % 3 == 0);
        for (int k = 0; k < (int)weight[i]; k++, n++) {
            memcpy(X + n * D, s.X + i * D, D * sizeof(double));
            y[n] = s.y[i];
        }
    }
    lw_forest_data weighted = data_of(&s);
    weighted.weight = weight;
    fit(&forest, &mixed, weighted, settings);
    fit(&other, &mixed, (lw_forest_data){.n = n, .X = X, .y = y}, settings);
    assert_int_equal(forest.n_nodes, other.n_nodes);
    draw_points(N_POINTS, 5000, points);
    for (size_t i = 0; i < N_POINTS; i++)
        assert_close(predict_one(&forest, points + i * D), predict_one(&other, points + i * D), 1e-12);
    lw_forest_release(&forest);
    lw_forest_release(&other);
}

static void trees_see_different_parts(void **state) {
    (void)state;
    sample s;
    lw_forest forest;
    lw_forest_settings settings = usual_settings();
    settings.n_trees = 400;
    draw_sample(&s);
    fit(&forest, &mixed, data_of(&s), settings);
    double sum = 0, squares = 0;
    for (size_t tree = 0; tree < 400; tree++) {
        double weight = forest.weight[forest.first[tree]];
        sum += weight / 400;
        squares += weight * weight / 400;
    }
    /* Poisson variables of mean 120: five deviations of their mean and of their variance. */
    assert_close(sum, N, 5 * sqrt(N / 400.0));
    assert_close(squares - sum * sum, N, 5 * N * sqrt(2.0 / 400));
    lw_forest_release(&forest);
}

static void equal_costs_are_not_split(void **state) {
    (void)state;
    sample s;
    lw_forest forest;
    draw_sample(&s);
    for (size_t i = 0; i < N; i++)
        s.y[i] = 0.1 * 3;
    fit(&forest, &mixed, data_of(&s), usual_settings());
    assert_int_equal(forest.n_nodes, 10);
    assert_close(predict_one(&forest, s.X), 0.3, 1e-15);
    lw_forest_release(&forest);
}

static void one_row_is_enough(void **state) {
    (void)state;
    const double x[D] = {NAN, 0.5, 4}, elsewhere[D] = {0.1, 0.9, NAN}, y = -3;
    lw_forest forest;
    fit(&forest, &mixed, (lw_forest_data){.n = 1, .X = x, .y = &y}, usual_settings());
    assert_true(predict_one(&forest, elsewhere) == -3);
    lw_forest_release(&forest);
}

/* A value is on one side, no value on the other, also a value that is lower than any that was seen. */
static void no_value_is_told_from_values(void **state) {
    (void)state;
    const double x[] = {NAN, 0.6, NAN, 0.8, NAN, 0.7}, y[] = {1, 5, 1, 5, 1, 5}, none = NAN, low = 0.01;
    const lw_forest_features one = {1, NULL};
    lw_forest forest;
    fit(&forest, &one, (lw_forest_data){.n = 6, .X = x, .y = y}, plain_settings());
    assert_close(predict_one(&forest, &none), 1, 1e-15);
    assert_close(predict_one(&forest, &low), 5, 1e-15);
    lw_forest_release(&forest);
}

static void what_is_added_moves_its_leaves_only(void **state) {
    (void)state;
    sample s;
    const double x[D] = {0.1, 0.125, 1}, far[D] = {0.95, 0.875, NAN};
    lw_forest forest;
    draw_sample(&s);
    fit(&forest, &mixed, data_of(&s), usual_settings());
    double before, variance_before, after, variance_after, far_before = predict_one(&forest, far);
    lw_forest_predict(&forest, 1, x, &before, &variance_before);
    lw_forest_add(&forest, x, before, 1);
    lw_forest_predict(&forest, 1, x, &after, &variance_after);
    assert_close(after, before, 1e-12 + sqrt(variance_before));
    assert_true(variance_after < variance_before);
    assert_true(predict_one(&forest, far) == far_before);
    lw_forest_add(&forest, x, 1000, 1e9);
    assert_close(predict_one(&forest, x), 1000, 1e-3);
    lw_forest_release(&forest);
}

static bool fit_and_walk(void *context) {
    const sample *s = context;
    double value[1];
    size_t n_inside[1] = {0};
    leaves l = {s->X, 1, value, n_inside, HUGE_VAL, -HUGE_VAL, 0};
    lw_forest forest;
    lw_forest_data data = data_of(s);
    lw_forest_settings settings = usual_settings();
    int outcome = lw_forest_fit(&forest, &mixed, &data, &settings);
    if (outcome == LW_OK)
        outcome = lw_forest_each_leaf(&forest, 0, visit_leaf, &l);
    lw_forest_release(&forest);
    return outcome == LW_OK;
}

static void memory_that_is_gone_is_noticed(void **state) {
    (void)state;
    sample s;
    draw_sample(&s);
    lw_test_sweep_allocations(fit_and_walk, &s);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_number_is_split_in_its_best_gap),
        cmocka_unit_test(levels_are_split_in_the_order_of_their_means),
        cmocka_unit_test(a_tree_is_that_of_another_program),
        cmocka_unit_test(mean_and_variance_are_those_of_the_trees),
        cmocka_unit_test(a_point_is_predicted_alone_as_among_others),
        cmocka_unit_test(leaves_fill_the_space_and_predictions_are_theirs),
        cmocka_unit_test(predictions_are_within_what_was_seen),
        cmocka_unit_test(limits_of_depth_and_weight_hold),
        cmocka_unit_test(the_order_of_the_rows_changes_nothing),
        cmocka_unit_test(a_weight_is_so_many_repeats),
        cmocka_unit_test(trees_see_different_parts),
        cmocka_unit_test(equal_costs_are_not_split),
        cmocka_unit_test(one_row_is_enough),
        cmocka_unit_test(no_value_is_told_from_values),
        cmocka_unit_test(what_is_added_moves_its_leaves_only),
        cmocka_unit_test(memory_that_is_gone_is_noticed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
