#include <gsl/gsl_errno.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_sf_log.h>

#include <labwatch/random.h>

#include "gsl_guard.h"
#include "testing.h"

/* The known answers that the authors of Random123 publish for philox4x64-10. */
static const struct {
    uint64_t counter[4], key[2], out[4];
} known_answers[] = {
    {{0, 0, 0, 0},
     {0, 0},
     {0x16554d9eca36314cu, 0xdb20fe9d672d0fdcu, 0xd7e772cee186176bu, 0x7e68b68aec7ba23bu}},
    {{UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX},
     {UINT64_MAX, UINT64_MAX},
     {0x87b092c3013fe90bu, 0x438c3c67be8d0224u, 0x9cc7d7c69cd777b6u, 0xa09caebf594f0ba0u}},
    {{0x243f6a8885a308d3u, 0x13198a2e03707344u, 0xa4093822299f31d0u, 0x082efa98ec4e6c89u},
     {0x452821e638d01377u, 0xbe5466cf34e90c6cu},
     {0xa528f45403e61d95u, 0x38c72dbd566e9788u, 0xa5a1610e72fd18b5u, 0x57bd43b5e52b7fe6u}},
};

static void test_random__published_answers(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof known_answers / sizeof known_answers[0]; i++) {
        uint64_t out[4];
        lw_philox4x64(known_answers[i].counter, known_answers[i].key, out);
        assert_memory_equal(out, known_answers[i].out, sizeof out);
    }
}

/* What every later version must give, or no old suggestion can be made again. */
static void test_random__streams_are_addressed_as_documented(void **state) {
    (void)state;
    static const uint64_t wanted[8] = {0x272b69e2e091082fu, 0x5f809b35d801bc62u, 0x6734d6107efc4e07u,
                                       0xbdd398adab753f97u, 0x8c63237af370d8f2u, 0x081b9b7ddca8bbedu,
                                       0x3ddd264a389aa2c4u, 0xaafd79d463569b08u};
    lw_stream stream;
    lw_stream_init(&stream, 42, LW_PURPOSE_SUGGESTION, 7, 2);
    for (int i = 0; i < 8; i++)
        assert_true(lw_stream_bits(&stream) == wanted[i]);
}

static uint64_t first_bits(uint64_t seed, lw_purpose purpose, uint64_t number, uint64_t draw) {
    lw_stream stream;
    lw_stream_init(&stream, seed, purpose, number, draw);
    return lw_stream_bits(&stream);
}

static void test_random__every_part_of_the_address_matters(void **state) {
    (void)state;
    uint64_t bits = first_bits(1, LW_PURPOSE_SUGGESTION, 1, 0);
    assert_true(bits == first_bits(1, LW_PURPOSE_SUGGESTION, 1, 0));
    assert_true(bits != first_bits(2, LW_PURPOSE_SUGGESTION, 1, 0));
    assert_true(bits != first_bits(1, LW_PURPOSE_SAMPLE, 1, 0));
    assert_true(bits != first_bits(1, LW_PURPOSE_SUGGESTION, 2, 0));
    assert_true(bits != first_bits(1, LW_PURPOSE_SUGGESTION, 1, 1));
}

static void test_random__get_gives_both_halves_of_a_word(void **state) {
    (void)state;
    lw_stream halves, words;
    lw_stream_init(&halves, 9, LW_PURPOSE_SAMPLE, 3, 0);
    lw_stream_init(&words, 9, LW_PURPOSE_SAMPLE, 3, 0);
    for (int i = 0; i < 100; i++) {
        uint64_t low = gsl_rng_get(lw_stream_rng(&halves));
        uint64_t high = gsl_rng_get(lw_stream_rng(&halves));
        assert_true((high << 32 | low) == lw_stream_bits(&words));
    }
}

static void test_random__a_half_is_dropped_by_what_needs_a_word(void **state) {
    (void)state;
    lw_stream mixed, words;
    lw_stream_init(&mixed, 9, LW_PURPOSE_SAMPLE, 3, 0);
    lw_stream_init(&words, 9, LW_PURPOSE_SAMPLE, 3, 0);
    gsl_rng_get(lw_stream_rng(&mixed));
    lw_stream_bits(&words);
    assert_true(lw_stream_bits(&mixed) == lw_stream_bits(&words));
    assert_true(gsl_rng_get(lw_stream_rng(&mixed)) == (lw_stream_bits(&words) & 0xFFFFFFFFu));
}

static void test_random__is_a_generator_of_gsl(void **state) {
    (void)state;
    gsl_rng *rng = gsl_rng_alloc(lw_rng_philox);
    assert_string_equal(gsl_rng_name(rng), "philox");
    gsl_rng_set(rng, 42);
    uint64_t out[4];
    lw_philox4x64((const uint64_t[4]){0}, (const uint64_t[2]){42}, out);
    assert_true(gsl_rng_get(rng) == (out[0] & 0xFFFFFFFFu));
    assert_true(gsl_rng_get(rng) == out[0] >> 32);
    gsl_rng *clone = gsl_rng_clone(rng);
    for (int i = 0; i < 10; i++)
        assert_true(gsl_rng_get(rng) == gsl_rng_get(clone));
    gsl_rng_free(clone);
    gsl_rng_free(rng);
}

static void test_random__uniform_is_gsls_positive_one(void **state) {
    (void)state;
    lw_stream ours, gsls;
    lw_stream_init(&ours, 5, LW_PURPOSE_MODEL, 1, 0);
    lw_stream_init(&gsls, 5, LW_PURPOSE_MODEL, 1, 0);
    double sum = 0, squares = 0;
    enum { DRAWS = 200000 };
    for (int i = 0; i < DRAWS; i++) {
        double u = lw_stream_uniform(&ours);
        assert_true(u > 0.0 && u < 1.0);
        assert_true(u == gsl_rng_uniform_pos(lw_stream_rng(&gsls)));
        sum += u;
        squares += u * u;
    }
    assert_close(sum / DRAWS, 0.5, 0.003);
    assert_close(squares / DRAWS, 1.0 / 3.0, 0.003);
}

static void test_random__below_is_even(void **state) {
    (void)state;
    lw_stream stream;
    lw_stream_init(&stream, 3, LW_PURPOSE_SAMPLE, 0, 0);
    int counts[7] = {0};
    enum { DRAWS = 70000 };
    for (int i = 0; i < DRAWS; i++) {
        uint64_t drawn = lw_stream_below(&stream, 7);
        assert_true(drawn < 7);
        counts[drawn]++;
    }
    double chi_square = 0;
    for (int i = 0; i < 7; i++)
        chi_square += pow(counts[i] - DRAWS / 7, 2) / (DRAWS / 7);
    assert_true(chi_square < 22.5); /* 6 degrees of freedom, one in a thousand */
}

/* Without rejection the lower half of the numbers below 3/4 of 2^64 would come twice as often. */
static void test_random__below_is_even_for_large_limits(void **state) {
    (void)state;
    lw_stream stream;
    lw_stream_init(&stream, 3, LW_PURPOSE_SAMPLE, 1, 0);
    const uint64_t limit = 3u * (UINT64_C(1) << 62);
    int by_remainder[3] = {0};
    enum { DRAWS = 30000 };
    for (int i = 0; i < DRAWS; i++) {
        uint64_t drawn = lw_stream_below(&stream, limit);
        assert_true(drawn < limit);
        by_remainder[drawn % 3]++;
    }
    for (int i = 0; i < 3; i++)
        assert_close(by_remainder[i], DRAWS / 3.0, 400.0);
    for (int i = 0; i < 100; i++)
        assert_true(lw_stream_below(&stream, 1) == 0);
}

static void test_random__gsls_distributions_draw_from_it(void **state) {
    (void)state;
    lw_stream stream;
    lw_stream_init(&stream, 11, LW_PURPOSE_SAMPLE, 0, 0);
    double sum = 0, squares = 0;
    enum { DRAWS = 100000 };
    for (int i = 0; i < DRAWS; i++) {
        double z = gsl_ran_gaussian(lw_stream_rng(&stream), 1.0);
        sum += z;
        squares += z * z;
    }
    assert_close(sum / DRAWS, 0.0, 0.012);
    assert_close(squares / DRAWS, 1.0, 0.02);
}

static void test_random__gsls_handler_can_be_switched_off(void **state) {
    (void)state;
    lw_gsl_handler_off();
    lw_gsl_handler_off();
    gsl_sf_result result;
    assert_int_equal(gsl_sf_log_e(-1.0, &result), GSL_EDOM); /* would abort */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random__published_answers),
        cmocka_unit_test(test_random__streams_are_addressed_as_documented),
        cmocka_unit_test(test_random__every_part_of_the_address_matters),
        cmocka_unit_test(test_random__get_gives_both_halves_of_a_word),
        cmocka_unit_test(test_random__a_half_is_dropped_by_what_needs_a_word),
        cmocka_unit_test(test_random__is_a_generator_of_gsl),
        cmocka_unit_test(test_random__uniform_is_gsls_positive_one),
        cmocka_unit_test(test_random__below_is_even),
        cmocka_unit_test(test_random__below_is_even_for_large_limits),
        cmocka_unit_test(test_random__gsls_distributions_draw_from_it),
        cmocka_unit_test(test_random__gsls_handler_can_be_switched_off),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
