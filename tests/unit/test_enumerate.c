#include "testing.h"

#include "enumerate.h"
#include "random_space.h"

enum { N_SPACES = 400, MOST_CONFIGS = 4096 };

typedef struct digest_set {
    uint8_t items[MOST_CONFIGS][LW_DIGEST_SIZE];
    size_t n;
} digest_set;

static bool add_digest(digest_set *set, const lw_config *config) {
    uint8_t digest[LW_DIGEST_SIZE];
    lw_config_digest(config, digest);
    for (size_t i = 0; i < set->n; i++)
        if (memcmp(set->items[i], digest, sizeof digest) == 0)
            return false;
    assert_true(set->n < MOST_CONFIGS);
    memcpy(set->items[set->n++], digest, sizeof digest);
    return true;
}

/* Every combination of levels, active or not, as coordinates. */
static void gather_by_force(const lw_space *space, digest_set *set) {
    size_t d = lw_space_n_parameters(space);
    uint64_t level[16] = {0};
    double u[16];
    lw_config *config;
    assert_int_equal(lw_config_new(&config, space, NULL), LW_OK);
    for (size_t moved = 0; moved < d || d == 0;) {
        for (size_t i = 0; i < d; i++)
            u[i] = ((double)level[i] + 0.5) / (double)lw_space_parameter(space, i)->n_levels;
        lw_config_decode(config, u);
        if (lw_config_is_valid(config))
            add_digest(set, config);
        for (moved = 0; moved < d && ++level[moved] == lw_space_parameter(space, moved)->n_levels; moved++)
            level[moved] = 0;
    }
    lw_config_free(config);
}

static uint64_t count_of(const lw_space *space, uint64_t limit) {
    uint64_t count = 0;
    assert_int_equal(lw_space_count(space, limit, &count, NULL), LW_OK);
    return count;
}

static int gather(void *arg, const lw_config *config) {
    assert_true(lw_config_is_valid(config));
    assert_true(add_digest(arg, config));
    return LW_OK;
}

static void enumeration_finds_what_force_finds(void **state) {
    (void)state;
    digest_set *walked = calloc(1, sizeof *walked), *forced = calloc(1, sizeof *forced);
    size_t n_made = 0;
    for (uint64_t i = 0; i < N_SPACES; i++) {
        lw_stream stream;
        lw_stream_init(&stream, 9, LW_PURPOSE_SAMPLE, i, 0);
        lw_space *space = random_small_space(&stream, true);
        if (!space)
            continue;
        n_made++;
        walked->n = forced->n = 0;
        assert_int_equal(lw_space_enumerate(space, gather, walked, NULL), LW_OK);
        gather_by_force(space, forced);
        assert_int_equal(walked->n, forced->n);
        assert_true(count_of(space, UINT64_MAX) == walked->n);
        assert_true(count_of(space, walked->n) == walked->n);
        assert_true(count_of(space, walked->n - 1) == UINT64_MAX);
        lw_space_free(space);
    }
    assert_true(n_made > N_SPACES / 3);
    free(walked);
    free(forced);
}

static int note_values(void *arg, const lw_config *config) {
    lw_text *out = arg;
    for (size_t i = 0; i < lw_space_n_parameters(lw_config_space(config)); i++)
        lw_text_format(out, lw_config_is_active(config, i) ? "%lld" : "-", (long long)lw_config_integer(config, i));
    lw_text_add(out, " ");
    return LW_OK;
}

static void the_last_parameter_changes_fastest(void **state) {
    (void)state;
    lw_space_builder *builder = lw_space_builder_new("order");
    add(builder, "a", integers(1, 2));
    add(builder, "b", when(integers(1, 3), "a == 2"));
    add(builder, "c", integers(0, 1));
    constrain(builder, "b + c != 3", 1);
    lw_space *space = finished(builder);
    lw_text seen = {0};
    assert_int_equal(lw_space_enumerate(space, note_values, &seen, NULL), LW_OK);
    assert_string_equal(seen.bytes, "1-0 1-1 210 211 220 231 ");
    lw_text_release(&seen);
    assert_int_equal(count_of(space, 100), 6);
    lw_space_free(space);
}

static int stop_at_once(void *arg, const lw_config *config) {
    (void)config;
    ++*(int *)arg;
    return LW_EINTERRUPTED;
}

static void what_is_not_finite_says_so(void **state) {
    (void)state;
    lw_space_builder *builder = lw_space_builder_new("continuous");
    add(builder, "n", integers(0, 5));
    add(builder, "x", floats(0, 1));
    lw_space *space = finished(builder);
    lw_error error;
    int visits = 0;
    assert_int_equal(lw_space_enumerate(space, stop_at_once, &visits, &error), LW_EUNSUPPORTED);
    assert_non_null(strstr(error.message, "x is continuous"));
    assert_true(count_of(space, 1000) == UINT64_MAX);
    lw_space_free(space);

    builder = lw_space_builder_new("huge");
    for (int i = 0; i < 40; i++) {
        char name[16];
        snprintf(name, sizeof name, "n%d", i);
        add(builder, name, integers(0, 1000));
    }
    constrain(builder, "n0 + n1 > 3", 1);
    space = finished(builder);
    assert_true(count_of(space, 1000) == UINT64_MAX);
    assert_int_equal(lw_space_enumerate(space, stop_at_once, &visits, &error), LW_EINTERRUPTED);
    assert_int_equal(visits, 1);
    lw_space_free(space);

    builder = lw_space_builder_new("nothing but a constant");
    lw_space_builder_constant(builder, "k", whole(1).value, NULL, (lw_place){1, 1});
    space = finished(builder);
    assert_int_equal(count_of(space, 10), 1);
    visits = 0;
    assert_int_equal(lw_space_enumerate(space, stop_at_once, &visits, &error), LW_EINTERRUPTED);
    assert_int_equal(visits, 1);
    lw_space_free(space);
}

static bool counts(void *space) {
    uint64_t count = 0;
    lw_error error;
    int outcome = lw_space_count(space, 100, &count, &error);
    assert_true(outcome == LW_OK ? count == 3 : outcome == LW_ENOMEM && error.code == LW_ENOMEM);
    return outcome == LW_OK;
}

static void counting_says_when_memory_is_gone(void **state) {
    (void)state;
    lw_space_builder *builder = lw_space_builder_new("counted");
    add(builder, "a", integers(1, 2));
    add(builder, "b", when(integers(1, 2), "a == 2"));
    lw_space *space = finished(builder);
    lw_test_sweep_allocations(counts, space);
    lw_space_free(space);
}

/* ---- walks that begin at a draw ---- */

/* What a walk over all parameters in the order of the space leaves, from draws of that number. */
static int walk_from_draw(const lw_space *space, uint64_t number, lw_config_fn *visit, void *arg) {
    lw_stream stream;
    lw_stream_init(&stream, 4, LW_PURPOSE_SAMPLE, number, 0);
    lw_walk walk = {.space = space,
                    .parameters = space->order,
                    .n_parameters = space->n_parameters,
                    .constrained = lw_walk_all_constraints,
                    .stream = &stream,
                    .visit = visit,
                    .arg = arg};
    return lw_walk_levels(&walk);
}

static void a_walk_from_a_draw_visits_the_same_configurations(void **state) {
    (void)state;
    digest_set *walked = calloc(1, sizeof *walked), *drawn = calloc(1, sizeof *drawn);
    size_t n_elsewhere = 0;
    for (uint64_t i = 0; i < N_SPACES; i++) {
        lw_stream stream;
        lw_stream_init(&stream, 9, LW_PURPOSE_SAMPLE, i, 0);
        lw_space *space = random_small_space(&stream, true);
        if (!space)
            continue;
        walked->n = drawn->n = 0;
        assert_int_equal(lw_space_enumerate(space, gather, walked, NULL), LW_OK);
        assert_int_equal(walk_from_draw(space, i, gather, drawn), LW_WALK_DONE);
        assert_int_equal(walked->n, drawn->n);
        n_elsewhere += memcmp(walked->items[0], drawn->items[0], LW_DIGEST_SIZE) != 0;
        lw_space_free(space);
    }
    assert_true(n_elsewhere > N_SPACES / 10);
    free(walked);
    free(drawn);
}

static void a_walk_draws_what_has_no_levels(void **state) {
    (void)state;
    lw_space_builder *builder = lw_space_builder_new("mixed");
    add(builder, "n", integers(1, 3));
    add(builder, "x", when(floats(0, 1), "n == 3"));
    lw_space *space = finished(builder);
    digest_set *sets = calloc(2, sizeof *sets);
    for (uint64_t i = 0; i < 2; i++) {
        assert_int_equal(walk_from_draw(space, i, gather, &sets[i]), LW_WALK_SAMPLED);
        assert_int_equal(sets[i].n, 3);
    }
    size_t n_common = 0;
    for (size_t i = 0; i < 9; i++)
        n_common += memcmp(sets[0].items[i / 3], sets[1].items[i % 3], LW_DIGEST_SIZE) == 0;
    assert_int_equal(n_common, 2);
    free(sets);
    lw_space_free(space);

    builder = lw_space_builder_new("finite in effect");
    add(builder, "n", integers(1, 3));
    add(builder, "x", when(floats(0, 1), "n == 3"));
    constrain(builder, "n != 3", 1);
    space = finished(builder);
    digest_set *set = calloc(1, sizeof *set);
    assert_int_equal(walk_from_draw(space, 1, gather, set), LW_WALK_DONE);
    assert_int_equal(set->n, 2);
    free(set);
    lw_space_free(space);
}

/* ---- distributions ---- */

/* Sum of (seen - expected)^2 / expected; its mean is the degrees of freedom, its deviation sqrt(2 * those). */
static void assert_chi_square(const size_t *seen, const double *shares, size_t n, size_t draws) {
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        double expected = shares[i] * (double)draws;
        sum += ((double)seen[i] - expected) * ((double)seen[i] - expected) / expected;
    }
    double freedom = (double)n - 1;
    if (sum > freedom + 5 * sqrt(2 * freedom))
        fail_msg("chi-square %g with %g degrees of freedom", sum, freedom);
}

enum { DRAWS = 40000 };

static void start(lw_stream *stream) {
    lw_stream_init(stream, 11, LW_PURPOSE_SAMPLE, 1, 0);
}

static void weights_are_kept(void **state) {
    (void)state;
    const lw_draft_value letters[] = {text("a"), text("b"), text("c"), text("d")};
    const lw_draft_value weights[] = {real(1), real(6), real(2), real(1)};
    lw_space_builder *builder = lw_space_builder_new("weights");
    add(builder, "c", weighted(choices(letters, 4), weights, 4));
    add(builder, "n", integers(3, 9));
    lw_space *space = finished(builder);
    assert_true(fabs(lw_space_parameter(space, 0)->choices[1].weight - 0.6) < 1e-15);
    lw_config *config;
    assert_int_equal(lw_config_new(&config, space, NULL), LW_OK);
    lw_stream stream;
    start(&stream);
    size_t seen[4] = {0}, numbers[7] = {0};
    for (int i = 0; i < DRAWS; i++) {
        assert_int_equal(lw_config_sample(config, &stream, NULL), LW_OK);
        seen[lw_config_choice(config, 0)]++;
        numbers[lw_config_integer(config, 1) - 3]++;
    }
    assert_chi_square(seen, (double[]){0.1, 0.6, 0.2, 0.1}, 4, DRAWS);
    const double seventh = 1.0 / 7;
    assert_chi_square(numbers, (double[]){seventh, seventh, seventh, seventh, seventh, seventh, seventh}, 7, DRAWS);
    lw_config_free(config);
    lw_space_free(space);
}

static void logarithms_and_bells_are_kept(void **state) {
    (void)state;
    lw_space_builder *builder = lw_space_builder_new("scales");
    add(builder, "log", logarithmic(floats(1e-5, 1e5)));
    add(builder, "bell", bounded(gaussian(0, 1), -1, 3));
    add(builder, "levels", logarithmic(integers(1, 4)));
    lw_space *space = finished(builder);
    lw_config *config;
    assert_int_equal(lw_config_new(&config, space, NULL), LW_OK);
    lw_stream stream;
    start(&stream);
    size_t decades[10] = {0}, sigmas[4] = {0}, levels[4] = {0};
    for (int i = 0; i < DRAWS; i++) {
        assert_int_equal(lw_config_sample(config, &stream, NULL), LW_OK);
        decades[(int)(log10(lw_config_number(config, 0)) + 5)]++;
        sigmas[(int)(lw_config_number(config, 1) + 1)]++;
        levels[lw_config_integer(config, 2) - 1]++;
    }
    assert_chi_square(decades, (double[]){.1, .1, .1, .1, .1, .1, .1, .1, .1, .1}, 10, DRAWS);
    double mass = 0.341344746 + 0.341344746 + 0.135905122 + 0.021400234;
    assert_chi_square(
        sigmas, (double[]){0.341344746 / mass, 0.341344746 / mass, 0.135905122 / mass, 0.021400234 / mass}, 4, DRAWS);
    double width = log(4.5 / 0.5);
    assert_chi_square(
        levels, (double[]){log(3) / width, log(2.5 / 1.5) / width, log(3.5 / 2.5) / width, log(4.5 / 3.5) / width}, 4,
        DRAWS);
    lw_config_free(config);
    lw_space_free(space);
}

/* The share of a level is the part of [0, 1] that decodes to it. */
static void shares_of_levels_are_those_of_their_cells(void **state) {
    (void)state;
    enum { POINTS = 100000, MOST_LEVELS = 64 };
    lw_space_builder *builder = lw_space_builder_new("shares");
    add(builder, "ones", logarithmic(integers(1, 50)));
    add(builder, "nines", logarithmic(stepped(integers(3, 60), 9)));
    add(builder, "twos", logarithmic(stepped(floats(1, 9), 2)));
    add(builder, "linear", integers(-3, 9));
    lw_space *space = finished(builder);
    for (size_t i = 0; i < lw_space_n_parameters(space); i++) {
        const lw_dimension *d = &space->dimensions[i];
        size_t seen[MOST_LEVELS] = {0};
        assert_in_range(d->shown.n_levels, 2, MOST_LEVELS);
        for (int k = 0; k < POINTS; k++) {
            lw_slot value = lw_parameter_decode(&d->shown, &d->coding, (k + 0.5) / POINTS);
            seen[lw_parameter_level_of(&d->shown, value)]++;
        }
        double sum = 0;
        for (uint64_t k = 0; k < d->shown.n_levels; k++) {
            double share = lw_parameter_level_share(&d->shown, &d->coding, k);
            assert_true(fabs(share - (double)seen[k] / POINTS) < 2.0 / POINTS);
            sum += share;
        }
        assert_true(fabs(sum - 1) < 1e-12);
    }
    lw_space_free(space);
}

/* So few configurations are allowed that drawing again hardly finds them: they are listed instead. */
static void rare_configurations_are_drawn_in_proportion(void **state) {
    (void)state;
    const lw_draft_value letters[] = {text("a"), text("b")};
    const lw_draft_value weights[] = {real(1), real(3)};
    lw_space_builder *builder = lw_space_builder_new("rare");
    add(builder, "free", floats(0, 1));
    add(builder, "x", integers(1, 300));
    add(builder, "y", integers(1, 300));
    add(builder, "c", weighted(choices(letters, 2), weights, 2));
    add(builder, "inner", when(integers(1, 2), "c == b"));
    constrain(builder, "x * 1000 + y == 77123 and (inner == null or inner == 2)", 1);
    lw_space *space = finished(builder);
    lw_config *config;
    assert_int_equal(lw_config_new(&config, space, NULL), LW_OK);
    lw_stream stream;
    start(&stream);
    size_t seen[2] = {0};
    double sum = 0;
    const size_t draws = 60;
    for (size_t i = 0; i < draws; i++) {
        lw_error error;
        if (lw_config_sample(config, &stream, &error) != LW_OK)
            fail_msg("%s", error.message);
        assert_true(lw_config_is_valid(config));
        assert_int_equal(lw_config_integer(config, 1), 77);
        assert_int_equal(lw_config_integer(config, 2), 123);
        seen[lw_config_choice(config, 3)]++;
        sum += lw_config_number(config, 0);
    }
    /* b is three times as likely, but only half of its inner values are allowed. */
    assert_chi_square(seen, (double[]){0.4, 0.6}, 2, draws);
    assert_true(fabs(sum / (double)draws - 0.5) < 0.2);
    lw_config_free(config);
    lw_space_free(space);
}

static void what_nothing_satisfies_is_an_error(void **state) {
    (void)state;
    lw_space_builder *builder = lw_space_builder_new("hopeless");
    add(builder, "x", with_default(floats(0, 1), real(0.25)));
    constrain(builder, "x > 0.3 and x < 0.3000001", 1);
    lw_space *space = NULL;
    lw_error error;
    problem_list found = {0};
    assert_int_equal(lw_space_builder_finish(builder, &space, note_problem, &found, &error), LW_EINVAL);
    assert_non_null(strstr(error.message, "forbids the default"));
    lw_space_builder_free(builder);
    builder = lw_space_builder_new("hopeless");
    add(builder, "x", floats(0, 1));
    constrain(builder, "x > 0.3 and x < 0.30000000001", 1);
    space = finished(builder);
    lw_config *config;
    assert_int_equal(lw_config_new(&config, space, NULL), LW_OK);
    lw_stream stream;
    start(&stream);
    assert_int_equal(lw_config_sample(config, &stream, &error), LW_EUNSATISFIABLE);
    assert_non_null(strstr(error.message, "no proof"));
    assert_int_equal(lw_config_set_default(config, &error), LW_EINVAL);
    assert_non_null(strstr(error.message, "does not hold: x = 0.5"));
    lw_config_free(config);
    lw_space_free(space);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(enumeration_finds_what_force_finds),
        cmocka_unit_test(the_last_parameter_changes_fastest),
        cmocka_unit_test(what_is_not_finite_says_so),
        cmocka_unit_test(counting_says_when_memory_is_gone),
        cmocka_unit_test(a_walk_from_a_draw_visits_the_same_configurations),
        cmocka_unit_test(a_walk_draws_what_has_no_levels),
        cmocka_unit_test(weights_are_kept),
        cmocka_unit_test(logarithms_and_bells_are_kept),
        cmocka_unit_test(shares_of_levels_are_those_of_their_cells),
        cmocka_unit_test(rare_configurations_are_drawn_in_proportion),
        cmocka_unit_test(what_nothing_satisfies_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
