#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "random_space.h"

enum { N_PARAMETERS = 8000, N_COORDINATES = 40, N_SPACES = 1500 };

static char *describe(const lw_space *space) {
    static char out[400];
    const lw_parameter *p = lw_space_parameter(space, 0);
    snprintf(out, sizeof out,
             "kind %d log %d [%.17g, %.17g] step %.17g, [%lld, %lld] step %lld, mu %.17g sigma %.17g, %zu choices",
             (int)p->kind, p->log_scale, p->lower, p->upper, p->step, (long long)p->lower_integer,
             (long long)p->upper_integer, (long long)p->step_integer, p->mu, p->sigma, p->n_choices);
    return out;
}

static double random_coordinate(lw_stream *stream, int i) {
    if (i < 2)
        return i;
    double u = lw_stream_uniform(stream);
    switch (lw_stream_below(stream, 4)) {
    case 0: /* close to the ends */
        return pow(10, -16 * u);
    case 1:
        return 1 - pow(10, -16 * u);
    default:
        return u;
    }
}

static void assert_inside(const lw_space *space, const lw_config *config) {
    const lw_parameter *p = lw_space_parameter(space, 0);
    double value = lw_config_number(config, 0);
    bool inside =
        p->n_choices > 0 ? lw_config_choice(config, 0) < p->n_choices : value >= p->lower && value <= p->upper;
    if (p->kind == LW_PARAMETER_INTEGER)
        inside = lw_config_integer(config, 0) >= p->lower_integer && lw_config_integer(config, 0) <= p->upper_integer;
    if (!inside || signbit(value + (value == 0)))
        if (!(inside && value < 0))
            fail_msg("%.17g outside: %s", value, describe(space));
}

static void check_round_trip(const lw_space *space, lw_config *config, lw_config *again, double u) {
    double back;
    lw_config_decode(config, &u);
    assert_inside(space, config);
    lw_config_encode(config, &back);
    lw_config_decode(again, &back);
    if (!(back >= 0 && back <= 1) || !lw_config_equal(config, again))
        fail_msg("u %.17g gives %.17g (%lld), its coordinate %.17g gives %.17g (%lld): %s", u,
                 lw_config_number(config, 0), (long long)lw_config_integer(config, 0), back, lw_config_number(again, 0),
                 (long long)lw_config_integer(again, 0), describe(space));
    lw_config *copy;
    assert_int_equal(lw_config_dup(&copy, config, NULL), LW_OK);
    lw_error error = {0};
    if (lw_config_set(copy, 0, lw_config_value(config, 0), &error) != LW_OK || !lw_config_equal(copy, config))
        fail_msg("%.17g is not taken: %s; %s", lw_config_number(config, 0), error.message, describe(space));
    lw_config_free(copy);
}

static void check_bounds(const lw_space *space, lw_config *config) {
    const lw_parameter *p = lw_space_parameter(space, 0);
    double ends[] = {0, 1};
    lw_config_decode(config, &ends[0]);
    if (p->kind == LW_PARAMETER_INTEGER)
        assert_int_equal(lw_config_integer(config, 0), p->lower_integer);
    else if (p->n_choices == 0 && !isinf(p->lower))
        assert_true(lw_config_number(config, 0) == p->lower);
    lw_config_decode(config, &ends[1]);
    if (p->kind == LW_PARAMETER_INTEGER)
        assert_int_equal(lw_config_integer(config, 0), p->upper_integer);
    else if (p->n_choices == 0 && !isinf(p->upper))
        assert_true(lw_config_number(config, 0) == p->upper);
}

static void values_come_back_from_their_coordinates(void **state) {
    (void)state;
    size_t n_made = 0;
    for (uint64_t i = 0; i < N_PARAMETERS; i++) {
        lw_stream stream;
        lw_stream_init(&stream, 7, LW_PURPOSE_SAMPLE, i, 0);
        choice_room room;
        lw_parameter_draft draft = random_parameter(&stream, &room);
        lw_space_builder *builder = lw_space_builder_new("one");
        add(builder, "x", draft);
        lw_space *space;
        int status = lw_space_builder_finish(builder, &space, NULL, NULL, NULL);
        lw_space_builder_free(builder);
        if (status != LW_OK)
            continue;
        n_made++;
        lw_config *config, *again;
        assert_int_equal(lw_config_new(&config, space, NULL), LW_OK);
        assert_int_equal(lw_config_dup(&again, config, NULL), LW_OK);
        assert_inside(space, config);
        check_bounds(space, config);
        for (int k = 0; k < N_COORDINATES; k++)
            check_round_trip(space, config, again, random_coordinate(&stream, k));
        lw_config_free(config);
        lw_config_free(again);
        lw_space_free(space);
    }
    print_message("%zu of %d random parameters made sense\n", n_made, N_PARAMETERS);
    assert_true(n_made > N_PARAMETERS / 2);
}

/* On the scale where the prior is uniform, a value lies where its coordinate says. */
static void coordinates_are_those_of_the_scale(void **state) {
    (void)state;
    lw_space_builder *builder = lw_space_builder_new("scales");
    add(builder, "linear", floats(-2, 6));
    add(builder, "log", logarithmic(floats(1e-4, 1e4)));
    add(builder, "level", integers(0, 9));
    add(builder, "normal", gaussian(5, 2));
    lw_space *space = finished(builder);
    lw_config *config;
    assert_int_equal(lw_config_new(&config, space, NULL), LW_OK);
    for (double u = 0.015; u < 1; u += 0.01) {
        double coordinates[] = {u, u, u, u};
        lw_config_decode(config, coordinates);
        assert_true(fabs(lw_config_number(config, 0) - (-2 + 8 * u)) < 1e-10);
        assert_true(fabs(log10(lw_config_number(config, 1)) - (-4 + 8 * u)) < 1e-10);
        assert_int_equal(lw_config_integer(config, 2), (int64_t)(u * 10));
        double z = (lw_config_number(config, 3) - 5) / 2;
        assert_true(fabs(0.5 * erfc(-z / sqrt(2)) - u) < 1e-8);
    }
    lw_config_free(config);
    lw_space_free(space);
}

static void values_are_short(void **state) {
    (void)state;
    lw_space_builder *builder = lw_space_builder_new("short");
    add(builder, "linear", floats(0, 1));
    add(builder, "log", logarithmic(floats(1e-8, 1e3)));
    add(builder, "step", stepped(floats(0.1, 1.7), 0.1));
    lw_space *space = finished(builder);
    lw_config *config;
    assert_int_equal(lw_config_new(&config, space, NULL), LW_OK);
    for (double u = 0.0005; u < 1; u += 0.00271828182845904) {
        double coordinates[] = {u, u, u};
        lw_config_decode(config, coordinates);
        for (size_t i = 0; i < 3; i++) {
            lw_text spelled = {0};
            assert_int_equal(lw_config_spell(config, lw_space_parameter(space, i)->name, &spelled, NULL), LW_OK);
            if (spelled.length > (i == 2 ? 3 : 18))
                fail_msg("%s", spelled.bytes);
            lw_text_release(&spelled);
        }
    }
    lw_config_free(config);
    lw_space_free(space);
}

static void check_documents(const lw_space *space, const lw_config *config) {
    bson_t document;
    lw_error error = {0};
    assert_int_equal(lw_config_to_document(config, &document, &error), LW_OK);
    static const int modes[] = {LW_CONFIG_STRICT, LW_CONFIG_FILL_DEFAULTS, LW_CONFIG_IGNORE_OTHERS,
                                LW_CONFIG_FILL_DEFAULTS | LW_CONFIG_IGNORE_OTHERS};
    for (size_t i = 0; i < 4; i++) {
        lw_config *again = NULL;
        if (lw_config_from_document(&again, space, &document, modes[i], &error) != LW_OK)
            fail_msg("%s", error.message);
        assert_true(lw_config_equal(config, again));
        uint8_t digests[2][LW_DIGEST_SIZE];
        lw_config_digest(config, digests[0]);
        lw_config_digest(again, digests[1]);
        assert_memory_equal(digests[0], digests[1], LW_DIGEST_SIZE);
        lw_config_free(again);
    }
    bson_destroy(&document);
}

static void samples_are_valid_and_come_back(void **state) {
    (void)state;
    size_t n_made = 0;
    for (uint64_t i = 0; i < N_SPACES; i++) {
        lw_stream stream;
        lw_stream_init(&stream, 8, LW_PURPOSE_SAMPLE, i, 0);
        lw_space *space = random_small_space(&stream, false);
        if (!space)
            continue;
        n_made++;
        lw_config *config, *again;
        assert_int_equal(lw_config_new(&config, space, NULL), LW_OK);
        assert_int_equal(lw_config_dup(&again, config, NULL), LW_OK);
        for (int k = 0; k < 10; k++) {
            lw_error error = {0};
            if (lw_config_sample(config, &stream, &error) != LW_OK)
                fail_msg("%s", error.message);
            assert_true(lw_config_is_valid(config));
            assert_int_equal(lw_config_check(config, NULL), LW_OK);
            double u[16];
            lw_config_encode(config, u);
            for (size_t j = 0; j < lw_space_n_parameters(space); j++)
                assert_true(isnan(u[j]) != lw_config_is_active(config, j));
            lw_config_decode(again, u);
            assert_true(lw_config_equal(config, again));
            check_documents(space, config);
        }
        lw_config_free(config);
        lw_config_free(again);
        lw_space_free(space);
    }
    print_message("%zu of %d random spaces made sense\n", n_made, N_SPACES);
    assert_true(n_made > N_SPACES / 3);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_come_back_from_their_coordinates),
        cmocka_unit_test(coordinates_are_those_of_the_scale),
        cmocka_unit_test(values_are_short),
        cmocka_unit_test(samples_are_valid_and_come_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
