/*
 * Where acquisition functions are largest: as good as a fine grid, within the allowed set, the same from the same
 * numbers.
 */
#include "gp_bench.h"

#include "maximizer.h"

enum { MAX_D = 4, MAX_COLUMNS = 6, N_WANTED = 20 };

static const double thirds[] = {1.0 / 6, 0.5, 5.0 / 6};
static const double quarters[] = {0.125, 0.375, 0.625, 0.875};

/* A domain of which a rule allows a part. */
typedef struct toy {
    lw_coordinate coordinates[MAX_D];
    lw_domain domain;
    bool (*allows)(const double *u);
    size_t conditional; /* the coordinate that is inactive where the first one is below 1/2; 0: none */
    size_t n_placed;
} toy;

static double nearest(double u, const double *levels, size_t n) {
    double best = levels[0];
    for (size_t k = 1; k < n; k++)
        best = fabs(levels[k] - u) < fabs(best - u) ? levels[k] : best;
    return best;
}

/* Makes u what a configuration has, as a space does: the nearest level or step, NaN where inactive. Three levels are a
 * category of three columns; everything else is a column of its own. */
static bool place(void *self, double *u, double *x) {
    toy *t = self;
    t->n_placed++;
    memset(x, 0, t->domain.D * sizeof(double));
    for (size_t i = 0; i < t->domain.d; i++) {
        const lw_coordinate *c = &t->coordinates[i];
        if (i > 0 && i == t->conditional)
            u[i] = u[0] < 0.5 ? NAN : isnan(u[i]) ? 0.5 : u[i];
        if (isnan(u[i])) {
            x[c->column] = 0.5;
            continue;
        }
        assert_true(u[i] >= 0 && u[i] <= 1);
        if (c->levels)
            u[i] = nearest(u[i], c->levels, c->n_levels);
        else if (c->spacing > 0)
            u[i] = (floor(fmin(u[i], 1 - 1e-9) / c->spacing) + 0.5) * c->spacing;
        if (c->levels == thirds)
            x[c->column + (size_t)(u[i] * 3)] = M_SQRT1_2;
        else
            x[c->column] = u[i];
    }
    return !t->allows || t->allows(u);
}

static void add_coordinate(toy *t, const double *levels, size_t n_levels, double spacing) {
    t->coordinates[t->domain.d++] = (lw_coordinate){
        .levels = levels, .n_levels = n_levels, .spacing = spacing, .column = t->domain.D, .length = 0.4};
    t->domain.D += levels == thirds ? 3 : 1;
}

/* A model of a random history in the toy's columns. */
typedef struct believed {
    bench_problem problem;
    lw_gp gp;
    double best;
    lw_acquisition_model model;
    lw_acquisition acquisition;
} believed;

static void believe(believed *b, toy *t, lw_stream *stream, lw_acquisition_kind kind) {
    const size_t D = t->domain.D, n = 8;
    bool (*allows)(const double *) = t->allows;
    t->domain.coordinates = t->coordinates;
    t->domain.place = place;
    t->domain.self = t;
    b->problem = bench_draw(stream, LW_KERNEL_MATERN52, n, D, false);
    t->allows = NULL;
    for (size_t i = 0; i < n; i++) {
        double u[MAX_D];
        bench_draw_points(stream, 1, t->domain.d, u);
        place(t, u, b->problem.X + i * D);
    }
    t->allows = allows;
    assert_int_equal(lw_gp_init(&b->gp, &b->problem.form, n), LW_OK);
    assert_int_equal(lw_gp_condition(&b->gp, n, b->problem.X, b->problem.y, b->problem.theta), LW_OK);
    b->best = HUGE_VAL;
    for (size_t i = 0; i < n; i++)
        b->best = fmin(b->best, b->problem.y[i]);
    b->model = (lw_acquisition_model){.gp = &b->gp, .S = 1, .best = &b->best};
    b->acquisition = (lw_acquisition){.kind = kind, .kappa = 2, .n_models = 1, .models = &b->model};
}

static void forget(believed *b) {
    lw_gp_release(&b->gp);
    bench_release(&b->problem);
}

static double value_at(const believed *b, const double *x) {
    lw_acquisition_room room;
    double value;
    assert_int_equal(lw_acquisition_room_init(&room, &b->acquisition, 1, false), LW_OK);
    lw_acquisition_evaluate(&b->acquisition, &room, 1, x, &value, NULL);
    lw_acquisition_room_release(&room);
    return value;
}

static const double zeros[MAX_D] = {0}, ones[MAX_D] = {1, 1, 1, 1};
static const lw_search_region everywhere = {.lower = zeros, .upper = ones};
static const lw_maximizer_settings usual = {
    .n_global = 256, .n_local = 128, .n_starts = 8, .n_steps = 60, .n_rounds = 2};

/* What must be so of whatever was found. */
static void assert_sound(toy *t, const believed *b, const lw_maxima *maxima, size_t n_wanted) {
    const size_t d = t->domain.d;
    assert_true(maxima->n <= n_wanted);
    for (size_t k = 0; k < maxima->n; k++) {
        double u[MAX_D], x[MAX_COLUMNS];
        memcpy(u, maxima->u + k * d, d * sizeof(double));
        assert_true(place(t, u, x));
        assert_memory_equal(u, maxima->u + k * d, d * sizeof(double));
        assert_close(maxima->value[k], value_at(b, x), 1e-9 * (1 + fabs(maxima->value[k])));
        assert_true(k == 0 || maxima->value[k] <= maxima->value[k - 1]);
        for (size_t j = 0; j < k; j++)
            assert_memory_not_equal(u, maxima->u + j * d, d * sizeof(double));
    }
}

static lw_maxima maximize(toy *t, const believed *b, const lw_search_region *region,
                          const lw_maximizer_settings *settings) {
    lw_maxima maxima;
    lw_stream stream;
    lw_stream_init(&stream, 9, LW_PURPOSE_SUGGESTION, 1, 0);
    assert_int_equal(
        lw_maximize(&t->domain, &b->acquisition, region, settings, lw_stream_rng(&stream), 3, N_WANTED, &maxima),
        LW_OK);
    assert_sound(t, b, &maxima, N_WANTED);
    return maxima;
}

/* The largest value at allowed points of a grid with that many steps in each coordinate. */
static double best_of_grid(toy *t, const believed *b, size_t n_steps) {
    size_t n = 1;
    double best = -HUGE_VAL;
    for (size_t i = 0; i < t->domain.d; i++)
        n *= n_steps;
    for (size_t k = 0; k < n; k++) {
        double u[MAX_D], x[MAX_COLUMNS];
        size_t rest = k;
        for (size_t i = 0; i < t->domain.d; i++, rest /= n_steps)
            u[i] = (double)(rest % n_steps) / (double)(n_steps - 1);
        if (place(t, u, x))
            best = fmax(best, value_at(b, x));
    }
    return best;
}

static bool below_the_diagonal(const double *u) {
    return u[0] + u[1] <= 1;
}

static bool in_a_small_corner(const double *u) {
    return u[0] > 0.9 && u[1] < 0.2;
}

static bool nowhere(const double *u) {
    (void)u;
    return false;
}

static bool one_combination(const double *u) {
    return u[0] == 0.5 && u[1] == 0.875;
}

/* Allowed points, as observed ones are. */
static void draw_centres(toy *t, lw_stream *stream, size_t n, double *centres) {
    for (size_t k = 0; k < n;) {
        double x[MAX_COLUMNS];
        bench_draw_points(stream, 1, t->domain.d, centres + k * t->domain.d);
        k += place(t, centres + k * t->domain.d, x);
    }
}

typedef void toy_maker(toy *t);

static void one_float(toy *t) {
    add_coordinate(t, NULL, 0, 0);
}

static void two_floats(toy *t) {
    one_float(t);
    one_float(t);
}

static void constrained(toy *t) {
    two_floats(t);
    t->allows = below_the_diagonal;
}

static void corner(toy *t) {
    two_floats(t);
    t->allows = in_a_small_corner;
}

static void mixed(toy *t) {
    add_coordinate(t, thirds, 3, 0);
    one_float(t);
}

static void integers(toy *t) {
    add_coordinate(t, NULL, 0, 1.0 / 31);
    add_coordinate(t, quarters, 4, 0);
}

static void conditional(toy *t) {
    add_coordinate(t, quarters, 4, 0);
    one_float(t);
    t->conditional = 1;
}

static void discrete(toy *t) {
    add_coordinate(t, thirds, 3, 0);
    add_coordinate(t, quarters, 4, 0);
    add_coordinate(t, quarters, 4, 0);
}

static void many_histories(toy_maker *make, size_t n_steps, double tolerance) {
    lw_stream stream;
    lw_stream_init(&stream, 1, LW_PURPOSE_SAMPLE, 1, 0);
    for (int round = 0; round < 12; round++) {
        toy t = {0};
        believed b;
        make(&t);
        believe(&b, &t, &stream, round % 3 == 0 ? LW_ACQUISITION_UCB : LW_ACQUISITION_EI);
        double centres[3 * MAX_D];
        draw_centres(&t, &stream, 3, centres);
        const lw_search_region region = {zeros, ones, centres, 3, false};
        lw_maxima maxima = maximize(&t, &b, &region, &usual);
        assert_true(maxima.n > 0);
        double wanted = best_of_grid(&t, &b, n_steps);
        if (!(maxima.value[0] >= wanted - tolerance))
            fail_msg("found %g, there is %g (history %d)", maxima.value[0], wanted, round);
        lw_maxima_release(&maxima);
        forget(&b);
    }
}

/* ---- as good as a grid ---- */

static void best_of_one_float(void **state) {
    (void)state;
    many_histories(one_float, 2001, 1e-6);
}

static void best_of_two_floats(void **state) {
    (void)state;
    many_histories(two_floats, 61, 1e-6);
}

/* Along a border that nobody tells the gradient of, a little less is good enough. */
static void best_of_what_a_constraint_allows(void **state) {
    (void)state;
    many_histories(constrained, 41, 0.2);
    many_histories(corner, 101, 0.3);
}

static void best_of_a_category_and_a_float(void **state) {
    (void)state;
    many_histories(mixed, 301, 1e-6);
}

static void best_of_many_steps(void **state) {
    (void)state;
    many_histories(integers, 63, 1e-9);
}

static void best_where_a_coordinate_is_conditional(void **state) {
    (void)state;
    many_histories(conditional, 61, 1e-6);
}

static void best_of_few_combinations(void **state) {
    (void)state;
    many_histories(discrete, 13, 1e-9);
}

/* ---- little to find ---- */

static void nothing_is_allowed(void **state) {
    (void)state;
    toy_maker *const makers[] = {two_floats, mixed, discrete};
    const double centre[MAX_D] = {0.5, 0.5, 0.5, 0.5};
    const lw_search_region around = {zeros, ones, centre, 1, true};
    lw_stream stream;
    lw_stream_init(&stream, 2, LW_PURPOSE_SAMPLE, 1, 0);
    for (size_t k = 0; k < 3; k++) {
        toy t = {.allows = nowhere};
        believed b;
        makers[k](&t);
        believe(&b, &t, &stream, LW_ACQUISITION_EI);
        lw_maxima maxima = maximize(&t, &b, &everywhere, &usual);
        assert_int_equal(maxima.n, 0);
        lw_maxima_release(&maxima);
        maxima = maximize(&t, &b, &around, &usual);
        assert_int_equal(maxima.n, 0);
        lw_maxima_release(&maxima);
        forget(&b);
    }
}

static void one_combination_is_allowed(void **state) {
    (void)state;
    toy t = {.allows = one_combination};
    believed b;
    lw_stream stream;
    lw_stream_init(&stream, 2, LW_PURPOSE_SAMPLE, 1, 0);
    add_coordinate(&t, thirds, 3, 0);
    add_coordinate(&t, quarters, 4, 0);
    believe(&b, &t, &stream, LW_ACQUISITION_EI);
    lw_maxima maxima = maximize(&t, &b, &everywhere, &usual);
    assert_int_equal(maxima.n, 1);
    assert_true(maxima.u[0] == 0.5 && maxima.u[1] == 0.875);
    lw_maxima_release(&maxima);
    forget(&b);
}

/* Each of the settings may be 0. */
static void less_is_searched(void **state) {
    (void)state;
    const double centre[2] = {0.5, 0.25};
    const lw_search_region around = {zeros, ones, centre, 1, false};
    lw_stream stream;
    lw_stream_init(&stream, 3, LW_PURPOSE_SAMPLE, 1, 0);
    for (unsigned off = 0; off < 32; off++) {
        toy t = {0};
        believed b;
        mixed(&t);
        believe(&b, &t, &stream, LW_ACQUISITION_EI);
        const lw_maximizer_settings settings = {.n_global = off & 1 ? 0 : 20,
                                                .n_local = off & 2 ? 0 : 10,
                                                .n_starts = off & 4 ? 0 : 2,
                                                .n_steps = off & 8 ? 0 : 5,
                                                .n_rounds = off & 16 ? 0 : 1};
        lw_maxima maxima = maximize(&t, &b, &around, &settings);
        assert_int_equal(maxima.n > 0, (off & 3) != 3);
        lw_maxima_release(&maxima);
        forget(&b);
    }
}

/* ---- where to look ---- */

static void stays_in_the_region(void **state) {
    (void)state;
    const double lower[2] = {0.3, 0.6}, upper[2] = {0.45, 0.65}, centres[] = {0.4, 0.62, 0.31, 0.61};
    lw_stream stream;
    lw_stream_init(&stream, 4, LW_PURPOSE_SAMPLE, 1, 0);
    for (int is_local = 0; is_local <= 1; is_local++) {
        toy t = {0};
        believed b;
        const lw_search_region region = {lower, upper, centres, 2, is_local};
        two_floats(&t);
        believe(&b, &t, &stream, LW_ACQUISITION_UCB);
        lw_maxima maxima = maximize(&t, &b, &region, &usual);
        assert_int_equal(maxima.n, N_WANTED);
        for (size_t k = 0; k < maxima.n; k++)
            for (size_t i = 0; i < 2; i++) {
                double u = maxima.u[2 * k + i], rounding = 1e-15; /* of a scaled bound */
                assert_true(u >= lower[i] - rounding && u <= upper[i] + rounding);
            }
        lw_maxima_release(&maxima);
        forget(&b);
    }
}

/* Without gradients and global candidates all that is found lies around the centres. */
static void local_candidates_lie_around_the_centres(void **state) {
    (void)state;
    const double centres[] = {0.2, 0.3, 0.8, 0.7};
    const lw_search_region region = {zeros, ones, centres, 2, false};
    const lw_maximizer_settings settings = {.n_local = 60};
    toy t = {0};
    believed b;
    lw_stream stream;
    lw_stream_init(&stream, 5, LW_PURPOSE_SAMPLE, 1, 0);
    two_floats(&t);
    believe(&b, &t, &stream, LW_ACQUISITION_UCB);
    lw_maxima maxima = maximize(&t, &b, &region, &settings);
    assert_int_equal(maxima.n, N_WANTED);
    for (size_t k = 0; k < maxima.n; k++) {
        const double *u = maxima.u + 2 * k;
        assert_true(fmin(hypot(u[0] - 0.2, u[1] - 0.3), hypot(u[0] - 0.8, u[1] - 0.7)) < 0.6);
    }
    lw_maxima_release(&maxima);
    forget(&b);
}

/* A centre may lack coordinates; what is found around it is what place makes of them. */
static void centres_may_be_incomplete(void **state) {
    (void)state;
    const double centres[] = {0.125, NAN, 0.875, 0.4};
    const lw_search_region region = {zeros, ones, centres, 2, true};
    toy t = {0};
    believed b;
    lw_stream stream;
    lw_stream_init(&stream, 6, LW_PURPOSE_SAMPLE, 1, 0);
    conditional(&t);
    believe(&b, &t, &stream, LW_ACQUISITION_EI);
    lw_maxima maxima = maximize(&t, &b, &region, &usual);
    assert_true(maxima.n > 0);
    lw_maxima_release(&maxima);
    forget(&b);
}

static void follows_from_its_numbers(void **state) {
    (void)state;
    toy t = {0};
    believed b;
    lw_stream stream;
    lw_stream_init(&stream, 7, LW_PURPOSE_SAMPLE, 1, 0);
    mixed(&t);
    believe(&b, &t, &stream, LW_ACQUISITION_EI);
    lw_maxima first = maximize(&t, &b, &everywhere, &usual), again = maximize(&t, &b, &everywhere, &usual);
    assert_int_equal(first.n, again.n);
    assert_memory_equal(first.u, again.u, first.n * 2 * sizeof(double));
    assert_memory_equal(first.value, again.value, first.n * sizeof(double));
    lw_maxima_release(&first);
    lw_maxima_release(&again);
    forget(&b);
}

/* ---- many coordinates ---- */

enum { WIDE = 200 };

static bool place_wide(void *self, double *u, double *x) {
    (void)self;
    memcpy(x, u, WIDE * sizeof(double));
    return true;
}

/* In 200 dimensions it is better than the best of 2,000 random points. */
static void two_hundred_floats(void **state) {
    (void)state;
    lw_coordinate coordinates[WIDE];
    double lower[WIDE], upper[WIDE], best = HUGE_VAL, random_best = -HUGE_VAL;
    for (size_t i = 0; i < WIDE; i++) {
        coordinates[i] = (lw_coordinate){.column = i, .length = 2};
        lower[i] = 0;
        upper[i] = 1;
    }
    lw_stream stream;
    lw_stream_init(&stream, 8, LW_PURPOSE_SAMPLE, 1, 0);
    bench_problem p = bench_draw(&stream, LW_KERNEL_MATERN52, 15, WIDE, false);
    lw_gp gp;
    assert_int_equal(lw_gp_init(&gp, &p.form, p.n), LW_OK);
    assert_int_equal(lw_gp_condition(&gp, p.n, p.X, p.y, p.theta), LW_OK);
    size_t centre = 0;
    for (size_t i = 0; i < p.n; i++)
        centre = p.y[i] < p.y[centre] ? i : centre;
    best = p.y[centre];
    const lw_acquisition_model model = {.gp = &gp, .S = 1, .best = &best};
    const lw_acquisition acquisition = {.kind = LW_ACQUISITION_EI, .n_models = 1, .models = &model};
    const lw_domain domain = {WIDE, WIDE, coordinates, place_wide, NULL};
    const lw_search_region region = {lower, upper, p.X + centre * WIDE, 1, false};
    lw_maxima maxima;
    assert_int_equal(lw_maximize(&domain, &acquisition, &region, &usual, lw_stream_rng(&stream), 1, 1, &maxima), LW_OK);
    assert_int_equal(maxima.n, 1);

    lw_acquisition_room room;
    assert_int_equal(lw_acquisition_room_init(&room, &acquisition, 1, false), LW_OK);
    for (int k = 0; k < 2000; k++) {
        double x[WIDE], value;
        bench_draw_points(&stream, 1, WIDE, x);
        lw_acquisition_evaluate(&acquisition, &room, 1, x, &value, NULL);
        random_best = fmax(random_best, value);
    }
    assert_true(maxima.value[0] > random_best);
    lw_acquisition_room_release(&room);
    lw_maxima_release(&maxima);
    lw_gp_release(&gp);
    bench_release(&p);
}

/* ---- memory ---- */

typedef struct search {
    toy toy;
    believed believed;
} search;

static bool search_once(void *context) {
    search *s = context;
    const lw_maximizer_settings settings = {.n_global = 12, .n_local = 6, .n_starts = 4, .n_steps = 4, .n_rounds = 2};
    const double centre[2] = {0.5, 0.25};
    const lw_search_region region = {zeros, ones, centre, 1, false};
    lw_maxima maxima;
    lw_stream stream;
    lw_stream_init(&stream, 9, LW_PURPOSE_SUGGESTION, 1, 0);
    int outcome = lw_maximize(&s->toy.domain, &s->believed.acquisition, &region, &settings, lw_stream_rng(&stream), 3,
                              N_WANTED, &maxima);
    assert_true(outcome == LW_OK || outcome == LW_ENOMEM);
    lw_maxima_release(&maxima);
    return outcome == LW_OK;
}

static void says_when_memory_is_gone(void **state) {
    (void)state;
    lw_test_need_faults();
    search s = {0};
    lw_stream stream;
    lw_stream_init(&stream, 10, LW_PURPOSE_SAMPLE, 1, 0);
    mixed(&s.toy);
    believe(&s.believed, &s.toy, &stream, LW_ACQUISITION_EI);
    lw_test_sweep_allocations(search_once, &s);
    forget(&s.believed);
    lw_maxima_release(&(lw_maxima){0});
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(best_of_one_float),
        cmocka_unit_test(best_of_two_floats),
        cmocka_unit_test(best_of_what_a_constraint_allows),
        cmocka_unit_test(best_of_a_category_and_a_float),
        cmocka_unit_test(best_of_many_steps),
        cmocka_unit_test(best_where_a_coordinate_is_conditional),
        cmocka_unit_test(best_of_few_combinations),
        cmocka_unit_test(nothing_is_allowed),
        cmocka_unit_test(one_combination_is_allowed),
        cmocka_unit_test(less_is_searched),
        cmocka_unit_test(stays_in_the_region),
        cmocka_unit_test(local_candidates_lie_around_the_centres),
        cmocka_unit_test(centres_may_be_incomplete),
        cmocka_unit_test(follows_from_its_numbers),
        cmocka_unit_test(two_hundred_floats),
        cmocka_unit_test(says_when_memory_is_gone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
