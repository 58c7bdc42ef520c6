/* Which share of a model's variation hangs on each parameter. */
#include "spaces.h"

#include "relevance.h"

static const char plain[] = "space:\n  x: !UniformFloat [0, 1]\n  y: !UniformFloat [0, 1]\n  z: !UniformFloat [0, 1]\n";

static double two_to_one(void *model, const lw_config *config, const double *u) {
    (void)model;
    (void)config;
    return u[1] + 2 * u[0]; /* variances 1/12 and 4/12 */
}

static double flat(void *model, const lw_config *config, const double *u) {
    (void)config;
    return *(double *)model + 1e-13 * u[0];
}

static void rank(const char *text, lw_model_mean *mean, void *model, lw_ranked_parameter *order) {
    lw_space *space = lw_test_space(text);
    assert_int_equal(lw_relevance_rank(space, mean, model, 1, order), LW_OK);
    lw_space_free(space);
}

static void shares_of_a_sum_are_those_of_its_variance(void **state) {
    (void)state;
    lw_ranked_parameter order[3];
    rank(plain, two_to_one, NULL, order);
    assert_int_equal(order[0].parameter, 0);
    assert_int_equal(order[1].parameter, 1);
    assert_int_equal(order[2].parameter, 2);
    assert_close(order[0].relevance, 0.8, 0.05);
    assert_close(order[1].relevance, 0.2, 0.05);
    assert_float_equal(order[2].relevance, 0, 0);
}

static void what_constraints_forbid_is_not_counted_as_no_change(void **state) {
    (void)state;
    char text[256];
    lw_ranked_parameter order[3];
    snprintf(text, sizeof text, "%sconstraints:\n  - x <= 0.5\n", plain);
    rank(text, two_to_one, NULL, order); /* variances are equal now */
    for (size_t k = 0; k < 2; k++)
        assert_close(order[k].relevance, 0.5, 0.1);
}

static void what_cannot_be_compared_is_not_known(void **state) {
    (void)state;
    char text[256];
    lw_ranked_parameter order[3];
    snprintf(text, sizeof text, "%sconstraints:\n  - x <= 0\n", plain);
    rank(text, two_to_one, NULL, order); /* no point is valid */
    for (size_t k = 0; k < 3; k++) {
        assert_true(isnan(order[k].relevance));
        assert_int_equal(order[k].parameter, k);
    }
}

static void rounding_is_no_change(void **state) {
    (void)state;
    double height = 1;
    lw_ranked_parameter order[3];
    rank(plain, flat, &height, order);
    for (size_t k = 0; k < 3; k++)
        assert_float_equal(order[k].relevance, 0, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shares_of_a_sum_are_those_of_its_variance),
        cmocka_unit_test(what_constraints_forbid_is_not_counted_as_no_change),
        cmocka_unit_test(what_cannot_be_compared_is_not_known),
        cmocka_unit_test(rounding_is_no_change),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
